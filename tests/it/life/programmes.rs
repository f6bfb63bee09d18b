//! Draft, approved, open, closed, reconciled; versions.

use qiantang::domain::id::{ApprovalId, VoucherId};
use qiantang::domain::programme::ProgrammeState;
use qiantang::domain::transfer::{BusinessRef, MovementKind};
use qiantang::engine::ledger::{Leg, Posting};

use super::*;

fn commands() -> [(&'static str, ProgrammeCommand); 6] {
    let programme = CITY_PROGRAMME;
    let rules = serde_json::from_value(rules(&json!({"version": 2}))).unwrap();
    [
        (
            "approve",
            ProgrammeCommand::Approve {
                checker: CHECKER,
                programme,
            },
        ),
        (
            "reject",
            ProgrammeCommand::Reject {
                checker: CHECKER,
                programme,
                reason: "no".to_owned(),
            },
        ),
        ("open", ProgrammeCommand::Open { user: MAKER, programme }),
        ("close", ProgrammeCommand::Close { user: MAKER, programme }),
        ("reconcile", ProgrammeCommand::Reconcile { user: MAKER, programme }),
        ("revise", ProgrammeCommand::Revise { programme, rules }),
    ]
}

fn at(state: ProgrammeState) -> World {
    let mut world = World::new();
    world.good(draft(&json!({})));
    let path: &[&str] = match state {
        ProgrammeState::Draft => &[],
        ProgrammeState::Rejected => &["reject"],
        ProgrammeState::Approved => &["approve"],
        ProgrammeState::Open => &["approve", "open"],
        ProgrammeState::Closed => &["approve", "open", "close"],
        ProgrammeState::Reconciled => &["approve", "open", "close", "reconcile"],
    };
    for name in path {
        let command = commands().into_iter().find(|(known, _)| known == name).unwrap().1;
        world.programme(command);
    }
    assert_eq!(world.state.programmes[&CITY_PROGRAMME].state, state);
    world
}

/// Every state with every command: where it leads, or the refusal that names both states.
#[test]
fn each_command_has_its_one_state() {
    use ProgrammeState::{Approved, Closed, Draft, Open, Reconciled, Rejected};
    let table = [
        ("approve", Draft, Approved),
        ("reject", Draft, Rejected),
        ("open", Approved, Open),
        ("close", Open, Closed),
        ("reconcile", Closed, Reconciled),
        ("revise", Open, Open),
    ];
    for state in [Draft, Approved, Open, Closed, Reconciled, Rejected] {
        for ((name, command), (known, from, to)) in commands().into_iter().zip(table) {
            assert_eq!(name, known);
            let mut world = at(state);
            if state == from {
                world.programme(command);
                assert_eq!(world.state.programmes[&CITY_PROGRAMME].state, to, "{name}");
            } else {
                let expected = Rejection::ProgrammeNotInState {
                    programme: CITY_PROGRAMME,
                    found: state,
                    wanted: from,
                };
                assert_eq!(world.bad(Command::Programme(command)), expected, "{name} of {state:?}");
            }
        }
    }
}

#[test]
fn the_pot_is_there_while_the_programme_is_open_and_lapses_at_last() {
    let pots = [
        (ProgrammeState::Draft, 0, 0),
        (ProgrammeState::Approved, 0, 0),
        (ProgrammeState::Open, 1_000, 0),
        (ProgrammeState::Closed, 1_000, 0),
        (ProgrammeState::Reconciled, 0, 1_000),
    ];
    for (state, pot, lapsed) in pots {
        let world = at(state);
        assert_eq!(world.pot(), yuan(pot), "{state:?}");
        let found = world.state.ledger.balance(AccountKey::Lapsed(CITY_PROGRAMME));
        assert_eq!(found, yuan(lapsed), "{state:?}");
    }
}

#[test]
fn another_person_of_the_same_authority_approves() {
    let mut world = at(ProgrammeState::Draft);
    let programme = CITY_PROGRAMME;
    let approve = |checker| Command::Programme(ProgrammeCommand::Approve { checker, programme });
    assert_eq!(world.bad(approve(MAKER)), Rejection::SamePerson(MAKER));
    assert_eq!(world.bad(approve(TREASURER)), Rejection::OtherIssuer(TREASURER));
    let missing = Rejection::RoleMissing {
        user: APPLICANT,
        role: Role::Issuer,
    };
    assert_eq!(world.bad(approve(APPLICANT)), missing);
    world.good(approve(CHECKER));
    let open = Command::Programme(ProgrammeCommand::Open {
        user: TREASURER,
        programme,
    });
    assert_eq!(world.bad(open), Rejection::OtherIssuer(TREASURER));
    let draft = Command::Programme(ProgrammeCommand::Draft {
        maker: TREASURER,
        issuer: CITY,
        rules: serde_json::from_value(rules(&json!({"id": "other"}))).unwrap(),
    });
    assert_eq!(world.bad(draft), Rejection::OtherIssuer(TREASURER));
}

#[test]
fn another_authority_neither_asks_nor_decides() {
    let mut world = at(ProgrammeState::Open);
    let grant = || Command::Grant {
        programme: CITY_PROGRAMME,
        org: TENANT,
        amount: yuan(1),
    };
    let ask = |maker| Command::Propose {
        maker,
        command: Box::new(grant()),
    };
    assert_eq!(world.bad(ask(TREASURER)), Rejection::OtherIssuer(TREASURER));
    world.good(ask(MAKER));
    let refused = world.bad(decide(SECOND_TREASURER, ApprovalId(1)));
    assert_eq!(refused, Rejection::OtherIssuer(SECOND_TREASURER));
    world.good(decide(CHECKER, ApprovalId(1)));
    assert_eq!(world.pot(), yuan(999));
}

#[test]
fn a_draft_is_refused_like_a_programme_and_its_name_is_taken() {
    let mut world = at(ProgrammeState::Draft);
    assert_eq!(pointers(&world.bad(draft(&json!({})))), ["/id"]);
    assert_eq!(
        pointers(&world.bad(draft(&json!({"id": "other", "pot": "0.00", "rates": []})))),
        ["/pot", "/rates"]
    );
    let mut world = at(ProgrammeState::Rejected);
    world.good(draft(&json!({})));
}

/// Moves 5.00 CNY between accounts that only their own movements touch.
fn move_by_hand(world: &mut World, (debit, credit): (AccountKey, AccountKey)) {
    let legs = [Leg {
        debit,
        credit,
        amount: yuan(5),
    }];
    let posting = Posting {
        kind: MovementKind::Manual,
        about: BusinessRef::Programme(CITY_PROGRAMME),
        booked_at: world.now,
        legs: &legs,
    };
    world.state.ledger.post(posting).unwrap();
}

#[test]
fn closing_ends_applications_and_vouchers_and_reconciling_waits_for_what_is_owed() {
    let mut world = at(ProgrammeState::Open);
    world.good(Command::Grant {
        programme: CITY_PROGRAMME,
        org: TENANT,
        amount: yuan(300),
    });
    let application = world.submit(TENANT, &json!({}));
    let programme = CITY_PROGRAMME;
    world.programme(ProgrammeCommand::Close { user: MAKER, programme });
    assert_eq!(world.pot(), yuan(1_000));
    assert_eq!(world.status(application), None);
    let grant = Command::Grant {
        programme,
        org: TENANT,
        amount: yuan(1),
    };
    assert!(matches!(world.bad(grant), Rejection::ProgrammeNotInState { .. }));
    let apply = Command::Application(submit(TENANT, &json!({})));
    assert!(matches!(world.bad(apply), Rejection::ProgrammeNotInState { .. }));
    // A treasury that owes stands in the way.
    let owed = AccountKey::TreasuryReceivable(programme, 0);
    move_by_hand(&mut world, (owed, AccountKey::Cash(TENANT)));
    let refused = world.bad(Command::Programme(ProgrammeCommand::Reconcile {
        user: MAKER,
        programme,
    }));
    let Rejection::ProgrammeNotSettled { open, .. } = refused else {
        panic!("{refused}")
    };
    assert_eq!(open, ["the payer owes 5.00 CNY"]);
    move_by_hand(&mut world, (AccountKey::Cash(TENANT), owed));
    world.programme(ProgrammeCommand::Reconcile { user: MAKER, programme });
    assert_eq!(world.pot(), Money::ZERO);
}

#[test]
fn a_new_version_changes_the_pot_and_keeps_what_was_granted_before() {
    let mut world = at(ProgrammeState::Open);
    world.good(Command::Grant {
        programme: CITY_PROGRAMME,
        org: TENANT,
        amount: yuan(300),
    });
    let revise = |change: &Value| {
        Command::Programme(ProgrammeCommand::Revise {
            programme: CITY_PROGRAMME,
            rules: serde_json::from_value(rules(change)).unwrap(),
        })
    };
    let wrong = [
        (json!({"version": 3}), vec!["/version"]),
        (json!({"version": 1}), vec!["/version"]),
        (json!({"version": 2, "id": "other"}), vec!["/id"]),
        (json!({"version": 2, "pay_mode": "reimburse"}), vec!["/pay_mode"]),
        (
            json!({"version": 2, "co_funding": [{"payer": "a", "share_bps": 10000}]}),
            vec!["/co_funding"],
        ),
        (json!({"version": 2, "pot": "299.99"}), vec!["/pot"]),
    ];
    for (change, expected) in wrong {
        let ask = Command::Propose {
            maker: MAKER,
            command: Box::new(revise(&change)),
        };
        assert_eq!(pointers(&world.bad(ask)), expected, "{change}");
    }
    world.agreed(revise(&json!({"version": 2, "pot": "1500.00", "alert_days": []})));
    assert_eq!(world.pot(), yuan(1_200));
    world.agreed(revise(&json!({"version": 3, "pot": "300.00"})));
    assert_eq!(world.pot(), Money::ZERO);
    let programme = &world.state.programmes[&CITY_PROGRAMME];
    assert_eq!(programme.rules.version, 3);
    assert_eq!(programme.rules_of(1).unwrap().pot, yuan(1_000));
    assert_eq!(world.state.vouchers[&VoucherId(1)].version, 1);
}

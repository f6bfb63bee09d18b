//! A pot that does not suffice: by order, pro rata, by rank.

use proptest::prelude::*;
use qiantang::domain::flag::{Finding, FlagAction, FlagRule, FlagVerdict, Subject};
use qiantang::domain::id::FlagId;
use qiantang::domain::plan::Plan;
use qiantang::domain::programme::limit::Allocation;
use qiantang::domain::programme::process::Names;
use qiantang::engine::office::application::{Candidate, shares};
use qiantang::engine::office::integrity::IntegrityCommand;

use super::*;

/// What somebody is due in fen, and their score.
type Due = (i64, Option<u8>);

fn candidates(dues: &[Due]) -> Vec<Candidate> {
    let candidate = |(id, (due, score)): (u64, &Due)| Candidate {
        id: ApplicationId(id),
        due: Money::from_fen(*due),
        score: *score,
    };
    (1..).zip(dues).map(candidate).collect()
}

fn shared(dues: &[Due], pot: i64, rule: (Allocation, bool)) -> Vec<i64> {
    let shares = shares(&candidates(dues), Money::from_fen(pot), rule).unwrap();
    shares.iter().map(|(_, share)| share.fen()).collect()
}

/// Dues with scores, the pot, the rule, whether vouchers are divisible: what each gets, in fen.
#[test]
fn pots_are_shared_as_the_rules_say() {
    use Allocation::{FirstCome, ProRata, Ranked};
    let plain = [(600, None), (300, None), (100, None)];
    let scored = [(600, Some(50)), (300, Some(90)), (100, Some(90))];
    type Row<'a> = (&'a [Due], i64, Allocation, bool, [i64; 3]);
    let table: [Row<'_>; 10] = [
        (&plain, 1_000, ProRata, true, [600, 300, 100]),
        (&plain, 2_000, Ranked, false, [600, 300, 100]),
        (&plain, 500, ProRata, true, [300, 150, 50]),
        // 7 × 0.6 = 4.2, 2.1, 0.7: the fen goes to the largest remainder.
        (&plain, 7, ProRata, true, [4, 2, 1]),
        // Equal remainders: who applied first.
        (&[(10, None), (10, None), (10, None)], 11, ProRata, true, [4, 4, 3]),
        (&plain, 0, ProRata, true, [0, 0, 0]),
        (&scored, 500, Ranked, true, [100, 300, 100]),
        (&scored, 500, Ranked, false, [0, 300, 100]),
        // Nobody overtakes who did not get all.
        (&scored, 350, Ranked, true, [0, 300, 50]),
        (&plain, 650, FirstCome, true, [600, 50, 0]),
    ];
    for (dues, pot, rule, divisible, expected) in table {
        assert_eq!(
            shared(dues, pot, (rule, divisible)),
            expected,
            "{dues:?} of {pot} by {rule:?}"
        );
    }
}

proptest! {
    #[test]
    fn a_short_pot_is_given_to_the_last_fen_whatever_the_order(
        dues in prop::collection::vec((1_i64..1_000_000_000_000, prop::option::of(0_u8..=100)), 1..40),
        pot in 0_i64..2_000_000_000_000,
        turn in 0_usize..40,
        rule in prop::sample::select(vec![Allocation::ProRata, Allocation::Ranked, Allocation::FirstCome]),
    ) {
        let total: i64 = dues.iter().map(|(due, _)| due).sum();
        let candidates = candidates(&dues);
        let given = shares(&candidates, Money::from_fen(pot), (rule, true)).unwrap();
        let sum: i64 = given.iter().map(|(_, share)| share.fen()).sum();
        prop_assert_eq!(sum, total.min(pot));
        for (candidate, (id, share)) in candidates.iter().zip(&given) {
            prop_assert_eq!(candidate.id, *id);
            prop_assert!(*share >= Money::ZERO && *share <= candidate.due);
        }
        let mut turned = candidates.clone();
        turned.rotate_left(turn % candidates.len());
        turned.reverse();
        prop_assert_eq!(shares(&turned, Money::from_fen(pot), (rule, true)).unwrap(), given);
    }
}

/// A world with three cleared applications: of 600.00, 500.00 and 100.00 CNY, with these scores.
fn cleared(change: &Value, scores: [u8; 3]) -> World {
    let mut all = json!({"notice_working_days": null});
    for (name, value) in change.as_object().unwrap() {
        all[name] = value.clone();
    }
    let mut world = World::open(&all);
    for ((org, amount), score) in [(TENANT, "600.00"), (RIVAL, "500.00"), (SISTER, "100.00")]
        .into_iter()
        .zip(scores)
    {
        let id = world.submit(org, &json!({"amount": amount}));
        world.pass(id, Some(score));
        assert_eq!(world.status(id), Some(ApplicationStatus::Cleared));
    }
    world
}

fn amounts(world: &World) -> Vec<i64> {
    let vouchers = world.state.vouchers.values();
    vouchers.map(|voucher| voucher.amount.fen()).collect()
}

fn allocate() -> Command {
    Command::Application(ApplicationCommand::Allocate {
        programme: CITY_PROGRAMME,
        plan: Plan::Open,
    })
}

fn grant(application: u64, fen: i64) -> Command {
    Command::Application(ApplicationCommand::Grant {
        application: ApplicationId(application),
        amount: Money::from_fen(fen),
    })
}

#[test]
fn two_people_allocate_the_whole_pot_pro_rata() {
    let mut world = cleared(&json!({"allocation_when_short": "pro_rata"}), [1, 2, 3]);
    let ask = |command| Command::Propose {
        maker: MAKER,
        command: Box::new(command),
    };
    assert_eq!(pointers(&world.bad(ask(grant(1, 100)))), ["/application"]);
    world.agreed(allocate());
    // 600 : 500 : 100 of 1000.00
    assert_eq!(amounts(&world), [50_000, 41_667, 8_333]);
    assert_eq!(world.pot(), Money::ZERO);
    assert_eq!(world.state.applications.len(), 0);
    assert_eq!(
        world
            .state
            .vouchers
            .values()
            .filter_map(|voucher| voucher.application)
            .count(),
        3
    );
    assert_eq!(pointers(&world.bad(ask(allocate()))), ["/programme"]);
}

#[test]
fn two_people_allocate_by_rank_and_the_last_gets_what_is_left() {
    let mut world = cleared(&json!({"allocation_when_short": "ranked"}), [10, 30, 20]);
    world.agreed(allocate());
    assert_eq!(amounts(&world), [40_000, 50_000, 10_000]);
    let mut world = cleared(
        &json!({"allocation_when_short": "ranked", "divisible": false}),
        [10, 30, 20],
    );
    world.agreed(allocate());
    assert_eq!(amounts(&world), [50_000, 10_000]);
    assert_eq!(world.status(ApplicationId(1)), Some(ApplicationStatus::Cleared));
}

#[test]
fn who_came_first_is_granted_first_while_the_pot_is_short() {
    let mut world = cleared(&json!({}), [1, 2, 3]);
    let ask = |command| Command::Propose {
        maker: MAKER,
        command: Box::new(command),
    };
    assert_eq!(pointers(&world.bad(ask(allocate()))), ["/programme"]);
    // 600 + 500 > 1000
    assert_eq!(
        world.bad(ask(grant(2, 50_000))),
        Rejection::EarlierApplication(ApplicationId(1))
    );
    // 600 + 400 = 1000: both fit.
    world.agreed(grant(2, 40_000));
    world.agreed(grant(1, 60_000));
    assert_eq!(world.pot(), Money::ZERO);
    assert_eq!(pointers(&world.bad(ask(grant(3, 100)))), ["/amount"]);
}

/// A flag on an application, which holds back what it names.
fn flag(application: u64) -> Command {
    Command::Integrity(IntegrityCommand::RaiseFlags {
        findings: vec![Finding {
            rule: FlagRule::Splitting,
            policy: 1,
            programme: CITY_PROGRAMME,
            org: RIVAL,
            subjects: vec![Subject::Application(ApplicationId(application))],
            key: String::new(),
            evidence: Vec::new(),
            text: Names {
                zh: "拆分".to_owned(),
                en: "split".to_owned(),
            },
            at_stake: yuan(500),
            action: FlagAction::Hold,
        }],
    })
}

#[test]
fn a_flag_holds_an_application_back_until_it_is_resolved() {
    let held = Rejection::ApplicationHeld {
        application: ApplicationId(2),
        flag: FlagId(1),
    };
    for (rule, command) in [("first_come", grant(2, 40_000)), ("pro_rata", allocate())] {
        let mut world = cleared(&json!({"allocation_when_short": rule}), [1, 2, 3]);
        let ask = Command::Propose {
            maker: MAKER,
            command: Box::new(command.clone()),
        };
        world.good(flag(2));
        assert_eq!(world.bad(ask), held, "{rule}");
        world.good(Command::Integrity(IntegrityCommand::ResolveFlag {
            user: CHECKER,
            flag: FlagId(1),
            verdict: FlagVerdict::Dismissed,
            reason: "two firms indeed".to_owned(),
        }));
        world.agreed(command);
    }
}

//! Applications: every state with every command, who reviews, public notice, duplicates.

use super::*;

const ONE: ApplicationId = ApplicationId(1);

/// The commands in the order of [`TABLE`]'s columns.
fn commands() -> Vec<Command> {
    let reason = || "because".to_owned();
    let application = ONE;
    let commands = [
        ApplicationCommand::Amend {
            org: TENANT,
            application,
            request: Box::new(request(&json!({"amount": "500.00"}))),
        },
        ApplicationCommand::Withdraw {
            org: TENANT,
            application,
        },
        review((MAKER, ONE), ReviewVerdict::Pass, None),
        ApplicationCommand::Publish {
            user: MAKER,
            application,
        },
        ApplicationCommand::Object {
            user: OBJECTOR,
            application,
            reason: reason(),
        },
        ApplicationCommand::ResolveObjection {
            user: MAKER,
            application,
            upheld: false,
            reason: reason(),
        },
        ApplicationCommand::Reject {
            user: MAKER,
            application,
            reason: reason(),
        },
        ApplicationCommand::Grant {
            application,
            amount: yuan(500),
        },
    ];
    commands.map(Command::Application).to_vec()
}

const STATES: [&str; 10] = [
    "submitted",
    "in_review",
    "returned",
    "reviewed",
    "published",
    "objected",
    "cleared",
    "granted",
    "rejected",
    "withdrawn",
];

/// Where a command leads; `-`: it is refused.
const TABLE: [[&str; 8]; 10] = [
    // amend, withdraw, review, publish, object, resolve, reject, grant
    ["-", "withdrawn", "in_review", "-", "-", "-", "rejected", "-"],
    ["-", "withdrawn", "in_review", "-", "-", "-", "rejected", "-"],
    ["submitted", "withdrawn", "-", "-", "-", "-", "rejected", "-"],
    ["-", "withdrawn", "-", "published", "-", "-", "rejected", "-"],
    ["-", "withdrawn", "-", "-", "objected", "-", "rejected", "-"],
    ["-", "withdrawn", "-", "-", "objected", "published", "rejected", "-"],
    ["-", "withdrawn", "-", "-", "-", "-", "rejected", "granted"],
    ["-", "-", "-", "-", "-", "-", "-", "-"],
    ["-", "-", "-", "-", "-", "-", "-", "-"],
    ["-", "-", "-", "-", "-", "-", "-", "-"],
];

/// A world with an application there.
pub(super) fn at(state: &str) -> World {
    let mut world = World::open(&json!({}));
    world.submit(TENANT, &json!({}));
    let application = ONE;
    let publish = ApplicationCommand::Publish {
        user: MAKER,
        application,
    };
    let reason = "because".to_owned();
    match state {
        "submitted" => {}
        "in_review" => {
            world.application(review((CHECKER, ONE), ReviewVerdict::Pass, None));
        }
        "returned" => {
            world.application(review((CHECKER, ONE), ReviewVerdict::Return, None));
        }
        "rejected" => {
            world.application(review((CHECKER, ONE), ReviewVerdict::Fail, None));
        }
        "withdrawn" => {
            world.application(ApplicationCommand::Withdraw {
                org: TENANT,
                application,
            });
        }
        "reviewed" => world.pass(ONE, Some(70)),
        _ => {
            world.pass(ONE, Some(70));
            world.application(publish);
        }
    }
    match state {
        "objected" => {
            world.application(ApplicationCommand::Object {
                user: OBJECTOR,
                application,
                reason,
            });
        }
        "cleared" => {
            world.wait_until("2026-03-09T16:00:00Z");
        }
        "granted" => {
            world.wait_until("2026-03-09T16:00:00Z");
            world.agreed(Command::Application(ApplicationCommand::Grant {
                application,
                amount: yuan(600),
            }));
        }
        _ => {}
    }
    world
}

/// What the last event of the kind says of the application.
fn told(events: &[Event]) -> Option<&'static str> {
    let image = |event: &Event| match event {
        Event::ApplicationChanged(application) => Some(application.state.status().name()),
        _ => None,
    };
    events.iter().rev().find_map(image)
}

#[test]
fn each_state_takes_its_commands_and_no_others() {
    for (state, row) in STATES.into_iter().zip(TABLE) {
        for (command, expected) in commands().into_iter().zip(row) {
            let mut world = at(state);
            let live = world.status(ONE).map(ApplicationStatus::name);
            assert_eq!(live.unwrap_or(state), state);
            let said = format!("{} of {state}", command.kind());
            if expected == "-" {
                let rejection = world.bad(command);
                let found = match rejection {
                    Rejection::ApplicationNotInState { application, found } => {
                        assert_eq!(application, ONE);
                        found.name()
                    }
                    Rejection::ApplicationDecided(ONE) => state,
                    other => panic!("{said}: {other}"),
                };
                assert_eq!(found, state, "{said}");
                assert_eq!(live.is_none(), ["granted", "rejected", "withdrawn"].contains(&state));
            } else {
                assert_eq!(told(&world.good(command)), Some(expected), "{said}");
            }
        }
    }
}

#[test]
fn so_many_different_people_of_the_right_authority_pass_each_stage() {
    let pass = |user| Command::Application(review((user, ONE), ReviewVerdict::Pass, Some(80)));
    let mut world = at("submitted");
    assert_eq!(world.bad(pass(TREASURER)), Rejection::OtherIssuer(TREASURER));
    assert!(matches!(world.bad(pass(APPLICANT)), Rejection::RoleMissing { .. }));
    world.good(pass(MAKER));
    assert_eq!(world.bad(pass(MAKER)), Rejection::ReviewedAlready(MAKER));
    world.good(pass(CHECKER));
    // The second stage is that of the finance authority alone.
    assert_eq!(world.bad(pass(MAKER)), Rejection::OtherIssuer(MAKER));
    world.good(pass(SECOND_TREASURER));
    assert_eq!(world.status(ONE), Some(ApplicationStatus::Reviewed));
}

#[test]
fn who_applies_does_not_review() {
    let mut world = World::open(&json!({"review_chain": [], "notice_working_days": null}));
    world.submit(CITY, &json!({}));
    for command in [
        review((MAKER, ONE), ReviewVerdict::Pass, None),
        ApplicationCommand::Reject {
            user: CHECKER,
            application: ONE,
            reason: "mine".to_owned(),
        },
    ] {
        let refused = world.bad(Command::Application(command));
        assert!(matches!(refused, Rejection::PersonConcerned(_)), "{refused}");
    }
}

#[test]
fn the_least_amount_and_the_mean_score_of_the_last_round_count() {
    let mut world = at("submitted");
    let opinion = |user, verdict, (score, amount): (u8, i64)| ApplicationCommand::Review {
        user,
        application: ONE,
        verdict,
        score: Some(score),
        amount: Some(yuan(amount)),
        note: "so".to_owned(),
    };
    let over = Command::Application(opinion(MAKER, ReviewVerdict::Pass, (101, 601)));
    assert_eq!(pointers(&world.bad(over)), ["/score", "/amount"]);
    world.application(opinion(MAKER, ReviewVerdict::Pass, (1, 10)));
    world.application(opinion(CHECKER, ReviewVerdict::Return, (1, 10)));
    let amend = |change: &Value| {
        Command::Application(ApplicationCommand::Amend {
            org: TENANT,
            application: ONE,
            request: Box::new(request(change)),
        })
    };
    world.good(amend(&json!({"amount": "550.00"})));
    // A new round: everybody may look again.
    world.application(opinion(MAKER, ReviewVerdict::Pass, (80, 550)));
    world.application(opinion(CHECKER, ReviewVerdict::Pass, (91, 400)));
    world.application(opinion(TREASURER, ReviewVerdict::Pass, (80, 500)));
    world.application(ApplicationCommand::Publish {
        user: MAKER,
        application: ONE,
    });
    world.wait_until("2026-03-20T00:00:00Z");
    let reviewed = json!({"amount": "400.00", "score": 83});
    let state = serde_json::to_value(&world.state.applications[&ONE].state).unwrap();
    assert_eq!(state, json!({"state": "cleared", "reviewed": reviewed}));
    let over = Command::Propose {
        maker: MAKER,
        command: Box::new(Command::Application(ApplicationCommand::Grant {
            application: ONE,
            amount: yuan(401),
        })),
    };
    assert_eq!(pointers(&world.bad(over)), ["/amount"]);
}

#[test]
fn an_application_is_refused_with_all_its_errors() {
    let mut world = World::open(&json!({}));
    let hash = "b".repeat(63);
    let body = json!({
        "amount": "0.00", "purpose": " ", "contact": "13800000000",
        "contract": {"cards": 0, "hash": hash, "from": "2026-06-01T00:00:00Z", "until": "2026-06-01T00:00:00Z"},
        "documents": [
            {"kind": "contract", "hash": "c".repeat(64), "size": 0, "name": ""},
            {"kind": "contract", "hash": "c".repeat(64), "size": 1, "name": "x"},
        ],
    });
    let refused = world.bad(Command::Application(submit(TENANT, &body)));
    let expected = [
        "/amount",
        "/purpose",
        "/contract/cards",
        "/contract/until",
        "/contract/hash",
        "/contact",
        "/documents/0/name",
        "/documents/0/size",
        "/documents/1",
        "/documents",
    ];
    assert_eq!(pointers(&refused), expected);
    let unknown = Command::Application(ApplicationCommand::Submit {
        org: TENANT,
        programme: ProgrammeId(9),
        request: Box::new(request(&json!({}))),
    });
    assert_eq!(world.bad(unknown), Rejection::ProgrammeNotFound(ProgrammeId(9)));
    assert_eq!(
        pointers(&world.bad(Command::Application(submit(FINANCE, &json!({}))))),
        ["/org"]
    );
}

#[test]
fn applications_come_within_a_window() {
    let windows = json!({"windows": {"apply": [
        {"from": "2026-03-01T00:00:00Z", "until": "2026-03-02T01:00:01Z"},
        {"from": "2026-05-01T00:00:00Z"},
    ]}});
    let mut world = World::open(&windows);
    world.submit(TENANT, &json!({}));
    let late = Command::Application(submit(TENANT, &json!({})));
    world.now = instant("2026-03-02T01:00:01Z");
    assert_eq!(pointers(&world.bad(late)), ["/programme"]);
    world.now = instant("2026-05-01T00:00:00Z");
    world.submit(TENANT, &json!({}));
}

#[test]
fn no_contract_is_asked_for_twice() {
    let hash = |digit: &str| json!({"contract": {"hash": digit.repeat(64)}});
    let terms = |cards: u32| {
        json!({"contract": {
            "counterparty": Uscc::from_stem(CODES[3]).unwrap(), "site": "hangzhou", "cards": cards,
            "from": "2026-06-01T00:00:00Z", "until": "2026-07-01T00:00:00Z",
        }})
    };
    let mut world = World::open(&json!({}));
    let first = world.submit(TENANT, &hash("1"));
    let again = Command::Application(submit(RIVAL, &hash("1")));
    assert_eq!(pointers(&world.bad(again.clone())), ["/contract/hash"]);
    // As a document it is the same contract.
    let attached = json!({"documents": [
        {"kind": "licence", "hash": "a".repeat(64), "size": 1, "name": "l"},
        {"kind": "contract", "hash": "1".repeat(64), "size": 1, "name": "c"},
    ]});
    let attached = Command::Application(submit(RIVAL, &attached));
    assert_eq!(pointers(&world.bad(attached)), ["/documents/1/hash"]);
    world.submit(TENANT, &terms(8));
    // Other cards are another contract; the same ones for a company of the same owner are not.
    world.submit(TENANT, &terms(16));
    let sister = Command::Application(submit(SISTER, &terms(8)));
    assert_eq!(pointers(&world.bad(sister)), ["/contract"]);
    world.submit(RIVAL, &terms(8));
    // What was taken back may be asked for again; what was granted may not.
    world.application(ApplicationCommand::Withdraw {
        org: TENANT,
        application: first,
    });
    world.good(again);
}

#[test]
fn what_was_granted_is_not_asked_for_again() {
    let mut world = World::open(&json!({"review_chain": [], "notice_working_days": null}));
    let contract = json!({"contract": {"hash": "1".repeat(64)}});
    let application = world.submit(TENANT, &contract);
    world.application(review((MAKER, application), ReviewVerdict::Pass, None));
    world.agreed(Command::Application(ApplicationCommand::Grant {
        application,
        amount: yuan(10),
    }));
    let again = Command::Application(submit(TENANT, &contract));
    assert_eq!(pointers(&world.bad(again)), ["/contract/hash"]);
}

#[test]
fn another_tenants_application_is_nowhere() {
    let mut world = at("submitted");
    for command in [
        ApplicationCommand::Withdraw {
            org: RIVAL,
            application: ONE,
        },
        ApplicationCommand::Amend {
            org: RIVAL,
            application: ONE,
            request: Box::new(request(&json!({}))),
        },
    ] {
        let refused = world.bad(Command::Application(command));
        assert_eq!(refused, Rejection::ApplicationNotFound(ONE));
    }
}

fn object() -> Command {
    Command::Application(ApplicationCommand::Object {
        user: OBJECTOR,
        application: ONE,
        reason: "they have no cards".to_owned(),
    })
}

fn resolve(upheld: bool) -> Command {
    Command::Application(ApplicationCommand::ResolveObjection {
        user: CHECKER,
        application: ONE,
        upheld,
        reason: "we have looked".to_owned(),
    })
}

#[test]
fn a_notice_clears_by_time_unless_somebody_objected() {
    // Published on Monday 2 March: five working days later is Monday the 9th, to its end in Shanghai.
    let mut world = at("published");
    world.wait_until("2026-03-09T15:59:59Z");
    assert_eq!(world.status(ONE), Some(ApplicationStatus::Published));
    world.wait_until("2026-03-09T16:00:00Z");
    assert_eq!(world.status(ONE), Some(ApplicationStatus::Cleared));

    let mut world = at("objected");
    world.wait_until("2026-03-10T00:00:00Z");
    assert_eq!(world.status(ONE), Some(ApplicationStatus::Objected));
    assert_eq!(pointers(&world.bad(object())), ["/application"]);
    world.good(resolve(false));
    assert_eq!(world.status(ONE), Some(ApplicationStatus::Cleared));
}

#[test]
fn every_objection_is_resolved_and_one_that_is_right_ends_it() {
    let mut world = at("objected");
    world.good(object());
    world.good(resolve(false));
    assert_eq!(world.status(ONE), Some(ApplicationStatus::Objected));
    world.good(resolve(false));
    assert_eq!(world.status(ONE), Some(ApplicationStatus::Published));
    world.good(object());
    assert_eq!(told(&world.good(resolve(true))), Some("rejected"));
    let mut world = at("published");
    let own = Command::Application(ApplicationCommand::Object {
        user: APPLICANT,
        application: ONE,
        reason: "I object to myself".to_owned(),
    });
    assert_eq!(world.bad(own), Rejection::PersonConcerned(APPLICANT));
}

#[test]
fn a_notice_needs_the_calendar_of_its_year() {
    let mut world = at("reviewed");
    world.now = instant("2026-12-29T01:00:00Z");
    let publish = Command::Application(ApplicationCommand::Publish {
        user: MAKER,
        application: ONE,
    });
    assert_eq!(world.bad(publish), Rejection::CalendarMissing(2027));
}

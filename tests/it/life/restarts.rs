//! Whatever state things are in, what a restart reads is what was known.

use qiantang::app::clock::Clock;
use qiantang::app::exchange::Exchange;
use qiantang::app::request::Request;
use qiantang::app::verify::verify;
use qiantang::engine::office::voucher::VoucherCommand;
use qiantang::store::{self, Reader};

use super::*;
use crate::harness::for_each_backend;

/// Everything that leads an application to its grant, with each of its kinds of change on the way, and a programme to its end.
fn whole_life() -> Vec<(&'static str, Command)> {
    let one = ApplicationId(1);
    let day = |text, command| (text, command);
    let program = |command| day(START, Command::Programme(command));
    let app = |text, command| day(text, Command::Application(command));
    let programme = CITY_PROGRAMME;
    let reason = || "because".to_owned();
    let ask = |text, command| {
        day(
            text,
            Command::Propose {
                maker: MAKER,
                command: Box::new(command),
            },
        )
    };
    let cap = Command::Voucher(VoucherCommand::LiftCap {
        programme,
        org: TENANT,
        cap: yuan(900),
    });
    let contract = json!({"contract": {"hash": "1".repeat(64)}});
    let grant = Command::Application(ApplicationCommand::Grant {
        application: one,
        amount: yuan(600),
    });
    let revised = json!({"version": 2, "pot": "1200.00", "cap_per_entity": "800.00", "cap_exception": true});
    let revise = Command::Programme(ProgrammeCommand::Revise {
        programme,
        rules: serde_json::from_value(rules(&revised)).unwrap(),
    });
    let end = "2026-04-24T02:00:00Z";
    let mut life: Vec<(&str, Command)> = people().into_iter().map(|command| (START, command)).collect();
    life.extend([
        day(
            START,
            draft(&json!({"cap_per_entity": "800.00", "cap_exception": true})),
        ),
        program(ProgrammeCommand::Approve {
            checker: CHECKER,
            programme,
        }),
        program(ProgrammeCommand::Open { user: MAKER, programme }),
        ask(START, cap),
        day(START, decide(CHECKER, ApprovalId(1))),
        app(START, submit(TENANT, &contract)),
        app(START, submit(RIVAL, &json!({}))),
        app(START, review((MAKER, one), ReviewVerdict::Return, None)),
        app(
            START,
            ApplicationCommand::Amend {
                org: TENANT,
                application: one,
                request: Box::new(request(&contract)),
            },
        ),
        app(START, review((MAKER, one), ReviewVerdict::Pass, Some(50))),
        app(START, review((CHECKER, one), ReviewVerdict::Pass, Some(60))),
        app(START, review((TREASURER, one), ReviewVerdict::Pass, None)),
        app(
            START,
            ApplicationCommand::Publish {
                user: MAKER,
                application: one,
            },
        ),
        app(
            START,
            ApplicationCommand::Object {
                user: OBJECTOR,
                application: one,
                reason: reason(),
            },
        ),
        app(
            START,
            ApplicationCommand::ResolveObjection {
                user: MAKER,
                application: one,
                upheld: false,
                reason: reason(),
            },
        ),
        day("2026-03-09T16:00:00Z", Command::Tick),
        ask("2026-03-09T16:00:00Z", grant),
        day("2026-03-09T16:00:00Z", decide(CHECKER, ApprovalId(2))),
        ask("2026-03-09T17:00:00Z", revise),
        day("2026-03-09T17:00:00Z", decide(CHECKER, ApprovalId(3))),
        ask(
            "2026-03-10T00:00:00Z",
            Command::Voucher(VoucherCommand::Extend {
                voucher: qiantang::domain::id::VoucherId(1),
                until: instant("2026-05-01T00:00:00Z"),
            }),
        ),
        day("2026-03-10T00:00:00Z", decide(CHECKER, ApprovalId(4))),
        day("2026-04-24T00:00:00Z", Command::Tick),
        app(
            "2026-04-24T00:00:00Z",
            ApplicationCommand::Withdraw {
                org: RIVAL,
                application: ApplicationId(2),
            },
        ),
        app("2026-04-24T01:00:00Z", submit(RIVAL, &json!({}))),
    ]);
    life.extend([
        day(
            end,
            Command::Programme(ProgrammeCommand::Close { user: MAKER, programme }),
        ),
        day(
            end,
            Command::Programme(ProgrammeCommand::Reconcile { user: MAKER, programme }),
        ),
        day("2026-06-01T00:00:00Z", Command::Tick),
    ]);
    life
}

#[test]
fn a_restart_after_each_command_reads_what_was_known() {
    for_each_backend(|database| {
        let exchange = Exchange::open(&database.url, "a test", Clock::Given).unwrap();
        let handle = exchange.handle();
        for (at, command) in whole_life() {
            let said = format!("{} {command:?}", database.place());
            let reply = handle.call(Request::new("a test", command).at(instant(at))).unwrap();
            assert!(reply.accepted, "{said}: {}", reply.answer);
            let stored = store::state::load(&mut Reader::open(&database.url).unwrap()).unwrap();
            let (known, next) = handle
                .inspect(|state| (state_hash(state).unwrap(), state.timers.next()))
                .unwrap();
            assert_eq!(state_hash(&stored).unwrap(), known, "{said}");
            assert_eq!(stored.timers.next(), next, "{said}");
        }
        let verdict = verify(&mut Reader::open(&database.url).unwrap(), &mut |_, _| {}).unwrap();
        assert!(verdict.violations.is_empty(), "{:?}", verdict.violations);
    });
}

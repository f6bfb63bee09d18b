//! Outages in a database: after a restart everything is as it was.

use qiantang::app::clock::Clock;
use qiantang::app::exchange::Exchange;
use qiantang::app::report::{Name, Report, Scope, run};
use qiantang::app::request::Request;
use qiantang::domain::id::OrgId;
use qiantang::engine::report::Period;
use qiantang::engine::state_hash::state_hash;
use qiantang::store::Reader;

use super::town::{ANSWER_HOURS, PROVIDER, Setting, Town, promising};
use crate::harness::for_each_backend;

/// A lease that was credited and is closed, and one with all that is not over.
fn told() -> Town {
    let mut town = promising(&Setting::default());
    let closed = town.rent(24);
    town.deliver(closed, (0, 24), 990);
    town.pass(ANSWER_HOURS);
    town.settle();
    assert!(town.state.leases.is_empty());
    let open = town.rent(24);
    town.deliver(open, (0, 2), 900);
    let down = town.down(open, (0, 1), 8);
    town.contest(PROVIDER, down, "it ran").unwrap();
    for _ in 0..2 {
        town.pass(1);
        town.probe(open, 2).unwrap();
    }
    town
}

#[test]
fn everything_is_there_after_a_restart() {
    let town = told();
    for_each_backend(|database| {
        qiantang::store::migrate(&database.url).unwrap();
        let exchange = Exchange::open(&database.url, "a test", Clock::Given).unwrap();
        for (at, command) in &town.said {
            let request = Request::new("a test", command.clone()).at(*at);
            let reply = exchange.handle().call(request).unwrap();
            assert!(reply.accepted, "{}", reply.answer);
        }
        exchange.shut_down();
        let reader = &mut Reader::open(&database.url).unwrap();
        let state = qiantang::store::state::load(reader).unwrap();
        assert_eq!(state.sla, town.state.sla);
        assert_eq!(state.recovered, town.state.recovered);
        assert_eq!(state.timers.next(), town.state.timers.next());
        assert_eq!(state_hash(&state).unwrap(), state_hash(&town.state).unwrap());
        let report = |period| {
            let scope = Scope {
                period,
                ..Scope::default()
            };
            let Report::FaultRate(report) = run(reader, Name::FaultRate, scope).unwrap() else {
                panic!("must be that report");
            };
            report
        };
        let whole = Period::default();
        let mut report = report;
        let found = report(whole);
        // 6,912 of the closed lease; of the open one nothing is agreed yet, and four of its hours have passed.
        let contracted = 691_200 + 8 * 4 * 3_600;
        assert_eq!(
            (found.fault_rate.numerator, found.fault_rate.denominator),
            (6_912, contracted)
        );
        assert_eq!(found.leases.len(), 1);
        assert_eq!(found.providers[0].provider, OrgId(1));
        let half = Period {
            from: None,
            until: Some("2026-12-05T20:00:00+08:00".parse().unwrap()),
        };
        let (found, all) = (report(half), 691_200);
        let (part, of) = (found.fault_rate.numerator, found.fault_rate.denominator);
        assert_eq!(
            (part, of * 2),
            (3_456, all),
            "half of the day, over which it is spread evenly"
        );
        let before = Period {
            from: None,
            until: Some("2026-11-01T00:00:00+08:00".parse().unwrap()),
        };
        assert_eq!(report(before).fault_rate.fraction(), None, "nothing was contracted");
    });
}

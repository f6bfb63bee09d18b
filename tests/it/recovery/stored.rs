//! Recoveries in a database, and over HTTP.

use std::time::Duration;

use qiantang::app::clock::Clock;
use qiantang::app::exchange::Exchange;
use qiantang::app::readers::Readers;
use qiantang::app::recovery;
use qiantang::app::request::Request;
use qiantang::domain::programme::process::ClawbackReason;
use qiantang::domain::rate::BasisPoints;
use qiantang::domain::recovery::{NamedTarget, NewRecovery};
use qiantang::engine::Command;
use qiantang::engine::office::recovery::{RecoveryCommand, is_banned};
use qiantang::engine::state_hash::state_hash;
use qiantang::store::Reader;
use serde_json::json;

use super::town::{Setting, TENANT, Town, by_mistake};
use crate::api::described::complaints;
use crate::api::stand::Stand;
use crate::harness::for_each_backend;

#[test]
fn recoveries_and_bans_are_there_after_a_restart_and_closed_leases_are_read_as_they_were() {
    let mut town = Town::new(&Setting::default());
    let leases = [town.finished(), town.finished()];
    town.recover(NewRecovery {
        reason: ClawbackReason::Fraud,
        fine_bps: BasisPoints(2_000),
        ..by_mistake(&leases[0], Some(5_000))
    })
    .unwrap();
    town.credit(&leases[1], 10_000).unwrap();
    town.recover(by_mistake(&leases[1], None)).unwrap();
    for_each_backend(|database| {
        qiantang::store::migrate(&database.url).unwrap();
        let exchange = Exchange::open(&database.url, "a test", Clock::Given).unwrap();
        for (at, command) in &town.said {
            let reply = exchange
                .handle()
                .call(Request::new("a test", command.clone()).at(*at))
                .unwrap();
            assert!(reply.accepted, "{}", reply.answer);
        }
        exchange.shut_down();
        let reader = &mut Reader::open(&database.url).unwrap();
        let state = qiantang::store::state::load(reader).unwrap();
        assert_eq!(state_hash(&state).unwrap(), state_hash(&town.state).unwrap());
        assert_eq!(state.recovered, town.state.recovered);
        assert!(is_banned(&state, TENANT, None, town.now).is_some());
        let readers = Readers::new(&database.url, 1, Duration::from_secs(9));
        let read = |target: serde_json::Value| {
            let body = json!({"target": target, "reason": "error", "evidence": "paid twice by mistake"});
            let asked = recovery::read(body).unwrap();
            readers.read(|pooled| recovery::recover(pooled, asked)).unwrap()
        };
        for lease in &leases {
            let expected = Command::Recovery(RecoveryCommand::Recover(by_mistake(lease, None)));
            assert_eq!(read(json!({"lease": lease.lease})), expected);
        }
        let Command::Recovery(RecoveryCommand::Recover(new)) = read(json!({"voucher": "vch_0000000000002"})) else {
            panic!("must be a recovery");
        };
        assert!(matches!(new.target, NamedTarget::Voucher { leases: found, .. } if found == leases));
    });
}

#[test]
fn recoveries_are_asked_for_by_issuers_and_credits_by_operators() {
    for_each_backend(|database| {
        let stand = Stand::aged(database);
        let lease = stand.person("tenant1").get("/v1/leases").must(200).json()["items"][0]["id"].clone();
        for (target, pointer) in [
            (json!({"lease": lease}), "/target"),
            (json!({"voucher": "vch_0000000000009"}), "/target/voucher"),
            (json!({"claim": "clm_0000000000009"}), "/target/claim"),
        ] {
            let body = json!({"target": target, "reason": "error", "evidence": "none was paid"});
            let refused = stand.person("issuer1").post("/v1/recoveries", &body).must(422);
            assert_eq!(refused.json()["errors"][0]["pointer"], pointer);
        }
        let credit = json!({"amount": "1.00", "reason": "down"});
        let path = format!("/v1/leases/{}/credits", lease.as_str().unwrap());
        stand.person("tenant1").post(&path, &credit).must(403);
        let refused = stand.person("operator1").post(&path, &credit).must(422);
        assert_eq!(refused.json()["errors"][0]["pointer"], "/amount");
        for path in ["/v1/recoveries", "/v1/bans"] {
            for person in ["tenant1", "issuer1", "auditor1", "operator1"] {
                let answer = stand.person(person).get(path).must(200);
                assert_eq!(answer.json()["items"], json!([]));
                assert_eq!(complaints("GET", path, &answer), Vec::<String>::new());
            }
            stand.person("provider1").get(path).must(403);
        }
    });
}

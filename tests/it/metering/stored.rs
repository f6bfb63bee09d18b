//! Metering in a database: after a restart it is what it was, whatever came in whichever order.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use qiantang::app::clock::Clock;
use qiantang::app::exchange::Exchange;
use qiantang::app::request::Request;
use qiantang::app::verify::verify;
use qiantang::engine::state_hash::state_hash;
use qiantang::engine::{self, State};
use qiantang::store::Reader;
use serde_json::json;

use super::meter::{HOUR, at, correction, dispute, reading, report, resolve, span, town, withdrawal};
use crate::api::described::complaints;
use crate::api::stand::Stand;
use crate::harness::for_each_backend;
use crate::recovery::town::{TENANT, Town};

/// A day of a lease in which everything happens that can be drawn.
fn live(draws: &[(u8, u16, u16)]) -> Town {
    let mut town = town(24);
    let leases = [town.rent(24), town.rent(24)];
    town.now = at(&town, leases[0], 1);
    let mut names = vec!["none".to_owned()];
    let mut disputes = Vec::new();
    for (number, &(kind, one, other)) in draws.iter().enumerate() {
        let lease = leases[usize::from(one % 2)];
        let hour = u32::from(one / 2 % 20);
        let value = HOUR * i64::from(other % 1_001) / 1_000;
        let id = number.to_string();
        let named = names[usize::from(other) % names.len()].clone();
        let event = match kind % 10 {
            0 | 1 => span(&town, lease, &id, (hour, hour + 1 + u32::from(other % 2)), value),
            2 => reading(&town, lease, &id, (hour / 4, hour / 4 + 1 + hour % 4), value),
            3 => correction(lease, &id, &named, value),
            4 => withdrawal(lease, &id, &named),
            5 => {
                town.settle();
                continue;
            }
            6 => {
                disputes.extend(dispute(&mut town, lease, (hour, hour + 2), value / 2).ok());
                continue;
            }
            7 => {
                if let Some(id) = disputes.pop() {
                    // Its lease may be closed by now.
                    let _ = resolve(&mut town, id, value);
                }
                continue;
            }
            8 => {
                let until = town.now;
                let body = json!({"lease": lease, "until": until});
                let command = qiantang::app::verb::command("accept_usage", Some(TENANT), body).unwrap();
                let _ = town.say(command);
                continue;
            }
            _ => {
                town.now = town.now.plus_hours(u32::from(other % 4));
                continue;
            }
        };
        if !town.state.leases.contains_key(&lease) {
            continue;
        }
        names.push(id);
        report(&mut town, vec![event]);
    }
    town
}

#[test]
fn a_restart_changes_nothing_at_any_point() {
    let mut runner = TestRunner::deterministic();
    let draws = prop::collection::vec(any::<(u8, u16, u16)>(), 90);
    for _ in 0..6 {
        let town = live(&draws.new_tree(&mut runner).unwrap().current());
        for_each_backend(|database| {
            let mut exchange = Exchange::open(&database.url, "a test", Clock::Given).unwrap();
            let mut state = State::default();
            for (number, (now, command)) in town.said.iter().enumerate() {
                if engine::is_due(&state, *now) {
                    engine::apply(&mut state, engine::Command::Tick, *now).unwrap();
                }
                let said = engine::apply(&mut state, command.clone(), *now);
                let request = Request::new("a test", command.clone()).at(*now);
                let reply = exchange.handle().call(request).unwrap();
                assert_eq!(reply.accepted, said.is_ok(), "{}", reply.answer);
                if number % 23 == 22 {
                    exchange.shut_down();
                    let reader = &mut Reader::open(&database.url).unwrap();
                    let found = qiantang::store::state::load(reader).unwrap();
                    for (id, lease) in &state.leases {
                        assert_eq!(found.leases[id], *lease);
                    }
                    assert_eq!(state_hash(&found).unwrap(), state_hash(&state).unwrap());
                    exchange = Exchange::open(&database.url, "a test", Clock::Given).unwrap();
                }
            }
            exchange.shut_down();
            let reader = &mut Reader::open(&database.url).unwrap();
            let verdict = verify(reader, &mut |_, _| {}).unwrap();
            assert!(verdict.violations.is_empty(), "{:?}", verdict.violations);
            assert_eq!(verdict.state_hash, state_hash(&state).unwrap().to_string());
        });
    }
}

#[test]
fn metering_is_asked_for_and_disputed_over_http() {
    for_each_backend(|database| {
        let stand = Stand::aged(database);
        let (provider, tenant) = (stand.person("provider1"), stand.person("tenant1"));
        let get = |person: &str, path: &str| {
            let answer = stand.person(person).get(path).must(200);
            let described = if path.ends_with("/gaps") {
                "/v1/leases/{id}/usage/gaps"
            } else {
                path
            };
            assert_eq!(complaints("GET", described, &answer), Vec::<String>::new());
            answer.json()
        };
        let lease = tenant.get("/v1/leases").must(200).json()["items"][0]["id"].clone();
        let path = format!("/v1/leases/{}", lease.as_str().unwrap());
        let gaps = get("tenant1", &format!("{path}/usage/gaps"));
        assert!(gaps["items"].is_array());
        let key = json!({"name": "rack 1", "public_key": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="});
        let made = provider.post("/v1/usage-keys", &key).must(201).json();
        assert_eq!(get("provider1", "/v1/usage-keys")["items"][0]["id"], made["id"]);
        let revoke = format!("/v1/usage-keys/{}/revoke", made["id"].as_str().unwrap());
        let revoked = provider.post(&revoke, &json!({})).must(200).json();
        assert!(revoked["revoked_at"].is_string());
        provider.post(&revoke, &json!({})).must(409);
        tenant.post("/v1/usage-keys", &key).must(403);
        let body = json!({"lease": lease, "from": "2026-12-01T00:00:00Z", "until": "2026-12-01T01:00:00Z",
            "card_seconds": 0, "reason": "none ran"});
        let refused = tenant.post("/v1/disputes", &body).must(422);
        assert_eq!(
            refused.json()["errors"][0]["pointer"],
            "/from",
            "usage counts as accepted at once"
        );
        for person in ["tenant1", "provider1", "auditor1", "operator1"] {
            assert_eq!(get(person, "/v1/disputes")["items"], json!([]));
        }
        stand.person("issuer1").get("/v1/disputes").must(403);
        let decide = json!({"card_seconds": 0, "reason": "none ran"});
        let unknown = stand
            .person("operator1")
            .post("/v1/disputes/dsp_0000000000001/resolve", &decide);
        assert_eq!(unknown.must(404).code(), "dispute_not_found");
    });
}

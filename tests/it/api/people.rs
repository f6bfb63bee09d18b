//! Nobody moves money at the word of one person, whichever way that person tries.

use qiantang::domain::uscc::Uscc;
use serde_json::{Value, json};

use super::client::{Answer, Client, fresh_key};
use super::stand::{PASSWORD, Stand, both};
use crate::harness::for_each_backend;

const OPERATORS: &str = "org_0000000000007";
/// Who is tried to be made the second operator.
const PUPPET: &str = "puppet";
const OTHER_PASSWORD: &str = "known to one person";

fn id(answer: &Value) -> String {
    answer["id"].as_str().unwrap().to_owned()
}

fn register(client: &Client, (name, org): (&str, &str), roles: &[&str]) -> Answer {
    let body = json!({"org": org, "roles": roles, "email": format!("{name}@example.cn"), "name": name,
        "password": PASSWORD});
    client.post("/v1/users", &body)
}

fn tag(client: &Client, user: &str) -> String {
    let shown = client.get(&format!("/v1/users/{user}")).must(200);
    shown.header("etag").unwrap().to_owned()
}

/// Changes a user as they stand now.
fn amend(client: &Client, user: &str, change: &Value) -> Answer {
    let tag = tag(client, user);
    let path = format!("/v1/users/{user}");
    client.ask("PATCH", &path).header("if-match", &tag).json(change).send()
}

fn approve(client: &Client, asked: &Value) -> Answer {
    let path = format!("/v1/approvals/{}/approve", id(&asked["approval"]));
    client.ask("POST", &path).key(&fresh_key()).send()
}

fn me(client: &Client) -> String {
    id(&client.get("/v1/me").must(200).json())
}

fn set_password(client: &Client, user: &str, password: &str) -> Answer {
    let path = format!("/v1/users/{user}/password");
    client.post(&path, &json!({"password": password}))
}

/// A deposit that waits for somebody else.
fn deposit(client: &Client) -> Value {
    let body = json!({"org": "org_0000000000003", "amount": "1000000.00", "bank_ref": fresh_key()});
    client.post("/v1/deposits", &body).must(202).json()
}

/// An organisation whose people may be tenants and operators.
fn front(client: &Client) -> String {
    let uscc = Uscc::from_stem("91330100000000099").unwrap();
    let body = json!({"name": "前台", "uscc": uscc, "kinds": ["tenant", "operator", "issuer"]});
    id(&client.post("/v1/organisations", &body).must(201).json())
}

/// It waits, and whoever asked cannot agree to it.
fn only_waits(client: &Client, answer: Answer) {
    let asked = answer.must(202).json();
    assert_eq!(asked["approval"]["state"], "pending");
    assert_eq!(asked["approval"]["kind"], "amend_user");
    assert_eq!(approve(client, &asked).must(403).code(), "same_person");
}

fn is_out(stand: &Stand, name: &str, password: &str) {
    assert_eq!(stand.log_in(name, password).must(401).code(), "invalid_credentials");
}

#[test]
fn one_operator_alone_makes_no_second_one() {
    for_each_backend(|database| {
        let stand = Stand::new(database);
        let alone = stand.person("operator1");
        let org = front(&alone);
        for (name, org, roles) in [
            ("a", OPERATORS, &["operator"][..]),
            ("b", &org, &["tenant", "operator"]),
            ("c", "org_0000000000005", &["issuer"]),
        ] {
            let made = register(&alone, (name, org), roles).must(201).json();
            assert_eq!(made["active"], false, "{name}");
            is_out(&stand, name, PASSWORD);
            only_waits(&alone, amend(&alone, &id(&made), &json!({"active": true})));
            only_waits(
                &alone,
                amend(&alone, &id(&made), &json!({"active": true, "roles": roles})),
            );
            is_out(&stand, name, PASSWORD);
        }
    });
}

#[test]
fn one_operator_alone_makes_nobody_an_operator() {
    for_each_backend(|database| {
        let stand = Stand::new(database);
        let alone = stand.person("operator1");
        let money = deposit(&alone);
        let org = front(&alone);
        let made = register(&alone, (PUPPET, &org), &["tenant"]).must(201).json();
        assert_eq!(made["active"], true, "tenants act at once, as ever");
        let puppet = id(&made);
        let both = json!({"roles": ["tenant", "operator"]});
        for change in [
            both.clone(),
            json!({"roles": ["issuer"]}),
            json!({"roles": ["operator"], "active": true}),
        ] {
            only_waits(&alone, amend(&alone, &puppet, &change));
            assert_eq!(approve(&stand.person(PUPPET), &money).must(403).code(), "forbidden");
        }
        // Stopped, changed, and woken up again.
        amend(&alone, &puppet, &json!({"active": false})).must(200);
        let seen = tag(&alone, &puppet);
        amend(&alone, &puppet, &both).must(200);
        only_waits(&alone, amend(&alone, &puppet, &json!({"active": true})));
        let path = format!("/v1/users/{puppet}");
        let stale = alone.ask("PATCH", &path).header("if-match", &seen);
        let stale = stale.json(&json!({"active": true})).send();
        assert_eq!(stale.must(412).code(), "version_mismatch");
        is_out(&stand, PUPPET, PASSWORD);
        // What is asked for under an address that was free again is no better.
        alone
            .ask("POST", &format!("{path}/erase"))
            .key(&fresh_key())
            .send()
            .must(200);
        let again = register(&alone, (PUPPET, OPERATORS), &["operator"]).must(201).json();
        assert_eq!(again["active"], false);
        is_out(&stand, PUPPET, PASSWORD);
        // A machine of one's own is no second person.
        let key = json!({"name": "m", "roles": ["operator"]});
        let key = alone.post("/v1/api-keys", &key).must(201).json();
        let body = json!({"grant_type": "api_key", "api_key": key["api_key"]});
        let let_in = stand.nobody().ask("POST", "/v1/auth/token").json(&body).send();
        let machine = let_in.must(200).json();
        let machine = alone.with_token(machine["access_token"].as_str().unwrap());
        assert_eq!(approve(&machine, &money).must(403).code(), "person_needed");
        let pending = stand.person("auditor1").get("/v1/approvals?state=pending&limit=200");
        let pending = pending.must(200).json()["items"].clone();
        let kinds: Vec<_> = pending.as_array().unwrap().iter().map(|one| &one["kind"]).collect();
        assert_eq!(kinds.len(), 5, "{pending}");
        assert_eq!(kinds.iter().filter(|kind| **kind == "amend_user").count(), 4);
        assert_eq!(pending[0]["command"]["amend_user"]["user"], puppet);
    });
}

#[test]
fn one_operator_alone_becomes_no_colleague() {
    for_each_backend(|database| {
        let stand = Stand::new(database);
        let alone = stand.person("operator1");
        for name in ["operator2", "issuer1"] {
            let user = me(&stand.person(name));
            let refused = set_password(&alone, &user, OTHER_PASSWORD).must(403);
            assert_eq!(refused.code(), "two_people_needed");
            stand.log_in(name, PASSWORD).must(200);
            is_out(&stand, name, OTHER_PASSWORD);
            amend(&alone, &user, &json!({"active": false})).must(200);
            set_password(&alone, &user, OTHER_PASSWORD).must(204);
            only_waits(&alone, amend(&alone, &user, &json!({"active": true})));
            is_out(&stand, name, OTHER_PASSWORD);
        }
        // Whoever moves no money is helped at once.
        let tenant = me(&stand.person("tenant1"));
        set_password(&alone, &tenant, OTHER_PASSWORD).must(204);
        stand.log_in("tenant1", OTHER_PASSWORD).must(200);
        // One's own password is one's own.
        let change = json!({"old": PASSWORD, "new": OTHER_PASSWORD});
        alone.post("/v1/auth/password", &change).must(204);
        let own = me(&alone);
        assert_eq!(
            set_password(&alone, &own, PASSWORD).must(403).code(),
            "two_people_needed"
        );
    });
}

#[test]
fn two_operators_make_a_third_one() {
    for_each_backend(|database| {
        let stand = Stand::new(database);
        let (maker, checker) = (stand.person("operator1"), stand.person("operator2"));
        let newcomer = id(&register(&maker, ("operator3", OPERATORS), &["operator"])
            .must(201)
            .json());
        let path = format!("/v1/users/{newcomer}");
        let seen = tag(&maker, &newcomer);
        let patch = |key: &str, change: &Value| {
            let ask = maker.ask("PATCH", &path).header("if-match", &seen);
            ask.key(key).json(change).send()
        };
        let wake = json!({"active": true});
        let asked = patch("wake", &wake).must(202);
        let twice = patch("twice", &wake).must(202).json();
        assert_eq!(
            approve(&stand.person("issuer1"), &asked.json()).must(403).code(),
            "role_missing"
        );
        let done = approve(&checker, &asked.json()).must(200).json();
        assert_eq!(
            (&done["approval"]["state"], &done["result"]["active"]),
            (&json!("approved"), &json!(true))
        );
        assert_eq!(approve(&checker, &twice).must(412).code(), "version_mismatch");
        // A retry is told what was told before, though the user stands otherwise now.
        let again = patch("wake", &wake).must(202);
        assert_eq!(
            (again.text.as_str(), again.header("idempotency-replayed")),
            (asked.text.as_str(), Some("true"))
        );
        let third = stand.person("operator3");
        let body = json!({"org": "org_0000000000003", "amount": "1.00", "bank_ref": "line 1"});
        both(&stand, ("operator1", "operator3"), "/v1/deposits", &body);
        // Nobody takes part where it is about them, and stopping takes one person only.
        assert_eq!(approve(&third, &twice).must(403).code(), "person_concerned");
        let seen = tag(&maker, &newcomer);
        let stop = |key: &str| {
            let ask = maker.ask("PATCH", &path).header("if-match", &seen);
            ask.key(key).json(&json!({"active": false})).send()
        };
        let stopped = stop("stop").must(200);
        let again = stop("stop").must(200);
        assert_eq!(
            (again.text.as_str(), again.header("idempotency-replayed")),
            (stopped.text.as_str(), Some("true"))
        );
        let shown = stand.person("auditor1").get("/v1/approvals?state=approved").must(200);
        let kinds: Vec<_> = shown.json()["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["kind"].clone())
            .collect();
        assert_eq!(kinds, ["deposit", "amend_user"]);
    });
}

#[test]
fn whoever_is_stopped_is_out_at_once() {
    for_each_backend(|database| {
        let stand = Stand::new(database);
        let (one, other) = (stand.person("operator1"), stand.person("operator2"));
        let left = deposit(&other);
        let user = me(&other);
        amend(&one, &user, &json!({"active": false})).must(200);
        for answer in [
            other.get("/v1/me"),
            approve(&other, &deposit(&one)),
            amend_blind(&other, &user),
        ] {
            assert_eq!(answer.must(401).code(), "session_ended");
        }
        is_out(&stand, "operator2", PASSWORD);
        assert_eq!(approve(&one, &left).must(403).code(), "user_inactive");
    });
}

/// Tries to wake somebody up without having looked.
fn amend_blind(client: &Client, user: &str) -> Answer {
    let path = format!("/v1/users/{user}");
    let ask = client.ask("PATCH", &path).header("if-match", "\"0000000000000000\"");
    ask.json(&json!({"active": true})).send()
}

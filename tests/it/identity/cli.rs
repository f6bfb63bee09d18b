//! The command line's part in who people are.

use std::fs;

use qiantang::domain::user::Role;
use serde_json::Value;

use super::desk::{Desk, EMAIL, OTHER, PASSWORD, at, secret};
use crate::harness::TestDatabase;
use crate::harness::binary::{Ended, run, run_with_input};

/// A migrated database with one organisation.
fn database() -> TestDatabase {
    let database = TestDatabase::sqlite();
    qiantang::store::migrate(&database.url).unwrap();
    drop(Desk::open(&database));
    database
}

fn on(database: &TestDatabase, arguments: &[&str]) -> Ended {
    let place = database.place();
    run(&[arguments, &["--database", &place, "--format", "json"]].concat())
}

fn said(ended: &Ended) -> Value {
    assert_eq!(ended.code, Some(0), "{}", ended.complained);
    serde_json::from_str(&ended.said).unwrap()
}

#[test]
fn a_person_who_is_added_can_log_in_until_stopped() {
    let database = database();
    let add = |org, email, role| {
        let arguments = [
            "user", "add", "--org", org, "--email", email, "--name", "李雷", "--role", role,
        ];
        on(&database, &arguments)
    };
    let made = said(&add("租户", "LiLei@example.cn", "tenant"));
    let password = secret(made["password"].as_str().unwrap());
    for (org, email, role, code) in [
        ("租户", EMAIL, "tenant", 2),
        ("租户", "no address", "tenant", 2),
        ("org_0000000000001", OTHER, "issuer", 2),
        ("org_0000000000009", OTHER, "tenant", 3),
        ("租户", OTHER, "king", 3),
    ] {
        let refused = add(org, email, role);
        assert_eq!(refused.code, Some(code), "{org} {email} {role}: {}", refused.complained);
    }
    let desk = Desk::reopened(&database);
    let answer = desk.access.log_in(EMAIL, &password, at(1)).unwrap();
    let caller = desk.caller(&answer, at(1)).unwrap();
    assert_eq!(
        (caller.user.to_string().as_str(), &caller.roles[..]),
        (made["user"].as_str().unwrap(), &[Role::Tenant][..])
    );
    drop(desk);
    let place = database.place();
    let arguments = [
        "user",
        "password",
        "--email",
        EMAIL,
        "--password-stdin",
        "--database",
        &place,
    ];
    let ended = run_with_input(&arguments, &format!("{PASSWORD}\n"));
    assert_eq!(ended.code, Some(0), "{}", ended.complained);
    assert!(
        !ended.said.contains(PASSWORD),
        "what somebody knows already is not shown"
    );
    let short = run_with_input(&arguments, "short\n");
    assert_eq!(short.code, Some(2), "{}", short.complained);
    let desk = Desk::reopened(&database);
    assert!(desk.access.log_in(EMAIL, &password, at(2)).is_err());
    assert!(desk.access.log_in(EMAIL, &secret(PASSWORD), at(2)).is_ok());
    drop(desk);
    said(&on(&database, &["user", "stop", EMAIL]));
    assert_eq!(on(&database, &["user", "stop", OTHER]).code, Some(2));
    let desk = Desk::reopened(&database);
    assert!(desk.access.log_in(EMAIL, &secret(PASSWORD), at(3)).is_err());
}

#[test]
fn keys_are_made_and_listed() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("keys");
    let keys = |verb| run(&["keys", verb, "--format", "json", "--keys", place.to_str().unwrap()]);
    assert_eq!(keys("list").code, Some(3), "there is no folder");
    let standings = |ended: &Ended| {
        let keys = said(ended);
        let words = keys
            .as_array()
            .unwrap()
            .iter()
            .map(|key| key["standing"].as_str().unwrap().to_owned());
        words.collect::<Vec<_>>()
    };
    assert_eq!(standings(&keys("rotate")), ["signs"], "the first key waits for nobody");
    let rotated = keys("rotate");
    assert_eq!(standings(&rotated), ["signs", "next"]);
    assert_eq!(standings(&keys("list")), ["signs", "next"]);
    for entry in fs::read_dir(&place).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        let secret = text.lines().nth(1).unwrap();
        assert!(!rotated.said.contains(secret) && !rotated.complained.contains(secret));
    }
}

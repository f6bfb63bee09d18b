//! Who can move money becomes able to act by two people.

use qiantang::app::exchange::Handle;
use qiantang::domain::id::UserId;
use qiantang::domain::user::{NewUser, Role};
use qiantang::domain::version::Version;
use qiantang::engine::Command;
use serde_json::{Value, json};

use super::{
    ISSUER, ISSUERS, OPERATOR, OPERATORS, SECOND, TRADER, activate, approve, good, invalid, is_sound, open, propose,
    refusal, refused, reject, reopen, user,
};
use crate::harness::for_each_backend;

/// Registered after everybody else.
const NEWCOMER: UserId = UserId(6);

fn dormant(roles: &[Role]) -> Command {
    match user(OPERATORS, roles) {
        Command::RegisterUser(profile) => Command::RegisterUser(NewUser {
            dormant: true,
            ..profile
        }),
        other => other,
    }
}

fn version(handle: &Handle, user: UserId) -> Version {
    handle.inspect(move |state| state.users[&user].version()).unwrap()
}

/// Lets a user act, who stands as seen.
fn seen(handle: &Handle, user: UserId) -> Command {
    Command::AmendUser {
        user,
        roles: None,
        active: Some(true),
        if_match: Some(version(handle, user)),
    }
}

#[test]
fn the_dormant_act_when_two_people_have_agreed() {
    for_each_backend(|database| {
        let exchange = open(&database.url);
        let handle = exchange.handle();
        let told = good(&handle, dormant(&[Role::Operator]));
        assert_eq!((&told["id"], &told["active"]), (&json!(NEWCOMER), &json!(false)));
        is_sound(&database.url, &handle);
        let ask = propose(OPERATOR, seen(&handle, NEWCOMER));
        assert_eq!(
            refused(&handle, propose(NEWCOMER, seen(&handle, NEWCOMER))),
            refusal("user_inactive", 403)
        );
        let asked = good(&handle, ask)["approval"].clone();
        assert_eq!(
            (&asked["role"], &asked["kind"]),
            (&json!("operator"), &json!("amend_user"))
        );
        let if_match = json!(version(&handle, NEWCOMER));
        let command = json!({"amend_user": {"user": NEWCOMER, "roles": null, "active": true, "if_match": if_match}});
        assert_eq!(asked["command"], command);
        exchange.shut_down();

        let exchange = reopen(&database.url);
        let handle = exchange.handle();
        for (checker, code) in [
            (OPERATOR, "same_person"),
            (NEWCOMER, "person_concerned"),
            (ISSUER, "role_missing"),
            (TRADER, "role_missing"),
        ] {
            assert_eq!(refused(&handle, approve(checker, 1)), refusal(code, 403), "{checker}");
        }
        let done = good(&handle, approve(SECOND, 1));
        assert_eq!(
            done["result"],
            json!({"id": NEWCOMER, "org": OPERATORS, "roles": ["operator"], "active": true})
        );
        // Now the newcomer is a second person like any other.
        good(&handle, propose(OPERATOR, super::deposit(5)));
        good(&handle, approve(NEWCOMER, 2));
        assert_eq!(super::cash(&handle), 5);
        is_sound(&database.url, &handle);
    });
}

#[test]
fn who_is_concerned_takes_no_part() {
    for_each_backend(|database| {
        let exchange = open(&database.url);
        let handle = exchange.handle();
        let concerned = refusal("person_concerned", 403);
        let more = |user: UserId| Command::AmendUser {
            user,
            roles: Some(vec![Role::Operator, Role::Provider]),
            active: None,
            if_match: None,
        };
        assert_eq!(refused(&handle, propose(OPERATOR, more(OPERATOR))), concerned);
        good(&handle, propose(OPERATOR, more(SECOND)));
        assert_eq!(refused(&handle, approve(SECOND, 1)), concerned);
        assert_eq!(refused(&handle, reject(SECOND, 1, Some("no"))), concerned);
        is_sound(&database.url, &handle);
    });
}

#[test]
fn what_two_people_agree_on_is_what_both_have_seen() {
    for_each_backend(|database| {
        let exchange = open(&database.url);
        let handle = exchange.handle();
        good(&handle, dormant(&[Role::Operator, Role::Tenant]));
        let ask = propose(OPERATOR, seen(&handle, NEWCOMER));
        good(&handle, ask.clone());
        good(&handle, ask.clone());
        let fewer = Command::AmendUser {
            user: NEWCOMER,
            roles: Some(vec![Role::Operator]),
            active: None,
            if_match: None,
        };
        good(&handle, fewer);
        let stale = refusal("version_mismatch", 412);
        assert_eq!(refused(&handle, ask), stale, "the maker hears of it");
        assert_eq!(refused(&handle, approve(SECOND, 1)), stale, "and so does the checker");
        good(&handle, propose(OPERATOR, seen(&handle, NEWCOMER)));
        good(&handle, approve(SECOND, 3));
        assert_eq!(refused(&handle, approve(SECOND, 2)), stale, "it happens once");
        good(&handle, reject(SECOND, 2, Some("it is done")));
        is_sound(&database.url, &handle);
    });
}

#[test]
fn the_maker_hears_of_mistakes() {
    for_each_backend(|database| {
        let exchange = open(&database.url);
        let handle = exchange.handle();
        let amend = |user: UserId, roles: &[Role]| {
            let roles = Some(roles.to_vec());
            propose(
                OPERATOR,
                Command::AmendUser {
                    user,
                    roles,
                    active: None,
                    if_match: None,
                },
            )
        };
        for (command, expected) in [
            (amend(UserId(99), &[Role::Operator]), refusal("user_not_found", 404)),
            (amend(TRADER, &[]), invalid("/roles")),
            (amend(TRADER, &[Role::Operator, Role::Issuer]), invalid("/roles/1")),
            (amend(ISSUER, &[Role::Operator]), invalid("/roles/0")),
            (propose(ISSUER, activate(TRADER, true)), refusal("role_missing", 403)),
            (propose(TRADER, activate(OPERATOR, true)), refusal("role_missing", 403)),
        ] {
            assert_eq!(refused(&handle, command.clone()), expected, "{command:?}");
        }
    });
}

/// What the journal has of those who are not dormant is what it had before there were dormant ones.
#[test]
fn only_the_dormant_are_said_to_be() {
    let say = |command: &Command| serde_json::to_value(command).unwrap();
    let active = say(&user(ISSUERS, &[Role::Issuer]));
    assert_eq!(active["register_user"].get("dormant"), None);
    let asleep = dormant(&[Role::Operator]);
    assert_eq!(say(&asleep)["register_user"]["dormant"], true);
    let read = |value: Value| serde_json::from_value::<Command>(value).unwrap();
    assert_eq!(say(&read(active.clone())), active);
    assert_eq!(say(&read(say(&asleep))), say(&asleep));
}

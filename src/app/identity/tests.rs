use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::app::permission::{Caller, ManageKeys, Permit, Reach};
use crate::domain::credential::NewPerson;
use crate::domain::id::{KeyId, OrgId, SessionId, UserId};
use crate::domain::organisation::OrgKind;
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;
use crate::domain::user::{NewUser, Role, User};
use crate::engine::Rejection;
use crate::store::Batch;

const EMAIL: &str = "lilei@example.cn";

fn at(seconds: u32) -> Timestamp {
    Timestamp::from_micros(1_800_000_000_000_000).plus_seconds(seconds)
}

fn user(id: u64, org: u64, roles: &[Role]) -> User {
    User {
        id: UserId(id),
        active: true,
        profile: NewUser {
            org: OrgId(org),
            roles: roles.to_vec(),
            identity: String::new(),
            dormant: false,
        },
    }
}

fn hash() -> Secret {
    Secret::new("$argon2id$…")
}

fn person(email: &str) -> NewPerson {
    NewPerson {
        email: email.to_owned(),
        name: "李雷".to_owned(),
        salt: Secret::new("salt"),
        password: Some(hash()),
    }
}

/// One person, tenant and provider.
fn identity() -> Identity {
    let mut identity = Identity::default();
    identity.registered(&user(1, 7, &[Role::Tenant, Role::Provider]), Some(person(EMAIL)), at(0));
    identity
}

fn opening(family: u8) -> Opening {
    Opening {
        family: [family; 32],
        refresh: [0; 32],
    }
}

fn log_in(identity: &mut Identity, now: Timestamp) -> Caller {
    identity.log_in(UserId(1), &hash(), opening(1), now).unwrap()
}

fn order(roles: &[Role]) -> KeyOrder {
    KeyOrder {
        name: "meter".to_owned(),
        roles: roles.to_vec(),
        expires_at: None,
        hash: [9; 32],
    }
}

fn everything() -> Reach {
    reach(Role::Operator)
}

/// What somebody of organisation 8 may touch.
fn reach(role: Role) -> Reach {
    let caller = Caller {
        user: UserId(99),
        org: OrgId(8),
        roles: vec![role],
        session: SessionId(99),
        key: None,
    };
    Permit::<ManageKeys>::of(caller).unwrap().reach()
}

/// A refresh from one token to the next, by the number that each shows.
fn refresh(
    identity: &mut Identity,
    session: SessionId,
    (shown, next): (u8, u8),
    now: Timestamp,
) -> Result<Caller, RefreshError> {
    let shown = Opening {
        refresh: [shown; 32],
        ..opening(1)
    };
    identity.refresh(session, shown, [next; 32], now)
}

#[test]
fn wrong_passwords_lock_for_longer_and_longer() {
    let mut identity = identity();
    let wrong = LogInError::InvalidCredentials;
    let locked = |seconds| LogInError::Locked { seconds };
    // Seconds, what a wrong password is told then, and what the right one is told after it.
    for (seconds, told, right) in [
        (0, wrong, None),
        (0, wrong, None),
        (0, wrong, None),
        (0, wrong, None),
        (0, wrong, Some(locked(60))),
        (59, locked(1), Some(locked(1))),
        (60, wrong, Some(locked(120))),
        (180, wrong, Some(locked(240))),
        (420, wrong, Some(locked(480))),
    ] {
        assert_eq!(identity.log_in_failed(EMAIL, at(seconds)), told, "{seconds} s");
        if let Some(expected) = right {
            let refused = identity.log_in(UserId(1), &hash(), opening(1), at(seconds));
            assert_eq!(refused, Err(expected), "{seconds} s");
        }
    }
    log_in(&mut identity, at(900));
    for _ in 0..4 {
        assert_eq!(
            identity.log_in_failed(EMAIL, at(900)),
            wrong,
            "the right one makes good for all wrong ones"
        );
    }
    assert_eq!(identity.locked_for(EMAIL, at(900)), None);
}

#[test]
fn a_refresh_token_is_good_once() {
    let mut identity = identity();
    let session = log_in(&mut identity, at(0)).session;
    assert!(refresh(&mut identity, session, (0, 1), at(1)).is_ok());
    assert!(refresh(&mut identity, session, (1, 2), at(2)).is_ok());
    assert!(identity.caller(session, at(3)).is_some());
    let shown = Opening {
        family: [2; 32],
        refresh: [0; 32],
    };
    let stranger = identity.refresh(session, shown, [9; 32], at(3));
    assert_eq!(stranger, Err(RefreshError::Invalid));
    assert!(
        identity.caller(session, at(3)).is_some(),
        "who never had a token of the session cannot end it"
    );
    assert_eq!(
        refresh(&mut identity, session, (0, 3), at(3)),
        Err(RefreshError::Reused { session })
    );
    assert_eq!(identity.caller(session, at(3)), None);
    assert_eq!(
        refresh(&mut identity, session, (2, 3), at(3)),
        Err(RefreshError::Invalid)
    );
}

#[test]
fn sessions_and_their_refresh_tokens_end_in_time() {
    let mut identity = identity();
    let session = log_in(&mut identity, at(0)).session;
    let day = REFRESH_HOURS * 3600;
    let late = refresh(&mut identity, session, (0, 1), at(day));
    assert_eq!(late, Err(RefreshError::Invalid));
    assert_eq!(identity.sessions_of(UserId(1), at(day)).count(), 0);
    let session = log_in(&mut identity, at(0)).session;
    let end = SESSION_HOURS_MAX * 3600;
    let mut last = 0;
    for (shown, next) in (0..30).zip(1..) {
        last = (u32::from(next) * (day - 1)).min(end - 1);
        assert!(
            refresh(&mut identity, session, (shown, next), at(last)).is_ok(),
            "{last} s"
        );
    }
    assert!(last > end - day && identity.caller(session, at(end - 1)).is_some());
    assert_eq!(identity.caller(session, at(end)), None);
    assert_eq!(
        refresh(&mut identity, session, (30, 31), at(end)),
        Err(RefreshError::Invalid)
    );
    log_in(&mut identity, at(end));
    assert_eq!(identity.sessions.len(), 1, "what has expired is forgotten");
}

#[test]
fn a_further_session_ends_the_oldest() {
    let mut identity = identity();
    let first = log_in(&mut identity, at(0)).session;
    for _ in 1..SESSIONS_MAX {
        log_in(&mut identity, at(0));
    }
    assert!(identity.caller(first, at(0)).is_some());
    log_in(&mut identity, at(0));
    assert_eq!(identity.caller(first, at(0)), None);
    assert_eq!(identity.sessions_of(UserId(1), at(0)).count(), SESSIONS_MAX);
}

#[test]
fn whoever_is_stopped_or_changed_logs_in_again() {
    for (what, change, comes_back_as) in [
        ("nothing", (true, vec![Role::Provider, Role::Tenant]), None),
        ("fewer roles", (true, vec![Role::Tenant]), Some(vec![Role::Tenant])),
        ("stopped", (false, vec![Role::Tenant, Role::Provider]), Some(vec![])),
    ] {
        let mut identity = identity();
        let maker = log_in(&mut identity, at(0));
        let key = identity
            .make_key(&maker, order(&[Role::Tenant, Role::Provider]), at(0))
            .unwrap();
        let machine = identity.log_in_key(key.id, &[9; 32], opening(1), at(0)).unwrap();
        assert_eq!(machine.roles, [Role::Provider, Role::Tenant]);
        let (active, roles) = change;
        identity.changed(
            &User {
                active,
                ..user(1, 7, &roles)
            },
            at(1),
        );
        let stands = |id| identity.caller(id, at(1)).is_some();
        let expected = comes_back_as.is_none();
        assert_eq!(
            (stands(maker.session), stands(machine.session)),
            (expected, expected),
            "{what}"
        );
        if let Some(roles) = comes_back_as {
            let back = identity.log_in_key(key.id, &[9; 32], opening(1), at(1));
            let found = back.map(|caller| caller.roles).unwrap_or_default();
            assert_eq!(found, roles, "{what}");
            assert_eq!(
                identity.log_in(UserId(1), &hash(), opening(1), at(1)).is_ok(),
                active,
                "{what}"
            );
        }
    }
}

#[test]
fn keys_have_rules() {
    let mut identity = identity();
    let maker = log_in(&mut identity, at(10));
    let machine = Caller {
        key: Some(KeyId(1)),
        ..maker.clone()
    };
    assert_eq!(
        identity.make_key(&machine, order(&[Role::Tenant]), at(10)),
        Err(KeyError::PeopleOnly)
    );
    let long = "x".repeat(NAME_CHARS_MAX + 1);
    for (what, order, pointer) in [
        (
            "no name",
            KeyOrder {
                name: " ".to_owned(),
                ..order(&[Role::Tenant])
            },
            "/name",
        ),
        (
            "a long name",
            KeyOrder {
                name: long,
                ..order(&[Role::Tenant])
            },
            "/name",
        ),
        (
            "a name that PostgreSQL cannot hold",
            KeyOrder {
                name: "a\0b".to_owned(),
                ..order(&[Role::Tenant])
            },
            "/name",
        ),
        ("no role", order(&[]), "/roles"),
        ("another's role", order(&[Role::Tenant, Role::Issuer]), "/roles"),
        (
            "the past",
            KeyOrder {
                expires_at: Some(at(10)),
                ..order(&[Role::Tenant])
            },
            "/expires_at",
        ),
    ] {
        let refused = identity.make_key(&maker, order, at(10));
        let Err(KeyError::Rejected(Rejection::Invalid(errors))) = refused else {
            panic!("{what}: {refused:?}");
        };
        assert_eq!(
            errors.iter().map(|error| error.pointer.as_str()).collect::<Vec<_>>(),
            [pointer],
            "{what}"
        );
    }
    let expires_at = Some(at(20));
    let short = identity
        .make_key(
            &maker,
            KeyOrder {
                expires_at,
                ..order(&[Role::Tenant, Role::Tenant])
            },
            at(10),
        )
        .unwrap();
    assert_eq!(short.roles, [Role::Tenant]);
    for (seconds, hash, good) in [(19, 9, true), (19, 8, false), (20, 9, false)] {
        let entered = identity.log_in_key(short.id, &[hash; 32], opening(1), at(seconds));
        assert_eq!(entered.is_ok(), good, "{seconds} s, {hash}");
    }
    let named = |number: usize| KeyOrder {
        name: number.to_string(),
        ..order(&[Role::Tenant])
    };
    for number in 0..KEYS_OF_ORG_MAX {
        identity.make_key(&maker, named(number), at(20)).unwrap();
    }
    let further = identity.make_key(&maker, named(KEYS_OF_ORG_MAX), at(20));
    assert!(
        matches!(further, Err(KeyError::Rejected(Rejection::Limit(_)))),
        "{further:?}"
    );
}

#[test]
fn a_revoked_key_ends_its_sessions() {
    let mut identity = identity();
    let maker = log_in(&mut identity, at(0));
    let key = identity.make_key(&maker, order(&[Role::Tenant]), at(0)).unwrap().id;
    let machine = identity.log_in_key(key, &[9; 32], opening(1), at(0)).unwrap();
    let strange = identity.revoke_key(key, reach(Role::Tenant), at(1));
    assert_eq!(
        strange,
        Err(KeyError::NotFound(key)),
        "another organisation's key is nowhere"
    );
    assert!(identity.caller(machine.session, at(1)).is_some());
    let revoked = identity.revoke_key(key, everything(), at(1)).unwrap();
    assert_eq!(revoked.revoked_at, Some(at(1)));
    assert_eq!(identity.caller(machine.session, at(1)), None);
    assert!(identity.caller(maker.session, at(1)).is_some());
    let again = identity.revoke_key(key, everything(), at(2)).unwrap();
    assert_eq!(again.revoked_at, Some(at(1)));
    assert!(identity.log_in_key(key, &[9; 32], opening(1), at(2)).is_err());
}

#[test]
fn a_new_password_ends_the_other_sessions() {
    let mut identity = identity();
    let (kept, other) = (
        log_in(&mut identity, at(0)).session,
        log_in(&mut identity, at(0)).session,
    );
    assert!(identity.set_password(UserId(1), Secret::new("new"), Some(kept), at(1)));
    assert!(identity.caller(kept, at(1)).is_some() && identity.caller(other, at(1)).is_none());
    let old = identity.log_in(UserId(1), &hash(), opening(1), at(1));
    assert_eq!(
        old,
        Err(LogInError::InvalidCredentials),
        "the old one was checked, but changed meanwhile"
    );
    assert!(!identity.set_password(UserId(5), hash(), None, at(1)));
}

#[test]
fn an_erased_person_is_nobody() {
    let mut identity = identity();
    let maker = log_in(&mut identity, at(0));
    let key = identity.make_key(&maker, order(&[Role::Tenant]), at(0)).unwrap().id;
    let taken = identity.check_person(&person(EMAIL));
    assert!(matches!(taken, Err(Rejection::Invalid(_))));
    assert!(identity.erase(UserId(1), at(1)));
    assert_eq!(
        identity.check_person(&person(EMAIL)),
        Ok(()),
        "the address is free again"
    );
    assert_eq!(identity.caller(maker.session, at(1)), None);
    assert!(identity.log_in_key(key, &[9; 32], opening(1), at(1)).is_err());
    assert!(identity.log_in(UserId(1), &hash(), opening(1), at(1)).is_err());
    assert!(!identity.set_password(UserId(1), hash(), None, at(1)));
    let mut batch = Batch::default();
    identity.drain_into(&mut batch);
    let last = batch.people.last().unwrap();
    assert_eq!(
        (&last.email, last.name.as_str(), last.salt.as_str(), &last.password),
        (&None, "", "", &None)
    );
}

#[test]
fn what_changes_nothing_is_not_written() {
    let mut identity = identity();
    let mut batch = Batch::default();
    identity.drain_into(&mut batch);
    assert_eq!((batch.people.len(), batch.counters.len()), (1, 3));
    batch.clear();
    assert!(!identity.end_session(SessionId(1), at(0)));
    assert_eq!(identity.end_sessions(UserId(1), None, at(0)), 0);
    identity.changed(&user(1, 7, &[OrgKind::Tenant, OrgKind::Provider]), at(0));
    assert_eq!(
        identity.log_in_failed("nobody@example.cn", at(0)),
        LogInError::InvalidCredentials
    );
    identity.drain_into(&mut batch);
    assert!(batch.is_empty(), "{batch:?}");
}

#[test]
fn keys_that_ended_long_ago_are_forgotten_and_those_of_late_are_counted() {
    let mut identity = identity();
    let maker = log_in(&mut identity, at(0));
    let named = |number: usize| KeyOrder {
        name: format!("key {number}"),
        ..order(&[Role::Tenant])
    };
    for number in 0..super::key::KEYS_KNOWN_MAX {
        let key = identity.make_key(&maker, named(number), at(20)).unwrap();
        identity.revoke_key(key.id, everything(), at(20)).unwrap();
    }
    let days = |days: u32| at(20 + 86_400 * days);
    let further = identity.make_key(&maker, named(0), days(30));
    assert!(
        matches!(further, Err(KeyError::Rejected(Rejection::Limit(_)))),
        "{further:?}"
    );
    let last = identity.make_key(&maker, named(0), days(31)).unwrap().id;
    let known: Vec<KeyId> = identity.keys(Some(OrgId(7))).map(|key| key.id).collect();
    assert_eq!(known, [last]);
    assert_eq!(identity.keys(None).count(), 1);
    assert_eq!(identity.keys(Some(OrgId(8))).count(), 0);
    identity.erase(maker.user, days(31));
    assert!(identity.keys(None).all(|key| key.revoked_at.is_some()));
}

proptest! {
    /// Two holders of one session's tokens, the person and a thief, use whatever they have in any order: never do two
    /// tokens work, and once one was used twice none does.
    #[test]
    fn of_one_session_at_most_one_token_is_good(uses in prop::collection::vec(0..12_u8, 1..24)) {
        let mut identity = identity();
        let session = log_in(&mut identity, at(0)).session;
        let (mut latest, mut spent, mut is_dead) = (0_u8, BTreeSet::new(), false);
        for shown in uses {
            // Nobody can show a token that was not given yet.
            let shown = shown.min(latest);
            let used = refresh(&mut identity, session, (shown, latest + 1), at(1));
            let expected = if is_dead {
                Err(RefreshError::Invalid)
            } else if spent.contains(&shown) {
                is_dead = true;
                Err(RefreshError::Reused { session })
            } else {
                spent.insert(shown);
                latest += 1;
                Ok(())
            };
            prop_assert_eq!(used.map(|_| ()), expected);
            prop_assert_eq!(identity.caller(session, at(1)).is_none(), is_dead);
            let mut good = 0;
            for token in 0..=latest {
                let mut copy = Identity::load([user(1, 7, &[Role::Tenant])], stored(&identity), NumbersGiven::default());
                good += usize::from(refresh(&mut copy, session, (token, 99), at(1)).is_ok());
            }
            prop_assert_eq!(good, usize::from(!is_dead));
        }
    }
}

fn stored(identity: &Identity) -> crate::store::identity::Credentials {
    crate::store::identity::Credentials {
        people: identity.people.values().cloned().collect(),
        sessions: identity.sessions.values().cloned().collect(),
        keys: identity.keys.values().cloned().collect(),
    }
}

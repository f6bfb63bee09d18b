//! People and machines, through a running exchange on both back ends.

mod cli;
mod desk;
mod failing;

use std::sync::{Arc, Barrier};
use std::thread;

use qiantang::app::identity::{
    AccessError, Authority, FAILURES_FREE, KeyError, LogInError, NewKey, RefreshError, SESSION_HOURS_MAX,
};
use qiantang::app::permission::{ActForOneself, Caller, ManageKeys, Permit, Reach, ReadUsers};
use qiantang::app::request::{IdempotencyKey, Request, SubmitError};
use qiantang::domain::secret::Secret;
use qiantang::domain::user::Role;
use qiantang::engine::Command;
use qiantang::store::{Reader, identity};

use self::desk::{Desk, EMAIL, OTHER, PASSWORD, at, secret};
use crate::harness::for_each_backend;

fn reach(caller: &Caller) -> Reach {
    Permit::<ManageKeys>::of(caller.clone()).unwrap().reach()
}

fn invalid() -> AccessError {
    LogInError::InvalidCredentials.into()
}

#[test]
fn people_and_machines_get_in() {
    for_each_backend(|database| {
        let desk = Desk::open(database);
        let lilei = desk.register(EMAIL, &[Role::Tenant]);
        let answer = desk
            .access
            .log_in(" LiLei@Example.CN ", &secret(PASSWORD), at(1))
            .unwrap();
        assert_eq!((answer.token_type, answer.expires_in), ("Bearer", 600));
        let caller = desk.caller(&answer, at(1)).unwrap();
        assert_eq!(
            (caller.user, caller.roles.as_slice(), caller.key),
            (lilei, &[Role::Tenant][..], None)
        );
        assert!(Permit::<ActForOneself>::of(caller.clone()).is_ok());
        for (email, password) in [
            (EMAIL, "wrong password"),
            (OTHER, PASSWORD),
            ("no address", PASSWORD),
            ("", ""),
        ] {
            assert_eq!(
                desk.access.log_in(email, &secret(password), at(1)).err(),
                Some(invalid()),
                "{email}"
            );
        }
        let made = desk.make_key(&caller, at(1));
        let machine = desk.access.log_in_key(&made.api_key, at(1)).unwrap();
        let machine = desk.caller(&machine, at(1)).unwrap();
        assert_eq!((machine.user, machine.key), (lilei, Some(made.key.id)));
        assert_eq!(machine.actor(), made.key.id.to_string());
        for text in [
            "",
            "qtk_0000000000001_00",
            &made.api_key.expose().replace("qtk_", "qtr_"),
        ] {
            assert_eq!(
                desk.access.log_in_key(&secret(text), at(1)).err(),
                Some(invalid()),
                "{text}"
            );
        }
        let refreshed = desk.access.refresh(&answer.refresh_token, at(2)).unwrap();
        assert_eq!(desk.caller(&refreshed, at(2)).unwrap(), caller);
        assert_eq!(desk.access.sessions(&caller, at(2)).len(), 1);
        let token = answer.access_token.expose();
        assert!(matches!(
            desk.access.authenticate(token, at(700)),
            Err(AccessError::Token(_))
        ));
    });
}

#[test]
fn what_was_given_survives_a_restart() {
    for_each_backend(|database| {
        let desk = Desk::open(database);
        desk.register(EMAIL, &[Role::Tenant]);
        let locked = desk.register(OTHER, &[Role::Tenant]);
        let answer = desk.log_in(at(1));
        let caller = desk.caller(&answer, at(1)).unwrap();
        let key = desk.make_key(&caller, at(1));
        let out = desk.log_in(at(1));
        desk.access.log_out(&desk.caller(&out, at(1)).unwrap(), at(2)).unwrap();
        for _ in 0..FAILURES_FREE {
            assert_eq!(
                desk.access.log_in(OTHER, &secret("wrong password"), at(2)).err(),
                Some(invalid())
            );
        }
        let desk = desk.reopen(database);
        assert_eq!(desk.caller(&answer, at(3)).unwrap(), caller);
        assert_eq!(desk.caller(&out, at(3)), Err(AccessError::SessionEnded));
        let refreshed = desk.access.refresh(&answer.refresh_token, at(3)).unwrap();
        let machine = desk.access.log_in_key(&key.api_key, at(3)).unwrap();
        assert!(
            desk.caller(&machine, at(3)).unwrap().session > caller.session,
            "numbers are not given twice"
        );
        let seconds = 59;
        assert_eq!(
            desk.access.log_in(OTHER, &secret(PASSWORD), at(3)).err(),
            Some(LogInError::Locked { seconds }.into())
        );
        let all = Permit::<ReadUsers>::of(Caller {
            roles: vec![Role::Operator],
            ..caller.clone()
        })
        .unwrap();
        let view = desk.access.directory().user(locked, all.reach(), at(3)).unwrap();
        assert_eq!((view.email.as_deref(), view.locked_until), (Some(OTHER), Some(at(62))));
        let desk = desk.reopen(database);
        let reused = desk.access.refresh(&answer.refresh_token, at(4)).err();
        let session = caller.session;
        assert_eq!(
            reused,
            Some(RefreshError::Reused { session }.into()),
            "what was used before the restart"
        );
        assert_eq!(desk.caller(&refreshed, at(4)), Err(AccessError::SessionEnded));
        assert!(desk.access.log_in(OTHER, &secret(PASSWORD), at(62)).is_ok());
    });
}

#[test]
fn of_refreshes_at_the_same_time_one_wins_and_then_the_session_is_dead() {
    for_each_backend(|database| {
        let desk = Desk::open(database);
        desk.register(EMAIL, &[Role::Tenant]);
        let answer = desk.log_in(at(1));
        let start = Arc::new(Barrier::new(32));
        let outcomes: Vec<_> = thread::scope(|scope| {
            let clients: Vec<_> = (0..32)
                .map(|_| {
                    scope.spawn(|| {
                        start.wait();
                        desk.access.refresh(&answer.refresh_token, at(2))
                    })
                })
                .collect();
            clients.into_iter().map(|client| client.join().unwrap()).collect()
        });
        let won: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.as_ref().ok()).collect();
        let reused = |outcome: &&Result<_, AccessError>| {
            matches!(outcome, Err(AccessError::Refresh(RefreshError::Reused { .. })))
        };
        assert_eq!((won.len(), outcomes.iter().filter(reused).count()), (1, 1));
        assert_eq!(desk.caller(won[0], at(2)), Err(AccessError::SessionEnded));
        let after = desk.access.refresh(&won[0].refresh_token, at(2)).err();
        assert_eq!(after, Some(RefreshError::Invalid.into()));
        let desk = desk.reopen(database);
        assert_eq!(desk.caller(won[0], at(2)), Err(AccessError::SessionEnded));
    });
}

#[test]
fn whoever_is_shut_out_is_out_at_once() {
    for_each_backend(|database| {
        let desk = Desk::open(database);
        let user = desk.register(EMAIL, &[Role::Tenant]);
        let ended = Err(AccessError::SessionEnded);
        let (one, other) = (desk.log_in(at(1)), desk.log_in(at(1)));
        let caller = desk.caller(&one, at(1)).unwrap();
        desk.access.log_out(&caller, at(1)).unwrap();
        assert_eq!(desk.caller(&one, at(1)), ended);
        let caller = desk.caller(&other, at(1)).unwrap();
        let not_own = desk.access.end_session(&caller, desk.operator().session, at(1));
        assert!(matches!(not_own, Err(AccessError::SessionNotFound(_))));
        let key = desk.make_key(&caller, at(1));
        let machine = desk.access.log_in_key(&key.api_key, at(1)).unwrap();
        desk.access.revoke_key(key.key.id, reach(&caller), at(1)).unwrap();
        assert_eq!(desk.caller(&machine, at(1)), ended);
        assert_eq!(desk.access.log_in_key(&key.api_key, at(1)).err(), Some(invalid()));
        let amend = |active| {
            let command = Command::AmendUser {
                user,
                roles: None,
                active: Some(active),
                if_match: None,
            };
            let reply = desk.handle().call(Request::new("test", command).at(at(1))).unwrap();
            assert!(reply.accepted, "{}", reply.answer);
        };
        amend(false);
        assert_eq!(desk.caller(&other, at(1)), ended);
        assert_eq!(
            desk.access.log_in(EMAIL, &secret(PASSWORD), at(1)).err(),
            Some(invalid())
        );
        amend(true);
        assert_eq!(desk.caller(&other, at(1)), ended, "what has ended does not begin again");
        let (one, other) = (desk.log_in(at(1)), desk.log_in(at(1)));
        assert_eq!(desk.access.end_sessions(user, at(1)), Ok(2));
        assert_eq!(
            (desk.caller(&one, at(1)), desk.caller(&other, at(1))),
            (ended.clone(), ended)
        );
    });
}

#[test]
fn passwords_are_changed_by_whoever_knows_them() {
    for_each_backend(|database| {
        let desk = Desk::open(database);
        let user = desk.register(EMAIL, &[Role::Tenant]);
        let (mine, stolen) = (desk.log_in(at(1)), desk.log_in(at(1)));
        let caller = desk.caller(&mine, at(1)).unwrap();
        let people = desk.access.people();
        let new = secret("another good one");
        let change = |old: &str, new: &Secret| people.change_password(&caller, (&secret(old), new), at(1));
        assert_eq!(change("wrong password", &new), Err(AccessError::WrongPassword));
        assert!(matches!(
            change(PASSWORD, &secret("short")),
            Err(AccessError::Rejected(_))
        ));
        assert!(desk.caller(&stolen, at(1)).is_ok());
        change(PASSWORD, &new).unwrap();
        assert!(desk.caller(&mine, at(1)).is_ok() && desk.caller(&stolen, at(1)).is_err());
        assert!(desk.access.log_in(EMAIL, &secret(PASSWORD), at(1)).is_err());
        assert!(desk.access.log_in(EMAIL, &new, at(1)).is_ok());
        people
            .reset_password(user, &secret(PASSWORD), Authority::OnePerson, at(1))
            .unwrap();
        assert!(desk.caller(&mine, at(1)).is_err());
        for _ in 0..FAILURES_FREE {
            assert_eq!(change("wrong password", &new), Err(AccessError::WrongPassword));
        }
        let seconds = 60;
        assert_eq!(change(PASSWORD, &new), Err(LogInError::Locked { seconds }.into()));
    });
}

#[test]
fn who_a_person_is_stays_outside_the_journal_and_can_be_erased() {
    for_each_backend(|database| {
        let desk = Desk::open(database);
        let user = desk.register(EMAIL, &[Role::Tenant]);
        let taken = desk.try_register(EMAIL, &[Role::Tenant]).unwrap();
        assert!(!taken.accepted && taken.answer.contains("/email"), "{}", taken.answer);
        let answer = desk.log_in(at(1));
        let erase = |command| Request::new("test", command).at(at(2));
        desk.access.people().erase(user, at(2), erase).unwrap();
        assert!(desk.caller(&answer, at(2)).is_err());
        let desk = desk.reopen(database);
        let all = Permit::<ReadUsers>::of(desk.operator()).unwrap().reach();
        let view = desk.access.directory().user(user, all, at(3)).unwrap();
        assert_eq!((view.email, view.name, view.user.active), (None, None, false));
        assert_ne!(desk.register(EMAIL, &[Role::Tenant]), user, "the address is free again");
        let mut leaves = 0;
        let reader = &mut Reader::open(&database.url).unwrap();
        qiantang::store::audit::each_leaf::<qiantang::store::load::LoadError>(reader, |row| {
            let text = String::from_utf8_lossy(&row.body).into_owned();
            assert!(!text.contains("lilei") && !text.contains("李雷"), "{text}");
            leaves += usize::from(text.contains("identity"));
            Ok(())
        })
        .unwrap();
        assert!(leaves >= 2, "the journal has the hashes");
    });
}

#[test]
fn a_registration_is_repeated_by_its_key_and_leaves_no_hash_of_the_password() {
    let database = crate::harness::TestDatabase::sqlite();
    qiantang::store::migrate(&database.url).unwrap();
    let desk = Desk::open(&database);
    let body_hash = [7; 32];
    let register = |email: &str| {
        let asked = desk::registration(email, &[Role::Tenant]);
        desk.access.people().register(asked, |command| Request {
            org: Some(desk::ORG),
            key: Some(IdempotencyKey {
                key: "k".to_owned(),
                body_hash,
            }),
            ..Request::new("test", command).at(at(1))
        })
    };
    let first = register(EMAIL).unwrap();
    assert!(first.accepted && !first.replayed);
    let again = register(EMAIL).unwrap();
    assert_eq!((again.replayed, &again.answer), (true, &first.answer));
    assert_eq!(register(OTHER), Err(AccessError::Submit(SubmitError::KeyReused)));
    let reader = &mut Reader::open(&database.url).unwrap();
    let row = qiantang::store::command::find(reader, desk::ORG, "k").unwrap().unwrap();
    assert_ne!(row.body_hash, Some(body_hash.to_vec()));
}

#[test]
fn a_name_that_a_database_cannot_hold_is_refused_before_it_gets_there() {
    for_each_backend(|database| {
        let desk = Desk::open(database);
        desk.register(EMAIL, &[Role::Tenant]);
        let caller = desk.caller(&desk.log_in(at(1)), at(1)).unwrap();
        let order = NewKey {
            name: "a\0b".to_owned(),
            roles: vec![Role::Tenant],
            expires_at: None,
        };
        let refused = desk.access.make_key(&caller, order, at(1));
        assert!(
            matches!(refused, Err(AccessError::Key(KeyError::Rejected(_)))),
            "{refused:?}"
        );
        // Sessions that were open before are not lost with a commit that fails.
        desk.make_key(&caller, at(1));
    });
}

#[test]
fn what_has_long_expired_is_deleted_when_the_writer_opens() {
    for_each_backend(|database| {
        let desk = Desk::open(database);
        desk.register(EMAIL, &[Role::Tenant]);
        let caller = desk.caller(&desk.log_in(at(1)), at(1)).unwrap();
        let key = desk.make_key(&caller, at(1)).key.id;
        desk.access.revoke_key(key, reach(&caller), at(1)).unwrap();
        let rows = || {
            let found = identity::load(&mut Reader::open(&database.url).unwrap(), at(0)).unwrap();
            (found.people.len(), found.sessions.len(), found.keys.len())
        };
        let month = 30 * 24;
        let mut desk = desk;
        for (hours, expected) in [
            (month, (1, 1, 1)),
            (month + 1, (1, 1, 0)),
            (SESSION_HOURS_MAX + month + 1, (1, 0, 0)),
        ] {
            desk.handle()
                .call(Request::new("test", Command::Tick).at(at(1).plus_hours(hours)))
                .unwrap();
            desk = desk.reopen(database);
            assert_eq!(rows(), expected, "after {hours} hours");
        }
        let caller = desk.caller(&desk.log_in(at(2)), at(2)).unwrap();
        let again = desk.access.make_key(
            &caller,
            NewKey {
                name: "m".to_owned(),
                roles: vec![Role::Tenant],
                expires_at: None,
            },
            at(2),
        );
        assert!(again.unwrap().key.id > key, "numbers are not given twice");
    });
}

//! Commits that fail: nobody is let in by what the database does not have.

use qiantang::app::identity::AccessError;
use qiantang::app::request::SubmitError;
use qiantang::domain::user::Role;
use qiantang::store::Url;

use super::desk::{Desk, EMAIL, OTHER, at};
use crate::harness::for_each_backend;
use crate::store::writing::execute;

/// From now on no row of `table` is written.
fn poison(url: &Url, table: &str) {
    let sql = match url {
        Url::Sqlite(_) => format!(
            "CREATE TRIGGER poison_insert BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'poison'); END; \
             CREATE TRIGGER poison_update BEFORE UPDATE ON {table} BEGIN SELECT RAISE(ABORT, 'poison'); END;"
        ),
        Url::Postgresql(_) => format!(
            "CREATE TRIGGER poison BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        ),
    };
    execute(url, &sql).unwrap();
}

fn cure(url: &Url, table: &str) {
    let sql = match url {
        Url::Sqlite(_) => "DROP TRIGGER poison_insert; DROP TRIGGER poison_update".to_owned(),
        Url::Postgresql(_) => format!("DROP TRIGGER poison ON {table}"),
    };
    execute(url, &sql).unwrap();
}

fn is_not_recorded<T>(outcome: &Result<T, AccessError>) -> bool {
    matches!(outcome, Err(AccessError::Submit(SubmitError::NotRecorded(_))))
}

#[test]
fn a_session_that_was_not_stored_lets_nobody_in() {
    for_each_backend(|database| {
        let desk = Desk::open(database);
        let user = desk.register(EMAIL, &[Role::Tenant]);
        let before = desk.log_in(at(1));
        let sessions = || desk.access.directory().sessions(user, at(1)).len();
        poison(&database.url, "session");
        let password = super::secret(super::PASSWORD);
        assert!(is_not_recorded(&desk.access.log_in(EMAIL, &password, at(1))));
        assert_eq!(sessions(), 1, "memory is as the database");
        let caller = desk.caller(&before, at(1)).unwrap();
        assert!(is_not_recorded(&desk.access.log_out(&caller, at(1))));
        assert!(
            desk.caller(&before, at(1)).is_ok(),
            "what was not recorded has not happened"
        );
        assert!(is_not_recorded(&desk.access.refresh(&before.refresh_token, at(1))));
        cure(&database.url, "session");
        assert!(
            desk.access.refresh(&before.refresh_token, at(1)).is_ok(),
            "the token was not used up"
        );
        desk.log_in(at(1));
        assert_eq!(sessions(), 2);
    });
}

#[test]
fn a_user_and_the_person_behind_it_are_stored_together_or_not_at_all() {
    for_each_backend(|database| {
        let desk = Desk::open(database);
        desk.register(EMAIL, &[Role::Tenant]);
        let users = || desk.handle().inspect(|state| state.users.len()).unwrap();
        poison(&database.url, "person");
        assert!(is_not_recorded(&desk.try_register(OTHER, &[Role::Tenant])));
        assert_eq!((users(), desk.access.directory().user_of(OTHER)), (1, None));
        cure(&database.url, "person");
        poison(&database.url, "app_user");
        assert!(is_not_recorded(&desk.try_register(OTHER, &[Role::Tenant])));
        assert_eq!((users(), desk.access.directory().user_of(OTHER)), (1, None));
        cure(&database.url, "app_user");
        let refused = desk.try_register(OTHER, &[Role::Issuer]).unwrap();
        assert!(!refused.accepted, "the organisation is no issuer");
        assert_eq!((users(), desk.access.directory().user_of(OTHER)), (1, None));
        let user = desk.register(OTHER, &[Role::Tenant]);
        assert_eq!((users(), desk.access.directory().user_of(OTHER)), (2, Some(user)));
    });
}

//! What is changed past the journal is found.

use qiantang::app::verify::verify;
use qiantang::store::Reader;

use super::{OPERATOR, SECOND, approve, deposit, good, open, propose};
use crate::harness::for_each_backend;
use crate::store::writing::execute;

#[test]
fn what_was_decided_cannot_be_rewritten_unnoticed() {
    for_each_backend(|database| {
        let exchange = open(&database.url);
        let handle = exchange.handle();
        for approval in 1..=3_u64 {
            good(&handle, propose(OPERATOR, deposit(approval.cast_signed())));
            if approval < 3 {
                good(&handle, approve(SECOND, approval));
            }
        }
        exchange.shut_down();
        for (forgery, found) in [
            ("UPDATE approval SET checker = 5 WHERE id = 1", &["approval"][..]),
            (
                "UPDATE approval SET command = '{}' WHERE id = 2",
                &["approval", "approval"],
            ),
            (
                "DELETE FROM approval WHERE id < 3",
                &["approval_missing", "approval_missing"],
            ),
            (
                "UPDATE approval SET maker = 9 WHERE id = 3",
                &[
                    "invariant",
                    "approval",
                    "approval_missing",
                    "approval_missing",
                    "state_hash",
                ],
            ),
            (
                "DELETE FROM approval",
                &["approval_missing", "approval_missing", "approval_missing", "state_hash"],
            ),
        ] {
            execute(&database.url, forgery).unwrap();
            let verdict = verify(&mut Reader::open(&database.url).unwrap(), &mut |_, _| {}).unwrap();
            let codes: Vec<&str> = verdict.violations.iter().map(|one| one.code).collect();
            assert_eq!(codes, found, "{forgery}: {:?}", verdict.violations);
        }
    });
}

#[test]
fn a_booked_line_of_the_banks_statement_cannot_be_forgotten_unnoticed() {
    for_each_backend(|database| {
        let exchange = open(&database.url);
        let handle = exchange.handle();
        good(&handle, propose(OPERATOR, deposit(1)));
        good(&handle, approve(SECOND, 1));
        exchange.shut_down();
        for (change, found) in [
            ("UPDATE bank_ref SET reference = 'x'", &["state_hash"][..]),
            ("UPDATE bank_ref SET reference = 'line 1'", &[]),
            ("DELETE FROM bank_ref", &["state_hash"]),
        ] {
            execute(&database.url, change).unwrap();
            let verdict = verify(&mut Reader::open(&database.url).unwrap(), &mut |_, _| {}).unwrap();
            let codes: Vec<&str> = verdict.violations.iter().map(|one| one.code).collect();
            assert_eq!(codes, found, "{change}");
        }
    });
}

#[test]
fn a_user_who_was_changed_past_the_journal_is_found() {
    for_each_backend(|database| {
        open(&database.url).shut_down();
        let codes = |change: &str| {
            execute(&database.url, &format!("UPDATE app_user SET {change} WHERE id = 5")).unwrap();
            let verdict = verify(&mut Reader::open(&database.url).unwrap(), &mut |_, _| {}).unwrap();
            verdict.violations.iter().map(|one| one.code).collect::<Vec<_>>()
        };
        for (forged, undone) in [
            ("roles = 'operator'", "roles = 'provider,tenant'"),
            ("org = 2", "org = 1"),
            ("identity = 'x'", "identity = replace('????', '?', '0123456789abcdef')"),
        ] {
            assert_eq!(codes(forged), ["state_hash"], "{forged}");
            assert_eq!(codes(undone), [""; 0], "{undone}");
        }
        let stopped = execute(&database.url, "UPDATE app_user SET active = (id < 1)");
        stopped.unwrap();
        assert_eq!(codes("org = 1"), ["state_hash"]);
    });
}

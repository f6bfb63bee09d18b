//! Appending, updating, refusing, histories.

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use qiantang::domain::id::{AccountId, OrgId};
use qiantang::engine::ledger::Account;
use qiantang::store::journal::Head;
use qiantang::store::{Batch, CommitError, Reader, Url, account, batch, command, history};

use super::rows::{account, command as a_command, leaf, open, transfers};
use crate::harness::for_each_backend;

/// Runs SQL as somebody who has the password.
pub fn execute(url: &Url, sql: &str) -> Result<(), String> {
    match url {
        Url::Sqlite(path) => {
            let connection = rusqlite::Connection::open(path).unwrap();
            connection.execute_batch(sql).map_err(|error| error.to_string())
        }
        Url::Postgresql(url) => {
            let mut connection = PgConnection::establish(url).unwrap();
            connection.batch_execute(sql).map_err(|error| error.to_string())
        }
    }
}

fn accounts(url: &Url) -> Vec<Account> {
    let mut rows = Vec::new();
    account::load_all(&mut Reader::open(url).unwrap(), |row| rows.push(row)).unwrap();
    rows
}

#[test]
fn what_is_committed_is_read_back() {
    for_each_backend(|database| {
        let mut writer = open(&database.url);
        let batch = Batch {
            commands: vec![
                a_command(1, 5, Some("k1")),
                a_command(2, 5, None),
                a_command(3, 6, Some("k1")),
            ],
            journal: vec![leaf(1), leaf(2)],
            ..Batch::default()
        };
        writer.commit(&batch).unwrap();
        let mut reader = Reader::open(&database.url).unwrap();
        assert_eq!(
            command::find(&mut reader, OrgId(5), "k1").unwrap(),
            Some(a_command(1, 5, Some("k1")))
        );
        assert_eq!(command::find(&mut reader, OrgId(7), "k1").unwrap(), None);
        let keyed = command::recent_keyed(&mut reader, i64::MAX, 10).unwrap();
        assert_eq!(keyed.iter().map(|row| row.seq).collect::<Vec<_>>(), [3, 1]);
    });
}

#[test]
fn the_last_row_of_a_key_counts() {
    for_each_backend(|database| {
        let mut writer = open(&database.url);
        let mut batch = Batch {
            accounts: vec![
                (&account(2, 10)).into(),
                (&account(1, 1)).into(),
                (&account(2, 20)).into(),
            ],
            ..Batch::default()
        };
        writer.commit(&batch).unwrap();
        assert_eq!(accounts(&database.url), [account(1, 1), account(2, 20)]);
        batch.accounts = vec![
            (&account(3, 3)).into(),
            (&account(1, 7)).into(),
            (&account(1, 8)).into(),
        ];
        writer.commit(&batch).unwrap();
        assert_eq!(accounts(&database.url), [account(1, 8), account(2, 20), account(3, 3)]);
    });
}

#[test]
fn a_batch_that_breaks_a_rule_leaves_nothing_and_the_writer_goes_on() {
    for_each_backend(|database| {
        let mut writer = open(&database.url);
        let first = Batch {
            commands: vec![a_command(1, 5, Some("k"))],
            ..Batch::default()
        };
        writer.commit(&first).unwrap();
        let mut bad = transfers(1, &[(1, 2)]);
        bad.accounts = vec![(&account(1, 1)).into()];
        bad.journal = vec![leaf(1)];
        bad.commands = vec![a_command(2, 5, Some("k"))];
        assert!(matches!(writer.commit(&bad), Err(CommitError::Refused(_))));
        bad.commands = vec![a_command(2, 5, Some("another"))];
        bad.transfers[0].amount = 0;
        assert!(matches!(writer.commit(&bad), Err(CommitError::Refused(_))));
        assert_eq!((accounts(&database.url), *writer.head()), (vec![], Head::default()));
        bad.transfers[0].amount = 1;
        writer.commit(&bad).unwrap();
        assert_eq!((accounts(&database.url), writer.head().seq), (vec![account(1, 1)], 1));
    });
}

#[test]
fn one_row_among_many_that_breaks_a_rule_takes_all_with_it() {
    for_each_backend(|database| {
        let mut writer = open(&database.url);
        let key = |seq: i64| format!("k{seq}");
        let mut batch = transfers(1, &[(1, 2); 100]);
        batch.commands = (1..=100).map(|seq| a_command(seq, 5, Some(&key(seq)))).collect();
        batch.journal = (1..=100).map(leaf).collect();
        batch.commands[60].key = Some(key(3));
        assert!(matches!(writer.commit(&batch), Err(CommitError::Refused(_))));
        let known = |key: &str| {
            let mut reader = Reader::open(&database.url).unwrap();
            command::find(&mut reader, OrgId(5), key).unwrap().map(|row| row.seq)
        };
        assert_eq!(
            (known("k1"), known("k100"), *writer.head()),
            (None, None, Head::default())
        );
        batch.commands[60].key = Some(key(61));
        writer.commit(&batch).unwrap();
        assert_eq!(
            (known("k1"), known("k61"), known("k100")),
            (Some(1), Some(61), Some(100))
        );
        assert_eq!(writer.head().seq, 100);
    });
}

#[test]
fn events_and_transfers_have_no_gaps() {
    for_each_backend(|database| {
        let mut writer = open(&database.url);
        let gap = Batch {
            journal: vec![leaf(2)],
            ..Batch::default()
        };
        assert!(matches!(writer.commit(&gap), Err(CommitError::Refused(_))));
        assert!(matches!(
            writer.commit(&transfers(2, &[(1, 2)])),
            Err(CommitError::Refused(_))
        ));
        writer.commit(&transfers(1, &[(1, 2)])).unwrap();
        assert!(matches!(
            writer.commit(&transfers(1, &[(1, 2)])),
            Err(CommitError::Refused(_))
        ));
    });
}

#[test]
fn the_chain_of_hashes_goes_on_after_a_restart() {
    for_each_backend(|database| {
        let mut writer = open(&database.url);
        let mut expected = Head::default();
        for events in [[1, 2], [3, 4]] {
            let batch = Batch {
                journal: events.map(leaf).to_vec(),
                ..Batch::default()
            };
            expected = expected.chain(&batch.journal).unwrap().unwrap().0;
            writer.commit(&batch).unwrap();
        }
        drop(writer);
        assert_eq!(*open(&database.url).head(), expected);
        assert_eq!(batch::head(&mut Reader::open(&database.url).unwrap()), Ok(expected));
    });
}

#[test]
fn history_cannot_be_changed() {
    for_each_backend(|database| {
        let mut writer = open(&database.url);
        let mut batch = transfers(1, &[(1, 2)]);
        batch.commands = vec![a_command(1, 5, None)];
        batch.journal = vec![leaf(1)];
        writer.commit(&batch).unwrap();
        for sql in [
            "UPDATE transfer SET amount = 1",
            "DELETE FROM transfer",
            "UPDATE command SET answer = ''",
            "DELETE FROM command",
            "UPDATE journal SET kind = 'x'",
            "DELETE FROM journal",
            "UPDATE batch SET events = 7",
            "DELETE FROM batch",
        ] {
            let refusal = execute(&database.url, sql).expect_err(sql);
            assert!(refusal.contains("append-only"), "{sql}: {refusal}");
        }
    });
}

/// Enough transfers for several chunks of history, in batches of uneven sizes; account 1 in all of them.
fn many(url: &Url, restart: bool) {
    let mut writer = open(url);
    let mut next = 1;
    while next < 140_000 {
        let size = 1 + next % 9_000;
        let touched: Vec<(u64, u64)> = (next..next + size).map(|seq| (1 + seq % 7, 8 + seq % 500)).collect();
        writer.commit(&transfers(next, &touched)).unwrap();
        if restart && next % 3 == 0 {
            drop(writer);
            writer = open(url);
        }
        next += size;
    }
    if !restart {
        expect_history(url, next);
        while writer.idle().unwrap() {}
    }
    expect_history(url, next);
}

fn expect_history(url: &Url, next: u64) {
    let mut reader = Reader::open(url).unwrap();
    for account in [1, 7, 8, 9, 507] {
        let touched = |seq: &u64| 1 + seq % 7 == account || 8 + seq % 500 == account;
        let expected: Vec<i64> = (1..next).rev().filter(touched).map(u64::cast_signed).collect();
        let of = |reader: &mut Reader, before, limit| {
            let rows = history::of_account(reader, AccountId(account), before, limit).unwrap();
            rows.iter().map(|row| row.seq).collect::<Vec<_>>()
        };
        assert_eq!(of(&mut reader, None, 1_000_000), expected, "account {account}");
        let middle = expected.len() / 2;
        assert_eq!(
            of(&mut reader, Some(expected[middle]), 9),
            expected[middle + 1..middle + 10]
        );
    }
}

#[test]
fn an_account_history_is_what_a_scan_finds() {
    for_each_backend(|database| many(&database.url, false));
}

#[test]
fn an_account_history_survives_restarts() {
    for_each_backend(|database| many(&database.url, true));
}

//! The tree as the database keeps it.

use qiantang::app::log::checkpoint::Checkpoint;
use qiantang::app::log::key::{KeyKind, Signer};
use qiantang::app::log::note::Note;
use qiantang::app::verify::verify;
use qiantang::domain::log::{Growth, Hash, Suite, check_consistency, check_inclusion, consistency, inclusion, root};
use qiantang::domain::time::Timestamp;
use qiantang::store::journal::JournalRow;
use qiantang::store::log::{Born, CheckpointRow, LogKeyRow, LogTree, birth};
use qiantang::store::{Batch, OpenError, Reader, Url, Writer, log};

use crate::harness::for_each_backend;
use crate::store::writing::execute;

const NOON: Timestamp = Timestamp::from_micros(1_790_000_000_000_000);

fn body(seq: i64) -> Vec<u8> {
    format!("leaf {seq} 钱塘").into_bytes()
}

fn leaves(range: std::ops::RangeInclusive<i64>) -> Batch {
    let leaf = |seq| JournalRow {
        seq,
        command_seq: seq,
        kind: "test".to_owned(),
        body: body(seq),
    };
    Batch {
        journal: range.map(leaf).collect(),
        ..Batch::default()
    }
}

/// Appends leaves in batches of several sizes; the writer goes away afterwards, as in a restart.
fn append(url: &Url, from: i64, until: i64) {
    let mut writer = Writer::open(url, "a test", NOON).unwrap();
    let (mut next, mut batch) = (from, 1);
    while next <= until {
        let last = until.min(next + batch - 1);
        writer.commit(&leaves(next..=last)).unwrap();
        (next, batch) = (last + 1, batch % 300 + 77);
    }
}

fn expected(suite: Suite, size: i64) -> Hash {
    let mut growth = Growth::new(suite);
    (1..=size).for_each(|seq| growth.add(&body(seq), &mut Vec::new()));
    growth.root()
}

fn stored(url: &Url, size: i64) -> Hash {
    let reader = &mut Reader::open(url).unwrap();
    let suite = log::suite(reader).unwrap();
    let size = size.cast_unsigned();
    root(suite, &mut LogTree::new(reader, suite, size), 0..size).unwrap()
}

#[test]
fn a_restart_keeps_the_root_and_goes_on_from_it() {
    for_each_backend(|database| {
        let suite = Suite::Sha256Ed25519;
        let mut size = 0;
        for until in [1, 255, 256, 257, 700, 1_024, 1_300] {
            append(&database.url, size + 1, until);
            size = until;
            assert_eq!(stored(&database.url, size), expected(suite, size), "{size}");
        }
        for older in [0, 1, 256, 999] {
            assert_eq!(stored(&database.url, older), expected(suite, older), "{older}");
        }
    });
}

#[test]
fn proofs_from_the_database_prove() {
    for_each_backend(|database| {
        append(&database.url, 1, 1_000);
        let reader = &mut Reader::open(&database.url).unwrap();
        let suite = log::suite(reader).unwrap();
        for (seq, size) in [
            (1_i64, 1_i64),
            (1, 1_000),
            (256, 300),
            (257, 999),
            (1_000, 1_000),
            (768, 769),
        ] {
            let (index, of) = (seq.cast_unsigned() - 1, size.cast_unsigned());
            let proof = inclusion(suite, &mut LogTree::new(reader, suite, of), index, of);
            let (leaf, root) = (suite.leaf(&body(seq)), expected(suite, size));
            let proof = proof.unwrap().unwrap();
            assert_eq!(
                check_inclusion(suite, (index, &leaf), (of, &root), &proof),
                Ok(()),
                "{seq} {size}"
            );
        }
        for (old, new) in [(1_i64, 1_000_i64), (256, 512), (300, 999), (999, 1_000)] {
            let (from, to) = (old.cast_unsigned(), new.cast_unsigned());
            let proof = consistency(suite, &mut LogTree::new(reader, suite, to), from, to);
            let (old, new) = (expected(suite, old), expected(suite, new));
            assert_eq!(
                check_consistency(suite, (from, &old), (to, &new), &proof.unwrap().unwrap()),
                Ok(()),
                "{from} {to}"
            );
        }
    });
}

/// Takes away what keeps the database from being changed by whoever has its password.
fn unguard(url: &Url, table: &str) {
    let statements = match url {
        Url::Sqlite(_) => format!("DROP TRIGGER {table}_refuse_update; DROP TRIGGER {table}_refuse_delete;"),
        Url::Postgresql(_) => format!("DROP TRIGGER {table}_append_only ON {table};"),
    };
    execute(url, &statements).unwrap();
}

#[test]
fn a_database_without_roots_gets_them_when_it_is_opened() {
    for_each_backend(|database| {
        append(&database.url, 1, 1_000);
        unguard(&database.url, "log_subtree");
        execute(&database.url, "DELETE FROM log_subtree; DELETE FROM audit_log;").unwrap();
        append(&database.url, 1_001, 1_100);
        assert_eq!(stored(&database.url, 1_100), expected(Suite::Sha256Ed25519, 1_100));
        let mut rows = 0;
        log::each_subtree(&mut Reader::open(&database.url).unwrap(), |_| rows += 1).unwrap();
        assert_eq!(rows, 4);
    });
}

#[test]
fn the_algorithms_are_fixed_at_birth() {
    for_each_backend(|database| {
        let url = &database.url;
        assert_eq!(birth(url, Suite::Sm3Sm2, NOON), Ok(Born::Now));
        assert_eq!(birth(url, Suite::Sm3Sm2, NOON), Ok(Born::Already));
        append(url, 1, 600);
        assert_eq!(stored(url, 600), expected(Suite::Sm3Sm2, 600));
        let other = OpenError::OtherLog {
            found: Suite::Sm3Sm2,
            wanted: Suite::Sha256Ed25519,
        };
        assert_eq!(birth(url, Suite::Sha256Ed25519, NOON), Err(other));
    });
}

#[test]
fn what_is_signed_and_stored_is_not_changed() {
    for_each_backend(|database| {
        append(&database.url, 1, 300);
        sign(&database.url, 300, expected(Suite::Sha256Ed25519, 300));
        for table in ["log_subtree", "log_checkpoint"] {
            for change in [
                format!("UPDATE {table} SET root = root"),
                format!("DELETE FROM {table}"),
            ] {
                let refused = execute(&database.url, &change).unwrap_err();
                assert!(refused.contains("append-only"), "{refused}");
            }
        }
    });
}

/// A checkpoint by a key of the test's own.
fn sign(url: &Url, size: i64, root: Hash) {
    let key = Signer::generate("test/log", KeyKind::Ed25519).unwrap();
    let checkpoint = Checkpoint {
        origin: "test/log".to_owned(),
        size: size.cast_unsigned(),
        root,
    };
    let note = Note::sign(checkpoint.text(), [&key], NOON).written();
    let batch = Batch {
        log_checkpoints: vec![CheckpointRow {
            id: 1,
            size,
            root: root.to_vec(),
            at: NOON.micros(),
            note,
        }],
        log_keys: vec![LogKeyRow {
            vkey: key.verifier().to_string(),
            signs_from: NOON.micros(),
            signs_until: None,
        }],
        ..Batch::default()
    };
    Writer::open(url, "a test", NOON).unwrap().commit(&batch).unwrap();
}

/// The codes of what `verify` says of the log; the leaves of these tests are none that can be replayed.
fn found(url: &Url) -> Vec<&'static str> {
    let verdict = verify(&mut Reader::open(url).unwrap(), &mut |_, _| {}).unwrap();
    let codes = verdict.violations.iter().map(|violation| violation.code);
    let mut codes: Vec<_> = codes
        .filter(|code| code.starts_with("checkpoint") || code.starts_with("subtree"))
        .collect();
    codes.dedup();
    codes
}

#[test]
fn what_was_changed_after_it_was_signed_is_found() {
    let changes: [(&str, &str, &[&str]); 6] = [
        ("journal", "SELECT 1", &[]),
        (
            "journal",
            "UPDATE journal SET kind = 'test', body = (SELECT body FROM journal WHERE seq = 8) WHERE seq = 7",
            &["subtree_root", "checkpoint_root"],
        ),
        (
            "journal",
            "UPDATE journal SET body = (SELECT body FROM journal WHERE seq = 8) WHERE seq = 299",
            &["checkpoint_root"],
        ),
        ("journal", "DELETE FROM journal WHERE seq = 300", &["checkpoint_beyond"]),
        (
            "log_subtree",
            "UPDATE log_subtree SET root = (SELECT root FROM log_checkpoint)",
            &["subtree_root"],
        ),
        (
            "log_checkpoint",
            "UPDATE log_checkpoint SET note = replace(note, '300', '299')",
            &["checkpoint_note"],
        ),
    ];
    for_each_backend(|database| {
        let url = &database.url;
        append(url, 1, 300);
        sign(url, 300, expected(Suite::Sha256Ed25519, 300));
        assert_eq!(found(url), Vec::<&str>::new());
    });
    for (table, change, expected_codes) in changes {
        for_each_backend(|database| {
            let url = &database.url;
            append(url, 1, 300);
            sign(url, 300, expected(Suite::Sha256Ed25519, 300));
            unguard(url, table);
            execute(url, change).unwrap();
            assert_eq!(found(url), expected_codes, "{change}");
        });
    }
}

//! One writer, of our own product and version.

use qiantang::store::{Batch, CommitError, OpenError, Reader, SCHEMA_VERSION, Url, Writer, account, migrate};

use super::rows::{NOON, account as an_account, open};
use super::writing::execute;
use crate::harness::{for_each_backend, for_each_empty};

fn refusal(url: &Url) -> OpenError {
    match Writer::open(url, "second", NOON) {
        Ok(_) => panic!("a writer where there should be none"),
        Err(error) => error,
    }
}

#[test]
fn a_second_writer_is_refused_until_the_first_is_gone() {
    for_each_backend(|database| {
        let first = Writer::open(&database.url, "first", NOON).unwrap();
        assert_eq!(
            refusal(&database.url),
            OpenError::Taken {
                holder: "first".to_owned()
            }
        );
        let epoch = first.epoch();
        drop(first);
        assert_eq!(open(&database.url).epoch(), epoch + 1);
    });
}

#[test]
fn a_writer_whose_epoch_was_taken_writes_nothing_more() {
    for_each_backend(|database| {
        let mut writer = open(&database.url);
        let batch = Batch {
            accounts: vec![(&an_account(1, 1)).into()],
            ..Batch::default()
        };
        writer.commit(&batch).unwrap();
        execute(&database.url, "UPDATE writer_lease SET epoch = epoch + 1").unwrap();
        let batch = Batch {
            accounts: vec![(&an_account(1, 2)).into()],
            ..Batch::default()
        };
        assert_eq!(writer.commit(&batch), Err(CommitError::Fenced));
        execute(&database.url, "UPDATE writer_lease SET epoch = epoch - 1").unwrap();
        assert_eq!(writer.commit(&batch), Err(CommitError::Fenced));
        let mut found = Vec::new();
        account::load_all(&mut Reader::open(&database.url).unwrap(), |row| found.push(row)).unwrap();
        assert_eq!(found, [an_account(1, 1)]);
    });
}

#[test]
fn a_database_that_was_not_migrated_has_no_writer() {
    for_each_empty(|database| {
        if let Url::Sqlite(path) = &database.url {
            assert!(matches!(refusal(&database.url), OpenError::Unusable(_)));
            assert!(!path.exists());
        } else {
            assert_eq!(refusal(&database.url), OpenError::NotMigrated);
        }
        migrate(&database.url).unwrap();
        migrate(&database.url).unwrap();
        open(&database.url);
    });
}

#[test]
fn a_newer_database_is_left_alone() {
    for_each_backend(|database| {
        let found = SCHEMA_VERSION + 1;
        execute(&database.url, &format!("UPDATE meta SET schema_version = {found}")).unwrap();
        assert_eq!(migrate(&database.url), Err(OpenError::Newer { found }));
        assert_eq!(refusal(&database.url), OpenError::Newer { found });
        assert_eq!(Reader::open(&database.url).err(), Some(OpenError::Newer { found }));
    });
}

#[test]
fn a_database_of_another_product_is_left_alone() {
    for_each_empty(|database| {
        execute(
            &database.url,
            "CREATE TABLE meta (product TEXT); CREATE TABLE bid (id BIGINT)",
        )
        .unwrap();
        assert_eq!(migrate(&database.url), Err(OpenError::Foreign));
        execute(&database.url, "DROP TABLE meta").unwrap();
        let before = bytes(&database.url);
        assert_eq!(migrate(&database.url), Err(OpenError::Foreign));
        assert_eq!(refusal(&database.url), OpenError::Foreign);
        assert_eq!(bytes(&database.url), before);
        execute(&database.url, "INSERT INTO bid VALUES (7)").unwrap();
    });
}

fn bytes(url: &Url) -> Vec<u8> {
    match url {
        Url::Sqlite(path) => std::fs::read(path).unwrap(),
        Url::Postgresql(_) => Vec::new(),
    }
}

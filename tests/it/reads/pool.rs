//! The pool of connections: bounded, waited for, renewed after an error.

use std::time::Duration;

use qiantang::app::readers::{ReadError, Readers};
use qiantang::store::{Url, migrate};

use crate::harness::TestDatabase;

fn pool(size: usize) -> (TestDatabase, Readers) {
    let database = TestDatabase::sqlite();
    migrate(&database.url).unwrap();
    let readers = Readers::new(&database.url, size, Duration::from_millis(50));
    (database, readers)
}

#[test]
fn who_comes_when_all_are_in_use_waits_and_goes() {
    let (_database, readers) = pool(1);
    let asked = readers.read(|_| {
        let second = readers.read(|_| Ok(()));
        assert!(matches!(second, Err(ReadError::Busy)), "{second:?}");
        Ok(())
    });
    asked.unwrap();
    readers.read(|_| Ok(())).unwrap();
}

#[test]
fn who_waits_gets_what_comes_back() {
    let database = TestDatabase::sqlite();
    migrate(&database.url).unwrap();
    let readers = Readers::new(&database.url, 2, Duration::from_secs(30));
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| (0..20).all(|_| readers.read(|_| Ok(())).is_ok())))
            .collect();
        assert!(clients.into_iter().all(|client| client.join().unwrap()));
    });
}

#[test]
fn after_an_error_another_connection_takes_the_place() {
    let (_database, readers) = pool(1);
    let hold = || readers.read(|pooled| pooled.reader.hold_still().map_err(ReadError::from));
    hold().unwrap();
    // The same connection: it is held still already, and says so.
    assert!(matches!(hold(), Err(ReadError::Unavailable(_))));
    hold().unwrap();
}

#[test]
fn a_database_that_is_not_there_is_an_error_each_time() {
    let nowhere = Url::Sqlite("/nowhere/exchange.db".into());
    let readers = Readers::new(&nowhere, 1, Duration::from_millis(50));
    for _ in 0..3 {
        let asked = readers.read(|_| Ok(()));
        assert!(matches!(asked, Err(ReadError::Unavailable(_))), "{asked:?}");
    }
}

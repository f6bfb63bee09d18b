//! Databases that let connections go, and for a moment take none.

use std::thread;
use std::time::Duration;

use qiantang::store::{self, Url};

use super::{deposit, is_sound, memory, open, stored};
use crate::harness::TestDatabase;
use crate::store::writing::execute;

#[test]
fn a_database_that_drops_its_connections_is_joined_again() {
    let database = TestDatabase::postgresql();
    store::migrate(&database.url).unwrap();
    let exchange = open(&database.url);
    let handle = exchange.handle();
    let mut paid = 0;
    for round in 0..3 {
        let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                   WHERE datname = current_database() AND pid <> pg_backend_pid()";
        execute(&database.url, cut).unwrap();
        let key = format!("round {round}");
        let first = handle.call(deposit(10, Some(&key)));
        let second = handle.call(deposit(10, Some(&key))).unwrap();
        paid += 10;
        assert_eq!(second.replayed, first.is_ok());
        assert_eq!(memory(&handle).1, paid);
    }
    assert_eq!(stored(&database.url), memory(&handle));
    exchange.shut_down();
    is_sound(&database.url);
}

#[test]
fn a_database_that_takes_no_connections_for_a_moment_is_waited_for() {
    let database = TestDatabase::postgresql();
    let Url::Postgresql(url) = &database.url else {
        panic!("not PostgreSQL");
    };
    let name = url["postgres:///".len()..].split('?').next().unwrap().to_owned();
    let server = Url::Postgresql(url.replace(&name, "postgres"));
    store::migrate(&database.url).unwrap();
    let exchange = open(&database.url);
    let handle = exchange.handle();
    let admit = |admitted: bool| format!("ALTER DATABASE \"{name}\" ALLOW_CONNECTIONS {admitted}");
    let (shut, open_again) = (admit(false), admit(true));
    execute(&server, &shut).unwrap();
    let cut = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
    execute(&server, &cut).unwrap();
    let opener = thread::spawn(move || {
        thread::sleep(Duration::from_millis(120));
        execute(&server, &open_again).unwrap();
    });
    let first = handle.call(deposit(10, Some("once")));
    let second = handle.call(deposit(10, Some("once"))).unwrap();
    opener.join().unwrap();
    assert_eq!((second.replayed, memory(&handle).1), (first.is_ok(), 10));
    exchange.shut_down();
    is_sound(&database.url);
}

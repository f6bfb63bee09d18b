//! What tests stand on: databases of both kinds that vanish with the test.

pub mod binary;
pub mod postgresql;

use std::sync::OnceLock;

use qiantang::store::{Url, migrate};

use postgresql::TempPostgres;

/// A database of its own for one test.
pub struct TestDatabase {
    /// Where it is.
    pub url: Url,
    _folder: Option<tempfile::TempDir>,
}

impl TestDatabase {
    /// Its place, as the command line takes it.
    pub fn place(&self) -> String {
        match &self.url {
            Url::Sqlite(path) => path.display().to_string(),
            Url::Postgresql(url) => url.clone(),
        }
    }

    /// An empty SQLite database, not even a file.
    pub fn sqlite() -> TestDatabase {
        let folder = tempfile::tempdir().unwrap();
        let url = Url::Sqlite(folder.path().join("exchange.db"));
        TestDatabase {
            url,
            _folder: Some(folder),
        }
    }

    /// An empty PostgreSQL database.
    pub fn postgresql() -> TestDatabase {
        let url = server().create_database();
        TestDatabase {
            url: Url::Postgresql(url),
            _folder: None,
        }
    }
}

/// The server of this test run. Its commits are not durable: tests look at behaviour, not at disks.
fn server() -> &'static TempPostgres {
    static SERVER: OnceLock<TempPostgres> = OnceLock::new();
    SERVER.get_or_init(|| TempPostgres::start("-c fsync=off -c max_connections=200"))
}

/// Runs a test on a migrated database of each back end.
pub fn for_each_backend(test: impl Fn(&TestDatabase)) {
    for_each_empty(|database| {
        migrate(&database.url).unwrap();
        test(database);
    });
}

/// Runs a test on an empty database of each back end.
pub fn for_each_empty(mut test: impl FnMut(&TestDatabase)) {
    for database in [TestDatabase::sqlite(), TestDatabase::postgresql()] {
        eprintln!("on {}", database.url);
        test(&database);
    }
}

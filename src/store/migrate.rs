//! Makes the tables, and refuses databases that are not ours.

use diesel::connection::{LoadConnection, SimpleConnection};
use diesel::migration::MigrationSource;
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::connection::{Reader, Url};
use super::dialect::{postgresql, sqlite};
use super::funding;
use super::schema::meta;
use super::writer::OpenError;

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRESQL: EmbeddedMigrations = embed_migrations!("migrations/postgresql");

/// The product's name in the `meta` table.
const PRODUCT: &str = "qiantang";
/// The newest schema that this binary knows: how many migrations there are.
pub const SCHEMA_VERSION: i64 = 9;

/// diesel's own table, made before the first migration: all there is where the making of a database was interrupted.
const MIGRATIONS_TABLE: &str = "__diesel_schema_migrations";

/// What a database is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    Empty,
    Ours(i64),
}

/// Brings the database at `url` to this binary's schema; makes the file of a SQLite database. A database of another product or of
/// a newer version is refused and stays as it is.
pub fn migrate(url: &Url) -> Result<(), OpenError> {
    match url {
        Url::Sqlite(path) => {
            let _lock = sqlite::lock(path)?;
            let mut connection = sqlite::create(path)?;
            known(look(&mut connection, SQLITE_TABLES)?)?;
            run(&mut connection, SQLITE)?;
            finish(Reader::Sqlite(connection))
        }
        Url::Postgresql(url) => {
            let mut connection = postgresql::create(url)?;
            known(look(&mut connection, POSTGRESQL_TABLES)?)?;
            postgresql::lock(&mut connection)?;
            run(&mut connection, POSTGRESQL)?;
            finish(Reader::Postgresql(connection))
        }
    }
}

/// What SQL cannot say of a migration. It asks whether it was done: it may have been cut off.
fn finish(mut connection: Reader) -> Result<(), OpenError> {
    funding::count_once(&mut connection).map_err(OpenError::unusable)
}

/// Takes everything out of the database at `url`, of whatever version it is; a database of another product stays as it is. On
/// PostgreSQL the database is the current schema: others stay as they are.
pub fn wipe(url: &Url) -> Result<(), OpenError> {
    match url {
        Url::Sqlite(path) => {
            if !path.exists() {
                return Ok(());
            }
            let _lock = sqlite::lock(path)?;
            look(&mut sqlite::read(path)?, SQLITE_TABLES)?;
            for ending in ["", "-wal", "-shm"] {
                let mut file = path.clone().into_os_string();
                file.push(ending);
                match std::fs::remove_file(&file) {
                    Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                        return Err(OpenError::unusable(error));
                    }
                    Ok(()) | Err(_) => {}
                }
            }
            Ok(())
        }
        Url::Postgresql(url) => {
            let mut connection = postgresql::create(url)?;
            look(&mut connection, POSTGRESQL_TABLES)?;
            postgresql::lock(&mut connection)?;
            connection
                .batch_execute(postgresql::DROP_TABLES)
                .map_err(OpenError::unusable)
        }
    }
}

/// Whether the database at `url` is ours and has this binary's schema.
pub(crate) fn current(url: &Url) -> Result<(), OpenError> {
    let found = match url {
        Url::Sqlite(path) => look(&mut sqlite::read(path)?, SQLITE_TABLES)?,
        Url::Postgresql(url) => look(&mut postgresql::read(url)?, POSTGRESQL_TABLES)?,
    };
    known(found)?;
    match found {
        Found::Ours(SCHEMA_VERSION) => Ok(()),
        Found::Ours(_) | Found::Empty => Err(OpenError::NotMigrated),
    }
}

const SQLITE_TABLES: &str = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
const POSTGRESQL_TABLES: &str =
    "SELECT table_name::text AS name FROM information_schema.tables WHERE table_schema = current_schema()";

#[derive(QueryableByName)]
struct TableName {
    #[diesel(sql_type = Text)]
    name: String,
}

fn look<C>(connection: &mut C, tables: &str) -> Result<Found, OpenError>
where
    C: LoadConnection,
    diesel::query_builder::SqlQuery: diesel::query_dsl::LoadQuery<'static, C, TableName>,
    diesel::dsl::Select<meta::table, (meta::product, meta::schema_version)>:
        diesel::query_dsl::LoadQuery<'static, C, (String, i64)>,
{
    let names: Vec<TableName> =
        diesel::RunQueryDsl::load(diesel::sql_query(tables), connection).map_err(OpenError::unusable)?;
    if names.iter().all(|table| table.name == MIGRATIONS_TABLE) {
        return Ok(Found::Empty);
    }
    if !names.iter().any(|table| table.name == "meta") {
        return Err(OpenError::Foreign);
    }
    let rows: Vec<(String, i64)> =
        diesel::RunQueryDsl::load(meta::table.select((meta::product, meta::schema_version)), connection)
            .map_err(|_| OpenError::Foreign)?;
    match rows.as_slice() {
        [(product, version)] if product == PRODUCT => Ok(Found::Ours(*version)),
        _ => Err(OpenError::Foreign),
    }
}

fn known(found: Found) -> Result<(), OpenError> {
    match found {
        Found::Ours(version) if version > SCHEMA_VERSION => Err(OpenError::Newer { found: version }),
        Found::Ours(_) | Found::Empty => Ok(()),
    }
}

fn run<DB: diesel::backend::Backend, C: MigrationHarness<DB>>(
    connection: &mut C,
    migrations: EmbeddedMigrations,
) -> Result<(), OpenError>
where
    EmbeddedMigrations: MigrationSource<DB>,
{
    connection
        .run_pending_migrations(migrations)
        .map(|_| ())
        .map_err(|error| OpenError::Unusable(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_version_counts_the_migrations() {
        let sqlite = MigrationSource::<diesel::sqlite::Sqlite>::migrations(&SQLITE).unwrap();
        let postgresql = MigrationSource::<diesel::pg::Pg>::migrations(&POSTGRESQL).unwrap();
        let count = i64::try_from(sqlite.len()).unwrap();
        assert_eq!((count, sqlite.len()), (SCHEMA_VERSION, postgresql.len()));
    }
}

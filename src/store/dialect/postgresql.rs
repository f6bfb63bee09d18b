//! PostgreSQL: one writer by an advisory lock and an epoch, binary COPY.

use std::collections::BTreeSet;
use std::io::Write;
use std::marker::PhantomData;

use diesel::connection::SimpleConnection;
use diesel::deserialize::FromSql;
use diesel::dsl::{select, sql};
use diesel::pg::{CopyFormat, CopyTarget, Pg, PgConnection, PgValue};
use diesel::prelude::*;
use diesel::query_builder::AstPass;
use diesel::result::{DatabaseErrorKind, Error};
use diesel::sql_types::{Bool, Text};
use serde::de::DeserializeOwned;

use super::{Append, Claim, Fault, LOCK_PAUSE, LOCK_TRIES};
use crate::store::column::{Named, Row, Sink, latest};
use crate::store::schema::writer_lease;
use crate::store::writer::OpenError;

/// "qiantang" in ASCII: the key of the advisory lock that a writer holds for its session.
const LOCK_KEY: i64 = 0x7169_616e_7461_6e67;

/// A commit is never cancelled, and a writer that hangs inside a transaction loses its session, so that a successor can
/// take over.
const WRITER_SETTINGS: &str = "SET statement_timeout = 0; SET lock_timeout = 0; \
     SET idle_in_transaction_session_timeout = '10s'; SET client_min_messages = warning;";

/// The write connection of a PostgreSQL database.
pub(crate) struct PostgresqlAppender {
    connection: PgConnection,
    /// Kept between copies for its capacity.
    buffer: Vec<u8>,
    /// Tables that have a staging table in this session.
    staged: BTreeSet<&'static str>,
}

/// Begins what [`super::super::Reader::hold_still`] promises.
pub(crate) const HOLD_STILL: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// What is read, is read page by page along an index. Without fresh statistics the planner prefers to collect and sort all that is
/// left for each page: a million bids took 19 s.
const READER_SETTINGS: &str = "SET default_transaction_read_only = on; SET statement_timeout = '60s'; \
     SET enable_bitmapscan = off; SET work_mem = '64MB';";

/// Empties the current schema, which is the product's own. Whoever may do that need not own anything else, nor lose it.
pub(crate) const DROP_TABLES: &str = "\
DO $$ DECLARE found text; BEGIN
    FOR found IN SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = current_schema() LOOP
        EXECUTE 'DROP TABLE ' || found || ' CASCADE';
    END LOOP;
    DROP FUNCTION IF EXISTS refuse_change();
END $$";

/// A connection that only reads.
pub(crate) fn read(url: &str) -> Result<PgConnection, OpenError> {
    let mut connection = create(url)?;
    connection.batch_execute(READER_SETTINGS).map_err(OpenError::unusable)?;
    Ok(connection)
}

/// A connection for migrations.
pub(crate) fn create(url: &str) -> Result<PgConnection, OpenError> {
    PgConnection::establish(url).map_err(OpenError::unusable)
}

/// Takes the advisory lock for as long as the session lives. Waits a little: the server may not have noticed yet that the
/// session before is gone.
pub(crate) fn lock(connection: &mut PgConnection) -> Result<(), OpenError> {
    for _ in 0..LOCK_TRIES {
        let taken: bool = select(sql::<Bool>(&format!("pg_try_advisory_lock({LOCK_KEY})")))
            .get_result(connection)
            .map_err(OpenError::unusable)?;
        if taken {
            return Ok(());
        }
        std::thread::sleep(LOCK_PAUSE);
    }
    let holder = writer_lease::table.select(writer_lease::holder).first(connection);
    let holder = holder.unwrap_or_else(|_| "unknown".to_owned());
    Err(OpenError::Taken { holder })
}

impl PostgresqlAppender {
    pub(crate) fn open(url: &str, claim: Claim<'_>) -> Result<(PostgresqlAppender, i64), OpenError> {
        let mut connection = create(url)?;
        lock(&mut connection)?;
        connection.batch_execute(WRITER_SETTINGS).map_err(OpenError::unusable)?;
        let synchronous = sql::<Text>("SHOW synchronous_commit");
        let synchronous: String = synchronous.get_result(&mut connection).map_err(OpenError::unusable)?;
        if synchronous == "off" {
            return Err(OpenError::NotDurable("synchronous_commit is off".to_owned()));
        }
        let epoch = diesel::update(writer_lease::table)
            .set((
                writer_lease::epoch.eq(writer_lease::epoch + 1),
                writer_lease::holder.eq(claim.holder),
                writer_lease::taken_at.eq(claim.at.micros()),
            ))
            .returning(writer_lease::epoch)
            .get_result(&mut connection)
            .map_err(OpenError::unusable)?;
        let appender = PostgresqlAppender {
            connection,
            buffer: Vec::new(),
            staged: BTreeSet::new(),
        };
        Ok((appender, epoch))
    }

    /// Makes the staging table of a table when it is first needed: every commit empties all there are.
    fn stage(&mut self, table: &'static str) -> Result<(), Fault> {
        if self.staged.insert(table) {
            let sql = format!("CREATE TEMP TABLE stage_{table} (LIKE {table}) ON COMMIT DELETE ROWS");
            self.connection.batch_execute(&sql).map_err(refused)?;
        }
        Ok(())
    }

    fn copy<R: Row, C: CopyTarget<Table = R::Table>>(&mut self, target: C) -> Result<(), Fault> {
        let buffer = &self.buffer;
        diesel::copy_from(R::Table::default())
            .from_raw_data(target, |sink: &mut dyn Write| {
                sink.write_all(buffer)
                    .map_err(|error| Error::SerializationError(Box::new(error)))
            })
            .with_format(CopyFormat::Binary)
            .execute(&mut self.connection)
            .map(|_| ())
            .map_err(|error| Fault::Refused(format!("{}: {error}", R::TABLE)))
    }
}

fn refused(error: Error) -> Fault {
    Fault::Refused(error.to_string())
}

impl Append for PostgresqlAppender {
    fn begin(&mut self, epoch: i64) -> Result<(), Fault> {
        self.connection.batch_execute("BEGIN").map_err(refused)?;
        // FOR SHARE: a successor that raises the epoch waits until this transaction is over.
        let found: i64 = writer_lease::table
            .select(writer_lease::epoch)
            .for_share()
            .first(&mut self.connection)
            .map_err(refused)?;
        if found == epoch { Ok(()) } else { Err(Fault::Fenced) }
    }

    fn insert<R: Row>(&mut self, rows: &[R]) -> Result<(), Fault> {
        encode(&mut self.buffer, rows.iter())?;
        self.copy::<R, _>(Whole(PhantomData::<R>))
    }

    fn upsert<R: Row>(&mut self, rows: &[R]) -> Result<(), Fault> {
        self.stage(R::TABLE)?;
        encode(&mut self.buffer, latest(rows).into_iter())?;
        self.copy::<R, _>(Stage(PhantomData::<R>))?;
        let (into, columns, conflict) = (
            super::insert_into::<R>(),
            R::COLUMNS.join(", "),
            super::on_conflict::<R>(),
        );
        self.connection
            .batch_execute(&format!("{into}SELECT {columns} FROM stage_{}{conflict}", R::TABLE))
            .map_err(|error| Fault::Refused(format!("{}: {error}", R::TABLE)))
    }

    fn execute(&mut self, statements: &str) -> Result<(), Fault> {
        self.connection.batch_execute(statements).map_err(refused)
    }

    fn commit(&mut self) -> Result<(), Fault> {
        self.connection.batch_execute("COMMIT").map_err(|error| match error {
            // The server answered, and its answer is that a constraint checked at the end does not hold.
            Error::DatabaseError(
                DatabaseErrorKind::UniqueViolation
                | DatabaseErrorKind::ForeignKeyViolation
                | DatabaseErrorKind::CheckViolation
                | DatabaseErrorKind::SerializationFailure,
                _,
            ) => refused(error),
            // Any other error may hide a commit.
            other => Fault::Unknown(other.to_string()),
        })
    }

    fn rollback(&mut self) -> bool {
        // Staging tables made in this transaction go with it, and which ones that were is not known.
        let _ = self.connection.batch_execute("ROLLBACK");
        self.staged.clear();
        self.connection.batch_execute("DISCARD TEMP").is_ok()
    }
}

/// All columns of a table, as the target of a COPY.
struct Whole<R>(PhantomData<R>);

/// The staging table of a table, as the target of a COPY.
struct Stage<R>(PhantomData<R>);

impl<R: Row> CopyTarget for Whole<R> {
    type Table = R::Table;
    type SqlType = Text;

    fn walk_target(mut pass: AstPass<'_, '_, Pg>) -> QueryResult<()> {
        pass.push_sql(&format!("{} ({})", R::TABLE, R::COLUMNS.join(", ")));
        Ok(())
    }
}

impl<R: Row> CopyTarget for Stage<R> {
    type Table = R::Table;
    type SqlType = Text;

    fn walk_target(mut pass: AstPass<'_, '_, Pg>) -> QueryResult<()> {
        pass.push_sql(&format!("stage_{} ({})", R::TABLE, R::COLUMNS.join(", ")));
        Ok(())
    }
}

/// The binary format of COPY: a signature, flags, no extension; per row the number of its columns, per column its length
/// and its bytes in network order; at the end −1.
fn encode<'a, R: Row + 'a>(buffer: &mut Vec<u8>, rows: impl Iterator<Item = &'a R>) -> Result<(), Fault> {
    let columns = i16::try_from(R::COLUMNS.len()).map_err(|error| Fault::Refused(error.to_string()))?;
    buffer.clear();
    buffer.extend_from_slice(b"PGCOPY\n\xff\r\n\0");
    buffer.extend_from_slice(&[0; 8]);
    let mut encoder = Encoder {
        buffer,
        too_long: false,
    };
    for row in rows {
        encoder.buffer.extend_from_slice(&columns.to_be_bytes());
        row.write(&mut encoder);
    }
    if encoder.too_long {
        return Err(Fault::Refused(format!("{}: a value is too long", R::TABLE)));
    }
    buffer.extend_from_slice(&(-1_i16).to_be_bytes());
    Ok(())
}

struct Encoder<'a> {
    buffer: &'a mut Vec<u8>,
    too_long: bool,
}

impl Sink for Encoder<'_> {
    fn int(&mut self, value: i64) {
        self.bytes(&value.to_be_bytes());
    }

    fn text(&mut self, value: &str) {
        self.bytes(value.as_bytes());
    }

    fn bytes(&mut self, value: &[u8]) {
        match i32::try_from(value.len()) {
            Ok(length) => {
                self.buffer.extend_from_slice(&length.to_be_bytes());
                self.buffer.extend_from_slice(value);
            }
            Err(_) => self.too_long = true,
        }
    }

    fn bool(&mut self, value: bool) {
        self.bytes(&[u8::from(value)]);
    }

    fn null(&mut self) {
        self.buffer.extend_from_slice(&(-1_i32).to_be_bytes());
    }
}

impl<E: DeserializeOwned> FromSql<Text, Pg> for Named<E> {
    fn from_sql(value: PgValue<'_>) -> diesel::deserialize::Result<Self> {
        Ok(Named::parse(std::str::from_utf8(value.as_bytes())?)?)
    }
}

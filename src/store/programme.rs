//! Voucher programmes and what counts against their caps.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::column::{Named, row};
use super::connection::Reader;
use super::load::{Corrupt, LoadError};
use super::schema::{entity_use, programme};
use crate::domain::id::{OrgId, ProgrammeId, UserId};
use crate::domain::programme::{Invitation, Programme, ProgrammeRules, ProgrammeState};
use crate::domain::time::Timestamp;
use crate::on;

row! {
    /// A programme.
    pub struct ProgrammeRow in programme by (id) changing (version, rules, state, record) {
        /// Its identifier.
        pub id: i64,
        /// Its public name.
        pub code: String,
        /// Version of its rules.
        pub version: i64,
        /// Its rules in JSON, frozen.
        pub rules: String,
        /// When it was written, in microseconds.
        pub created_at: i64,
        /// Whose it is; none: any issuer's.
        pub issuer: Option<i64>,
        /// Where it stands.
        pub state: Named<ProgrammeState>,
        /// All of it but the rules, in JSON.
        pub record: String,
    }
}

row! {
    /// What counts against the cap of an organisation in a programme.
    pub struct EntityUseRow in entity_use by (programme, org, period) changing (amount) {
        /// Which programme.
        pub programme: i64,
        /// Which organisation.
        pub org: i64,
        /// The calendar year; 0 where the cap counts over the whole programme.
        pub period: i64,
        /// How much, in fen.
        pub amount: i64,
    }
}

/// What a row holds as one piece.
#[derive(Serialize, Deserialize)]
struct Record {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    maker: Option<UserId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    checker: Option<UserId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    earlier: Vec<ProgrammeRules>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    invitations: Vec<Invitation>,
}

impl Record {
    fn of(programme: &Programme) -> Record {
        Record {
            maker: programme.maker,
            checker: programme.checker,
            earlier: programme.earlier.clone(),
            invitations: programme.invitations.clone(),
        }
    }
}

impl ProgrammeRow {
    /// The row of a programme.
    pub fn new(programme: &Programme, created_at: Timestamp) -> ProgrammeRow {
        ProgrammeRow {
            id: programme.id.0.cast_signed(),
            code: programme.rules.id.to_string(),
            version: i64::from(programme.rules.version),
            // Rules are strings, integers and lists of them: they always have a JSON form.
            rules: serde_json::to_string(&programme.rules).unwrap_or_default(),
            created_at: created_at.micros(),
            issuer: programme.issuer.map(|issuer| issuer.0.cast_signed()),
            state: Named(programme.state),
            record: serde_json::to_string(&Record::of(programme)).unwrap_or_default(),
        }
    }
}

impl TryFrom<ProgrammeRow> for Programme {
    type Error = Corrupt;

    fn try_from(row: ProgrammeRow) -> Result<Programme, Corrupt> {
        let rules = serde_json::from_str(&row.rules)
            .map_err(|error| Corrupt::new("programme.rules", &format!("{}: {error}", row.id)))?;
        let record: Record = serde_json::from_str(&row.record)
            .map_err(|error| Corrupt::new("programme.record", &format!("{}: {error}", row.id)))?;
        Ok(Programme {
            id: ProgrammeId(row.id.cast_unsigned()),
            issuer: row.issuer.map(|issuer| OrgId(issuer.cast_unsigned())),
            state: row.state.0,
            maker: record.maker,
            checker: record.checker,
            rules,
            earlier: record.earlier,
            invitations: record.invitations,
        })
    }
}

/// All programmes, in the order of their identifiers.
pub fn load_all(reader: &mut Reader) -> Result<Vec<Programme>, LoadError> {
    let query = programme::table.order(programme::id).select(ProgrammeRow::columns());
    let rows: Vec<ProgrammeRow> = on!(reader, connection => query.load(connection))?;
    rows.into_iter().map(|row| Ok(row.try_into()?)).collect()
}

/// All that counts against caps.
pub fn load_entity_uses(reader: &mut Reader) -> Result<Vec<EntityUseRow>, LoadError> {
    let query = entity_use::table
        .order((entity_use::programme, entity_use::org, entity_use::period))
        .select(EntityUseRow::columns());
    Ok(on!(reader, connection => query.load(connection))?)
}

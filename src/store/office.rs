//! The things of the voucher office. They are few and change as wholes, so that a row holds its thing as JSON, and beside it
//! what is asked for.

use diesel::prelude::*;
use serde::Serialize;

use super::column::row;
use super::connection::Reader;
use super::load::{Corrupt, LoadError};
use super::schema::{claim, flag, recovery, treasury_request};
use crate::domain::claim::Claim;
use crate::domain::flag::Flag;
use crate::domain::id::ProgrammeId;
use crate::domain::recovery::Recovery;
use crate::domain::treasury::TreasuryRequest;
use crate::engine::office::integrity::flag::restore as restore_flag;
use crate::engine::office::recovery::restore as restore_recovery;
use crate::engine::{State, contract};
use crate::on;

/// The name of a plain enum in JSON.
fn word(value: impl Serialize) -> String {
    let word = serde_json::to_value(value).ok();
    word.and_then(|word| word.as_str().map(str::to_owned))
        .unwrap_or_default()
}

/// The programme of a row: 0 where it is of none.
fn programme(of: impl Into<Option<ProgrammeId>>) -> i64 {
    of.into().map_or(0, |programme| programme.0.cast_signed())
}

macro_rules! image {
    ($(#[$doc:meta])* $row:ident in $table:ident of $noun:ty, all by $load:ident) => {
        row! {
            $(#[$doc])*
            pub struct $row in $table by (id) {
                /// Its identifier.
                pub id: i64,
                /// Under which programme; 0: under none.
                pub programme: i64,
                /// Of which organisation.
                pub org: i64,
                /// Where it stands.
                pub state: String,
                /// When it was made, in microseconds.
                pub created_at: i64,
                /// All of it, in JSON.
                pub body: String,
            }
        }

        impl From<&$noun> for $row {
            fn from(noun: &$noun) -> $row {
                $row {
                    id: noun.id.0.cast_signed(),
                    programme: programme(noun.programme),
                    org: noun.org.0.cast_signed(),
                    state: word(noun.state),
                    created_at: noun.created_at.micros(),
                    // Strings, integers and lists of them always have a JSON form.
                    body: serde_json::to_string(noun).unwrap_or_default(),
                }
            }
        }

        impl TryFrom<$row> for $noun {
            type Error = Corrupt;

            fn try_from(row: $row) -> Result<$noun, Corrupt> {
                serde_json::from_str(&row.body)
                    .map_err(|error| Corrupt::new(concat!(stringify!($table), ".body"), &format!("{}: {error}", row.id)))
            }
        }

        /// All of them, in the order of their identifiers.
        pub fn $load(reader: &mut Reader) -> Result<Vec<$noun>, LoadError> {
            let query = $table::table.order($table::id).select($row::columns());
            let rows: Vec<$row> = on!(reader, connection => query.load(connection))?;
            rows.into_iter().map(|row| Ok(row.try_into()?)).collect()
        }
    };
}

image! {
    /// A claim.
    ClaimRow in claim of Claim, all by load_claims
}
image! {
    /// A recovery.
    RecoveryRow in recovery of Recovery, all by load_recoveries
}
image! {
    /// A flag.
    FlagRow in flag of Flag, all by load_flags
}
image! {
    /// A request to a treasury.
    TreasuryRequestRow in treasury_request of TreasuryRequest, all by load_treasury_requests
}

/// Reads what the office has.
pub(super) fn load(reader: &mut Reader, state: &mut State) -> Result<(), LoadError> {
    for claim in load_claims(reader)? {
        contract::restore(state, claim);
    }
    for recovery in load_recoveries(reader)? {
        restore_recovery(state, recovery);
    }
    for flag in load_flags(reader)? {
        restore_flag(state, flag);
    }
    let requests = load_treasury_requests(reader)?.into_iter();
    state
        .treasury_requests
        .extend(requests.map(|request| (request.id, request)));
    Ok(())
}

//! The life of leases: what was done to them, what was asked for, and to whom the way in is encrypted.

use diesel::prelude::*;

use super::column::{Named, row};
use super::connection::Reader;
use super::load::{Corrupt, LoadError, count};
use super::projection::Place;
use super::schema::{access_key, lease_change, lease_step};
use super::sealed::SealedRow;
use super::writer::Batch;
use crate::domain::id::{LeaseId, OrgId};
use crate::domain::lease::{Lease, LeaseState};
use crate::domain::life::access::AccessKey;
use crate::domain::life::change::{ChangeImage, ChangeState};
use crate::domain::life::{By, StepKind};
use crate::domain::time::Timestamp;
use crate::engine::State;
use crate::on;

row! {
    /// Something that was done to a lease. What time alone does to a lease of which nobody asked for more follows from its hours and is
    /// not kept.
    pub struct LeaseStepRow in lease_step by (lease, command_seq, place) {
        /// Which one.
        pub lease: i64,
        /// By which command.
        pub command_seq: i64,
        /// Its place among what that did.
        pub place: i64,
        /// When, in microseconds.
        pub at: i64,
        /// What.
        pub kind: Named<StepKind>,
        /// Where it stood then.
        pub state: Named<LeaseState>,
        /// Who.
        pub by_side: Named<By>,
        /// The hour at which it was to end then.
        pub ends_hour: i64,
        /// By whose fault, if its end was set.
        pub code: Option<String>,
        /// Why, in words.
        pub reason: String,
    }
}

row! {
    /// A change of a lease that was asked for.
    pub struct LeaseChangeRow in lease_change by (lease, number) changing (state, successor, answered_at, reason, body) {
        /// Of which lease.
        pub lease: i64,
        /// Its place among those of the lease, from 1.
        pub number: i64,
        /// What kind.
        pub kind: String,
        /// What has become of it.
        pub state: Named<ChangeState>,
        /// The tenant to be, where there is one.
        pub other: Option<i64>,
        /// The lease that goes on because of it.
        pub successor: Option<i64>,
        /// When it was decided, in microseconds.
        pub answered_at: Option<i64>,
        /// Why, in words.
        pub reason: String,
        /// What was asked for, and who has accepted it, in JSON.
        pub body: String,
    }
}

row! {
    /// To whom access material of an organisation is encrypted.
    pub struct AccessKeyRow in access_key by (org) {
        /// Whose it is.
        pub org: i64,
        /// To whom.
        pub recipient: String,
        /// Since when, in microseconds.
        pub since: i64,
    }
}

impl From<&ChangeImage> for LeaseChangeRow {
    fn from(image: &ChangeImage) -> LeaseChangeRow {
        let ChangeImage {
            lease,
            request,
            state,
            successor,
            told_at,
            reason,
        } = image;
        let is_open = *state == ChangeState::Open;
        LeaseChangeRow {
            lease: lease.0.cast_signed(),
            number: i64::from(request.number),
            kind: request.change.name().to_owned(),
            state: Named(*state),
            other: request.new_tenant().map(|org| org.0.cast_signed()),
            successor: successor.map(|lease| lease.0.cast_signed()),
            answered_at: (!is_open).then_some(told_at.micros()),
            reason: reason.clone(),
            // Strings, integers and lists of them always have a JSON form.
            body: serde_json::to_string(request).unwrap_or_default(),
        }
    }
}

impl TryFrom<LeaseChangeRow> for ChangeImage {
    type Error = Corrupt;

    fn try_from(row: LeaseChangeRow) -> Result<ChangeImage, Corrupt> {
        let request = serde_json::from_str(&row.body);
        let request: crate::domain::life::change::ChangeRequest =
            request.map_err(|_| Corrupt::new("lease_change.body", &row.lease.to_string()))?;
        Ok(ChangeImage {
            lease: LeaseId(row.lease.cast_unsigned()),
            state: row.state.0,
            successor: row.successor.map(|lease| LeaseId(lease.cast_unsigned())),
            told_at: row.answered_at.map_or(request.at, Timestamp::from_micros),
            reason: row.reason,
            request,
        })
    }
}

impl From<&AccessKey> for AccessKeyRow {
    fn from(key: &AccessKey) -> AccessKeyRow {
        AccessKeyRow {
            org: key.org.0.cast_signed(),
            recipient: key.recipient.to_string(),
            since: key.since.micros(),
        }
    }
}

impl TryFrom<AccessKeyRow> for AccessKey {
    type Error = Corrupt;

    fn try_from(row: AccessKeyRow) -> Result<AccessKey, Corrupt> {
        let recipient = row.recipient.parse();
        Ok(AccessKey {
            org: OrgId(row.org.cast_unsigned()),
            recipient: recipient.map_err(|_| Corrupt::new("access_key.recipient", &row.recipient))?,
            since: Timestamp::from_micros(row.since),
        })
    }
}

impl Batch {
    /// Notes what was last done to a lease, if that is more than what time does to it; what was its tenant's way in is erased when it is
    /// closed.
    pub(super) fn add_step(&mut self, place: Place, lease: &Lease) {
        let life = lease.life();
        if let Some(step) = &life.last {
            let row = LeaseStepRow {
                lease: lease.id().0.cast_signed(),
                command_seq: place.command_seq,
                place: count(self.lease_steps.len()),
                at: step.at.micros(),
                kind: Named(step.kind),
                state: Named(lease.state),
                by_side: Named(step.by),
                ends_hour: i64::from(lease.ends.0),
                code: life.ending.as_ref().map(|ending| ending.code.to_string()),
                reason: step.reason.clone(),
            };
            self.lease_steps.push(row);
        }
        if let (LeaseState::Closed, Some(access)) = (lease.state, life.access) {
            self.sealed
                .push(SealedRow::erased((access, lease.fill.tenant), place.at));
        }
    }
}

/// Reads to whom access material is encrypted.
pub(super) fn load(reader: &mut Reader, state: &mut State) -> Result<(), LoadError> {
    let query = access_key::table.order(access_key::org).select(AccessKeyRow::columns());
    let rows: Vec<AccessKeyRow> = on!(reader, connection => query.load(connection))?;
    for row in rows {
        let key = AccessKey::try_from(row)?;
        state.access_keys.insert(key.org, key);
    }
    Ok(())
}

/// The access key of an organisation, if it has given one.
pub fn access_key(reader: &mut Reader, org: OrgId) -> Result<Option<AccessKey>, LoadError> {
    let query = access_key::table
        .find(org.0.cast_signed())
        .select(AccessKeyRow::columns());
    let row: Option<AccessKeyRow> = on!(reader, connection => query.first(connection).optional())?;
    row.map(|row| Ok(row.try_into()?)).transpose()
}

/// Most steps and changes of one lease that are shown.
const SHOWN: i64 = 1_000;

/// What was done to a lease, in its order.
pub fn steps(reader: &mut Reader, lease: LeaseId) -> Result<Vec<LeaseStepRow>, LoadError> {
    let query = lease_step::table
        .filter(lease_step::lease.eq(lease.0.cast_signed()))
        .order((lease_step::command_seq, lease_step::place))
        .limit(SHOWN)
        .select(LeaseStepRow::columns());
    Ok(on!(reader, connection => query.load(connection))?)
}

/// What was asked for of a lease, the newest first.
pub fn changes(reader: &mut Reader, lease: LeaseId) -> Result<Vec<ChangeImage>, LoadError> {
    let query = lease_change::table
        .filter(lease_change::lease.eq(lease.0.cast_signed()))
        .order(lease_change::number.desc())
        .limit(SHOWN)
        .select(LeaseChangeRow::columns());
    let rows: Vec<LeaseChangeRow> = on!(reader, connection => query.load(connection))?;
    rows.into_iter().map(|row| Ok(row.try_into()?)).collect()
}

/// Changes that ask an organisation to become the tenant of a lease, the newest first.
pub fn offered(reader: &mut Reader, org: OrgId) -> Result<Vec<ChangeImage>, LoadError> {
    let query = lease_change::table
        .filter(lease_change::other.eq(org.0.cast_signed()))
        .order((lease_change::lease.desc(), lease_change::number.desc()))
        .limit(SHOWN)
        .select(LeaseChangeRow::columns());
    let rows: Vec<LeaseChangeRow> = on!(reader, connection => query.load(connection))?;
    rows.into_iter().map(|row| Ok(row.try_into()?)).collect()
}

//! Leases, as they are asked for: with the fills that opened them.

use diesel::prelude::*;

use super::{Found, Slice};
use crate::domain::id::{LeaseId, OrgId};
use crate::domain::lease::{Fill, LeaseState, Settled};
use crate::domain::life::Life;
use crate::domain::time::{Hour, Timestamp};
use crate::on;
use crate::store::column::Named;
use crate::store::connection::Reader;
use crate::store::fill::FillRow;
use crate::store::lease::LeaseRow;
use crate::store::load::{Corrupt, LoadError, hour};
use crate::store::schema::{fill, lease};

/// A lease, without the usage reported of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredLease {
    /// What was agreed, without islands and draws.
    pub fill: Fill,
    /// Where it stands in its life.
    pub state: LeaseState,
    /// The hour after its last one; earlier than agreed where it was ended early.
    pub ends: Hour,
    /// What has been settled.
    pub settled: Settled,
    /// Its life beyond its hours.
    pub life: Life,
    /// The place in the journal of the leaf that says that it was agreed.
    pub leaf: Option<i64>,
}

/// Which leases.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted {
    /// Those to which this organisation is a party, on either side.
    pub party: Option<OrgId>,
    /// Those that stand there.
    pub state: Option<LeaseState>,
}

/// Which leases a contract from elsewhere might be.
#[derive(Debug, Clone)]
pub struct Between {
    /// Whoever of these takes the cards.
    pub tenants: Vec<OrgId>,
    /// Whoever of these lets them.
    pub providers: Vec<OrgId>,
    /// The contract's cards.
    pub cards: u32,
    /// Its first instant.
    pub from: Timestamp,
    /// The first instant after it.
    pub until: Timestamp,
}

/// Hours by which the two ends of a contract and of its lease may differ and still be the same: a day, as
/// [`crate::engine::integrity::likeness::SLACK_SECONDS`] says it.
const SLACK_HOURS: i64 = 24;

/// Leases that overlap and are alike in cards or in time; those alike in both come first, and half of `most` are for them.
pub fn between(reader: &mut Reader, wanted: &Between, most: usize) -> Result<Vec<StoredLease>, LoadError> {
    let ids = |orgs: &[OrgId]| -> Vec<i64> { orgs.iter().map(|org| org.0.cast_signed()).collect() };
    let (from, until) = (
        i64::from(wanted.from.hour_floor().0),
        i64::from(wanted.until.hour_ceil().0),
    );
    let half = i64::try_from(most / 2).unwrap_or(i64::MAX);
    let theirs = || {
        let parties = lease::tenant
            .eq_any(ids(&wanted.tenants))
            .and(lease::provider.eq_any(ids(&wanted.providers)));
        let overlaps = lease::from_hour.lt(until).and(lease::until_hour.gt(from));
        lease::table.inner_join(fill::table).filter(parties).filter(overlaps)
    };
    let same_time = || {
        let starts = lease::from_hour.between(from - SLACK_HOURS, from + SLACK_HOURS);
        starts.and(lease::until_hour.between(until - SLACK_HOURS, until + SLACK_HOURS))
    };
    let same_cards = || fill::cards.eq(i64::from(wanted.cards));
    let both = theirs()
        .filter(same_time().and(same_cards()))
        .order(lease::id)
        .limit(half)
        .select((LeaseRow::columns(), FillRow::columns()));
    let either = theirs()
        .filter(same_time().or(same_cards()))
        .filter(diesel::dsl::not(same_time().and(same_cards())))
        .order(lease::id)
        .limit(half)
        .select((LeaseRow::columns(), FillRow::columns()));
    let mut rows: Vec<(LeaseRow, FillRow)> = on!(&mut *reader, connection => both.load(connection))?;
    let rest: Vec<(LeaseRow, FillRow)> = on!(reader, connection => either.load(connection))?;
    rows.extend(rest);
    rows.iter().map(|(lease, fill)| stored(lease, fill)).collect()
}

/// One of them.
pub fn find(reader: &mut Reader, id: LeaseId) -> Result<Option<StoredLease>, LoadError> {
    let query = lease::table
        .inner_join(fill::table)
        .filter(lease::id.eq(id.0.cast_signed()))
        .select((LeaseRow::columns(), FillRow::columns()));
    let rows: Option<(LeaseRow, FillRow)> = on!(reader, connection => query.first(connection).optional())?;
    rows.map(|(lease, fill)| stored(&lease, &fill)).transpose()
}

/// The newest first.
pub fn page(reader: &mut Reader, wanted: &Wanted, slice: Slice) -> Result<Found<StoredLease>, LoadError> {
    let found = match wanted.party {
        None => rows(reader, wanted.state, slice, Side::Any)?,
        // One walk along each index and the newest of both: with OR in one question neither index would give the order.
        Some(org) => {
            let taken = rows(reader, wanted.state, slice, Side::Tenant(org))?;
            let let_out = rows(reader, wanted.state, slice, Side::Provider(org))?;
            Found::newest_of(taken, let_out, slice, |row| row.id)
        }
    };
    let ids: Vec<i64> = found.rows.iter().map(|row| row.fill).collect();
    let query = fill::table.filter(fill::id.eq_any(ids)).select(FillRow::columns());
    let fills: Vec<FillRow> = on!(reader, connection => query.load(connection))?;
    found.try_map(|row| {
        let own = fills.iter().find(|fill| fill.id == row.fill);
        let own = own.ok_or_else(|| Corrupt::new("lease.fill", &row.fill.to_string()))?;
        stored(&row, own)
    })
}

/// On which side of a lease an organisation is looked for.
#[derive(Clone, Copy)]
enum Side {
    Any,
    Tenant(OrgId),
    Provider(OrgId),
}

fn rows(
    reader: &mut Reader,
    state: Option<LeaseState>,
    slice: Slice,
    side: Side,
) -> Result<Found<LeaseRow>, LoadError> {
    Ok(newest!(
        reader, slice, lease by id as LeaseRow,
        indexed query => match side {
            Side::Any => query,
            Side::Tenant(org) => query.filter(lease::tenant.eq(org.0.cast_signed())),
            Side::Provider(org) => query.filter(lease::provider.eq(org.0.cast_signed())),
        },
        narrowed state.is_some() => match state {
            None => query,
            Some(state) => query.filter(lease::state.eq(Named(state).word())),
        }
    ))
}

fn stored(lease: &LeaseRow, fill: &FillRow) -> Result<StoredLease, LoadError> {
    Ok(StoredLease {
        fill: fill.fill(Vec::new(), Vec::new())?,
        state: lease.state.0,
        ends: hour("lease.until_hour", lease.until_hour)?,
        settled: lease.settled(),
        life: lease.life()?,
        leaf: fill.leaf,
    })
}

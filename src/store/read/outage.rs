//! Outages, as they are asked for.

use diesel::prelude::*;

use super::{Found, Slice};
use crate::domain::id::{LeaseId, OrgId, OutageId};
use crate::domain::outage::{Outage, OutageState};
use crate::on;
use crate::store::column::Named;
use crate::store::connection::Reader;
use crate::store::load::LoadError;
use crate::store::schema::outage;
use crate::store::sla::OutageRow;

/// Which outages.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted {
    /// Those of leases of which this organisation is a party.
    pub party: Option<OrgId>,
    /// Those of this lease.
    pub lease: Option<LeaseId>,
    /// Those that stand there.
    pub state: Option<OutageState>,
}

/// One of them.
pub fn find(reader: &mut Reader, id: OutageId) -> Result<Option<Outage>, LoadError> {
    let query = outage::table
        .filter(outage::id.eq(id.0.cast_signed()))
        .select(OutageRow::columns());
    let row: Option<OutageRow> = on!(reader, connection => query.first(connection).optional())?;
    Ok(row.map(Outage::try_from).transpose()?)
}

/// All of one lease, in the order in which they became known.
pub fn of_lease(reader: &mut Reader, lease: LeaseId) -> Result<Vec<Outage>, LoadError> {
    let query = outage::table
        .filter(outage::lease.eq(lease.0.cast_signed()))
        .order(outage::id)
        .select(OutageRow::columns());
    let rows: Vec<OutageRow> = on!(reader, connection => query.load(connection))?;
    rows.into_iter().map(|row| Ok(row.try_into()?)).collect()
}

/// The newest first.
pub fn page(reader: &mut Reader, wanted: &Wanted, slice: Slice) -> Result<Found<Outage>, LoadError> {
    let found = match wanted.party {
        None => rows(reader, wanted, slice, Side::Any)?,
        // One walk along each index and the newest of both: with OR in one question neither index would give the order.
        Some(org) => {
            let had = rows(reader, wanted, slice, Side::Tenant(org))?;
            let let_out = rows(reader, wanted, slice, Side::Provider(org))?;
            Found::newest_of(had, let_out, slice, |row| row.id)
        }
    };
    found.try_map(|row| Ok(Outage::try_from(row)?))
}

/// On which side of a lease an organisation is looked for.
#[derive(Clone, Copy)]
enum Side {
    Any,
    Tenant(OrgId),
    Provider(OrgId),
}

fn rows(reader: &mut Reader, wanted: &Wanted, slice: Slice, side: Side) -> Result<Found<OutageRow>, LoadError> {
    Ok(newest!(
        reader, slice, outage by id as OutageRow,
        indexed query => {
            let query = match side {
                Side::Any => query,
                Side::Tenant(org) => query.filter(outage::tenant.eq(org.0.cast_signed())),
                Side::Provider(org) => query.filter(outage::provider.eq(org.0.cast_signed())),
            };
            match wanted.lease {
                None => query,
                Some(lease) => query.filter(outage::lease.eq(lease.0.cast_signed())),
            }
        },
        narrowed wanted.state.is_some() => match wanted.state {
            None => query,
            Some(state) => query.filter(outage::state.eq(Named(state).word())),
        }
    ))
}

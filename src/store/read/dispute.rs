//! Disputes, as they are asked for.

use diesel::prelude::*;

use super::{Found, Slice};
use crate::domain::dispute::Dispute;
use crate::domain::id::{DisputeId, LeaseId, OrgId};
use crate::on;
use crate::store::connection::Reader;
use crate::store::dispute::DisputeRow;
use crate::store::load::LoadError;
use crate::store::schema::dispute;

/// Which disputes.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Those to which this organisation is a party, on either side.
    pub party: Option<OrgId>,
    /// Those about this lease.
    pub lease: Option<LeaseId>,
    /// Those that stand there.
    pub state: Option<&'static str>,
}

/// One of them.
pub fn find(reader: &mut Reader, id: DisputeId) -> Result<Option<Dispute>, LoadError> {
    let query = dispute::table
        .filter(dispute::id.eq(id.0.cast_signed()))
        .select(DisputeRow::columns());
    let row: Option<DisputeRow> = on!(reader, connection => query.first(connection).optional())?;
    Ok(row.map(Dispute::try_from).transpose()?)
}

/// The newest first.
pub fn page(reader: &mut Reader, wanted: &Wanted, slice: Slice) -> Result<Found<Dispute>, LoadError> {
    let found = match wanted.party {
        None => rows(reader, wanted, slice, Side::Any)?,
        // One walk along each index and the newest of both: with OR in one question neither index would give the order.
        Some(org) => {
            let disputed = rows(reader, wanted, slice, Side::Tenant(org))?;
            let reported = rows(reader, wanted, slice, Side::Provider(org))?;
            Found::newest_of(disputed, reported, slice, |row| row.id)
        }
    };
    found.try_map(|row| Ok(Dispute::try_from(row)?))
}

/// On which side of a dispute an organisation is looked for.
#[derive(Clone, Copy)]
enum Side {
    Any,
    Tenant(OrgId),
    Provider(OrgId),
}

fn rows(reader: &mut Reader, wanted: &Wanted, slice: Slice, side: Side) -> Result<Found<DisputeRow>, LoadError> {
    Ok(newest!(
        reader, slice, dispute by id as DisputeRow,
        indexed query => match side {
            Side::Any => query,
            Side::Tenant(org) => query.filter(dispute::tenant.eq(org.0.cast_signed())),
            Side::Provider(org) => query.filter(dispute::provider.eq(org.0.cast_signed())),
        },
        narrowed wanted.lease.is_some() || wanted.state.is_some() => {
            let mut query = query;
            if let Some(lease) = wanted.lease {
                query = query.filter(dispute::lease.eq(lease.0.cast_signed()));
            }
            if let Some(state) = wanted.state {
                query = query.filter(dispute::state.eq(state));
            }
            query
        }
    ))
}

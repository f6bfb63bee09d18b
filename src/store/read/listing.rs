//! Listings, as they are asked for.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::{Found, Slice};
use crate::domain::id::{AcceleratorId, ListingId, OrgId, SiteId};
use crate::domain::listing::{Listing, ListingState};
use crate::domain::time::{Timestamp, Window};
use crate::on;
use crate::store::column::Named;
use crate::store::connection::Reader;
use crate::store::listing::{ListingMaintenanceRow, ListingRow, OPEN};
use crate::store::load::{LoadError, window};
use crate::store::schema::{listing, listing_maintenance};

/// A listing and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredListing {
    /// The listing.
    pub listing: Listing,
    /// Where it stands in its life.
    pub state: ListingState,
    /// When it was listed.
    pub created_at: Timestamp,
}

/// Which listings.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted {
    /// Those of this organisation.
    pub provider: Option<OrgId>,
    /// Those at this site.
    pub site: Option<SiteId>,
    /// Those of this model.
    pub accelerator: Option<AcceleratorId>,
    /// Those that stand there.
    pub state: Option<ListingState>,
}

/// One of them.
pub fn find(reader: &mut Reader, id: ListingId) -> Result<Option<StoredListing>, LoadError> {
    let query = listing::table
        .filter(listing::id.eq(id.0.cast_signed()))
        .select(ListingRow::columns());
    let row: Option<ListingRow> = on!(&mut *reader, connection => query.first(connection).optional())?;
    Ok(complete(reader, row.into_iter().collect())?.pop())
}

/// The newest first.
pub fn page(reader: &mut Reader, wanted: &Wanted, slice: Slice) -> Result<Found<StoredListing>, LoadError> {
    let found: Found<ListingRow> = newest!(
        reader, slice, listing by id as ListingRow,
        indexed query => {
            let mut query = query;
            if let Some(provider) = wanted.provider {
                query = query.filter(listing::provider.eq(provider.0.cast_signed()));
            }
            if wanted.state == Some(ListingState::Open) {
                query = query.filter(sql::<Bool>(OPEN));
            }
            query
        },
        narrowed wanted.site.is_some() || wanted.accelerator.is_some() || wanted.state.is_some() => {
            let mut query = query;
            if let Some(site) = wanted.site {
                query = query.filter(listing::site.eq(i64::from(site.0)));
            }
            if let Some(accelerator) = wanted.accelerator {
                query = query.filter(listing::accelerator.eq(i64::from(accelerator.0)));
            }
            if let Some(state) = wanted.state {
                query = query.filter(listing::state.eq(Named(state).word()));
            }
            query
        }
    );
    Ok(Found {
        rows: complete(reader, found.rows)?,
        next: found.next,
    })
}

fn complete(reader: &mut Reader, rows: Vec<ListingRow>) -> Result<Vec<StoredListing>, LoadError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let closed = listing_maintenance::table
        .order((listing_maintenance::listing, listing_maintenance::from_hour))
        .select(ListingMaintenanceRow::columns());
    let closed: Vec<ListingMaintenanceRow> = match ids.as_slice() {
        // One value, so that the statement is always the same and stays prepared.
        [one] => {
            let closed = closed.filter(listing_maintenance::listing.eq(*one));
            on!(reader, connection => closed.load(connection))?
        }
        _several => {
            let closed = closed.filter(listing_maintenance::listing.eq_any(ids));
            on!(reader, connection => closed.load(connection))?
        }
    };
    let maintenance = |id: i64| {
        let own = closed.iter().filter(|closed| closed.listing == id);
        let window = |closed: &ListingMaintenanceRow| {
            window("listing_maintenance.until_hour", closed.from_hour, closed.until_hour)
        };
        own.map(window).collect::<Result<Vec<Window>, _>>()
    };
    let stored = |row: &ListingRow| {
        Ok(StoredListing {
            listing: row.listing(maintenance(row.id)?)?,
            state: row.state.0,
            created_at: Timestamp::from_micros(row.created_at),
        })
    };
    rows.iter().map(stored).collect()
}

//! Outages, and what probes have found. A row holds its thing as JSON, and beside it what is asked for.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::column::{Named, row};
use super::connection::Reader;
use super::load::{Corrupt, LoadError, PAGE};
use super::schema::{lease_probe, outage};
use crate::domain::id::LeaseId;
use crate::domain::outage::{Outage, OutageState};
use crate::engine::State;
use crate::engine::sla::{Probed, restore, restore_probe};
use crate::on;

row! {
    /// An outage.
    pub struct OutageRow in outage by (id) {
        /// Its identifier.
        pub id: i64,
        /// Of which lease.
        pub lease: i64,
        /// Who has the cards.
        pub tenant: i64,
        /// Who lets them.
        pub provider: i64,
        /// Where it stands.
        pub state: Named<OutageState>,
        /// All of it, in JSON.
        pub body: String,
    }
}

row! {
    /// What the operator's probes have found last of a lease.
    pub struct LeaseProbeRow in lease_probe by (lease) {
        /// Which lease.
        pub lease: i64,
        /// What, in JSON.
        pub body: String,
    }
}

impl From<&Outage> for OutageRow {
    fn from(outage: &Outage) -> OutageRow {
        OutageRow {
            id: outage.id.0.cast_signed(),
            lease: outage.lease.0.cast_signed(),
            tenant: outage.tenant.0.cast_signed(),
            provider: outage.provider.0.cast_signed(),
            state: Named(outage.state),
            // Strings, integers and lists of them always have a JSON form.
            body: serde_json::to_string(outage).unwrap_or_default(),
        }
    }
}

impl TryFrom<OutageRow> for Outage {
    type Error = Corrupt;

    fn try_from(row: OutageRow) -> Result<Outage, Corrupt> {
        let read = serde_json::from_str(&row.body);
        read.map_err(|error| Corrupt::new("outage.body", &format!("{}: {error}", row.id)))
    }
}

impl LeaseProbeRow {
    /// The row of what was found.
    pub fn new(lease: LeaseId, probed: &Probed) -> LeaseProbeRow {
        LeaseProbeRow {
            lease: lease.0.cast_signed(),
            body: serde_json::to_string(probed).unwrap_or_default(),
        }
    }
}

/// Reads what is known of leases that are not closed.
pub(super) fn load(reader: &mut Reader, state: &mut State) -> Result<(), LoadError> {
    let live = "outage.lease IN (SELECT id FROM lease WHERE lease.state <> 'closed')";
    stream(reader, Some(live), |outage| {
        restore(state, outage);
        Ok::<_, LoadError>(())
    })?;
    let query = lease_probe::table
        .filter(sql::<Bool>(
            "lease_probe.lease IN (SELECT id FROM lease WHERE lease.state <> 'closed')",
        ))
        .order(lease_probe::lease)
        .select(LeaseProbeRow::columns());
    let rows: Vec<LeaseProbeRow> = on!(reader, connection => query.load(connection))?;
    for row in rows {
        let probed = serde_json::from_str(&row.body);
        let probed = probed.map_err(|error| Corrupt::new("lease_probe.body", &format!("{}: {error}", row.lease)))?;
        restore_probe(state, LeaseId(row.lease.cast_unsigned()), probed);
    }
    Ok(())
}

/// Hands every outage to `take`, those of closed leases too, in the order in which they became known.
///
/// # Errors
/// Those of the database, and those of `take`.
pub fn all<E: From<LoadError>>(reader: &mut Reader, take: impl FnMut(Outage) -> Result<(), E>) -> Result<(), E> {
    stream(reader, None, take)
}

fn stream<E: From<LoadError>>(
    reader: &mut Reader,
    only: Option<&'static str>,
    mut take: impl FnMut(Outage) -> Result<(), E>,
) -> Result<(), E> {
    let mut after = -1;
    loop {
        let query = outage::table
            .filter(outage::id.gt(after))
            .filter(sql::<Bool>(only.unwrap_or("1 = 1")))
            .order(outage::id)
            .limit(PAGE)
            .select(OutageRow::columns());
        let page: Result<Vec<OutageRow>, LoadError> =
            on!(&mut *reader, connection => query.load(connection)).map_err(LoadError::from);
        let page = page?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = last.id;
        for row in page {
            let outage = Outage::try_from(row).map_err(LoadError::from)?;
            take(outage)?;
        }
    }
}

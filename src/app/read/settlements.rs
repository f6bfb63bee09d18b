//! Settlements, fees, closed periods and their corrections.

use crate::app::page::{LIMIT_MAX, Limit, Page, PageRequest, query};
use crate::app::readers::{PooledReader, ReadError};
use crate::app::view::settlement::{FeesView, PeriodView, SettlementView, WithLeases, of_leaf};
use crate::domain::id::{LeaseId, SettlementId};
use crate::domain::settlement::Correction;
use crate::store::read::settlement;
use crate::store::settlement as stored;

query! {
    /// Which settlements; the newest first.
    pub struct SettlementQuery {}
}

query! {
    /// Which leases of a settlement; in the order of their identifiers.
    pub struct SettledLeaseQuery {}
}

query! {
    /// Which corrections; the newest first.
    pub struct CorrectionQuery {
        /// Those of this lease.
        pub lease: Option<LeaseId>,
    }
}

/// One settlement.
///
/// # Errors
/// Those of the database.
pub fn find(pooled: &mut PooledReader, id: SettlementId) -> Result<Option<SettlementView>, ReadError> {
    let found = settlement::find(&mut pooled.reader, id)?;
    Ok(found.as_ref().map(SettlementView::from))
}

/// A page of settlements.
///
/// # Errors
/// Those of the database.
pub fn page(pooled: &mut PooledReader, query: &SettlementQuery) -> Result<Page<SettlementView>, ReadError> {
    let found = settlement::page(&mut pooled.reader, query.page().newest_first())?;
    Page::of(found, |row| Ok(SettlementView::from(&row)))
}

/// A page of what a settlement posted for each lease; none where there is no such settlement.
///
/// # Errors
/// Those of the database.
pub fn leases(
    pooled: &mut PooledReader,
    id: SettlementId,
    query: &SettledLeaseQuery,
) -> Result<Option<Page<serde_json::Value>>, ReadError> {
    let Some(run) = settlement::find(&mut pooled.reader, id)? else {
        return Ok(None);
    };
    let found = settlement::leases(&mut pooled.reader, &run, query.page().oldest_first())?;
    Page::of(found, |row| Ok(of_leaf(&row)?)).map(Some)
}

/// A settlement with the first leases of it.
///
/// # Errors
/// Those of the database.
pub fn with_leases(pooled: &mut PooledReader, id: SettlementId) -> Result<Option<WithLeases>, ReadError> {
    let limit = Limit::new(LIMIT_MAX).unwrap_or_default();
    let request = PageRequest { limit, after: None };
    let Some(run) = settlement::find(&mut pooled.reader, id)? else {
        return Ok(None);
    };
    let found = settlement::leases(&mut pooled.reader, &run, request.oldest_first())?;
    let leases = found.rows.iter().map(of_leaf).collect::<Result<_, _>>()?;
    let settlement = SettlementView::from(&run);
    Ok(Some(WithLeases { settlement, leases }))
}

/// All closed periods, the oldest first: one a month at most.
///
/// # Errors
/// Those of the database.
pub fn periods(pooled: &mut PooledReader) -> Result<Vec<PeriodView>, ReadError> {
    Ok(PeriodView::all(&stored::load_periods(&mut pooled.reader)?))
}

/// All schedules of fees and rates of the VAT in them.
///
/// # Errors
/// Those of the database.
pub fn fees(pooled: &mut PooledReader) -> Result<FeesView, ReadError> {
    Ok(FeesView {
        schedules: stored::load_schedules(&mut pooled.reader)?,
        vat: stored::load_vat_changes(&mut pooled.reader)?,
    })
}

/// A page of corrections.
///
/// # Errors
/// Those of the database.
pub fn corrections(pooled: &mut PooledReader, query: &CorrectionQuery) -> Result<Page<Correction>, ReadError> {
    let found = settlement::corrections(&mut pooled.reader, query.lease, query.page().newest_first())?;
    Page::of(found, Ok)
}

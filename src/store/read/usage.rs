//! What was reported of a lease.

use diesel::dsl::max;
use diesel::prelude::*;

use super::{Found, Slice};
use crate::domain::id::LeaseId;
use crate::domain::metering::{Acceptance, Mark, Metering};
use crate::domain::time::Timestamp;
use crate::on;
use crate::store::column::Named;
use crate::store::connection::Reader;
use crate::store::load::{LoadError, PAGE};
use crate::store::schema::usage_report;
use crate::store::usage::{Rebuilt, UsageKind, UsageReportRow};

/// The newest first. The index of leases finds them; a lease has at most some thousand to sort.
pub fn page(reader: &mut Reader, lease: LeaseId, slice: Slice) -> Result<Found<UsageReportRow>, LoadError> {
    let query = usage_report::table
        .filter(usage_report::lease.eq(lease.0.cast_signed()))
        // Not the bare column: its index has the order, and would be walked from end to end for one lease.
        .filter((usage_report::seq + 0).lt(slice.key))
        .order((usage_report::seq + 0).desc())
        .limit(slice.limit + 1)
        .select(UsageReportRow::columns());
    let rows: Vec<UsageReportRow> = on!(reader, connection => query.load(connection))?;
    Ok(Found::cut(rows, slice, None, |row| row.seq))
}

/// Everything that was reported of a lease, put together again; of a closed one, too.
pub fn metering(reader: &mut Reader, lease: LeaseId) -> Result<Metering, LoadError> {
    let mut rebuilt = Rebuilt::new(Mark::default());
    let mut after = -1;
    loop {
        let query = usage_report::table
            .filter(usage_report::lease.eq(lease.0.cast_signed()))
            .filter((usage_report::seq + 0).gt(after))
            .order(usage_report::seq + 0)
            .limit(PAGE)
            .select(UsageReportRow::columns());
        let page: Vec<UsageReportRow> = on!(&mut *reader, connection => query.load(connection))?;
        let Some(last) = page.last() else {
            return Ok(rebuilt.done());
        };
        after = last.seq;
        for row in page {
            rebuilt.take(&row.step()?);
        }
    }
}

/// Up to when the usage of a lease is accepted at `now`; none where nothing was reported.
pub fn accepted_until(reader: &mut Reader, lease: LeaseId, now: Timestamp) -> Result<Option<Timestamp>, LoadError> {
    let of_lease = || usage_report::table.filter(usage_report::lease.eq(lease.0.cast_signed()));
    let said = [Named(UsageKind::Span).word(), Named(UsageKind::Counter).word()];
    let query = of_lease()
        .filter(usage_report::kind.eq_any(said))
        .select(max(usage_report::until_at));
    let last: Option<i64> = on!(&mut *reader, connection => query.first(connection))?;
    // Deadlines are rounded up to the hour.
    let query = of_lease()
        .filter(usage_report::accepted_at.gt(now.micros().saturating_sub(3_600_000_000)))
        .order(usage_report::seq + 0)
        .select(UsageReportRow::columns());
    let rows: Vec<UsageReportRow> = on!(reader, connection => query.load(connection))?;
    let mut acceptance = Acceptance::default();
    for row in rows {
        let at = Timestamp::from_micros;
        match row.kind.0 {
            UsageKind::Acceptance => acceptance.accept(at(row.until_at)),
            UsageKind::Span | UsageKind::Counter | UsageKind::Correction => acceptance.wait(
                (at(row.taken_at), at(row.accepted_at)),
                (at(row.from_at), at(row.until_at)),
            ),
            UsageKind::Withdrawal | UsageKind::Hold | UsageKind::Release => {}
        }
    }
    Ok(acceptance.first_open(now).or(last.map(Timestamp::from_micros)))
}

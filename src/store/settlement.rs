//! Settlements, fees, closed periods and their corrections.

use diesel::prelude::*;

use super::column::row;
use super::connection::Reader;
use super::load::{Corrupt, LoadError, PAGE, narrow};
use super::projection::Place;
use super::schema::{fee_schedule, fill, period, settlement, usage_correction, vat_change};
use super::writer::Batch;
use crate::domain::fees::{FeeSchedule, FeeTier, VatChange};
use crate::domain::id::{LeaseId, OrgId, SettlementId};
use crate::domain::money::Money;
use crate::domain::rate::BasisPoints;
use crate::domain::settlement::{Correction, NewCorrection, RunTotals, SettlementRun};
use crate::domain::time::Timestamp;
use crate::engine::{Event, State};
use crate::on;

row! {
    /// A settlement and what it has posted.
    pub struct SettlementRow in settlement by (id) changing (ended_at, next_lease, leases, charge, voucher, cash, tenant_fee, provider_fee, vat, sla_credit, last_leaf) {
        /// Its identifier.
        pub id: i64,
        /// Up to when it settles, in microseconds.
        pub until_at: i64,
        /// When it began, in microseconds.
        pub began_at: i64,
        /// When it was over, in microseconds; none: it is not.
        pub ended_at: Option<i64>,
        /// From which lease it goes on.
        pub next_lease: Option<i64>,
        /// Leases settled.
        pub leases: i64,
        /// Their charges, in fen.
        pub charge: i64,
        /// Of which vouchers paid, in fen.
        pub voucher: i64,
        /// Of which tenants paid, in fen.
        pub cash: i64,
        /// Tenants' fees, in fen.
        pub tenant_fee: i64,
        /// Providers' fees, in fen.
        pub provider_fee: i64,
        /// VAT contained in both fees, in fen.
        pub vat: i64,
        /// Credits for faults, in fen.
        pub sla_credit: i64,
        /// The leaf of its first command.
        pub first_leaf: i64,
        /// The last leaf of its last command so far.
        pub last_leaf: i64,
    }
}

row! {
    /// Fees in tiers from an instant on.
    pub struct FeeScheduleRow in fee_schedule by (from_at) {
        /// That instant, in microseconds.
        pub from_at: i64,
        /// The tiers of tenants, in JSON.
        pub tenant: String,
        /// The tiers of providers, in JSON.
        pub provider: String,
    }
}

row! {
    /// The rate of VAT contained in fees from an instant on.
    pub struct VatChangeRow in vat_change by (from_at) {
        /// That instant, in microseconds.
        pub from_at: i64,
        /// The rate.
        pub vat_bps: i64,
    }
}

row! {
    /// A closed period: everything up to an instant, from the one closed before on.
    pub struct PeriodRow in period by (until_at) {
        /// That instant, in microseconds.
        pub until_at: i64,
        /// When it was closed, in microseconds.
        pub closed_at: i64,
    }
}

row! {
    /// Card-seconds of a closed period that were corrected.
    pub struct UsageCorrectionRow in usage_correction by (place) {
        /// Its place among all reports.
        pub place: i64,
        /// Of which lease.
        pub lease: i64,
        /// From when, in microseconds.
        pub from_at: i64,
        /// Until when, in microseconds.
        pub until_at: i64,
        /// Card-seconds more.
        pub card_seconds: i64,
        /// What it corrects.
        pub corrects: String,
        /// Why.
        pub reason: String,
        /// When it was agreed on, in microseconds.
        pub made_at: i64,
    }
}

impl SettlementRow {
    /// The row of a run, after a command at a place that brought about so many events.
    pub fn new(run: &SettlementRun, place: Place, events: usize) -> SettlementRow {
        let totals = &run.totals;
        SettlementRow {
            id: run.id.0.cast_signed(),
            until_at: run.until.micros(),
            began_at: run.began_at.micros(),
            ended_at: run.next.is_none().then_some(place.at.micros()),
            next_lease: run.next.map(|lease| lease.0.cast_signed()),
            leases: totals.leases.cast_signed(),
            charge: totals.charge.fen(),
            voucher: totals.voucher.fen(),
            cash: totals.cash.fen(),
            tenant_fee: totals.fee.fen(),
            provider_fee: totals.provider_fee.fen(),
            vat: totals.vat.fen(),
            sla_credit: totals.sla_credit.fen(),
            first_leaf: place.leaf_seq,
            last_leaf: place.leaf_seq.saturating_add(i64::try_from(events).unwrap_or(i64::MAX)),
        }
    }

    /// The run as the engine knows it.
    pub fn run(&self) -> SettlementRun {
        let money = Money::from_fen;
        SettlementRun {
            id: SettlementId(self.id.cast_unsigned()),
            until: Timestamp::from_micros(self.until_at),
            began_at: Timestamp::from_micros(self.began_at),
            next: self.next_lease.map(|lease| LeaseId(lease.cast_unsigned())),
            totals: RunTotals {
                leases: self.leases.cast_unsigned(),
                charge: money(self.charge),
                voucher: money(self.voucher),
                cash: money(self.cash),
                fee: money(self.tenant_fee),
                provider_fee: money(self.provider_fee),
                vat: money(self.vat),
                sla_credit: money(self.sla_credit),
            },
        }
    }
}

/// Lists of numbers always have a JSON form.
fn tiers_text(tiers: &[FeeTier]) -> String {
    serde_json::to_string(tiers).unwrap_or_default()
}

impl From<&FeeSchedule> for FeeScheduleRow {
    fn from(schedule: &FeeSchedule) -> FeeScheduleRow {
        FeeScheduleRow {
            from_at: schedule.from.micros(),
            tenant: tiers_text(&schedule.tenant),
            provider: tiers_text(&schedule.provider),
        }
    }
}

impl TryFrom<FeeScheduleRow> for FeeSchedule {
    type Error = Corrupt;

    fn try_from(row: FeeScheduleRow) -> Result<FeeSchedule, Corrupt> {
        let tiers = |text: &str| {
            serde_json::from_str(text)
                .map_err(|error| Corrupt::new("fee_schedule", &format!("{}: {error}", row.from_at)))
        };
        Ok(FeeSchedule {
            from: Timestamp::from_micros(row.from_at),
            tenant: tiers(&row.tenant)?,
            provider: tiers(&row.provider)?,
        })
    }
}

impl From<VatChange> for VatChangeRow {
    fn from(change: VatChange) -> VatChangeRow {
        VatChangeRow {
            from_at: change.from.micros(),
            vat_bps: i64::from(change.vat_bps.0),
        }
    }
}

impl From<&Correction> for UsageCorrectionRow {
    fn from(correction: &Correction) -> UsageCorrectionRow {
        let asked = &correction.asked;
        UsageCorrectionRow {
            place: correction.place.cast_signed(),
            lease: asked.lease.0.cast_signed(),
            from_at: asked.from.micros(),
            until_at: asked.until.micros(),
            card_seconds: asked.card_seconds,
            corrects: asked.corrects.clone(),
            reason: asked.reason.clone(),
            made_at: correction.made_at.micros(),
        }
    }
}

impl From<UsageCorrectionRow> for Correction {
    fn from(row: UsageCorrectionRow) -> Correction {
        Correction {
            place: row.place.cast_unsigned(),
            asked: NewCorrection {
                lease: LeaseId(row.lease.cast_unsigned()),
                from: Timestamp::from_micros(row.from_at),
                until: Timestamp::from_micros(row.until_at),
                card_seconds: row.card_seconds,
                corrects: row.corrects,
                reason: row.reason,
            },
            made_at: Timestamp::from_micros(row.made_at),
        }
    }
}

impl Batch {
    /// Adds the row of a settlement that one command did as a whole; those of several commands have events that say how far they are.
    pub(super) fn add_whole_settlement(&mut self, state: &State, place: Place, until: Timestamp, events: &[Event]) {
        let totals = events.iter().filter_map(|event| match event {
            Event::LeaseSettled(settled) => Some(settled.posted),
            _ => None,
        });
        // What was posted is in range, so that its sums are.
        let totals = totals.fold(RunTotals::default(), |sum, more| sum.plus(more).unwrap_or(sum));
        let run = SettlementRun {
            id: SettlementId(state.counters.settlement.saturating_sub(1)),
            until,
            began_at: place.at,
            next: None,
            totals,
        };
        self.settlements.push(SettlementRow::new(&run, place, events.len()));
    }
}

/// Reads the settlement that is not over, fees, and how far periods are closed.
pub(super) fn load(reader: &mut Reader, state: &mut State) -> Result<(), LoadError> {
    let open = settlement::table
        .filter(settlement::ended_at.is_null())
        .select(SettlementRow::columns());
    let open: Option<SettlementRow> = on!(&mut *reader, connection => open.first(connection).optional())?;
    state.run = open.map(|row| row.run());
    let schedules = load_schedules(reader)?.into_iter();
    state.fees.extend(schedules.map(|schedule| (schedule.from, schedule)));
    for change in load_vat_changes(reader)? {
        state.vat_changes.insert(change.from, change.vat_bps);
    }
    let closed = period::table.select(diesel::dsl::max(period::until_at));
    let closed: Option<i64> = on!(&mut *reader, connection => closed.first(connection))?;
    state.closed_until = Timestamp::from_micros(closed.unwrap_or(0));
    load_traded(reader, state)
}

/// All schedules of fees, by instant.
pub fn load_schedules(reader: &mut Reader) -> Result<Vec<FeeSchedule>, LoadError> {
    let query = fee_schedule::table
        .order(fee_schedule::from_at)
        .select(FeeScheduleRow::columns());
    let rows: Vec<FeeScheduleRow> = on!(reader, connection => query.load(connection))?;
    rows.into_iter().map(|row| Ok(row.try_into()?)).collect()
}

/// All rates of the VAT contained in fees, by instant.
pub fn load_vat_changes(reader: &mut Reader) -> Result<Vec<VatChange>, LoadError> {
    let query = vat_change::table
        .order(vat_change::from_at)
        .select(VatChangeRow::columns());
    let rows: Vec<VatChangeRow> = on!(reader, connection => query.load(connection))?;
    rows.into_iter()
        .map(|row| {
            Ok(VatChange {
                from: Timestamp::from_micros(row.from_at),
                vat_bps: BasisPoints(narrow("vat_change.vat_bps", row.vat_bps)?),
            })
        })
        .collect()
}

/// All closed periods, the oldest first.
pub fn load_periods(reader: &mut Reader) -> Result<Vec<PeriodRow>, LoadError> {
    let query = period::table.order(period::until_at).select(PeriodRow::columns());
    Ok(on!(reader, connection => query.load(connection))?)
}

/// Hands the corrections of leases that are not closed to `take`, in the order in which they were made.
pub(super) fn load_corrections(reader: &mut Reader, mut take: impl FnMut(Correction)) -> Result<(), LoadError> {
    let mut after = -1;
    loop {
        let query = usage_correction::table
            .filter(usage_correction::place.gt(after))
            .order(usage_correction::place)
            .limit(PAGE)
            .select(UsageCorrectionRow::columns());
        let page: Vec<UsageCorrectionRow> = on!(&mut *reader, connection => query.load(connection))?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = last.place;
        page.into_iter().for_each(|row| take(row.into()));
    }
}

/// What was traded in the month of the state's instant. Fills are numbered in the order of time.
fn load_traded(reader: &mut Reader, state: &mut State) -> Result<(), LoadError> {
    let now = state.now;
    let mut after = first_since(reader, state.counters.fill.cast_signed(), now.month_start())? - 1;
    loop {
        let query = fill::table
            .filter(fill::id.gt(after))
            .order(fill::id)
            .limit(PAGE)
            .select((fill::id, fill::tenant, fill::provider, fill::charge, fill::at));
        let page: Vec<(i64, i64, i64, i64, i64)> = on!(&mut *reader, connection => query.load(connection))?;
        let Some((last, ..)) = page.last() else {
            return Ok(());
        };
        after = *last;
        for (id, tenant, provider, charge, at) in page {
            let parties = (OrgId(tenant.cast_unsigned()), OrgId(provider.cast_unsigned()));
            let added = state
                .traded
                .add(parties, Money::from_fen(charge), Timestamp::from_micros(at));
            added.map_err(|_| Corrupt::new("fill.charge", &id.to_string()))?;
        }
    }
}

/// The first fill agreed at an instant or later, or the one that comes next.
fn first_since(reader: &mut Reader, next: i64, at: Timestamp) -> Result<i64, LoadError> {
    let (mut low, mut high) = (1, next);
    while low < high {
        let middle = low + (high - low) / 2;
        let agreed = fill::table.find(middle).select(fill::at);
        let agreed: Option<i64> = on!(&mut *reader, connection => agreed.first(connection).optional())?;
        if agreed.is_some_and(|agreed| agreed < at.micros()) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(low)
}

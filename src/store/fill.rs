//! Fills: what was agreed.

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::column::row;
use super::connection::Reader;
use super::load::{Corrupt, LoadError, count, index, narrow, window};
use super::read::{Found, Slice};
use super::schema::fill;
use super::writer::Batch;
use crate::domain::id::{AcceleratorId, BidId, FillId, LeaseId, ListingId, OrgId, SiteId};
use crate::domain::lease::{Fill, IslandShare, Origin, VoucherDraw};
use crate::domain::listing::Sla;
use crate::domain::money::{Money, Price};
use crate::domain::rate::{BasisPoints, Fraction};
use crate::domain::time::Timestamp;
use crate::on;

row! {
    /// A fill, as agreed.
    pub struct FillRow in fill by (id) {
        /// Its identifier.
        pub id: i64,
        /// The lease that it opened.
        pub lease: i64,
        /// The bid it fills.
        pub bid: i64,
        /// Index of the bid's alternative.
        pub alternative: i64,
        /// Who takes the cards.
        pub tenant: i64,
        /// The listing that gives.
        pub listing: i64,
        /// Who lets the cards.
        pub provider: i64,
        /// What they are.
        pub accelerator: i64,
        /// Where they stand.
        pub site: i64,
        /// How many.
        pub cards: i64,
        /// The first hour.
        pub from_hour: i64,
        /// The hour after the last one.
        pub until_hour: i64,
        /// Micro-yuan a card-hour.
        pub price: i64,
        /// In fen.
        pub charge: i64,
        /// What vouchers pay of it, in fen.
        pub voucher: i64,
        /// What the tenant pays of it, in fen.
        pub net: i64,
        /// The tenant's fee, in fen.
        pub fee: i64,
        /// Rate of the tenant's fee.
        pub tenant_fee_bps: i64,
        /// Rate of the provider's fee.
        pub provider_fee_bps: i64,
        /// Rate of the VAT contained in fees.
        pub vat_bps: i64,
        /// When it was agreed, in microseconds.
        pub at: i64,
        /// The lease in whose place it goes on; none: it came about by a match.
        pub predecessor: Option<i64>,
        /// The place in the journal of the leaf that says how the subsidy was found; none: no voucher pays of it.
        pub evaluation_leaf: Option<i64>,
        /// The largest unavailable share that was promised, in parts per million.
        pub sla_max_ppm: Option<i64>,
        /// Credit for an unavailable card-second, in parts per million of its price.
        pub sla_credit_ppm: Option<i64>,
        /// The place in the journal of the leaf that says that it was agreed; none of those from before that was kept.
        pub leaf: Option<i64>,
    }
}

row! {
    /// Cards of an island that a fill takes.
    pub struct FillIslandRow in fill_island by (fill, island) {
        /// Which fill.
        pub fill: i64,
        /// Index of the island in its listing.
        pub island: i64,
        /// Cards taken.
        pub cards: i64,
    }
}

row! {
    /// What one voucher pays of a fill.
    pub struct FillDrawRow in fill_draw by (fill, idx) {
        /// Which fill.
        pub fill: i64,
        /// Its place in the order of burning.
        pub idx: i64,
        /// Which voucher.
        pub voucher: i64,
        /// How much, in fen.
        pub amount: i64,
    }
}

impl From<&Fill> for FillRow {
    fn from(fill: &Fill) -> FillRow {
        FillRow {
            id: fill.id.0.cast_signed(),
            lease: fill.lease.0.cast_signed(),
            bid: fill.bid.0.cast_signed(),
            alternative: count(fill.alternative),
            tenant: fill.tenant.0.cast_signed(),
            listing: fill.listing.0.cast_signed(),
            provider: fill.provider.0.cast_signed(),
            accelerator: i64::from(fill.accelerator.0),
            site: i64::from(fill.site.0),
            cards: i64::from(fill.cards),
            from_hour: i64::from(fill.window.from().0),
            until_hour: i64::from(fill.window.until().0),
            price: fill.price.micros(),
            charge: fill.charge.fen(),
            voucher: fill.voucher.fen(),
            net: fill.net.fen(),
            fee: fill.fee.fen(),
            tenant_fee_bps: i64::from(fill.tenant_fee.0),
            provider_fee_bps: i64::from(fill.provider_fee.0),
            vat_bps: i64::from(fill.vat.0),
            at: fill.at.micros(),
            predecessor: fill.origin.predecessor().map(|lease| lease.0.cast_signed()),
            evaluation_leaf: None,
            sla_max_ppm: fill.sla.map(|sla| i64::from(sla.max_fault_rate.ppm())),
            sla_credit_ppm: fill.sla.map(|sla| i64::from(sla.credit_rate.ppm())),
            leaf: None,
        }
    }
}

impl FillRow {
    /// The fill, given the rows that belong to it.
    pub fn fill(&self, islands: Vec<IslandShare>, draws: Vec<VoucherDraw>) -> Result<Fill, Corrupt> {
        let rate = |value| narrow("fill", value).map(BasisPoints);
        Ok(Fill {
            id: FillId(self.id.cast_unsigned()),
            lease: LeaseId(self.lease.cast_unsigned()),
            bid: BidId(self.bid.cast_unsigned()),
            alternative: index("fill.alternative", self.alternative)?,
            tenant: OrgId(self.tenant.cast_unsigned()),
            listing: ListingId(self.listing.cast_unsigned()),
            provider: OrgId(self.provider.cast_unsigned()),
            accelerator: AcceleratorId(narrow("fill.accelerator", self.accelerator)?),
            site: SiteId(narrow("fill.site", self.site)?),
            cards: narrow("fill.cards", self.cards)?,
            islands,
            window: window("fill.until_hour", self.from_hour, self.until_hour)?,
            price: Price::from_micros(self.price),
            charge: Money::from_fen(self.charge),
            voucher: Money::from_fen(self.voucher),
            draws,
            net: Money::from_fen(self.net),
            fee: Money::from_fen(self.fee),
            tenant_fee: rate(self.tenant_fee_bps)?,
            provider_fee: rate(self.provider_fee_bps)?,
            vat: rate(self.vat_bps)?,
            at: Timestamp::from_micros(self.at),
            origin: self.predecessor.map_or(Origin::Match, |of| Origin::Change {
                of: LeaseId(of.cast_unsigned()),
            }),
            sla: self.sla()?,
        })
    }

    /// What its listing promised, where that was kept.
    fn sla(&self) -> Result<Option<Sla>, Corrupt> {
        let promised = self.sla_max_ppm.zip(self.sla_credit_ppm);
        let sla = |(most, credit)| {
            Ok(Sla {
                max_fault_rate: Fraction::from_ppm(narrow("fill.sla_max_ppm", most)?),
                credit_rate: Fraction::from_ppm(narrow("fill.sla_credit_ppm", credit)?),
            })
        };
        promised.map(sla).transpose()
    }
}

impl Batch {
    /// Adds a fill. Its lease is added apart, see [`super::lease::LeaseRow::new`].
    pub fn add_fill(&mut self, fill: &Fill) {
        self.fills.push(fill.into());
        let owner = fill.id.0.cast_signed();
        self.fill_islands.extend(fill.islands.iter().map(|share| FillIslandRow {
            fill: owner,
            island: i64::from(share.island),
            cards: i64::from(share.cards),
        }));
        self.fill_draws
            .extend(fill.draws.iter().enumerate().map(|(place, draw)| FillDrawRow {
                fill: owner,
                idx: count(place),
                voucher: draw.voucher.0.cast_signed(),
                amount: draw.amount.fen(),
            }));
    }
}

/// Which fills count as trades.
#[derive(Debug, Clone, Copy)]
pub struct TradeFilter {
    /// Of this accelerator.
    pub accelerator: AcceleratorId,
    /// At this site. None: at any.
    pub site: Option<SiteId>,
}

/// Fills before the slice's key, newest first, without their islands and vouchers. No index has a site alone: where one is
/// asked for, no more than `examined` fills of the accelerator are looked at.
pub fn newest(
    reader: &mut Reader,
    filter: Option<TradeFilter>,
    slice: Slice,
    examined: i64,
) -> Result<Found<Fill>, LoadError> {
    macro_rules! load {
        (order $order:expr; $($condition:expr),*) => {{
            let query = fill::table
                .filter(fill::id.lt(slice.key))
                .filter(fill::predecessor.is_null())
                $(.filter($condition))*
                .order($order)
                .limit(slice.limit + 1)
                .select(FillRow::columns());
            on!(&mut *reader, connection => query.load(connection))?
        }};
    }
    let mut floor = None;
    let rows: Vec<FillRow> = match filter {
        None => load!(order fill::id.desc();),
        Some(TradeFilter { accelerator, site }) => {
            let accelerator = fill::accelerator.eq(i64::from(accelerator.0));
            // Fills are numbered in the order of time, so that both orders are one; the index has this one.
            let order = (fill::at.desc(), fill::id.desc());
            let agreed = fill::table.find(slice.key).select(fill::at);
            let agreed: Option<i64> = on!(&mut *reader, connection => agreed.first(connection).optional())?;
            let earlier = fill::at.le(agreed.unwrap_or(i64::MAX));
            match site {
                None => load!(order order; accelerator, earlier),
                Some(site) => {
                    let last = fill::table
                        .filter(fill::id.lt(slice.key).and(accelerator).and(earlier))
                        .order(order)
                        .offset(examined - 1)
                        .limit(1)
                        .select((fill::at, fill::id));
                    let last: Option<(i64, i64)> = on!(&mut *reader, connection => last.first(connection).optional())?;
                    floor = last.map(|(_, id)| id);
                    let (at, id) = last.unwrap_or((i64::MIN, i64::MIN));
                    let later = fill::at.ge(at).and(fill::id.ge(id));
                    load!(order order; accelerator, earlier, later, fill::site.eq(i64::from(site.0)))
                }
            }
        }
    };
    let found = Found::cut(rows, slice, floor, |row| row.id);
    Ok(found.try_map(|row| row.fill(Vec::new(), Vec::new()))?)
}

/// Intervals of equal length, counted from the epoch.
#[derive(Debug, Clone, Copy)]
pub struct Buckets {
    /// How long each is.
    pub micros: i64,
    /// By how much they begin earlier than multiples of that.
    pub offset_micros: i64,
    /// Fills agreed from here on.
    pub from: Timestamp,
    /// Fills agreed before.
    pub until: Timestamp,
}

/// The fills agreed in one interval.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct BarRow {
    /// Its number.
    #[diesel(sql_type = BigInt)]
    pub bucket: i64,
    /// The first price, in micro-yuan.
    #[diesel(sql_type = BigInt)]
    pub open: i64,
    /// The highest.
    #[diesel(sql_type = BigInt)]
    pub high: i64,
    /// The lowest.
    #[diesel(sql_type = BigInt)]
    pub low: i64,
    /// The last one.
    #[diesel(sql_type = BigInt)]
    pub close: i64,
    /// Card-hours.
    #[diesel(sql_type = BigInt)]
    pub volume: i64,
    /// Σ whole yuan of the price × card-hours.
    #[diesel(sql_type = BigInt)]
    whole: i64,
    /// Σ micro-yuan beyond that × card-hours.
    #[diesel(sql_type = BigInt)]
    micros: i64,
    /// The charges, in fen.
    #[diesel(sql_type = BigInt)]
    pub amount: i64,
    /// How many.
    #[diesel(sql_type = BigInt)]
    pub trades: i64,
}

impl BarRow {
    /// Σ price × card-hours, in micro-yuan.
    pub fn worth_micros(&self) -> i128 {
        i128::from(self.whole) * 1_000_000 + i128::from(self.micros)
    }
}

/// The fills of each interval that has some, oldest first. The sums stay within 64 bits because prices are summed in whole
/// yuan and in what is beyond them apart.
pub fn bars(reader: &mut Reader, filter: TradeFilter, buckets: Buckets) -> Result<Vec<BarRow>, LoadError> {
    let Buckets {
        micros,
        offset_micros,
        from,
        until,
    } = buckets;
    let (from, until) = (from.micros(), until.micros());
    let accelerator = filter.accelerator.0;
    let site = filter
        .site
        .map_or_else(String::new, |id| format!("AND site = {} ", id.0));
    // Only numbers go into the text.
    let query = format!(
        "SELECT b.bucket, o.price AS open, b.high, b.low, c.price AS close, b.volume, b.whole, b.micros, b.amount, b.trades \
         FROM (SELECT bucket, MAX(price) AS high, MIN(price) AS low, CAST(SUM(hours) AS BIGINT) AS volume, \
         CAST(SUM(price / 1000000 * hours) AS BIGINT) AS whole, CAST(SUM(price % 1000000 * hours) AS BIGINT) AS micros, \
         CAST(SUM(charge) AS BIGINT) AS amount, COUNT(*) AS trades, MIN(id) AS first_id, MAX(id) AS last_id \
         FROM (SELECT (at + {offset_micros}) / {micros} AS bucket, id, price, charge, \
         cards * (until_hour - from_hour) AS hours FROM fill \
         WHERE accelerator = {accelerator} AND at >= {from} AND at < {until} AND predecessor IS NULL {site}) AS f GROUP BY bucket) AS b \
         JOIN fill AS o ON o.id = b.first_id JOIN fill AS c ON c.id = b.last_id ORDER BY b.bucket"
    );
    Ok(on!(reader, connection => diesel::sql_query(query).load(connection))?)
}

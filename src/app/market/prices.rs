//! Prices: trades by the hour or the day.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::trades::HistoryError;
use crate::app::replica::Replica;
use crate::domain::code::Code;
use crate::domain::money::{Money, Price};
use crate::domain::time::Timestamp;
use crate::engine::Rejection;
use crate::engine::matching::Product;
use crate::engine::rejection::{FieldRule, invalid};
use crate::store::Reader;
use crate::store::fill::{self, BarRow, Buckets, TradeFilter};

/// Most bars of one answer.
pub const BARS_MAX: i64 = 1_000;
/// Bars of one answer where no `from` is named.
const BARS_DEFAULT: i64 = 100;
const HOUR_MICROS: i64 = 3_600_000_000;

/// How long a bar is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum Interval {
    /// A whole hour in UTC.
    #[serde(rename = "1h")]
    Hour,
    /// A day in Asia/Shanghai, which begins at 16:00 UTC of the day before.
    #[serde(rename = "1d")]
    Day,
}

/// What is asked.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PricesQuery {
    /// Of which accelerator.
    pub accelerator: Code,
    /// At which site. None: all of them together.
    pub site: Option<Code>,
    /// How long the bars are.
    pub interval: Interval,
    /// Trades agreed from here on. None: so that there are a hundred bars at most.
    pub from: Option<Timestamp>,
    /// Trades agreed before. None: now.
    pub until: Option<Timestamp>,
}

/// The trades of one interval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct BarView {
    /// When the interval begins.
    pub from: Timestamp,
    /// When it ends.
    pub until: Timestamp,
    /// The first price.
    pub open: Price,
    /// The highest.
    pub high: Price,
    /// The lowest.
    pub low: Price,
    /// The last one.
    pub close: Price,
    /// Price by volume: the average of all card-hours traded, half up to the micro-yuan.
    pub vwap: Price,
    /// Card-hours.
    pub volume: i64,
    /// The charges.
    pub amount: Money,
    /// How many.
    pub trades: i64,
}

/// Bars, oldest first; intervals without trades are left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PricesView {
    /// Of which accelerator.
    pub accelerator: Code,
    /// At which site; null: at all of them together.
    pub site: Option<Code>,
    /// How long the bars are.
    pub interval: Interval,
    /// The bars.
    pub bars: Vec<BarView>,
}

impl Interval {
    fn micros(self) -> i64 {
        match self {
            Interval::Hour => HOUR_MICROS,
            Interval::Day => 24 * HOUR_MICROS,
        }
    }

    /// By how much intervals begin before those of UTC: no daylight saving in Shanghai since 1991.
    fn offset_micros(self) -> i64 {
        match self {
            Interval::Hour => 0,
            Interval::Day => 8 * HOUR_MICROS,
        }
    }

    fn number(self, at: Timestamp) -> i64 {
        at.micros()
            .saturating_add(self.offset_micros())
            .div_euclid(self.micros())
    }

    fn start(self, number: i64) -> Timestamp {
        let micros = number.saturating_mul(self.micros());
        Timestamp::from_micros(micros.saturating_sub(self.offset_micros()))
    }
}

/// Bars of the trades agreed in `[from, until)`.
///
/// # Errors
/// See [`HistoryError`]; [`Rejection::Invalid`] also where that may be more than [`BARS_MAX`] bars.
pub fn prices(replica: &Replica, reader: &mut Reader, query: &PricesQuery) -> Result<PricesView, HistoryError> {
    let Product { accelerator, site } =
        replica.read(|state| super::product(&state.catalogue, &query.accelerator, query.site.as_ref()))?;
    let interval = query.interval;
    let until = query
        .until
        .unwrap_or_else(|| Timestamp::from_micros(replica.now().micros().saturating_add(1)));
    let first = interval.number(until).saturating_sub(BARS_DEFAULT - 1);
    let from = query.from.unwrap_or_else(|| interval.start(first));
    if until <= from {
        return Err(invalid("/until", FieldRule::Reversed, "must come after from").into());
    }
    let last = Timestamp::from_micros(until.micros() - 1);
    if interval.number(last) - interval.number(from) >= BARS_MAX {
        return Err(invalid(
            "/from",
            FieldRule::TooMany,
            "must leave at most 1000 bars until the end",
        )
        .into());
    }
    let buckets = Buckets {
        micros: interval.micros(),
        offset_micros: interval.offset_micros(),
        from,
        until,
    };
    let rows = fill::bars(reader, TradeFilter { accelerator, site }, buckets)?;
    let bars: Result<Vec<BarView>, Rejection> = rows.iter().map(|row| bar(interval, row)).collect();
    Ok(PricesView {
        accelerator: query.accelerator.clone(),
        site: query.site.clone(),
        interval,
        bars: bars?,
    })
}

fn bar(interval: Interval, row: &BarRow) -> Result<BarView, Rejection> {
    Ok(BarView {
        from: interval.start(row.bucket),
        until: interval.start(row.bucket.saturating_add(1)),
        open: Price::from_micros(row.open),
        high: Price::from_micros(row.high),
        low: Price::from_micros(row.low),
        close: Price::from_micros(row.close),
        vwap: crate::domain::rounding::mean_price(row.worth_micros(), row.volume)?,
        volume: row.volume,
        amount: Money::from_fen(row.amount),
        trades: row.trades,
    })
}

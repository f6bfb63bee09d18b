//! Value-added tax: which rate a kind of supply has since when. Rates are data with their sources, `seeds/vat.csv`.
//!
//! The rate is that in force when the supply is made, not when it was agreed: when rates changed in 2018 and 2019, each was in force
//! for what became taxable from its day on (财税〔2018〕32号; 公告2019年第39号).

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::rate::BasisPoints;
use super::time::Timestamp;

/// A kind of supply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Supply {
    /// Information-technology services (信息技术服务): computing as a service, and the platform's brokerage.
    InformationService,
    /// Leasing of tangible movables (有形动产租赁): bare machines.
    Leasing,
}

/// Under which regime a supplier is taxed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Taxpayer {
    /// A general taxpayer (一般纳税人).
    General,
    /// A small-scale taxpayer (小规模纳税人).
    SmallScale,
}

/// What an invoice's rate depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
pub struct VatKind {
    /// What is supplied.
    pub supply: Supply,
    /// By whom.
    pub taxpayer: Taxpayer,
}

impl VatKind {
    /// Computing as a service by a general taxpayer: the usual case.
    pub const COMPUTING: VatKind = VatKind {
        supply: Supply::InformationService,
        taxpayer: Taxpayer::General,
    };
}

/// A rate from a day on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VatRate {
    /// Of what.
    pub kind: VatKind,
    /// Its first instant: midnight in Asia/Shanghai.
    pub from: Timestamp,
    /// The rate on the amount without tax; zero: exempt.
    pub rate: BasisPoints,
    /// The circular or law.
    pub source: String,
}

/// Why a table of rates cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the VAT table: {reason}")]
pub struct VatTableError {
    line: usize,
    reason: &'static str,
}

/// All rates, by kind and first instant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VatTable(Vec<VatRate>);

impl VatTable {
    /// The rates that the binary carries.
    pub fn published() -> &'static VatTable {
        static TABLE: LazyLock<VatTable> =
            LazyLock::new(|| VatTable::read(include_str!("../../seeds/vat.csv")).unwrap_or_default());
        &TABLE
    }

    /// Reads lines of `supply,taxpayer,from,rate_bps,source` after a heading. Only the source may have commas.
    ///
    /// # Errors
    /// A line is no rate, or a rate of one kind and day is there twice.
    pub fn read(text: &str) -> Result<VatTable, VatTableError> {
        let mut rates = Vec::new();
        for (number, row) in (1..)
            .zip(text.lines())
            .skip(1)
            .filter(|(_, row)| !row.trim().is_empty())
        {
            let rate = rate(row).map_err(|reason| VatTableError { line: number, reason })?;
            let is_known = |known: &VatRate| (known.kind, known.from) == (rate.kind, rate.from);
            if rates.iter().any(is_known) {
                let reason = "the rate of this kind and day is there already";
                return Err(VatTableError { line: number, reason });
            }
            rates.push(rate);
        }
        rates.sort_by_key(|rate| (rate.kind, rate.from));
        Ok(VatTable(rates))
    }

    /// The rate of a supply made at an instant; none before the first one.
    pub fn rate(&self, kind: VatKind, supplied_at: Timestamp) -> Option<BasisPoints> {
        self.row(kind, supplied_at).map(|row| row.rate)
    }

    /// The rate with its source.
    pub fn row(&self, kind: VatKind, supplied_at: Timestamp) -> Option<&VatRate> {
        self.0.iter().rfind(|row| row.kind == kind && row.from <= supplied_at)
    }

    /// All rates, by kind and first instant.
    pub fn rates(&self) -> &[VatRate] {
        &self.0
    }
}

fn rate(row: &str) -> Result<VatRate, &'static str> {
    let mut cells = row.splitn(5, ',').map(str::trim);
    let mut cell = || cells.next().filter(|cell| !cell.is_empty());
    let supply = match cell() {
        Some("information_service") => Supply::InformationService,
        Some("leasing") => Supply::Leasing,
        _ => return Err("names no kind of supply"),
    };
    let taxpayer = match cell() {
        Some("general") => Taxpayer::General,
        Some("small_scale") => Taxpayer::SmallScale,
        _ => return Err("names no kind of taxpayer"),
    };
    let midnight = cell().map(|day| format!("{day}T00:00:00+08:00"));
    let from = midnight.and_then(|midnight| midnight.parse().ok());
    let bps = cell().and_then(|bps| bps.parse().ok()).map(BasisPoints);
    Ok(VatRate {
        kind: VatKind { supply, taxpayer },
        from: from.ok_or("has no day such as 2019-04-01")?,
        rate: bps
            .filter(|bps| *bps <= BasisPoints::WHOLE)
            .ok_or("has no rate between 0 and 10000 basis points")?,
        source: cell().ok_or("names no source")?.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn what_the_binary_carries_can_be_read() {
        let carried = VatTable::read(include_str!("../../seeds/vat.csv")).unwrap();
        assert_eq!(&carried, VatTable::published());
        assert_eq!(carried.rates().len(), 14);
    }

    #[test]
    fn a_rate_is_in_force_from_midnight_in_hangzhou_until_the_next_one() {
        let leasing = |taxpayer| VatKind {
            supply: Supply::Leasing,
            taxpayer,
        };
        let table = VatTable::published();
        for (kind, instant, bps) in [
            (leasing(Taxpayer::General), "2016-04-30T15:59:59Z", None),
            (leasing(Taxpayer::General), "2016-04-30T16:00:00Z", Some(1_700)),
            (leasing(Taxpayer::General), "2018-04-30T15:59:59.999999Z", Some(1_700)),
            (leasing(Taxpayer::General), "2018-05-01T00:00:00+08:00", Some(1_600)),
            (leasing(Taxpayer::General), "2019-03-31T23:59:59+08:00", Some(1_600)),
            (leasing(Taxpayer::General), "2026-11-24T00:00:00Z", Some(1_300)),
            (leasing(Taxpayer::SmallScale), "2022-06-01T00:00:00Z", Some(0)),
            (leasing(Taxpayer::SmallScale), "2026-11-24T00:00:00Z", Some(100)),
            (VatKind::COMPUTING, "2026-11-24T00:00:00Z", Some(600)),
        ] {
            assert_eq!(
                table.rate(kind, at(instant)),
                bps.map(BasisPoints),
                "{kind:?} {instant}"
            );
        }
    }

    #[test]
    fn lines_that_are_no_rates_are_named() {
        let refused = |row: &str| {
            let table = VatTable::read(&format!("supply,taxpayer,from,rate_bps,source\n{row}\n"));
            table.map(|_| ()).map_err(|error| error.to_string())
        };
        let good = "leasing,general,2019-04-01,1300,a, b";
        assert_eq!(refused(good), Ok(()));
        for (row, reason) in [
            (
                "rent,general,2019-04-01,1300,a",
                "line 2 of the VAT table: names no kind of supply",
            ),
            (
                "leasing,big,2019-04-01,1300,a",
                "line 2 of the VAT table: names no kind of taxpayer",
            ),
            (
                "leasing,general,2019-04-31,1300,a",
                "line 2 of the VAT table: has no day such as 2019-04-01",
            ),
            (
                "leasing,general,2019-04-01,10001,a",
                "line 2 of the VAT table: has no rate between 0 and 10000 basis points",
            ),
            (
                "leasing,general,2019-04-01,1300,",
                "line 2 of the VAT table: names no source",
            ),
        ] {
            assert_eq!(refused(row), Err(reason.to_owned()));
        }
        let twice = refused(&format!("{good}\n{good}"));
        assert_eq!(
            twice,
            Err("line 3 of the VAT table: the rate of this kind and day is there already".to_owned())
        );
    }
}

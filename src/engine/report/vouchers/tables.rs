//! What the report says, and how it stands in tables.

use serde::Serialize;

use crate::domain::id::{OrgId, ProgrammeId};
use crate::domain::money::{Money, Overflow};
use crate::engine::report::figure::{Period, Ratio};
use crate::engine::report::section::{Cell, Section};

/// What became of vouchers. Granted = available + held + reserved + redeemed + recovered + expired + lapsed + returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Uses {
    /// How many vouchers.
    pub vouchers: u64,
    /// Granted.
    pub granted: Money,
    /// Can still pay.
    pub available: Money,
    /// Bound by open bids.
    pub held: Money,
    /// Bound by leases.
    pub reserved: Money,
    /// Paid settled charges and claims, net of what was given back or taken back.
    pub redeemed: Money,
    /// Redeemed and taken back.
    pub recovered: Money,
    /// Expired and back in the pot.
    pub expired: Money,
    /// Expired for good.
    pub lapsed: Money,
    /// Back in the pot before its time: the voucher was revoked, its programme closed, or the claim that it was made for not paid.
    pub returned: Money,
}

impl Uses {
    pub(in crate::engine::report) fn plus(&self, other: &Uses) -> Result<Uses, Overflow> {
        Ok(Uses {
            vouchers: self.vouchers + other.vouchers,
            granted: self.granted.plus(other.granted)?,
            available: self.available.plus(other.available)?,
            held: self.held.plus(other.held)?,
            reserved: self.reserved.plus(other.reserved)?,
            redeemed: self.redeemed.plus(other.redeemed)?,
            recovered: self.recovered.plus(other.recovered)?,
            expired: self.expired.plus(other.expired)?,
            lapsed: self.lapsed.plus(other.lapsed)?,
            returned: self.returned.plus(other.returned)?,
        })
    }
}

/// A treasury that pays a part of a programme.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PayerFigures {
    /// Who.
    pub payer: String,
    /// Settled and not yet received.
    pub receivable: Money,
}

/// A programme.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProgrammeFigures {
    /// Its identifier.
    pub id: ProgrammeId,
    /// Its public name and version.
    pub code: String,
    /// Appropriated.
    pub pot: Money,
    /// Left to be granted.
    pub pot_left: Money,
    /// What became of the vouchers granted in the period.
    #[serde(flatten)]
    pub uses: Uses,
    /// Redeemed net of recovery ÷ granted; null where nothing was granted.
    pub use_rate: Ratio,
    /// (Redeemed net of recovery + reserved) ÷ granted.
    pub bound_rate: Ratio,
    /// Who pays it.
    pub payers: Vec<PayerFigures>,
}

/// The vouchers that were granted in one month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CohortFigures {
    /// The programme's public name and version; none: all programmes together.
    pub programme: Option<String>,
    /// The month in Asia/Shanghai.
    pub month: String,
    /// What became of the vouchers granted in it.
    #[serde(flatten)]
    pub uses: Uses,
    /// Redeemed net of recovery ÷ granted.
    pub use_rate: Ratio,
    /// (Expired + lapsed) ÷ granted.
    pub expiry_rate: Ratio,
}

/// An organisation that was granted vouchers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HolderFigures {
    /// Its identifier.
    pub org: OrgId,
    /// Its name.
    pub name: String,
    /// What became of its vouchers.
    #[serde(flatten)]
    pub uses: Uses,
    /// Redeemed ÷ granted.
    pub use_rate: Ratio,
}

/// The report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VouchersReport {
    /// In which the vouchers were granted.
    pub period: Period,
    /// By programme.
    pub programmes: Vec<ProgrammeFigures>,
    /// By month of grant: each programme, then all of them together.
    pub cohorts: Vec<CohortFigures>,
    /// The organisations that were granted most.
    pub holders: Vec<HolderFigures>,
}

impl VouchersReport {
    /// As tables.
    pub fn sections(&self) -> Vec<Section> {
        let programmes = self.programmes.iter().map(|one| {
            let uses = &one.uses;
            let mut row: Vec<Cell> = vec![one.code.clone().into(), one.pot.into(), one.pot_left.into()];
            row.extend(uses_cells(uses));
            row.extend([one.use_rate.into(), one.bound_rate.into()]);
            row
        });
        let cohorts = self.cohorts.iter().map(|one| {
            let name = one.programme.clone().unwrap_or_else(|| "all programmes".to_owned());
            let mut row: Vec<Cell> = vec![name.into(), one.month.clone().into()];
            row.extend(uses_cells(&one.uses));
            row.extend([one.use_rate.into(), one.expiry_rate.into()]);
            row
        });
        let payers = self.programmes.iter().flat_map(|one| {
            let row = |payer: &PayerFigures| {
                vec![
                    one.code.clone().into(),
                    payer.payer.clone().into(),
                    payer.receivable.into(),
                ]
            };
            one.payers.iter().map(row)
        });
        let holders = self.holders.iter().map(|one| {
            let mut row: Vec<Cell> = vec![one.name.clone().into()];
            row.extend(uses_cells(&one.uses));
            row.push(one.use_rate.into());
            row
        });
        vec![
            Section::new(
                "vouchers by programme",
                &[
                    "programme",
                    "pot",
                    "left in pot",
                    "vouchers",
                    "granted",
                    "available",
                    "reserved",
                    "redeemed",
                    "expired",
                    "lapsed",
                    "returned",
                    "recovered",
                    "use rate",
                    "use + reserved",
                ],
                programmes,
            ),
            Section::new(
                "use rate by month of grant",
                &[
                    "programme",
                    "granted in",
                    "vouchers",
                    "granted",
                    "available",
                    "reserved",
                    "redeemed",
                    "expired",
                    "lapsed",
                    "returned",
                    "recovered",
                    "use rate",
                    "expiry rate",
                ],
                cohorts,
            ),
            Section::new(
                "receivable from treasuries",
                &["programme", "payer", "receivable"],
                payers,
            ),
            Section::new(
                "largest voucher holders",
                &[
                    "organisation",
                    "vouchers",
                    "granted",
                    "available",
                    "reserved",
                    "redeemed",
                    "expired",
                    "lapsed",
                    "returned",
                    "recovered",
                    "use rate",
                ],
                holders,
            ),
        ]
    }
}

/// In this order: vouchers, granted, available, reserved, redeemed, expired, lapsed, returned, recovered.
pub(in crate::engine::report) fn uses_cells(uses: &Uses) -> [Cell; 9] {
    [
        uses.vouchers.into(),
        uses.granted.into(),
        uses.available.into(),
        uses.reserved.into(),
        uses.redeemed.into(),
        uses.expired.into(),
        uses.lapsed.into(),
        uses.returned.into(),
        uses.recovered.into(),
    ]
}

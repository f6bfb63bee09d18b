//! Voucher programmes: a city's rules as data. Field names are those of PROGRAMMES.md.

use serde::{Deserialize, Serialize};

use super::code::Code;
use super::id::ProgrammeId;
use super::money::Money;
use super::organisation::OrgKind;
use super::rate::{BasisPoints, Fraction};
use super::rounding::Rounding;
use super::time::Timestamp;

/// When a row of the rate table applies; what is not said does not matter.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RateCondition {
    /// The accelerator is (not) domestic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domestic: Option<bool>,
    /// The site is one of these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sites: Option<Vec<Code>>,
}

/// A row of the rate table; the first one whose condition holds counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RateRow {
    /// When it applies.
    #[serde(default)]
    pub when: RateCondition,
    /// The subsidised share.
    pub rate_bps: BasisPoints,
}

/// Who pays which share of a subsidy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CoFunder {
    /// The paying treasury.
    pub payer: String,
    /// Its share; all shares add up to 10,000.
    pub share_bps: BasisPoints,
}

/// What happens with what a voucher has left when it expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnExpiry {
    /// It can be granted again.
    Pot,
    /// It is gone.
    Lapse,
}

/// When and how a programme pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PayMode {
    /// Deducted at settlement.
    Deduct,
}

/// Over which period an entity's cap counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CapPeriod {
    /// The calendar year in Asia/Shanghai.
    Year,
    /// The whole life of the programme.
    Programme,
}

/// A programme's rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProgrammeRules {
    /// Its public name.
    pub id: Code,
    /// Version of the rules.
    #[serde(default = "first_version")]
    pub version: u32,
    /// What may be granted in all.
    pub pot: Money,
    /// First match counts; no match, no subsidy.
    pub rates: Vec<RateRow>,
    /// Most that one entity gets in a period.
    #[serde(default)]
    pub cap_per_entity: Option<Money>,
    /// That period.
    #[serde(default = "year")]
    pub cap_period: CapPeriod,
    /// The subsidised price is at most the reference price times this; no reference price, no such cap.
    #[serde(default)]
    pub reference_price_cap: Option<Fraction>,
    /// First instant at which its vouchers can pay.
    pub valid_from: Timestamp,
    /// The instant at which the last of its vouchers expire.
    pub valid_until: Timestamp,
    /// A voucher's own life, if that ends earlier.
    #[serde(default)]
    pub validity_days: Option<u32>,
    /// What happens with what is left then.
    #[serde(default = "to_the_pot")]
    pub on_expiry: OnExpiry,
    /// Lower burns first among vouchers that expire together.
    #[serde(default)]
    pub priority: u32,
    /// Who pays; a single payer where nothing is said.
    #[serde(default)]
    pub co_funding: Vec<CoFunder>,
    /// Who may hold its vouchers; anybody registered as one of these.
    #[serde(default = "tenants")]
    pub eligible_kinds: Vec<OrgKind>,
    /// How the subsidy is rounded to fen.
    #[serde(default = "floor")]
    pub rounding: Rounding,
    /// How it pays.
    #[serde(default = "deduct")]
    pub pay_mode: PayMode,
}

fn first_version() -> u32 {
    1
}

fn year() -> CapPeriod {
    CapPeriod::Year
}

fn to_the_pot() -> OnExpiry {
    OnExpiry::Pot
}

fn tenants() -> Vec<OrgKind> {
    vec![OrgKind::Tenant]
}

fn floor() -> Rounding {
    Rounding::Floor
}

fn deduct() -> PayMode {
    PayMode::Deduct
}

/// A programme that was opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Programme {
    /// Its identifier.
    pub id: ProgrammeId,
    /// Its rules, frozen.
    pub rules: ProgrammeRules,
}

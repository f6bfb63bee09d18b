//! Voucher programmes: a city's rules as data. Field names are those of PROGRAMMES.md.

pub mod eligibility;
pub mod funding;
pub mod limit;
pub mod process;
pub mod rate;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use self::eligibility::{EligibleEntity, ProviderRule, RelatedParty, RoleConflict};
use self::funding::{ClaimsFrom, CoFunder, OnExpiry, PayMode};
use self::limit::{Allocation, CapPeriod, CapRow, Stacking};
use self::process::{
    Authority, Clawback, EvidenceRule, Level, Names, Period, Provenance, ReviewStage, VoucherKind, Windows,
};
use self::rate::{RateBase, RateRow, ServiceItem, TaxBasis, ThresholdMode, UpperMatch};
use super::code::Code;
use super::id::{OrgId, ProgrammeId, UserId};
use super::money::Money;
use super::organisation::OrgKind;
use super::rate::Fraction;
use super::rounding::Rounding;
use super::time::Timestamp;

/// A programme's rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProgrammeRules {
    /// Its public name.
    pub id: Code,
    /// Version of the rules.
    #[serde(default = "first_version")]
    pub version: u32,
    /// What it is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Names>,
    /// The level of government.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    /// Where it is in force, as digits of GB/T 2260: `3301` is Hangzhou.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jurisdiction: Option<String>,
    /// Who takes part.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authorities: Vec<Authority>,
    /// What its vouchers are for.
    #[serde(default)]
    pub voucher_kind: VoucherKind,
    /// What may be granted in all.
    pub pot: Money,
    /// For which period that is; a programme that goes on is appropriated anew by its next version.
    #[serde(default = "programme")]
    pub pot_period: CapPeriod,
    /// Who pays; a single payer where nothing is said.
    #[serde(default)]
    pub co_funding: Vec<CoFunder>,
    /// First match counts; no match, no subsidy.
    pub rates: Vec<RateRow>,
    /// What happens where a threshold of the rates lies inside a contract.
    #[serde(default)]
    pub threshold_mode: ThresholdMode,
    /// Of which amount the rate is taken.
    #[serde(default)]
    pub rate_base: RateBase,
    /// What of a contract counts.
    #[serde(default = "compute")]
    pub included_items: Vec<ServiceItem>,
    /// The subsidised price is at most the reference price times this; no reference price, no such cap.
    #[serde(default)]
    pub reference_price_cap: Option<Fraction>,
    /// Most that one entity gets in a period, its owner group together.
    #[serde(default)]
    pub cap_per_entity: Option<Money>,
    /// Other caps for some entities; the first that fits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cap_rows: Vec<CapRow>,
    /// That period.
    #[serde(default = "year")]
    pub cap_period: CapPeriod,
    /// Whether two people may lift the cap of an entity.
    #[serde(default)]
    pub cap_exception: bool,
    /// Most that is paid of one contract.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap_per_contract: Option<Money>,
    /// What an entity must spend in a period before anything is paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_spend: Option<Money>,
    /// Who may hold its vouchers; anybody registered as one of these.
    #[serde(default = "tenants")]
    pub eligible_kinds: Vec<OrgKind>,
    /// What they must be beyond that.
    #[serde(default)]
    pub eligible_entity: EligibleEntity,
    /// From which providers may be bought.
    #[serde(default)]
    pub provider_rule: ProviderRule,
    /// When two organisations are related.
    #[serde(default)]
    pub related_party: RelatedParty,
    /// Which roles exclude each other.
    #[serde(default)]
    pub role_conflict: RoleConflict,
    /// Ceilings together with other programmes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stacking: Vec<Stacking>,
    /// The programmes that it follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upper_match: Option<UpperMatch>,
    /// When contracts must have been signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract_signed: Option<Period>,
    /// When applications and claims are taken.
    #[serde(default)]
    pub windows: Windows,
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
    /// How many days before that its holder is told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alert_days: Vec<u32>,
    /// Lower burns first among vouchers that expire together.
    #[serde(default)]
    pub priority: u32,
    /// How it pays.
    #[serde(default = "deduct")]
    pub pay_mode: PayMode,
    /// Where a programme that reimburses takes its money from; none: out of granted vouchers where applications are reviewed or
    /// somebody was granted one, else out of the pot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claims_from: Option<ClaimsFrom>,
    /// Working days of public notice (公示) before a grant; none: there is no notice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice_working_days: Option<u32>,
    /// Whether a voucher may pay in parts.
    #[serde(default = "yes")]
    pub divisible: bool,
    /// Whether a voucher may be passed on. No voucher of this exchange may.
    #[serde(default)]
    pub transferable: bool,
    /// Whether a voucher may be turned into money. No voucher of this exchange may.
    #[serde(default)]
    pub cashable: bool,
    /// How a pot that does not suffice is shared.
    #[serde(default)]
    pub allocation_when_short: Allocation,
    /// Documents that must come.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<EvidenceRule>,
    /// The stages of the review of an application, in order; none: whoever issues decides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub review_chain: Vec<ReviewStage>,
    /// What follows a breach; none: money is taken back, without a fine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clawback: Option<Clawback>,
    /// How the subsidy is rounded to fen.
    #[serde(default = "floor")]
    pub rounding: Rounding,
    /// Whether it is taken of prices with or without VAT.
    #[serde(default)]
    pub tax_basis: TaxBasis,
    /// For how many days documents are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention_days: Option<u32>,
    /// Where each rule comes from, by its JSON pointer in the file, such as `/rates/0`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub provenance: BTreeMap<String, Provenance>,
}

fn first_version() -> u32 {
    1
}

fn programme() -> CapPeriod {
    CapPeriod::Programme
}

fn year() -> CapPeriod {
    CapPeriod::Year
}

fn compute() -> Vec<ServiceItem> {
    vec![ServiceItem::Compute]
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

fn yes() -> bool {
    true
}

/// Where a programme stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProgrammeState {
    /// Written by one person.
    Draft,
    /// Approved by another one.
    Approved,
    /// Appropriated; grants are made and vouchers pay.
    #[default]
    Open,
    /// Nothing is granted or claimed any more; what is reserved is still paid.
    Closed,
    /// Everything is paid and accounted for; nothing moves any more.
    Reconciled,
    /// A draft that was not approved.
    Rejected,
}

impl ProgrammeState {
    /// Its name in lists.
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Approved => "approved",
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Reconciled => "reconciled",
            Self::Rejected => "rejected",
        }
    }
}

/// So many organisations were invited to apply. Who they are stays with the issuer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Invitation {
    /// When they were invited.
    pub on: Timestamp,
    /// How many.
    pub organisations: u32,
    /// Who has recorded it.
    pub by: UserId,
}

/// A programme.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Programme {
    /// Its identifier.
    pub id: ProgrammeId,
    /// Whose it is; none: any issuer may act for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<OrgId>,
    /// Where it stands.
    #[serde(default)]
    pub state: ProgrammeState,
    /// Who wrote it; none: the operator's own script.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maker: Option<UserId>,
    /// Who approved it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checker: Option<UserId>,
    /// Its rules, frozen; those of its newest version.
    pub rules: ProgrammeRules,
    /// The rules of the versions before, which still govern what was granted under them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<ProgrammeRules>,
    /// How many organisations were invited to apply, as its issuer has recorded it, in the order of recording.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub invitations: Vec<Invitation>,
}

impl Programme {
    /// A programme that is open, of no issuer in particular.
    pub fn open(id: ProgrammeId, rules: ProgrammeRules) -> Programme {
        Programme {
            id,
            issuer: None,
            state: ProgrammeState::Open,
            maker: None,
            checker: None,
            rules,
            earlier: Vec::new(),
            invitations: Vec::new(),
        }
    }

    /// The rules of a version.
    pub fn rules_of(&self, version: u32) -> Option<&ProgrammeRules> {
        std::iter::once(&self.rules)
            .chain(&self.earlier)
            .find(|rules| rules.version == version)
    }
}

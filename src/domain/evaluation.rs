//! How a subsidy was found: every rule that spoke, in order, with its numbers.

use serde::{Deserialize, Serialize};

use super::id::ProgrammeId;
use super::money::{Money, Price};
use super::rate::{BasisPoints, Fraction};
use super::rounding::Rounding;

/// A rule that spoke. Amounts are what the base or the subsidy is after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "rule", rename_all = "snake_case")]
pub enum Step {
    /// The programme pays nothing here, and why; nothing else was looked at.
    Refused {
        /// Why.
        reason: RefusalReason,
    },
    /// What the entity has spent in the period, this deal included, was held against the least that it must spend.
    MinSpend {
        /// The least.
        least: Money,
        /// What it has spent.
        spent: Money,
    },
    /// The amount of which the share is taken.
    Base {
        /// That amount.
        amount: Money,
    },
    /// The base was cut to the reference price.
    ReferencePrice {
        /// The reference price.
        reference: Price,
        /// What it is multiplied with.
        cap: Fraction,
        /// What the base is then.
        amount: Money,
    },
    /// VAT was taken out of the base.
    Tax {
        /// The rate of VAT.
        vat_bps: BasisPoints,
        /// What the base is then, rounded half up for reading only.
        amount: Money,
    },
    /// A row of the rate table was taken.
    Rate {
        /// Its place, from 0.
        row: usize,
        /// Whether that is a row of the table for matching another programme's decision.
        matched: bool,
        /// The share.
        rate_bps: BasisPoints,
        /// The slice of the base to which it applies, rounded half up for reading only.
        of: Money,
        /// What all slices so far come to, rounded as the programme says.
        amount: Money,
    },
    /// The exact amount had a fraction of a fen.
    Rounded {
        /// How it was rounded.
        rounding: Rounding,
        /// To what.
        amount: Money,
    },
    /// A limit was looked at.
    Cap {
        /// Which one.
        cap: Cap,
        /// Its amount.
        limit: Money,
        /// What counts against it already.
        used: Money,
        /// What it leaves.
        left: Money,
        /// What the subsidy is then.
        amount: Money,
    },
}

/// Why a programme pays nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RefusalReason {
    /// The entity is not known to be of a kind that the programme is for.
    EntityKind,
    /// The entity is not known to be of a size that the programme is for.
    EntitySize,
    /// The entity's social credit code begins otherwise.
    EntityCode,
    /// The entity is not known to be registered where the programme is in force.
    EntityArea,
    /// The entity is not known to be in an industry that the programme is for.
    EntityIndustry,
    /// The entity is not known to be old enough.
    EntityTooYoung,
    /// The entity is not known to be young enough.
    EntityTooOld,
    /// The entity is not known to have been without a record for long enough.
    EntityRecord,
    /// The contract was signed outside of the period that the programme says.
    ContractSigned,
    /// The provider is not in the programme's list on the day.
    ProviderNotListed,
    /// The provider is not listed for the item.
    ProviderItem,
    /// The provider's listed capacity is too small.
    ProviderCapacity,
    /// The entity has not spent enough in the period.
    MinSpend,
    /// Nothing of the deal counts, such as computing where only storage is included.
    NothingCounts,
    /// No row of the rate table fits.
    NoRate,
    /// Other programmes pay of the contract, and this one bears no other.
    OtherSubsidy,
    /// The provider is related to the tenant.
    RelatedParty,
    /// The tenant is kept out of the issuer's programmes.
    Banned,
    /// Somebody of the tenant's owner group is listed as a provider, and the programme lets no provider receive.
    RoleConflict,
    /// The programme takes no new fills.
    NotOpen,
    /// The programme pays after payment, not at settlement.
    NotDeducted,
    /// No single voucher covers the whole subsidy, and the programme's vouchers do not pay in parts.
    Indivisible,
}

/// A limit of a subsidy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Cap {
    /// Of one contract.
    Contract,
    /// Of several programmes together on one contract.
    Stacking {
        /// Place of the rule, from 0.
        place: usize,
        /// Row of its ceilings, from 0.
        row: usize,
    },
    /// Of an entity in the period.
    Entity,
    /// Of an entity in the period, by a row for some entities.
    EntityRow {
        /// Its place, from 0.
        row: usize,
    },
    /// Of this entity in the period, lifted by two people.
    EntityLifted,
    /// What was paid in before and is not promised yet.
    Reserve,
    /// What the entity's vouchers have left.
    Voucher,
    /// What the pot has left.
    Pot,
    /// Of several programmes together on one contract, by a rule of another one of them.
    Other {
        /// That one.
        programme: ProgrammeId,
    },
}

impl Cap {
    /// The rule in the programme's file, as a JSON pointer.
    pub fn pointer(self) -> String {
        match self {
            Self::Contract => "/cap_per_contract".to_owned(),
            Self::Stacking { place, row } => format!("/stacking/{place}/ceilings/{row}"),
            Self::Entity => "/cap_per_entity".to_owned(),
            Self::EntityRow { row } => format!("/cap_rows/{row}"),
            Self::EntityLifted => "/cap_exception".to_owned(),
            Self::Reserve => "/pay_mode".to_owned(),
            Self::Voucher | Self::Pot => "/pot".to_owned(),
            Self::Other { .. } => "/stacking".to_owned(),
        }
    }
}

impl RefusalReason {
    /// The rule in the programme's file, as a JSON pointer; empty where no single rule says it.
    pub fn pointer(self) -> &'static str {
        match self {
            Self::EntityKind => "/eligible_entity/kinds",
            Self::EntitySize => "/eligible_entity/sizes",
            Self::EntityCode => "/eligible_entity/uscc_prefixes",
            Self::EntityArea => "/eligible_entity/areas",
            Self::EntityIndustry => "/eligible_entity/industries",
            Self::EntityTooYoung => "/eligible_entity/age_min_months",
            Self::EntityTooOld => "/eligible_entity/age_below_months",
            Self::EntityRecord => "/eligible_entity/clean_years",
            Self::ContractSigned => "/contract_signed",
            Self::ProviderNotListed => "/provider_rule/listed",
            Self::ProviderItem => "/provider_rule/item",
            Self::ProviderCapacity => "/provider_rule/capacity_min_p",
            Self::MinSpend => "/min_spend",
            Self::NothingCounts => "/included_items",
            Self::NoRate => "/rates",
            Self::OtherSubsidy => "/stacking",
            Self::RelatedParty => "/related_party",
            Self::Banned => "/clawback/ban_months",
            Self::NotOpen => "",
            Self::RoleConflict => "/role_conflict",
            Self::NotDeducted => "/pay_mode",
            Self::Indivisible => "/divisible",
        }
    }
}

impl Step {
    /// The rule in the programme's file, as a JSON pointer; empty where no single rule says it.
    pub fn pointer(&self) -> String {
        match self {
            Self::Refused { reason } => reason.pointer().to_owned(),
            Self::MinSpend { .. } => "/min_spend".to_owned(),
            Self::Base { .. } => "/rate_base".to_owned(),
            Self::ReferencePrice { .. } => "/reference_price_cap".to_owned(),
            Self::Tax { .. } => "/tax_basis".to_owned(),
            Self::Rate { row, matched: true, .. } => format!("/upper_match/rates/{row}"),
            Self::Rate { row, .. } => format!("/rates/{row}"),
            Self::Rounded { .. } => "/rounding".to_owned(),
            Self::Cap { cap, .. } => cap.pointer(),
        }
    }
}

/// The rule that decided: the refusal; else the last limit that took something away; else the last row of the rates.
pub fn decided_by(steps: &[Step]) -> Option<&Step> {
    let mut decided = None;
    let mut before = Money::ZERO;
    for step in steps {
        match step {
            Step::Refused { .. } => return Some(step),
            Step::Rate { amount, .. } => {
                decided = Some(step);
                before = *amount;
            }
            Step::Cap { amount, .. } => {
                if *amount < before {
                    decided = Some(step);
                }
                before = *amount;
            }
            Step::MinSpend { .. }
            | Step::Base { .. }
            | Step::ReferencePrice { .. }
            | Step::Tax { .. }
            | Step::Rounded { .. } => {}
        }
    }
    decided
}

/// How one programme answered for one fill: the whole of what an auditor needs to follow its amount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Evaluation {
    /// The programme.
    pub programme: ProgrammeId,
    /// The version of its rules that counted.
    pub version: u32,
    /// The rules that spoke, in order.
    pub steps: Vec<Step>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(fen: i64) -> Step {
        Step::Rate {
            row: 1,
            matched: false,
            rate_bps: BasisPoints(3_000),
            of: Money::from_fen(1_000),
            amount: Money::from_fen(fen),
        }
    }

    fn cap(cap: Cap, fen: i64) -> Step {
        let amount = Money::from_fen(fen);
        Step::Cap {
            cap,
            limit: amount,
            used: Money::ZERO,
            left: amount,
            amount,
        }
    }

    #[test]
    fn the_last_limit_that_takes_something_away_decides() {
        let decided = |steps: &[Step]| decided_by(steps).map(Step::pointer);
        assert_eq!(decided(&[]), None);
        assert_eq!(
            decided(&[rate(300), cap(Cap::Contract, 300)]).as_deref(),
            Some("/rates/1")
        );
        let both = [rate(300), cap(Cap::Contract, 200), cap(Cap::Entity, 100)];
        assert_eq!(decided(&both).as_deref(), Some("/cap_per_entity"));
        let first = [rate(300), cap(Cap::Contract, 200), cap(Cap::EntityRow { row: 2 }, 200)];
        assert_eq!(decided(&first).as_deref(), Some("/cap_per_contract"));
        let refused = Step::Refused {
            reason: RefusalReason::Indivisible,
        };
        assert_eq!(decided(&[rate(300), refused]).as_deref(), Some("/divisible"));
    }
}

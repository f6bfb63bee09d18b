//! How a subsidy was found: every rule that spoke, in order, with its numbers.

use serde::{Deserialize, Serialize};

use super::money::{Money, Price};
use super::rate::{BasisPoints, Fraction};
use super::rounding::Rounding;

/// A rule that spoke.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "rule", rename_all = "snake_case")]
pub enum Step {
    /// The programme pays nothing here, and why; nothing else was looked at.
    Refused {
        /// Why.
        reason: RefusalReason,
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
    /// A row of the rate table was taken.
    Rate {
        /// Its place, from 0.
        row: usize,
        /// The share.
        rate_bps: BasisPoints,
        /// How fractions of a fen are rounded.
        rounding: Rounding,
        /// What it comes to.
        amount: Money,
    },
    /// A limit was looked at.
    Cap {
        /// Which one.
        cap: Cap,
        /// What it leaves.
        left: Money,
        /// What the subsidy is then.
        amount: Money,
    },
}

/// Why a programme pays nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RefusalReason {
    /// No row of the rate table fits.
    NoRate,
    /// The provider is related to the tenant.
    RelatedParty,
}

/// A limit of a subsidy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Cap {
    /// What the entity may still draw in the period.
    Entity,
    /// What its vouchers have left.
    Voucher,
    /// Of one contract.
    Contract,
    /// Of several programmes together on one contract.
    Stacking,
    /// What the pot has left.
    Pot,
}

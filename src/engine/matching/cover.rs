//! Covers: the ways in which free cards can serve a bid.

use crate::domain::bid::Alternative;
use crate::domain::id::{ListingId, OrgId, SiteId};
use crate::domain::lease::IslandShare;
use crate::domain::money::{Money, Price};
use crate::domain::rate::BasisPoints;
use crate::domain::rounding::Rounding;
use crate::domain::time::Window;

/// What one listing gives to a cover.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The listing.
    pub listing: ListingId,
    /// Who lets the cards.
    pub provider: OrgId,
    /// Where they stand.
    pub site: SiteId,
    /// The trade price.
    pub price: Price,
    /// Cards given.
    pub cards: u32,
    /// In which islands.
    pub islands: Vec<IslandShare>,
}

/// The cover that the matching rule chose for a bid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cover {
    /// Index of the alternative covered.
    pub alternative: usize,
    /// The hours taken.
    pub window: Window,
    /// What each listing gives, in the order in which the rule took them.
    pub parts: Vec<Part>,
    /// Σ charge − Σ voucher.
    pub net: Money,
}

/// What decides on the money of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartCharge {
    /// Who lets the cards.
    pub provider: OrgId,
    /// Where they stand.
    pub site: SiteId,
    /// The trade price.
    pub price: Price,
    /// Cards given.
    pub cards: u32,
    /// round_half_up(price × cards × hours).
    pub charge: Money,
}

/// No set of parts is subsidised by more than the lesser of `rate` of their charges, each rounded so, and `amount`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SubsidyBound {
    /// Highest rate that may apply.
    pub rate: BasisPoints,
    /// How the share of a part may be rounded: where all are cut off, the bound is exact, and the search looks at no cover that only
    /// fractions of a fen could make the better one.
    pub rounding: Rounding,
    /// Most that the tenant's vouchers could pay.
    pub amount: Money,
}

/// What a cover costs the tenant. The search asks; vouchers and cash answer.
pub trait CoverCost {
    /// Σ charge − Σ voucher of a cover of `alternative` made of `parts` in this order.
    /// None: the tenant cannot pay it, so it is not feasible.
    fn net(&self, alternative: &Alternative, parts: &[PartCharge]) -> Option<Money>;

    /// An upper bound on the subsidy of any cover of `alternative`, which lets the search stop early.
    fn subsidy_bound(&self, alternative: &Alternative) -> SubsidyBound;
}

/// The cost of a tenant without vouchers whose cash suffices.
#[derive(Debug, Clone, Copy, Default)]
pub struct PlainCost;

impl CoverCost for PlainCost {
    fn net(&self, _: &Alternative, parts: &[PartCharge]) -> Option<Money> {
        Money::sum(parts.iter().map(|part| part.charge)).ok()
    }

    fn subsidy_bound(&self, _: &Alternative) -> SubsidyBound {
        SubsidyBound {
            rate: BasisPoints(0),
            rounding: Rounding::Floor,
            amount: Money::ZERO,
        }
    }
}

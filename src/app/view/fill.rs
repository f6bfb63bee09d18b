//! Fills as the API shows them.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::id::{FillId, LeaseId, ListingId};
use crate::domain::lease::Fill;
use crate::domain::money::{Money, Price};
use crate::domain::time::Timestamp;

/// A fill as the API shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FillView {
    /// The fill.
    pub id: FillId,
    /// The listing that gave.
    pub listing: ListingId,
    /// The lease that it opened.
    pub lease: LeaseId,
    /// Index of the bid's alternative.
    pub alternative: usize,
    /// How many cards.
    pub cards: u32,
    /// The first instant.
    pub start: Timestamp,
    /// The first instant after it.
    pub end: Timestamp,
    /// Price of a card-hour.
    pub price: Price,
    /// Price × cards × hours.
    pub charge: Money,
    /// What vouchers pay of it.
    pub voucher: Money,
    /// What the tenant pays of it.
    pub net: Money,
    /// The tenant's fee on top.
    pub fee: Money,
}

impl FillView {
    /// What is shown of `fill`.
    pub fn of(fill: &Fill) -> FillView {
        FillView {
            id: fill.id,
            listing: fill.listing,
            lease: fill.lease,
            alternative: fill.alternative,
            cards: fill.cards,
            start: fill.window.from().timestamp(),
            end: fill.window.until().timestamp(),
            price: fill.price,
            charge: fill.charge,
            voucher: fill.voucher,
            net: fill.net,
            fee: fill.fee,
        }
    }
}

/// What a provider sees of a fill: nothing of the tenant's money or of who bid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SoldView {
    /// The fill.
    pub id: FillId,
    /// The listing that gave.
    pub listing: ListingId,
    /// The lease that it opened.
    pub lease: LeaseId,
    /// How many cards.
    pub cards: u32,
    /// The first instant.
    pub start: Timestamp,
    /// The first instant after it.
    pub end: Timestamp,
    /// Price of a card-hour.
    pub price: Price,
    /// Price × cards × hours.
    pub charge: Money,
}

impl SoldView {
    /// What is shown of `fill`.
    pub fn of(fill: &Fill) -> SoldView {
        let (start, end) = (fill.window.from().timestamp(), fill.window.until().timestamp());
        let Fill {
            id,
            listing,
            lease,
            cards,
            price,
            charge,
            ..
        } = *fill;
        SoldView {
            id,
            listing,
            lease,
            cards,
            start,
            end,
            price,
            charge,
        }
    }
}

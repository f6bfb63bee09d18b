//! Fills: what was agreed.

use super::column::row;
use super::load::{Corrupt, count, index, narrow, window};
use super::writer::Batch;
use crate::domain::id::{AcceleratorId, BidId, FillId, LeaseId, ListingId, OrgId, SiteId};
use crate::domain::lease::{Fill, IslandShare, VoucherDraw};
use crate::domain::money::{Money, Price};
use crate::domain::rate::BasisPoints;
use crate::domain::time::Timestamp;

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
        })
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

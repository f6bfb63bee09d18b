//! Depth: what stands in the book by price, without names.

use std::collections::BTreeMap;

use crate::domain::id::{AcceleratorId, SiteId};
use crate::domain::money::Price;
use crate::domain::time::{Hour, Window};

use super::book::Book;

/// Free capacity at one ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AskLevel {
    /// The ask.
    pub price: Price,
    /// Listings that ask it and have something free.
    pub listings: u32,
    /// Their free cards times the hours for which they are free, from now on.
    pub card_hours: u64,
}

/// Demand at one limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BidLevel {
    /// The highest limit that the bids offer for this accelerator.
    pub price: Price,
    /// Resting bids that offer it.
    pub bids: u32,
}

impl Book {
    /// The sites where listings of an accelerator have something free, ascending.
    pub fn sites(&self, accelerator: AcceleratorId) -> Vec<SiteId> {
        let shelves = self
            .market
            .aisle(accelerator)
            .map(|aisle| aisle.shelves.as_slice())
            .unwrap_or_default();
        shelves
            .iter()
            .filter(|(_, shelf)| shelf.iter().next().is_some())
            .map(|(site, _)| *site)
            .collect()
    }

    /// The cheapest `levels` asks for an accelerator, at one site or at all, ascending.
    pub fn asks(&self, accelerator: AcceleratorId, site: Option<SiteId>, now: Hour, levels: usize) -> Vec<AskLevel> {
        let Some(aisle) = self.market.aisle(accelerator) else {
            return Vec::new();
        };
        let mut found: BTreeMap<Price, AskLevel> = BTreeMap::new();
        for (_, shelf) in aisle
            .shelves
            .iter()
            .filter(|(at, _)| site.is_none_or(|site| site == *at))
        {
            for offer in shelf.iter() {
                // Cheapest first: once there are enough levels, no dearer listing of this shelf can count.
                let dearest = found.last_key_value().map(|(price, _)| *price);
                if found.len() >= levels && dearest.is_none_or(|dearest| offer.ask > dearest) {
                    break;
                }
                let Some(stall) = self.market.stall(offer.slot) else {
                    continue;
                };
                let level = found.entry(offer.ask).or_insert(AskLevel {
                    price: offer.ask,
                    listings: 0,
                    card_hours: 0,
                });
                level.listings = level.listings.saturating_add(1);
                level.card_hours = level.card_hours.saturating_add(stall.free_card_hours(now));
                if found.len() > levels {
                    found.pop_last();
                }
            }
        }
        found.into_values().collect()
    }

    /// The highest `levels` limits of resting bids for an accelerator, descending.
    pub fn bid_levels(&self, accelerator: AcceleratorId, levels: usize) -> Vec<BidLevel> {
        let mut found: Vec<BidLevel> = Vec::new();
        let Some(aisle) = self.market.aisle(accelerator) else {
            return found;
        };
        for waiting in aisle.queue.iter() {
            if let Some(level) = found.last_mut().filter(|level| level.price == waiting.limit) {
                level.bids = level.bids.saturating_add(1);
            } else if found.len() < levels {
                found.push(BidLevel {
                    price: waiting.limit,
                    bids: 1,
                });
            } else {
                break;
            }
        }
        found
    }
}

impl super::shelf::Stall {
    fn free_card_hours(&self, now: Hour) -> u64 {
        let ahead = |window: Window| window.until().since(window.from().max(now));
        self.free_steps()
            .iter()
            .map(|(window, free)| u64::from(ahead(*window)) * u64::from(*free))
            .sum()
    }
}

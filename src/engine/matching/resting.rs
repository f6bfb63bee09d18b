//! Resting bids, by id and in the order in which new supply meets them.

use std::cmp::Reverse;

use rustc_hash::FxHashMap;

use crate::domain::bid::Bid;
use crate::domain::id::{AcceleratorId, BidId, Seq};
use crate::domain::money::Price;

use super::market::Market;
use super::ranked::{Ranked, Ranks};
use super::slab::{Slab, Slot};

/// The bids that would take one accelerator: highest limit first, then oldest.
pub(super) type Queue = Ranks<Waiting>;

/// Bids that rest.
#[derive(Debug, Default)]
pub(super) struct Resting {
    bids: Slab<Bid>,
    slots: FxHashMap<BidId, Slot>,
}

/// A resting bid in the queue of one accelerator.
#[derive(Debug, Clone, Copy)]
pub(super) struct Waiting {
    /// The highest limit among the bid's live alternatives of the accelerator.
    pub(super) limit: Price,
    pub(super) seq: Seq,
    /// The hours in which a lease must lie.
    pub(super) earliest: i32,
    pub(super) latest: i32,
    /// The shortest lease.
    pub(super) hours: u32,
    pub(super) slot: Slot,
}

/// The widest hours and the shortest lease among a block of waiting bids.
#[derive(Debug)]
pub(super) struct WaitingDigest {
    pub(super) earliest: i32,
    pub(super) latest: i32,
    pub(super) hours: u32,
}

impl Resting {
    pub(super) fn get(&self, slot: Slot) -> Option<&Bid> {
        self.bids.get(slot)
    }

    pub(super) fn find(&self, id: BidId) -> Option<&Bid> {
        self.bids.get(*self.slots.get(&id)?)
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Bid> {
        self.bids.iter()
    }

    /// Lets a bid rest, in place of what rested under its id.
    pub(super) fn rest(&mut self, bid: Bid, market: &mut Market) {
        let id = bid.id;
        self.take(id, market);
        let Some(slot) = self.bids.insert(bid) else { return };
        self.slots.insert(id, slot);
        let Some(bid) = self.bids.get(slot) else { return };
        for_each_accelerator(bid, |accelerator, limit, hours| {
            market.aisle_mut(accelerator).queue.insert(Waiting {
                limit,
                seq: bid.seq,
                earliest: bid.earliest.0,
                latest: bid.latest.0,
                hours,
                slot,
            });
        });
    }

    pub(super) fn take(&mut self, id: BidId, market: &mut Market) -> Option<Bid> {
        let slot = self.slots.remove(&id)?;
        let bid = self.bids.take(slot)?;
        for_each_accelerator(&bid, |accelerator, limit, _| {
            market.aisle_mut(accelerator).queue.remove((Reverse(limit), bid.seq));
        });
        Some(bid)
    }
}

impl Ranked for Waiting {
    type Key = (Reverse<Price>, Seq);
    type Digest = WaitingDigest;
    /// Small in tests, so that small books have several blocks.
    const BLOCK_MAX: usize = if cfg!(test) { 5 } else { 128 };

    fn key(&self) -> (Reverse<Price>, Seq) {
        (Reverse(self.limit), self.seq)
    }

    fn widen(&self, digest: &mut WaitingDigest) {
        digest.earliest = digest.earliest.min(self.earliest);
        digest.latest = digest.latest.max(self.latest);
        digest.hours = digest.hours.min(self.hours);
    }
}

impl Default for WaitingDigest {
    fn default() -> WaitingDigest {
        WaitingDigest {
            earliest: i32::MAX,
            latest: i32::MIN,
            hours: u32::MAX,
        }
    }
}

/// Names each accelerator of the live alternatives once, with the highest limit and the fewest hours.
fn for_each_accelerator(bid: &Bid, mut name: impl FnMut(AcceleratorId, Price, u32)) {
    for (at, alternative) in bid.live_alternatives() {
        let accelerator = alternative.accelerator;
        let same = || {
            bid.live_alternatives()
                .filter(|(_, other)| other.accelerator == accelerator)
        };
        if same().any(|(other, _)| other < at) {
            continue;
        }
        let limit = same().map(|(_, other)| other.limit).max().unwrap_or(alternative.limit);
        let hours = same().map(|(_, other)| other.hours).min().unwrap_or(alternative.hours);
        name(accelerator, limit, hours);
    }
}

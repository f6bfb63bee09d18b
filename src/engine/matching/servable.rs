//! New supply: the resting bids that a listing may serve.

use std::cmp::Reverse;

use crate::domain::id::{BidId, ListingId, Seq};
use crate::domain::money::Price;
use crate::domain::time::Hour;

use super::book::Book;
use super::search;

impl Book {
    /// The resting bids that a listing may serve now, in the order in which new supply meets them: highest limit among
    /// their live alternatives of its accelerator, then oldest.
    ///
    /// A listing may serve a bid if for some live alternative it is eligible and, at some start in the bid's window, it
    /// alone gives at least one lot; all that the bid needs, where that must come from one listing or one island.
    pub fn servable(&mut self, listing: ListingId, now: Hour) -> Vec<BidId> {
        let mut bids = Vec::new();
        let mut after = None;
        while let Some((limit, seq, bid)) = self.next_servable(listing, after, now) {
            bids.push(bid);
            after = Some((limit, seq));
        }
        bids
    }

    /// The first of the [`Book::servable`] bids that comes after this limit and seq.
    pub fn next_servable(
        &mut self,
        listing: ListingId,
        after: Option<(Price, Seq)>,
        now: Hour,
    ) -> Option<(Price, Seq, BidId)> {
        let slot = self.market.slot(listing)?;
        let stall = self.market.stall(slot).filter(|stall| stall.shelved)?;
        let offer = stall.offer(slot);
        let queue = &self.market.aisle(stall.listing.accelerator)?.queue;
        let mut position = after.map_or_else(Default::default, |(limit, seq)| queue.after((Reverse(limit), seq)));
        let open_from = offer.from.max(now.0);
        loop {
            if position.at == 0 {
                // Whole blocks of bids that want other hours are passed over.
                let digest = &queue.blocks().get(position.block)?.digest;
                if !leaves(open_from, offer.until, digest.earliest, digest.latest, digest.hours) {
                    position.block += 1;
                    continue;
                }
            }
            let block = position.block;
            let waiting = queue.at(&mut position)?;
            if waiting.limit < offer.ask {
                return None;
            }
            if position.block != block {
                continue;
            }
            position.at += 1;
            if !leaves(open_from, offer.until, waiting.earliest, waiting.latest, waiting.hours) {
                continue;
            }
            let bid = self.resting.get(waiting.slot)?;
            if search::may_serve(&self.market, &mut self.scratch.fit, stall, &offer, bid, now) {
                return Some((waiting.limit, waiting.seq, bid.id));
            }
        }
    }
}

/// Whether what two ranges of hours share is long enough.
fn leaves(from: i32, until: i32, earliest: i32, latest: i32, hours: u32) -> bool {
    let shared = i64::from(until.min(latest)) - i64::from(from.max(earliest));
    shared >= i64::from(hours)
}

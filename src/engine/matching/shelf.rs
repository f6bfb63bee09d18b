//! Shelves: the listings of one accelerator in one site that have something to give, cheapest and then oldest first.

use crate::domain::id::{OrgId, Seq};
use crate::domain::listing::{Listing, ListingMode};
use crate::domain::money::Price;
use crate::domain::time::{Hour, Window};

use super::calendar::Calendar;
use super::outlook::Outlook;
use super::ranked::{Ranked, Ranks};
use super::slab::Slot;

/// The listings of one site.
pub(super) type Shelf = Ranks<Offer>;

/// A listing and what is taken of it.
#[derive(Debug)]
pub(super) struct Stall {
    pub(super) listing: Listing,
    pub(super) calendar: Calendar,
    /// Whether it stands on its shelf: a listing with nothing to give does not.
    pub(super) shelved: bool,
    /// Whether its outlook is wider than it could be.
    pub(super) stale: bool,
    /// Leases that were added or ended since its outlook was read.
    pub(super) leases_since: usize,
}

/// The terms of a listing that most often rule it out, in one cache line, so that the walk along a shelf need not fetch
/// each listing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Offer {
    pub(super) ask: Price,
    pub(super) seq: Seq,
    pub(super) group: OrgId,
    pub(super) from: i32,
    pub(super) until: i32,
    pub(super) min_hours: u32,
    pub(super) max_hours: u32,
    pub(super) max_fault_ppm: u32,
    pub(super) cards: u32,
    pub(super) cards_per_island: u32,
    pub(super) lot_cards: u32,
    pub(super) slot: Slot,
}

/// What holds for a block of offers.
#[derive(Debug, Default)]
pub(super) struct OfferDigest {
    /// The newest listing.
    pub(super) newest: Seq,
    /// An outlook for all of them. None: some may give anything.
    pub(super) outlook: Option<Box<Outlook>>,
    /// How often one of them got a narrower outlook since.
    pub(super) narrowed: u32,
}

impl Stall {
    /// Its entry on the shelf.
    pub(super) fn offer(&self, slot: Slot) -> Offer {
        let listing = &self.listing;
        Offer {
            ask: listing.ask,
            seq: listing.seq,
            group: listing.group,
            from: listing.window.from().0,
            until: listing.window.until().0,
            min_hours: listing.min_hours,
            max_hours: listing.max_hours,
            max_fault_ppm: listing.sla.max_fault_rate.ppm(),
            cards: listing.cards(),
            cards_per_island: listing.cards_per_island,
            lot_cards: listing.lot_cards.max(1),
            slot,
        }
    }

    /// Whether there may be an hour from `horizon` on in which it can give a lot.
    pub(super) fn has_something(&self, horizon: Hour) -> bool {
        let listing = &self.listing;
        let from = listing.window.from().max(horizon);
        let Some(ahead) = Window::new(from, listing.window.until()) else {
            return false;
        };
        if listing.mode != ListingMode::Book {
            return false;
        }
        let most_free = (0..listing.islands).fold(0_u32, |sum, island| {
            let least_taken = self.calendar.least_taken(island, ahead);
            sum.saturating_add(listing.cards_per_island.saturating_sub(least_taken))
        });
        most_free >= listing.lot_cards.max(1)
    }

    /// Cards free in every hour of the window, by island.
    pub(super) fn free_by_island(&self, window: Window) -> impl Iterator<Item = u32> {
        let listing = &self.listing;
        let on_offer =
            listing.window.contains(window) && !listing.maintenance.iter().any(|closed| closed.overlaps(window));
        let islands = if on_offer { listing.islands } else { 0 };
        (0..islands).map(move |island| {
            listing
                .cards_per_island
                .saturating_sub(self.calendar.most_taken(island, window))
        })
    }

    /// Its hours on offer and the cards free in each of them, joined where equal.
    pub(super) fn free_steps(&self) -> Vec<(Window, u32)> {
        let window = self.listing.window;
        let closed = self
            .listing
            .maintenance
            .iter()
            .flat_map(|closed| [closed.from(), closed.until()]);
        let mut changes: Vec<Hour> = (0..self.listing.islands)
            .flat_map(|island| self.calendar.island(island))
            .map(|step| Hour(step.hour))
            .chain(closed)
            .filter(|hour| window.from() < *hour && *hour < window.until())
            .chain([window.from(), window.until()])
            .collect();
        changes.sort_unstable();
        changes.dedup();
        let mut steps: Vec<(Window, u32)> = Vec::new();
        for pair in changes.windows(2) {
            let Some(hours) = Window::new(pair[0], pair[1]) else {
                continue;
            };
            let free = self.free_by_island(hours).sum();
            match steps.last_mut() {
                Some((last, same)) if *same == free => {
                    *last = Window::new(last.from(), hours.until()).unwrap_or(*last);
                }
                Some(_) | None => steps.push((hours, free)),
            }
        }
        steps
    }
}

impl Ranked for Offer {
    type Key = (Price, Seq);
    type Digest = OfferDigest;
    /// Small in tests, so that small books have several blocks.
    const BLOCK_MAX: usize = if cfg!(test) { 5 } else { 64 };

    fn key(&self) -> (Price, Seq) {
        (self.ask, self.seq)
    }

    fn widen(&self, digest: &mut OfferDigest) {
        digest.newest = digest.newest.max(self.seq);
        digest.outlook = None;
    }
}

//! The supply side of the book: open listings by id, and the shelves on which the search walks.

use rustc_hash::FxHashMap;

use crate::domain::id::{AcceleratorId, ListingId, SiteId};
use crate::domain::lease::IslandShare;
use crate::domain::listing::Listing;
use crate::domain::time::{Hour, Window};

use super::calendar::{Calendar, CalendarError};
use super::fit::Starts;
use super::outlook::Outlook;
use super::ranked::Block;
use super::resting::Queue;
use super::shelf::{Offer, Shelf, Stall};
use super::slab::{Slab, Slot, index};

/// A shorter calendar is looked at sooner than its outlook.
const OUTLOOK_STEPS_MIN: usize = if cfg!(test) { 1 } else { 8 };
/// An outlook is read again once so many times as many leases were added as its calendar has steps: reading it costs as much
/// as the calendar is long, so that each lease pays for a few steps. Until then it says too much, which only costs looks.
const OUTLOOK_STEPS_PER_LEASE: usize = if cfg!(test) { 64 } else { 16 };
/// The outlook of a block is read again after so many of its listings got a narrower one.
const BLOCK_NARROWED_MAX: u32 = if cfg!(test) { 2 } else { 16 };

/// Open listings, and what bids look for by accelerator.
#[derive(Debug, Default)]
pub(super) struct Market {
    stalls: Slab<Stall>,
    slots: FxHashMap<ListingId, Slot>,
    /// By slot.
    outlooks: Vec<Outlook>,
    /// Listings whose outlook should be read again.
    stale: Vec<Slot>,
    aisles: Vec<Aisle>,
    /// Leases' hours before this are no longer kept.
    horizon: Hour,
}

/// One accelerator's market.
#[derive(Debug, Default)]
pub(super) struct Aisle {
    pub(super) domestic: bool,
    /// By site, ascending.
    pub(super) shelves: Vec<(SiteId, Shelf)>,
    /// The bids that would take this accelerator.
    pub(super) queue: Queue,
}

impl Market {
    pub(super) fn aisle(&self, accelerator: AcceleratorId) -> Option<&Aisle> {
        self.aisles.get(index(u32::from(accelerator.0)))
    }

    /// The accelerator's market, made if it is new.
    pub(super) fn aisle_mut(&mut self, accelerator: AcceleratorId) -> &mut Aisle {
        let at = index(u32::from(accelerator.0));
        if self.aisles.len() <= at {
            self.aisles.resize_with(at + 1, Aisle::default);
        }
        &mut self.aisles[at]
    }

    pub(super) fn stall(&self, slot: Slot) -> Option<&Stall> {
        self.stalls.get(slot)
    }

    pub(super) fn find(&self, id: ListingId) -> Option<&Stall> {
        self.stalls.get(*self.slots.get(&id)?)
    }

    pub(super) fn slot(&self, id: ListingId) -> Option<Slot> {
        self.slots.get(&id).copied()
    }

    pub(super) fn listings(&self) -> impl Iterator<Item = &Listing> {
        self.stalls.iter().map(|stall| &stall.listing)
    }

    /// Opens a listing, or gives an open one new terms.
    pub(super) fn put(&mut self, listing: Listing) {
        let id = listing.id;
        let Some(slot) = self.slot(id) else {
            let stall = Stall {
                listing,
                calendar: Calendar::default(),
                shelved: false,
                stale: false,
                leases_since: 0,
            };
            if let Some(slot) = self.stalls.insert(stall) {
                self.slots.insert(id, slot);
                self.widen(slot);
                self.reshelve(slot);
            }
            return;
        };
        self.unshelve(slot);
        if let Some(stall) = self.stalls.get_mut(slot) {
            stall.listing = listing;
        }
        self.widen(slot);
        self.reshelve(slot);
    }

    pub(super) fn close(&mut self, id: ListingId) -> Option<Listing> {
        let slot = self.slots.remove(&id)?;
        self.unshelve(slot);
        self.stalls.take(slot).map(|stall| stall.listing)
    }

    pub(super) fn occupy(
        &mut self,
        id: ListingId,
        window: Window,
        shares: &[IslandShare],
    ) -> Result<(), CalendarError> {
        self.change(id, window, shares, |stall, window| {
            stall.calendar.take(window, shares, stall.listing.cards_per_island)
        })
    }

    pub(super) fn vacate(
        &mut self,
        id: ListingId,
        window: Window,
        shares: &[IslandShare],
    ) -> Result<(), CalendarError> {
        self.change(id, window, shares, |stall, window| {
            stall.calendar.give_back(window, shares)
        })?;
        if let Some(slot) = self.slot(id) {
            self.widen(slot);
        }
        Ok(())
    }

    pub(super) fn forget_before(&mut self, hour: Hour) {
        self.horizon = self.horizon.max(hour);
        for stall in self.stalls.iter_mut() {
            stall.calendar.forget_before(hour);
        }
    }

    /// Whether the outlook of a listing leaves room for so many cards and hours at these starts.
    pub(super) fn may_fit(&self, slot: Slot, cards: u32, hours: i32, starts: Starts) -> bool {
        self.outlooks
            .get(slot.index())
            .is_none_or(|outlook| outlook.may_fit(cards, hours, starts))
    }

    /// Reads outlooks again of at most so many listings that changed.
    pub(super) fn refresh(&mut self, most: usize) {
        for _ in 0..most {
            let Some(slot) = self.stale.pop() else { return };
            let Some(stall) = self.stalls.get_mut(slot).filter(|stall| stall.stale) else {
                continue;
            };
            stall.stale = false;
            stall.leases_since = 0;
            let Some(outlook) = self.outlooks.get_mut(slot.index()) else {
                continue;
            };
            *outlook = Outlook::of(&stall.listing, &stall.calendar);
            let outlooks = &self.outlooks;
            let Some(block) = block_of(&mut self.aisles, stall) else {
                continue;
            };
            block.digest.narrowed += 1;
            if block.digest.outlook.is_none() || block.digest.narrowed > BLOCK_NARROWED_MAX {
                block.digest.narrowed = 0;
                let offers = block.entries.iter();
                block.digest.outlook = Outlook::of_all(offers.filter_map(|offer| outlooks.get(offer.slot.index())));
            }
        }
    }

    /// More may be free than was known.
    fn widen(&mut self, slot: Slot) {
        if self.outlooks.len() <= slot.index() {
            self.outlooks.resize(slot.index() + 1, Outlook::OPEN);
        } else {
            self.outlooks[slot.index()] = Outlook::OPEN;
        }
        if let Some(stall) = self.stalls.get_mut(slot) {
            stall.mark_stale(slot, &mut self.stale);
            if let Some(block) = block_of(&mut self.aisles, stall) {
                block.digest.outlook = None;
            }
        }
    }

    fn change(
        &mut self,
        id: ListingId,
        window: Window,
        shares: &[IslandShare],
        change: impl FnOnce(&mut Stall, Window) -> Result<(), CalendarError>,
    ) -> Result<(), CalendarError> {
        let Some(slot) = self.slot(id) else { return Ok(()) };
        let Some(stall) = self.stalls.get_mut(slot) else {
            return Ok(());
        };
        let islands = stall.listing.islands;
        if let Some(share) = shares.iter().find(|share| share.island >= islands) {
            return Err(CalendarError::NoSuchIsland { island: share.island });
        }
        if let Some(kept) = Window::new(window.from().max(self.horizon), window.until()) {
            change(stall, kept)?;
            stall.leases_since += 1;
            if stall.leases_since * OUTLOOK_STEPS_PER_LEASE >= stall.calendar.len() {
                stall.mark_stale(slot, &mut self.stale);
            }
            self.reshelve(slot);
        }
        Ok(())
    }

    /// Puts a listing on its shelf or takes it off, as it now has something to give or not.
    fn reshelve(&mut self, slot: Slot) {
        let horizon = self.horizon;
        let Some(stall) = self.stalls.get_mut(slot) else { return };
        let has_something = stall.has_something(horizon);
        if stall.shelved && !has_something {
            self.unshelve(slot);
        } else if has_something && !stall.shelved {
            stall.shelved = true;
            let offer = stall.offer(slot);
            let (accelerator, site) = (stall.listing.accelerator, stall.listing.site);
            let shelves = &mut self.aisle_mut(accelerator).shelves;
            let at = shelves.partition_point(|(other, _)| *other < site);
            if shelves.get(at).is_none_or(|(other, _)| *other != site) {
                shelves.insert(at, (site, Shelf::default()));
            }
            shelves[at].1.insert(offer);
        }
    }

    fn unshelve(&mut self, slot: Slot) {
        let Some(stall) = self.stalls.get_mut(slot).filter(|stall| stall.shelved) else {
            return;
        };
        stall.shelved = false;
        let key = (stall.listing.ask, stall.listing.seq);
        let (accelerator, site) = (stall.listing.accelerator, stall.listing.site);
        let shelves = &mut self.aisle_mut(accelerator).shelves;
        if let Ok(at) = shelves.binary_search_by_key(&site, |(other, _)| *other) {
            shelves[at].1.remove(key);
        }
    }
}

/// The block of its shelf in which a listing stands.
fn block_of<'a>(aisles: &'a mut [Aisle], stall: &Stall) -> Option<&'a mut Block<Offer>> {
    let listing = &stall.listing;
    let shelves = &mut aisles.get_mut(index(u32::from(listing.accelerator.0)))?.shelves;
    let at = shelves.binary_search_by_key(&listing.site, |(site, _)| *site).ok()?;
    let block = shelves[at].1.block_mut((listing.ask, listing.seq));
    block.filter(|_| stall.shelved)
}

impl Stall {
    fn mark_stale(&mut self, slot: Slot, stale: &mut Vec<Slot>) {
        if !self.stale && self.calendar.len() > OUTLOOK_STEPS_MIN {
            self.stale = true;
            stale.push(slot);
        }
    }
}

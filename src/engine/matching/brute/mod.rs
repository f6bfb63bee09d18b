//! The book against the rule written out naively, through random days of a small market.

mod dice;
mod naive;

use proptest::prelude::*;

use crate::domain::bid::Bid;
use crate::domain::id::{AcceleratorId, ListingId, Seq};
use crate::domain::lease::IslandShare;
use crate::domain::listing::ListingMode;
use crate::domain::time::{Hour, Window};

use self::dice::Dice;
use self::naive::{Naive, domestic};
use super::Book;

/// Both books side by side.
struct Both {
    dice: Dice,
    book: Book,
    naive: Naive,
    leases: Vec<(ListingId, Window, Vec<IslandShare>)>,
    resting: Vec<Bid>,
    next: u64,
}

impl Both {
    fn new(seed: u64) -> Both {
        let mut book = Book::new();
        (0..3).for_each(|id| book.add_accelerator(AcceleratorId(id), domestic(AcceleratorId(id))));
        let (naive, leases, resting) = (Naive::default(), Vec::new(), Vec::new());
        Both {
            dice: Dice(seed),
            book,
            naive,
            leases,
            resting,
            next: 1,
        }
    }

    fn step(&mut self) -> Result<(), TestCaseError> {
        match self.dice.below(10) {
            0..=3 => {
                let listing = self.dice.listing(self.next, self.next);
                let (now, cost) = (Hour(self.dice.hour(16)), self.dice.cost());
                let mut without_cover = self.resting.clone();
                without_cover.retain(|bid| self.book.best_cover(bid, now, &cost).is_none());
                self.naive.listings.insert(listing.id, listing.clone());
                self.book.open(listing.clone());
                for bid in &without_cover {
                    let expected = self.book.best_cover(bid, now, &cost);
                    prop_assert_eq!(self.book.best_cover_after(listing.id, bid, now, &cost), expected);
                }
                self.meet(listing.id)?;
            }
            4 => self.close_or_replace()?,
            5 => {
                if !self.leases.is_empty() {
                    let count = u32::try_from(self.leases.len()).unwrap();
                    let (id, window, shares) = self
                        .leases
                        .swap_remove(usize::try_from(self.dice.below(count)).unwrap());
                    self.naive.shift(id, window, &shares, -1);
                    self.book.vacate(id, window, &shares).unwrap();
                    self.meet(id)?;
                }
            }
            _ => {
                let bid = self.dice.bid(self.next, self.next);
                let taken = self.look(&bid)?;
                if !taken {
                    self.book.rest(bid.clone());
                    self.resting.push(bid);
                }
            }
        }
        self.next += 1;
        Ok(())
    }

    fn close_or_replace(&mut self) -> Result<(), TestCaseError> {
        let ids: Vec<ListingId> = self.naive.listings.keys().copied().collect();
        let Some(count) = u32::try_from(ids.len()).ok().filter(|count| *count > 0) else {
            return Ok(());
        };
        let id = ids[usize::try_from(self.dice.below(count)).unwrap()];
        if self.dice.one_in(3) {
            prop_assert_eq!(self.book.close(id), self.naive.listings.remove(&id));
            self.leases.retain(|(other, _, _)| *other != id);
            return Ok(());
        }
        let mut listing = self.naive.listings[&id].clone();
        (listing.seq, listing.ask) = (Seq(self.next), self.dice.price());
        listing.islands += self.dice.below(2);
        listing.window = Window::new(listing.window.from(), listing.window.until().plus(self.dice.below(4))).unwrap();
        self.naive.listings.insert(id, listing.clone());
        self.book.replace(listing);
        self.meet(id)
    }

    /// A bid looks; if it finds something, that is let.
    fn look(&mut self, bid: &Bid) -> Result<bool, TestCaseError> {
        let (now, cost) = (Hour(self.dice.hour(16)), self.dice.cost());
        let cover = self.book.best_cover(bid, now, &cost);
        prop_assert_eq!(&cover, &self.naive.best(bid, now, &cost), "{:?}", bid);
        let Some(cover) = cover else { return Ok(false) };
        for part in cover.parts {
            self.naive.shift(part.listing, cover.window, &part.islands, 1);
            self.book.occupy(part.listing, cover.window, &part.islands).unwrap();
            self.leases.push((part.listing, cover.window, part.islands));
        }
        Ok(true)
    }

    /// New supply meets the resting bids.
    fn meet(&mut self, id: ListingId) -> Result<(), TestCaseError> {
        let now = Hour(self.dice.hour(16));
        let servable = self.book.servable(id, now);
        let listing = &self.naive.listings[&id];
        let expected = match listing.mode {
            ListingMode::Book => self.naive.servable(listing, &self.resting, now),
            ListingMode::Auction | ListingMode::Negotiated => Vec::new(),
        };
        prop_assert_eq!(&servable, &expected);
        for bid in servable {
            let at = self.resting.iter().position(|other| other.id == bid).unwrap();
            let looking = self.resting[at].clone();
            if self.look(&looking)? {
                self.resting.remove(at);
                prop_assert_eq!(self.book.take_bid(bid), Some(looking));
            }
        }
        Ok(())
    }

    fn check_free(&self) -> Result<(), TestCaseError> {
        for listing in self.naive.listings.values() {
            let mut hours = Vec::new();
            for (window, free) in self.book.free_steps(listing.id) {
                hours.extend((window.from().0..window.until().0).map(|hour| (hour, free)));
            }
            let expected = (listing.window.from().0..listing.window.until().0).map(|hour| {
                let now = Window::new(Hour(hour), Hour(hour + 1)).unwrap();
                let closed = listing.maintenance.iter().any(|closed| closed.overlaps(now));
                (
                    hour,
                    if closed {
                        0
                    } else {
                        self.naive.by_island(listing, hour, 1).into_iter().sum()
                    },
                )
            });
            prop_assert_eq!(hours, expected.collect::<Vec<_>>());
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]
    #[test]
    fn the_book_follows_the_rule(seed in any::<u64>()) {
        let mut both = Both::new(seed);
        for _ in 0..60 {
            both.step()?;
        }
        both.check_free()?;
    }
}

//! The walk along shelves in the order of trade price and seniority.
//!
//! Listings older than the bid trade at their ask, so they come as they stand on the shelf. Newer ones trade at the
//! bid's limit, the highest price of all, and come after them by seniority alone; they are looked up only if the walk
//! gets that far.

use crate::domain::id::Seq;
use crate::domain::money::Price;

use super::super::fit::Starts;
use super::super::market::Aisle;
use super::super::ranked::{Position, Ranked};
use super::super::shelf::{Offer, OfferDigest};
use super::Attempt;

/// Where the walk is.
#[derive(Debug, Default)]
pub(super) struct Walk {
    limit: Price,
    seq: Seq,
    /// The next older listing of each shelf, the best last.
    older: Vec<Cursor>,
    shelves: Vec<usize>,
    newer: Newer,
    /// Whether nothing comes after what is known to come.
    ends: bool,
    need: Need,
}

/// Whoever cannot give this is of no use.
#[derive(Debug, Clone, Copy, Default)]
struct Need {
    cards: u32,
    hours: i32,
    starts: Starts,
}

#[derive(Debug, Clone, Copy)]
struct Cursor {
    key: (Price, Seq),
    shelf: usize,
    position: Position,
}

/// The listings newer than the bid, the oldest last.
#[derive(Debug, Default)]
enum Newer {
    #[default]
    NotLookedUp,
    Left(Vec<(Seq, usize, Position)>),
}

impl Walk {
    /// Starts over on these shelves.
    ///
    /// Whole blocks of listings that cannot give `cards` are left out.
    pub(super) fn begin(&mut self, attempt: &Attempt<'_>, seq: Seq, shelves: &[usize], cards: u32) {
        self.need = Need {
            cards,
            hours: attempt.hours,
            starts: attempt.starts,
        };
        self.limit = attempt.alternative.limit;
        self.seq = seq;
        self.newer = Newer::NotLookedUp;
        self.ends = false;
        self.shelves.clear();
        self.shelves.extend_from_slice(shelves);
        self.older.clear();
        for &shelf in shelves {
            self.enter(attempt.aisle, shelf, Position::default());
        }
    }

    /// Leaves nothing of the walk but this offer, which stands on the one shelf that is walked.
    pub(super) fn keep_only(&mut self, aisle: &Aisle, offer: &Offer) {
        self.ends = true;
        self.older.clear();
        self.newer = Newer::Left(Vec::new());
        let Some(&shelf) = self.shelves.first() else { return };
        let Some(position) = aisle.shelves[shelf].1.find(offer.key()) else {
            return;
        };
        if offer.seq < self.seq {
            self.older.push(Cursor {
                key: offer.key(),
                shelf,
                position,
            });
        } else {
            self.newer = Newer::Left(vec![(offer.seq, shelf, position)]);
        }
    }

    /// From here on only so many cards are of use.
    pub(super) fn require(&mut self, cards: u32) {
        self.need.cards = cards;
    }

    /// From here on only these starts are of use.
    pub(super) fn narrow(&mut self, starts: Starts) {
        self.need.starts = starts;
    }

    /// The price of whatever comes next. None: the walk is at its end.
    pub(super) fn next_price(&self) -> Option<Price> {
        match (self.older.last(), &self.newer) {
            (Some(cursor), _) => Some(cursor.key.0),
            (None, Newer::NotLookedUp) => Some(self.limit),
            (None, Newer::Left(left)) => (!left.is_empty()).then_some(self.limit),
        }
    }

    /// The next listing and its trade price.
    pub(super) fn next<'a>(&mut self, aisle: &'a Aisle) -> Option<(&'a Offer, Price)> {
        if let Some(cursor) = self.older.pop() {
            let Position { block, at } = cursor.position;
            let offer = &aisle.shelves[cursor.shelf].1.blocks()[block].entries[at];
            self.enter(aisle, cursor.shelf, Position { block, at: at + 1 });
            return Some((offer, cursor.key.0));
        }
        if matches!(self.newer, Newer::NotLookedUp) {
            self.newer = Newer::Left(self.look_up_newer(aisle));
        }
        let Newer::Left(left) = &mut self.newer else {
            return None;
        };
        let (_, shelf, Position { block, at }) = left.pop()?;
        Some((&aisle.shelves[shelf].1.blocks()[block].entries[at], self.limit))
    }

    /// Passes over what is left at this price.
    pub(super) fn skip_price(&mut self, aisle: &Aisle, price: Price) {
        while let Some(cursor) = self.older.pop_if(|cursor| cursor.key.0 == price) {
            let after = aisle.shelves[cursor.shelf].1.after((price, Seq(u64::MAX)));
            self.enter(aisle, cursor.shelf, after);
        }
        if price == self.limit {
            self.newer = Newer::Left(Vec::new());
        }
    }

    /// Goes on along a shelf from this position.
    fn enter(&mut self, aisle: &Aisle, shelf: usize, position: Position) {
        if self.ends {
            return;
        }
        if let Some(cursor) = self.settle(aisle, shelf, position) {
            let place = self.older.partition_point(|other| other.key > cursor.key);
            self.older.insert(place, cursor);
        }
    }

    /// The first older listing within the limit at a position or after it.
    fn settle(&self, aisle: &Aisle, shelf: usize, mut position: Position) -> Option<Cursor> {
        let blocks = aisle.shelves[shelf].1.blocks();
        loop {
            let block = blocks.get(position.block)?;
            let Some(offer) = block.entries.get(position.at) else {
                position = Position {
                    block: position.block + 1,
                    at: 0,
                };
                continue;
            };
            if offer.ask > self.limit {
                return None;
            }
            if position.at == 0 && !self.may_give(&block.digest) {
                position.block += 1;
                continue;
            }
            if offer.seq < self.seq {
                return Some(Cursor {
                    key: (offer.ask, offer.seq),
                    shelf,
                    position,
                });
            }
            position.at += 1;
        }
    }

    /// Whether one of a block of listings may give what is needed.
    fn may_give(&self, digest: &OfferDigest) -> bool {
        let Need { cards, hours, starts } = self.need;
        let outlook = digest.outlook.as_ref();
        outlook.is_none_or(|outlook| outlook.may_fit(cards, hours, starts))
    }

    fn look_up_newer(&self, aisle: &Aisle) -> Vec<(Seq, usize, Position)> {
        let mut newer = Vec::new();
        for &shelf in &self.shelves {
            for (block, offers) in aisle.shelves[shelf].1.blocks().iter().enumerate() {
                if offers.entries.first().is_some_and(|first| first.ask > self.limit) {
                    break;
                }
                if offers.digest.newest < self.seq || !self.may_give(&offers.digest) {
                    continue;
                }
                let offers = offers.entries.iter().enumerate();
                let within = offers.filter(|(_, offer)| offer.seq >= self.seq && offer.ask <= self.limit);
                newer.extend(within.map(|(at, offer)| (offer.seq, shelf, Position { block, at })));
            }
        }
        newer.sort_unstable_by_key(|(seq, ..)| std::cmp::Reverse(*seq));
        newer
    }
}

//! Calendars: how many cards of each island are taken in which hours.
//!
//! A step function per island, as a short sorted list: on heavily let listings that is several times faster to search
//! than a flat array or a tree, and it is small. What is kept is the cards *taken*, so that more cards or another
//! window change nothing here. The lists of all islands share one allocation: most listings have one island.

use crate::domain::lease::IslandShare;
use crate::domain::time::{Hour, Window};

use super::slab::index;

/// The cards taken by leases on one listing.
#[derive(Debug, Clone, Default)]
pub(super) struct Calendar {
    /// Steps of all islands, one island after the other, each in the order of hours.
    steps: Vec<Step>,
    /// Where the steps of each island end. Empty: all steps are those of island 0.
    ends: Vec<usize>,
}

/// From this hour until the next step, so many cards are taken. Before the first step none is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) hour: i32,
    pub(super) taken: u32,
}

/// Why cards cannot be taken or given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// More than the island has free.
    #[error("island {island} has fewer than {cards} cards free in those hours")]
    NotFree {
        /// Which island.
        island: u32,
        /// How many cards were to be taken.
        cards: u32,
    },
    /// More than are taken.
    #[error("island {island} has fewer than {cards} cards taken in those hours")]
    NotTaken {
        /// Which island.
        island: u32,
        /// How many cards were to be given back.
        cards: u32,
    },
    /// The listing has no such island.
    #[error("there is no island {island}")]
    NoSuchIsland {
        /// Which island.
        island: u32,
    },
}

impl Calendar {
    /// Takes cards of islands that have `cards_per_island` each: all shares or none.
    pub(super) fn take(
        &mut self,
        window: Window,
        shares: &[IslandShare],
        cards_per_island: u32,
    ) -> Result<(), CalendarError> {
        self.all_or_none(shares, |calendar, IslandShare { island, cards }| {
            let most = calendar.most_taken(island, window);
            if most.checked_add(cards).is_none_or(|sum| sum > cards_per_island) {
                return Err(CalendarError::NotFree { island, cards });
            }
            calendar.shift(island, window, |taken| taken.saturating_add(cards));
            Ok(())
        })
    }

    /// Gives cards back: all shares or none.
    pub(super) fn give_back(&mut self, window: Window, shares: &[IslandShare]) -> Result<(), CalendarError> {
        self.all_or_none(shares, |calendar, IslandShare { island, cards }| {
            if calendar.least_taken(island, window) < cards {
                return Err(CalendarError::NotTaken { island, cards });
            }
            calendar.shift(island, window, |taken| taken.saturating_sub(cards));
            Ok(())
        })
    }

    /// The steps of one island.
    pub(super) fn island(&self, island: u32) -> &[Step] {
        let island = index(island);
        if self.ends.is_empty() {
            return if island == 0 { &self.steps } else { &[] };
        }
        let Some(&end) = self.ends.get(island) else { return &[] };
        let start = island.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.steps[start..end]
    }

    /// Most cards of the island taken in any hour of the window.
    pub(super) fn most_taken(&self, island: u32, window: Window) -> u32 {
        let (before, within) = self.around(island, window);
        within.iter().map(|step| step.taken).fold(before, u32::max)
    }

    /// Fewest cards of the island taken in any hour of the window.
    pub(super) fn least_taken(&self, island: u32, window: Window) -> u32 {
        let (before, within) = self.around(island, window);
        within.iter().map(|step| step.taken).fold(before, u32::min)
    }

    /// How many steps there are.
    pub(super) fn len(&self) -> usize {
        self.steps.len()
    }

    /// Drops what lies before `hour`.
    pub(super) fn forget_before(&mut self, hour: Hour) {
        let islands = u32::try_from(self.ends.len().max(1)).unwrap_or(u32::MAX);
        for island in 0..islands {
            let past = self.island(island).partition_point(|step| step.hour <= hour.0);
            // The last of them still tells what is taken from `hour` on, unless that is nothing.
            let Some(last) = past.checked_sub(1) else { continue };
            let dropped = if self.island(island)[last].taken == 0 {
                past
            } else {
                last
            };
            let start = self.start(island);
            self.splice(island, start..start + dropped, &[]);
        }
    }

    /// What is taken in the window's first hour, and the steps later in it.
    fn around(&self, island: u32, window: Window) -> (u32, &[Step]) {
        let steps = self.island(island);
        let first = steps.partition_point(|step| step.hour <= window.from().0);
        let before = first.checked_sub(1).map_or(0, |last| steps[last].taken);
        let count = steps[first..].partition_point(|step| step.hour < window.until().0);
        (before, &steps[first..first + count])
    }

    fn all_or_none(
        &mut self,
        shares: &[IslandShare],
        mut change: impl FnMut(&mut Calendar, IslandShare) -> Result<(), CalendarError>,
    ) -> Result<(), CalendarError> {
        if let [share] = shares {
            return change(self, *share);
        }
        let before = self.clone();
        for share in shares {
            if let Err(error) = change(self, *share) {
                *self = before;
                return Err(error);
            }
        }
        Ok(())
    }

    /// Changes what is taken in every hour of the window.
    fn shift(&mut self, island: u32, window: Window, change: impl Fn(u32) -> u32) {
        self.cut(island, window.from().0);
        self.cut(island, window.until().0);
        let start = self.start(island);
        let steps = self.island(island);
        let first = start + steps.partition_point(|step| step.hour < window.from().0);
        let last = start + steps.partition_point(|step| step.hour < window.until().0);
        for step in &mut self.steps[first..last] {
            step.taken = change(step.taken);
        }
        self.join(island, window.until().0);
        self.join(island, window.from().0);
    }

    /// Makes a step begin at `hour`.
    fn cut(&mut self, island: u32, hour: i32) {
        let steps = self.island(island);
        let at = steps.partition_point(|step| step.hour < hour);
        if steps.get(at).is_some_and(|step| step.hour == hour) {
            return;
        }
        let taken = at.checked_sub(1).map_or(0, |last| steps[last].taken);
        let place = self.start(island) + at;
        self.splice(island, place..place, &[Step { hour, taken }]);
    }

    /// Drops the step at `hour` if nothing changes there.
    fn join(&mut self, island: u32, hour: i32) {
        let steps = self.island(island);
        let at = steps.partition_point(|step| step.hour < hour);
        let before = at.checked_sub(1).map_or(0, |last| steps[last].taken);
        if steps
            .get(at)
            .is_some_and(|step| step.hour == hour && step.taken == before)
        {
            let place = self.start(island) + at;
            self.splice(island, place..place + 1, &[]);
        }
    }

    fn start(&self, island: u32) -> usize {
        index(island)
            .checked_sub(1)
            .map_or(0, |before| self.ends.get(before).copied().unwrap_or(self.steps.len()))
    }

    /// Replaces steps of one island and moves the ends of it and of the later ones.
    fn splice(&mut self, island: u32, range: std::ops::Range<usize>, with: &[Step]) {
        let island = index(island);
        if island > 0 || !self.ends.is_empty() {
            while self.ends.len() <= island {
                self.ends.push(self.steps.len());
            }
        }
        let removed = range.len();
        self.steps.splice(range, with.iter().copied());
        for end in self.ends.iter_mut().skip(island) {
            *end = *end + with.len() - removed;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(from: i32, until: i32) -> Window {
        Window::new(Hour(from), Hour(until)).unwrap()
    }

    fn share(island: u32, cards: u32) -> IslandShare {
        IslandShare { island, cards }
    }

    fn steps(calendar: &Calendar, island: u32) -> Vec<(i32, u32)> {
        calendar
            .island(island)
            .iter()
            .map(|step| (step.hour, step.taken))
            .collect()
    }

    #[test]
    fn takes_and_gives_back() {
        let mut calendar = Calendar::default();
        calendar.take(window(10, 20), &[share(0, 5)], 8).unwrap();
        calendar.take(window(15, 30), &[share(0, 3), share(2, 8)], 8).unwrap();
        assert_eq!(steps(&calendar, 0), [(10, 5), (15, 8), (20, 3), (30, 0)]);
        assert_eq!(steps(&calendar, 1), []);
        assert_eq!(steps(&calendar, 2), [(15, 8), (30, 0)]);
        assert_eq!(calendar.most_taken(0, window(0, 11)), 5);
        assert_eq!(calendar.least_taken(0, window(16, 30)), 3);
        let refused = calendar.take(window(0, 16), &[share(1, 1), share(0, 1)], 8);
        assert_eq!(refused, Err(CalendarError::NotFree { island: 0, cards: 1 }));
        assert_eq!(steps(&calendar, 1), [], "all or none");
        let refused = calendar.give_back(window(9, 12), &[share(0, 1)]);
        assert_eq!(refused, Err(CalendarError::NotTaken { island: 0, cards: 1 }));
        calendar.give_back(window(10, 20), &[share(0, 5)]).unwrap();
        assert_eq!(steps(&calendar, 0), [(15, 3), (30, 0)]);
        calendar.give_back(window(15, 30), &[share(0, 3), share(2, 8)]).unwrap();
        assert_eq!(calendar.len(), 0);
    }

    #[test]
    fn the_past_is_forgotten_but_not_what_runs_on() {
        let mut calendar = Calendar::default();
        calendar.take(window(10, 20), &[share(0, 5), share(1, 2)], 8).unwrap();
        calendar.take(window(20, 25), &[share(0, 1)], 8).unwrap();
        calendar.forget_before(Hour(22));
        assert_eq!(steps(&calendar, 0), [(20, 1), (25, 0)]);
        assert_eq!(steps(&calendar, 1), []);
        calendar.forget_before(Hour(25));
        assert_eq!(calendar.len(), 0);
    }
}

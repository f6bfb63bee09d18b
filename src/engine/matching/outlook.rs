//! Outlooks: what a calendar can give at best, in two cache lines, so that the search passes over a listing that cannot
//! serve without fetching its calendar.

use crate::domain::listing::Listing;

use super::calendar::Calendar;
use super::fit::Starts;
use super::slab::index;

/// For each number of cards and each stretch of start hours, the longest time for which that many cards are free, in
/// all islands together. Never less than the truth; after cards were taken it may be more.
#[derive(Debug, Clone)]
pub(super) struct Outlook {
    longest: [[u16; STRETCHES]; LEVELS],
}

/// Levels are 1, 2, 4, 8 and 16 cards.
const LEVELS: usize = 5;
const HIGHEST_LEVEL: u32 = 4;
/// Hours of a stretch: four days; few in tests, so that small books have several.
const STRETCH_HOURS: i32 = if cfg!(test) { 2 } else { 96 };
/// Stretches are counted round a ring of 96 days; what lies further apart shares one, and the longest counts.
const STRETCHES: usize = 24;

impl Outlook {
    /// Rules nothing out.
    pub(super) const OPEN: Outlook = Outlook {
        longest: [[u16::MAX; STRETCHES]; LEVELS],
    };

    /// Read from a calendar. Maintenance is left out of account.
    pub(super) fn of(listing: &Listing, calendar: &Calendar) -> Outlook {
        let mut outlook = Outlook {
            longest: [[0; STRETCHES]; LEVELS],
        };
        let free = free_steps(listing, calendar);
        for level in 0..LEVELS {
            let mut since = None;
            for &(hour, free) in &free {
                match since {
                    None if free >= 1 << level => since = Some(hour),
                    Some(from) if free < 1 << level => {
                        outlook.note(level, from, hour);
                        since = None;
                    }
                    Some(_) | None => {}
                }
            }
        }
        outlook
    }

    /// What holds for each of several outlooks. None: one of them rules nothing out, so this would not either.
    pub(super) fn of_all<'a>(outlooks: impl Iterator<Item = &'a Outlook>) -> Option<Box<Outlook>> {
        let mut all = Box::new(Outlook {
            longest: [[0; STRETCHES]; LEVELS],
        });
        for outlook in outlooks {
            if outlook.longest[0] == [u16::MAX; STRETCHES] {
                return None;
            }
            for (widest, longest) in all.longest.iter_mut().flatten().zip(outlook.longest.iter().flatten()) {
                *widest = (*widest).max(*longest);
            }
        }
        Some(all)
    }

    /// Whether so many cards may be free for so many hours from one of these starts.
    pub(super) fn may_fit(&self, cards: u32, hours: i32, starts: Starts) -> bool {
        let level = index(cards.max(1).ilog2().min(HIGHEST_LEVEL));
        let hours = u16::try_from(hours).unwrap_or(u16::MAX);
        let (first, last) = (
            starts.from.div_euclid(STRETCH_HOURS),
            (starts.until - 1).div_euclid(STRETCH_HOURS),
        );
        let longest = &self.longest[level];
        if usize::try_from(last - first).map_or(true, |count| count >= STRETCHES) {
            return longest.iter().any(|longest| *longest >= hours);
        }
        let (first, last) = (place(first), place(last));
        if first <= last {
            longest[first..=last].iter().any(|longest| *longest >= hours)
        } else {
            longest[first..]
                .iter()
                .chain(&longest[..=last])
                .any(|longest| *longest >= hours)
        }
    }

    /// At least so many cards are free throughout `[from, until)`.
    fn note(&mut self, level: usize, from: i32, until: i32) {
        // The earliest stretch of a place on the ring has the longest time left.
        let stretches = from.div_euclid(STRETCH_HOURS)..=(until - 1).div_euclid(STRETCH_HOURS);
        for stretch in stretches.take(STRETCHES) {
            let hours = until - from.max(stretch * STRETCH_HOURS);
            let longest = &mut self.longest[level][place(stretch)];
            *longest = (*longest).max(u16::try_from(hours).unwrap_or(u16::MAX));
        }
    }
}

fn place(stretch: i32) -> usize {
    usize::try_from(stretch).map_or(0, |stretch| stretch % STRETCHES)
}

/// Cards free in all islands together, from each hour until the next; 0 at the end of the listing's window.
fn free_steps(listing: &Listing, calendar: &Calendar) -> Vec<(i32, u32)> {
    let (from, until) = (listing.window.from().0, listing.window.until().0);
    let mut changes = Vec::with_capacity(calendar.len() + 1);
    let mut taken = 0_i64;
    for island in 0..listing.islands {
        let mut before = 0;
        for step in calendar.island(island) {
            let change = i64::from(step.taken) - i64::from(before);
            before = step.taken;
            if step.hour <= from {
                taken += change;
            } else if step.hour < until {
                changes.push((step.hour, change));
            }
        }
    }
    if listing.islands > 1 {
        changes.sort_unstable();
    }
    let cards = i64::from(listing.cards());
    let mut steps = Vec::with_capacity(changes.len() + 2);
    steps.push((from, free(cards, taken)));
    for (hour, change) in changes {
        taken += change;
        match steps.last_mut() {
            Some(last) if last.0 == hour => last.1 = free(cards, taken),
            Some(_) | None => steps.push((hour, free(cards, taken))),
        }
    }
    steps.push((until, 0));
    steps
}

fn free(cards: i64, taken: i64) -> u32 {
    u32::try_from(cards - taken).unwrap_or(0)
}

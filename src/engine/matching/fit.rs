//! Fits: at which starts a listing's calendar gives how many cards for a number of hours.

use crate::domain::listing::Listing;

use super::calendar::{Calendar, Step};

/// The half-open range of hours at which a lease may start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Starts {
    pub(super) from: i32,
    pub(super) until: i32,
}

/// Starts at which the same number of cards is free for the whole lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) starts: Starts,
    pub(super) free: u32,
}

/// How the islands of a listing count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Islands {
    /// What they give together.
    Together,
    /// What the best of them gives alone.
    Alone,
}

/// The cards of an island, and the fewest free ones that are of use.
#[derive(Debug, Clone, Copy)]
struct Island {
    cards: u32,
    least: u32,
}

/// Buffers of the search in calendars.
#[derive(Debug, Default)]
pub(super) struct Fit {
    spans: Vec<Span>,
    island: Vec<Span>,
    merged: Vec<Span>,
    /// Steps within the sliding lease, falling in cards taken: (end, taken).
    queue: Vec<(i32, u32)>,
}

impl Starts {
    pub(super) fn is_empty(self) -> bool {
        self.from >= self.until
    }

    pub(super) fn within(self, other: Starts) -> Starts {
        Starts {
            from: self.from.max(other.from),
            until: self.until.min(other.until),
        }
    }
}

impl Fit {
    /// Cards free for `hours` from each of `starts`, ascending; what is not named is less than a lot. The caller has
    /// cut `starts` to the listing's window; its maintenance is cut here.
    pub(super) fn spans(
        &mut self,
        listing: &Listing,
        calendar: &Calendar,
        islands: Islands,
        hours: i32,
        starts: Starts,
    ) -> &[Span] {
        self.spans.clear();
        let one_lot = listing.islands == 1 || islands == Islands::Alone;
        let size = Island {
            cards: listing.cards_per_island,
            least: if one_lot { listing.lot_cards.max(1) } else { 1 },
        };
        for island in 0..listing.islands {
            let steps = calendar.island(island);
            if island == 0 {
                slide(steps, size, hours, starts, &mut self.queue, &mut self.spans);
                continue;
            }
            self.island.clear();
            slide(steps, size, hours, starts, &mut self.queue, &mut self.island);
            match islands {
                Islands::Together => merge(&self.spans, &self.island, &mut self.merged, u32::saturating_add),
                Islands::Alone => merge(&self.spans, &self.island, &mut self.merged, u32::max),
            }
            std::mem::swap(&mut self.spans, &mut self.merged);
        }
        for window in &listing.maintenance {
            let from = window.from().0.saturating_sub(hours).saturating_add(1);
            cut(
                &self.spans,
                Starts {
                    from,
                    until: window.until().0,
                },
                &mut self.merged,
            );
            std::mem::swap(&mut self.spans, &mut self.merged);
        }
        &self.spans
    }

    /// The earliest of `starts` from which `cards` are free for `hours`.
    pub(super) fn earliest(
        &mut self,
        listing: &Listing,
        calendar: &Calendar,
        islands: Islands,
        hours: i32,
        starts: Starts,
        cards: u32,
    ) -> Option<i32> {
        if !listing.maintenance.is_empty() || (islands == Islands::Together && listing.islands > 1) {
            let spans = self.spans(listing, calendar, islands, hours, starts);
            return spans
                .iter()
                .find(|span| span.free >= cards)
                .map(|span| span.starts.from);
        }
        let most_taken = listing.cards_per_island.checked_sub(cards)?;
        let mut left = starts;
        let mut best = None;
        for island in 0..listing.islands {
            if let Some(start) = first_run(calendar.island(island), most_taken, hours, left) {
                best = Some(start);
                left.until = start;
            }
        }
        best
    }
}

/// Appends the starts from which at least `least` cards of one island are free throughout: the sliding minimum of a
/// step function, in one pass over its steps. Whatever would run into a step with too few is passed over at once.
fn slide(steps: &[Step], island: Island, hours: i32, starts: Starts, queue: &mut Vec<(i32, u32)>, out: &mut Vec<Span>) {
    let Some(most_taken) = island.cards.checked_sub(island.least) else {
        return;
    };
    queue.clear();
    let mut head = 0;
    let end_of = |at: usize| steps.get(at).map_or(i32::MAX, |step| step.hour);
    let mut next = steps.partition_point(|step| step.hour <= starts.from);
    let mut start = starts.from;
    let taken = next.checked_sub(1).map_or(0, |last| steps[last].taken);
    if taken > most_taken {
        start = end_of(next);
    } else {
        queue.push((end_of(next), taken));
    }
    loop {
        while let Some(step) = steps.get(next).filter(|step| step.hour < start.saturating_add(hours)) {
            next += 1;
            if step.taken > most_taken {
                start = end_of(next);
                queue.clear();
                head = 0;
                continue;
            }
            while queue.len() > head && queue[queue.len() - 1].1 <= step.taken {
                queue.pop();
            }
            queue.push((end_of(next), step.taken));
        }
        if start >= starts.until {
            return;
        }
        while queue[head].0 <= start {
            head += 1;
        }
        let (end, taken) = queue[head];
        let entering = end_of(next).saturating_sub(hours).saturating_add(1);
        let until = end.min(entering).min(starts.until);
        append(
            out,
            Span {
                starts: Starts { from: start, until },
                free: island.cards - taken,
            },
        );
        start = until;
    }
}

/// The earliest start from which at most `most_taken` cards are taken throughout.
fn first_run(steps: &[Step], most_taken: u32, hours: i32, starts: Starts) -> Option<i32> {
    if starts.is_empty() {
        return None;
    }
    let first = steps.partition_point(|step| step.hour <= starts.from);
    let taken = first.checked_sub(1).map_or(0, |last| steps[last].taken);
    let mut start = (taken <= most_taken).then_some(starts.from);
    for step in &steps[first..] {
        match start {
            Some(from) if step.hour.saturating_sub(from) >= hours => return Some(from),
            Some(_) if step.taken > most_taken => start = None,
            None if step.hour >= starts.until => return None,
            None if step.taken <= most_taken => start = Some(step.hour),
            Some(_) | None => {}
        }
    }
    start.filter(|&from| from < starts.until)
}

/// Appends a span, joining it to an equal neighbour and leaving out zero.
fn append(out: &mut Vec<Span>, span: Span) {
    if span.free == 0 || span.starts.is_empty() {
        return;
    }
    match out.last_mut() {
        Some(last) if last.free == span.free && last.starts.until == span.starts.from => {
            last.starts.until = span.starts.until;
        }
        Some(_) | None => out.push(span),
    }
}

/// Adds up two lists of spans, hour by hour.
fn merge(left: &[Span], right: &[Span], out: &mut Vec<Span>, add: impl Fn(u32, u32) -> u32) {
    out.clear();
    let (mut l, mut r) = (0, 0);
    let mut hour = i32::MIN;
    loop {
        while left.get(l).is_some_and(|span| span.starts.until <= hour) {
            l += 1;
        }
        while right.get(r).is_some_and(|span| span.starts.until <= hour) {
            r += 1;
        }
        let (mut free, mut until) = (0, i32::MAX);
        for span in [left.get(l), right.get(r)].into_iter().flatten() {
            if span.starts.from <= hour {
                free = add(free, span.free);
                until = until.min(span.starts.until);
            } else {
                until = until.min(span.starts.from);
            }
        }
        append(
            out,
            Span {
                starts: Starts { from: hour, until },
                free,
            },
        );
        if l == left.len() && r == right.len() {
            return;
        }
        hour = until;
    }
}

/// Copies spans without the starts in `without`.
fn cut(spans: &[Span], without: Starts, out: &mut Vec<Span>) {
    out.clear();
    for &Span { starts, free } in spans {
        append(
            out,
            Span {
                starts: Starts {
                    until: starts.until.min(without.from),
                    ..starts
                },
                free,
            },
        );
        append(
            out,
            Span {
                starts: Starts {
                    from: starts.from.max(without.until),
                    ..starts
                },
                free,
            },
        );
    }
}

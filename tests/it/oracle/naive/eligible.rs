//! Which listings may serve a bid at all, and when.

use qiantang::domain::bid::{Alternative, Bid};
use qiantang::domain::listing::ListingMode;
use qiantang::domain::time::{Hour, Window};

use super::{NaiveBook, Stand};

impl NaiveBook {
    /// "**Eligible listing** for bid b, alternative a, start s (end e = s + a.hours): open, mode `book`; accelerator =
    /// a's; site allowed; domestic if asked; its SLA at least as strict as asked; `[s, e)` inside its window and
    /// outside its maintenance; min_hours ≤ hours ≤ max_hours; ask ≤ a.limit; another org than the tenant."
    ///
    /// A site is allowed if the bid names none or this one, and if it is not bound to another one: "The first fill
    /// binds the bid to its alternative, and for `one_site` to its site." An org includes its owner group: "An org
    /// never trades with itself".
    pub(super) fn eligible(&self, stand: &Stand, bid: &Bid, alternative: &Alternative, window: Window) -> bool {
        let listing = &stand.listing;
        let bound_site = bid.bound.and_then(|bound| bound.site);
        listing.mode == ListingMode::Book
            && listing.accelerator == alternative.accelerator
            && bid.sites.as_ref().is_none_or(|sites| sites.contains(&listing.site))
            && bound_site.is_none_or(|site| site == listing.site)
            && (!bid.domestic_only || self.domestic.contains(&listing.accelerator))
            && bid
                .max_fault_rate
                .is_none_or(|asked| listing.sla.max_fault_rate <= asked)
            && hours_in(window).all(|hour| hour_inside(hour, listing.window))
            && !listing
                .maintenance
                .iter()
                .any(|closed| hours_in(window).any(|hour| hour_inside(hour, *closed)))
            && listing.min_hours <= alternative.hours
            && alternative.hours <= listing.max_hours
            && listing.ask <= alternative.limit
            && listing.provider != bid.tenant
            && listing.group != bid.group
    }
}

/// All alternatives, or the one that "the first fill binds the bid to".
pub(super) fn live(bid: &Bid) -> impl Iterator<Item = (usize, &Alternative)> {
    let bound = bid.bound.map(|bound| bound.alternative);
    (0..)
        .zip(&bid.alternatives)
        .filter(move |(index, _)| bound.is_none() || bound == Some(*index))
}

/// "**Start.** s is in [max(b.earliest, now rounded up to the hour), b.latest − a.hours]", each with its end.
pub(super) fn starts(bid: &Bid, alternative: &Alternative, now: Hour) -> Vec<Window> {
    let mut windows = Vec::new();
    let mut start = bid.earliest.max(now);
    while start.plus(alternative.hours) <= bid.latest {
        windows.extend(Window::new(start, start.plus(alternative.hours)));
        start = start.plus(1);
    }
    windows
}

/// "q cards (what is still unfilled of a.cards)".
pub(super) fn unfilled(bid: &Bid, alternative: &Alternative) -> u32 {
    assert!(
        bid.filled_cards <= alternative.cards,
        "no bid is filled beyond what it asked for"
    );
    alternative.cards - bid.filled_cards
}

fn hours_in(window: Window) -> impl Iterator<Item = Hour> {
    (window.from().0..window.until().0).map(Hour)
}

fn hour_inside(hour: Hour, window: Window) -> bool {
    window.from() <= hour && hour < window.until()
}

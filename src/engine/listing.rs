//! Opening, amending and withdrawing listings.

use super::event::{Event, ListingImage};
use super::limits;
use super::rejection::{FieldErrors, FieldRule, Rejection, require_version};
use super::state::State;
use super::supply;
use super::timer;
use crate::domain::id::{ListingId, OrgId};
use crate::domain::listing::{Listing, ListingState, NewListing};
use crate::domain::money::Price;
use crate::domain::organisation::OrgKind;
use crate::domain::rate::{BasisPoints, Fraction};
use crate::domain::rounding::{self, Rounding};
use crate::domain::time::{Hour, Timestamp, Window};
use crate::domain::version::Version;

/// Opens a listing; resting bids take from it at once.
pub fn open(
    state: &mut State,
    events: &mut Vec<Event>,
    (provider, new): (OrgId, NewListing),
    at: Timestamp,
) -> Result<(), Rejection> {
    let listing = check(state, provider, new, at)?;
    let id = listing.id;
    state.counters.listing += 1;
    state.counters.seq += 1;
    events.push(Event::ListingOpened(Box::new(ListingImage {
        listing: listing.clone(),
        state: ListingState::Open,
    })));
    restore(state, listing);
    supply::serve(state, events, id, at).map_err(Rejection::after_change)
}

/// Puts an open listing into the book.
pub fn restore(state: &mut State, listing: Listing) {
    let (due_at, due) = timer::of_listing(&listing);
    state.timers.set(due_at, due);
    state.book.open(listing);
}

fn check(state: &State, provider: OrgId, new: NewListing, at: Timestamp) -> Result<Listing, Rejection> {
    let mut errors = FieldErrors::default();
    let org = state.orgs.get(&provider);
    let may_list = org.is_some_and(|org| org.is(OrgKind::Provider));
    errors.require(
        may_list,
        "/provider",
        FieldRule::NotEligible,
        "is not registered as a provider",
    );
    let accelerator = state.catalogue.accelerator_id(&new.accelerator);
    if accelerator.is_none() {
        errors.add(
            "/accelerator",
            FieldRule::Unknown,
            format!("names no accelerator: {}", new.accelerator),
        );
    }
    let site = state.catalogue.site_id(&new.site);
    if site.is_none() {
        errors.add("/site", FieldRule::Unknown, format!("names no site: {}", new.site));
    }
    limits::price(&mut errors, "/ask", new.ask);
    if let Some(accelerator) = accelerator {
        collar(&mut errors, "/ask", new.ask, bounds(state, accelerator));
    }
    check_cards(&mut errors, &new);
    let window = check_hours(&mut errors, &new, at);
    errors.check()?;
    let fault = Rejection::Fault("a checked listing lacks a part");
    let (Some(org), Some(accelerator), Some(site), Some(window)) = (org, accelerator, site, window) else {
        return Err(fault);
    };
    Ok(Listing {
        id: ListingId(state.counters.listing),
        seq: crate::domain::id::Seq(state.counters.seq),
        provider,
        group: org.group,
        site,
        accelerator,
        islands: new.islands,
        cards_per_island: new.cards_per_island,
        window,
        ask: new.ask,
        lot_cards: new.lot_cards,
        min_hours: new.min_hours,
        max_hours: new.max_hours,
        mode: new.mode,
        sla: new.sla,
        maintenance: in_order(new.maintenance),
    })
}

/// In the order in which tables give them back.
fn in_order(mut windows: Vec<Window>) -> Vec<Window> {
    windows.sort_unstable_by_key(|window| window.from());
    windows
}

fn check_cards(errors: &mut FieldErrors, new: &NewListing) {
    limits::count(errors, "/islands", new.islands, limits::ISLANDS_MAX);
    limits::count(errors, "/cards_per_island", new.cards_per_island, limits::CARDS_MAX);
    limits::count(errors, "/lot_cards", new.lot_cards, limits::CARDS_MAX);
    let cards = new
        .islands
        .checked_mul(new.cards_per_island)
        .filter(|&cards| cards <= limits::CARDS_MAX);
    match cards {
        None => errors.add(
            "/islands",
            FieldRule::TooLarge,
            "times cards_per_island must be at most 1000000 cards",
        ),
        Some(cards) if new.lot_cards > 0 && !cards.is_multiple_of(new.lot_cards) => {
            let detail = format!("must divide the {cards} cards of the listing");
            errors.add("/lot_cards", FieldRule::NotDivisible, detail);
        }
        Some(_) => {}
    }
    let whole = Fraction::from_ppm(Fraction::WHOLE_PPM);
    let fits = new.sla.max_fault_rate <= whole;
    errors.require(fits, "/sla/max_fault_rate", FieldRule::TooLarge, "must be at most 1");
}

fn check_hours(errors: &mut FieldErrors, new: &NewListing, at: Timestamp) -> Option<Window> {
    limits::count(errors, "/min_hours", new.min_hours, limits::HOURS_MAX);
    limits::count(errors, "/max_hours", new.max_hours, limits::HOURS_MAX);
    let ordered = new.min_hours <= new.max_hours;
    errors.require(
        ordered,
        "/max_hours",
        FieldRule::Reversed,
        "must not be less than min_hours",
    );
    let window = Window::new(new.from, new.until);
    match window {
        None => errors.add("/until", FieldRule::Reversed, "must come after from"),
        Some(window) => {
            let long = window.hours() > limits::HOURS_MAX;
            errors.require(
                !long,
                "/until",
                FieldRule::TooLarge,
                "must be at most 26304 hours after from",
            );
            errors.require(
                window.until() > at.hour_ceil(),
                "/until",
                FieldRule::Past,
                "has passed already",
            );
        }
    }
    let few = new.maintenance.len() <= limits::MAINTENANCE_MAX;
    errors.require(few, "/maintenance", FieldRule::TooMany, "must have at most 64 windows");
    for (index, maintenance) in new.maintenance.iter().enumerate() {
        if window.is_some_and(|window| !window.contains(*maintenance)) {
            errors.add(
                format!("/maintenance/{index}"),
                FieldRule::Exceeds,
                "must lie inside the listing's window",
            );
        }
    }
    check_overlaps(errors, &new.maintenance);
    window
}

/// What overlaps says one thing twice.
fn check_overlaps(errors: &mut FieldErrors, maintenance: &[Window]) {
    let few = maintenance.get(..limits::MAINTENANCE_MAX).unwrap_or(maintenance);
    for (index, window) in few.iter().enumerate() {
        if few.iter().take(index).any(|before| before.overlaps(*window)) {
            let detail = "must not overlap one before it";
            errors.add(format!("/maintenance/{index}"), FieldRule::Duplicate, detail);
        }
    }
}

/// The collar around the reference price of a model; none without a reference price.
pub fn bounds(state: &State, accelerator: crate::domain::id::AcceleratorId) -> Option<(Price, Price)> {
    let reference = state.catalogue.reference_price(accelerator)?;
    let collar = state.terms.collar_bps;
    let as_amount = crate::domain::money::Money::from_fen(reference.micros());
    let width = rounding::share(as_amount, collar, Rounding::Floor).ok()?.fen();
    debug_assert!(collar <= BasisPoints::WHOLE, "terms are checked");
    Some((
        Price::from_micros(reference.micros() - width),
        Price::from_micros(reference.micros() + width),
    ))
}

/// Requires a price to lie inside the collar. It rejects and never reprices.
pub fn collar(errors: &mut FieldErrors, pointer: &str, price: Price, bounds: Option<(Price, Price)>) {
    if let Some((low, high)) = bounds.filter(|&(low, high)| price < low || price > high) {
        let detail = format!("must lie in the collar from {low} to {high} around the reference price");
        errors.add(pointer, FieldRule::OutsideCollar, detail);
    }
}

/// The provider's own open listing, or why there is none.
fn own(state: &State, provider: OrgId, id: ListingId) -> Result<&Listing, Rejection> {
    match state.book.listing(id) {
        Some(listing) if listing.provider == provider => Ok(listing),
        None if id.0 < state.counters.listing => Err(Rejection::ListingNotOpen(id)),
        Some(_) | None => Err(Rejection::ListingNotFound(id)),
    }
}

/// Takes a listing back; its leases stay.
pub fn withdraw(
    state: &mut State,
    events: &mut Vec<Event>,
    (provider, id): (OrgId, ListingId),
) -> Result<(), Rejection> {
    own(state, provider, id)?;
    remove(state, events, id, ListingState::Withdrawn);
    Ok(())
}

/// Takes a listing out of the book.
pub fn remove(state: &mut State, events: &mut Vec<Event>, id: ListingId, end: ListingState) {
    if let Some(listing) = state.book.close(id) {
        let (due_at, due) = timer::of_listing(&listing);
        state.timers.clear(due_at, due);
        events.push(Event::ListingChanged(Box::new(ListingImage { listing, state: end })));
    }
}

/// What a provider may change of a listing.
#[derive(Debug, Clone, Copy)]
pub struct ListingChange {
    /// The new price asked.
    pub ask: Option<Price>,
    /// More islands.
    pub islands: Option<u32>,
    /// A later end.
    pub until: Option<Hour>,
    /// The version that was seen.
    pub if_match: Option<Version>,
}

/// Changes a listing. A higher ask keeps its place; a lower one or more capacity gets a new place and counts as new supply.
pub fn amend(
    state: &mut State,
    events: &mut Vec<Event>,
    (provider, id, change): (OrgId, ListingId, ListingChange),
    at: Timestamp,
) -> Result<(), Rejection> {
    let old = own(state, provider, id)?.clone();
    require_version(change.if_match, || old.version(ListingState::Open))?;
    let mut new = old.clone();
    new.ask = change.ask.unwrap_or(old.ask);
    new.islands = change.islands.unwrap_or(old.islands);
    let until = change.until.unwrap_or(old.window.until());
    let mut errors = FieldErrors::default();
    limits::price(&mut errors, "/ask", new.ask);
    if change.ask.is_some() {
        collar(&mut errors, "/ask", new.ask, bounds(state, old.accelerator));
    }
    errors.require(
        new.islands >= old.islands,
        "/islands",
        FieldRule::Fixed,
        "can only grow",
    );
    errors.require(
        until >= old.window.until(),
        "/until",
        FieldRule::Fixed,
        "can only move later",
    );
    let window = Window::new(old.window.from(), until).filter(|window| window.hours() <= limits::HOURS_MAX);
    errors.require(
        window.is_some(),
        "/until",
        FieldRule::TooLarge,
        "must be at most 26304 hours after from",
    );
    let cards = new
        .islands
        .checked_mul(new.cards_per_island)
        .filter(|&cards| cards <= limits::CARDS_MAX);
    let whole_lots = cards.is_some_and(|cards| cards.is_multiple_of(new.lot_cards));
    let few = cards.is_some() && new.islands <= limits::ISLANDS_MAX;
    errors.require(
        few,
        "/islands",
        FieldRule::TooLarge,
        "must be at most 10000 with at most 1000000 cards",
    );
    errors.require(
        whole_lots || !few,
        "/islands",
        FieldRule::NotDivisible,
        "must make whole lots",
    );
    errors.check()?;
    new.window = window.unwrap_or(old.window);
    let more = new.ask < old.ask || new.islands > old.islands || new.window != old.window;
    if more {
        new.seq = state.next_seq();
    }
    let (due_at, due) = timer::of_listing(&old);
    state.timers.clear(due_at, due);
    let (due_at, due) = timer::of_listing(&new);
    state.timers.set(due_at, due);
    events.push(Event::ListingChanged(Box::new(ListingImage {
        listing: new.clone(),
        state: ListingState::Open,
    })));
    state.book.replace(new);
    if more {
        supply::serve(state, events, id, at).map_err(Rejection::after_change)
    } else {
        Ok(())
    }
}

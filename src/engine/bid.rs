//! Placing, amending, cancelling and expiring bids.

use std::collections::BTreeSet;

use super::command::BidChange;
use super::event::{BidImage, Event};
use super::fill;
use super::limits;
use super::listing::{bounds, collar};
use super::posting;
use super::rejection::{FieldErrors, FieldRule, Rejection, invalid, require_version};
use super::settlement::fees;
use super::state::State;
use super::timer;
use crate::domain::account::AccountKey;
use crate::domain::bid::{Alternative, Bid, BidState, FillRule, NewAlternative, NewBid, TimeInForce, VoucherPolicy};
use crate::domain::id::{BidId, OrgId, Seq, SiteId};
use crate::domain::money::{Money, Overflow};
use crate::domain::organisation::OrgKind;
use crate::domain::rate::BasisPoints;
use crate::domain::rounding::{self, Rounding};
use crate::domain::time::{Hour, Timestamp};
use crate::domain::version::Version;

/// Places a bid: it holds cash, looks once, and then rests or ends, as its time in force says.
pub fn place(
    state: &mut State,
    events: &mut Vec<Event>,
    (tenant, new): (OrgId, NewBid),
    at: Timestamp,
) -> Result<(), Rejection> {
    let (mut bid, needed) = prepare(state, (tenant, new), at)?;
    require_cash(state, tenant, needed)?;
    state.counters.bid += 1;
    state.counters.seq += 1;
    let placed = events.len();
    posting::hold::post(state, events, (&bid, needed), at)?;
    bid.held = needed;
    let image = BidImage {
        bid: bid.clone(),
        state: BidState::Open,
    };
    events.insert(placed, Event::BidPlaced(Box::new(image)));
    look(state, events, bid, at).map_err(Rejection::after_change)
}

/// A bid as it would be placed, and what it needs on hold. Nothing has changed yet, and cash was not looked at.
pub fn prepare(state: &State, (tenant, new): (OrgId, NewBid), at: Timestamp) -> Result<(Bid, Money), Rejection> {
    let open = state.open_bids.get(&tenant).copied().unwrap_or(0);
    if open >= limits::OPEN_BIDS_MAX {
        return Err(Rejection::Limit("an organisation has at most 200000 open bids"));
    }
    let bid = check(state, tenant, new, at)?;
    let needed = hold_for(&bid, fees::highest_tenant_rate(state, at))?;
    Ok((bid, needed))
}

fn require_cash(state: &State, tenant: OrgId, needed: Money) -> Result<(), Rejection> {
    let available = state.ledger.balance(AccountKey::Cash(tenant));
    if needed <= available {
        return Ok(());
    }
    let missing = needed.minus(available)?;
    Err(Rejection::InsufficientCash {
        needed,
        available,
        missing,
    })
}

/// What a bid needs on hold for what is left of it: limit × cards × hours + fee of its dearest live alternative, at the highest rate
/// that the tenant may come to pay.
pub fn hold_for(bid: &Bid, tenant_fee: BasisPoints) -> Result<Money, Overflow> {
    let mut dearest = Money::ZERO;
    for (_, alternative) in bid.live_alternatives() {
        let charge = rounding::charge_for_hours(alternative.limit, bid.wanted(alternative), alternative.hours)?;
        let fee = rounding::share(charge, tenant_fee, Rounding::HalfUp)?;
        dearest = dearest.max(charge.plus(fee)?);
    }
    Ok(dearest)
}

/// Lets a bid that is not in the book take what it can; then it rests or ends.
fn look(state: &mut State, events: &mut Vec<Event>, mut bid: Bid, at: Timestamp) -> Result<(), Rejection> {
    let before = bid.filled_cards;
    let done = fill::take_covers(state, events, &mut bid, at)?;
    let changed = bid.filled_cards != before;
    let stays = matches!(bid.tif, TimeInForce::Gtc | TimeInForce::Gtd { .. });
    if done {
        events.push(Event::BidChanged(Box::new(BidImage {
            bid,
            state: BidState::Filled,
        })));
    } else if stays {
        if changed {
            let image = BidImage {
                bid: bid.clone(),
                state: BidState::PartlyFilled,
            };
            events.push(Event::BidChanged(Box::new(image)));
        }
        restore(state, bid);
    } else {
        end(state, events, bid, (BidState::Cancelled, at))?;
    }
    Ok(())
}

/// Puts a resting bid into the book.
pub fn restore(state: &mut State, bid: Bid) {
    let (due_at, due) = timer::of_bid(&bid);
    state.timers.set(due_at, due);
    *state.open_bids.entry(bid.tenant).or_default() += 1;
    state.book.rest(bid);
}

/// Takes a resting bid out of the book.
fn take(state: &mut State, id: BidId) -> Option<Bid> {
    let bid = state.book.take_bid(id)?;
    let (due_at, due) = timer::of_bid(&bid);
    state.timers.clear(due_at, due);
    if let Some(open) = state.open_bids.get_mut(&bid.tenant) {
        *open = open.saturating_sub(1);
    }
    Some(bid)
}

/// A resting bid looks again because there is new supply.
pub fn look_again(state: &mut State, events: &mut Vec<Event>, id: BidId, at: Timestamp) -> Result<(), Rejection> {
    match take(state, id) {
        Some(bid) => look(state, events, bid, at),
        None => Err(Rejection::Fault("a servable bid does not rest")),
    }
}

/// Ends a bid that is not in the book any more and frees its hold.
fn end(
    state: &mut State,
    events: &mut Vec<Event>,
    mut bid: Bid,
    (end, at): (BidState, Timestamp),
) -> Result<(), Rejection> {
    let released = Money::from_fen(0).minus(bid.held)?;
    posting::hold::post(state, events, (&bid, released), at)?;
    bid.held = Money::ZERO;
    events.push(Event::BidChanged(Box::new(BidImage { bid, state: end })));
    Ok(())
}

/// Ends a resting bid because its time has passed.
pub fn expire(state: &mut State, events: &mut Vec<Event>, id: BidId, at: Timestamp) -> Result<(), Rejection> {
    match take(state, id) {
        Some(bid) => end(state, events, bid, (BidState::Expired, at)),
        None => Ok(()),
    }
}

/// The tenant's own resting bid, or why there is none.
fn own(state: &State, tenant: OrgId, id: BidId) -> Result<&Bid, Rejection> {
    match state.book.bid(id) {
        Some(bid) if bid.tenant == tenant => Ok(bid),
        None if id.0 < state.counters.bid => Err(Rejection::BidNotOpen(id)),
        Some(_) | None => Err(Rejection::BidNotFound(id)),
    }
}

/// Takes a bid back.
pub fn cancel(
    state: &mut State,
    events: &mut Vec<Event>,
    (tenant, id): (OrgId, BidId),
    at: Timestamp,
) -> Result<(), Rejection> {
    own(state, tenant, id)?;
    match take(state, id) {
        Some(bid) => end(state, events, bid, (BidState::Cancelled, at)),
        None => Err(Rejection::Fault("an open bid does not rest")),
    }
}

/// Changes a bid of which nothing was filled.
pub fn amend(
    state: &mut State,
    events: &mut Vec<Event>,
    (tenant, id, (change, if_match)): (OrgId, BidId, (BidChange, Option<Version>)),
    at: Timestamp,
) -> Result<(), Rejection> {
    let old = own(state, tenant, id)?.clone();
    require_version(if_match, || old.version(old.resting_state()))?;
    if old.filled_cards > 0 {
        return Err(Rejection::BidPartlyFilled(id));
    }
    let mut new = changed(&old, change)?;
    let mut errors = FieldErrors::default();
    check_terms(state, &mut errors, &new, at);
    errors.check()?;
    let needed = hold_for(&new, fees::highest_tenant_rate(state, at))?;
    let more = needed.minus(old.held)?;
    require_cash(state, tenant, more.max(Money::ZERO))?;
    let keeps_place = is_narrower(&old, &new);
    if !keeps_place {
        new.seq = state.next_seq();
    }
    take(state, id);
    posting::hold::post(state, events, (&new, more), at)?;
    new.held = needed;
    events.push(Event::BidChanged(Box::new(BidImage {
        bid: new.clone(),
        state: BidState::Open,
    })));
    if keeps_place {
        restore(state, new);
        return Ok(());
    }
    look(state, events, new, at).map_err(Rejection::after_change)
}

fn changed(old: &Bid, change: BidChange) -> Result<Bid, Rejection> {
    let mut new = old.clone();
    new.earliest = change.earliest.unwrap_or(old.earliest);
    new.latest = change.latest.unwrap_or(old.latest);
    if let Some(alternatives) = change.alternatives {
        let mut errors = FieldErrors::default();
        let same = alternatives.len() == old.alternatives.len();
        errors.require(
            same,
            "/alternatives",
            FieldRule::Fixed,
            "must be as many as before, in their order",
        );
        errors.check()?;
        for (slot, (cards, hours, limit)) in new.alternatives.iter_mut().zip(alternatives) {
            *slot = Alternative {
                cards,
                hours,
                limit,
                ..*slot
            };
        }
    }
    Ok(new)
}

/// Fewer cards, a lower limit or a narrower window keep the place.
fn is_narrower(old: &Bid, new: &Bid) -> bool {
    let pairs = || old.alternatives.iter().zip(&new.alternatives);
    old.earliest <= new.earliest
        && new.latest <= old.latest
        && pairs().all(|(old, new)| new.cards <= old.cards && new.limit <= old.limit && new.hours == old.hours)
}

fn check(state: &State, tenant: OrgId, new: NewBid, at: Timestamp) -> Result<Bid, Rejection> {
    check_lengths(&new)?;
    let mut errors = FieldErrors::default();
    let org = state.orgs.get(&tenant);
    let may_bid = org.is_some_and(|org| org.is(OrgKind::Tenant));
    errors.require(
        may_bid,
        "/tenant",
        FieldRule::NotEligible,
        "is not registered as a tenant",
    );
    errors.require(
        !new.alternatives.is_empty(),
        "/alternatives",
        FieldRule::Empty,
        "must have at least one",
    );
    let alternatives = resolve_alternatives(state, &mut errors, &new.alternatives);
    let sites = new.sites.as_ref().map(|sites| resolve_sites(state, &mut errors, sites));
    check_vouchers(state, &mut errors, tenant, &new.voucher);
    let group = org.map_or(tenant, |org| org.group);
    let bid = Bid {
        id: BidId(state.counters.bid),
        seq: Seq(state.counters.seq),
        tenant,
        group,
        alternatives,
        earliest: new.earliest,
        latest: new.latest,
        fill: new.fill,
        placement: new.placement,
        sites,
        domestic_only: new.domestic_only,
        max_fault_rate: new.max_fault_rate,
        tif: new.tif,
        voucher: new.voucher,
        purpose: new.purpose,
        filled_cards: 0,
        bound: None,
        held: Money::ZERO,
    };
    check_terms(state, &mut errors, &bid, at);
    errors.check()?;
    Ok(bid)
}

/// A list that is too long is refused before anybody walks it.
fn check_lengths(new: &NewBid) -> Result<(), Rejection> {
    let named = match &new.voucher {
        VoucherPolicy::Named(named) => named.len(),
        VoucherPolicy::Auto | VoucherPolicy::None => 0,
    };
    let sites = new.sites.as_ref().map_or(0, Vec::len);
    let lists = [
        (
            "/alternatives",
            new.alternatives.len(),
            limits::ALTERNATIVES_MAX,
            "must have at most 16",
        ),
        ("/sites", sites, limits::SITES_MAX, "must name at most 64 sites"),
        ("/voucher", named, limits::VOUCHERS_MAX, "must name at most 64 vouchers"),
    ];
    for (pointer, length, most, detail) in lists {
        if length > most {
            return Err(invalid(pointer, FieldRule::TooMany, detail));
        }
    }
    Ok(())
}

fn resolve_alternatives(state: &State, errors: &mut FieldErrors, new: &[NewAlternative]) -> Vec<Alternative> {
    let mut alternatives = Vec::with_capacity(new.len());
    for (index, alternative) in new.iter().enumerate() {
        let NewAlternative {
            accelerator: code,
            cards,
            hours,
            limit,
        } = alternative;
        match state.catalogue.accelerator_id(code) {
            Some(accelerator) => {
                alternatives.push(Alternative {
                    accelerator,
                    cards: *cards,
                    hours: *hours,
                    limit: *limit,
                });
            }
            None => {
                let pointer = format!("/alternatives/{index}/accelerator");
                errors.add(pointer, FieldRule::Unknown, format!("names no accelerator: {code}"));
            }
        }
    }
    alternatives
}

fn resolve_sites(state: &State, errors: &mut FieldErrors, codes: &[crate::domain::code::Code]) -> Vec<SiteId> {
    errors.require(
        !codes.is_empty(),
        "/sites",
        FieldRule::Empty,
        "must be null or name at least one site",
    );
    let mut sites = Vec::with_capacity(codes.len());
    for (index, code) in codes.iter().enumerate() {
        match state.catalogue.site_id(code) {
            Some(site) => sites.push(site),
            None => errors.add(
                format!("/sites/{index}"),
                FieldRule::Unknown,
                format!("names no site: {code}"),
            ),
        }
    }
    sites.sort_unstable();
    sites.dedup();
    sites
}

fn check_vouchers(state: &State, errors: &mut FieldErrors, tenant: OrgId, policy: &VoucherPolicy) {
    let VoucherPolicy::Named(named) = policy else { return };
    errors.require(
        !named.is_empty(),
        "/voucher",
        FieldRule::Empty,
        "must name at least one voucher",
    );
    let mut seen = BTreeSet::new();
    for (index, id) in named.iter().enumerate() {
        if !seen.insert(id) {
            let detail = format!("is named before: {id}");
            errors.add(format!("/voucher/{index}"), FieldRule::Duplicate, detail);
            continue;
        }
        let own = state.vouchers_of.get(&tenant).is_some_and(|own| own.contains(id));
        if !own {
            errors.add(
                format!("/voucher/{index}"),
                FieldRule::Unknown,
                format!("is no live voucher of the tenant: {id}"),
            );
        }
    }
}

/// The rules that hold for a new bid and for an amended one.
fn check_terms(state: &State, errors: &mut FieldErrors, bid: &Bid, at: Timestamp) {
    let reversed = bid.latest <= bid.earliest;
    errors.require(!reversed, "/latest", FieldRule::Reversed, "must come after earliest");
    let span = bid.latest.since(bid.earliest);
    let long = span > limits::HOURS_MAX;
    errors.require(
        !long,
        "/latest",
        FieldRule::TooLarge,
        "must be at most 26304 hours after earliest",
    );
    for (index, alternative) in bid.alternatives.iter().enumerate() {
        let pointer = |field: &str| format!("/alternatives/{index}/{field}");
        limits::count(errors, &pointer("cards"), alternative.cards, limits::CARDS_MAX);
        limits::count(errors, &pointer("hours"), alternative.hours, limits::HOURS_MAX);
        limits::price(errors, &pointer("limit"), alternative.limit);
        collar(
            errors,
            &pointer("limit"),
            alternative.limit,
            bounds(state, alternative.accelerator),
        );
        if !reversed && alternative.hours > span {
            let detail = format!("must fit between earliest and latest, which are {span} hours apart");
            errors.add(pointer("hours"), FieldRule::WindowTooShort, detail);
        } else if !reversed && too_late(bid, alternative, at.hour_ceil()) {
            errors.add(
                "/latest",
                FieldRule::Past,
                format!("leaves no time for alternative {index}"),
            );
        }
    }
    if let FillRule::Partial { min_cards } = bid.fill {
        limits::count(errors, "/min_cards", min_cards, limits::CARDS_MAX);
    }
    if let TimeInForce::Gtd { expires_at } = bid.tif {
        errors.require(expires_at > at, "/expires_at", FieldRule::Past, "has passed already");
    }
}

fn too_late(bid: &Bid, alternative: &Alternative, now: Hour) -> bool {
    let start = bid.earliest.max(now);
    start.plus(alternative.hours) > bid.latest
}

//! What a change of a lease comes to, and whether it can be done.

use super::not_in_state;
use super::refusal::LeaseRefusal;
use super::succeed::{self, Planned, Successor};
use crate::domain::id::OrgId;
use crate::domain::lease::{IslandShare, Lease};
use crate::domain::life::change::Change;
use crate::domain::life::close_code::CloseCode;
use crate::domain::life::{By, Moved};
use crate::domain::money::Price;
use crate::domain::organisation::OrgKind;
use crate::domain::time::{Hour, Timestamp, Window};
use crate::engine::limits;
use crate::engine::listing::{bounds, collar};
use crate::engine::rejection::{FieldErrors, FieldRule, Rejection, invalid};
use crate::engine::state::State;

/// What will happen once everybody has agreed.
pub(super) enum Plan {
    /// It ends at this hour, for this reason.
    End(Hour, CloseCode),
    /// It has other cards.
    Move(Moved),
    /// Another lease goes on in its place.
    Succeed(Box<Planned>),
}

/// What a change comes to, if it can be done now.
pub(super) fn plan(
    state: &State,
    lease: &Lease,
    (change, by): (&Change, By),
    at: Timestamp,
) -> Result<Plan, Rejection> {
    if lease.state.is_over() {
        return Err(not_in_state(lease));
    }
    if lease.life().ending.is_some() || lease.life().successor.is_some() {
        return Err(Rejection::Lease(LeaseRefusal::EndIsSet(lease.id())));
    }
    let from = change.from(lease.ends);
    if !matches!(change, Change::Extend { .. }) {
        check_from(lease, change, at)?;
    }
    let same = Successor {
        tenant: lease.fill.tenant,
        window: Window::new(from, lease.ends).unwrap_or(lease.fill.window),
        cards: lease.fill.cards,
        islands: lease.islands().to_vec(),
        price: lease.fill.price,
        vouchers: false,
    };
    let successor = match *change {
        Change::End { at } => return Ok(Plan::End(at, CloseCode::AGREED)),
        Change::Reclaim { from } => {
            check_reclaim(lease, (from, by), at)?;
            return Ok(Plan::End(from, CloseCode::RECLAIMED));
        }
        Change::Move { from, ref islands } => {
            return plan_move(state, lease, (from, islands.as_deref())).map(Plan::Move);
        }
        Change::Extend { until, price, vouchers } => {
            let window = check_extension(state, lease, until)?;
            let price = price.unwrap_or(lease.fill.price);
            check_price(state, lease, price)?;
            Successor {
                window,
                price,
                vouchers,
                ..same
            }
        }
        Change::Shrink { cards, vouchers, .. } => Successor {
            islands: check_shrink(state, lease, cards)?,
            cards,
            vouchers,
            ..same
        },
        Change::Transfer { org, vouchers, .. } => {
            check_tenant(state, lease, org)?;
            Successor {
                tenant: org,
                vouchers,
                ..same
            }
        }
        Change::Reprice { price, vouchers, .. } => {
            check_price(state, lease, price)?;
            Successor {
                price,
                vouchers,
                ..same
            }
        }
    };
    succeed::plan(state, lease, successor, at).map(|planned| Plan::Succeed(Box::new(planned)))
}

fn check_from(lease: &Lease, change: &Change, at: Timestamp) -> Result<(), Rejection> {
    let from = change.from(lease.ends);
    let pointer = match change {
        Change::End { .. } => "/at",
        Change::Extend { .. }
        | Change::Shrink { .. }
        | Change::Move { .. }
        | Change::Transfer { .. }
        | Change::Reprice { .. }
        | Change::Reclaim { .. } => "/from",
    };
    let mut errors = FieldErrors::default();
    errors.require(
        from.timestamp() > at,
        pointer,
        FieldRule::Past,
        "must lie in the future",
    );
    errors.require(
        from >= lease.fill.window.from(),
        pointer,
        FieldRule::TooSmall,
        "must not lie before the start of the lease",
    );
    errors.require(
        from < lease.ends,
        pointer,
        FieldRule::Exceeds,
        "must lie before the end of the lease",
    );
    errors.check()
}

fn check_reclaim(lease: &Lease, (from, by): (Hour, By), at: Timestamp) -> Result<(), Rejection> {
    let id = lease.id();
    let what = "reclaim cards";
    let notice = lease.life().delivery.reclaim_notice_hours;
    let notice = notice.ok_or(Rejection::Lease(LeaseRefusal::NotInTerms { lease: id, what }))?;
    if by != By::Provider {
        let detail = "is for the provider to ask for";
        return Err(invalid("/kind", FieldRule::NotEligible, detail));
    }
    // Notice is given when it is asked for; an answer may take its time.
    let asked_at = lease.life().changes.iter().find_map(|request| match request.change {
        Change::Reclaim { from: asked } if asked == from => Some(request.at),
        _ => None,
    });
    if from.timestamp() < asked_at.unwrap_or(at).plus_hours(notice) {
        let detail = format!("must lie at least {notice} hours ahead");
        return Err(invalid("/from", FieldRule::TooSmall, detail));
    }
    Ok(())
}

fn check_price(state: &State, lease: &Lease, price: Price) -> Result<(), Rejection> {
    let mut errors = FieldErrors::default();
    limits::price(&mut errors, "/price", price);
    if price != lease.fill.price {
        collar(&mut errors, "/price", price, bounds(state, lease.fill.accelerator));
    }
    errors.check()
}

/// The hours by which a lease is extended, if the very same cards are free in them.
fn check_extension(state: &State, lease: &Lease, until: Hour) -> Result<Window, Rejection> {
    let later = || invalid("/until", FieldRule::TooSmall, "must lie after the end of the lease");
    let window = Window::new(lease.ends, until).ok_or_else(later)?;
    let long = Window::new(lease.fill.window.from(), until).is_none_or(|whole| whole.hours() > limits::HOURS_MAX);
    if long {
        let detail = "must be at most 26304 hours after the start of the lease";
        return Err(invalid("/until", FieldRule::TooLarge, detail));
    }
    let listing = lease.fill.listing;
    if state.book.listing(listing).is_none() {
        return Err(Rejection::ListingNotOpen(listing));
    }
    require_free(state, lease, window, lease.islands())?;
    Ok(window)
}

fn require_free(state: &State, lease: &Lease, window: Window, islands: &[IslandShare]) -> Result<(), Rejection> {
    let free = state.book.free_by_island(lease.fill.listing, window);
    let fits = |share: &IslandShare| {
        let island = usize::try_from(share.island).unwrap_or(usize::MAX);
        free.get(island).is_some_and(|free| share.cards <= *free)
    };
    if islands.iter().all(fits) {
        Ok(())
    } else {
        Err(Rejection::Lease(LeaseRefusal::NotFree(lease.fill.listing)))
    }
}

/// The cards that stay: those of the first islands.
fn check_shrink(state: &State, lease: &Lease, cards: u32) -> Result<Vec<IslandShare>, Rejection> {
    let mut errors = FieldErrors::default();
    let fewer = (1..lease.fill.cards).contains(&cards);
    errors.require(
        fewer,
        "/cards",
        FieldRule::TooLarge,
        "must be at least 1 and fewer than the cards of the lease",
    );
    let lot = state
        .book
        .listing(lease.fill.listing)
        .map_or(1, |listing| listing.lot_cards.max(1));
    errors.require(
        cards.is_multiple_of(lot),
        "/cards",
        FieldRule::NotDivisible,
        "must make whole lots",
    );
    errors.check()?;
    Ok(first_cards(lease.islands().iter().copied(), cards))
}

/// The first so many cards of these.
fn first_cards(islands: impl Iterator<Item = IslandShare>, cards: u32) -> Vec<IslandShare> {
    let mut left = cards;
    let mut taken = Vec::new();
    for IslandShare { island, cards } in islands {
        let cards = cards.min(left);
        left -= cards;
        if cards > 0 {
            taken.push(IslandShare { island, cards });
        }
    }
    taken
}

fn check_tenant(state: &State, lease: &Lease, org: OrgId) -> Result<(), Rejection> {
    let mut errors = FieldErrors::default();
    let known = state.orgs.get(&org);
    let may = known.is_some_and(|known| known.is(OrgKind::Tenant));
    errors.require(may, "/org", FieldRule::NotEligible, "is not registered as a tenant");
    errors.require(
        org != lease.fill.tenant,
        "/org",
        FieldRule::Duplicate,
        "is the tenant already",
    );
    let strangers = state.group_of(org) != state.group_of(lease.fill.provider);
    errors.require(
        strangers,
        "/org",
        FieldRule::NotEligible,
        "belongs to the provider's owner group, which never trades with itself",
    );
    errors.check()
}

/// Other cards of the same listing: those that are named, or the first that are free.
fn plan_move(state: &State, lease: &Lease, (from, wanted): (Hour, Option<&[IslandShare]>)) -> Result<Moved, Rejection> {
    let listing = lease.fill.listing;
    let Some(open) = state.book.listing(listing) else {
        return Err(Rejection::ListingNotOpen(listing));
    };
    if lease.life().moves.len() >= limits::LEASE_MOVES_MAX {
        return Err(Rejection::Limit("a lease moves at most 64 times"));
    }
    let latest = lease
        .life()
        .moves
        .last()
        .map_or(lease.fill.window.from(), |moved| moved.from);
    if from < latest {
        let detail = format!("must not lie before {latest}, from which on it has its cards");
        return Err(invalid("/from", FieldRule::TooSmall, detail));
    }
    let window = Window::new(from, lease.ends).ok_or_else(|| not_in_state(lease))?;
    let free = state.book.free_by_island(listing, window);
    let own = |island: u32| {
        let share = lease.islands().iter().find(|share| share.island == island);
        share.map_or(0, |share| share.cards)
    };
    let islands = match wanted {
        Some(wanted) => {
            check_islands(lease, wanted, open.islands)?;
            wanted.to_vec()
        }
        None => {
            let spare = (0..).zip(&free).filter(|(island, _)| own(*island) == 0);
            first_cards(
                spare.map(|(island, &cards)| IslandShare { island, cards }),
                lease.fill.cards,
            )
        }
    };
    let fits = |share: &IslandShare| {
        let free = usize::try_from(share.island).ok().and_then(|island| free.get(island));
        free.is_some_and(|free| share.cards <= free.saturating_add(own(share.island)))
    };
    let enough = islands.iter().map(|share| share.cards).sum::<u32>() == lease.fill.cards;
    if !enough || !islands.iter().all(fits) {
        return Err(Rejection::Lease(LeaseRefusal::NotFree(listing)));
    }
    Ok(Moved { from, islands })
}

fn check_islands(lease: &Lease, wanted: &[IslandShare], islands: u32) -> Result<(), Rejection> {
    let mut errors = FieldErrors::default();
    let few = wanted.len() <= limits::ISLANDS_OF_MOVE_MAX;
    errors.require(few, "/islands", FieldRule::TooMany, "must be at most 1000");
    errors.check()?;
    let mut errors = FieldErrors::default();
    let ordered = wanted.windows(2).all(|pair| pair[0].island < pair[1].island);
    errors.require(
        ordered,
        "/islands",
        FieldRule::Duplicate,
        "must be named once each, in their order",
    );
    let known = wanted.iter().all(|share| share.island < islands && share.cards > 0);
    errors.require(
        known,
        "/islands",
        FieldRule::Unknown,
        "must name islands of the listing, with at least one card each",
    );
    let sum = wanted.iter().fold(0_u32, |sum, share| sum.saturating_add(share.cards));
    errors.require(
        sum == lease.fill.cards,
        "/islands",
        FieldRule::Contradicts,
        "must have as many cards as the lease",
    );
    errors.check()
}

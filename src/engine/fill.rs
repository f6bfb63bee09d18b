//! From covers to fills, leases and postings.

use super::event::Event;
use super::matching::Book;
use super::matching::cover::{Cover, PartCharge};
use super::rejection::Rejection;
use super::settlement::fees;
use super::state::State;
use super::voucher::wallet::{PartPayment, Wallet};
use super::voucher::{evaluate, reserved, spending};
use super::{bid, posting, sla, timer};
use crate::domain::bid::{Alternative, Bid, Bound, Placement};
use crate::domain::id::{FillId, LeaseId, ListingId, ProgrammeId};
use crate::domain::lease::{Fill, Lease, LeaseState, Origin};
use crate::domain::life::{HandOver, Life};
use crate::domain::listing::Sla;
use crate::domain::money::Money;
use crate::domain::rounding;
use crate::domain::spending::Spending;
use crate::domain::time::Timestamp;

/// Lets a bid take covers until nothing more fits; true when it is filled in full.
pub fn take_covers(
    state: &mut State,
    events: &mut Vec<Event>,
    bid: &mut Bid,
    at: Timestamp,
) -> Result<bool, Rejection> {
    loop {
        // The search works on the book while the wallet reads the rest of the state.
        let mut book = std::mem::take(&mut state.book);
        let found = Wallet::of(state, bid, at).map(|wallet| find(&mut book, &wallet, bid, at));
        state.book = book;
        let Some(paid) = found? else { return Ok(false) };
        let done = execute(state, events, (bid, paid?), at)?;
        if done {
            return Ok(true);
        }
    }
}

/// A cover with what each of its parts costs.
#[derive(Debug)]
pub struct PaidCover {
    /// Which cards.
    pub cover: Cover,
    /// The alternative covered.
    pub alternative: Alternative,
    /// What each part costs and who pays it, in the order of the cover's parts.
    pub parts: Vec<(PartCharge, PartPayment)>,
}

/// The best cover of a bid now, and what it costs; none if there is no feasible one.
pub fn find(book: &mut Book, wallet: &Wallet<'_>, bid: &Bid, at: Timestamp) -> Option<Result<PaidCover, Rejection>> {
    let cover = book.best_cover(bid, at.hour_ceil(), wallet)?;
    Some(pay(wallet, bid, cover))
}

fn pay(wallet: &Wallet<'_>, bid: &Bid, cover: Cover) -> Result<PaidCover, Rejection> {
    let missing = Rejection::Fault("a cover of an alternative that the bid does not have");
    let alternative = *bid.alternatives.get(cover.alternative).ok_or(missing)?;
    let mut charges = Vec::with_capacity(cover.parts.len());
    for part in &cover.parts {
        let charge = rounding::charge_for_hours(part.price, part.cards, alternative.hours)?;
        let (provider, site, price, cards) = (part.provider, part.site, part.price, part.cards);
        charges.push(PartCharge {
            provider,
            site,
            price,
            cards,
            charge,
        });
    }
    let payments = wallet.pay(&alternative, &charges)?;
    Ok(PaidCover {
        cover,
        alternative,
        parts: charges.into_iter().zip(payments).collect(),
    })
}

fn execute(
    state: &mut State,
    events: &mut Vec<Event>,
    (bid, paid): (&mut Bid, PaidCover),
    at: Timestamp,
) -> Result<bool, Rejection> {
    let done = advance(bid, &paid);
    let PaidCover {
        cover,
        alternative,
        parts,
    } = paid;
    let spent = parts.iter().try_fold(Money::ZERO, |sum, (_, payment)| {
        sum.plus(payment.net)?.plus(payment.fee)
    })?;
    let declared = Money::sum(parts.iter().map(|(charge, _)| charge.charge))?;
    let rest = if done {
        Money::ZERO
    } else {
        bid::hold_for(bid, fees::highest_tenant_rate(state, at))?
    };
    // All parts of one cover pay the rate that the search has counted with.
    let tenant_fee = fees::tenant_rate(state, bid.tenant, at);
    let mut freed = freed(state, bid, spent.plus(rest)?)?;
    bid.held = bid.held.minus(spent)?.minus(freed)?;
    for (part, (charge, payment)) in cover.parts.iter().zip(parts) {
        let id = state.counters.fill;
        state.counters.fill += 1;
        // The order in which islands were looked at means nothing any more, and tables do not keep it.
        let mut islands = part.islands.clone();
        islands.sort_unstable_by_key(|share| share.island);
        let fill = Fill {
            id: FillId(id),
            lease: LeaseId(id),
            bid: bid.id,
            alternative: cover.alternative,
            tenant: bid.tenant,
            listing: part.listing,
            provider: part.provider,
            accelerator: alternative.accelerator,
            site: part.site,
            cards: part.cards,
            islands,
            window: cover.window,
            price: part.price,
            charge: charge.charge,
            voucher: payment.voucher,
            draws: payment.draws,
            net: payment.net,
            fee: payment.fee,
            tenant_fee,
            provider_fee: fees::provider_rate(state, part.provider, at),
            vat: fees::vat_rate(state, at),
            at,
            origin: Origin::Match,
            sla: promised(state, part.listing),
        };
        if let Some(programme) = payment.evaluation.as_ref().map(|evaluation| evaluation.programme) {
            change_drawn(state, events, (programme, &fill, fill.voucher))?;
            reserved::change(state, programme, fill.voucher)?;
        }
        state.traded.add((fill.tenant, fill.provider), fill.charge, at)?;
        posting::fill::post(state, events, &fill, std::mem::take(&mut freed))?;
        let life = Life::under(state.terms.delivery, fill.window.from().timestamp());
        open_lease(state, events, (fill, life))?;
        if let Some(evaluation) = payment.evaluation.map(Box::new) {
            let fill = FillId(id);
            events.push(Event::Evaluated { fill, evaluation });
        }
    }
    let more = Spending {
        spent: Money::ZERO,
        declared,
    };
    spending::add(state, events, (bid.tenant, at.year()), more)?;
    Ok(done)
}

/// What a listing promises, where the terms measure it.
fn promised(state: &State, listing: ListingId) -> Option<Sla> {
    let listing = state.book.listing(listing).filter(|_| sla::measures(state));
    listing.map(|listing| listing.sla)
}

/// Notes in a bid what a cover fills of it; true when it is filled in full.
pub fn advance(bid: &mut Bid, paid: &PaidCover) -> bool {
    let cover = &paid.cover;
    bid.filled_cards = cover
        .parts
        .iter()
        .fold(bid.filled_cards, |sum, part| sum.saturating_add(part.cards));
    let site = match bid.placement {
        Placement::OneSite => cover.parts.first().map(|part| part.site),
        Placement::Any | Placement::OneListing | Placement::OneIsland => None,
    };
    bid.bound = bid.bound.or(Some(Bound {
        alternative: cover.alternative,
        site,
    }));
    bid.wanted(&paid.alternative) == 0
}

/// What the hold gives back, or where negative what rounding part by part takes from cash: as much as there is.
fn freed(state: &State, bid: &Bid, needed: Money) -> Result<Money, Rejection> {
    let freed = bid.held.minus(needed)?;
    let cash = state
        .ledger
        .balance(crate::domain::account::AccountKey::Cash(bid.tenant));
    Ok(freed.max(Money::ZERO.minus(cash)?))
}

/// Changes what the owner group of the tenant of a fill has drawn of a programme, in the period of the fill.
pub fn change_drawn(
    state: &mut State,
    events: &mut Vec<Event>,
    (programme, fill, amount): (ProgrammeId, &Fill, Money),
) -> Result<(), Rejection> {
    // All draws of one fill are of one version of one programme.
    let voucher = fill.draws.first().and_then(|draw| state.vouchers.get(&draw.voucher));
    let found = voucher.zip(state.programmes.get(&programme));
    let Some(rules) = found.and_then(|(voucher, programme)| programme.rules_of(voucher.version)) else {
        return Err(Rejection::Fault("a draw on no programme"));
    };
    let period = evaluate::cap_period(rules, fill.at);
    let group = state.group_of(fill.tenant);
    let drawn = state.drawn.entry((programme, group, period)).or_default();
    *drawn = drawn.plus(amount)?;
    events.push(Event::EntityDrawn {
        programme,
        org: group,
        period,
        drawn: *drawn,
    });
    Ok(())
}

/// Opens the lease of a fill. One for which a hand-over is awaited does not start by itself.
pub(super) fn open_lease(
    state: &mut State,
    events: &mut Vec<Event>,
    (fill, life): (Fill, Life),
) -> Result<(), Rejection> {
    let taken = state.book.occupy(fill.listing, fill.window, &fill.islands);
    taken.map_err(|_| Rejection::Fault("a fill takes cards that are not free"))?;
    events.push(Event::Filled(Box::new(fill.clone())));
    let mut lease = Lease::new(fill);
    if let HandOver::Awaited { .. } = life.hand_over {
        lease.state = LeaseState::Pending;
    }
    if !life.is_plain() {
        lease.set_life(life);
        events.push(Event::LeaseChanged(Box::new(lease.clone())));
    }
    restore_lease(state, lease);
    Ok(())
}

/// Puts a live lease into its indexes. The book must know of its cards already.
pub fn restore_lease(state: &mut State, lease: Lease) {
    for (at, due) in timer::of_lease(&lease) {
        state.timers.set(at, due);
    }
    state.leases.insert(lease.id(), lease);
}

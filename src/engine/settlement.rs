//! Settlement: from accepted usage to postings. All amounts are cumulative, so that the totals of a lease never depend on
//! how often it is settled.

use std::collections::BTreeMap;

use super::event::{Event, LeaseSettlement};
use super::fill::change_drawn;
use super::posting::{self, expire_voucher};
use super::rejection::{FieldRule, Rejection, invalid};
use super::state::State;
use super::timer::Due;
use super::voucher::{reserved, spending};
use crate::domain::account::AccountKey;
use crate::domain::id::{LeaseId, OrgId, ProgrammeId};
use crate::domain::lease::{Fill, Lease, LeaseState, Settled, VoucherDraw};
use crate::domain::money::{Money, Overflow};
use crate::domain::programme::ProgrammeRules;
use crate::domain::programme::funding::PayMode;
use crate::domain::rounding::{self, Rounding};
use crate::domain::spending::Spending;
use crate::domain::time::Timestamp;

/// Settles all usage accepted so far that ended by `until`, and closes leases that are over and fully reported, or whose
/// grace period has passed.
pub fn settle(state: &mut State, events: &mut Vec<Event>, until: Timestamp, at: Timestamp) -> Result<(), Rejection> {
    if until > at {
        return Err(invalid("/until", FieldRule::Future, "must not lie in the future"));
    }
    if until < state.settled_until {
        let detail = format!(
            "must not lie before {}, up to which was settled last",
            state.settled_until
        );
        return Err(invalid("/until", FieldRule::Past, detail));
    }
    state.settled_until = until;
    state.counters.settlement += 1;
    let grace = state.terms.usage_grace_hours;
    let due: Vec<LeaseId> = state
        .leases
        .values()
        .filter(|lease| is_due(lease, grace, until))
        .map(Lease::id)
        .collect();
    due.into_iter()
        .try_for_each(|id| settle_lease(state, events, (id, until), at))
        .map_err(Rejection::after_change)
}

fn is_due(lease: &Lease, grace_hours: u32, until: Timestamp) -> bool {
    lease.unsettled.iter().any(|span| span.until <= until) || is_over(lease, grace_hours, until)
}

fn is_over(lease: &Lease, grace_hours: u32, until: Timestamp) -> bool {
    let ends = lease.ends.timestamp();
    until >= ends && (lease.is_fully_reported() || until >= ends.plus_hours(grace_hours))
}

/// Settles one lease.
pub fn settle_lease(
    state: &mut State,
    events: &mut Vec<Event>,
    (id, until): (LeaseId, Timestamp),
    at: Timestamp,
) -> Result<(), Rejection> {
    let gone = Rejection::Fault("a lease to settle is gone");
    let mut lease = state.leases.get(&id).cloned().ok_or(gone)?;
    let before = lease.settled;
    let counted = || lease.unsettled.iter().filter(|span| span.until <= until);
    let card_seconds = counted().fold(before.card_seconds, |sum, span| sum.saturating_add(span.card_seconds));
    let years = spending::by_year(counted());
    lease.unsettled.retain(|span| span.until > until);
    let total = totals(&lease.fill, card_seconds)?;
    let due = due(state, &lease.fill, (before, total))?;
    posting::settle::post(state, events, (&lease.fill, &due), at)?;
    add_earnings(state, events, (lease.fill.provider, &due), at)?;
    lease.settled = total;
    count(state, events, &lease.fill, (before, total), years)?;
    let closes = lease.unsettled.is_empty() && is_over(&lease, state.terms.usage_grace_hours, until);
    if closes {
        close(state, events, &mut lease, at)?;
    } else {
        state.leases.insert(id, lease.clone());
    }
    events.push(Event::LeaseSettled(LeaseSettlement {
        lease: id,
        charge: total.charge.minus(before.charge)?,
        voucher: total.voucher.minus(before.voucher)?,
        cash: due.cash,
        fee: due.tenant_fee,
        sla_credit: Money::ZERO,
        total,
        state: lease.state,
        image: Box::new(lease),
    }));
    Ok(())
}

/// Counts what was settled: as spent, in the years in which it was delivered, and as not promised any more.
fn count(
    state: &mut State,
    events: &mut Vec<Event>,
    fill: &Fill,
    (before, total): (Settled, Settled),
    years: BTreeMap<i32, i64>,
) -> Result<(), Rejection> {
    let mut seconds = before.card_seconds;
    let mut charged = before.charge;
    for (year, more) in years {
        seconds = seconds.saturating_add(more);
        let charge = rounding::charge(fill.price, seconds)?;
        let more = Spending {
            spent: charge.minus(charged)?,
            declared: Money::ZERO,
        };
        charged = charge;
        spending::add(state, events, (fill.tenant, year), more)?;
    }
    // All draws of one fill are of one programme.
    let voucher = fill.draws.first().and_then(|draw| state.vouchers.get(&draw.voucher));
    match voucher.map(|voucher| voucher.programme) {
        Some(programme) => reserved::change(state, programme, before.voucher.minus(total.voucher)?),
        None => Ok(()),
    }
}

/// Everything that `card_seconds` of a lease come to.
pub fn totals(fill: &Fill, card_seconds: i64) -> Result<Settled, Overflow> {
    let charge = rounding::charge(fill.price, card_seconds)?;
    let voucher = match fill.charge {
        Money::ZERO => Money::ZERO,
        whole => rounding::proportion(fill.voucher, charge.fen(), whole.fen(), Rounding::HalfUp)?,
    };
    let tenant_fee = rounding::share(charge, fill.tenant_fee, Rounding::HalfUp)?;
    let provider_fee = rounding::share(charge, fill.provider_fee, Rounding::HalfUp)?;
    let vat = rounding::contained_vat(tenant_fee.plus(provider_fee)?, fill.vat)?;
    Ok(Settled {
        card_seconds,
        charge,
        voucher,
        tenant_fee,
        provider_fee,
        vat,
    })
}

/// What is to be posted to get from one cumulative amount to the next.
fn due(state: &State, fill: &Fill, (before, total): (Settled, Settled)) -> Result<posting::settle::Due, Rejection> {
    let charge = total.charge.minus(before.charge)?;
    let voucher = total.voucher.minus(before.voucher)?;
    let cash = charge.minus(voucher)?;
    let provider_fee = total.provider_fee.minus(before.provider_fee)?;
    // Out of what tenants paid as far as that goes: each source of earnings stays above zero at every step.
    let provider_fee_cash = provider_fee.min(cash);
    let redeemed_before = redeemed(fill, before.voucher)?;
    let redeemed_total = redeemed(fill, total.voucher)?;
    let mut due = posting::settle::Due {
        cash,
        tenant_fee: total.tenant_fee.minus(before.tenant_fee)?,
        provider_fee_cash,
        provider_fee_programme: provider_fee.minus(provider_fee_cash)?,
        vat: total.vat.minus(before.vat)?,
        ..posting::settle::Due::default()
    };
    let mut programme: Option<(ProgrammeId, &ProgrammeRules)> = None;
    for (draw, (was, now)) in fill.draws.iter().zip(redeemed_before.into_iter().zip(redeemed_total)) {
        let voucher = state.vouchers.get(&draw.voucher);
        let found = voucher.and_then(|voucher| state.programmes.get(&voucher.programme));
        let found = found.ok_or(Rejection::Fault("a draw on no voucher"))?;
        programme = Some((found.id, &found.rules));
        due.redeemed.push((found.id, draw.voucher, now.minus(was)?));
    }
    // All draws of one fill are of one programme (see the wallet), so that its payers share the whole subsidy. They share
    // what the programme has redeemed in all, not each lease's part: odd fen would otherwise always go to the first payer.
    if let Some((id, rules)) = programme {
        let was = state.ledger.balance(AccountKey::Redeemed(id));
        let now = was.plus(voucher)?;
        due.subsidy = sources(id, rules, (was, now))?;
    }
    Ok(due)
}

/// Out of which accounts a programme pays what it redeems more: those of its treasuries, or its reserve.
fn sources(
    id: ProgrammeId,
    rules: &ProgrammeRules,
    (was, now): (Money, Money),
) -> Result<Vec<(AccountKey, Money)>, Overflow> {
    if rules.pay_mode == PayMode::Reserve {
        return Ok(vec![(AccountKey::Reserve(id), now.minus(was)?)]);
    }
    let parts = payer_parts(rules, (was, now))?;
    let payers = (0_u8..).map(|payer| AccountKey::TreasuryReceivable(id, payer));
    Ok(payers.zip(parts).collect())
}

/// What each treasury owes more when what a programme has redeemed in all grows; single fen may go back.
pub fn payer_parts(rules: &ProgrammeRules, (was, now): (Money, Money)) -> Result<Vec<Money>, Overflow> {
    let (was, now) = (by_payer(rules, was)?, by_payer(rules, now)?);
    was.into_iter().zip(now).map(|(was, now)| now.minus(was)).collect()
}

/// What a programme has redeemed in all, split among its payers.
pub fn by_payer(rules: &ProgrammeRules, amount: Money) -> Result<Vec<Money>, Overflow> {
    if rules.co_funding.is_empty() {
        return Ok(vec![amount]);
    }
    let weights: Vec<u32> = rules.co_funding.iter().map(|funder| funder.share_bps.0).collect();
    rounding::split(amount, &weights)
}

/// How much of each draw of a fill is redeemed when `voucher` is redeemed in all: the first draw first.
pub fn redeemed(fill: &Fill, voucher: Money) -> Result<Vec<Money>, Overflow> {
    redeemed_of(&fill.draws, voucher)
}

/// The same of draws in their order.
pub fn redeemed_of(draws: &[VoucherDraw], voucher: Money) -> Result<Vec<Money>, Overflow> {
    let mut left = voucher;
    let mut parts = Vec::with_capacity(draws.len());
    for draw in draws {
        let part = left.min(draw.amount);
        left = left.minus(part)?;
        parts.push(part);
    }
    Ok(parts)
}

fn add_earnings(
    state: &mut State,
    events: &mut Vec<Event>,
    (org, due): (OrgId, &posting::settle::Due),
    at: Timestamp,
) -> Result<(), Rejection> {
    let subsidy = Money::sum(due.subsidy.iter().map(|(_, amount)| *amount))?;
    let cash = due.cash.minus(due.provider_fee_cash)?;
    let programme = subsidy.minus(due.provider_fee_programme)?;
    if cash == Money::ZERO && programme == Money::ZERO {
        return Ok(());
    }
    let release_at = at.plus_hours(state.terms.dispute_hours);
    let earnings = state.earnings.entry((release_at, org)).or_default();
    *earnings = (earnings.0.plus(cash)?, earnings.1.plus(programme)?);
    let (cash, programme) = *earnings;
    events.push(Event::EarningsPending {
        org,
        release_at,
        cash,
        programme,
    });
    state.timers.set(release_at, Due::Earnings(org));
    Ok(())
}

/// Releases earnings whose dispute window ends now.
pub fn release(state: &mut State, events: &mut Vec<Event>, org: OrgId, at: Timestamp) -> Result<(), Rejection> {
    let Some((cash, programme)) = state.earnings.remove(&(at, org)) else {
        return Ok(());
    };
    events.push(Event::EarningsPending {
        org,
        release_at: at,
        cash: Money::ZERO,
        programme: Money::ZERO,
    });
    posting::release_earnings::post(state, events, (org, cash, programme), at)
}

/// Closes a lease for good: escrow and unused vouchers go back.
pub fn close(state: &mut State, events: &mut Vec<Event>, lease: &mut Lease, at: Timestamp) -> Result<(), Rejection> {
    let used = redeemed(&lease.fill, lease.settled.voucher)?;
    let mut unused = Vec::with_capacity(used.len());
    for (draw, used) in lease.fill.draws.iter().zip(used) {
        let fault = Rejection::Fault("a draw on no voucher");
        let voucher = state.vouchers.get(&draw.voucher).ok_or_else(|| fault.clone())?;
        let programme = state.programmes.get(&voucher.programme).ok_or(fault)?;
        let target = if voucher.is_live(at) {
            AccountKey::VoucherAvailable(draw.voucher)
        } else {
            expire_voucher::target(voucher, programme)
        };
        unused.push((
            programme.id,
            AccountKey::VoucherReserved(draw.voucher),
            target,
            draw.amount.minus(used)?,
        ));
    }
    for &(programme, _, _, amount) in unused.iter().filter(|(_, _, _, amount)| amount.is_positive()) {
        change_drawn(state, events, (programme, &lease.fill, Money::ZERO.minus(amount)?))?;
    }
    let unused_of = unused.iter().map(|&(programme, _, _, amount)| (programme, amount));
    for (programme, amount) in unused_of.collect::<Vec<_>>() {
        reserved::change(state, programme, Money::ZERO.minus(amount)?)?;
    }
    // What was agreed and not delivered is not bought any more.
    let less = Spending {
        spent: Money::ZERO,
        declared: lease.settled.charge.minus(lease.fill.charge)?,
    };
    spending::add(state, events, (lease.fill.tenant, lease.fill.at.year()), less)?;
    let legs: Vec<_> = unused
        .into_iter()
        .map(|(_, reserved, target, amount)| (reserved, target, amount))
        .collect();
    posting::close_lease::post(state, events, (&lease.fill, &legs), at)?;
    lease.state = LeaseState::Closed;
    state.leases.remove(&lease.id());
    state.ledger.retire(AccountKey::Escrow(lease.id()));
    Ok(())
}

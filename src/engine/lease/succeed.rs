//! Leases that go on in the place of others: another price, other cards or another tenant from an hour on, so that each lease has one
//! price and one charge.

use super::end::cut_at;
use super::refusal::LeaseRefusal;
use super::{find, note, replace};
use crate::domain::account::AccountKey;
use crate::domain::bid::{Alternative, Bid, FillRule, Placement, TimeInForce, VoucherPolicy};
use crate::domain::fingerprint::Fingerprint;
use crate::domain::id::{FillId, LeaseId, OrgId, Seq};
use crate::domain::lease::{Fill, IslandShare, Lease, Origin, Settled};
use crate::domain::life::close_code::CloseCode;
use crate::domain::life::delivery::Delivery;
use crate::domain::life::{By, Ending, HandOver, Life, StepKind};
use crate::domain::money::{Money, Price};
use crate::domain::rounding::{self, Rounding};
use crate::domain::spending::Spending;
use crate::domain::time::{Timestamp, Window};
use crate::engine::event::Event;
use crate::engine::fill::{change_drawn, open_lease};
use crate::engine::matching::cover::PartCharge;
use crate::engine::posting;
use crate::engine::rejection::Rejection;
use crate::engine::settlement::{self, fees};
use crate::engine::state::State;
use crate::engine::supply;
use crate::engine::voucher::wallet::{PartPayment, Wallet};
use crate::engine::voucher::{reserved, spending};

/// The lease that shall go on.
#[derive(Debug, Clone)]
pub(super) struct Successor {
    /// Who takes the cards.
    pub tenant: OrgId,
    /// For which hours; the lease before it ends where they begin.
    pub window: Window,
    /// How many cards.
    pub cards: u32,
    /// In which islands.
    pub islands: Vec<IslandShare>,
    /// At which price.
    pub price: Price,
    /// Whether the tenant's vouchers pay of it.
    pub vouchers: bool,
}

/// It, with what it costs and who pays that.
#[derive(Debug)]
pub(super) struct Planned {
    successor: Successor,
    charge: Money,
    payment: PartPayment,
}

/// What goes back out of a lease's escrow if it ends where the successor begins: what could not be charged any more.
fn excess(lease: &Lease, successor: &Successor) -> Result<Money, Rejection> {
    let from = lease.fill.window.from();
    let hours = i64::from(successor.window.from().min(lease.ends).since(from));
    let card_seconds = hours * 3_600 * i64::from(lease.fill.cards);
    let Settled {
        charge,
        voucher,
        tenant_fee,
        ..
    } = settlement::totals(&lease.fill, card_seconds)?;
    let most = charge.minus(voucher)?.plus(tenant_fee)?;
    let agreed = lease.fill.net.plus(lease.fill.fee)?;
    Ok(agreed.minus(most)?.minus(lease.life().released)?)
}

/// What a successor costs, if its tenant has that.
pub(super) fn plan(state: &State, lease: &Lease, successor: Successor, at: Timestamp) -> Result<Planned, Rejection> {
    let hours = successor.window.hours();
    let charge = rounding::charge_for_hours(successor.price, successor.cards, hours)?;
    let fee = rounding::share(charge, fees::tenant_rate(state, successor.tenant, at), Rounding::HalfUp)?;
    let payment = if successor.vouchers {
        pay(state, lease, (&successor, charge), at)?
    } else {
        PartPayment {
            voucher: Money::ZERO,
            draws: Vec::new(),
            evaluation: None,
            refusals: Vec::new(),
            net: charge,
            fee,
        }
    };
    let needed = payment.net.plus(payment.fee)?;
    let mut available = state.ledger.balance(AccountKey::Cash(successor.tenant));
    if successor.tenant == lease.fill.tenant {
        available = available.plus(excess(lease, &successor)?)?;
    }
    if needed > available {
        return Err(Rejection::Lease(LeaseRefusal::CashMissing { needed }));
    }
    Ok(Planned {
        successor,
        charge,
        payment,
    })
}

/// What vouchers pay, by the rules by which they would pay of a bid for just this.
fn pay(
    state: &State,
    lease: &Lease,
    (successor, charge): (&Successor, Money),
    at: Timestamp,
) -> Result<PartPayment, Rejection> {
    let fill = &lease.fill;
    let alternative = Alternative {
        accelerator: fill.accelerator,
        cards: successor.cards,
        hours: successor.window.hours(),
        limit: successor.price,
    };
    let bid = Bid {
        id: fill.bid,
        seq: Seq(state.counters.seq),
        tenant: successor.tenant,
        group: state.group_of(successor.tenant),
        alternatives: vec![alternative],
        earliest: successor.window.from(),
        latest: successor.window.until(),
        fill: FillRule::AllOrNone,
        placement: Placement::OneListing,
        sites: None,
        domestic_only: false,
        max_fault_rate: None,
        tif: TimeInForce::Fok,
        voucher: VoucherPolicy::Auto,
        purpose: None,
        filled_cards: 0,
        bound: None,
        held: Money::ZERO,
    };
    let part = PartCharge {
        provider: fill.provider,
        site: fill.site,
        price: successor.price,
        cards: successor.cards,
        charge,
    };
    let paid = Wallet::of(state, &bid, at)?.pay(&alternative, &[part])?;
    let missing = Rejection::Fault("a payment of one part has none");
    paid.into_iter().next().ok_or(missing)
}

/// Lets the successor go on: the lease before it ends there, what that cannot charge any more goes back, and the successor is paid into
/// escrow.
pub(super) fn apply(
    state: &mut State,
    events: &mut Vec<Event>,
    (id, planned): (LeaseId, Planned),
    at: Timestamp,
) -> Result<LeaseId, Rejection> {
    let mut before = find(state, id)?.clone();
    let next = LeaseId(state.counters.fill);
    let excess = excess(&before, &planned.successor)?;
    let listing = before.fill.listing;
    let cut = planned.successor.window.from();
    let access = before.life().access;
    let moves_on = planned.successor.tenant == before.fill.tenant;
    before.change_life(|life| {
        life.successor = Some(next);
        if moves_on {
            life.access = None;
        }
    });
    let shortened = cut < before.ends;
    if shortened && excess.is_positive() {
        posting::release_escrow::post(state, events, (&before.fill, excess), at)?;
        let released = before.life().released.plus(excess)?;
        before.change_life(|life| life.released = released);
    }
    let template = before.clone();
    if shortened {
        let ending = Ending {
            code: CloseCode::CHANGED,
            by: By::Agreement,
            at,
            until: before.ends,
            reason: String::new(),
        };
        cut_at(state, events, (before, cut), Some(ending), at)?;
    } else {
        note(&mut before, (StepKind::Change, By::Agreement), at, String::new());
        replace(state, events, before);
    }
    open(state, events, (&template, planned), access.filter(|_| moves_on), at)?;
    if shortened {
        supply::serve(state, events, listing, at)?;
    }
    Ok(next)
}

fn open(
    state: &mut State,
    events: &mut Vec<Event>,
    (template, planned): (&Lease, Planned),
    access: Option<Fingerprint>,
    at: Timestamp,
) -> Result<(), Rejection> {
    let Planned {
        successor,
        charge,
        payment,
    } = planned;
    let id = state.counters.fill;
    state.counters.fill += 1;
    let before = &template.fill;
    let fill = Fill {
        id: FillId(id),
        lease: LeaseId(id),
        bid: before.bid,
        alternative: before.alternative,
        tenant: successor.tenant,
        listing: before.listing,
        provider: before.provider,
        accelerator: before.accelerator,
        site: before.site,
        cards: successor.cards,
        islands: successor.islands,
        window: successor.window,
        price: successor.price,
        charge,
        voucher: payment.voucher,
        draws: payment.draws,
        net: payment.net,
        fee: payment.fee,
        tenant_fee: fees::tenant_rate(state, successor.tenant, at),
        provider_fee: fees::provider_rate(state, before.provider, at),
        vat: fees::vat_rate(state, at),
        at,
        sla: before.sla,
        origin: Origin::Change { of: before.lease },
    };
    if let Some(programme) = payment.evaluation.as_ref().map(|evaluation| evaluation.programme) {
        change_drawn(state, events, (programme, &fill, fill.voucher))?;
        reserved::change(state, programme, fill.voucher)?;
    }
    state.traded.add((fill.tenant, fill.provider), fill.charge, at)?;
    posting::succeed::post(state, events, &fill)?;
    let delivery = delivery_of(state, template, successor.tenant);
    let tenant = fill.tenant;
    let life = Life {
        access,
        ..Life::under(delivery, fill.window.from().timestamp())
    };
    open_lease(state, events, (fill, life))?;
    events.extend(payment.evaluation.map(|evaluation| Event::Evaluated {
        fill: FillId(id),
        evaluation: Box::new(evaluation),
    }));
    let more = Spending {
        spent: Money::ZERO,
        declared: charge,
    };
    spending::add(state, events, (tenant, at.year()), more)
}

/// Under which terms of delivery the successor stands: who has the cards already need not be given them again.
fn delivery_of(state: &State, before: &Lease, tenant: OrgId) -> Delivery {
    if tenant != before.fill.tenant {
        return state.terms.delivery;
    }
    match before.life().hand_over {
        HandOver::NotAsked | HandOver::Accepted { .. } => before.life().delivery.handed_over(),
        HandOver::Awaited { .. } | HandOver::Given { .. } => before.life().delivery,
    }
}

//! One payout: sent, paid, come back.

use super::event::BankingEvent;
use super::refusal::BankingRefusal;
use super::{account, batch, suspense, withdrawal};
use crate::domain::banking::payout::{Payout, PayoutLine, PayoutState, Withdrawal, WithdrawalState};
use crate::domain::id::{PayoutBatchId, PayoutId, WithdrawalId};
use crate::domain::time::Timestamp;
use crate::engine::event::Event;
use crate::engine::limits;
use crate::engine::posting;
use crate::engine::rejection::{FieldErrors, Rejection};
use crate::engine::state::State;

/// Sends a line of a batch; none: a debt takes it all.
pub(super) fn send(
    state: &mut State,
    events: &mut Vec<Event>,
    (batch, line): (PayoutBatchId, PayoutLine),
    at: Timestamp,
) -> Result<Option<PayoutId>, Rejection> {
    posting::collect::out_of_earnings(state, events, &line, at)?;
    if !line.amount.is_positive() {
        return Ok(None);
    }
    let id = PayoutId(state.banking.counters.payout);
    state.banking.counters.payout += 1;
    let payout = Payout {
        id,
        batch,
        line,
        state: PayoutState::InFlight,
        created_at: at,
        ended_at: None,
        reason: None,
    };
    posting::payout::send(state, events, (&payout, source(state, &payout)?), at)?;
    let withdrawal = payout.line.withdrawal;
    change(state, events, payout);
    move_withdrawal(state, events, withdrawal, (WithdrawalState::InFlight, id))?;
    Ok(Some(id))
}

/// Out of which movement its money comes.
fn source(state: &State, payout: &Payout) -> Result<posting::payout::Source, Rejection> {
    let Some(id) = payout.line.withdrawal else {
        return Ok(posting::payout::Source::Earnings);
    };
    let missing = Rejection::Fault("a payout of no withdrawal");
    let withdrawal = state.banking.withdrawals.get(&id).ok_or(missing)?;
    Ok(match withdrawal.suspense {
        Some(suspense) => posting::payout::Source::Suspense(suspense),
        None => posting::payout::Source::Cash,
    })
}

fn change(state: &mut State, events: &mut Vec<Event>, payout: Payout) {
    events.push(Event::Banking(Box::new(BankingEvent::PayoutChanged(payout.clone()))));
    state.banking.payouts.insert(payout.id, payout);
}

fn move_withdrawal(
    state: &mut State,
    events: &mut Vec<Event>,
    id: Option<WithdrawalId>,
    (to, payout): (WithdrawalState, PayoutId),
) -> Result<(), Rejection> {
    let Some(id) = id else { return Ok(()) };
    let missing = Rejection::Fault("a payout of no withdrawal");
    let known = state.banking.withdrawals.get(&id).ok_or(missing)?;
    let moved = Withdrawal {
        state: to,
        payout: Some(payout),
        ..known.clone()
    };
    withdrawal::change(state, events, moved);
    Ok(())
}

/// A payout in flight.
pub(super) fn in_flight(state: &State, id: PayoutId) -> Result<&Payout, Rejection> {
    let payout = state.banking.payouts.get(&id);
    let payout = payout.ok_or(BankingRefusal::PayoutNotFound(id))?;
    match payout.state {
        PayoutState::InFlight => Ok(payout),
        PayoutState::Paid | PayoutState::Returned => Err(BankingRefusal::PayoutNotInFlight(id).into()),
    }
}

/// The bank has paid it; the money leaves `from`, which is `bank`, or suspense where the statement did not name it.
pub(super) fn paid(
    state: &mut State,
    events: &mut Vec<Event>,
    (id, from): (PayoutId, posting::payout::Seen),
    at: Timestamp,
) -> Result<(), Rejection> {
    let payout = Payout {
        state: PayoutState::Paid,
        ended_at: Some(at),
        ..in_flight(state, id)?.clone()
    };
    posting::payout::settle(state, events, (&payout, from), at)?;
    let (of, withdrawal) = (payout.batch, payout.line.withdrawal);
    let suspense = match source(state, &payout)? {
        posting::payout::Source::Suspense(suspense) => Some(suspense),
        posting::payout::Source::Earnings | posting::payout::Source::Cash => None,
    };
    change(state, events, payout);
    if let Some(id) = suspense {
        suspense::given_back(state, events, id, at)?;
    }
    move_withdrawal(state, events, withdrawal, (WithdrawalState::Paid, id))?;
    batch::settle(state, events, of)
}

/// It came back, or the bank has refused it: its money is where it was before.
pub(super) fn came_back(
    state: &mut State,
    events: &mut Vec<Event>,
    (payout, reason): (Payout, &str),
    at: Timestamp,
) -> Result<(), Rejection> {
    let source = source(state, &payout)?;
    posting::payout::give_back(state, events, (&payout, source), at)?;
    if let posting::payout::Source::Suspense(id) = source {
        suspense::reopen(state, events, (id, &payout))?;
    }
    if let Some(org) = payout.line.org {
        account::bounce(state, events, (org, &payout.line.account));
    }
    let (id, of, withdrawal) = (payout.id, payout.batch, payout.line.withdrawal);
    let returned = Payout {
        state: PayoutState::Returned,
        ended_at: Some(at),
        reason: Some(reason.chars().take(limits::NOTE_MAX).collect()),
        ..payout
    };
    change(state, events, returned);
    move_withdrawal(state, events, withdrawal, (WithdrawalState::Returned, id))?;
    batch::settle(state, events, of)
}

/// The payout of which two people say that the bank has refused it.
pub(super) fn check_return<'a>(state: &'a State, id: PayoutId, reason: &str) -> Result<&'a Payout, Rejection> {
    let mut errors = FieldErrors::default();
    limits::reason(&mut errors, "/reason", reason);
    errors.check()?;
    in_flight(state, id)
}

/// The bank has refused it before it was on a statement.
pub(super) fn refused(
    state: &mut State,
    events: &mut Vec<Event>,
    (id, reason): (PayoutId, String),
    at: Timestamp,
) -> Result<(), Rejection> {
    let payout = check_return(state, id, &reason)?.clone();
    came_back(state, events, (payout, &reason), at).map_err(Rejection::after_change)
}

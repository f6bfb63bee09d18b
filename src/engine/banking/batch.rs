//! Batches of payouts: agreed on by two people as an exact list, sent to the bank as one.

use super::due::{self, check_lines};
use super::event::BankingEvent;
use super::refusal::BankingRefusal;
use super::{account, payout};
use crate::domain::banking::account::CustodyAccount;
use crate::domain::banking::payout::{PayoutBatch, PayoutBatchState, PayoutLine, PayoutState};
use crate::domain::id::{OrgId, PayoutBatchId};
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::engine::event::Event;
use crate::engine::limits;
use crate::engine::rejection::{FieldErrors, FieldRule, Rejection};
use crate::engine::state::State;

/// Whether just these lines can be paid, and from which account.
pub(super) fn check<'a>(
    state: &'a State,
    (custody, lines): (Option<&str>, &[PayoutLine]),
    at: Timestamp,
) -> Result<&'a CustodyAccount, Rejection> {
    let custody = account::custody(state, custody)?;
    if lines.is_empty() {
        return Err(BankingRefusal::NothingDue.into());
    }
    let mut errors = FieldErrors::default();
    let fits = lines.len() <= limits::PAYOUT_LINES_MAX;
    errors.require(fits, "/lines", FieldRule::TooMany, "must have at most 10000 lines");
    errors.check()?;
    check_lines(state, lines, false, at)?;
    Money::sum(lines.iter().map(|line| line.amount))?;
    Ok(custody)
}

/// Agrees on a batch. Nothing is booked yet.
pub(super) fn approve(
    state: &mut State,
    events: &mut Vec<Event>,
    (custody, lines): (Option<&str>, Vec<PayoutLine>),
    at: Timestamp,
) -> Result<PayoutBatchId, Rejection> {
    let custody = check(state, (custody, &lines), at)?.account.number.clone();
    let id = PayoutBatchId(state.banking.counters.payout_batch);
    let batch = PayoutBatch {
        id,
        state: PayoutBatchState::Approved,
        custody,
        total: Money::sum(lines.iter().map(|line| line.amount))?,
        lines,
        payouts: Vec::new(),
        created_at: at,
        submitted_at: None,
    };
    state.banking.counters.payout_batch += 1;
    change(state, events, batch);
    Ok(id)
}

/// Notes where a batch stands.
pub(super) fn change(state: &mut State, events: &mut Vec<Event>, batch: PayoutBatch) {
    events.push(Event::Banking(Box::new(BankingEvent::PayoutBatchChanged(
        batch.clone(),
    ))));
    state.banking.batches.insert(batch.id, batch);
}

/// A batch that was agreed on and not sent.
fn approved(state: &State, id: PayoutBatchId) -> Result<&PayoutBatch, Rejection> {
    let batch = state.banking.batches.get(&id);
    let batch = batch.ok_or(BankingRefusal::BatchNotFound(id))?;
    match batch.state {
        PayoutBatchState::Approved => Ok(batch),
        PayoutBatchState::Submitted
        | PayoutBatchState::PartSettled
        | PayoutBatchState::Settled
        | PayoutBatchState::Cancelled => Err(BankingRefusal::BatchNotInState {
            batch: id,
            found: batch.state,
        }
        .into()),
    }
}

/// Sends a batch: every line leaves its accounts and is in flight. All of it must still be as it was agreed on.
pub(super) fn submit(
    state: &mut State,
    events: &mut Vec<Event>,
    id: PayoutBatchId,
    at: Timestamp,
) -> Result<(), Rejection> {
    let batch = approved(state, id)?.clone();
    check_lines(state, &batch.lines, true, at)?;
    send(state, events, batch, at).map_err(Rejection::after_change)
}

fn send(state: &mut State, events: &mut Vec<Event>, mut batch: PayoutBatch, at: Timestamp) -> Result<(), Rejection> {
    for line in batch.lines.clone() {
        batch.payouts.extend(payout::send(state, events, (batch.id, line), at)?);
    }
    batch.state = if batch.payouts.is_empty() {
        PayoutBatchState::Settled
    } else {
        PayoutBatchState::Submitted
    };
    batch.submitted_at = Some(at);
    change(state, events, batch);
    Ok(())
}

/// Gives a batch up.
pub(super) fn cancel(state: &mut State, events: &mut Vec<Event>, id: PayoutBatchId) -> Result<(), Rejection> {
    let cancelled = PayoutBatch {
        state: PayoutBatchState::Cancelled,
        ..approved(state, id)?.clone()
    };
    change(state, events, cancelled);
    Ok(())
}

/// Agrees on everything that is due, and sends it.
pub(super) fn pay_due(
    state: &mut State,
    events: &mut Vec<Event>,
    orgs: Option<&[OrgId]>,
    at: Timestamp,
) -> Result<(), Rejection> {
    let lines = due::due(state, orgs, at)?.lines;
    let id = approve(state, events, (None, lines), at)?;
    submit(state, events, id, at).map_err(Rejection::after_change)
}

/// Notes that one payout of a batch is in flight no more.
pub(super) fn settle(state: &mut State, events: &mut Vec<Event>, id: PayoutBatchId) -> Result<(), Rejection> {
    let missing = Rejection::Fault("a payout of no batch");
    let batch = state.banking.batches.get(&id).cloned().ok_or(missing)?;
    let flying = |id| {
        let payout = state.banking.payouts.get(id);
        payout.is_some_and(|payout| payout.state == PayoutState::InFlight)
    };
    let now = if batch.payouts.iter().any(flying) {
        PayoutBatchState::PartSettled
    } else {
        PayoutBatchState::Settled
    };
    if now != batch.state {
        change(state, events, PayoutBatch { state: now, ..batch });
    }
    Ok(())
}

//! What treasuries have paid, as statements show it.

use crate::domain::account::AccountKey;
use crate::domain::id::{SuspenseId, TreasuryRequestId};
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::engine::event::Event;
use crate::engine::office::treasury::{check_receive, note_receipt};
use crate::engine::posting;
use crate::engine::rejection::Rejection;
use crate::engine::state::State;

/// Books what a statement shows of a request, out of `bank`.
pub(super) fn on_statement(
    state: &mut State,
    events: &mut Vec<Event>,
    (id, amount, bank_ref): (TreasuryRequestId, Money, String),
    at: Timestamp,
) -> Result<(), Rejection> {
    let request = check_receive(state, id, amount)?.clone();
    posting::receive_treasury::post(state, events, (&request, amount), at)?;
    note_receipt(state, events, request, (amount, bank_ref), at)
}

/// Books what was in suspense as money for a request.
pub(super) fn out_of_suspense(
    state: &mut State,
    events: &mut Vec<Event>,
    (id, suspense): (TreasuryRequestId, SuspenseId),
    (amount, bank_ref): (Money, String),
    at: Timestamp,
) -> Result<(), Rejection> {
    let request = check_receive(state, id, amount)?.clone();
    let receivable = AccountKey::TreasuryReceivable(request.programme, request.payer);
    posting::suspense::resolve(state, events, (suspense, receivable, amount), at)?;
    note_receipt(state, events, request, (amount, bank_ref), at)
}

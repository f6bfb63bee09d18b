//! What was booked as `bank` before a statement shows it. Nothing is kept while there is no custody account, of which there would be
//! statements.

use super::event::BankingEvent;
use crate::domain::account::AccountKey;
use crate::domain::banking::account::AwaitedLine;
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::engine::event::Event;
use crate::engine::rejection::Rejection;
use crate::engine::state::State;

/// Notes that `bank` has become more by `amount` (less, where it is below zero), under the bank's reference; empty where nobody said
/// it.
pub fn booked(
    state: &mut State,
    events: &mut Vec<Event>,
    (reference, amount): (&str, Money),
    at: Timestamp,
) -> Result<(), Rejection> {
    if state.banking.custody.is_empty() || amount == Money::ZERO {
        return Ok(());
    }
    let line = AwaitedLine {
        id: state.banking.counters.awaited,
        reference: reference.to_owned(),
        amount,
        at,
    };
    state.banking.counters.awaited += 1;
    events.push(Event::Banking(Box::new(BankingEvent::LineAwaited(line.clone()))));
    state.banking.awaited.insert(line.id, line);
    Ok(())
}

/// The same of a movement by hand.
pub fn booked_by_hand(
    state: &mut State,
    events: &mut Vec<Event>,
    transfers: &[(AccountKey, AccountKey, Money)],
    at: Timestamp,
) -> Result<(), Rejection> {
    let mut net = Money::ZERO;
    for &(debit, credit, amount) in transfers {
        if debit == AccountKey::Bank {
            net = net.plus(amount)?;
        }
        if credit == AccountKey::Bank {
            net = net.minus(amount)?;
        }
    }
    booked(state, events, ("", net), at)
}

/// It is on a statement now.
pub(super) fn seen(state: &mut State, events: &mut Vec<Event>, line: u64, at: Timestamp) {
    if let Some(line) = state.banking.awaited.remove(&line) {
        events.push(Event::Banking(Box::new(BankingEvent::LineSeen { line, at })));
    }
}

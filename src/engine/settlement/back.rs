//! A lease comes to less than was settled of it: usage was corrected, withdrawn or disputed.

use crate::domain::lease::Fill;
use crate::domain::money::{Money, Overflow};
use crate::domain::time::Timestamp;
use crate::engine::event::Event;
use crate::engine::posting;
use crate::engine::rejection::Rejection;
use crate::engine::remedy::{self, Earned};
use crate::engine::state::State;

/// Turns back what was settled too much; `due` has what a settlement would move, below zero. The provider gives what it got out of what
/// is still disputable first, and that becomes payable less.
pub(super) fn turn(
    state: &mut State,
    events: &mut Vec<Event>,
    (fill, due): (&Fill, &posting::settle::Due),
    at: Timestamp,
) -> Result<(), Rejection> {
    let back = |amount: Money| -> Result<Money, Overflow> { Money::ZERO.minus(amount) };
    let subsidy = Money::sum(due.subsidy.iter().map(|(_, amount)| *amount))?;
    // The provider's fee comes back first: it is given on in the same movement.
    let fees = Earned {
        cash: back(due.provider_fee_cash)?,
        programme: back(due.provider_fee_programme)?,
    };
    let wanted = (back(due.cash)?, back(subsidy)?);
    let given = remedy::give_back(state, fill.provider, wanted, fees)?;
    posting::correct::post(state, events, (fill, due, &given), at)?;
    let less = (
        given.cash.pending.minus(fees.cash)?,
        given.subsidy.pending.minus(fees.programme)?,
    );
    remedy::lower_earnings(state, events, (fill.provider, less.0, less.1))
}

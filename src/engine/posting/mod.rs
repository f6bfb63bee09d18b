//! The movements of LEDGER.md, one file each: a function from a business event to the legs of its movement.

pub mod appropriate;
pub mod close_lease;
pub mod deposit;
pub mod expire_voucher;
pub mod fill;
pub mod grant;
pub mod hold;
pub mod lapse_pot;
pub mod release_earnings;
pub mod revoke_voucher;
pub mod settle;
pub mod take_back_pot;

use super::event::Event;
use super::ledger::{Leg, PostError, Posting};
use super::rejection::Rejection;
use super::state::State;
use crate::domain::account::AccountKey;
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::domain::transfer::{BusinessRef, MovementKind};

/// A leg.
pub fn leg(debit: AccountKey, credit: AccountKey, amount: Money) -> Leg {
    Leg { debit, credit, amount }
}

/// Posts what the engine has made sure can be posted; a refusal here is a defect.
fn post(
    state: &mut State,
    events: &mut Vec<Event>,
    (kind, about, booked_at): (MovementKind, BusinessRef, Timestamp),
    legs: &[Leg],
) -> Result<(), Rejection> {
    let posting = Posting {
        kind,
        about,
        booked_at,
        legs,
    };
    let movement = state.ledger.post(posting).map_err(|error| match error {
        PostError::Floor(_) => Rejection::Fault("a posting would overdraw an account"),
        PostError::Mismatch => Rejection::Fault("a posting mixes units"),
        PostError::Overflow => Rejection::Fault("a posting leaves the range"),
    })?;
    events.extend(movement.map(Event::Posted));
    Ok(())
}

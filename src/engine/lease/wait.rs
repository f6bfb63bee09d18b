//! What happens when somebody for whom a lease waits lets the time pass.

use super::end::cut_at;
use super::{change, find, hand_over, was_never_there};
use crate::domain::id::LeaseId;
use crate::domain::lease::{Lease, LeaseState};
use crate::domain::life::close_code::CloseCode;
use crate::domain::life::{Because, By, Ending, HandOver, Trouble};
use crate::domain::time::Timestamp;
use crate::engine::event::Event;
use crate::engine::rejection::Rejection;
use crate::engine::state::State;
use crate::engine::supply;

/// Does what the terms say. Several things may be due at one instant: each of them has its turn.
///
/// # Errors
/// Only where the books contradict themselves.
pub fn pass(state: &mut State, events: &mut Vec<Event>, id: LeaseId, at: Timestamp) -> Result<(), Rejection> {
    change::lapse(state, events, id, at);
    let Ok(lease) = find(state, id) else { return Ok(()) };
    let lease = lease.clone();
    match (lease.state, lease.life().hand_over, lease.life().trouble) {
        (LeaseState::Provisioned, HandOver::Given { until, .. }, _) if until <= at => {
            hand_over::accept_by(state, events, (lease, By::Time), at);
            Ok(())
        }
        (LeaseState::Pending, HandOver::Awaited { until }, _) if until <= at => {
            end(state, events, (lease, CloseCode::NOT_HANDED_OVER), at)
        }
        (LeaseState::Suspended, _, Some(Trouble::Suspended { because, until, .. }))
            if until.is_some_and(|until| until <= at) =>
        {
            end(state, events, (lease, code_of(because)), at)
        }
        _ => Ok(()),
    }
}

/// Whose fault it is that a suspension was not lifted.
fn code_of(because: Because) -> CloseCode {
    match because {
        Because::Funds => CloseCode::NO_FUNDS,
        Because::Tenant => CloseCode::TENANT_BREACH,
        Because::Provider => CloseCode::TOO_LONG_DOWN,
        Because::ForceMajeure => CloseCode::PUBLIC_FAILURE,
    }
}

fn end(
    state: &mut State,
    events: &mut Vec<Event>,
    (mut lease, code): (Lease, CloseCode),
    at: Timestamp,
) -> Result<(), Rejection> {
    let start = lease.fill.window.from();
    // What was never there has no hours of which anything could come.
    let cut = if was_never_there(&lease) {
        start
    } else {
        at.hour_ceil().max(start)
    };
    if cut >= lease.ends {
        return Ok(());
    }
    let ending = Ending {
        code,
        by: By::Time,
        at,
        until: lease.ends,
        reason: String::new(),
    };
    let listing = lease.fill.listing;
    // Nobody waits any more for what did not come.
    lease.change_life(|life| {
        if let Some(Trouble::Suspended { until, .. }) = &mut life.trouble {
            *until = None;
        }
        if let HandOver::Awaited { until } = &mut life.hand_over {
            *until = cut.timestamp();
        }
    });
    cut_at(state, events, (lease, cut), Some(ending), at)?;
    supply::serve(state, events, listing, at)
}

//! What happens by time alone.

use super::bid;
use super::dispute;
use super::event::Event;
use super::lease;
use super::listing;
use super::office;
use super::rejection::Rejection;
use super::settlement;
use super::sla;
use super::state::State;
use super::timer::Due;
use super::voucher::grant;
use crate::domain::listing::ListingState;
use crate::domain::time::Timestamp;

/// Lets everything happen that is due by `now`, each thing at its own instant, so that it does not matter how often the
/// clock ticks.
pub fn tick(state: &mut State, events: &mut Vec<Event>, now: Timestamp) -> Result<(), Rejection> {
    while let Some((at, due)) = state.timers.pop(now) {
        match due {
            Due::Bid(_, id) => bid::expire(state, events, id, at)?,
            Due::Listing(_, id) => listing::remove(state, events, id, ListingState::Ended),
            Due::Voucher(id) => grant::expire(state, events, id, at)?,
            Due::LeaseStart(id) => lease::start(state, events, id),
            Due::LeaseEnd(id) => lease::finish(state, events, id, at)?,
            Due::Earnings(org) => settlement::release(state, events, org, at)?,
            Due::Alert(id, days) => grant::alert(state, events, (id, days), at),
            Due::LeaseWait(id) => lease::pass(state, events, id, at)?,
            Due::Outage(id) => sla::time_out(state, events, id),
            Due::Notice(id) => office::application::clear(state, events, id),
            Due::Dispute(id) => dispute::overdue(state, events, id),
        }
    }
    Ok(())
}

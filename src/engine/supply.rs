//! New supply: resting bids look again.

use super::bid;
use super::event::Event;
use super::rejection::Rejection;
use super::state::State;
use crate::domain::id::ListingId;
use crate::domain::time::Timestamp;

/// The resting bids that the listing may serve, by highest limit and then seq, each look again over the whole book, once.
pub fn serve(state: &mut State, events: &mut Vec<Event>, listing: ListingId, at: Timestamp) -> Result<(), Rejection> {
    let mut last = None;
    while let Some((limit, seq, id)) = state.book.next_servable(listing, last, at.hour_ceil()) {
        last = Some((limit, seq));
        bid::look_again(state, events, id, at)?;
    }
    Ok(())
}

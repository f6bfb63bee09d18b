//! The calendar of a listing: when how much of it is free.

use serde::Serialize;
use utoipa::ToSchema;

use crate::app::permission::Reach;
use crate::app::replica::Replica;
use crate::domain::id::ListingId;
use crate::domain::time::Timestamp;
use crate::engine::Rejection;

/// Hours in which so many cards of a listing are free.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct FreeView {
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// How many cards, over all islands.
    pub free_cards: u32,
}

/// The hours on offer of a listing that are not over, and the cards free in them, joined where equal; empty of one that is
/// withdrawn or has ended.
///
/// # Errors
/// [`Rejection::ListingNotFound`] of a listing that does not exist, and of an open one out of reach.
pub fn calendar(replica: &Replica, reach: Reach, id: ListingId) -> Result<Vec<FreeView>, Rejection> {
    let now = replica.now().hour_floor();
    replica.read(|state| {
        let known = (1..state.counters.listing).contains(&id.0);
        let listing = state.book.listing(id);
        let in_reach = listing.is_none_or(|listing| reach.covers(listing.provider));
        if !known || !in_reach {
            return Err(Rejection::ListingNotFound(id));
        }
        let ahead = |(window, free_cards): (crate::domain::time::Window, u32)| {
            let from = window.from().max(now);
            (from < window.until()).then(|| FreeView {
                from: from.timestamp(),
                until: window.until().timestamp(),
                free_cards,
            })
        };
        Ok(state.book.free_steps(id).into_iter().filter_map(ahead).collect())
    })
}

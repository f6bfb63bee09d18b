//! The continuous matching rule: which free cards serve which bid, at which hour and price.
//!
//! [`Book`] holds the open listings, each with the calendar of what is taken of it, and the resting bids. It changes
//! only as it is told; the engine above it decides what a match brings about.

mod book;
#[cfg(test)]
mod brute;
mod calendar;
pub mod cover;
mod depth;
mod fit;
mod market;
mod outlook;
mod ranked;
mod resting;
mod search;
mod servable;
mod shelf;
mod slab;
pub mod workload;

pub use book::Book;
pub use calendar::CalendarError;
pub use depth::{AskLevel, BidLevel, Product};
pub use search::Obstacle;

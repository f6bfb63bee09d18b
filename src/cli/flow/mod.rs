//! Flow files: a market's day as data, JSON Lines, one command a line, in order.

pub mod body;
pub mod line;

//! Money in and out: entries to the fen, files good and bad, a whole life over HTTP, and any order of events.

pub mod bank;
mod cases;
mod files;
mod funding;
mod life;
mod orders;
mod refusals;

//! Money in and out: entries to the fen, files good and bad, a whole life over HTTP, and any order of events.

mod bank;
mod cases;
mod files;
mod life;
mod orders;
mod refusals;

//! Metering: events in any order, corrections, disputes, and what settlements turn back.

mod disputes;
mod events;
mod meter;
mod money;
mod order;
mod over_http;
mod signed;
mod stored;

//! Metering: events in any order, corrections, disputes, and what settlements turn back.

mod disputes;
mod events;
mod meter;
mod money;
mod order;
mod signed;
mod stored;

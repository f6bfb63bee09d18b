//! Use cases: what people and machines ask for, as commands; what they are told; and the one thread that writes.

pub mod answer;
pub mod approval;
pub mod bid;
pub mod body;
pub mod clock;
pub mod exchange;
pub mod identity;
pub mod leaf;
pub mod listing;
pub mod market;
pub mod money;
pub mod permission;
mod persister;
pub mod problem;
pub mod programme;
pub mod random;
mod recent;
pub mod registry;
pub mod replica;
pub mod report;
pub mod request;
pub mod schema;
mod sequencer;
pub mod token;
pub mod usage;
pub mod verb;
pub mod verify;

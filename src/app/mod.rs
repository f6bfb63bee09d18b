//! Use cases: what people and machines ask for, as commands; what they are told; and the one thread that writes.

pub mod answer;
pub mod bid;
pub mod body;
pub mod listing;
pub mod money;
pub mod problem;
pub mod programme;
pub mod registry;
pub mod usage;
pub mod verb;

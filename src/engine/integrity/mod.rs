//! Integrity: how organisations are related, and what in the facts looks wrong.

pub mod relation;

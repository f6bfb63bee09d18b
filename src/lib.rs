//! Qiantang (钱塘): a city's compute exchange.
//!
//! Layers, each naming only those to its left: `domain ← engine ← store ← app ← api ← cli`.
//! `docs/ARCHITECTURE.md` is the map.

pub mod api;
pub mod app;
pub mod cli;
pub mod domain;
pub mod engine;
pub mod store;

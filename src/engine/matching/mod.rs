//! The continuous matching rule: which free cards serve which bid, at which hour and price.

pub mod cover;

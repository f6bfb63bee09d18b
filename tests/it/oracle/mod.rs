//! The oracle of the matching rule: the rule once more, as slowly and plainly as it is written.

mod agreement;
mod hand;
mod market;
mod matcher;
pub mod naive;
mod play;

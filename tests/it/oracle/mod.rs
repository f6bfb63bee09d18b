//! The oracle of the matching rule: the rule once more, as slowly and plainly as it is written.

mod hand;
mod naive;

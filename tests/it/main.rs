//! The integration tests: one binary.

#[cfg(test)]
mod harness;
#[cfg(test)]
mod store;

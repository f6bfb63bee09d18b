//! The integration tests: one binary.

mod oracle;

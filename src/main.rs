//! The `qiantang` binary.

fn main() {}

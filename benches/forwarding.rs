//! Forwarding benchmark.
fn main() {}

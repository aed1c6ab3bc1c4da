//! The `yunling` program.

fn main() {}

//! Use cases: authorise, load, decide, store, command. The only place that knows both meetings and rooms.

pub mod token;

/// A new unguessable id: 128 random bits as 26 letters and digits.
///
/// # Panics
/// If the operating system has no randomness, which no Linux that booted is without.
#[must_use]
pub fn new_id<I: std::str::FromStr>() -> I {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let mut random = [0; 26];
    getrandom::fill(&mut random).expect("a Linux that booted has randomness");
    let text: String = random.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect();
    text.parse().unwrap_or_else(|_| unreachable!("letters and digits are a valid id"))
}

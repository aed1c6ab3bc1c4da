//! Mutation from a seed: the same seed and round make the same input.

use std::{fs, panic, path::PathBuf};

/// What is tried.
pub(crate) struct Target {
    /// Its name, and its folder's.
    pub(crate) name: &'static str,
    /// Mutations tried in `make test`.
    pub(crate) rounds: u64,
    /// Takes one input; panics if something is wrong.
    pub(crate) body: fn(&[u8]),
}

/// An input that shows a fault; round 0 is the corpus itself.
pub(crate) struct Found {
    pub(crate) round: u64,
    pub(crate) input: Vec<u8>,
}

/// Inputs to begin with.
pub(crate) struct Corpus(Vec<Vec<u8>>);

impl Corpus {
    /// All of a target's, in the order of their names.
    pub(crate) fn read(target: &str) -> Self {
        let fixtures = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
        let (folder, hexadecimal) = match target {
            // Real programs' offers are there already.
            "sdp" => (fixtures.join("sdp"), false),
            other => (fixtures.join("fuzz").join(other), true),
        };
        let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.retain(|file| file.extension().is_some_and(|kind| kind == "hex" || kind == "sdp"));
        files.sort();
        let read = |file: &PathBuf| {
            let bytes = fs::read(file).unwrap();
            if hexadecimal { from_hexadecimal(&String::from_utf8(bytes).unwrap()) } else { bytes }
        };
        let all: Vec<Vec<u8>> = files.iter().map(read).collect();
        assert!(!all.is_empty(), "{target} has no corpus");
        Self(all)
    }
}

fn from_hexadecimal(text: &str) -> Vec<u8> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let digits: Vec<u8> = lines.flat_map(|line| line.trim().bytes()).collect();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

/// Gives the target its corpus, then so many mutations of it.
pub(crate) fn fuzz(target: &Target, corpus: &Corpus, rounds: u64, seed: u64) -> Result<(), Found> {
    let fails = |input: &[u8]| panic::catch_unwind(|| (target.body)(input)).is_err();
    for input in &corpus.0 {
        if fails(input) {
            return Err(Found { round: 0, input: input.clone() });
        }
    }
    for round in 1..=rounds {
        let mut random = Random(seed.wrapping_add(round.wrapping_mul(0x2545_f491_4f6c_dd1d)));
        let input = mutate(&corpus.0, &mut random);
        if fails(&input) {
            return Err(Found { round, input });
        }
    }
    Ok(())
}

/// A small generator (SplitMix64, Steele et al. 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() >> 16) as usize % limit.max(1)
    }
}

/// Values at which lengths, counts and signs turn.
const EDGES: [u8; 10] = [0, 1, 2, 3, 0x0f, 0x10, 0x7f, 0x80, 0xfe, 0xff];

/// Longest input: beyond a datagram.
const BYTES_MAX: usize = 8192;

/// One of the corpus with one to five things wrong.
fn mutate(corpus: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut bytes = corpus[random.below(corpus.len())].clone();
    for _ in 0..=random.below(5) {
        let at = random.below(bytes.len());
        let len = random.below(9);
        let piece = at..(at + len).min(bytes.len());
        match random.below(10) {
            0 => bytes.truncate(at),
            1 | 2 if at < bytes.len() => bytes[at] = EDGES[random.below(EDGES.len())],
            3 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
            4 if at < bytes.len() => bytes[at] = random.next() as u8,
            5 if at + 2 <= bytes.len() => {
                let near = [0, bytes.len(), bytes.len() - at, bytes.len() + 1, 0xffff][random.below(5)] as u16;
                bytes[at..at + 2].copy_from_slice(&near.to_be_bytes());
            }
            6 => drop(bytes.drain(piece)),
            7 => {
                let double = bytes[piece.clone()].to_vec();
                bytes.splice(piece.end..piece.end, double);
            }
            8 => {
                let fresh: Vec<u8> = (0..len).map(|_| random.next() as u8).collect();
                bytes.splice(at..at, fresh);
            }
            _ => {
                let other = &corpus[random.below(corpus.len())];
                let from = random.below(other.len());
                bytes.truncate(at);
                bytes.extend_from_slice(&other[from..]);
            }
        }
    }
    bytes.truncate(BYTES_MAX.max(corpus.iter().map(Vec::len).max().unwrap_or(0)));
    bytes
}

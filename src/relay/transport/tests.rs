//! Hostile input for the tests of all transports: seeded, so that a failure can be had again.

/// A small generator (xorshift64*, Vigna 2016); the seed is its only state.
pub(super) struct Seeded(pub(super) u64);

impl Seeded {
    /// The next 64 bits.
    pub(super) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `limit`, which is not zero.
    pub(super) fn below(&mut self, limit: usize) -> usize {
        (self.next() >> 16) as usize % limit
    }

    /// Up to `max` random bytes.
    pub(super) fn bytes(&mut self, max: usize) -> Vec<u8> {
        (0..self.below(max + 1)).map(|_| self.next() as u8).collect()
    }
}

/// `genuine` with something wrong: bits turned, cut off, a piece repeated, or bytes put in.
pub(super) fn mutate(genuine: &[u8], random: &mut Seeded) -> Vec<u8> {
    let mut bytes = genuine.to_vec();
    for _ in 0..=random.below(3) {
        if bytes.is_empty() {
            return bytes;
        }
        let place = random.below(bytes.len());
        match random.below(5) {
            0 => bytes.truncate(place),
            1 => bytes[place] = random.next() as u8,
            2 => bytes[place] ^= 1 << random.below(8),
            3 => {
                let piece = bytes[place..].to_vec();
                bytes.extend(piece);
            }
            _ => drop(bytes.splice(place..place, random.bytes(9))),
        }
    }
    bytes
}

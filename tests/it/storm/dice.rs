//! Numbers by chance, the same for the same seed.

/// SplitMix64.
#[derive(Debug, Clone)]
pub struct Dice(pub u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to below `most`.
    pub fn below(&mut self, most: u64) -> u64 {
        self.next() % most
    }

    /// From `from` to `to`, both included.
    pub fn between(&mut self, from: u64, to: u64) -> u64 {
        from + self.below(to - from + 1)
    }

    /// The same, small.
    pub fn small(&mut self, from: u32, to: u32) -> u32 {
        u32::try_from(self.between(u64::from(from), u64::from(to))).unwrap()
    }

    /// An amount in fen.
    pub fn fen(&mut self, from: u64, to: u64) -> qiantang::domain::money::Money {
        qiantang::domain::money::Money::from_fen(i64::try_from(self.between(from, to)).unwrap())
    }

    /// Once in so many times.
    pub fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    /// One of these; none if there is none.
    pub fn any<T: Clone>(&mut self, of: &[T]) -> Option<T> {
        let place = self.below(u64::try_from(of.len().max(1)).unwrap());
        of.get(usize::try_from(place).unwrap()).cloned()
    }

    /// One of these, of which there is one at least.
    pub fn one<T: Clone>(&mut self, of: &[T]) -> T {
        self.any(of).unwrap()
    }
}

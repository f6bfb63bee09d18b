//! Seeded draws: splitmix64, one stream for each thing that is drawn for, so that one more job in a trace changes nothing of
//! what was drawn for the others.

/// A stream of draws.
#[derive(Debug, Clone)]
pub struct Draw(u64);

const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

fn mix(state: u64) -> u64 {
    let state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}

impl Draw {
    /// The stream of `seed` for the thing called `key` among the things called `kind`.
    pub fn of(seed: u64, kind: &str, key: &str) -> Draw {
        let bytes = kind.bytes().chain([0]).chain(key.bytes());
        Draw(bytes.fold(mix(seed.wrapping_add(GAMMA)), |state, byte| {
            mix(state.wrapping_add(GAMMA) ^ u64::from(byte))
        }))
    }

    /// Any 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GAMMA);
        mix(self.0)
    }

    /// A number of 0 to `bound` − 1; 0 where there is none.
    pub fn below(&mut self, bound: u32) -> u32 {
        u32::try_from(self.bits() % u64::from(bound.max(1))).unwrap_or(0)
    }

    /// A number of `least` to `most`, both included.
    pub fn between(&mut self, least: u32, most: u32) -> u32 {
        least + self.below(most.saturating_sub(least) + 1)
    }

    /// True in `percent` of a hundred draws.
    pub fn chance(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }

    /// An index into something of `length` things; 0 where there is none.
    pub fn index(&mut self, length: usize) -> usize {
        let bound = u32::try_from(length).unwrap_or(u32::MAX);
        usize::try_from(self.below(bound)).unwrap_or(0)
    }

    /// One of these, each as likely as its weight says.
    pub fn weighted<T: Copy, const N: usize>(&mut self, choices: [(u32, T); N]) -> T {
        let mut place = self.below(choices.iter().map(|(weight, _)| weight).sum());
        for (weight, value) in choices {
            if place < weight {
                return value;
            }
            place -= weight;
        }
        choices[0].1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first three outputs of the reference implementation of splitmix64 for the state 1234567.
    #[test]
    fn it_is_splitmix64() {
        let mut draw = Draw(1_234_567);
        let drawn = [draw.bits(), draw.bits(), draw.bits()];
        assert_eq!(
            drawn,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423
            ]
        );
    }

    #[test]
    fn streams_differ_and_repeat() {
        assert_eq!(Draw::of(1, "bid", "a").bits(), Draw::of(1, "bid", "a").bits());
        assert_ne!(Draw::of(1, "bid", "a").bits(), Draw::of(1, "bid", "b").bits());
        assert_ne!(Draw::of(1, "bid", "a").bits(), Draw::of(2, "bid", "a").bits());
        assert_ne!(Draw::of(1, "bi", "da").bits(), Draw::of(1, "bid", "a").bits());
    }

    #[test]
    fn draws_stay_in_bounds() {
        let mut draw = Draw::of(7, "bounds", "");
        let drawn: Vec<u32> = (0..1_000).map(|_| draw.between(3, 5)).collect();
        assert!(drawn.iter().all(|n| (3..=5).contains(n)));
        assert!((3..=5).all(|n| drawn.contains(&n)));
        assert_eq!((draw.below(0), draw.index(0)), (0, 0));
        let heavy = (0..1_000).filter(|_| draw.weighted([(90, 1), (10, 2)]) == 1).count();
        assert!((850..950).contains(&heavy), "{heavy}");
    }
}

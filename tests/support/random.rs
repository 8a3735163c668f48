//! A small generator of random numbers: the same for the same seed, everywhere.

/// Xorshift.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Random {
        // Seeds beside each other must not give numbers beside each other.
        let mut random = Random((seed ^ 0x5851_f42d_4c95_7f2d).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        for _ in 0..4 {
            random.below(1);
        }
        random
    }

    /// Below this limit; 0 where the limit is 0.
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }

    /// True once in so many times.
    pub fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }
}

//! The ends of lines and of their names: 64 bytes at a time become two masks, and what is asked is where their next
//! bits stand.

const WIDTH: usize = 64;

/// The places of the LF of a line and of its first colon; that is beyond the LF if it has none.
pub(super) type Line = (usize, usize);

/// Goes from line to line.
#[derive(Clone, Copy)]
pub(super) struct Lines {
    /// The place of the first byte that the masks speak of.
    block: usize,
    /// The line ends and colons of the block that are not passed.
    ends: u64,
    colons: u64,
    /// The first colon of the line under way, if a block before held it; otherwise beyond everything.
    colon: usize,
}

impl Lines {
    /// From the beginning of a line on.
    pub fn new(start: usize) -> Lines {
        Lines { block: start.wrapping_sub(WIDTH), ends: 0, colons: 0, colon: usize::MAX }
    }

    /// The next line; `None` if no line end is left.
    #[inline(always)]
    pub fn next(&mut self, bytes: &[u8]) -> Option<Line> {
        while self.ends == 0 {
            if self.colons != 0 {
                self.colon = self.colon.min(self.first_colon());
            }
            let next = self.block.wrapping_add(WIDTH);
            let rest = bytes.get(next..)?;
            (self.ends, self.colons) = match rest.first_chunk() {
                Some(whole) => marks(whole),
                None if rest.is_empty() => return None,
                None => marks(&padded(rest)),
            };
            self.block = next;
        }
        let lf = self.block + self.ends.trailing_zeros() as usize;
        let colon = self.colon.min(self.first_colon());
        self.colon = usize::MAX;
        let passed = self.ends ^ (self.ends - 1);
        self.ends &= !passed;
        self.colons &= !passed;
        Some((lf, colon))
    }

    /// Beyond the block if there is none in it.
    #[inline(always)]
    fn first_colon(&self) -> usize {
        self.block + self.colons.trailing_zeros() as usize
    }
}

#[cold]
fn padded(rest: &[u8]) -> [u8; WIDTH] {
    let mut padded = [0; WIDTH];
    padded[..rest.len()].copy_from_slice(rest);
    padded
}

/// The bits of the bytes that are line feeds, and of those that are colons; the first byte has the lowest.
#[inline]
fn marks(bytes: &[u8; WIDTH]) -> (u64, u64) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: every processor of this architecture has SSE2.
    #[expect(unsafe_code)]
    unsafe {
        marks_sse2(bytes)
    }
    #[cfg(not(target_arch = "x86_64"))]
    marks_anywhere(bytes)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "sse2")]
#[inline]
fn marks_sse2(bytes: &[u8; WIDTH]) -> (u64, u64) {
    use std::arch::x86_64::{__m128i, _mm_cmpeq_epi8, _mm_movemask_epi8, _mm_set_epi64x, _mm_set1_epi8};

    let of = |vector: __m128i, byte: u8| {
        u64::from(_mm_movemask_epi8(_mm_cmpeq_epi8(vector, _mm_set1_epi8(byte.cast_signed()))).cast_unsigned())
    };
    let (mut ends, mut colons) = (0, 0);
    for (at, sixteen) in bytes.as_chunks::<16>().0.iter().enumerate() {
        let both = u128::from_le_bytes(*sixteen).cast_signed();
        let vector = _mm_set_epi64x((both >> 64) as i64, both as i64);
        ends |= of(vector, b'\n') << (16 * at);
        colons |= of(vector, b':') << (16 * at);
    }
    (ends, colons)
}

#[cfg(any(test, not(target_arch = "x86_64")))]
#[inline]
fn marks_anywhere(bytes: &[u8; WIDTH]) -> (u64, u64) {
    const LOW: u64 = u64::from_ne_bytes([0x7f; 8]);
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    // The top bit of each byte that is this one, and those bits side by side.
    let of = |word: u64, byte: u8| {
        let differs = word ^ (ONES * u64::from(byte));
        let equal = !(((differs & LOW) + LOW) | differs | LOW);
        (equal >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
    };
    let (mut ends, mut colons) = (0, 0);
    for (at, eight) in bytes.as_chunks::<8>().0.iter().enumerate() {
        let word = u64::from_le_bytes(*eight);
        ends |= of(word, b'\n') << (8 * at);
        colons |= of(word, b':') << (8 * at);
    }
    (ends, colons)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &[u8], start: usize) -> Vec<Line> {
        let mut lines = Lines::new(start);
        let known = |(lf, colon)| (lf, if colon < lf { colon } else { usize::MAX });
        std::iter::from_fn(|| lines.next(bytes)).map(known).collect()
    }

    /// Byte by byte.
    fn plainly(bytes: &[u8], start: usize) -> Vec<Line> {
        let (mut found, mut colon) = (Vec::new(), usize::MAX);
        for (at, byte) in bytes.iter().enumerate().skip(start) {
            match byte {
                b'\n' => found.push((at, std::mem::replace(&mut colon, usize::MAX))),
                b':' => colon = colon.min(at),
                _ => {}
            }
        }
        found
    }

    /// Bytes that often are what is looked for, or nearly so; the same in each run.
    fn some_bytes() -> impl Iterator<Item = u8> {
        let mut state = 7_u64;
        std::iter::repeat_with(move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let random = (state >> 33) as usize;
            if random.is_multiple_of(3) {
                (random >> 8) as u8
            } else {
                b"\n:\r;\x0b\x8a\xba\x00\xff2\x09a"[random % 12]
            }
        })
    }

    #[test]
    fn finds_what_a_look_at_each_byte_finds() {
        let mut bytes = some_bytes();
        for length in 0..300 {
            let bytes: Vec<u8> = bytes.by_ref().take(length).collect();
            for start in 0..length.min(70) {
                assert_eq!(lines(&bytes, start), plainly(&bytes, start), "from {start} of {bytes:?}");
            }
        }
    }

    #[test]
    fn remembers_a_colon_that_stands_blocks_before_the_line_end() {
        for colon in [0, 1, 63, 64, 100, 198] {
            for more in [colon, 199] {
                let mut bytes = vec![b'x'; 300];
                bytes[200] = b'\n';
                (bytes[colon], bytes[more]) = (b':', b':');
                assert_eq!(lines(&bytes, 0), [(200, colon)], "{colon} and {more}");
            }
        }
    }

    #[test]
    fn both_ways_of_marking_agree() {
        let mut bytes = some_bytes();
        for _ in 0..2_000 {
            let block: [u8; WIDTH] = std::array::from_fn(|_| bytes.next().unwrap_or_default());
            assert_eq!(marks(&block), marks_anywhere(&block), "{block:?}");
        }
    }
}

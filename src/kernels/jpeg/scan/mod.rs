//! The bits of a scan of a baseline JPEG, and the numbers of the blocks in them.

mod code;
mod pair;

pub use code::{Codes, Listed, are_codes};

use super::levels::Block;
use code::{Code, Entry};
use memchr::memchr;
use pair::Pair;

/// The place of each number of a block in the order in which they are coded.
pub const ZIGZAG: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28, 35, 42,
    49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// Zeros behind the last byte, so that eight can be read wherever a regular scan ends.
const BEHIND: usize = 16;
/// Places of a block, behind one that is none; and behind the last, those to which what ends it leads, where nothing was
/// put yet.
const PLACES: [u8; 256] = places();

/// A scan without the zeros that follow each 0xff in the file, and where it is read.
#[derive(Clone, Debug)]
pub struct Scan {
    bytes: Vec<u8>,
    /// Bytes that were taken.
    at: usize,
    /// As in [`Bits`].
    bits: u64,
    left: u32,
}

/// What is left of a scan.
#[derive(Clone, Copy, Debug)]
struct Bits<'a> {
    rest: &'a [u8],
    /// Of what was taken, what was not used, from the highest bit on.
    bits: u64,
    /// How many they are, in its lowest six bits.
    left: u32,
}

const fn places() -> [u8; 256] {
    let mut places = [63; 256];
    let mut at = 0;
    while at < 64 {
        places[at + 1] = ZIGZAG[at];
        at += 1;
    }
    places
}

impl Scan {
    /// The scan that `bytes` begin with, if the end of the picture follows it.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let mut plain = Vec::with_capacity(bytes.len() + BEHIND);
        let mut rest = bytes;
        loop {
            let at = memchr(0xff, rest)?;
            match *rest.get(at + 1)? {
                0 => plain.extend_from_slice(&rest[..=at]),
                0xd9 => break plain.extend_from_slice(&rest[..at]),
                _ => return None,
            }
            rest = &rest[at + 2..];
        }
        plain.extend([0; BEHIND]);
        Some(Self { bytes: plain, at: 0, bits: 0, left: 0 })
    }

    /// Whether all bits are used but those that fill the last byte.
    pub fn is_used_up(&self) -> bool {
        let used = self.at as u64 * 8 - u64::from(self.left & 63);
        used.div_ceil(8) == (self.bytes.len() - BEHIND) as u64
    }
}

wide! {
    /// Fills `blocks`, which are zero, with the next blocks of `scan`, coded in turn as `codes` say from their first; their
    /// means are differences to that of the block before of the same component. Says whether they are regular.
    pub fn read_blocks(scan: &mut Scan, codes: &Codes, blocks: &mut [Block]) -> bool = read;
}

#[inline(always)]
fn read(scan: &mut Scan, codes: &Codes, blocks: &mut [Block]) -> bool {
    let mut bits = Bits { rest: &scan.bytes[scan.at..], bits: scan.bits, left: scan.left };
    for unit in blocks.chunks_exact_mut(codes.blocks().len()) {
        for (block, (dc, ac)) in unit.iter_mut().zip(codes.blocks()) {
            if !read_block(&mut bits, (codes.table(*dc), codes.table(*ac)), block) {
                return false;
            }
        }
    }
    let Bits { rest, bits, left } = bits;
    (scan.at, scan.bits, scan.left) = (scan.bytes.len() - rest.len(), bits, left);
    true
}

#[inline(always)]
fn read_block(bits: &mut Bits<'_>, (dc, ac): (&Code, &Code), block: &mut Block) -> bool {
    let mut next = *bits;
    // A mean is in the first place.
    let mut place = 1;
    if !next.fill() || !next.mean(dc, block) {
        return false;
    }
    loop {
        if !next.fill() || !next.numbers(ac, &mut place, block) {
            return false;
        }
        if place >= 64 {
            break;
        }
        // Two looks take at most 26 bits each, fewer than were filled up.
        if !next.numbers(ac, &mut place, block) {
            return false;
        }
        if place >= 64 {
            break;
        }
    }
    *bits = next;
    // A number may not lie behind the last place.
    place == 64 || place > code::END
}

/// Puts a number in its place of a block; places behind the last are one of the last.
#[inline(always)]
fn put(block: &mut Block, place: usize, number: i16) {
    block[usize::from(PLACES[place & 255] & 63)] = number;
}

impl Bits<'_> {
    /// Fills up to 56 bits or more; says whether the scan has as many, zeros behind it included.
    #[inline(always)]
    fn fill(&mut self) -> bool {
        let Some(next) = self.rest.first_chunk() else { return false };
        self.bits |= u64::from_be_bytes(*next) >> (self.left & 63);
        self.rest = &self.rest[(!self.left >> 3 & 7) as usize..];
        self.left |= 56;
        true
    }

    /// Uses bits, as many as the lowest six bits of `bits` say; those above are nothing in particular.
    #[inline(always)]
    fn skip(&mut self, bits: u32) {
        self.bits <<= bits & 63;
        self.left = self.left.wrapping_sub(bits);
    }

    /// Takes the code of a mean and its number, and puts that in its place; says whether there is such a code.
    #[inline(always)]
    fn mean(&mut self, code: &Code, block: &mut Block) -> bool {
        let look = code.look(self.bits);
        let (mut bits, mut number) = (look.bits(), look.first().1);
        if look.is_not_seen() {
            let Some((entry, whole)) = self.not_seen(look, code) else { return false };
            (bits, number) = (entry.bits(), whole);
        }
        block[0] = number;
        self.skip(bits);
        true
    }

    /// Takes a code and its number, or two, and puts these in their places; says whether there is such a code.
    #[inline(always)]
    fn numbers(&mut self, code: &Code, place: &mut usize, block: &mut Block) -> bool {
        let look = code.look(self.bits);
        let mut bits = look.bits();
        if look.is_not_seen() {
            let Some((entry, number)) = self.not_seen(look, code) else { return false };
            *place += entry.advance();
            put(block, *place, number);
            bits = entry.bits();
        } else {
            let ((advance, first), (more, second)) = (look.first(), look.second());
            *place += advance;
            put(block, *place, first);
            if *place < 64 {
                *place += more;
                put(block, *place, second);
            } else {
                // What follows a whole block is another's.
                bits = look.bits_of_first();
            }
        }
        self.skip(bits);
        true
    }

    /// A code and its number that were not seen whole by one look, if there is such a code.
    #[inline(always)]
    fn not_seen(&self, look: Pair, code: &Code) -> Option<(Entry, i16)> {
        let mut entry = look.entry();
        if entry.is_longer() {
            entry = code.search(self.bits)?;
        }
        Some((entry, entry.number(self.bits)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Key, Rng};

    /// How many codes of each length there are, of so many; some are longer than is looked at.
    fn counts(rng: &mut Rng, mut symbols: u64) -> Vec<u8> {
        let mut next = 0;
        let mut count = |length: u32| {
            let room: u64 = (1 << length) - 1 - 2 * next;
            // No more than leaves room for all that follow.
            let count = if length < 16 { rng.below((room / if length < 6 { 2 } else { 4 }).min(symbols) + 1) } else { symbols };
            (next, symbols) = (2 * next + count, symbols - count);
            count as u8
        };
        (1..=16).map(&mut count).collect()
    }

    /// What is written, a bit in each place.
    #[derive(Default)]
    struct Written(Vec<bool>);

    impl Written {
        fn bits(&mut self, bits: u32, count: u32) {
            self.0.extend((0..count).rev().map(|at| bits >> at & 1 == 1));
        }

        fn symbol(&mut self, (counts, symbols): Listed<'_>, symbol: u8) {
            let place = symbols.iter().position(|other| *other == symbol).unwrap();
            let (mut code, mut before) = (0, 0);
            for (length, count) in (1..).zip(counts) {
                if place < before + usize::from(*count) {
                    return self.bits(code + (place - before) as u32, length);
                }
                (code, before) = ((code + u32::from(*count)) << 1, before + usize::from(*count));
            }
        }

        fn number(&mut self, listed: Listed<'_>, run: u8, number: i16) {
            let size = (number.unsigned_abs() as u32 + 1).next_power_of_two().ilog2();
            self.symbol(listed, run << 4 | size as u8);
            self.bits((i32::from(number) + if number < 0 { (1 << size) - 1 } else { 0 }) as u32, size);
        }

        fn block(&mut self, dc: Listed<'_>, ac: Listed<'_>, block: &Block) {
            self.number(dc, 0, block[0]);
            let mut run = 0;
            for number in ZIGZAG[1..].iter().map(|at| block[usize::from(*at)]) {
                if number == 0 {
                    run += 1;
                    continue;
                }
                (0..run / 16).for_each(|_| self.symbol(ac, 0xf0));
                self.number(ac, run % 16, number);
                run = 0;
            }
            if run > 0 {
                self.symbol(ac, 0);
            }
        }

        /// As bytes, ones behind them, as they are in a file.
        fn bytes(&self) -> Vec<u8> {
            let byte = |bits: &[bool]| (0..8).fold(0, |byte, at| byte << 1 | u8::from(bits.get(at).is_none_or(|bit| *bit)));
            let bytes = self.0.chunks(8).map(byte).flat_map(|byte| [byte, 0].into_iter().take(1 + usize::from(byte == 0xff)));
            bytes.chain([0xff, 0xd9]).collect()
        }
    }

    fn random_block(rng: &mut Rng) -> Block {
        let (filled, bits) = (rng.below(80).min(64), rng.below(10));
        let most = 1 + rng.below(1 << bits) as i64;
        let mut block = [0; 64];
        for at in &ZIGZAG[..filled as usize] {
            if rng.chance(0.7) {
                block[usize::from(*at)] = (rng.below(2 * most as u64 + 1) as i64 - most) as i16;
            }
        }
        block
    }

    #[test]
    fn blocks_come_back_whatever_the_codes() {
        let mut rng = Key::new(21).rng();
        for _ in 0..200 {
            let (mut dc, mut ac): (Vec<u8>, Vec<u8>) = ((0..12).collect(), vec![0, 0xf0]);
            ac.extend((1..=10).flat_map(|size| (0..=15).map(move |run| run << 4 | size)));
            // As they stand, small numbers have short codes.
            if rng.chance(0.5) {
                rng.shuffle(&mut dc);
                rng.shuffle(&mut ac);
            }
            let (few, many) = (counts(&mut rng, dc.len() as u64), counts(&mut rng, ac.len() as u64));
            let listed = ((&few[..], &dc[..]), (&many[..], &ac[..]));
            let blocks: Vec<Block> = (0..20).map(|_| random_block(&mut rng)).collect();
            let mut written = Written::default();
            blocks.iter().for_each(|block| written.block(listed.0, listed.1, block));
            let (codes, mut scan) = (Codes::new(&[listed]).unwrap(), Scan::of(&written.bytes()).unwrap());
            let mut read = vec![[0; 64]; blocks.len()];
            assert!(read_blocks(&mut scan, &codes, &mut read[..7]) && read_blocks(&mut scan, &codes, &mut read[7..]));
            assert_eq!(read, blocks);
            assert!(scan.is_used_up());
            assert!(codes.are(&[listed]));
        }
    }

    #[test]
    fn codes_are_those_of_the_same_lists_alone() {
        let (mut counts, symbols) = ([0; 16], [1, 2, 3]);
        (counts[3], counts[4]) = (2, 1);
        let mut others = counts;
        others.swap(3, 4);
        let (listed, more, turned): (Listed<'_>, Listed<'_>, Listed<'_>) =
            ((&counts, &symbols), (&others, &symbols), (&counts, &[3, 2, 1]));
        let codes = Codes::new(&[(listed, listed)]).unwrap();
        assert!(codes.are(&[(listed, listed)]));
        for other in [more, turned] {
            assert!(!codes.are(&[(other, listed)]) && !codes.are(&[(listed, other)]));
        }
        assert!(!codes.are(&[(listed, listed); 2]) && !codes.are(&[]));
        // What does not say how much of it there is could be taken for something else.
        for odd in [(&counts[..15], &symbols[..]), (&counts, &symbols[..2]), (&counts, &[1, 2, 3, 4])] {
            assert!(Codes::new(&[(odd, listed)]).is_none());
        }
    }

    /// The last number of a block by the second code of a pair, and one behind the last place.
    #[test]
    fn a_number_behind_the_last_place_is_refused() {
        let mut counts = [0; 16];
        counts[1] = 2;
        let (dc, ac): (Listed<'_>, Listed<'_>) = ((&counts, &[0, 1]), (&counts, &[0xf1, 0xe1]));
        let codes = Codes::new(&[(dc, ac)]).unwrap();
        for (last, is_regular) in [(0xe1, true), (0xf1, false)] {
            let mut written = Written::default();
            written.number(dc, 0, 0);
            for symbol in [0xf1, 0xf1, 0xf1, last] {
                written.symbol(ac, symbol);
                written.bits(1, 1);
            }
            let mut block = [[0; 64]];
            assert_eq!(read_blocks(&mut Scan::of(&written.bytes()).unwrap(), &codes, &mut block), is_regular);
            assert!(!is_regular || block[0][63] == 1);
        }
    }
}

//! The bits of a scan of a baseline JPEG, and the numbers of the blocks in them.

mod code;

pub use code::{Codes, Listed, are_codes};

use super::levels::Block;
use code::Code;
use memchr::memchr;

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

/// A scan without the zeros that follow each 0xff in the file.
#[derive(Clone, Debug)]
pub struct Scan {
    bytes: Vec<u8>,
    bits: Bits,
}

/// Where a scan is read.
#[derive(Clone, Copy, Debug)]
struct Bits {
    /// Bytes that were taken.
    at: usize,
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
        Some(Self { bytes: plain, bits: Bits { at: 0, bits: 0, left: 0 } })
    }

    /// Whether all bits are used but those that fill the last byte.
    pub fn is_used_up(&self) -> bool {
        let used = self.bits.at as u64 * 8 - u64::from(self.bits.left & 63);
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
    let mut bits = scan.bits;
    for unit in blocks.chunks_exact_mut(codes.blocks().len()) {
        for (block, (dc, ac)) in unit.iter_mut().zip(codes.blocks()) {
            if !read_block(&scan.bytes, &mut bits, (codes.table(*dc), codes.table(*ac)), block) {
                return false;
            }
        }
    }
    scan.bits = bits;
    true
}

#[inline(always)]
fn read_block(bytes: &[u8], bits: &mut Bits, (dc, ac): (&Code, &Code), block: &mut Block) -> bool {
    let mut next = *bits;
    let mut place = 0;
    if !next.fill(bytes) || !next.number(dc, &mut place, block) {
        return false;
    }
    loop {
        if !next.fill(bytes) || !next.number(ac, &mut place, block) {
            return false;
        }
        if place >= 64 {
            break;
        }
        // Another code and its number are no more bits than are left.
        if !next.number(ac, &mut place, block) {
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

impl Bits {
    /// Fills up to 56 bits or more; says whether the scan has as many, zeros behind it included.
    #[inline(always)]
    fn fill(&mut self, bytes: &[u8]) -> bool {
        let Some(next) = bytes.get(self.at..).and_then(<[u8]>::first_chunk) else { return false };
        self.bits |= u64::from_be_bytes(*next) >> (self.left & 63);
        self.at += (!self.left >> 3 & 7) as usize;
        self.left |= 56;
        true
    }

    /// Takes a code and its number, and puts that in its place; says whether there is such a code.
    #[inline(always)]
    fn number(&mut self, code: &Code, place: &mut usize, block: &mut Block) -> bool {
        let mut entry = code.look(self.bits);
        let mut number = entry.seen();
        if entry.is_not_seen() {
            if entry.is_longer() {
                let Some(found) = code.search(self.bits) else { return false };
                entry = found;
            }
            number = entry.number(self.bits);
        }
        *place += entry.advance();
        block[usize::from(PLACES[*place & 255] & 63)] = number;
        self.bits <<= entry.bits() & 63;
        // The bits above the lowest six are nothing in particular.
        self.left = self.left.wrapping_sub(entry.bits());
        true
    }
}

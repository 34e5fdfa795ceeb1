//! Huffman codes as tables: what a run of bits begins with by one look.

use super::pair::Pair;

/// Bits that are looked at at once: ten are fastest, since longer codes are rare, and larger tables leave the innermost cache.
pub(super) const LOOK: u32 = 10;
/// How far what ends a block moves the place: further than any run of zeros reaches.
pub(super) const END: usize = 128;
/// Codes of a scan: of luma and of chroma.
const CODES: usize = 4;

/// What bits begin with, a code and behind it a number, in bytes: bits of both; how far the place in the block moves, over the
/// zeros before the number and over itself; then the number. Or, marked by [`NOT_SEEN`], for one that was not seen whole: bits
/// of the code, and 63 less the bits of the number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry(u32);

/// Marks entries whose number was not seen whole.
const NOT_SEEN: u8 = 0x80;

/// The Huffman codes of a scan, and which of them its blocks are in.
#[derive(Clone, Debug)]
pub struct Codes {
    /// All that stands in the file of them, block by block.
    listed: Vec<u8>,
    codes: Vec<Code>,
    /// For each block of a unit, which codes its mean and its other numbers are in.
    blocks: Vec<(usize, usize)>,
}

/// What stands in a file of a code: how many of each length there are, and their symbols.
pub type Listed<'a> = (&'a [u8], &'a [u8]);

/// Which numbers of a block a code is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// The first of its block.
    Mean,
    /// The others.
    Other,
}

/// A Huffman code.
#[derive(Clone, Debug)]
pub(super) struct Code {
    table: [Pair; 1 << LOOK],
    /// For each length, what is above all codes of it, filled up to 16 bits; and what to add to a code for its place.
    above: [u32; 17],
    offset: [i32; 17],
    /// For each place, what the code means.
    entries: Vec<Entry>,
}

impl Codes {
    /// The codes of the means and of the other numbers of each block in a unit; nothing if they are not regular.
    pub fn new<'a>(blocks: &[(Listed<'a>, Listed<'a>)]) -> Option<Self> {
        let mut made = Self { listed: Vec::new(), codes: Vec::with_capacity(CODES), blocks: Vec::new() };
        made.listed.extend(pieces(blocks).flatten());
        let mut known: Vec<(Kind, Listed<'a>)> = Vec::new();
        for (dc, ac) in blocks {
            let mut of = |kind, listed| {
                if let Some(at) = known.iter().position(|other| *other == (kind, listed)) {
                    return Some(at);
                }
                made.codes.push(Code::new(listed, kind)?);
                known.push((kind, listed));
                Some(known.len() - 1)
            };
            let codes = (of(Kind::Mean, *dc)?, of(Kind::Other, *ac)?);
            made.blocks.push(codes);
        }
        (!made.blocks.is_empty()).then_some(made)
    }

    /// Whether [`Self::new`] makes these of `blocks`.
    pub fn are(&self, blocks: &[(Listed<'_>, Listed<'_>)]) -> bool {
        let rest = pieces(blocks).try_fold(&self.listed[..], |rest, piece| rest.strip_prefix(piece));
        rest.is_some_and(<[u8]>::is_empty)
    }

    /// For each block of a unit, which codes its mean and its other numbers are in.
    #[inline(always)]
    pub(super) fn blocks(&self) -> &[(usize, usize)] {
        &self.blocks
    }

    #[inline(always)]
    pub(super) fn table(&self, at: usize) -> &Code {
        &self.codes[at]
    }
}

/// What stands in a file of the codes of `blocks`: how many symbols there are follows from the counts before them.
fn pieces<'a>(blocks: &[(Listed<'a>, Listed<'a>)]) -> impl Iterator<Item = &'a [u8]> {
    blocks.iter().flat_map(|((dc, dc_symbols), (ac, ac_symbols))| [*dc, *dc_symbols, *ac, *ac_symbols])
}

impl Code {
    fn new((counts, symbols): Listed<'_>, kind: Kind) -> Option<Self> {
        let listed: usize = counts.iter().map(|count| usize::from(*count)).sum();
        if counts.len() != 16 || listed != symbols.len() || !are_codes(counts) {
            return None;
        }
        let (mut seen, mut entries) = ([Entry::LONGER; 1 << LOOK], Vec::with_capacity(symbols.len()));
        let (mut above, mut offset) = ([0; 17], [0; 17]);
        let mut code = 0u32;
        for (length, count) in (1u8..=16).zip(counts) {
            offset[usize::from(length)] = entries.len() as i32 - code as i32;
            for _ in 0..*count {
                let entry = Entry::new(length, kind.meaning(symbols[entries.len()])?);
                if let Some(free) = LOOK.checked_sub(length.into()) {
                    entry.fill(free, seen.get_mut((code << free) as usize..((code + 1) << free) as usize)?);
                }
                entries.push(entry);
                code += 1;
            }
            above[usize::from(length)] = if *count > 0 { code << (16 - length) } else { 0 };
            code <<= 1;
        }
        // A mean is alone.
        let table = match kind {
            Kind::Mean => seen.map(Pair::single),
            Kind::Other => Pair::all(&seen),
        };
        Some(Self { table, above, offset, entries })
    }

    /// What `bits`, whose first is the highest, begin with.
    #[inline(always)]
    pub(super) fn look(&self, bits: u64) -> Pair {
        self.table[(bits >> (64 - LOOK)) as usize]
    }

    /// The code that `bits` begin with, of any length, or nothing if it is none.
    #[cold]
    #[inline(never)]
    pub(super) fn search(&self, bits: u64) -> Option<Entry> {
        let code = (bits >> 48) as u32;
        let length = (1..=16).find(|&length| code < self.above[length as usize])?;
        let place = (code >> (16 - length)) as i32 + self.offset[length as usize];
        self.entries.get(usize::try_from(place).ok()?).copied()
    }
}

/// Whether there can be so many codes of each length, none of them all ones.
pub fn are_codes(counts: &[u8]) -> bool {
    let mut next = 0u32;
    (1..=16).zip(counts).all(|(length, count)| {
        next = 2 * next + u32::from(*count);
        *count == 0 || next < 1 << length
    })
}

impl Kind {
    /// What a symbol says: how many bits its number has, and how far it moves the place.
    fn meaning(self, symbol: u8) -> Option<(u8, u8)> {
        match self {
            Self::Mean => (symbol <= 11).then_some((symbol, 1)),
            Self::Other => {
                let (run, size) = (symbol >> 4, symbol & 15);
                let ends = size == 0 && run < 15;
                (size <= 10).then_some((size, if ends { END as u8 } else { run + 1 }))
            }
        }
    }
}

impl Entry {
    /// A code that is longer than was looked at.
    pub(super) const LONGER: Self = Self(NOT_SEEN as u32);

    fn new(code: u8, (size, advance): (u8, u8)) -> Self {
        Self(u32::from_le_bytes([NOT_SEEN | (code + size), advance, code, 63 - size]))
    }

    /// Fills `table`, of all that `free` bits behind its code may be, with itself and the numbers that are seen whole there.
    fn fill(self, free: u32, table: &mut [Self]) {
        let [bits, advance, _, rest] = self.to_bytes();
        let Some(behind) = free.checked_sub(63 - u32::from(rest)) else { return table.fill(self) };
        for (at, entries) in (0u64..).zip(table.chunks_exact_mut(1 << behind)) {
            let [low, high] = self.number(at << (64 - LOOK + behind)).to_le_bytes();
            entries.fill(Self(u32::from_le_bytes([bits & !NOT_SEEN, advance, low, high])));
        }
    }

    /// Of its lower and its upper bytes.
    #[inline(always)]
    pub(super) fn from_halves(lower: u16, upper: u16) -> Self {
        Self(u32::from(lower) | u32::from(upper) << 16)
    }

    pub(super) fn to_bytes(self) -> [u8; 4] {
        self.0.to_le_bytes()
    }

    /// Whether the number is not known, or the code is longer than was looked at.
    #[inline(always)]
    pub(super) fn is_not_seen(self) -> bool {
        self.0 & u32::from(NOT_SEEN) != 0
    }

    /// Whether the code is longer than was looked at.
    #[inline(always)]
    pub(super) fn is_longer(self) -> bool {
        self.0 == Self::LONGER.0
    }

    /// Bits of the code and its number, in the lowest six bits.
    #[inline(always)]
    pub(super) fn bits(self) -> u32 {
        self.0
    }

    /// How far the place moves.
    #[inline(always)]
    pub(super) fn advance(self) -> usize {
        (self.0 >> 8 & 255) as usize
    }

    /// The number at the beginning of `bits`, behind the code, if it was not seen: those that begin with 0 are negative, and
    /// the others of their bits are turned around.
    #[inline(always)]
    pub(super) fn number(self, bits: u64) -> i16 {
        let bits = bits << (self.0 >> 16 & 63);
        let below = !(bits as i64 >> 63) as u64;
        let size = (bits ^ below) >> 1 >> (self.0 >> 24);
        (size as u16 ^ below as u16).wrapping_sub(below as u16) as i16
    }
}

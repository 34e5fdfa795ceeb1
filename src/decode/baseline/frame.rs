//! What stands before the scan.

use crate::decode::segments::{SCAN, Segment, segments};
use crate::image::Size;
use crate::kernels::jpeg::{FrequencySteps, Listed, ZIGZAG, are_codes};

/// A picture's headers, and its scan.
#[derive(Debug)]
pub(in crate::decode) struct Frame<'a> {
    pub(in crate::decode) size: Size,
    /// The EXIF chunk.
    pub(in crate::decode) exif: Option<&'a [u8]>,
    /// Whether zune-jpeg would surely take the headers, for those of gray or of luma and chromas.
    pub(in crate::decode) is_plain: bool,
    pub(super) components: Vec<Component>,
    /// For each block of a unit, the codes of its mean and of its other numbers.
    pub(super) codes: Vec<(Listed<'a>, Listed<'a>)>,
    /// From its first byte to the end of the file.
    pub(super) scan: &'a [u8],
}

/// Luma or a chroma.
#[derive(Debug)]
pub(super) struct Component {
    id: u8,
    table: usize,
    /// Blocks in a unit of the scan.
    pub(super) across: usize,
    pub(super) down: usize,
    pub(super) steps: FrequencySteps,
}

/// What is known so far.
#[derive(Default)]
struct Reading<'a> {
    exif: Option<&'a [u8]>,
    /// Whether something is not plain.
    is_odd: bool,
    frame: Option<(Size, Vec<Component>)>,
    steps: [Option<FrequencySteps>; 4],
    dc: [Option<Listed<'a>>; 4],
    ac: [Option<Listed<'a>>; 4],
}

impl<'a> Frame<'a> {
    /// Reads the headers, if they are those of a regular baseline picture in one scan without restarts.
    pub(in crate::decode) fn of(bytes: &'a [u8]) -> Option<Self> {
        let mut reading = Reading::default();
        for Segment { marker, body, rest } in segments(bytes) {
            match marker {
                0xc0 => reading.frame(body)?,
                0xc4 => reading.codes(body)?,
                0xdb => reading.steps(body)?,
                SCAN => return reading.scan(body, rest),
                // What programs and people note.
                0xe0..=0xef | 0xfe => reading.note(marker, body),
                _ => return None,
            }
        }
        None
    }

    /// Units of the scan in a row of them.
    pub(super) fn unit_columns(&self) -> usize {
        (self.size.width as usize).div_ceil(8 * self.components[0].across)
    }

    /// The component of each block of a unit, in the order of the scan, and its place there: down and across.
    pub(super) fn places(&self) -> impl Iterator<Item = (usize, usize, usize)> {
        let of = |(c, component): (usize, &Component)| {
            let (down, across) = (component.down, component.across);
            (0..down).flat_map(move |down| (0..across).map(move |across| (c, down, across)))
        };
        self.components.iter().enumerate().flat_map(of)
    }

    /// Rows of units.
    pub(super) fn unit_rows(&self) -> usize {
        (self.size.height as usize).div_ceil(8 * self.components[0].down)
    }
}

impl<'a> Reading<'a> {
    /// Takes what stands in a segment for programs, of which zune-jpeg reads some.
    fn note(&mut self, marker: u8, body: &'a [u8]) {
        let is_plain = match marker {
            // It reads five bytes of four.
            0xe0 => body.len() != 4 && !body.starts_with(b"AVI1\0"),
            0xe1 => !body.starts_with(b"http://ns.adobe.com/xmp/extension/\0"),
            0xe2 => !body.starts_with(b"urn:"),
            // Says that there are luma and chromas, before they are named.
            0xee => body.starts_with(b"Adobe") && body.get(11) == Some(&1) && self.frame.is_none(),
            _ => true,
        };
        self.is_odd |= !is_plain;
        if let (0xe1, Some(chunk @ [_, ..])) = (marker, body.strip_prefix(b"Exif\0\0")) {
            self.exif = Some(chunk);
        }
    }

    fn frame(&mut self, body: &[u8]) -> Option<()> {
        let [8, h1, h0, w1, w0, count, ref list @ ..] = *body else { return None };
        let size = Size::new(u16::from_be_bytes([w1, w0]).into(), u16::from_be_bytes([h1, h0]).into());
        let components: Vec<Component> = list.as_chunks::<3>().0.iter().map(component).collect();
        let sampling: Vec<(usize, usize)> = components.iter().map(|c| (c.across, c.down)).collect();
        let regular = match *sampling {
            [luma] => luma == (1, 1),
            [luma, (1, 1), (1, 1)] => (1..=2).contains(&luma.0) && (1..=2).contains(&luma.1),
            _ => false,
        };
        let whole = list.len() == 3 * usize::from(count) && size.width > 0 && size.height > 0;
        let table = components.iter().all(|c| c.table < 4);
        (regular && whole && table && self.frame.is_none()).then(|| self.frame = Some((size, components)))
    }

    fn steps(&mut self, mut body: &[u8]) -> Option<()> {
        while let [kind, ref rest @ ..] = *body {
            let bytes = 1 + usize::from(kind >> 4);
            let table = rest.get(..64 * bytes)?;
            let steps = self.steps.get_mut(usize::from(kind & 15)).filter(|_| bytes <= 2)?.insert(FrequencySteps([0; 64]));
            for (step, at) in table.chunks_exact(bytes).zip(ZIGZAG) {
                steps.0[usize::from(at)] = step.iter().fold(0, |value, byte| value << 8 | i32::from(*byte));
            }
            body = &rest[64 * bytes..];
        }
        Some(())
    }

    fn codes(&mut self, mut body: &'a [u8]) -> Option<()> {
        while let [kind, ref rest @ ..] = *body {
            let counts = rest.get(..16)?;
            let symbols = counts.iter().map(|count| usize::from(*count)).sum::<usize>();
            let values = rest.get(16..16 + symbols)?;
            self.is_odd |= !is_code((counts, values), kind >> 4 == 0);
            let tables = if kind >> 4 == 0 { &mut self.dc } else { &mut self.ac };
            *tables.get_mut(usize::from(kind & 15)).filter(|_| kind >> 4 <= 1)? = Some((counts, values));
            body = &rest[16 + symbols..];
        }
        Some(())
    }

    /// Takes the header of the scan, and ties everything together.
    fn scan(self, body: &[u8], scan: &'a [u8]) -> Option<Frame<'a>> {
        let (size, mut components) = self.frame?;
        let (list, tail) = body.strip_prefix(&[components.len() as u8])?.split_at_checked(2 * components.len())?;
        if tail != [0, 63, 0] {
            return None;
        }
        let ids: Vec<u8> = components.iter().map(|component| component.id).collect();
        let is_plain = !self.is_odd && ids != *b"RGB" && (1..ids.len()).all(|at| !ids[..at].contains(&ids[at]));
        let mut codes = Vec::new();
        for (component, [id, tables]) in components.iter_mut().zip(list.as_chunks().0) {
            component.steps = self.steps[component.table].filter(|_| component.id == *id)?;
            let code = |known: &[Option<Listed<'a>>; 4], table: u8| known.get(usize::from(table)).copied().flatten();
            let both = (code(&self.dc, tables >> 4)?, code(&self.ac, tables & 15)?);
            codes.resize(codes.len() + component.across * component.down, both);
        }
        Some(Frame { size, exif: self.exif, is_plain, components, codes, scan })
    }
}

/// Whether zune-jpeg takes this for a Huffman code, of means or of other numbers.
fn is_code((counts, symbols): Listed<'_>, of_means: bool) -> bool {
    are_codes(counts) && symbols.len() <= 256 && (!of_means || symbols.iter().all(|symbol| *symbol < 16))
}

fn component(&[id, sampling, table]: &[u8; 3]) -> Component {
    let (across, down) = (usize::from(sampling >> 4), usize::from(sampling & 15));
    Component { id, table: table.into(), across, down, steps: FrequencySteps([0; 64]) }
}

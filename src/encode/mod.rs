//! The last pass: levels to the values of a row, in its type, order of axes and channels; or to a picture's file.

mod deep;
mod files;
mod png;
mod samplewise;

pub use deep::DeepEncoder;
pub use files::{jpeg, lossless_png};
pub use png::png;

use crate::kernels::cells::{self, Tables};
use crate::kernels::color;
use crate::kernels::linear::{self, whiten};
use crate::spec::{Color, Dtype, Layout, Output};
use crate::statistics::{Known, Whitening, affine};

/// Turns pictures into rows.
#[derive(Clone, Debug)]
pub struct Encoder<'a> {
    output: Output,
    /// The type of what `tables` hold: rows that are whitened are single precision until then.
    cell: Dtype,
    values: Values,
    /// What all pictures have in common, per channel.
    featurewise: [Shift; 3],
    /// The tables of every row, unless each has its own.
    tables: Tables,
    whitening: Option<&'a Whitening>,
    deep: Option<DeepEncoder>,
}

/// The values `(level rescale - mean) / std`.
#[derive(Clone, Debug)]
struct Values {
    channels: usize,
    tables: [[f64; 256]; 3],
    /// Factor and offset that give about the same.
    affine: [(f64, f64); 3],
    /// Whether all channels have the same values.
    alike: bool,
}

/// What is subtracted, and what is multiplied with after that.
#[derive(Clone, Copy, Debug)]
struct Shift {
    center: f64,
    inverse: f64,
}

impl Shift {
    const NONE: Self = Self { center: 0.0, inverse: 1.0 };
}

/// What is kept from one row to the next.
#[derive(Debug, Default)]
pub struct Scratch {
    /// Levels of a row in gray, or plane by plane.
    parted: Vec<u8>,
    /// Rows before they are whitened: bytes and numbers.
    flat: Vec<u8>,
    numbers: Vec<f32>,
    whiten: linear::Scratch,
}

impl<'a> Encoder<'a> {
    /// An encoder for rows as `output` says: float values are `(level rescale - mean) / std`, normalised by what their
    /// row has, and then by what is `known` of all pictures.
    ///
    /// # Panics
    /// If `output` needs statistics, and none are known.
    pub fn new(output: &Output, known: Option<&'a Known>) -> Self {
        let known = known.filter(|_| output.needs_statistics());
        assert!(known.is_some() || !output.needs_statistics(), "invariant: statistics come before rows");
        let whitening = known.and_then(|known| known.whitening.as_ref()).filter(|_| output.zca.is_some());
        let cell = if whitening.is_some() { Dtype::Float32 } else { output.dtype };
        let featurewise = [0, 1, 2].map(|c| known.map_or(Shift::NONE, |known| common(output, known, c)));
        let tables = Tables::new([[[0; 4]; 256]; 3]);
        let mut made = Self {
            output: *output,
            cell,
            values: Values::new(output),
            featurewise,
            tables,
            whitening,
            deep: DeepEncoder::new(output),
        };
        made.tables = made.tables([Shift::NONE; 3]);
        made
    }

    /// What makes rows of pictures of other channels or another depth, if they are.
    pub fn deep(&self) -> Option<&DeepEncoder> {
        self.deep.as_ref()
    }

    /// Whether a row is the picture's bytes as they are, or comes from no picture of such bytes.
    pub fn keeps_levels(&self) -> bool {
        self.deep.is_some()
            || (self.output.dtype, self.output.color, self.output.layout) == (Dtype::Uint8, Color::Rgb, Layout::Nhwc)
    }

    /// Whether rows are better made many at once.
    pub fn whitens(&self) -> bool {
        self.whitening.is_some()
    }

    /// Writes `levels`, the bytes of pictures of one size, as rows.
    pub fn encode(&self, levels: &[u8], rows: &mut [u8], scratch: &mut Scratch) {
        let Some(whitening) = self.whitening else { return self.encode_one(levels, rows, scratch) };
        let side = whitening.matrix().side();
        let count = rows.len() / (side * self.output.dtype.bytes() as usize).max(1);
        let mut flat = std::mem::take(&mut scratch.flat);
        flat.resize(count * side * 4, 0);
        let pictures = levels.chunks_exact((levels.len() / count.max(1)).max(1));
        for (levels, row) in pictures.zip(flat.chunks_exact_mut(side * 4)) {
            self.encode_one(levels, row, scratch);
        }
        scratch.numbers.clear();
        scratch.numbers.extend(flat.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)));
        scratch.flat = flat;
        whiten(whitening.matrix(), &mut scratch.numbers, &mut scratch.whiten);
        let numbers = scratch.numbers.iter();
        match self.output.dtype {
            Dtype::Float16 => rows.as_chunks_mut().0.iter_mut().zip(numbers).for_each(|(slot, x)| *slot = half(f64::from(*x))),
            _ => rows.as_chunks_mut().0.iter_mut().zip(numbers).for_each(|(slot, x)| *slot = x.to_le_bytes()),
        }
    }

    fn encode_one(&self, levels: &[u8], row: &mut [u8], scratch: &mut Scratch) {
        let Some(rule) = self.output.samplewise else {
            return self.spread_as(&self.tables, levels, row, &mut scratch.parted);
        };
        let own = if self.output.color == Color::Gray {
            scratch.parted.clear();
            scratch.parted.extend(levels.chunks_exact(3).map(luma));
            samplewise::shifts(rule, &self.values, &scratch.parted)
        } else {
            samplewise::shifts(rule, &self.values, levels)
        };
        self.spread_as(&self.tables(own), levels, row, &mut scratch.parted);
    }

    /// The bytes of every value, little-endian, for a row with this centre and scale.
    fn tables(&self, own: [Shift; 3]) -> Tables {
        let mut tables: cells::Cells = [[[0; 4]; 256]; 3];
        for c in 0..self.values.channels {
            let (own, common) = (own[c], self.featurewise[c]);
            let value = |value: &f64| ((value - own.center) * own.inverse - common.center) * common.inverse;
            let cells = tables[c].iter_mut().zip(&self.values.tables[c]);
            match self.cell {
                Dtype::Uint8 | Dtype::Uint16 => cells.zip(0..=u8::MAX).for_each(|((cell, _), level)| cell[0] = level),
                Dtype::Float16 => cells.for_each(|(cell, x)| cell[..2].copy_from_slice(&half(value(x)))),
                Dtype::Float32 => cells.for_each(|(cell, x)| *cell = (held(value(x), Dtype::Float32) as f32).to_le_bytes()),
            }
        }
        Tables::new(tables)
    }

    fn spread_as(&self, tables: &Tables, levels: &[u8], row: &mut [u8], parted: &mut Vec<u8>) {
        match self.cell {
            Dtype::Uint8 => self.spread::<1>(tables, levels, row, parted),
            Dtype::Uint16 | Dtype::Float16 => self.spread::<2>(tables, levels, row, parted),
            Dtype::Float32 => self.spread::<4>(tables, levels, row, parted),
        }
    }

    fn spread<const BYTES: usize>(&self, tables: &Tables, levels: &[u8], row: &mut [u8], parted: &mut Vec<u8>) {
        match (self.output.color, self.output.layout) {
            (Color::Gray, _) => {
                parted.clear();
                parted.extend(levels.chunks_exact(3).map(luma));
                cells::spread::<BYTES>(parted, &tables.of(0), row);
            }
            (Color::Rgb, Layout::Nhwc) => cells::spread::<BYTES>(levels, tables, row),
            (Color::Rgb, Layout::Nchw) if self.cell == Dtype::Uint8 => color::parted(levels, row),
            (Color::Rgb, Layout::Nchw) => {
                parted.resize(levels.len(), 0);
                color::parted(levels, parted);
                let plane = levels.len() / 3;
                let planes = parted.chunks_exact(plane.max(1)).zip(row.chunks_exact_mut((BYTES * plane).max(1)));
                for (c, (levels, row)) in planes.enumerate() {
                    cells::spread::<BYTES>(levels, &tables.of(c), row);
                }
            }
        }
    }
}

impl Values {
    fn new(output: &Output) -> Self {
        let value = |c: usize, level: usize| (level as f64 * output.rescale - output.mean[c]) / output.std[c];
        let alike = |c: usize| (output.mean[c], output.std[c]) == (output.mean[0], output.std[0]);
        Self {
            channels: if output.color == Color::Gray { 1 } else { 3 },
            tables: std::array::from_fn(|c| std::array::from_fn(|level| value(c, level))),
            affine: [0, 1, 2].map(|c| affine(output, c)),
            alike: output.color == Color::Gray || (alike(1) && alike(2)),
        }
    }
}

/// The value, or the end that it lies beyond, so that rows hold no infinities: a row that hardly spreads may reach there.
fn held(value: f64, dtype: Dtype) -> f64 {
    value.clamp(-dtype.greatest(), dtype.greatest())
}

/// The bytes of a half precision value.
fn half(value: f64) -> [u8; 2] {
    half::f16::from_f64(held(value, Dtype::Float16)).to_le_bytes()
}

/// What all pictures have in common in channel `c`, as far as `output` asks for it.
fn common(output: &Output, known: &Known, c: usize) -> Shift {
    let at = c.min(known.statistics.mean.len() - 1);
    let (mean, std) = (known.statistics.mean[at], known.statistics.std[at]);
    match output.featurewise {
        Some(rule) => Shift {
            center: if rule.center { mean } else { 0.0 },
            inverse: if rule.scale { 1.0 / (std + rule.epsilon) } else { 1.0 },
        },
        // Whitening takes rows about the mean.
        None => Shift { center: mean, inverse: 1.0 },
    }
}

/// ITU-R BT.601 luma with Pillow's weights and rounding (`Image.convert("L")`).
fn luma(p: &[u8]) -> u8 {
    ((u32::from(p[0]) * 19_595 + u32::from(p[1]) * 38_470 + u32::from(p[2]) * 7471 + 32_768) >> 16) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{Overrides, Spec};
    use crate::statistics::Statistics;

    fn output(text: &str) -> Output {
        let text = format!(r#"{{"version": 1, "pipeline": [], "output": {{{text}}}}}"#);
        Spec::parse("s.json", &text, &Overrides::default()).unwrap().output
    }

    fn row(text: &str, levels: &[u8], known: Option<&Known>) -> Vec<u8> {
        let output = output(text);
        let mut row = vec![0; levels.len() / 3 * (output.color.channels() * output.dtype.bytes()) as usize];
        Encoder::new(&output, known).encode(levels, &mut row, &mut Scratch::default());
        row
    }

    fn floats(bytes: &[u8]) -> Vec<f32> {
        bytes.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect()
    }

    const PIXELS: [u8; 6] = [255, 0, 10, 0, 255, 20];

    #[test]
    fn bytes_are_copied_or_parted_into_planes() {
        assert_eq!(row(r#""dtype": "uint8""#, &PIXELS, None), PIXELS);
        assert_eq!(row(r#""layout": "NCHW""#, &PIXELS, None), [255, 0, 0, 255, 10, 20]);
        assert_eq!(row(r#""color": "gray""#, &PIXELS, None), [77, 152]);
    }

    #[test]
    fn floats_are_rescaled_and_normalised() {
        let scaled = r#""rescale": 0.00392156862745098, "mean": [0, 0.5, 0], "std": [1, 0.5, 1]"#;
        let values = floats(&row(&format!(r#""dtype": "float32", {scaled}"#), &PIXELS, None));
        assert_eq!(values, [1.0, -1.0, 10.0 / 255.0, 0.0, 1.0, 20.0 / 255.0]);
        let halves = row(&format!(r#""dtype": "float16", "layout": "NCHW", {scaled}"#), &PIXELS, None);
        assert_eq!(halves[..2], half::f16::from_f32(1.0).to_le_bytes());
        assert_eq!(halves[4..6], half::f16::from_f32(-1.0).to_le_bytes());
    }

    #[test]
    fn what_lies_beyond_the_type_becomes_its_end() {
        let rule = r#""samplewise": {"center": "none", "epsilon": 1e-12}"#;
        // A gray that does not spread is divided by a millionth of a millionth.
        let halves = row(&format!(r#""dtype": "float16", {rule}"#), &[9, 9, 9, 9, 9, 9], None);
        assert_eq!(halves, half::f16::MAX.to_le_bytes().repeat(6));
        let singles = floats(&row(&format!(r#""dtype": "float32", "std": 1e-30, {rule}"#), &[9; 3], None));
        assert_eq!(singles, [f32::MAX; 3]);
    }

    #[test]
    fn a_row_is_normalised_by_its_own_values() {
        let of = |rule: &str, levels: &[u8]| floats(&row(&format!(r#""dtype": "float32", "samplewise": {rule}"#), levels, None));
        let levels = [2, 4, 9, 2, 8, 5];
        assert_eq!(of(r#"{"scale": "none"}"#, &levels), [-3.0, -1.0, 4.0, -3.0, 3.0, 0.0]);
        assert_eq!(of(r#"{"scale": "none", "per": "channel"}"#, &levels), [0.0, -2.0, 2.0, 0.0, 2.0, -2.0]);
        assert_eq!(of(r#"{"center": "none", "scale": "std", "epsilon": 1, "per": "channel"}"#, &levels)[2], 3.0);
        assert_eq!(of(r#"{"center": "min", "scale": "range", "epsilon": 1}"#, &levels), [0.0, 0.25, 0.875, 0.0, 0.75, 0.375]);
        // Gray levels 3 and 6.
        let gray = floats(&row(
            r#""dtype": "float32", "color": "gray", "samplewise": {"scale": "tf_image"}"#,
            &[3, 3, 3, 6, 6, 6],
            None,
        ));
        assert_eq!(gray, [-1.0, 1.0]);
        // A picture of one colour is 0, whatever divides; the floor of tf.image is above a deviation of 0.
        assert_eq!(of("{}", &[77; 12]), [0.0; 12]);
        let nearly = of(r#"{"scale": "tf_image"}"#, &[0; 12]);
        assert_eq!(nearly, [0.0; 12]);
    }

    #[test]
    fn channels_of_differing_scale_share_mean_and_deviation() {
        let text = r#""dtype": "float32", "std": [1, 2, 4], "mean": [0, 0, 4], "samplewise": {"center": "mean", "scale": "std"}"#;
        let values = [2.0f64, 2.0, 1.25, 2.0, 4.0, 0.25];
        let mean = values.iter().sum::<f64>() / 6.0;
        let std = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 6.0).sqrt();
        let expected: Vec<f32> = values.iter().map(|v| ((v - mean) / (std + 1e-6)) as f32).collect();
        for (a, b) in floats(&row(text, &[2, 4, 9, 2, 8, 5], None)).iter().zip(&expected) {
            assert!((a - b).abs() < 1e-6, "{a} {b}");
        }
    }

    #[test]
    fn rows_are_normalised_by_all_pictures_after_their_own() {
        let mut statistics = Statistics::new(Color::Rgb);
        (statistics.mean, statistics.std) = (vec![1.0, 2.0, 3.0], vec![1.0, 3.0, 7.0]);
        let known = Known { statistics, whitening: None };
        let of = |rule: &str| floats(&row(&format!(r#""dtype": "float32", {rule}"#), &PIXELS, Some(&known)));
        assert_eq!(of(r#""featurewise": {"epsilon": 1}"#)[..3], [127.0, -0.5, 0.875]);
        assert_eq!(of(r#""featurewise": {"scale": "none"}"#)[..3], [254.0, -2.0, 7.0]);
        assert_eq!(of(r#""featurewise": {"scale": "none"}, "samplewise": {"scale": "none"}"#)[..3], [164.0, -92.0, -83.0]);
    }
}

//! The last pass for pictures of other channels and depths.

use super::{Shift, half, held, samplewise};
use crate::image::Deep;
use crate::spec::{DeepOutput, Dtype, Layout, Output};

/// Turns pictures into rows.
#[derive(Clone, Debug)]
pub struct DeepEncoder {
    output: Output,
    deep: DeepOutput,
}

impl DeepEncoder {
    /// An encoder for rows as `output` says: float values are `(sample rescale - mean) / std`, normalised by what their row has.
    /// `None` if rows are red, green and blue of 8 bits.
    pub fn new(output: &Output) -> Option<Self> {
        output.deep.map(|deep| Self { output: *output, deep })
    }

    /// Writes `picture` as a row.
    ///
    /// # Panics
    /// If `picture` has other channels than the rows.
    pub fn encode(&self, picture: &Deep, row: &mut [u8]) {
        assert_eq!(picture.planes(), self.deep.planes, "invariant: as the spec says");
        let shifts = match self.output.samplewise {
            None => vec![Shift::NONE; self.deep.planes.channels],
            Some(rule) => samplewise::deep_shifts(rule, &self.affine(), picture),
        };
        let value = |c: usize, sample: u16| {
            let value = (f64::from(sample) * self.output.rescale - self.deep.mean[c]) / self.deep.std[c];
            (value - shifts[c].center) * shifts[c].inverse
        };
        match self.output.dtype {
            Dtype::Uint8 => self.spread(picture, row, |_, sample| [sample as u8]),
            Dtype::Uint16 => self.spread(picture, row, |_, sample| sample.to_le_bytes()),
            Dtype::Float16 => self.spread(picture, row, |c, sample| half(value(c, sample))),
            Dtype::Float32 => {
                self.spread(picture, row, |c, sample| (held(value(c, sample), Dtype::Float32) as f32).to_le_bytes());
            }
        }
    }

    /// For each channel the factor and the offset that give its values.
    fn affine(&self) -> Vec<(f64, f64)> {
        let DeepOutput { planes, mean, std } = self.deep;
        (0..planes.channels).map(|c| (self.output.rescale / std[c], -mean[c] / std[c])).collect()
    }

    /// Puts what `cell` makes of each sample where the layout has it.
    fn spread<const BYTES: usize>(&self, picture: &Deep, row: &mut [u8], cell: impl Fn(usize, u16) -> [u8; BYTES]) {
        let channels = picture.planes().channels;
        let plane = picture.samples().len() / channels.max(1);
        let slots = row.as_chunks_mut::<BYTES>().0;
        for (i, pixel) in picture.samples().chunks_exact(channels.max(1)).enumerate() {
            for (c, sample) in pixel.iter().enumerate() {
                let at = match self.output.layout {
                    Layout::Nhwc => i * channels + c,
                    Layout::Nchw => c * plane + i,
                };
                slots[at] = cell(c, *sample);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Size;
    use crate::spec::{Overrides, Spec};

    /// The row that a picture of two pixels of two channels of 16 bits becomes.
    fn row(output: &str) -> Vec<u8> {
        let input = r#"{"channels": 2, "depth": "uint16"}"#;
        let text = format!(r#"{{"version": 1, "pipeline": [], "input": {input}, "output": {{{output}}}}}"#);
        let output = Spec::parse("s.json", &text, &Overrides::default()).unwrap().output;
        let planes = output.deep.unwrap().planes;
        let picture = Deep::from_samples(Size::new(2, 1), planes, vec![1, 60_000, 3, 20_000]);
        let mut row = vec![0; (4 * output.dtype.bytes()) as usize];
        DeepEncoder::new(&output).unwrap().encode(&picture, &mut row);
        row
    }

    fn floats(bytes: &[u8]) -> Vec<f32> {
        bytes.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect()
    }

    #[test]
    fn samples_are_kept_or_parted_into_planes() {
        let bytes = |values: [u16; 4]| values.map(u16::to_le_bytes).concat();
        assert_eq!(row(""), bytes([1, 60_000, 3, 20_000]));
        assert_eq!(row(r#""layout": "NCHW""#), bytes([1, 3, 60_000, 20_000]));
    }

    #[test]
    fn each_channel_has_its_mean_and_std() {
        let values = floats(&row(r#""dtype": "float32", "rescale": 0.5, "mean": [0.5, 10000], "std": [1, 10000]"#));
        assert_eq!(values, [0.0, 2.0, 1.0, 0.0]);
    }

    #[test]
    fn a_row_is_normalised_by_its_own_samples() {
        let of = |rule: &str| floats(&row(&format!(r#""dtype": "float32", "samplewise": {rule}"#)));
        assert_eq!(of(r#"{"scale": "none", "per": "channel"}"#), [-1.0, 20_000.0, 1.0, -20_000.0]);
        assert_eq!(of(r#"{"scale": "none"}"#), [-20_000.0, 39_999.0, -19_998.0, -1.0]);
        assert_eq!(of(r#"{"center": "min", "scale": "range", "epsilon": 1e-12, "per": "channel"}"#), [0.0, 1.0, 1.0, 0.0]);
    }
}

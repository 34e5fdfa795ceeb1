//! The last pass: levels to the values of a row, in its type, order of axes and channels; or to a picture's file.

use crate::image::Size;
use crate::spec::{Color, Dtype, Layout, Output};
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};

/// The PNG file of a picture of `size`, whose `levels` are those of its red, green and blue, row after row.
///
/// # Panics
/// If there are not three levels for each pixel.
pub fn png(levels: &[u8], Size { width, height }: Size) -> Vec<u8> {
    let mut bytes = Vec::new();
    let encoder = PngEncoder::new_with_quality(&mut bytes, CompressionType::Default, FilterType::Adaptive);
    let written = encoder.write_image(levels, width, height, ExtendedColorType::Rgb8);
    written.expect("invariant: three levels a pixel, and memory takes what is written");
    bytes
}

/// Turns pictures into rows.
#[derive(Clone, Debug)]
pub struct Encoder {
    output: Output,
    /// For each channel and level, the value's bytes, little-endian.
    tables: [[[u8; 4]; 256]; 3],
}

impl Encoder {
    /// An encoder for rows as `output` says: float values are `(level rescale - mean) / std`.
    pub fn new(output: &Output) -> Self {
        let value = |c: usize, level: usize| {
            let value = (level as f64 * output.rescale - output.mean[c]) / output.std[c];
            let mut bytes = [0; 4];
            match output.dtype {
                Dtype::Uint8 => bytes[0] = level as u8,
                Dtype::Float16 => bytes[..2].copy_from_slice(&half::f16::from_f64(value).to_le_bytes()),
                Dtype::Float32 => bytes = (value as f32).to_le_bytes(),
            }
            bytes
        };
        Self { output: *output, tables: std::array::from_fn(|c| std::array::from_fn(|level| value(c, level))) }
    }

    /// Whether a row is the picture's bytes as they are.
    pub fn keeps_levels(&self) -> bool {
        (self.output.dtype, self.output.color, self.output.layout) == (Dtype::Uint8, Color::Rgb, Layout::Nhwc)
    }

    /// Writes `levels`, a picture's bytes, as a row.
    pub fn encode(&self, levels: &[u8], row: &mut [u8]) {
        match self.output.dtype {
            Dtype::Uint8 => self.spread::<1>(levels, row),
            Dtype::Float16 => self.spread::<2>(levels, row),
            Dtype::Float32 => self.spread::<4>(levels, row),
        }
    }

    fn spread<const BYTES: usize>(&self, levels: &[u8], row: &mut [u8]) {
        let put = |slot: &mut [u8], c: usize, level: u8| slot.copy_from_slice(&self.tables[c][level as usize][..BYTES]);
        let pixels = levels.chunks_exact(3);
        match (self.output.color, self.output.layout) {
            (Color::Gray, _) => {
                for (slot, p) in row.chunks_exact_mut(BYTES).zip(pixels) {
                    put(slot, 0, luma(p));
                }
            }
            (Color::Rgb, Layout::Nhwc) => {
                for (slots, p) in row.chunks_exact_mut(3 * BYTES).zip(pixels) {
                    for (c, slot) in slots.chunks_exact_mut(BYTES).enumerate() {
                        put(slot, c, p[c]);
                    }
                }
            }
            (Color::Rgb, Layout::Nchw) => {
                let plane = row.len() / 3;
                for (c, plane) in row.chunks_exact_mut(plane.max(1)).enumerate() {
                    for (slot, p) in plane.chunks_exact_mut(BYTES).zip(pixels.clone()) {
                        put(slot, c, p[c]);
                    }
                }
            }
        }
    }
}

/// ITU-R BT.601 luma with Pillow's weights and rounding (`Image.convert("L")`).
fn luma(p: &[u8]) -> u8 {
    ((u32::from(p[0]) * 19_595 + u32::from(p[1]) * 38_470 + u32::from(p[2]) * 7471 + 32_768) >> 16) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(dtype: Dtype, layout: Layout, color: Color) -> Vec<u8> {
        let output = Output { dtype, layout, color, rescale: 1.0 / 255.0, mean: [0.0, 0.5, 0.0], std: [1.0, 0.5, 1.0] };
        let mut row = vec![0; (2 * color.channels() * dtype.bytes()) as usize];
        Encoder::new(&output).encode(&[255, 0, 10, 0, 255, 20], &mut row);
        row
    }

    #[test]
    fn bytes_are_copied_or_parted_into_planes() {
        assert_eq!(row(Dtype::Uint8, Layout::Nhwc, Color::Rgb), [255, 0, 10, 0, 255, 20]);
        assert_eq!(row(Dtype::Uint8, Layout::Nchw, Color::Rgb), [255, 0, 0, 255, 10, 20]);
        assert_eq!(row(Dtype::Uint8, Layout::Nhwc, Color::Gray), [77, 152]);
    }

    #[test]
    fn floats_are_rescaled_and_normalised() {
        let bytes = row(Dtype::Float32, Layout::Nhwc, Color::Rgb);
        let values: Vec<f32> = bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
        assert_eq!(values, [1.0, -1.0, 10.0 / 255.0, 0.0, 1.0, 20.0 / 255.0]);
        let halves = row(Dtype::Float16, Layout::Nchw, Color::Rgb);
        assert_eq!(halves[..2], half::f16::from_f32(1.0).to_le_bytes());
        assert_eq!(halves[4..6], half::f16::from_f32(-1.0).to_le_bytes());
    }
}

//! Sharpness: a pixel against the eight around it.

use super::Scratch;
use super::lines::{CHANNELS, mirror};
use super::mean::Mean;
use super::wide;
use crate::image::Image;
use crate::kernels::rounding::cut;

/// Blends with the smoothed picture: 0 smooths, 1 changes nothing, 2 sharpens.
///
/// # Algorithm
/// ```text
/// s = (5 p + the eight around p) / 13, rounded to nearest; at the edges s = p
/// result = floor(s + factor (p - s)), cut to 0 to 255
/// ```
/// in 32-bit floats: Pillow's `ImageEnhance.Sharpness`; torchvision's `adjust_sharpness` is the same for bytes.
///
/// # Panics
/// If `target` has another size.
pub fn sharpness(source: &Image, factor: f32, scratch: &mut Scratch, target: &mut [u8]) {
    let Some(width) = before(source, scratch, target) else { return };
    let height = source.size().height as usize;
    for (y, target) in target.chunks_exact_mut(width * CHANNELS).enumerate() {
        let row = source.row(y as u32);
        if y == 0 || y + 1 == height || width < 3 {
            target.copy_from_slice(row);
            continue;
        }
        sum_9(source, y, scratch);
        wide::blend_smooth(row, &scratch.more_sums, factor, target);
        for edge in [0, (width - 1) * CHANNELS] {
            target[edge..edge + CHANNELS].copy_from_slice(&row[edge..edge + CHANNELS]);
        }
    }
}

/// Sharpens: blends by `alpha` with the picture of edges, whose middle weighs `8 + lightness`.
///
/// # Algorithm
/// ```text
/// result = round((1 - a) p + a ((8 + lightness) p - the eight around p)), half to even, cut to 0 to 255
/// ```
/// in 32-bit floats: Albumentations 2.0.8's `Sharpen` by its kernel.
///
/// # Panics
/// If `target` has another size.
pub fn sharpen(source: &Image, alpha: f64, lightness: f64, scratch: &mut Scratch, target: &mut [u8]) {
    let Some(width) = before(source, scratch, target) else { return };
    // The sum of all nine holds the pixel itself once.
    let middle = ((1.0 - alpha) + alpha * (8.0 + lightness) + alpha) as f32;
    for (y, target) in target.chunks_exact_mut(width * CHANNELS).enumerate() {
        sum_9(source, y, scratch);
        let Scratch { more_sums, float_sums, .. } = scratch;
        wide::edges(source.row(y as u32), more_sums, [middle, alpha as f32], float_sums);
        wide::levels(float_sums, target);
    }
}

/// Makes room for rows, whose width it gives.
fn before(source: &Image, scratch: &mut Scratch, target: &[u8]) -> Option<usize> {
    assert_eq!(source.bytes().len(), target.len(), "invariant: pixel for pixel");
    let width = source.size().width as usize;
    scratch.words.reset(width, 1, 1);
    scratch.sums.resize(width * CHANNELS, 0);
    scratch.more_sums.resize(width * CHANNELS, 0);
    scratch.float_sums.resize(width * CHANNELS, 0.0);
    (width > 0).then_some(width)
}

/// Sums the nine levels about each of row `y`.
fn sum_9(source: &Image, y: usize, scratch: &mut Scratch) {
    let Scratch { words, more_sums, .. } = scratch;
    let (width, height) = (source.size().width as usize, source.size().height as usize);
    let starts = [-1, 0, 1].map(|j| mirror(y as isize + j, height) * width * CHANNELS);
    wide::weigh_bytes(source.bytes(), &starts, &[1; 3], words.inner_mut(0));
    words.fill_margins(0, mirror);
    wide::weigh_words(words.line(0), &[0, CHANNELS, 2 * CHANNELS], &[1; 3], more_sums);
}

/// A row of [`sharpness`] from its pixels and their sums of nine.
#[inline(always)]
pub(super) fn blend_smooth(row: &[u8], sums: &[u16], factor: f32, target: &mut [u8]) {
    let mean = Mean::of(13);
    for ((to, sum), level) in target.iter_mut().zip(sums).zip(row) {
        let smooth = f32::from(mean.at(sum + 4 * u16::from(*level)));
        *to = cut(smooth + factor * (f32::from(*level) - smooth));
    }
}

/// A row of [`sharpen`], not yet rounded: `middle p - alpha sum`.
#[inline(always)]
pub(super) fn edges(row: &[u8], sums: &[u16], [middle, alpha]: [f32; 2], made: &mut [f32]) {
    for ((to, sum), level) in made.iter_mut().zip(sums).zip(row) {
        *to = middle * f32::from(*level) - alpha * f32::from(*sum);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Size;

    fn dot() -> Image {
        let mut bytes = vec![100; 75];
        bytes[36..39].fill(139);
        Image::from_bytes(Size::new(5, 5), bytes)
    }

    fn gray(image: &Image, make: impl Fn(&Image, &mut Scratch, &mut [u8])) -> Vec<u8> {
        let mut made = vec![0; image.bytes().len()];
        make(image, &mut Scratch::default(), &mut made);
        made.chunks_exact(3).map(|pixel| pixel[0]).collect()
    }

    #[test]
    fn smoothing_spreads_a_dot_by_thirteenths() {
        let smooth = gray(&dot(), |image, scratch, target| sharpness(image, 0.0, scratch, target));
        assert_eq!(smooth[5..10], [100, 103, 103, 103, 100]);
        assert_eq!(smooth[10..15], [100, 103, 115, 103, 100]);
        let same = gray(&dot(), |image, scratch, target| sharpness(image, 1.0, scratch, target));
        assert_eq!(same[12], 139);
        let sharp = gray(&dot(), |image, scratch, target| sharpness(image, 2.0, scratch, target));
        assert_eq!(sharp[10..15], [100, 97, 163, 97, 100]);
    }

    #[test]
    fn cutting_is_what_the_language_does() {
        for i in -3000..3000 {
            let value = i as f32 / 8.0;
            for value in [value, value.next_up(), value.next_down()] {
                assert_eq!(cut(value), value as u8, "{value}");
            }
        }
    }

    #[test]
    fn edges_are_left_alone() {
        let image = Image::from_bytes(Size::new(2, 3), (0..18).map(|i| i * 14).collect());
        let mut made = vec![0; 18];
        sharpness(&image, 5.0, &mut Scratch::default(), &mut made);
        assert_eq!(made, image.bytes());
    }

    #[test]
    fn sharpening_brightens_by_lightness_and_lifts_dots() {
        let sharp = gray(&dot(), |image, scratch, target| sharpen(image, 0.5, 1.0, scratch, target));
        // A flat place: 100 (0.5 + 0.5 (9 - 8)); the dot: 139 (0.5 + 4.5) - 0.5 800, cut.
        assert_eq!((sharp[0], sharp[12]), (100, 255));
        // 100 (0.5 + 4.5) - 0.5 839 = 80.5, to even.
        assert_eq!(sharp[11], 80);
    }
}

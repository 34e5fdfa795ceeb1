//! Zoom blur: the mean of the picture at growing scales.

use super::Scratch;
use super::lines::CHANNELS;
use super::wide;
use crate::image::Image;

/// Replaces the picture by the mean of itself and of its middle, enlarged by 1, 1 + step, 1 + 2 step and so on
/// below `max_factor`.
///
/// # Algorithm
/// ```text
/// for each factor z: the middle ceil(h / z) x ceil(w / z) pixels, brought to floor(z ceil(h / z)) x ..., bilinear
/// with pixel centres at halves, of which again the middle h x w are taken
/// result = (p + sum of them) / (1 + their number), rounded half to even
/// ```
/// in 32-bit floats: Hendrycks and Dietterich's corruptions (2019), Albumentations 2.0.8's `ZoomBlur`.
///
/// # Panics
/// If `target` has another size.
pub fn zoom_blur(source: &Image, max_factor: f64, step: f64, scratch: &mut Scratch, target: &mut [u8]) {
    assert_eq!(source.bytes().len(), target.len(), "invariant: pixel for pixel");
    let (width, height) = (source.size().width as usize, source.size().height as usize);
    let Scratch { float_sums, more_floats, places, .. } = scratch;
    more_floats.clear();
    more_floats.extend(source.bytes().iter().map(|level| f32::from(*level)));
    let count = libm::ceil((max_factor - 1.0) / step).max(1.0) as usize;
    float_sums.resize(width * CHANNELS, 0.0);
    for factor in (0..count).map(|i| 1.0 + i as f64 * step) {
        places.clear();
        places.extend((0..width).map(|x| Place::of(x, width, factor)));
        for (y, sums) in more_floats.chunks_exact_mut(width * CHANNELS).enumerate() {
            let down = Place::of(y, height, factor);
            let [above, below] = down.ends.map(|y| source.row(y as u32));
            wide::blend_rows(above, below, down.far, float_sums);
            wide::add_zoomed(float_sums, places, sums);
        }
    }
    let share = 1.0 / (count + 1) as f32;
    for (row, target) in more_floats.chunks_exact_mut(width * CHANNELS).zip(target.chunks_exact_mut(width * CHANNELS)) {
        row.iter_mut().for_each(|sum| *sum *= share);
        wide::levels(row, target);
    }
}

/// Which two pixels of an axis a place lies between, and how far from the first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Place {
    ends: [usize; 2],
    far: f32,
}

impl Place {
    /// Where place `at` of an axis of `len` pixels is read when its middle is enlarged by `factor`.
    fn of(at: usize, len: usize, factor: f64) -> Self {
        let part = (libm::ceil(len as f64 / factor) as usize).clamp(1, len);
        let first = (len - part) / 2;
        let enlarged = ((part as f64 * factor) as usize).max(len);
        let middle = at + (enlarged - len) / 2;
        let place = (middle as f64 + 0.5) * (part as f64 / enlarged as f64) - 0.5;
        let place = place.clamp(0.0, (part - 1) as f64);
        let low = place as usize;
        Self { ends: [first + low, first + (low + 1).min(part - 1)], far: (place - low as f64) as f32 }
    }
}

/// Blends two rows.
#[inline(always)]
pub(super) fn blend_rows(above: &[u8], below: &[u8], far: f32, row: &mut [f32]) {
    for ((to, above), below) in row.iter_mut().zip(above).zip(below) {
        *to = f32::from(*above) * (1.0 - far) + f32::from(*below) * far;
    }
}

/// Adds a row that is read at `places`.
#[inline(always)]
pub(super) fn add_zoomed(row: &[f32], places: &[Place], sums: &mut [f32]) {
    for (sum, place) in sums.chunks_exact_mut(CHANNELS).zip(places) {
        let [left, right] = place.ends.map(|x| &row[x * CHANNELS..][..CHANNELS]);
        for c in 0..CHANNELS {
            sum[c] += left[c] * (1.0 - place.far) + right[c] * place.far;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Size;

    #[test]
    fn no_zoom_is_the_picture_itself() {
        let image = Image::from_bytes(Size::new(3, 2), (0..18).map(|i| i * 9).collect());
        let mut made = vec![0; 18];
        zoom_blur(&image, 1.0, 0.01, &mut Scratch::default(), &mut made);
        assert_eq!(made, image.bytes());
    }

    #[test]
    fn places_are_read_about_the_middle() {
        // The middle 4 of 8, twice as large.
        let read = |at| Place::of(at, 8, 2.0);
        assert_eq!(read(0), Place { ends: [2, 3], far: 0.0 });
        assert_eq!(read(1), Place { ends: [2, 3], far: 0.25 });
        assert_eq!(read(7), Place { ends: [5, 5], far: 0.0 });
        for (len, factor) in [(1, 3.0), (2, 1.01), (7, 2.9), (4096, 1.31)] {
            for at in 0..len {
                assert!(Place::of(at, len, factor).ends.iter().all(|end| *end < len));
            }
        }
    }
}

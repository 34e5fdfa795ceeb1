//! Resampling to another size, one axis after the other.

use crate::image::{Deep, DeepWindow, Planes, Size};
use crate::kernels::resize::{Scaling, axes, taps::Taps};

/// Fills `target`, whose size and channels are set, with the part of `source` at another size that `scaling` names.
///
/// The weights are those of [`crate::kernels::resize::Resizer::resize`], which have 13 to 20 bits; so is the rounding between across
/// and down.
pub fn resize(source: DeepWindow<'_>, scaling: &Scaling, between: &mut Deep, target: &mut Deep) {
    let (across, down) = axes(source.size(), scaling);
    if across.is_identity() && down.is_identity() {
        return target.rows_mut().zip(0..).for_each(|(row, y)| row.copy_from_slice(source.row(y)));
    }
    let (mut down, across) = (Taps::new(&down), Taps::new(&across));
    let used = down.keep_used();
    let planes = source.planes();
    between.reshape(Size::new(scaling.size.width, used.end - used.start), planes);
    for (row, y) in between.rows_mut().zip(used.start..) {
        for (out, (first, weights)) in row.chunks_exact_mut(planes.channels).zip(across.iter()) {
            let pixels = source.row(y)[first * planes.channels..].chunks_exact(planes.channels);
            weigh(pixels.zip(weights), across.bits, planes, out);
        }
    }
    for (row, (first, weights)) in target.rows_mut().zip(down.iter()) {
        for (out, x) in row.chunks_exact_mut(planes.channels).zip(0..) {
            let pixels = (first as u32..).map(|y| between.pixel(x, y));
            weigh(weights.iter().zip(pixels).map(|(weight, pixel)| (pixel, weight)), down.bits, planes, out);
        }
    }
}

/// The weighted sum of pixels, rounded to samples.
fn weigh<'a>(weighted: impl Iterator<Item = (&'a [u16], &'a i16)>, bits: u32, planes: Planes, out: &mut [u16]) {
    let mut sums = [1i64 << (bits - 1); crate::image::MOST_CHANNELS];
    for (pixel, weight) in weighted {
        for (sum, sample) in sums.iter_mut().zip(pixel) {
            *sum += i64::from(*sample) * i64::from(*weight);
        }
    }
    let greatest = i64::from(planes.depth.greatest());
    out.iter_mut().zip(sums).for_each(|(out, sum)| *out = (sum >> bits).clamp(0, greatest) as u16);
}

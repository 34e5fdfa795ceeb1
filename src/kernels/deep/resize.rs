//! Resampling to another size, one axis after the other.

use crate::image::{Deep, DeepWindow, Depth, Planes};
use crate::kernels::resize::{Scaling, axes, taps::Taps};

/// Fills `target`, whose size and channels are set, with the part of `source` at another size that `scaling` names.
///
/// The weights are those of [`crate::kernels::resize::Resizer::resize`], which have 13 to 20 bits. Samples are rounded between across and
/// down; those of 8 bits are also held to their range there, as levels are.
pub fn resize(source: DeepWindow<'_>, scaling: &Scaling, between: &mut Vec<i32>, target: &mut Deep) {
    let (across, down) = axes(source.size(), scaling);
    if across.is_identity() && down.is_identity() {
        return target.rows_mut().zip(0..).for_each(|(row, y)| row.copy_from_slice(source.row(y)));
    }
    let (mut down, across) = (Taps::new(&down), Taps::new(&across));
    let used = down.keep_used();
    let Planes { channels, depth } = source.planes();
    let (row, greatest) = (scaling.size.width as usize * channels, i32::from(depth.greatest()));
    let held = if depth == Depth::Uint8 { (0, greatest) } else { (i32::MIN, i32::MAX) };
    between.clear();
    between.resize(row * used.len(), 0);
    for (line, y) in between.chunks_exact_mut(row).zip(used) {
        for (out, (first, weights)) in line.chunks_exact_mut(channels).zip(across.iter()) {
            let from = &source.row(y)[first * channels..];
            for (c, out) in out.iter_mut().enumerate() {
                let samples = from[c..].iter().step_by(channels).map(|sample| i64::from(*sample));
                *out = weighed(samples, weights, across.bits).clamp(held.0, held.1);
            }
        }
    }
    for (out, (first, weights)) in target.rows_mut().zip(down.iter()) {
        let from = &between[first * row..];
        for (i, out) in out.iter_mut().enumerate() {
            let samples = from[i..].iter().step_by(row).map(|sample| i64::from(*sample));
            *out = weighed(samples, weights, down.bits).clamp(0, greatest) as u16;
        }
    }
}

/// The weighted sum of samples, rounded.
fn weighed(samples: impl Iterator<Item = i64>, weights: &[i16], bits: u32) -> i32 {
    let sum: i64 = samples.zip(weights).map(|(sample, weight)| sample * i64::from(*weight)).sum();
    ((sum + (1 << (bits - 1))) >> bits) as i32
}

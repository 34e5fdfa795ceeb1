//! Brightness, contrast, saturation and hue one after another, each on whole levels, as torchvision does them.

use super::blocks::{Collect, PIXELS, Planes, collect};
use super::{blend_saturation, shuffle, turn_hue, whole_gray};
use crate::kernels::tone::{Tone, apply_tones};

/// One step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Adjustment {
    /// Multiply by a factor.
    Brightness(f64),
    /// Multiply the distance from the mean of the gray picture.
    Contrast(f64),
    /// Multiply the distance of each pixel from its gray.
    Saturation(f64),
    /// Move the hue by so many turns.
    Hue(f64),
    /// Take the channels in another order.
    Shuffle([u8; 3]),
}

/// Pictures between two steps. Keeps its memory from one picture to the next.
#[derive(Debug, Default)]
pub struct Scratch([Vec<u8>; 2]);

/// Fills `target` with `source` after `steps`, in order; those that change nothing are left out, and go from `steps`.
///
/// # Algorithm
/// torchvision's `adjust_brightness`, `adjust_contrast`, `adjust_saturation` and `adjust_hue`: each cuts to whole
/// levels before the next begins.
///
/// # Panics
/// If they differ in length.
pub fn adjust(source: &[u8], steps: &mut [Adjustment], scratch: &mut Scratch, target: &mut [u8]) {
    let mut left = 0;
    for i in 0..steps.len() {
        if !steps[i].changes_nothing() {
            steps.swap(left, i);
            left += 1;
        }
    }
    let Some((last, before)) = steps[..left].split_last() else { return target.copy_from_slice(source) };
    let [from, to] = &mut scratch.0;
    let (mut from, mut to) = (from, to);
    for (i, step) in before.iter().enumerate() {
        to.resize(source.len(), 0);
        step.apply(if i == 0 { source } else { from }, to);
        std::mem::swap(&mut from, &mut to);
    }
    last.apply(if before.is_empty() { source } else { from }, target);
}

impl Adjustment {
    /// Whether the step leaves every picture as it is.
    fn changes_nothing(self) -> bool {
        match self {
            Self::Brightness(factor) | Self::Contrast(factor) | Self::Saturation(factor) => factor == 1.0,
            Self::Hue(turns) => turns == 0.0,
            Self::Shuffle(order) => order == [0, 1, 2],
        }
    }

    fn apply(self, source: &[u8], target: &mut [u8]) {
        let cut = |scale: f64, offset: f64| Tone::Cut { scale: [scale; 3], offset: [offset; 3] };
        match self {
            Self::Brightness(factor) => apply_tones(source, &[cut(factor, 0.0)], target),
            Self::Contrast(factor) => apply_tones(source, &[cut(factor, (1.0 - factor) * mean_gray(source))], target),
            Self::Saturation(factor) => blend_saturation(source, factor, target),
            Self::Hue(turns) => turn_hue(source, turns, target),
            Self::Shuffle(order) => shuffle(source, order, target),
        }
    }
}

/// The mean of the cut grays.
fn mean_gray(source: &[u8]) -> f64 {
    let mut sum = GraySum(0);
    collect(source, &mut sum);
    sum.0 as f64 / (source.len() / 3).max(1) as f64
}

struct GraySum(u64);

impl Collect for GraySum {
    #[inline(always)]
    fn collect(&mut self, from: &Planes, _pixels: usize) {
        let [red, green, blue] = from;
        let mut sum = 0;
        for i in 0..PIXELS {
            sum += whole_gray(f32::from(red[i]), f32::from(green[i]), f32::from(blue[i])) as u32;
        }
        self.0 += u64::from(sum);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn adjusted(source: &[u8], steps: &[Adjustment]) -> Vec<u8> {
        let mut target = vec![0; source.len()];
        adjust(source, &mut steps.to_vec(), &mut Scratch::default(), &mut target);
        target
    }

    #[test]
    fn steps_follow_each_other() {
        let source = [10, 20, 30, 200, 100, 50];
        let steps = [Adjustment::Brightness(1.5), Adjustment::Saturation(0.0), Adjustment::Hue(0.3)];
        assert_eq!(adjusted(&source, &steps), [27, 27, 27, 172, 172, 172]);
        assert_eq!(adjusted(&source, &[]), source);
        let turned = [steps[1], steps[0]];
        assert_eq!(adjusted(&source, &turned), [27, 27, 27, 186, 186, 186]);
    }

    #[test]
    fn contrast_turns_about_the_mean_gray() {
        assert_eq!(adjusted(&[0, 0, 0, 200, 200, 200], &[Adjustment::Contrast(0.5)]), [49, 49, 49, 149, 149, 149]);
    }
}

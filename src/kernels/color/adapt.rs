//! Colours that come to lie along the axes of another picture's.

use super::blocks::{Change, Planes, change, collect};
use super::pca::{Moments, axes};
use super::{each, nearest_level};

/// The mean colour of a picture, in levels, and the axes along which its colours spread, as columns, the widest first.
#[derive(Clone, Debug, PartialEq)]
pub struct Colours {
    mean: [f64; 3],
    axes: [[f64; 3]; 3],
}

impl Colours {
    /// Those of a picture's pixels, three bytes each.
    pub fn of(source: &[u8]) -> Self {
        let mut moments = Moments::default();
        collect(source, &mut moments);
        let (mean, covariance) = moments.mean_and_covariance((source.len() / 3) as f64);
        Self { mean, axes: axes(covariance).1 }
    }
}

/// Fills `target` with `source`, its colours turned and moved so that their axes and their mean are the reference's,
/// as far as `blend` says: 0 changes nothing, 1 is all the way.
///
/// # Algorithm
/// ```text
/// a = mean' + E' E^T (x - mean)              E, E': axes of both as columns, the reference's with primes
/// result = nearest(x + blend (clamp(a) - x))
/// ```
/// That is qudida's adapter with a PCA. An axis has no direction of its own: each of the reference's is turned so that
/// it goes with the source's, which changes colours least.
///
/// # Panics
/// If they differ in length, or hold no whole pixels.
pub fn adapt(source: &[u8], reference: &Colours, blend: f64, target: &mut [u8]) {
    let own = Colours::of(source);
    let along = |k: usize| {
        let dot: f64 = (0..3).map(|c| own.axes[c][k] * reference.axes[c][k]).sum();
        1.0_f64.copysign(dot)
    };
    let signs = [along(0), along(1), along(2)];
    let turned = |to: usize, from: usize| (0..3).map(|k| reference.axes[to][k] * signs[k] * own.axes[from][k]).sum::<f64>();
    let turn = [0, 1, 2].map(|to| [0, 1, 2].map(|from| turned(to, from)));
    let offset = [0, 1, 2].map(|c| {
        let moved: f64 = (0..3).map(|from| turn[c][from] * own.mean[from]).sum();
        (reference.mean[c] - moved) as f32
    });
    change(source, &Turn { turn: turn.map(|row| row.map(|w| w as f32)), offset, blend: blend as f32 }, target);
}

/// `x + blend (clamp(turn x + offset) - x)`.
struct Turn {
    turn: [[f32; 3]; 3],
    offset: [f32; 3],
    blend: f32,
}

impl Change for Turn {
    #[inline(always)]
    fn change(&self, from: &Planes, to: &mut Planes) {
        each(from, to, |r, g, b| {
            let levels = [f32::from(r), f32::from(g), f32::from(b)];
            [0, 1, 2].map(|c| {
                let w = self.turn[c];
                let turned = w[0] * levels[0] + w[1] * levels[1] + w[2] * levels[2] + self.offset[c];
                nearest_level(levels[c] + self.blend * (turned.clamp(0.0, 255.0) - levels[c]))
            })
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::blocks::assert_all_ways_agree;
    use super::*;

    fn adapted(source: &[u8], reference: &[u8], blend: f64) -> Vec<u8> {
        let mut target = vec![0; source.len()];
        adapt(source, &Colours::of(reference), blend, &mut target);
        target
    }

    #[test]
    fn a_picture_is_like_itself() {
        let source: Vec<u8> = (0..240).map(|i| (i * i / 7 % 256) as u8).collect();
        assert_eq!(adapted(&source, &source, 1.0), source);
        assert_eq!(adapted(&source, &[9, 200, 30], 0.0), source);
    }

    #[test]
    fn colours_turn_to_the_axes_of_the_reference() {
        // From a way along green to one along blue, and from one level to the mean.
        assert_eq!(adapted(&[50, 10, 70, 50, 30, 70], &[8, 9, 100, 8, 9, 200], 1.0), [8, 9, 140, 8, 9, 160]);
        assert_eq!(adapted(&[50, 10, 70], &[8, 9, 100, 8, 9, 200], 0.5), [29, 10, 110]);
    }

    #[test]
    fn all_vectors_agree() {
        let turn = [[0.1, -0.2, 0.9], [0.7, 0.5, 0.1], [-0.3, 0.8, 0.4]];
        assert_all_ways_agree(&Turn { turn, offset: [30.5, -20.0, 0.5], blend: 0.7 });
    }
}

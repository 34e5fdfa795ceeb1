//! More or less colour.

use super::blocks::{Change, Planes, change};
use super::hue::light_and_range;
use super::{cut, each, whole_gray};

/// Fills `target` with `factor source + (1 - factor) gray`, in single precision and cut, the gray cut too: as
/// torchvision's `adjust_saturation` (and within 1 as Pillow's `ImageEnhance.Color`).
///
/// # Panics
/// If they differ in length.
pub fn blend_saturation(source: &[u8], factor: f64, target: &mut [u8]) {
    change(source, &Blend { factor: factor as f32, rest: (1.0 - factor) as f32 }, target);
}

/// Fills `target` with `source`, the saturation of HSV multiplied by `factor` and kept below 1, in single precision
/// and rounded half up: as `tf.image.adjust_saturation`.
///
/// # Panics
/// If they differ in length.
pub fn scale_saturation(source: &[u8], factor: f64, target: &mut [u8]) {
    change(source, &Scale { factor: factor as f32 }, target);
}

struct Blend {
    factor: f32,
    rest: f32,
}

struct Scale {
    factor: f32,
}

impl Change for Blend {
    #[inline(always)]
    fn change(&self, from: &Planes, to: &mut Planes) {
        each(from, to, |r, g, b| {
            let levels = [f32::from(r), f32::from(g), f32::from(b)];
            let gray = self.rest * whole_gray(levels[0], levels[1], levels[2]);
            levels.map(|level| cut(self.factor * level + gray))
        });
    }
}

impl Change for Scale {
    #[inline(always)]
    fn change(&self, from: &Planes, to: &mut Planes) {
        each(from, to, |r, g, b| {
            let levels = [f32::from(r), f32::from(g), f32::from(b)];
            let (light, range) = light_and_range(levels[0], levels[1], levels[2]);
            // Full saturation is reached when the least channel comes to 0.
            let most = light / if range == 0.0 { 1.0 } else { range };
            let factor = self.factor.min(most);
            levels.map(|level| cut(light - (light - level) * factor + 0.5))
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::blocks::assert_all_ways_agree;
    use super::*;

    #[test]
    fn blending_goes_from_gray_to_beyond() {
        let made = |factor| {
            let mut made = [0; 3];
            blend_saturation(&[200, 100, 50], factor, &mut made);
            made
        };
        assert_eq!(made(0.0), [124; 3]);
        assert_eq!(made(1.0), [200, 100, 50]);
        assert_eq!(made(2.0), [255, 76, 0]);
    }

    #[test]
    fn scaling_keeps_the_greatest_channel() {
        let made = |factor| {
            let mut made = [0; 6];
            scale_saturation(&[200, 100, 50, 9, 9, 9], factor, &mut made);
            made
        };
        assert_eq!(made(0.0), [200, 200, 200, 9, 9, 9]);
        assert_eq!(made(0.5), [200, 150, 125, 9, 9, 9]);
        assert_eq!(made(9.0), [200, 67, 0, 9, 9, 9]);
    }

    #[test]
    fn all_vectors_agree() {
        for factor in [0.0, 0.37, 1.0, 2.5] {
            assert_all_ways_agree(&Blend { factor, rest: 1.0 - factor });
            assert_all_ways_agree(&Scale { factor });
        }
    }
}

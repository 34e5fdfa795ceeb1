//! The hue circle, turned.

use super::blocks::{Change, Planes, change};
use super::{cut, each, nearest};

/// Fills `target` with `source`, every hue moved by `turns` (-1 to 1; a third takes red to green).
///
/// # Algorithm
/// ```text
/// v = max(r, g, b)   d = v - min(r, g, b)
/// h = (g - b)/d, 2 + (b - r)/d or 4 + (r - g)/d, whichever channel is the greatest (sixths of a turn)
/// h := h + 6 turns
/// c = v - d clamp(2 - |k|, 0, 1)    with k = h + 3, h + 1, h - 1 for red, green, blue, brought into -3 to 3
/// ```
/// That is torchvision's `adjust_hue` (to HSV and back) with value and saturation left where they are; like it, in
/// single precision and cut after a factor of 255.999/255.
///
/// # Panics
/// If they differ in length.
pub fn turn_hue(source: &[u8], turns: f64, target: &mut [u8]) {
    if turns == 0.0 {
        return target.copy_from_slice(source);
    }
    change(source, &Turn { sixths: (6.0 * turns) as f32 }, target);
}

struct Turn {
    sixths: f32,
}

impl Change for Turn {
    #[inline(always)]
    fn change(&self, from: &Planes, to: &mut Planes) {
        each(from, to, |r, g, b| {
            let (r, g, b) = (f32::from(r), f32::from(g), f32::from(b));
            let (light, range) = light_and_range(r, g, b);
            let hue = hue(r, g, b, light, range) + self.sixths;
            [3.0, 1.0, -1.0].map(|place| {
                let k = hue + place;
                let k = k - 6.0 * nearest(k * (1.0 / 6.0));
                let share = (2.0 - k.abs()).clamp(0.0, 1.0);
                cut((light - range * share) * (255.999 / 255.0))
            })
        });
    }
}

/// The greatest channel, and how far it is from the least.
#[inline(always)]
pub(super) fn light_and_range(r: f32, g: f32, b: f32) -> (f32, f32) {
    let light = r.max(g).max(b);
    (light, light - r.min(g).min(b))
}

/// The hue in sixths of a turn, -1 to 5; 0 for gray.
#[inline(always)]
fn hue(r: f32, g: f32, b: f32, light: f32, range: f32) -> f32 {
    let (difference, start) = match (light == r, light == g) {
        (true, _) => (g - b, 0.0),
        (_, true) => (b - r, 2.0),
        _ => (r - g, 4.0),
    };
    start + difference / if range == 0.0 { 1.0 } else { range }
}

#[cfg(test)]
mod tests {
    use super::super::blocks::assert_all_ways_agree;
    use super::*;

    fn turned(pixel: [u8; 3], turns: f64) -> [u8; 3] {
        let mut made = [0; 3];
        turn_hue(&pixel, turns, &mut made);
        made
    }

    #[test]
    fn thirds_change_channels() {
        assert_eq!(turned([200, 10, 10], 1.0 / 3.0), [10, 200, 10]);
        assert_eq!(turned([200, 10, 10], -1.0 / 3.0), [10, 10, 200]);
        assert_eq!(turned([200, 10, 10], 0.5), [10, 200, 200]);
        assert_eq!(turned([255, 0, 128], -0.5), [0, 255, 127]);
    }

    #[test]
    fn gray_has_no_hue() {
        assert_eq!(turned([77; 3], 0.4), [77; 3]);
        assert_eq!(turned([0; 3], -0.5), [0; 3]);
    }

    #[test]
    fn all_vectors_agree() {
        for sixths in [-3.0, -0.61, 1.0, 2.9] {
            assert_all_ways_agree(&Turn { sixths });
        }
    }
}

//! Hue, lightness and saturation in 8 bits, as `cv2.COLOR_RGB2HLS`: hue in steps of two degrees.

use crate::kernels::rounding::{nearest, rounded};

/// Hue (0 to 180), lightness and saturation (0 to 255), all whole, of a pixel.
#[inline(always)]
pub(super) fn from_rgb(r: u8, g: u8, b: u8) -> [f32; 3] {
    let [r, g, b] = [r, g, b].map(|level| f32::from(level) * (1.0 / 255.0));
    let (most, least) = (r.max(g).max(b), r.min(g).min(b));
    let (sum, span) = (most + least, most - least);
    let lightness = sum * 0.5;
    let gray = span <= f32::EPSILON;
    let room = if lightness < 0.5 { sum } else { 2.0 - most - least };
    let sixth = 60.0 / if gray { 1.0 } else { span };
    let (first, second, from) = if most == r {
        (g, b, 0.0)
    } else if most == g {
        (b, r, 120.0)
    } else {
        (r, g, 240.0)
    };
    let hue = (first - second) * sixth + from;
    let hue = if hue < 0.0 { hue + 360.0 } else { hue };
    let saturation = span / if gray { 1.0 } else { room };
    let (hue, saturation) = if gray { (0.0, 0.0) } else { (hue, saturation) };
    [nearest(hue * 0.5), nearest(lightness * 255.0), nearest(saturation * 255.0)]
}

/// The pixel of a hue, a lightness and a saturation.
#[inline(always)]
pub(super) fn to_rgb([hue, lightness, saturation]: [f32; 3]) -> [u8; 3] {
    let (lightness, saturation) = (lightness * (1.0 / 255.0), saturation * (1.0 / 255.0));
    let most = if lightness <= 0.5 { lightness * (1.0 + saturation) } else { lightness + saturation - lightness * saturation };
    let least = 2.0 * lightness - most;
    let sixth = hue * (6.0 / 180.0);
    // How far each channel is from least to most: straight lines around the circle.
    let share = [(sixth - 3.0).abs() - 1.0, 2.0 - (sixth - 2.0).abs(), 2.0 - (sixth - 4.0).abs()];
    share.map(|share| rounded((least + (most - least) * share.clamp(0.0, 1.0)) * 255.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `cv2.cvtColor(.., cv2.COLOR_RGB2HLS)` gives them.
    #[test]
    fn known_colours_are_what_opencv_makes() {
        assert_eq!(from_rgb(255, 0, 0), [0.0, 128.0, 255.0]);
        assert_eq!(from_rgb(0, 255, 0), [60.0, 128.0, 255.0]);
        assert_eq!(from_rgb(10, 20, 200), [118.0, 105.0, 231.0]);
        assert_eq!(from_rgb(77, 77, 77), [0.0, 77.0, 0.0]);
    }

    #[test]
    fn colours_come_back_within_a_step_of_hue() {
        for r in (0..=255).step_by(15) {
            for g in (0..=255).step_by(15) {
                for b in (0..=255).step_by(15) {
                    let back = to_rgb(from_rgb(r, g, b));
                    let off = [r.abs_diff(back[0]), g.abs_diff(back[1]), b.abs_diff(back[2])];
                    assert!(off.iter().all(|off| *off <= 5), "{r} {g} {b} {back:?}");
                }
            }
        }
    }
}

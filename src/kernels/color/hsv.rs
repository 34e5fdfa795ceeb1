//! Hue, saturation and value in OpenCV's 8 bits.

use super::blocks::{Change, Planes, change};
use super::hue::light_and_range;
use super::{each, nearest};

/// Fills `target` with `source`, whole steps added to its hue (half degrees), saturation and value (levels).
///
/// # Algorithm
/// To HSV as `cv2.COLOR_RGB2HSV`, 8-bit: h of 0 to 179, s and v of 0 to 255, divisions with 12 bits, rounded. The
/// hue goes round, the others stop at both ends, and no colour comes to what has none (s = 0). Back as
/// `cv2.COLOR_HSV2RGB`, which works in single precision and cuts.
///
/// # Panics
/// If they differ in length.
pub fn shift_hsv(source: &[u8], [hue, saturation, value]: [i32; 3], target: &mut [u8]) {
    let shift = Shift { hue: hue.rem_euclid(180) as f32, saturation: saturation as f32, value: value as f32 };
    change(source, &shift, target);
}

struct Shift {
    hue: f32,
    saturation: f32,
    value: f32,
}

impl Change for Shift {
    #[inline(always)]
    fn change(&self, from: &Planes, to: &mut Planes) {
        each(from, to, |r, g, b| {
            let [hue, saturation, value] = to_hsv(f32::from(r), f32::from(g), f32::from(b));
            let hue = hue + self.hue;
            let hue = if hue >= 180.0 { hue - 180.0 } else { hue };
            let coloured = (saturation + self.saturation).clamp(0.0, 255.0);
            let saturation = if saturation == 0.0 { 0.0 } else { coloured };
            from_hsv([hue, saturation, (value + self.value).clamp(0.0, 255.0)])
        });
    }
}

/// Hue, saturation and value of a pixel. Whole numbers below 2^20 all the way, so that singles are exact.
#[inline(always)]
pub(in crate::kernels) fn to_hsv(r: f32, g: f32, b: f32) -> [f32; 3] {
    const HALF: f32 = 0.5;
    const BITS: f32 = 1.0 / 4096.0;
    let (value, range) = light_and_range(r, g, b);
    let per_value = nearest((255.0 * 4096.0) / if value == 0.0 { 1.0 } else { value });
    let saturation = (range * per_value * BITS + HALF) as i32 as f32;
    let difference = match (value == r, value == g) {
        (true, _) => g - b,
        (_, true) => b - r + 2.0 * range,
        _ => r - g + 4.0 * range,
    };
    let per_range = nearest((30.0 * 4096.0) / if range == 0.0 { 1.0 } else { range });
    // Below 0 by 30 at most: 64 more, so that cutting goes downwards.
    let hue = (difference * per_range * BITS + (64.0 + HALF)) as i32 as f32 - 64.0;
    [if hue < 0.0 { hue + 180.0 } else { hue }, saturation, value]
}

/// The pixel of a whole hue (below 180), saturation and value.
#[inline(always)]
pub(in crate::kernels) fn from_hsv([hue, saturation, value]: [f32; 3]) -> [u8; 3] {
    const UNIT: f32 = 1.0 / 255.0;
    let (h, s, v) = (hue * (6.0 / 180.0), saturation * UNIT, value * UNIT);
    let sixth = h as i32 as f32;
    let f = h - sixth;
    let level = |unit: f32| (unit * 255.0) as i32 as u8;
    let (p, q, t) = (level(v * (1.0 - s)), level(v * (1.0 - s * f)), level(v * (1.0 - s * (1.0 - f))));
    let v = level(v);
    let pick = |steps: [u8; 6]| {
        let late = if sixth < 4.0 {
            steps[3]
        } else if sixth < 5.0 {
            steps[4]
        } else {
            steps[5]
        };
        let late = if sixth < 3.0 { steps[2] } else { late };
        if sixth < 1.0 {
            steps[0]
        } else if sixth < 2.0 {
            steps[1]
        } else {
            late
        }
    };
    [pick([v, q, p, p, t, v]), pick([t, v, v, q, p, p]), pick([p, p, t, v, v, q])]
}

#[cfg(test)]
mod tests {
    use super::super::blocks::assert_all_ways_agree;
    use super::*;

    #[test]
    fn divisions_are_those_of_the_tables() {
        for i in 1..256u32 {
            for over in [255 << 12, 30 << 12] {
                assert_eq!(f64::from(nearest(over as f32 / i as f32)), (f64::from(over) / f64::from(i)).round_ties_even());
            }
        }
    }

    #[test]
    fn hue_goes_round_and_the_others_stop() {
        let made = |shift| {
            let mut made = [0; 6];
            shift_hsv(&[200, 10, 10, 90, 90, 90], shift, &mut made);
            made
        };
        assert_eq!(made([60, 0, 0])[..3], [10, 200, 10]);
        assert_eq!(made([-120, 0, 0])[..3], [10, 200, 10]);
        assert_eq!(made([0, -255, 0])[..3], [200, 200, 200]);
        assert_eq!(made([0, 255, 60]), [255, 0, 0, 150, 150, 150]);
    }

    #[test]
    fn all_vectors_agree() {
        for (hue, saturation, value) in [(0.0, 0.0, 0.0), (179.0, 30.0, -20.0), (7.0, -255.0, 255.0)] {
            assert_all_ways_agree(&Shift { hue, saturation, value });
        }
    }
}

//! Hue, saturation and value in OpenCV's 8 bits.

use super::blocks::{Change, Planes, change};
use super::hue::light_and_range;
use super::{each, nearest, whole, whole_level};

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
        each(from, to, |r, g, b| self.pixel(r, g, b));
    }
}

impl Shift {
    /// Not a closure: one of this length is not compiled into its caller, and for no vectors but the least.
    #[inline(always)]
    fn pixel(&self, r: u8, g: u8, b: u8) -> [u8; 3] {
        let [hue, saturation, value] = to_hsv(f32::from(r), f32::from(g), f32::from(b));
        let hue = hue + self.hue;
        let hue = if hue >= 180.0 { hue - 180.0 } else { hue };
        let coloured = (saturation + self.saturation).clamp(0.0, 255.0);
        let saturation = if saturation == 0.0 { 0.0 } else { coloured };
        from_hsv([hue, saturation, (value + self.value).clamp(0.0, 255.0)])
    }
}

/// Hue, saturation and value of a pixel. Whole numbers below 2^20 all the way, so that singles are exact.
#[inline(always)]
pub(in crate::kernels) fn to_hsv(r: f32, g: f32, b: f32) -> [f32; 3] {
    const HALF: f32 = 0.5;
    const BITS: f32 = 1.0 / 4096.0;
    let (value, range) = light_and_range(r, g, b);
    let per_value = nearest((255.0 * 4096.0) / if value == 0.0 { 1.0 } else { value });
    let saturation = whole(range * per_value * BITS + HALF);
    let from_green = if value == g { b - r + 2.0 * range } else { r - g + 4.0 * range };
    let difference = if value == r { g - b } else { from_green };
    let per_range = nearest((30.0 * 4096.0) / if range == 0.0 { 1.0 } else { range });
    // Below 0 by 30 at most: 64 more, so that cutting goes downwards.
    let hue = whole(difference * per_range * BITS + (64.0 + HALF)) - 64.0;
    [if hue < 0.0 { hue + 180.0 } else { hue }, saturation, value]
}

/// The pixel of a whole hue (below 180), saturation and value.
#[inline(always)]
pub(in crate::kernels) fn from_hsv([hue, saturation, value]: [f32; 3]) -> [u8; 3] {
    const UNIT: f32 = 1.0 / 255.0;
    let (h, s, v) = (hue * (6.0 / 180.0), saturation * UNIT, value * UNIT);
    let sixth = whole(h);
    let f = h - sixth;
    let (rising, falling) = (f, 1.0 - f);
    let within = |sector: f32| if sixth == sector { 1.0 } else { 0.0 };
    let (first, second, third) = (within(0.0), within(1.0), within(2.0));
    let (fourth, fifth, last) = (within(3.0), within(4.0), within(5.0));
    // How far a channel is from the value, in saturations; one term of each sum is not 0, so that nothing is rounded.
    let level = |far: f32| whole_level(v * (1.0 - s * far) * 255.0);
    [
        level(rising * second + third + fourth + falling * fifth),
        level(falling * first + rising * fourth + fifth + last),
        level(first + second + falling * third + rising * last),
    ]
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

//! Pictures in shades of gray, still of three channels.

use super::blocks::{Change, Planes, change};
use super::each;
use crate::units::Gray;

/// Fills `target` with the gray of the pixels of `source`, three times each.
///
/// # Panics
/// If they differ in length.
pub fn gray(source: &[u8], method: Gray, target: &mut [u8]) {
    match method {
        Gray::WeightedAverage => change(source, &Weighted::<15>([9798, 19235, 3735]), target),
        Gray::Luma => change(source, &Weighted::<16>([19595, 38470, 7471]), target),
        Gray::Average => change(source, &Average, target),
        Gray::Max => change(source, &Max, target),
        Gray::Desaturation => change(source, &Desaturation, target),
    }
}

/// Fixed-point weights of so many bits, rounded to nearest.
struct Weighted<const BITS: u32>([u32; 3]);
struct Average;
struct Max;
struct Desaturation;

impl<const BITS: u32> Change for Weighted<BITS> {
    #[inline(always)]
    fn change(&self, from: &Planes, to: &mut Planes) {
        each(from, to, |r, g, b| {
            let [red, green, blue] = self.0;
            let sum = red * u32::from(r) + green * u32::from(g) + blue * u32::from(b);
            [((sum + (1 << (BITS - 1))) >> BITS) as u8; 3]
        });
    }
}

impl Change for Average {
    #[inline(always)]
    fn change(&self, from: &Planes, to: &mut Planes) {
        // A third with 16 bits, rounded up, cuts every sum of three levels right.
        each(from, to, |r, g, b| [(((u32::from(r) + u32::from(g) + u32::from(b)) * 21846) >> 16) as u8; 3]);
    }
}

impl Change for Max {
    #[inline(always)]
    fn change(&self, from: &Planes, to: &mut Planes) {
        each(from, to, |r, g, b| [r.max(g).max(b); 3]);
    }
}

impl Change for Desaturation {
    #[inline(always)]
    fn change(&self, from: &Planes, to: &mut Planes) {
        each(from, to, |r, g, b| {
            let (light, dark) = (r.max(g).max(b), r.min(g).min(b));
            [((u16::from(light) + u16::from(dark)) / 2) as u8; 3]
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::blocks::assert_all_ways_agree;
    use super::*;

    fn of(pixel: [u8; 3], method: Gray) -> u8 {
        let mut made = [0; 3];
        gray(&pixel, method, &mut made);
        assert_eq!(made, [made[0]; 3]);
        made[0]
    }

    #[test]
    fn each_method_has_its_gray() {
        let grays = [Gray::WeightedAverage, Gray::Luma, Gray::Average, Gray::Max, Gray::Desaturation];
        assert_eq!(grays.map(|method| of([200, 100, 50], method)), [124, 124, 116, 200, 125]);
        assert_eq!(grays.map(|method| of([255; 3], method)), [255; 5]);
    }

    #[test]
    fn the_average_is_cut_right_everywhere() {
        for sum in 0..=765u32 {
            assert_eq!((sum * 21846) >> 16, sum / 3);
        }
    }

    #[test]
    fn all_vectors_agree() {
        assert_all_ways_agree(&Weighted::<16>([19595, 38470, 7471]));
        assert_all_ways_agree(&Average);
        assert_all_ways_agree(&Max);
        assert_all_ways_agree(&Desaturation);
    }
}

//! Changes of colour that mix the channels of a pixel.

mod adapt;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod blocks;
mod gray;
mod hsv;
mod hue;
mod jitter;
pub(super) mod lab;
pub(super) mod libjpeg;
mod parted;
mod pca;
mod saturation;
mod sepia;
mod shuffle;
mod ycc;

pub use adapt::{Colours, adapt};
pub use gray::gray;
pub use hsv::shift_hsv;
pub(super) use hsv::{from_hsv, to_hsv};
pub use hue::turn_hue;
pub use jitter::{Adjustment, Scratch, adjust};
pub use parted::parted;
pub use pca::shift_along_axes;
pub use saturation::{blend_saturation, scale_saturation};
pub use sepia::sepia;
pub use shuffle::shuffle;
pub use ycc::from_ycc;

use super::rounding::{cut, nearest, nearest_level, rounded, whole, whole_level};
use blocks::{PIXELS, Planes};

/// Applies a formula to every pixel of a block.
#[inline(always)]
fn each(from: &Planes, to: &mut Planes, formula: impl Fn(u8, u8, u8) -> [u8; 3]) {
    let ([red, green, blue], [to_red, to_green, to_blue]) = (from, to);
    for i in 0..PIXELS {
        [to_red[i], to_green[i], to_blue[i]] = formula(red[i], green[i], blue[i]);
    }
}

/// `(w . p + 2^(BITS - 1)) / 2^BITS`, the sum of weighted levels rounded half up, as [`weigh_from`] does.
#[inline(always)]
fn weigh<const BITS: u32, const SPLIT: u32>(weights: [i32; 3], levels: [u8; 3]) -> u16 {
    weigh_from::<BITS, SPLIT>(1 << (BITS - 1), weights, levels)
}

/// `(w . p + start) / 2^BITS`, the sum of weighted levels rounded down, all of it in 16 bits.
///
/// # Algorithm
/// With `w = 2^SPLIT h + l`, where l is no longer than `2^(SPLIT - 1)`, and `start = 2^SPLIT s + t`,
/// ```text
/// floor((w . p + start) / 2^BITS) = floor((h . p + s + floor((l . p + t) / 2^SPLIT)) / 2^(BITS - SPLIT))
/// ```
/// What is divided at last must lie between 0 and 2^16, and `l . p + t` between -2^15 and 2^15.
#[inline(always)]
fn weigh_from<const BITS: u32, const SPLIT: u32>(start: i32, weights: [i32; 3], levels: [u8; 3]) -> u16 {
    let high = weights.map(|weight| ((weight + (1 << (SPLIT - 1))) >> SPLIT) as i16);
    let low = [0, 1, 2].map(|c| (weights[c] - (i32::from(high[c]) << SPLIT)) as i16);
    let sum = |weights: [i16; 3]| (0..3).fold(0i16, |sum, c| sum.wrapping_add(weights[c].wrapping_mul(i16::from(levels[c]))));
    let below = sum(low) + (start & ((1 << SPLIT) - 1)) as i16;
    sum(high).wrapping_add((start >> SPLIT) as i16).wrapping_add(below >> SPLIT) as u16 >> (BITS - SPLIT)
}

/// `a b / 2^16`, rounded, halves up: the upper half of the product, and the first bit of the lower, for which vectors have one instruction each.
#[inline(always)]
fn sixteenth(a: i16, b: i16) -> i16 {
    let upper = (i32::from(a) * i32::from(b)) >> 16;
    upper as i16 + (a.wrapping_mul(b) as u16 >> 15) as i16
}

/// `0.2989 red + 0.587 green + 0.114 blue`, cut: torchvision's gray.
#[inline(always)]
fn whole_gray(red: f32, green: f32, blue: f32) -> f32 {
    whole(0.2989 * red + 0.587 * green + 0.114 * blue)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_in_parts_are_the_whole_sums() {
        let all = |check: fn([u8; 3])| (0..1 << 24u32).step_by(7).for_each(|i| check([i as u8, (i >> 8) as u8, (i >> 16) as u8]));
        all(|levels| assert_eq!(weigh::<15, 8>([9798, 19235, 3735], levels), direct(15, [9798, 19235, 3735], levels)));
        all(|levels| assert_eq!(weigh::<16, 8>([19595, 38470, 7471], levels), direct(16, [19595, 38470, 7471], levels)));
        for weights in [[402, 787, 194], [357, 702, 172], [279, 547, 134]] {
            for level in 0..1 << 12u32 {
                let levels = [0, 4, 8].map(|shift| ((level >> shift & 15) * 17) as u8);
                assert_eq!(weigh::<10, 3>(weights, levels), direct(10, weights, levels));
            }
        }
    }

    fn direct(bits: u32, weights: [i32; 3], levels: [u8; 3]) -> u16 {
        let sum: i32 = weights.iter().zip(levels).map(|(weight, level)| weight * i32::from(level)).sum();
        ((sum + (1 << (bits - 1))) >> bits) as u16
    }
}

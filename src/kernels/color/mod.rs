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
mod pca;
mod saturation;
mod sepia;
mod shuffle;

pub use adapt::{Colours, adapt};
pub use gray::gray;
pub use hsv::shift_hsv;
pub(super) use hsv::{from_hsv, to_hsv};
pub use hue::turn_hue;
pub use jitter::{Adjustment, Scratch, adjust};
pub use pca::shift_along_axes;
pub use saturation::{blend_saturation, scale_saturation};
pub use sepia::sepia;
pub use shuffle::shuffle;

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

/// `0.2989 red + 0.587 green + 0.114 blue`, cut: torchvision's gray.
#[inline(always)]
fn whole_gray(red: f32, green: f32, blue: f32) -> f32 {
    whole(0.2989 * red + 0.587 * green + 0.114 * blue)
}

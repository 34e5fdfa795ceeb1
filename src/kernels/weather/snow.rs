//! Snow: dark parts bleached.

use super::hls;
use crate::image::Image;

/// Fills `target` with `source`, its lightness multiplied with `brightness` where it is below a third of the
/// full range and `point` halves of it.
///
/// The picture goes through hue, lightness and saturation in 8 bits, and lightness is cut to whole levels, as in
/// Albumentations' `add_snow_bleach`.
pub fn bleach(source: &Image, point: f32, brightness: f32, target: &mut [u8]) {
    bleach_wide(source.bytes(), point, brightness, target);
}

wide! {
    fn bleach_wide(source: &[u8], point: f32, brightness: f32, target: &mut [u8]) = bleach_plain;
}

#[inline(always)]
fn bleach_plain(source: &[u8], point: f32, brightness: f32, target: &mut [u8]) {
    /// Pixels at once.
    const TURN: usize = 32;
    let limit = point * 127.5 + 85.0;
    for (to, from) in target.chunks_mut(3 * TURN).zip(source.chunks(3 * TURN)) {
        let mut lanes = [[0u8; TURN]; 3];
        for (k, pixel) in from.chunks_exact(3).enumerate() {
            (lanes[0][k], lanes[1][k], lanes[2][k]) = (pixel[0], pixel[1], pixel[2]);
        }
        let mut made = [[0u8; TURN]; 3];
        for k in 0..TURN {
            let [hue, lightness, saturation] = hls::from_rgb(lanes[0][k], lanes[1][k], lanes[2][k]);
            let brighter = f32::from((lightness * brightness).min(255.0) as u8);
            let lightness = if lightness < limit { brighter } else { lightness };
            let rgb = hls::to_rgb([hue, lightness, saturation]);
            (made[0][k], made[1][k], made[2][k]) = (rgb[0], rgb[1], rgb[2]);
        }
        for (k, pixel) in to.chunks_exact_mut(3).enumerate() {
            pixel.copy_from_slice(&[made[0][k], made[1][k], made[2][k]]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Size;

    #[test]
    fn only_what_is_dark_gets_brighter() {
        let source = Image::from_bytes(Size::new(3, 1), vec![50, 50, 50, 110, 110, 110, 130, 130, 130]);
        let mut target = [0; 9];
        bleach(&source, 0.2, 2.5, &mut target);
        assert_eq!(target, [125, 125, 125, 255, 255, 255, 130, 130, 130]);
    }

    #[test]
    fn every_machine_makes_the_same() {
        let mut rng = crate::rng::Key::new(5).rng();
        let source = Image::from_bytes(Size::new(211, 3), (0..633 * 3).map(|_| rng.bits() as u8).collect());
        let (mut one, mut other) = (vec![0; 633 * 3], vec![0; 633 * 3]);
        bleach(&source, 0.4, 2.2, &mut one);
        bleach_plain(source.bytes(), 0.4, 2.2, &mut other);
        assert_eq!(one, other);
    }
}

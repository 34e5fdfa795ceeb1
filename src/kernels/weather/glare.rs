//! The sun as a lens shows it: its disc and rays, soft, fading, each colour as sharp as it is.

use super::Scratch;
use super::flare::{Circle, Sun};
use crate::image::{Image, Size};
use crate::kernels::paint::{disc, soften::mirrored, stroke::stroke};
use crate::kernels::{Work, widened};

/// Rays are so wide, in pixels.
const RAY: u32 = 2;
/// Deviations of the Gaussians, in pixels: of the whole glare, and then of red and blue.
const SOFT: f64 = 15.0;
const FRINGES: [Option<f64>; 3] = [Some(3.0), None, Some(5.0)];
/// Light ends at this share of the longer side.
const REACH: f32 = 0.7;

/// Fills `target` with `source` and the glare of the sun.
///
/// # Algorithm
/// ```text
/// glare = the sun's disc, four rays as long as the longer side (right, below, and between), the circles' discs,
///         whose radius is the 0.33rd power of the circle's, cut
/// glare := G15 glare, then times 1 - distance from the sun / (0.7 longer side), not below 0
/// red := G3 red, blue := G5 blue
/// result = 255 - (255 - level) (255 - glare) / 255, cut to whole levels
/// ```
/// with Gaussians that reach four deviations, as Albumentations' `add_sun_flare_physics_based`; a circle's part is of no
/// account.
pub fn glare(source: &Image, circles: &[Circle], sun: &Sun, scratch: &mut Scratch, target: &mut [u8]) {
    let size = source.size();
    let (width, pixels) = (size.width as usize, size.pixels() as usize);
    paint(circles, sun, size, scratch);
    let Scratch { plane, smoother, .. } = scratch;
    let reach = 1.0 / (size.width.max(size.height) as f32 * REACH);
    for (c, plane) in plane.chunks_exact_mut(pixels).enumerate() {
        smoother.smooth(plane, width, (SOFT, None), mirrored);
        for (y, row) in plane.chunks_exact_mut(width).enumerate() {
            widened(Fade { row, from: (-sun.x) as f32, above: (y as i64 - sun.y) as f32, reach });
        }
        if let Some(sigma) = FRINGES[c] {
            smoother.smooth(plane, width, (sigma, None), mirrored);
        }
    }
    let (red, rest) = plane.split_at(pixels);
    let (green, blue) = rest.split_at(pixels);
    widened(Screen { source: source.bytes(), glare: [red, green, blue], target });
}

/// Paints the glare in three planes.
fn paint(circles: &[Circle], sun: &Sun, size: Size, scratch: &mut Scratch) {
    let (width, pixels) = (size.width as usize, size.pixels() as usize);
    let Scratch { plane, halves, .. } = scratch;
    plane.clear();
    plane.resize(3 * pixels, 0.0);
    let mut span = |y: usize, from: usize, behind: usize, colour: [u8; 3]| {
        for (plane, level) in plane.chunks_exact_mut(pixels).zip(colour) {
            plane[y * width + from..y * width + behind].fill(f32::from(level));
        }
    };
    let (across, down) = (size.width, size.height);
    disc::halves(sun.radius, halves);
    disc::rows((sun.x, sun.y), halves, (across, down), |y, from, behind| span(y, from, behind, sun.colour));
    let long = f64::from(across.max(down));
    let slanted = long * std::f64::consts::FRAC_1_SQRT_2;
    for (x, y) in [(long, 0.0), (slanted, slanted), (0.0, long), (-slanted, slanted)] {
        // Cut towards zero, as Python makes whole numbers.
        let end = ((sun.x as f64 + x) as i64, (sun.y as f64 + y) as i64);
        stroke((sun.x, sun.y), end, RAY, size, halves, |y, first, last| {
            let (first, behind) = (first.max(0), (last + 1).min(i64::from(across)));
            if first < behind {
                span(y as usize, first as usize, behind as usize, sun.colour);
            }
        });
    }
    for circle in circles {
        disc::halves(libm::pow(f64::from(circle.radius), 0.33) as u32, halves);
        disc::rows((circle.x, circle.y), halves, (across, down), |y, from, behind| span(y, from, behind, circle.colour));
    }
}

/// A row that fades with its distance from the sun.
struct Fade<'a> {
    row: &'a mut [f32],
    /// Places of the first pixel from the sun.
    from: f32,
    above: f32,
    /// One over the distance at which light ends.
    reach: f32,
}

impl Work for Fade<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { row, from, above, reach } = self;
        for (x, level) in row.iter_mut().enumerate() {
            let x = from + x as i32 as f32;
            *level *= 1.0 - ((x * x + above * above).sqrt() * reach).min(1.0);
        }
    }
}

struct Screen<'a> {
    source: &'a [u8],
    glare: [&'a [f32]; 3],
    target: &'a mut [u8],
}

impl Work for Screen<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { source, glare: [red, green, blue], target } = self;
        let glare = red.iter().zip(green).zip(blue);
        for ((to, from), ((red, green), blue)) in target.chunks_exact_mut(3).zip(source.chunks_exact(3)).zip(glare) {
            for (c, glare) in [red, green, blue].into_iter().enumerate() {
                let dark = (255.0 - f32::from(from[c])) * (255.0 - glare) / 255.0;
                to[c] = (255.0 - dark).clamp(0.0, 255.0) as i32 as u8;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUN: Sun = Sun { x: 20, y: 10, radius: 9, colour: [255, 200, 100] };

    fn made(source: &Image, sun: &Sun, circles: &[Circle]) -> Vec<u8> {
        let mut target = vec![0; source.bytes().len()];
        glare(source, circles, sun, &mut Scratch::default(), &mut target);
        target
    }

    #[test]
    fn light_is_brightest_at_the_sun_and_ends() {
        let black = Image::new(Size::new(100, 40));
        let lit = made(&black, &Sun { radius: 3, ..SUN }, &[]);
        let red = |x: usize, y: usize| lit[(y * 100 + x) * 3];
        assert!(red(20, 10) > red(40, 10) && red(40, 10) > red(40, 30) && red(98, 10) == 0, "{}", red(20, 10));
        let pixel = &lit[(10 * 100 + 20) * 3..][..3];
        assert!(pixel[0] > pixel[1] && pixel[1] > pixel[2], "{pixel:?}");
    }

    #[test]
    fn a_black_sun_leaves_the_picture() {
        let mut rng = crate::rng::Key::new(5).rng();
        let size = Size::new(23, 9);
        let source = Image::from_bytes(size, (0..size.bytes()).map(|_| rng.bits() as u8).collect());
        let dark = Circle { part: 0.1, x: 3, y: 3, radius: 8, colour: [0; 3] };
        assert_eq!(made(&source, &Sun { colour: [0; 3], ..SUN }, &[dark]), source.bytes());
    }
}

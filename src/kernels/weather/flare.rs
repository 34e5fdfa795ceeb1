//! The sun in the lens: a bright disc that fades, and a few circles on a line.

use super::{Scratch, blended};
use crate::image::Image;
use crate::kernels::paint::disc;
use crate::kernels::rounding::rounded;

/// The sun.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sun {
    /// Its centre, in pixels.
    pub x: i64,
    /// See `x`.
    pub y: i64,
    /// Where its light ends, in pixels.
    pub radius: u32,
    /// Its colour.
    pub colour: [u8; 3],
}

/// A circle of flare.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Circle {
    /// How much of it is mixed in, 0 to 1.
    pub part: f64,
    /// Its centre, in pixels.
    pub x: i64,
    /// See `x`.
    pub y: i64,
    /// Its radius, in pixels.
    pub radius: u32,
    /// Its colour.
    pub colour: [u8; 3],
}

/// Fills `target` with `source`, circles of flare and the sun on it.
///
/// # Algorithm
/// ```text
/// overlay = source;  for each circle:  paint it on the overlay;  result = mix(overlay, result, part)
/// overlay = result;  for i in 0..n:    paint the sun with its i-th radius;  result = mix(overlay, result, part_i)
/// n = radius / 10,  radii from 1 to the radius,  part_i = (most (n - 1 - i) / (n - 1))^3
/// most = min(1, 5 * mean of the circles' parts, weighted by their radii)
/// ```
/// Each mix is rounded to levels, as in Albumentations' `add_sun_flare_overlay`. A pixel that the sun first reaches
/// with its i-th radius is mixed in all steps from there on: one table for each i.
pub fn overlay(source: &Image, circles: &[Circle], sun: &Sun, scratch: &mut Scratch, target: &mut [u8]) {
    target.copy_from_slice(source.bytes());
    paint_circles(source, circles, scratch, target);
    let weights = circles.iter().map(|circle| f64::from(circle.radius)).sum::<f64>();
    let bright = circles.iter().map(|circle| circle.part * f64::from(circle.radius)).sum::<f64>();
    let most = if weights > 0.0 { (bright / weights * 5.0).min(1.0) } else { 1.0 };
    paint_sun(sun, most, (source.size().width, source.size().height), scratch, target);
}

fn paint_circles(source: &Image, circles: &[Circle], scratch: &mut Scratch, target: &mut [u8]) {
    let size = (source.size().width, source.size().height);
    let width = size.0 as usize;
    let (mut left, mut right, mut top, mut bottom) = (usize::MAX, 0, usize::MAX, 0);
    // Which circle was painted last on each pixel; 0 is none.
    let painted = &mut scratch.counts;
    painted.clear();
    painted.resize(width * size.1 as usize, 0);
    for (number, circle) in circles.iter().enumerate() {
        disc::halves(circle.radius, &mut scratch.halves);
        disc::rows((circle.x, circle.y), &scratch.halves, size, |y, from, to| {
            painted[y * width..][from..to].fill(number as u16 + 1);
            (left, right, top, bottom) = (left.min(from), right.max(to), top.min(y), bottom.max(y + 1));
        });
        for y in top..bottom {
            let row = &mut target[y * width * 3..][left * 3..right * 3];
            for (pixel, last) in row.chunks_exact_mut(3).zip(&painted[y * width..][left..right]) {
                if *last != 0 {
                    let colour = circles[usize::from(*last) - 1].colour;
                    for c in 0..3 {
                        pixel[c] = blended(colour[c], pixel[c], circle.part as f32);
                    }
                }
            }
        }
    }
}

fn paint_sun(sun: &Sun, most: f64, size: (u32, u32), scratch: &mut Scratch, target: &mut [u8]) {
    let steps = (sun.radius / 10) as usize;
    let last = steps.saturating_sub(1).max(1) as f64;
    // tables[3 i + c]: what channel c has become after all steps from the i-th on.
    let tables = &mut scratch.tables;
    tables.clear();
    tables.resize(3 * (steps + 1), std::array::from_fn(|level| level as u8));
    for i in (0..steps).rev() {
        let part = most * (steps - 1 - i) as f64 / last;
        let part = (part * part * part) as f32;
        for c in 0..3 {
            let over = f32::from(sun.colour[c]) * part;
            let after = tables[3 * (i + 1) + c];
            for level in 0..256 {
                tables[3 * i + c][level] = after[usize::from(rounded(over + level as f32 * (1.0 - part)))];
            }
        }
    }
    let radius = |i: usize| (1.0 + f64::from(sun.radius - 1) * i as f64 / last) as u32;
    let width = size.0 as usize;
    // From the widest circle inwards: the pixels of circle i that circle i - 1 does not cover are its own.
    scratch.steps.clear();
    scratch.steps.resize(2 * size.1 as usize, 0);
    let rings = &mut scratch.steps;
    for i in 0..steps {
        disc::halves(radius(i), &mut scratch.halves);
        disc::rows((sun.x, sun.y), &scratch.halves, size, |y, from, to| {
            let row = &mut target[y * width * 3..][..width * 3];
            let (inner_from, inner_to) = (rings[2 * y] as usize, rings[2 * y + 1] as usize);
            let (inner_from, inner_to) = if inner_from < inner_to { (inner_from, inner_to) } else { (to, to) };
            for part in [from..inner_from.min(to), inner_to.max(from)..to] {
                if !part.is_empty() {
                    look_up(&mut row[part.start * 3..part.end * 3], &tables[3 * i..3 * i + 3]);
                }
            }
            let all = if inner_from < inner_to { (from.min(inner_from), to.max(inner_to)) } else { (from, to) };
            (rings[2 * y], rings[2 * y + 1]) = (all.0 as i32, all.1 as i32);
        });
    }
}

fn look_up(pixels: &mut [u8], tables: &[[u8; 256]]) {
    for pixel in pixels.chunks_exact_mut(3) {
        for c in 0..3 {
            pixel[c] = tables[c][pixel[c] as usize];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Size;

    const SUN: Sun = Sun { x: 4, y: 0, radius: 1, colour: [255, 200, 100] };

    fn made(circles: &[Circle], sun: &Sun) -> Vec<u8> {
        let source = Image::from_bytes(Size::new(9, 1), vec![100; 27]);
        let mut target = vec![0; 27];
        overlay(&source, circles, sun, &mut Scratch::default(), &mut target);
        target
    }

    #[test]
    fn circles_are_mixed_in_and_stay_on_the_overlay() {
        let circle = Circle { part: 0.5, x: 0, y: 0, radius: 1, colour: [200; 3] };
        let one = made(&[circle], &SUN);
        assert_eq!((one[0], one[3], one[6]), (150, 150, 100));
        let two = made(&[circle, Circle { x: 8, ..circle }], &SUN);
        assert_eq!((two[0], two[6], two[24]), (175, 100, 150));
    }

    #[test]
    fn the_sun_is_brightest_in_its_middle() {
        let lit = made(&[Circle { part: 0.2, x: 90, y: 90, radius: 1, colour: [9; 3] }], &Sun { radius: 40, ..SUN });
        assert!(lit[12] > lit[0] && lit[12] == lit[15] && lit[0] == lit[24], "{lit:?}");
        assert_eq!(lit[12..15], [255, 200, 100]);
    }
}

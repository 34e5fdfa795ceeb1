//! A picture printed in dots, dark where they are large.

use super::{Work, widened};
use crate::image::{Image, Size};
use std::f64::consts::{FRAC_1_SQRT_2, FRAC_PI_4, PI};

/// How the dots lie.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Screen {
    /// Pixels from the middle of a dot to that of the next, 2 or more.
    pub pitch: f64,
    /// Degrees that the rows of dots are turned, clockwise.
    pub angle: f64,
    /// Whether four inks are printed, else black alone.
    pub inks: bool,
    /// How much of the result is print, from 0 (the picture as it was) to 1.
    pub blend: f64,
}

/// What a thread keeps between pictures.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    /// How much of each pixel an ink covers.
    cover: Vec<f32>,
    /// How much light of each channel the paper gives back, after the inks so far.
    light: [Vec<f32>; 3],
    /// Radii of dots that meet their neighbours.
    radii: Vec<f32>,
}

/// What may be printed.
#[derive(Clone, Copy)]
enum Ink {
    Cyan,
    Magenta,
    Yellow,
    Black,
    /// Black where there is no other ink.
    Alone,
}

/// The inks, and how far each is turned from the screen's angle: at 45 degrees the customary 15, 75, 0 and 45.
const INKS: [(Ink, f64); 4] = [(Ink::Cyan, -30.0), (Ink::Magenta, 30.0), (Ink::Yellow, -45.0), (Ink::Black, 0.0)];

impl Ink {
    /// The share of a cell of this mean colour (red, green and blue from 0 to 1) that the ink covers.
    fn share(self, [red, green, blue]: [f64; 3]) -> f64 {
        let black = 1.0 - red.max(green).max(blue);
        let coloured = |light: f64| if black < 1.0 { (1.0 - light - black) / (1.0 - black) } else { 0.0 };
        let share = match self {
            Self::Cyan => coloured(red),
            Self::Magenta => coloured(green),
            Self::Yellow => coloured(blue),
            Self::Black => black,
            Self::Alone => 1.0 - (0.299 * red + 0.587 * green + 0.114 * blue),
        };
        share.clamp(0.0, 1.0)
    }

    /// The channels that it takes light from.
    fn takes(self) -> [bool; 3] {
        match self {
            Self::Cyan => [true, false, false],
            Self::Magenta => [false, true, false],
            Self::Yellow => [false, false, true],
            Self::Black | Self::Alone => [true; 3],
        }
    }
}

/// Fills `target` with `source` printed in dots.
///
/// # Algorithm
/// ```text
/// middles of dots:  middle of the picture + pitch (i, j) turned by the angle
/// share of ink:     of the mean colour of the pixels within half a pitch across and down;
///                   black: 1 - (0.299 r + 0.587 g + 0.114 b); four inks: k = 1 - max(r, g, b), c = (1 - r - k) / (1 - k)
/// radius:           of the disc whose part inside a cell, a square of the pitch, is that share of the cell;
///                   up to half a pixel more once it leaves the cell, so that full ink leaves no gaps
/// ink on a pixel:   the most of any dot, min(radius + 1/2 - distance, area of the dot), from 0 to 1
/// light:            the product over the inks of 1 - ink; result = source + blend (255 light - source), rounded
/// ```
///
/// # Panics
/// If `target` has another length than the picture.
pub fn halftone(source: &Image, screen: &Screen, scratch: &mut Scratch, target: &mut [u8]) {
    assert_eq!(source.bytes().len(), target.len(), "invariant: pixel for pixel");
    let Scratch { cover, light, radii } = scratch;
    let pixels = target.len() / 3;
    light.iter_mut().for_each(|plane| {
        plane.clear();
        plane.resize(pixels, 1.0);
    });
    if radii.is_empty() {
        *radii = meeting_radii();
    }
    let inks = if screen.inks { &INKS[..] } else { &[(Ink::Alone, 0.0)] };
    for (ink, turned) in inks {
        cover.clear();
        cover.resize(pixels, 0.0);
        let screen = Screen { angle: screen.angle + turned, ..*screen };
        widened(Print { source, screen, ink: *ink, radii, cover });
        let taken = light.iter_mut().zip(ink.takes()).filter(|(_, takes)| *takes);
        for (light, cover) in taken.flat_map(|(plane, _)| plane.iter_mut().zip(cover.iter())) {
            *light *= 1.0 - cover;
        }
    }
    widened(Blend { source: source.bytes(), light, blend: screen.blend as f32, target });
}

/// Covers the pixels with the dots of one ink.
struct Print<'a> {
    source: &'a Image,
    screen: Screen,
    ink: Ink,
    radii: &'a [f32],
    cover: &'a mut [f32],
}

impl Work for Print<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { source, screen: Screen { pitch, angle, .. }, ink, radii, cover } = self;
        let Size { width, height } = source.size();
        let (across, down) = (f64::from(width), f64::from(height));
        let radians = angle * (PI / 180.0);
        let (cos, sin) = (libm::cos(radians) * pitch, libm::sin(radians) * pitch);
        // Dots farther out than this do not reach the picture.
        let reach = pitch * FRAC_1_SQRT_2 + 1.0;
        let last = (((across * across + down * down).sqrt() / 2.0 + reach) / pitch).ceil() as i64;
        for j in (-last..=last).map(|j| j as f64) {
            let (x, y) = ((across - 1.0) / 2.0 - j * sin, (down - 1.0) / 2.0 + j * cos);
            let (left, right) = inside((x, cos), (-reach, across + reach), last);
            let (top, bottom) = inside((y, sin), (-reach, down + reach), last);
            for i in (left.max(top)..=right.min(bottom)).map(|i| i as f64) {
                let (x, y) = (x + i * cos, y + i * sin);
                let share = ink.share(mean_colour(source, (x, y), pitch / 2.0));
                if share > 0.0 {
                    dot((x as f32, y as f32), radius(share, pitch, radii), width as usize, cover);
                }
            }
        }
    }
}

/// The first and the last of the numbers from `-most` to `most` that bring `at + number step` between `low` and `high`.
fn inside((at, step): (f64, f64), (low, high): (f64, f64), most: i64) -> (i64, i64) {
    let (a, b) = ((low - at) / step, (high - at) / step);
    // Without a step both quotients are beyond all numbers, on either side of them or on one, or nothing at an end.
    match (a.is_nan() || b.is_nan(), a <= b) {
        (true, _) => (-most, most),
        (_, true) => ((a.ceil() as i64).max(-most), (b.floor() as i64).min(most)),
        _ => ((b.ceil() as i64).max(-most), (a.floor() as i64).min(most)),
    }
}

/// The mean of the pixels whose middles lie within `half` of a place across and down, or of the nearest pixel: red,
/// green and blue from 0 to 1.
#[inline(always)]
fn mean_colour(source: &Image, (x, y): (f64, f64), half: f64) -> [f64; 3] {
    let part = |at: f64, side: u32| {
        let side = f64::from(side);
        let first = (at - half).ceil().clamp(0.0, side - 1.0);
        (first as usize, (at + half).ceil().clamp(first + 1.0, side) as usize)
    };
    let Size { width, height } = source.size();
    let ((left, right), (top, bottom)) = (part(x, width), part(y, height));
    let mut sums = [0u32; 3];
    for y in top..bottom {
        for pixel in source.row(y as u32)[3 * left..3 * right].as_chunks::<3>().0 {
            for c in 0..3 {
                sums[c] += u32::from(pixel[c]);
            }
        }
    }
    let full = 255.0 * ((right - left) * (bottom - top)) as f64;
    sums.map(|sum| f64::from(sum) / full)
}

/// Covers pixels with a dot, where it covers more of them than others do.
#[inline(always)]
fn dot((x, y): (f32, f32), radius: f32, width: usize, cover: &mut [f32]) {
    let most = (radius * radius * std::f32::consts::PI).min(1.0);
    let edge = radius + 0.5;
    let part = |at: f32, side: usize| {
        let first = (at - edge).ceil().max(0.0) as usize;
        first.min(side)..((at + edge).floor() + 1.0).max(0.0).min(side as f32) as usize
    };
    let columns = part(x, width);
    if columns.is_empty() {
        return;
    }
    let begin = columns.start as f32 - x;
    for row in part(y, cover.len() / width) {
        let away = row as f32 - y;
        let away = away * away;
        for (i, cover) in cover[row * width..][columns.clone()].iter_mut().enumerate() {
            let across = begin + i as i32 as f32;
            let ink = (edge - (across * across + away).sqrt()).min(most);
            *cover = cover.max(ink);
        }
    }
}

/// The disc within a cell of 1x1, if it meets its sides: its area there.
fn cut_area(radius: f64) -> f64 {
    let square = radius * radius;
    PI * square - 4.0 * (square * libm::acos(0.5 / radius) - (square - 0.25).max(0.0).sqrt() / 2.0)
}

/// Places of the table of radii.
const PLACES: usize = 64;

/// The radius in pixels of the dot that has `share` of a cell.
#[inline(always)]
fn radius(share: f64, pitch: f64, radii: &[f32]) -> f32 {
    if share <= FRAC_PI_4 {
        return ((share / PI).sqrt() * pitch) as f32;
    }
    let place = ((1.0 - share) / (1.0 - FRAC_PI_4)).sqrt() * PLACES as f64;
    let low = (place as usize).min(PLACES - 1);
    let (near, far) = (f64::from(radii[low]), f64::from(radii[low + 1]));
    let radius = near + (far - near) * (place - low as f64);
    (radius * pitch + 0.5 * (radius - 0.5) / (FRAC_1_SQRT_2 - 0.5)) as f32
}

/// Radii of discs that meet the sides of their cells of 1x1: place `i` leaves the share `(i / 64)^2 (1 - pi / 4)` free.
fn meeting_radii() -> Vec<f32> {
    let free = |i: usize| (i as f64 / PLACES as f64).powi(2) * (1.0 - FRAC_PI_4);
    let radius = |share: f64| {
        let (mut low, mut high) = (0.5, FRAC_1_SQRT_2);
        for _ in 0..40 {
            let middle = (low + high) / 2.0;
            if cut_area(middle) < share { low = middle } else { high = middle }
        }
        high as f32
    };
    (0..=PLACES).map(|i| radius(1.0 - free(i))).collect()
}

/// Mixes the print into the picture.
struct Blend<'a> {
    source: &'a [u8],
    light: &'a [Vec<f32>; 3],
    blend: f32,
    target: &'a mut [u8],
}

impl Work for Blend<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { source, light: [red, green, blue], blend, target } = self;
        let pixels = source.as_chunks::<3>().0.iter().zip(target.as_chunks_mut::<3>().0);
        let light = red.iter().zip(green).zip(blue);
        for ((from, to), ((red, green), blue)) in pixels.zip(light) {
            for (c, light) in [red, green, blue].into_iter().enumerate() {
                let level = f32::from(from[c]);
                to[c] = (level + blend * (255.0 * light - level) + 0.5) as i32 as u8;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(level: u8, screen: &Screen) -> Vec<u8> {
        let source = Image::from_bytes(Size::new(64, 48), vec![level; 64 * 48 * 3]);
        let mut target = vec![0; source.bytes().len()];
        halftone(&source, screen, &mut Scratch::default(), &mut target);
        target
    }

    const SCREEN: Screen = Screen { pitch: 6.0, angle: 30.0, inks: false, blend: 1.0 };

    #[test]
    fn black_is_solid_and_white_is_clean() {
        for inks in [false, true] {
            for (angle, pitch) in [(0.0, 2.0), (45.0, 5.5), (-77.0, 30.0)] {
                let screen = Screen { pitch, angle, inks, blend: 1.0 };
                assert!(printed(255, &screen).iter().all(|level| *level == 255));
                assert!(printed(0, &screen).iter().all(|level| *level == 0), "{angle} {pitch}");
            }
        }
    }

    #[test]
    fn areas_keep_their_brightness() {
        for pitch in [4.0, 6.5, 12.0] {
            for level in [10, 40, 90, 128, 170, 220, 250] {
                let made = printed(level, &Screen { pitch, ..SCREEN });
                let mean = made.iter().map(|level| f64::from(*level)).sum::<f64>() / made.len() as f64;
                assert!((mean - f64::from(level)).abs() < 8.0, "{level} by {pitch}: {mean}");
            }
        }
    }

    #[test]
    fn radii_are_those_of_the_shares() {
        let radii = meeting_radii();
        for share in [0.79, 0.85, 0.93, 0.99, 0.9999] {
            let pixels = f64::from(radius(share, 1000.0, &radii));
            let bare = |r: f64| r * 1000.0 + 0.5 * (r - 0.5) / (FRAC_1_SQRT_2 - 0.5);
            let (mut low, mut high) = (0.5, FRAC_1_SQRT_2);
            (0..50).for_each(|_| {
                let middle = (low + high) / 2.0;
                if bare(middle) < pixels { low = middle } else { high = middle }
            });
            assert!((cut_area(low) - share).abs() < 2e-4, "{share}: {}", cut_area(low));
        }
    }

    #[test]
    fn half_a_blend_is_half_the_picture() {
        let made = printed(200, &Screen { blend: 0.0, ..SCREEN });
        assert!(made.iter().all(|level| *level == 200));
        let (all, half) = (printed(200, &SCREEN), printed(200, &Screen { blend: 0.5, ..SCREEN }));
        assert!(all.iter().zip(half).all(|(all, half)| (f64::from(*all) / 2.0 + 100.0 - f64::from(half)).abs() <= 1.0));
    }
}

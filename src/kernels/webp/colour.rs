//! RGB to luma and halved chroma, and back, in libwebp's whole numbers.

use super::planes::{Plane, Planes};

/// Levels brought to light of 12 bits, and sums of four of these back to levels.
///
/// Chroma is averaged as light is: `light = 4095 (level / 255)^0.8`.
#[derive(Clone, Debug)]
pub(super) struct Light {
    of_level: [u16; 256],
    /// Levels for every 128th unit of light.
    levels: [u32; 33],
}

impl Default for Light {
    fn default() -> Self {
        let of_level = |level: usize| (libm::pow(level as f64 / 255.0, 0.8) * 4095.0 + 0.5) as u16;
        let level = |i: usize| (255.0 * libm::pow(i as f64 * 128.0 / 4095.0, 1.25) + 0.5) as u32;
        Self { of_level: std::array::from_fn(of_level), levels: std::array::from_fn(level) }
    }
}

impl Light {
    /// Four times the level whose light is a quarter of that of four levels.
    #[inline(always)]
    fn mean(&self, levels: [u8; 4]) -> i32 {
        let sum: u32 = levels.iter().map(|level| u32::from(self.of_level[usize::from(*level)])).sum();
        let (place, part) = ((sum >> 9) as usize & 31, sum & 511);
        ((self.levels[place + 1] * part + self.levels[place] * (512 - part) + 64) >> 7) as i32
    }
}

/// Fills the planes; what lies outside the picture repeats its edge.
#[inline(always)]
pub(super) fn split(source: &[u8], (width, height): (usize, usize), light: &Light, planes: &mut Planes) {
    let row = |y: usize| &source[y * width * 3..][..width * 3];
    for y in 0..height {
        let to = planes.luma.row_mut(y);
        for (to, pixel) in to.iter_mut().zip(row(y).as_chunks::<3>().0) {
            let [r, g, b] = pixel.map(u32::from);
            *to = ((16839 * r + 33059 * g + 6420 * b + (1 << 15) + (16 << 16)) >> 16) as u8;
        }
        let last = to[width - 1];
        to[width..].fill(last);
    }
    repeat_last(&mut planes.luma, height);
    for y in 0..height.div_ceil(2) {
        let (above, below) = (row(2 * y), row((2 * y + 1).min(height - 1)));
        let (blue, red) = (planes.blue.row_mut(y), planes.red.row_mut(y));
        let pairs = above.chunks(6).zip(below.chunks(6)).zip(blue.iter_mut().zip(red.iter_mut()));
        for ((above, below), (blue, red)) in pairs {
            // The last column of an odd number counts twice.
            let second = above.len() - 3;
            let mean = |c: usize| light.mean([above[c], above[second + c], below[c], below[second + c]]);
            let (r, g, b) = (mean(0), mean(1), mean(2));
            let level = |sum: i32| ((sum + (1 << 17) + (128 << 18)) >> 18).clamp(0, 255) as u8;
            *blue = level(28800 * b - 9719 * r - 19081 * g);
            *red = level(28800 * r - 24116 * g - 4684 * b);
        }
        for row in [blue, red] {
            let last = row[width.div_ceil(2) - 1];
            row[width.div_ceil(2)..].fill(last);
        }
    }
    repeat_last(&mut planes.blue, height.div_ceil(2));
    repeat_last(&mut planes.red, height.div_ceil(2));
}

/// Fills the rows from `from` on with the one before.
fn repeat_last(plane: &mut Plane, from: usize) {
    for y in from..plane.height() {
        plane.repeat_row(y);
    }
}

/// Rows of doubled chroma.
#[derive(Clone, Debug, Default)]
pub(super) struct Rows {
    blue: Vec<u8>,
    red: Vec<u8>,
}

/// Makes the picture again: chroma doubled by a triangle, libwebp's "fancy upsampling".
#[inline(always)]
pub(super) fn join(planes: &Planes, rows: &mut Rows, (width, height): (usize, usize), target: &mut [u8]) {
    let (across, down) = (width.div_ceil(2), height.div_ceil(2));
    rows.blue.resize(2 * across, 0);
    rows.red.resize(2 * across, 0);
    for (y, to) in target.chunks_exact_mut(width * 3).enumerate() {
        let near = y / 2;
        let far = if y % 2 == 0 { near.saturating_sub(1) } else { (near + 1).min(down - 1) };
        for (plane, to) in [(&planes.blue, &mut rows.blue), (&planes.red, &mut rows.red)] {
            double(&plane.row(near)[..across], &plane.row(far)[..across], to);
        }
        let pixels = to.as_chunks_mut::<3>().0.iter_mut().zip(planes.luma.row(y));
        for ((to, y), (u, v)) in pixels.zip(rows.blue.iter().zip(&rows.red)) {
            let part = |level: u8, weight: i32| (i32::from(level) * weight) >> 8;
            let y = part(*y, 19077);
            let level = |sum: i32| (sum >> 6).clamp(0, 255) as u8;
            to[0] = level(y + part(*v, 26149) - 14234);
            to[1] = level(y - part(*u, 6419) - part(*v, 13320) + 8708);
            to[2] = level(y + part(*u, 33050) - 17685);
        }
    }
}

/// A row of doubled chroma from the two nearest rows: 9, 3, 3 and 1 sixteenths.
#[inline(always)]
fn double(near: &[u8], far: &[u8], to: &mut [u8]) {
    let mix = |near: [u8; 2], far: [u8; 2]| {
        let ([n, h], [v, d]) = (near.map(u16::from), far.map(u16::from));
        ((((n + 3 * h + 3 * v + d + 8) >> 3) + n) >> 1) as u8
    };
    let last = near.len() - 1;
    to[0] = mix([near[0]; 2], [far[0]; 2]);
    to[2 * last + 1] = mix([near[last]; 2], [far[last]; 2]);
    let windows = near.windows(2).zip(far.windows(2));
    for (to, (near, far)) in to[1..=2 * last].chunks_exact_mut(2).zip(windows) {
        to[0] = mix([near[0], near[1]], [far[0], far[1]]);
        to[1] = mix([near[1], near[0]], [far[1], far[0]]);
    }
}

//! RGB to 8-bit L\*a\*b\* and back, in OpenCV's fixed point.

use super::whole;
use std::sync::OnceLock;

/// Bits behind the point of the matrices.
const MATRIX: u32 = 12;
/// Bits behind the point of cube roots.
const ROOT: u32 = 15;
/// Bits behind the point of the way back, and what is one there.
const ONE: u32 = 14;
const BASE: i32 = 1 << ONE;
/// Places of the table of levels.
const LEVELS: usize = 1 << 12;
/// Pixels at once.
const BLOCK: usize = 64;
/// sRGB to XYZ, and back.
const TO_XYZ: [[f64; 3]; 3] = [[0.412453, 0.357580, 0.180423], [0.212671, 0.715160, 0.072169], [0.019334, 0.119193, 0.950227]];
const FROM_XYZ: [[f64; 3]; 3] =
    [[3.240479, -1.53715, -0.498535], [-0.969256, 1.875991, 0.041556], [0.055648, -0.204043, 1.057311]];
/// D65.
const WHITE: [f64; 3] = [0.950456, 1.0, 1.088754];

/// All tables, made once.
#[derive(Debug)]
pub(in crate::kernels) struct Tables {
    /// Linear light of a level, 0 to 2040.
    light: [u16; 256],
    /// The cube root of a share of white. OpenCV computes it in 32-bit floats, which moves a few places by one.
    root: Vec<u16>,
    to_xyz: [[i32; 3]; 3],
    from_xyz: [[i32; 3]; 3],
    /// y and its root for each L.
    of_lightness: [[i32; 2]; 256],
    /// Levels of linear light.
    level: [u8; LEVELS],
}

impl Tables {
    /// The one set of tables.
    pub(in crate::kernels) fn get() -> &'static Self {
        static TABLES: OnceLock<Tables> = OnceLock::new();
        TABLES.get_or_init(Self::new)
    }

    fn new() -> Self {
        let matrix = |from: [[f64; 3]; 3], scale: fn(usize, usize) -> f64| -> [[i32; 3]; 3] {
            let one = f64::from(1 << MATRIX);
            std::array::from_fn(|i| std::array::from_fn(|j| libm::rint(from[i][j] * scale(i, j) * one) as i32))
        };
        let root = |i: usize| {
            let x = i as f64 / 2040.0;
            let root = if x < 216.0 / 24389.0 { x * (841.0 / 108.0) + 16.0 / 116.0 } else { libm::cbrt(x) };
            libm::rint(root * f64::from(1 << ROOT)) as u16
        };
        Self {
            light: std::array::from_fn(|i| libm::rint(2040.0 * linear(i as f64 / 255.0)) as u16),
            root: (0..3072).map(root).collect(),
            to_xyz: matrix(TO_XYZ, |i, _| 1.0 / WHITE[i]),
            from_xyz: matrix(FROM_XYZ, |_, j| WHITE[j]),
            of_lightness: std::array::from_fn(|i| of_lightness(i as i32)),
            level: std::array::from_fn(|i| libm::rint(255.0 * companded(i as f64 / LEVELS as f64)) as u8),
        }
    }

    /// Fills `target` with the lightness of each pixel of `source`, three times each.
    ///
    /// # Panics
    /// If they differ in length.
    pub(super) fn lightness(&self, source: &[u8], target: &mut [u8]) {
        assert_eq!(source.len(), target.len(), "invariant: pixel for pixel");
        for (pixel, made) in source.chunks_exact(3).zip(target.chunks_exact_mut(3)) {
            let light = [0, 1, 2].map(|c| i32::from(self.light[usize::from(pixel[c])]));
            made.fill(Self::lightness_of(self.root(light, 1)));
        }
    }

    /// The cube root of one of X, Y and Z of a colour's linear light.
    #[inline(always)]
    fn root(&self, light: [i32; 3], row: usize) -> i32 {
        let row = self.to_xyz[row];
        i32::from(self.root[descale(row[0] * light[0] + row[1] * light[1] + row[2] * light[2], MATRIX) as usize])
    }

    /// L of the root of Y.
    #[inline(always)]
    fn lightness_of(y: i32) -> u8 {
        descale(296 * y - 1_336_934, ROOT).clamp(0, 255) as u8
    }

    /// Fills three planes from pixels.
    pub(in crate::kernels) fn split_rgb(&self, pixels: &[u8], planes: [&mut Vec<u8>; 3]) {
        let [lightness, a, b] = planes.map(|plane| {
            plane.resize(pixels.len() / 3, 0);
            plane.chunks_mut(BLOCK)
        });
        for (((pixels, lightness), a), b) in pixels.chunks(3 * BLOCK).zip(lightness).zip(a).zip(b) {
            split(self, pixels, [lightness, a, b]);
        }
    }

    /// Fills pixels from three planes.
    pub(in crate::kernels) fn join_rgb(&self, planes: [&[u8]; 3], pixels: &mut [u8]) {
        let [lightness, a, b] = planes.map(|plane| plane.chunks(BLOCK));
        for (((pixels, lightness), a), b) in pixels.chunks_mut(3 * BLOCK).zip(lightness).zip(a).zip(b) {
            join(self, [lightness, a, b], pixels);
        }
    }

    /// A block of [`Tables::split_rgb`]. Look-ups and sums take turns, since only sums become vectors.
    #[inline(always)]
    fn split_block(&self, pixels: &[u8], [lightness, a, b]: [&mut [u8]; 3]) {
        let mut light = [[0i32; BLOCK]; 3];
        for (i, pixel) in pixels.as_chunks::<3>().0.iter().enumerate().take(BLOCK) {
            (0..3).for_each(|c| light[c][i] = i32::from(self.light[usize::from(pixel[c])]));
        }
        let mut roots = [[0i32; BLOCK]; 3];
        for (roots, row) in roots.iter_mut().zip(&self.to_xyz) {
            for i in 0..BLOCK {
                roots[i] = descale(row[0] * light[0][i] + row[1] * light[1][i] + row[2] * light[2][i], MATRIX);
            }
            roots.iter_mut().for_each(|place| *place = i32::from(self.root[*place as usize]));
        }
        let mut made = [[0u8; BLOCK]; 3];
        let [x, y, z] = &roots;
        for i in 0..BLOCK {
            made[0][i] = Self::lightness_of(y[i]);
            made[1][i] = descale(500 * (x[i] - y[i]) + (128 << ROOT), ROOT).clamp(0, 255) as u8;
            made[2][i] = descale(200 * (y[i] - z[i]) + (128 << ROOT), ROOT).clamp(0, 255) as u8;
        }
        for (plane, made) in [lightness, a, b].into_iter().zip(&made) {
            plane.copy_from_slice(&made[..plane.len()]);
        }
    }

    /// A block of [`Tables::join_rgb`].
    #[inline(always)]
    fn join_block(&self, planes: [&[u8]; 3], pixels: &mut [u8]) {
        /// Bits behind the point of the products, less those of the table of levels.
        const SHIFT: u32 = MATRIX + ONE - 12;
        let mut lab = [[0u8; BLOCK]; 3];
        lab.iter_mut().zip(planes).for_each(|(lab, plane)| lab[..plane.len()].copy_from_slice(plane));
        let (mut y, mut root) = ([0i32; BLOCK], [0i32; BLOCK]);
        for i in 0..BLOCK {
            [y[i], root[i]] = self.of_lightness[usize::from(lab[0][i])];
        }
        let mut places = [[0i32; BLOCK]; 3];
        for i in 0..BLOCK {
            let a = ((5 * i32::from(lab[1][i]) * 53_687 + (1 << 7)) >> 13) - 128 * BASE / 500;
            let b = ((i32::from(lab[2][i]) * 41_943 + (1 << 4)) >> 9) - 128 * BASE / 200 + 1;
            let (x, z) = (cube(root[i] + a), cube(root[i] - b));
            for (places, row) in places.iter_mut().zip(&self.from_xyz) {
                places[i] = descale(row[0] * x + row[1] * y[i] + row[2] * z, SHIFT).clamp(0, LEVELS as i32 - 1);
            }
        }
        for (i, pixel) in pixels.as_chunks_mut::<3>().0.iter_mut().enumerate().take(BLOCK) {
            (0..3).for_each(|c| pixel[c] = self.level[places[c][i] as usize]);
        }
    }
}

wide! {
    fn split(tables: &Tables, pixels: &[u8], planes: [&mut [u8]; 3]) = Tables::split_block;
    fn join(tables: &Tables, planes: [&[u8]; 3], pixels: &mut [u8]) = Tables::join_block;
}

/// `value / 2^bits`, rounded half up.
#[inline(always)]
fn descale(value: i32, bits: u32) -> i32 {
    (value + (1 << (bits - 1))) >> bits
}

fn linear(x: f64) -> f64 {
    if x <= 0.04045 { x / 12.92 } else { libm::pow((x + 0.055) / 1.055, 2.4) }
}

fn companded(x: f64) -> f64 {
    if x <= 0.003_130_8 { x * 12.92 } else { libm::pow(x, 1.0 / 2.4) * 1.055 - 0.055 }
}

/// y and its root, of which [`BASE`] is one, for an 8-bit L.
fn of_lightness(lightness: i32) -> [i32; 2] {
    let (l, base) = (f64::from(lightness), f64::from(BASE));
    let [y, root] = if lightness <= 20 {
        [l * base * 180.0 / (17.0 * 24389.0), base * (16.0 / 116.0 + l * 5.0 / 1479.0)]
    } else {
        let root = l * 100.0 * base / (255.0 * 116.0) + 16.0 * base / 116.0;
        [root * root * root / (base * base), root]
    };
    [libm::rint(y) as i32, libm::rint(root) as i32]
}

/// x or z from its root, the inverse of the cube root with its straight beginning, in whole numbers; for roots between
/// -2^14 and 2^15.
#[inline(always)]
fn cube(root: i32) -> i32 {
    // What `root * 108 / 841` is, but with vectors: the numbers are exact, and 1/841 from the next whole one.
    let straight = whole((root * 108) as f32 / 841.0) as i32 - BASE * 16 / 116 * 108 / 841;
    let bent = (((root * root) >> ONE) * root) >> ONE;
    if root <= 3390 { straight } else { bent }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lab(pixel: [u8; 3]) -> [u8; 3] {
        let mut planes = [const { Vec::new() }; 3];
        Tables::get().split_rgb(&pixel, planes.each_mut());
        planes.map(|plane| plane[0])
    }

    /// What `cv2.cvtColor(..., COLOR_RGB2LAB)` gives.
    #[test]
    fn colours_are_those_of_opencv() {
        assert_eq!(lab([0; 3]), [0, 128, 128]);
        assert_eq!(lab([255; 3]), [255, 128, 128]);
        assert_eq!(lab([255, 0, 0]), [136, 208, 195]);
        assert_eq!(lab([0, 0, 255]), [82, 207, 20]);
    }

    #[test]
    fn there_and_back_comes_near() {
        for pixel in [[10, 20, 30], [200, 100, 50], [90, 180, 70], [255, 255, 255], [0, 0, 0]] {
            let planes = lab(pixel).map(|level| [level]);
            let mut back = [0; 3];
            Tables::get().join_rgb([&planes[0], &planes[1], &planes[2]], &mut back);
            assert!(pixel.iter().zip(back).all(|(a, b)| a.abs_diff(b) <= 3), "{pixel:?} {back:?}");
        }
    }

    #[test]
    fn cubes_are_those_of_whole_numbers() {
        for root in -8145..=28_718 {
            let straight = root * 108 / 841 - BASE * 16 / 116 * 108 / 841;
            let expected = if root <= 3390 { straight } else { root * root / BASE * root / BASE };
            assert_eq!(cube(root), expected, "{root}");
        }
    }

    #[test]
    fn every_corner_of_the_cube_has_a_colour() {
        for lightness in [0, 20, 21, 128, 255] {
            for (a, b) in [(0, 0), (0, 255), (255, 0), (255, 255)] {
                Tables::get().join_rgb([&[lightness], &[a], &[b]], &mut [0; 3]);
            }
        }
    }

    #[test]
    fn every_vector_gives_the_same() {
        let mut rng = crate::rng::Key::new(2).rng();
        for pixels in [1, 2, 63, 64] {
            let source: Vec<u8> = (0..3 * pixels).map(|_| rng.bits() as u8).collect();
            let mut lab = [(); 6].map(|()| vec![0; pixels]);
            let [l, a, b, plain_l, plain_a, plain_b] = &mut lab;
            split(Tables::get(), &source, [l, a, b]);
            Tables::get().split_block(&source, [plain_l, plain_a, plain_b]);
            assert_eq!(lab[..3], lab[3..]);
            let (mut widest, mut plain) = (vec![0; source.len()], vec![0; source.len()]);
            join(Tables::get(), [&lab[0], &lab[1], &lab[2]], &mut widest);
            Tables::get().join_block([&lab[0], &lab[1], &lab[2]], &mut plain);
            assert_eq!(widest, plain);
        }
    }
}

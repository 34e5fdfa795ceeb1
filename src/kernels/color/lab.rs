//! RGB to 8-bit L\*a\*b\* and back, in OpenCV's fixed point.

use std::sync::OnceLock;

/// Bits behind the point of the matrices.
const MATRIX: u32 = 12;
/// Bits behind the point of cube roots.
const ROOT: u32 = 15;
/// One in the tables of the way back.
const BASE: i32 = 1 << 14;
/// The lowest place of the table of cubes.
const LOWEST: i32 = -8145;
const CUBES: usize = BASE as usize * 9 / 4;
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
    /// x and z from their roots.
    cube: Vec<i32>,
    /// Levels of linear light.
    level: Vec<u8>,
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
            cube: (LOWEST..LOWEST + CUBES as i32).map(cube).collect(),
            level: (0..4096).map(|i| libm::rint(255.0 * companded(f64::from(i) / 4096.0)) as u8).collect(),
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
        let [lightness, a, b] = planes;
        for plane in [&mut *lightness, &mut *a, &mut *b] {
            plane.resize(pixels.len() / 3, 0);
        }
        for (((pixel, lightness), a), b) in pixels.chunks_exact(3).zip(lightness).zip(a).zip(b) {
            let light = [0, 1, 2].map(|c| i32::from(self.light[usize::from(pixel[c])]));
            let [x, y, z] = [0, 1, 2].map(|row| self.root(light, row));
            *lightness = Self::lightness_of(y);
            *a = descale(500 * (x - y) + (128 << ROOT), ROOT).clamp(0, 255) as u8;
            *b = descale(200 * (y - z) + (128 << ROOT), ROOT).clamp(0, 255) as u8;
        }
    }

    /// Fills pixels from three planes.
    pub(in crate::kernels) fn join_rgb(&self, planes: [&[u8]; 3], pixels: &mut [u8]) {
        /// Bits behind the point of the products, less those of the table of levels.
        const SHIFT: u32 = MATRIX + 14 - 12;
        let [lightness, a, b] = planes;
        for (((pixel, lightness), a), b) in pixels.chunks_exact_mut(3).zip(lightness).zip(a).zip(b) {
            let [y, root] = self.of_lightness[usize::from(*lightness)];
            let a = ((5 * i32::from(*a) * 53_687 + (1 << 7)) >> 13) - 128 * BASE / 500;
            let b = ((i32::from(*b) * 41_943 + (1 << 4)) >> 9) - 128 * BASE / 200 + 1;
            let [x, z] = [root + a, root - b].map(|root| self.cube[(root - LOWEST) as usize]);
            for (to, row) in pixel.iter_mut().zip(&self.from_xyz) {
                let light = descale(row[0] * x + row[1] * y + row[2] * z, SHIFT);
                *to = self.level[light.clamp(0, 4095) as usize];
            }
        }
    }
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

/// The inverse of the cube root with its straight beginning, in whole numbers.
fn cube(root: i32) -> i32 {
    if root <= 3390 { root * 108 / 841 - BASE * 16 / 116 * 108 / 841 } else { root * root / BASE * root / BASE }
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
    fn every_corner_of_the_cube_is_in_the_tables() {
        for lightness in [0, 20, 21, 128, 255] {
            for (a, b) in [(0, 0), (0, 255), (255, 0), (255, 255)] {
                Tables::get().join_rgb([&[lightness], &[a], &[b]], &mut [0; 3]);
            }
        }
    }
}

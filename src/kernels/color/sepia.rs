//! The brown of old photographs.

use super::blocks::{Change, Planes, change};
use super::{each, weigh};

/// Fills `target` with `source` in sepia: `[0.393 0.769 0.189; 0.349 0.686 0.168; 0.272 0.534 0.131]` with 10 bits,
/// rounded to nearest, as `cv2.transform` does with 8-bit levels and such weights.
///
/// # Panics
/// If they differ in length.
pub fn sepia(source: &[u8], target: &mut [u8]) {
    change(source, &Sepia, target);
}

struct Sepia;

/// The weights times 1024, rounded.
const WEIGHTS: [[i32; 3]; 3] = [[402, 787, 194], [357, 702, 172], [279, 547, 134]];

impl Change for Sepia {
    #[inline(always)]
    fn change(&self, from: &Planes, to: &mut Planes) {
        each(from, to, |r, g, b| {
            let row = |weights| weigh::<10, 3>(weights, [r, g, b]).min(255) as u8;
            [row(WEIGHTS[0]), row(WEIGHTS[1]), row(WEIGHTS[2])]
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::blocks::assert_all_ways_agree;
    use super::*;

    #[test]
    fn white_turns_yellowish() {
        let mut made = [0; 6];
        sepia(&[255, 255, 255, 100, 50, 0], &mut made);
        assert_eq!(made, [255, 255, 239, 78, 69, 54]);
        assert_all_ways_agree(&Sepia);
    }
}

//! Corners that get less light than the middle.

use super::Scratch;
use super::factors::multiply;
use crate::image::Image;
use crate::kernels::rounding::rounded;

/// Fills `target` with `source`, darker away from `center`: `level (1 - intensity d^2 / D^2)`, rounded to nearest.
///
/// `d` is the distance from `center`, where (0, 0) is the first pixel and (1, 1) the last, and `D` that of the
/// farthest corner, so that this one has the factor `1 - intensity`.
pub fn vignette(source: &Image, intensity: f64, center: [f64; 2], scratch: &mut Scratch, target: &mut [u8]) {
    let size = source.size();
    let (right, low) = (f64::from(size.width - 1), f64::from(size.height - 1));
    let (x, y) = (center[0] * right, center[1] * low);
    let farthest = |at: f64, last: f64| at.max(last - at) * at.max(last - at);
    // Of a single pixel the corner is the middle.
    let share = intensity / (farthest(x, right) + farthest(y, low)).max(f64::MIN_POSITIVE);
    let loss = |place: u32, at: f64| share * (f64::from(place) - at) * (f64::from(place) - at);
    let row = |place| {
        let base = (1.0 - loss(place, y)) as f32;
        move |across: f32| base - across
    };
    multiply(source, |place| loss(place, x), row, rounded, &mut scratch.columns, target);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Size;

    fn made(width: u32, height: u32, intensity: f64, center: [f64; 2]) -> Vec<u8> {
        let size = Size::new(width, height);
        let source = Image::from_bytes(size, vec![200; size.bytes() as usize]);
        let mut target = vec![0; source.bytes().len()];
        vignette(&source, intensity, center, &mut Scratch::default(), &mut target);
        target.chunks_exact(3).map(|pixel| pixel[0]).collect()
    }

    #[test]
    fn the_farthest_corner_loses_what_is_asked() {
        assert_eq!(made(3, 3, 0.5, [0.5, 0.5]), [100, 150, 100, 150, 200, 150, 100, 150, 100]);
        assert_eq!(made(2, 2, 0.25, [0.0, 0.0]), [200, 175, 175, 150]);
        assert_eq!(made(1, 1, 0.5, [0.3, 0.7]), [200]);
        assert_eq!(made(5, 1, 1.0, [1.0, 0.2]), [0, 88, 150, 188, 200]);
    }

    #[test]
    fn no_level_rises_and_levels_fall_away_from_the_middle() {
        let levels = made(41, 27, 0.8, [0.4, 0.6]);
        assert!(levels.iter().all(|level| (40..=200).contains(level)), "{levels:?}");
        // From the column of the middle to the right, and to the left.
        for row in levels.chunks(41) {
            assert!(row[16..].is_sorted_by(|a, b| a >= b) && row[..=16].is_sorted(), "{row:?}");
        }
        assert_eq!(levels.iter().min(), Some(&levels[40]), "the upper right corner is farthest");
    }
}

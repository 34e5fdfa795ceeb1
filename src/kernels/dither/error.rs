//! What rounding takes from a pixel goes to its neighbours.

use super::level;

/// Fills `target` with `source`, rows of `width` pixels, in `levels` levels a channel (2 to 256), each channel by
/// itself; `errors` is scratch.
///
/// # Algorithm
/// ```text
/// v = x + (7 left + 1 above left + 5 above + 3 above right) / 16, cut towards zero, held within 0 to 255
/// result = the level nearest to v; v - result is what the neighbours get of it
/// ```
/// R. W. Floyd and L. Steinberg, "An adaptive algorithm for spatial grey scale" (1976), in Pillow's whole numbers: rows
/// from left to right, and what lies in the middle between two levels, or half a level above, goes to the darker.
///
/// # Panics
/// If they differ in length.
pub fn floyd_steinberg(source: &[u8], width: usize, levels: u32, errors: &mut Vec<[i32; 3]>, target: &mut [u8]) {
    assert_eq!(source.len(), target.len(), "invariant: pixel for pixel");
    let nearest: [u8; 256] = std::array::from_fn(|v| level((v as u32 * (levels - 1) + 126) / 255, levels));
    errors.clear();
    errors.resize(width + 1, [0; 3]);
    for (from, to) in source.chunks_exact((3 * width).max(1)).zip(target.chunks_exact_mut((3 * width).max(1))) {
        row(from, &nearest, errors, to);
    }
}

/// One row. Before, `errors[x + 1]` is what pixel `x` gets from the row above, in sixteenths; after, likewise for the
/// row below.
#[inline(always)]
fn row(from: &[u8], nearest: &[u8; 256], errors: &mut [[i32; 3]], to: &mut [u8]) {
    // In sixteenths: for the next pixel, for the one below this, and for the one below the next.
    let (mut right, mut below, mut beyond) = ([0; 3], [0; 3], [0; 3]);
    let pixels = from.as_chunks::<3>().0.iter().zip(to.as_chunks_mut::<3>().0);
    for (x, (from, to)) in pixels.enumerate() {
        let above = errors[x + 1];
        let before = &mut errors[x];
        for c in 0..3 {
            let wanted = (i32::from(from[c]) + (right[c] + above[c]) / 16).clamp(0, 255);
            to[c] = nearest[wanted as usize & 255];
            let error = wanted - i32::from(to[c]);
            before[c] = below[c] + 3 * error;
            below[c] = beyond[c] + 5 * error;
            beyond[c] = error;
            right[c] = 7 * error;
        }
    }
    if let Some(last) = errors.last_mut() {
        *last = below;
    }
}

#[cfg(test)]
mod tests {
    use super::super::mean;
    use super::*;

    fn dithered(source: &[u8], width: usize, levels: u32) -> Vec<u8> {
        let mut target = vec![9; source.len()];
        floyd_steinberg(source, width, levels, &mut Vec::new(), &mut target);
        target
    }

    #[test]
    fn an_error_goes_to_the_right_and_down() {
        // 100 is black; the right gets 43 of it, the pixel below 31, the one right of that 6, and so on.
        let gray = |levels: [u8; 4]| levels.map(|level| [level; 3]).concat();
        assert_eq!(dithered(&gray([100, 85, 0, 0]), 2, 2), gray([0, 0, 0, 0]));
        assert_eq!(dithered(&gray([100, 86, 0, 0]), 2, 2), gray([0, 255, 0, 0]));
        assert_eq!(dithered(&gray([100, 0, 95, 0]), 2, 2), gray([0, 0, 255, 0]));
    }

    #[test]
    fn what_lies_in_the_middle_goes_to_the_darker() {
        assert_eq!(dithered(&[127, 128, 129], 1, 2), [0, 0, 255]);
    }

    #[test]
    fn all_levels_change_nothing() {
        let source: Vec<u8> = (0..=254).collect();
        assert_eq!(dithered(&source, 5, 256), source);
    }

    #[test]
    fn the_mean_stays() {
        for (level, levels) in [(40, 2), (100, 2), (200, 3), (77, 7)] {
            let made = dithered(&[level; 64 * 64 * 3], 64, levels);
            assert!((mean(&made) - f64::from(level)).abs() < 2.0, "{level} in {levels}: {}", mean(&made));
        }
    }
}

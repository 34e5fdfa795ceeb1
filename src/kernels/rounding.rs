//! Whole numbers of singles, by additions that every vector has: `as` would turn one number at a time, since it also minds
//! what no level is.

/// From this number on a single holds no fractions; added, it leaves a small number rounded, ties to even, in the low bits.
const NO_FRACTIONS: f32 = (3 << 22) as f32;

/// The nearest whole number, ties to even; for numbers within four millions of 0.
#[inline(always)]
pub(super) fn nearest(number: f32) -> f32 {
    (number + NO_FRACTIONS) - NO_FRACTIONS
}

/// The nearest level, ties to even; for numbers that round to 0 to 255.
#[inline(always)]
pub(super) fn nearest_level(number: f32) -> u8 {
    (number + NO_FRACTIONS).to_bits() as u8
}

/// The nearest of the levels that there are, ties to even, as OpenCV rounds.
#[inline(always)]
pub(super) fn rounded(level: f32) -> u8 {
    nearest_level(level.clamp(0.0, 255.0))
}

/// What stands before the point.
#[inline(always)]
pub(super) fn whole(number: f32) -> f32 {
    // Exact everywhere, and one instruction of the vectors that `widened` is for.
    number.trunc()
}

/// The level that stands before the point; for numbers from 0 to below 256.
#[inline(always)]
pub(super) fn whole_level(number: f32) -> u8 {
    (whole(number) + NO_FRACTIONS).to_bits() as u8
}

/// A level cut to a whole one, and to those that there are.
#[inline(always)]
pub(super) fn cut(level: f32) -> u8 {
    whole_level(level.clamp(0.0, 255.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_what_casts_make_of_them() {
        let numbers =
            (0..200_000).map(|i| i as f32 * 0.001_373 - 4.0).chain([0.0, 0.5, 1.5, 254.5, 255.0, 255.999, -0.0, 1e9, -1e9]);
        for number in numbers.flat_map(|number| [number, f32::from_bits(number.to_bits() + 1)]) {
            assert_eq!(cut(number), number as u8, "{number}");
            assert_eq!(rounded(number), number.round_ties_even() as u8, "{number}");
            if (0.0..255.5).contains(&number) {
                assert_eq!(nearest(number), number.round_ties_even());
                assert_eq!(nearest_level(number.min(255.0)), number.min(255.0).round_ties_even() as u8);
                assert_eq!(whole_level(number), number as u8);
            }
        }
    }
}

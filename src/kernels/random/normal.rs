//! The normal law from a word: its inverse distribution function, without branches, so that loops become vectors.

/// The normal deviate whose two-sided tail the 31 lower bits give, and whose sign the highest bit gives.
///
/// # Algorithm
/// ```text
/// t = (m + 1/2) 2^-32            m the lower 31 bits: the share of the law beyond the result
/// r = sqrt(-2 ln t)              ln by a polynomial of degree 8 about 1
/// z = P(r) / Q(r)                degrees 4 and 3, minimax: within 4e-8 of the inverse up to 6.8
/// ```
/// The form is Hastings's ("Approximations for Digital Computers", 1955; Abramowitz and Stegun 26.2.23), with
/// more terms. In single precision the result is within 2e-6 of the inverse, the law within 1e-6.
#[inline(always)]
pub(super) fn normal(word: u32) -> f32 {
    const P: [f32; 5] = [-3.200_746_5, -7.734_850_5, 3.357_037, 4.107_527_3, 0.494_085];
    const Q: [f32; 4] = [1.0, 5.391_076_5, 4.129_219_6, 0.493_788_47];
    // The conversion is of a signed number, which all vectors have.
    let tail = ((word & 0x7FFF_FFFF) as i32 as f32 + 0.5) * (1.0 / 4_294_967_296.0);
    let r = (-2.0 * ln(tail)).sqrt();
    let above = P[0] + r * (P[1] + r * (P[2] + r * (P[3] + r * P[4])));
    let below = Q[0] + r * (Q[1] + r * (Q[2] + r * Q[3]));
    f32::from_bits((above / below).to_bits() ^ (word & 0x8000_0000))
}

/// The natural logarithm of a positive normal number, within 1e-6 of itself.
#[inline(always)]
fn ln(x: f32) -> f32 {
    /// The bits of the square root of one half: mantissas are taken from there to the square root of two.
    const ROOT_HALF: i32 = 0x3F35_04F3;
    const LN_2: f32 = std::f32::consts::LN_2;
    let bits = x.to_bits() as i32;
    let exponent = (bits - ROOT_HALF) >> 23;
    let s = f32::from_bits((bits - (exponent << 23)) as u32) - 1.0;
    let tail =
        0.333_339_7 + s * (-0.249_831_07 + s * (0.199_396_7 + s * (-0.171_539_12 + s * (0.158_673_4 + s * -0.099_168_57))));
    exponent as f32 * LN_2 + (s - s * s * (0.5 - s * tail))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The share of the normal law below `z`.
    fn below(z: f64) -> f64 {
        0.5 * libm::erfc(-z / std::f64::consts::SQRT_2)
    }

    #[test]
    fn the_law_is_exact_within_a_millionth() {
        let mut worst: f64 = 0.0;
        for step in 0..100_000u32 {
            let word = step * 21_474 + 7;
            let share = (f64::from(word) + 0.5) / 4_294_967_296.0;
            worst = worst.max((below(f64::from(-normal(word))) - share).abs());
        }
        assert!(worst < 1e-6, "{worst}");
    }

    #[test]
    fn the_tail_is_right_too() {
        for m in [0u32, 1, 5, 100, 10_000, 1_000_000] {
            let z = f64::from(normal(m));
            let share = (f64::from(m) + 0.5) / 4_294_967_296.0;
            assert!((below(-z) / share - 1.0).abs() < 2e-5, "{m}: {z}");
        }
        assert!(normal(0) < 6.4 && normal(0x7FFF_FFFF).abs() < 1e-6);
    }

    #[test]
    fn the_highest_bit_is_the_sign() {
        assert!(normal(0x8000_0000) == -normal(0) && normal(12345) > 0.0);
    }
}

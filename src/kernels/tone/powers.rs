//! Powers of all levels.

use std::array::from_fn;

/// `factor (v / 255)^exponent`, cut to a level; the reference's own steps, since it cuts: 1/255 first.
pub(super) fn cut_power(v: f64, exponent: f64, factor: f64) -> u8 {
    (libm::pow(v * (1.0 / 255.0), exponent) * factor) as u8
}

/// [`cut_power`] of every level.
///
/// # Algorithm
/// Powers of products are products of powers, so that primes alone are raised. What that moves (less than 1e-12 of
/// itself, for exponents up to 100) is too little to cut a number differently that is `CLEAR` of whole ones; the
/// others are raised themselves.
pub(super) fn cut_powers(exponent: f64, factor: f64) -> [u8; 256] {
    /// How far from a whole number is far enough.
    const CLEAR: f64 = 1e-6;
    let mut powers = [0.0; 256];
    powers[1] = 1.0;
    for (v, [factor, other]) in FACTORS.iter().enumerate().skip(2) {
        let [factor, other] = [*factor, *other].map(usize::from);
        powers[v] = if other == 1 { libm::pow(v as f64, exponent) } else { powers[factor] * powers[other] };
    }
    let scale = libm::pow(1.0 / 255.0, exponent) * factor;
    from_fn(|v| {
        let near = powers[v] * scale;
        let clear = near < 256.0 && (near - near.round()).abs() > CLEAR;
        if clear { near as u8 } else { cut_power(v as f64, exponent, factor) }
    })
}

/// For each level its least prime factor, and what is left of it.
const FACTORS: [[u8; 2]; 256] = {
    let mut factors = [[1; 2]; 256];
    let mut v = 2;
    while v < 256 {
        let mut factor = 2;
        while v % factor != 0 {
            factor += 1;
        }
        factors[v] = [factor as u8, (v / factor) as u8];
        v += 1;
    }
    factors
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_of_powers_are_cut_as_powers() {
        let mut rng = crate::rng::Key::new(6).rng();
        let any = (0..3000).map(|_| (libm::exp(rng.uniform(-4.6, 4.6)), 255.0 * rng.uniform(0.0, 3.0)));
        let whole = [0.01, 0.5, 1.0, 2.0, 3.0, 100.0].into_iter().flat_map(|e| [0.0, 1.0, 255.0, 510.0, 1e300].map(|f| (e, f)));
        for (exponent, factor) in any.chain(whole) {
            let expected: [u8; 256] = from_fn(|v| cut_power(v as f64, exponent, factor));
            assert_eq!(cut_powers(exponent, factor), expected, "{exponent} {factor}");
        }
    }
}

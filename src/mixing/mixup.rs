//! Both rows laid over each other (Zhang et al., "mixup: Beyond Empirical Risk Minimization", 2018).

use super::{Drawn, Made, Rules};
use crate::kernels::mix::blend;
use crate::rng::Rng;

/// Shares are so many parts of a whole.
const PARTS: f64 = 65_536.0;

/// The row's own share is of the Beta law, as in torchvision and Keras.
pub(super) fn draw(alpha: f64, rng: &mut Rng) -> Drawn {
    let mut shares = [0.0; 2];
    rng.dirichlet(alpha, &mut shares);
    Drawn::Mixup { share: libm::round(shares[0] * PARTS) / PARTS }
}

/// Levels, labels and boxes of both; each level is rounded once.
pub(super) fn apply(share: f64, row: &mut Made, other: &mut Made, rules: Rules<'_>) {
    blend(row.image.bytes_mut(), other.image.bytes(), (share * PARTS) as u32);
    row.take_share(other, 1.0 - share);
    row.take_carried(other, rules);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Key;

    /// The greatest distance between the shares' distribution and that of the Beta law, where that has a formula.
    fn distance(alpha: f64, below: impl Fn(f64) -> f64) -> f64 {
        let share = |n| match draw(alpha, &mut Key::new(n).rng()) {
            Drawn::Mixup { share } => share,
            other => panic!("{other:?}"),
        };
        let mut shares: Vec<f64> = (0..20_000).map(share).collect();
        shares.sort_by(f64::total_cmp);
        let gaps = shares.iter().enumerate().map(|(at, share)| (below(*share) - (at as f64 + 0.5) / 20_000.0).abs());
        gaps.fold(0.0, f64::max)
    }

    #[test]
    fn the_share_is_of_the_beta_law() {
        // Of 20,000 true draws, one in ten thousand series is farther away than this (Kolmogorov).
        let most = 0.0158;
        let uniform = |x: f64| x;
        let arcsine = |x: f64| 2.0 / std::f64::consts::PI * x.sqrt().asin();
        let smooth = |x: f64| x * x * (3.0 - 2.0 * x);
        assert!(distance(1.0, uniform) < most);
        assert!(distance(0.5, arcsine) < most);
        assert!(distance(2.0, smooth) < most);
    }
}

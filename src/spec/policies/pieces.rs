//! Laws of strengths, in pieces that ordinary ranges can say.

use std::collections::BTreeMap;

/// A range out of which a value is drawn evenly, and how often it is this range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Piece {
    pub(super) weight: f64,
    pub(super) low: f64,
    pub(super) high: f64,
}

/// A law: one value, or ranges with weights.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pieces(pub(super) Vec<Piece>);

/// How many ranges, as likely each, stand for the normal law: its distribution function is met within 0.001.
const STRATA: i32 = 64;
/// How many places of a range are looked at where the value becomes a whole number.
const PLACES: i32 = 64;

impl Pieces {
    /// Always this value.
    pub(super) fn at(value: f64) -> Self {
        Self::even(value, value)
    }

    /// Evenly from one value to another.
    pub(super) fn even(low: f64, high: f64) -> Self {
        Self(vec![Piece { weight: 1.0, low, high }])
    }

    /// One of these values.
    pub(super) fn one_of(values: impl Iterator<Item = f64>) -> Self {
        Self(values.map(|value| Piece { weight: 1.0, low: value, high: value }).collect())
    }

    /// The normal law, and what lies outside 0 to `most` put onto the nearer end.
    pub(super) fn normal(mean: f64, deviation: f64, most: f64) -> Self {
        let end = |i: i32| {
            let share = (f64::from(i) / f64::from(STRATA)).clamp(1e-4, 1.0 - 1e-4);
            (mean + deviation * quantile(share)).clamp(0.0, most)
        };
        Self((0..STRATA).map(|i| Piece { weight: 1.0, low: end(i), high: end(i + 1) }).collect())
    }

    /// What `change`, which only rises or only falls, makes of the values.
    pub(super) fn map(&self, change: impl Fn(f64) -> f64) -> Self {
        let piece = |piece: &Piece| {
            let (a, b) = (change(piece.low), change(piece.high));
            Piece { weight: piece.weight, low: a.min(b), high: a.max(b) }
        };
        Self(self.0.iter().map(piece).collect())
    }

    /// The whole numbers that `change` makes of the values.
    pub(super) fn whole(&self, change: impl Fn(f64) -> i64) -> Self {
        let mut weights: BTreeMap<i64, f64> = BTreeMap::new();
        for Piece { weight, low, high } in &self.0 {
            for place in 0..PLACES {
                let at = low + (high - low) * (f64::from(place) + 0.5) / f64::from(PLACES);
                *weights.entry(change(at)).or_default() += weight / f64::from(PLACES);
            }
        }
        Self(weights.into_iter().map(|(value, weight)| Piece { weight, low: value as f64, high: value as f64 }).collect())
    }

    /// The values and their negatives, as likely.
    pub(super) fn signed(&self) -> Self {
        let turned = |piece: &Piece| Piece { low: -piece.high, high: -piece.low, ..*piece };
        Self(self.0.iter().flat_map(|piece| [*piece, turned(piece)]).collect())
    }
}

/// Where the normal law with mean 0 and deviation 1 has this much below it, by halving: it is read, never drawn.
fn quantile(share: f64) -> f64 {
    let below = |x: f64| 0.5 * libm::erfc(-x * std::f64::consts::FRAC_1_SQRT_2);
    let (mut low, mut high) = (-9.0, 9.0);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if below(middle) < share { low = middle } else { high = middle }
    }
    (low + high) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_normal_law_has_its_quantiles_and_ends() {
        let Pieces(pieces) = Pieces::normal(9.0, 0.5, 10.0);
        assert_eq!(pieces.len(), 64);
        assert!((pieces[32].low - 9.0).abs() < 1e-9);
        assert!((pieces[16].low - (9.0 - 0.674_489_75 * 0.5)).abs() < 1e-6);
        assert_eq!(pieces[63], Piece { weight: 1.0, low: 10.0, high: 10.0 });
    }

    #[test]
    fn whole_numbers_have_their_share_of_a_range() {
        let Pieces(pieces) = Pieces::even(0.0, 4.0).whole(|value| value as i64);
        assert_eq!(pieces.len(), 4);
        assert!(pieces.iter().all(|piece| (piece.weight - 0.25).abs() < 1e-12));
    }

    #[test]
    fn what_is_signed_comes_with_either_sign_and_ordered_ends() {
        let Pieces(pieces) = Pieces::even(1.0, 2.0).signed();
        assert_eq!(pieces.iter().map(|piece| (piece.low, piece.high)).collect::<Vec<_>>(), [(1.0, 2.0), (-2.0, -1.0)]);
    }
}

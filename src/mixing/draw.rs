//! What a row draws of mixing: which ops, with which rows.

use super::{Drawn, Mix};
use crate::image::Size;
use crate::rng::{Key, Rng};
use crate::spec::fields::Choice;

/// One of some ops, now and then.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// How often.
    pub p: f64,
    /// The ops, each as often as its weight says against the others.
    pub of: Vec<(Mix, Partner, f64)>,
}

/// Which rows an op takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Partner {
    /// Any other row.
    Any,
    /// A row of another class.
    OtherClass,
    /// Another row of the same class.
    SameClass,
}

impl Choice for Partner {
    const ALL: &'static [(&'static str, Self)] =
        &[("any", Self::Any), ("other_class", Self::OtherClass), ("same_class", Self::SameClass)];
}

/// The rows among which partners are.
pub struct Others<'a> {
    /// How many there are, the row itself among them.
    pub count: usize,
    /// Whether it is the row itself.
    pub is_own: &'a dyn Fn(usize) -> bool,
    /// The class of one.
    pub class: &'a dyn Fn(usize) -> usize,
    /// The row's own class.
    pub own_class: usize,
}

impl std::fmt::Debug for Others<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Others").field("count", &self.count).field("own_class", &self.own_class).finish_non_exhaustive()
    }
}

/// An op that a row takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Taken {
    /// What was drawn.
    pub drawn: Drawn,
    /// What the op draws from when it is applied.
    pub key: Key,
    /// The partners: which of the others, and what their steps draw from.
    pub partners: Vec<(usize, Key)>,
}

/// What the row with this `key` draws, in order; `size` is that of all rows.
pub fn draw(steps: &[Step], key: Key, size: Size, others: &Others<'_>) -> Vec<Taken> {
    let key = key.word(b"mixing");
    steps.iter().zip(0..).filter_map(|(step, number)| step.draw(key.number(number), size, others)).collect()
}

/// Why no row can ever be mixed by one of `steps`, of which there are some, if that is so of as many training `pictures` of as many `classes`.
pub fn idle(steps: &[Step], pictures: usize, classes: usize) -> Option<&'static str> {
    let another = |step: &Step| step.of.iter().all(|(_, partner, _)| *partner == Partner::OtherClass);
    if pictures == 1 {
        Some("mixing: one picture trains, so no row is mixed")
    } else if classes <= 1 && steps.iter().any(another) {
        Some("mixing: all pictures that train are of one class, so none finds a partner of another")
    } else {
        None
    }
}

impl Step {
    /// How many rows of other pictures it brings in at most.
    pub fn partners(&self) -> usize {
        self.of.iter().map(|(mix, ..)| mix.partners()).max().unwrap_or(0)
    }

    /// `None` if it does not apply, or there is no partner as it takes.
    fn draw(&self, key: Key, size: Size, others: &Others<'_>) -> Option<Taken> {
        let mut rng = key.rng();
        if !rng.chance(self.p) {
            return None;
        }
        let total: f64 = self.of.iter().map(|(.., weight)| weight).sum();
        let mut at = rng.uniform(0.0, total);
        let chosen = self.of.iter().find(|(.., weight)| {
            at -= weight;
            at < 0.0
        });
        let (mix, partner, _) = *chosen.or(self.of.last())?;
        let partners = (0..mix.partners() as u64).map(|n| {
            let key = key.word(b"partner").number(n);
            Some((partner.choose(&mut key.rng(), others)?, key.word(b"row")))
        });
        let partners = partners.collect::<Option<Vec<_>>>()?;
        Some(Taken { drawn: mix.draw(key.word(b"op"), size), key: key.word(b"apply"), partners })
    }
}

/// So many draws before rows are looked through in order.
const TRIES: usize = 32;

impl Partner {
    /// One of the rows that suit, each as likely; `None` if none does.
    fn choose(self, rng: &mut Rng, others: &Others<'_>) -> Option<usize> {
        let suits = |at: usize| {
            !(others.is_own)(at)
                && match self {
                    Self::Any => true,
                    Self::OtherClass => (others.class)(at) != others.own_class,
                    Self::SameClass => (others.class)(at) == others.own_class,
                }
        };
        let mut drawn = || rng.below(others.count as u64) as usize;
        if others.count == 0 {
            return None;
        }
        if let Some(at) = (0..TRIES).map(|_| drawn()).find(|at| suits(*at)) {
            return Some(at);
        }
        // Few suit: any of them.
        let all: Vec<usize> = (0..others.count).filter(|at| suits(*at)).collect();
        (!all.is_empty()).then(|| all[rng.below(all.len() as u64) as usize])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mixing::Fit;

    const CLASSES: [usize; 5] = [0, 1, 0, 1, 2];

    fn partners(partner: Partner, own: usize) -> Vec<usize> {
        let step = Step { p: 1.0, of: vec![(Mix::Mosaic { center: (0.3, 0.7), fit: Fit::Cover }, partner, 1.0)] };
        let others = Others { count: 5, is_own: &|at| at == own, class: &|at| CLASSES[at], own_class: CLASSES[own] };
        let taken = (0..200).filter_map(|n| step.draw(Key::new(n), Size::new(8, 8), &others));
        let mut found: Vec<usize> = taken.flat_map(|taken| taken.partners).map(|(at, _)| at).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    #[test]
    fn partners_are_as_the_op_takes_them_and_never_the_row_itself() {
        assert_eq!(partners(Partner::Any, 0), [1, 2, 3, 4]);
        assert_eq!(partners(Partner::OtherClass, 0), [1, 3, 4]);
        assert_eq!(partners(Partner::SameClass, 1), [3]);
        assert_eq!(partners(Partner::SameClass, 4), [0usize; 0]);
    }

    #[test]
    fn ops_come_as_often_as_their_weights_say() {
        let of = vec![(Mix::Mixup { alpha: 1.0 }, Partner::Any, 3.0), (Mix::Cutmix { alpha: 1.0 }, Partner::Any, 1.0)];
        let step = Step { p: 0.5, of };
        let others = Others { count: 5, is_own: &|at| at == 0, class: &|at| CLASSES[at], own_class: 0 };
        let taken: Vec<Taken> = (0..4000).filter_map(|n| step.draw(Key::new(n), Size::new(8, 8), &others)).collect();
        let mixup = taken.iter().filter(|taken| matches!(taken.drawn, Drawn::Mixup { .. })).count();
        assert!((1900..2100).contains(&taken.len()) && (1400..1600).contains(&mixup), "{} {mixup}", taken.len());
    }
}

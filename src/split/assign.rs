//! Hashes to sides: pure arithmetic over units.

use crate::spec::Amount;
use std::cmp::Reverse;

/// Pictures that stay together, and the hash that decides for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unit {
    /// Uniform in 64 bits.
    pub(super) hash: u64,
    /// Indices of items.
    pub(super) items: Vec<usize>,
}

/// What is divided, and how.
#[derive(Clone, Copy, Debug)]
pub(super) struct Assignment<'a> {
    /// The units, by hash.
    pub(super) units: &'a [Unit],
    /// The class of every item.
    pub(super) classes: &'a [usize],
    /// How much each part but the last gets; the last takes the rest.
    pub(super) amounts: &'a [Amount],
    /// Whether every class is divided to one picture; else shares are those of the hashes.
    pub(super) exact: bool,
}

impl Assignment<'_> {
    /// The part of every unit; those in `fixed` have theirs already.
    ///
    /// With shares alone a unit's hash says its part, whatever other units there are. Where numbers are to be exact,
    /// the hashes say who comes first.
    pub(super) fn parts(&self, fixed: &[Option<usize>]) -> Vec<usize> {
        let counted = self.amounts.iter().any(|amount| matches!(amount, Amount::Count(_)));
        if self.exact || counted {
            return self.filled(fixed);
        }
        self.units.iter().zip(fixed).map(|(unit, fixed)| fixed.unwrap_or_else(|| self.by_hash(unit.hash))).collect()
    }

    fn by_hash(&self, hash: u64) -> usize {
        let at = hash as f64 / (u64::MAX as f64 + 1.0);
        self.ends().iter().position(|end| at < *end).unwrap_or(self.amounts.len())
    }

    /// Where each share ends, on the way from 0 to 1.
    fn ends(&self) -> Vec<f64> {
        let mut end = 0.0;
        let each = self.amounts.iter().map(|amount| {
            end += if let Amount::Share(share) = amount { *share } else { 0.0 };
            end
        });
        each.collect()
    }

    /// Fills parts up to their targets: large units first, to the part that lacks most of their classes; then single
    /// pictures, class by class, in the order of their hashes.
    fn filled(&self, fixed: &[Option<usize>]) -> Vec<usize> {
        let mut lacking = self.targets();
        let mut parts: Vec<Option<usize>> = fixed.to_vec();
        for (unit, part) in self.units.iter().zip(fixed) {
            if let Some(part) = part {
                self.take(unit, *part, &mut lacking);
            }
        }
        let mut large: Vec<usize> =
            (0..self.units.len()).filter(|&at| parts[at].is_none() && self.units[at].items.len() > 1).collect();
        large.sort_by_key(|&at| Reverse(self.units[at].items.len()));
        for at in large {
            let unit = &self.units[at];
            let lacks = |part: usize| unit.items.iter().map(|&item| lacking[self.classes[item]][part]).sum::<i64>();
            let part = (0..=self.amounts.len()).max_by_key(|&part| (lacks(part), part)).unwrap_or(0);
            self.take(unit, part, &mut lacking);
            parts[at] = Some(part);
        }
        for (at, unit) in self.units.iter().enumerate() {
            if parts[at].is_none() {
                let lacks = &lacking[self.classes[unit.items[0]]];
                let part = lacks.iter().position(|lacks| *lacks > 0).unwrap_or(self.amounts.len());
                self.take(unit, part, &mut lacking);
                parts[at] = Some(part);
            }
        }
        parts.into_iter().map(|part| part.unwrap_or(self.amounts.len())).collect()
    }

    fn take(&self, unit: &Unit, part: usize, lacking: &mut [Vec<i64>]) {
        unit.items.iter().for_each(|&item| lacking[self.classes[item]][part] -= 1);
    }

    /// How many pictures of each class each part gets, the last one's rest included; shares within one picture.
    fn targets(&self) -> Vec<Vec<i64>> {
        let classes = self.classes.iter().max().map_or(0, |most| most + 1);
        let mut left = vec![0u64; classes];
        self.classes.iter().for_each(|&class| left[class] += 1);
        let (all, mut up_to) = (left.clone(), vec![0u64; classes]);
        let mut targets = vec![Vec::new(); classes];
        for (amount, end) in self.amounts.iter().zip(self.ends()) {
            let wanted: Vec<u64> = match amount {
                Amount::Share(_) => {
                    let ends: Vec<u64> = all.iter().map(|&count| (count as f64 * end + 0.5) as u64).collect();
                    let wanted = ends.iter().zip(&up_to).map(|(end, before)| end - before).collect();
                    up_to = ends;
                    wanted
                }
                Amount::Count(n) => shared_out(*n, &left),
            };
            for ((targets, left), wanted) in targets.iter_mut().zip(&mut left).zip(wanted) {
                let wanted = wanted.min(*left);
                *left -= wanted;
                targets.push(wanted as i64);
            }
        }
        targets.iter_mut().zip(left).for_each(|(targets, left)| targets.push(left as i64));
        targets
    }
}

/// `n`, or all if there are fewer, shared out by `counts`: none gets more than it has, and the sum is exact.
fn shared_out(n: u64, counts: &[u64]) -> Vec<u64> {
    let all = u128::from(counts.iter().sum::<u64>().max(1));
    let n = u128::from(n).min(all);
    let up_to = |at: u64| ((2 * n * u128::from(at) + all) / (2 * all)) as u64;
    let mut before = 0;
    let each = counts.iter().map(|count| {
        let from = before;
        before += count;
        up_to(before) - up_to(from)
    });
    each.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Key;
    use proptest::prelude::*;

    fn unit(at: usize) -> Unit {
        Unit { hash: Key::new(at as u64).rng().bits(), items: vec![at] }
    }

    fn parts(units: &mut [Unit], classes: &[usize], amounts: &[Amount], exact: bool) -> Vec<usize> {
        units.sort_by_key(|unit| unit.hash);
        Assignment { units, classes, amounts, exact }.parts(&vec![None; units.len()])
    }

    fn counts(units: &[Unit], parts: &[usize], classes: &[usize]) -> Vec<Vec<i64>> {
        let mut counts = vec![vec![0; 3]; classes.iter().max().map_or(0, |most| most + 1)];
        for (unit, part) in units.iter().zip(parts) {
            unit.items.iter().for_each(|&item| counts[classes[item]][*part] += 1);
        }
        counts
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        #[test]
        fn each_class_is_within_one_picture_of_its_share(
            classes in prop::collection::vec(0usize..5, 1..300),
            val in 0.0..0.5f64,
            test in 0.0..0.49f64,
        ) {
            let mut units: Vec<Unit> = (0..classes.len()).map(unit).collect();
            let amounts = [Amount::Share(val), Amount::Share(test)];
            let made = parts(&mut units, &classes, &amounts, true);
            for counts in counts(&units, &made, &classes) {
                let all: i64 = counts.iter().sum();
                for (count, share) in counts.iter().zip([val, test, 1.0 - val - test]) {
                    prop_assert!((*count as f64 - share * all as f64).abs() <= 1.0, "{counts:?}");
                }
            }
        }

        #[test]
        fn with_shares_others_move_nobody(count in 2usize..200, val in 0.0..0.5f64) {
            let classes = vec![0; count + 9];
            let amounts = [Amount::Share(val), Amount::Share(0.2)];
            let mut few: Vec<Unit> = (0..count).map(unit).collect();
            let mut many: Vec<Unit> = (0..count + 9).map(unit).collect();
            let (made, again) = (parts(&mut few, &classes, &amounts, false), parts(&mut many, &classes, &amounts, false));
            for (unit, part) in few.iter().zip(made) {
                let at = many.iter().position(|other| other == unit).unwrap();
                prop_assert_eq!(part, again[at]);
            }
        }

        #[test]
        fn counts_are_exact_and_those_of_before_stay(classes in prop::collection::vec(0usize..4, 40..200), more in 1usize..20) {
            let few = classes.len() - more;
            let mut units: Vec<Unit> = (0..few).map(unit).collect();
            let amounts = [Amount::Count(7), Amount::Count(5)];
            let made = parts(&mut units, &classes[..few], &amounts, true);
            prop_assert_eq!(made.iter().filter(|part| **part == 0).count(), 7);
            prop_assert_eq!(made.iter().filter(|part| **part == 1).count(), 5);
            let mut all: Vec<Unit> = (0..classes.len()).map(unit).collect();
            all.sort_by_key(|unit| unit.hash);
            let before = |unit: &Unit| units.iter().position(|known| known == unit).map(|at| made[at]);
            let fixed: Vec<Option<usize>> = all.iter().map(before).collect();
            let again = Assignment { units: &all, classes: &classes, amounts: &amounts, exact: true }.parts(&fixed);
            for (fixed, part) in fixed.iter().zip(again) {
                prop_assert!(fixed.is_none_or(|fixed| fixed == part));
            }
        }
    }

    #[test]
    fn large_units_go_where_most_is_lacking() {
        let mut units = vec![Unit { hash: 5, items: (0..8).collect() }, Unit { hash: 6, items: vec![8, 9] }];
        let made = parts(&mut units, &[0; 10], &[Amount::Share(0.2), Amount::Share(0.0)], true);
        assert_eq!(made, [2, 0]);
    }

    #[test]
    fn a_share_of_the_hashes_is_near_the_share_asked_for() {
        let mut units: Vec<Unit> = (0..10_000).map(unit).collect();
        let made = parts(&mut units, &[0; 10_000], &[Amount::Share(0.2), Amount::Share(0.1)], false);
        let share = |part| made.iter().filter(|found| **found == part).count() as f64 / 10_000.0;
        assert!((share(0) - 0.2).abs() < 0.012 && (share(1) - 0.1).abs() < 0.009);
    }
}

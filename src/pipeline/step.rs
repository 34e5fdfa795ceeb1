//! One line of the spec's pipeline: what, how often, and what it comes down to for one row.

use super::compose::Composition;
use super::{Recipe, Row, Taken};
use crate::image::{MOST_PIXELS, Size, Sizes};
use crate::ops::{Op, References, Targets};
use crate::rng::Key;

/// What, and how often.
#[derive(Clone, Debug)]
pub struct Step {
    /// What it does.
    pub action: Action,
    /// The probability that it applies to a row.
    pub p: PerEpoch<f64>,
}

/// What a step does.
#[derive(Clone, Debug)]
pub enum Action {
    /// One op.
    Op(PerEpoch<Op>),
    /// Other steps, as some rule says.
    Composition(Composition),
}

/// A value for each epoch; the last one holds for all that follow.
#[derive(Clone, Debug)]
pub struct PerEpoch<T>(Vec<T>);

impl<T> PerEpoch<T> {
    /// The values of epochs 0, 1 and so on.
    ///
    /// # Panics
    /// If there are none.
    pub fn new(values: Vec<T>) -> Self {
        assert!(!values.is_empty(), "invariant: a value for the first epoch");
        Self(values)
    }

    /// The value in `epoch`.
    pub fn at(&self, epoch: u64) -> &T {
        let last = self.0.len() - 1;
        &self.0[usize::try_from(epoch).map_or(last, |epoch| epoch.min(last))]
    }

    /// Every value that there is.
    pub fn all(&self) -> impl Iterator<Item = &T> {
        self.0.iter()
    }

    /// The value, if it is the same in every epoch.
    pub fn constant(&self) -> Option<&T> {
        (self.0.len() == 1).then(|| &self.0[0])
    }
}

impl Step {
    /// The word in the spec.
    pub fn name(&self) -> &'static str {
        match &self.action {
            Action::Op(op) => op.at(0).name(),
            Action::Composition(composition) => composition.name(),
        }
    }

    /// Whether it does the same to every row.
    pub(super) fn is_fixed(&self) -> bool {
        let always = self.p.constant() == Some(&1.0);
        always
            && match &self.action {
                Action::Op(op) => op.constant().is_some_and(Op::is_fixed),
                Action::Composition(composition) => composition.is_fixed(),
            }
    }

    /// The sizes after this step, for rows that had any in `input` before it.
    ///
    /// # Errors
    /// With the step (`at` is its path in the spec) that cannot take one of them.
    pub fn sizes(&self, input: Sizes, at: &str) -> Result<Sizes, String> {
        let name = self.name();
        let mut sizes = match &self.action {
            Action::Op(op) => {
                let each = op.all().map(|op| op.sizes(input).map_err(|problem| format!("{at} {name}: {problem}")));
                each.reduce(|a, b| Ok(a?.hull(b?))).unwrap_or(Ok(input))?
            }
            Action::Composition(composition) => composition.sizes(input, at)?,
        };
        if self.p.all().any(|p| *p < 1.0) {
            sizes = sizes.hull(input);
        }
        if sizes.most.pixels() > MOST_PIXELS {
            return Err(format!(
                "{at} {name}: {} is {} pixels, above {MOST_PIXELS} (resize to less, or crop before)",
                sizes.most,
                sizes.most.pixels()
            ));
        }
        Ok(sizes)
    }

    /// Decides for `row`, whose picture has `size` before this step; says the size after it.
    pub fn draw(&self, key: Key, row: &Row<'_>, size: Size, recipe: &mut Recipe) -> Size {
        let mut rng = key.rng();
        if !rng.chance(*self.p.at(row.epoch)) {
            return size;
        }
        match &self.action {
            Action::Op(op) => {
                let drawn = op.at(row.epoch).sample(&mut rng, size);
                let size = drawn.output_size(size);
                recipe.push(Taken::Op(drawn));
                size
            }
            Action::Composition(composition) => composition.draw(key, &mut rng, row, size, recipe),
        }
    }

    /// Adds what masks, boxes and key points cannot follow; `at` is the step's place, `mixing` the composition around it, if
    /// there is one, that lays its steps' pictures over each other.
    pub(super) fn cannot_carry(&self, at: &str, mixing: Option<&str>, problems: &mut Vec<String>) {
        match &self.action {
            Action::Op(op) => {
                if let (Some(mixing), Targets::Moves) = (mixing, op.at(0).targets()) {
                    let problem = "masks, boxes and key points cannot follow it to several places at once";
                    let remedy =
                        format!("put it before or after `{mixing}`, or take the masks, boxes and key points out of the spec");
                    problems.push(format!("{at} {}: moves pixels within `{mixing}`, and {problem} ({remedy})", self.name()));
                }
            }
            Action::Composition(composition) => {
                let mixing = mixing.or(composition.mixes().then(|| composition.name()));
                for (field, steps) in composition.lists() {
                    for (i, step) in steps.iter().enumerate() {
                        step.cannot_carry(&format!("{at}.{field}[{i}]"), mixing, problems);
                    }
                }
            }
        }
    }

    /// Adds every class that the step names.
    pub(super) fn classes<'a>(&'a self, named: &mut Vec<&'a str>) {
        if let Action::Composition(composition) = &self.action {
            composition.classes(named);
        }
    }
}

/// Shows every op of `steps` that refers to pictures, with its place; `at` is the place of their list.
pub(super) fn references_of(steps: &mut [Step], at: &str, visit: &mut dyn FnMut(&str, &mut References)) {
    for (i, step) in steps.iter_mut().enumerate() {
        let at = format!("{at}[{i}]");
        match &mut step.action {
            Action::Op(PerEpoch(ops)) => {
                ops.iter_mut().for_each(|op| op.references().into_iter().for_each(|found| visit(&at, found)))
            }
            Action::Composition(composition) => composition.references(&at, visit),
        }
    }
}

/// The sizes after all of `steps`, one after the other; `at` is the path of their list.
pub(super) fn sizes_after(steps: &[Step], input: Sizes, at: &str) -> Result<Sizes, String> {
    steps.iter().enumerate().try_fold(input, |sizes, (i, step)| step.sizes(sizes, &format!("{at}[{i}]")))
}

/// Decides for all of `steps`, one after the other; each has a key of its own below `key`.
pub(super) fn draw_all(steps: &[Step], key: Key, row: &Row<'_>, size: Size, recipe: &mut Recipe) -> Size {
    steps.iter().zip(0..).fold(size, |size, (step, i)| step.draw(key.number(i), row, size, recipe))
}

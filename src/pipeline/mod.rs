//! The steps of a spec, and what one row draws from them.

mod program;

pub use program::Program;

use crate::image::Size;
use crate::ops::{Drawn, Op};
use crate::rng::Key;

/// One line of the spec's pipeline: what, and how often.
#[derive(Clone, Debug)]
pub struct Step {
    /// What it does.
    pub op: Op,
    /// The probability that it applies to a row.
    pub p: f64,
}

impl Step {
    fn is_fixed(&self) -> bool {
        self.p == 1.0 && self.op.is_fixed()
    }
}

/// All steps, in order.
#[derive(Clone, Debug)]
pub struct Pipeline {
    /// The steps.
    pub steps: Vec<Step>,
    /// Whether neighbouring steps are joined.
    pub fuse: bool,
}

/// What one row drew, in order: the values of the steps that apply.
pub type Recipe = Vec<Drawn>;

impl Pipeline {
    /// How many steps at the start do the same to every row: they run once per picture.
    pub fn prefix(&self) -> usize {
        self.steps.iter().take_while(|step| step.is_fixed()).count()
    }

    /// The size of a row made from a picture of size `input`.
    ///
    /// # Errors
    /// With the step that cannot take it, or that would leave rows of differing sizes.
    pub fn output_size(&self, input: Size) -> Result<Size, String> {
        let mut size = input;
        for (i, step) in self.steps.iter().enumerate() {
            let name = step.op.name();
            let next = step.op.output_size(size).map_err(|problem| format!("pipeline[{i}] {name}: {problem}"))?;
            if next != size && step.p < 1.0 {
                return Err(format!(
                    "pipeline[{i}] {name}: p: {} would leave rows of differing sizes, {size} and {next} (a step that changes the size needs p 1)",
                    step.p
                ));
            }
            size = next;
        }
        Ok(size)
    }

    /// The program of the steps that run once per picture, for a picture of size `input`.
    pub fn prepare(&self, input: Size) -> Program {
        let (recipe, _) = self.sample_steps(0..self.prefix(), Key::new(0), input);
        Program::new(&recipe, input, self.fuse)
    }

    /// Draws a row: `key` names the seed, the epoch and the picture; `prepared` is the size after the prefix.
    pub fn sample(&self, key: Key, prepared: Size) -> Recipe {
        self.sample_steps(self.prefix()..self.steps.len(), key, prepared).0
    }

    fn sample_steps(&self, range: std::ops::Range<usize>, key: Key, input: Size) -> (Recipe, Size) {
        let mut size = input;
        let mut recipe = Recipe::new();
        for i in range {
            let step = &self.steps[i];
            let mut rng = key.number(i as u64).rng();
            if rng.chance(step.p) {
                recipe.push(step.op.sample(&mut rng, size));
                size = step.op.output_size(size).unwrap_or(size);
            }
        }
        (recipe, size)
    }
}

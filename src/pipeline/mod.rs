//! The steps of a spec, and what one row draws from them.

mod program;

pub use program::{Canvas, Program};

use crate::image::{Image, MOST_PIXELS, Size};
use crate::ops::{Drawn, Lowered, Op};
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
            if next.pixels() > MOST_PIXELS {
                return Err(format!("pipeline[{i}] {name}: {next} is {} pixels, above {MOST_PIXELS}", next.pixels()));
            }
            size = next;
        }
        Ok(size)
    }

    /// The size of a picture of size `input` after the steps that run once.
    pub fn prepared_size(&self, input: Size) -> Size {
        self.steps[..self.prefix()].iter().fold(input, |size, step| step.op.output_size(size).unwrap_or(size))
    }

    /// The size that the first step brings a picture of size `input` to, if it is a resize.
    pub fn first_resize(&self, input: Size) -> Option<Size> {
        let first = self.steps.first().filter(|step| step.is_fixed())?;
        let mut lowered = Vec::new();
        first.op.sample(&mut Key::new(0).rng(), input).lower(input, &mut lowered);
        match lowered.first()? {
            Lowered::Resize(scaling) => Some(scaling.to),
            _ => None,
        }
    }

    /// Makes in `made` the picture after the steps that run once.
    pub fn prepare(&self, image: &Image, canvas: &mut Canvas, made: &mut Image) {
        let (mut recipe, mut program) = (Recipe::new(), Program::default());
        self.draw(0..self.prefix(), Key::new(0), image.size(), &mut recipe);
        program.lower(&recipe, image.size(), self.fuse);
        made.reshape(program.output_size());
        program.run(image, canvas, made.bytes_mut());
    }

    /// Draws a row into `recipe`: `key` names the seed, the epoch and the picture; `prepared` is its size
    /// after the steps that run once.
    pub fn sample(&self, key: Key, prepared: Size, recipe: &mut Recipe) {
        self.draw(self.prefix()..self.steps.len(), key, prepared, recipe);
    }

    fn draw(&self, range: std::ops::Range<usize>, key: Key, input: Size, recipe: &mut Recipe) {
        let mut size = input;
        recipe.clear();
        for i in range {
            let step = &self.steps[i];
            let mut rng = key.number(i as u64).rng();
            if rng.chance(step.p) {
                recipe.push(step.op.sample(&mut rng, size));
                size = step.op.output_size(size).unwrap_or(size);
            }
        }
    }
}

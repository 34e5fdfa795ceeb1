//! The steps of a spec, and what one row draws from them.

mod compose;
mod deep;
mod follow;
mod geometry;
mod inner;
mod program;
mod recipe;
mod step;
mod trace;

pub use compose::{Augmix, Choices, Composition, MOST_CHOICES, When};
pub use program::{Canvas, Program};
pub use recipe::{Chain, Recipe, Taken, Within};
pub use step::{Action, PerEpoch, Step};

use crate::image::{Image, Size, Sizes};
use crate::ops::{Lowered, References};
use crate::rng::Key;
use step::{draw_all, references_of, sizes_after};

/// All steps, in order.
#[derive(Clone, Debug)]
pub struct Pipeline {
    /// The steps.
    pub steps: Vec<Step>,
    /// Whether neighbouring steps are joined.
    pub fuse: bool,
}

/// What a row's draws depend on.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// Names the seed, the epoch and the picture.
    pub key: Key,
    /// The epoch, from 0.
    pub epoch: u64,
    /// The name of the picture's class.
    pub class: &'a str,
}

impl Row<'_> {
    /// What steps that are the same for every row draw from.
    const ANY: Row<'static> = Row { key: Key::NONE, epoch: 0, class: "" };
}

impl Pipeline {
    /// How many steps at the start do the same to every row: they run once per picture.
    pub fn prefix(&self) -> usize {
        self.steps.iter().take_while(|step| step.is_fixed()).count()
    }

    /// The steps that do the same to every row, wherever they stand.
    #[must_use]
    pub fn fixed_steps(&self) -> Self {
        Self { steps: self.steps.iter().filter(|step| step.is_fixed()).cloned().collect(), fuse: self.fuse }
    }

    /// The size of a row made from a picture of size `input`.
    ///
    /// # Errors
    /// With the step that cannot take it, or that leaves rows of differing sizes.
    pub fn output_size(&self, input: Size) -> Result<Size, String> {
        let (mut sizes, mut parting) = (Sizes::one(input), None);
        for (i, step) in self.steps.iter().enumerate() {
            let after = step.sizes(sizes, &format!("pipeline[{i}]"))?;
            if sizes.fixed().is_some() {
                parting = Some((i, step));
            }
            sizes = after;
        }
        sizes.fixed().ok_or_else(|| {
            let (i, step) = parting.expect("invariant: one picture has one size");
            let remedy = "end with a step that gives one size, as resize does; with a p below 1 a step must keep the size";
            format!("pipeline[{i}] {}: rows would differ in size, {sizes} ({remedy})", step.name())
        })
    }

    /// The size of a picture of size `input` after the steps that run once.
    pub fn prepared_size(&self, input: Size) -> Size {
        let sizes = sizes_after(&self.steps[..self.prefix()], Sizes::one(input), "");
        sizes.ok().and_then(Sizes::fixed).unwrap_or(input)
    }

    /// The size that the first step brings a picture of size `input` to, if it is a resize whose result has the same
    /// size whatever the picture's.
    pub fn first_resize(&self, input: Size) -> Option<Size> {
        let first = self.steps.first().filter(|step| step.is_fixed())?;
        first.sizes(Sizes { least: Size::new(1, 1), most: input }, "").ok()?.fixed()?;
        let (mut recipe, mut lowered) = (Recipe::new(), Vec::new());
        first.draw(Row::ANY.key, &Row::ANY, input, &mut recipe);
        let Some(Taken::Op(drawn)) = recipe.first() else { return None };
        drawn.lower(input, &mut lowered);
        match lowered.first()? {
            Lowered::Resize(scaling) => Some(scaling.to),
            _ => None,
        }
    }

    /// Makes in `made` the picture after the steps that run once.
    pub fn prepare(&self, image: &Image, canvas: &mut Canvas, made: &mut Image) {
        let (recipe, program) = self.preparation(image.size());
        made.reshape(program.output_size());
        program.run(&recipe, image, canvas, made.bytes_mut());
    }

    /// What the steps that run once come down to, for a picture of size `input`.
    pub fn preparation(&self, input: Size) -> (Recipe, Program) {
        let (mut recipe, mut program) = (Recipe::new(), Program::default());
        draw_all(&self.steps[..self.prefix()], Row::ANY.key, &Row::ANY, input, &mut recipe);
        program.lower(&recipe, input, self.fuse);
        (recipe, program)
    }

    /// Draws `row` into `recipe`; `prepared` is its picture's size after the steps that run once.
    pub fn sample(&self, row: &Row<'_>, prepared: Size, recipe: &mut Recipe) {
        recipe.clear();
        let numbered = self.steps.iter().zip(0..).skip(self.prefix());
        numbered.fold(prepared, |size, (step, i)| step.draw(row.key.number(i), row, size, recipe));
    }

    /// Shows every op that refers to pictures, with its place below `at`: once for each epoch, if it depends on it.
    pub fn references(&mut self, at: &str, visit: &mut dyn FnMut(&str, &mut References)) {
        references_of(&mut self.steps, at, visit);
    }

    /// Every step that masks, boxes and key points cannot follow, as a problem with its place below `at`; none, if they
    /// can follow all.
    pub fn cannot_carry(&self, at: &str) -> Vec<String> {
        let mut problems = Vec::new();
        for (i, step) in self.steps.iter().enumerate() {
            step.cannot_carry(&format!("{at}[{i}]"), None, &mut problems);
        }
        problems
    }

    /// Every class that a step names.
    pub fn classes(&self) -> Vec<&str> {
        let mut named = Vec::new();
        self.steps.iter().for_each(|step| step.classes(&mut named));
        named
    }
}

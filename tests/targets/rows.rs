//! A row with all that belongs to it, made as a build makes it.

use prebake::image::{Image, Size};
use prebake::kernels::reference::{Library, Reference};
use prebake::ops::Drawn;
use prebake::pipeline::{Canvas, Pipeline, Program, Recipe, Row, Taken};
use prebake::rng::Key;
use prebake::spec::{Overrides, Spec};
use prebake::targets::{Carried, Cut, Instance};
use std::sync::Arc;

/// The id where masks show nothing.
pub(crate) const IGNORE: u32 = 0x00ab_cdef;

/// A pipeline of these steps; the problem, if there is one.
pub(crate) fn pipeline(steps: &str, fuse: bool) -> Result<Pipeline, String> {
    let text = format!(r#"{{"version": 1, "fuse": {fuse}, "pipeline": [{steps}]}}"#);
    Ok(Spec::parse("s.json", &text, &Overrides::default()).map_err(|e| e.to_string())?.pipeline)
}

/// What one row does: first the steps that are the same for all rows, then its own.
pub(crate) struct Made {
    parts: [(Recipe, Program); 2],
    canvas: Canvas,
}

impl Made {
    /// The row that `seed` names, of a picture of `size`.
    pub(crate) fn new(pipeline: &Pipeline, size: Size, seed: u64) -> Self {
        let first = pipeline.preparation(size);
        let prepared = first.1.output_size();
        let row = Row { key: Key::new(seed), epoch: 0, class: "" };
        let (mut recipe, mut program) = (Recipe::new(), Program::default());
        pipeline.sample(&row, prepared, &mut recipe);
        program.lower(&recipe, prepared, pipeline.fuse);
        Self::of(first, (recipe, program))
    }

    /// One op with the values that it drew.
    pub(crate) fn of_drawn(drawn: Drawn, size: Size) -> Self {
        let (mut first, mut second) = ((Recipe::new(), Program::default()), (vec![Taken::Op(drawn)], Program::default()));
        for (recipe, program) in [&mut first, &mut second] {
            program.lower(recipe, size, true);
        }
        Self::of(first, second)
    }

    fn of(first: (Recipe, Program), second: (Recipe, Program)) -> Self {
        let any = Image::from_bytes(Size::new(2, 2), vec![100; 12]);
        let references = Library::of_one(Reference::new(any, true));
        Self { parts: [first, second], canvas: Canvas::new(Arc::new(references)) }
    }

    /// The picture that it makes of `picture`.
    pub(crate) fn picture(&mut self, picture: &Image) -> Image {
        let mut made = picture.clone();
        for (recipe, program) in &self.parts {
            let mut next = Image::new(program.output_size());
            program.run(recipe, &made, &mut self.canvas, next.bytes_mut());
            made = next;
        }
        made
    }

    /// The mask that it makes of `mask`.
    pub(crate) fn mask(&mut self, mask: &Image) -> Image {
        let mut made = mask.clone();
        for (_, program) in &self.parts {
            let mut next = Image::new(program.output_size());
            program.run_mask(&made, IGNORE, &mut self.canvas, next.bytes_mut());
            made = next;
        }
        made
    }

    /// Where it takes `instances` of a picture of `size`.
    pub(crate) fn carried(&mut self, instances: &[Instance], size: Size, cut: Cut) -> Carried {
        let mut carried = Carried::default();
        carried.start(instances, size, cut);
        for (recipe, program) in &self.parts {
            program.follow(recipe, &mut carried, &mut self.canvas);
        }
        carried
    }
}

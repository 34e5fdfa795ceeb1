//! One row alone, without a dataset around it.

use crate::decode::{Decoding, decode};
use crate::image::Image;
use crate::pipeline::{Canvas, Pipeline, Program, Recipe, Row};
use crate::source::{Item, References, Source};
use crate::spec::Spec;
use std::sync::Arc;

/// Makes rows one by one: the same bytes as a build makes, for looking at.
#[derive(Debug, Default)]
pub struct Single {
    file: Vec<u8>,
    decoded: Image,
    prepared: Image,
    canvas: Canvas,
}

impl Single {
    /// A place for steps that may refer to pictures.
    pub fn new(references: &References) -> Self {
        Self { canvas: Canvas::new(Arc::clone(&references.library)), ..Self::default() }
    }

    /// Decodes and prepares the picture of `item`, the one that [`Self::row`] then works on.
    ///
    /// # Errors
    /// With the problem, without its file.
    pub fn take(&mut self, spec: &Spec, source: &Source, item: &Item, max_pixels: u64) -> Result<(), String> {
        source.read(item, &mut self.file)?;
        let at_least = spec.pipeline.first_resize(item.size).filter(|_| spec.input.scaled_decode);
        decode(&self.file, &Decoding { background: spec.input.background, max_pixels, at_least }, &mut self.decoded)?;
        spec.pipeline.prepare(&self.decoded, &mut self.canvas, &mut self.prepared);
        Ok(())
    }

    /// The picture as it was decoded.
    pub fn decoded(&self) -> &Image {
        &self.decoded
    }

    /// The picture after the steps that are the same for every row.
    pub fn prepared(&self) -> &Image {
        &self.prepared
    }

    /// What `row` draws, and the picture that it makes, in levels.
    pub fn row(&mut self, pipeline: &Pipeline, row: &Row<'_>) -> (Recipe, Image) {
        let (mut recipe, mut program) = (Recipe::new(), Program::default());
        pipeline.sample(row, self.prepared.size(), &mut recipe);
        program.lower(&recipe, self.prepared.size(), pipeline.fuse);
        let mut made = Image::new(program.output_size());
        program.run(&recipe, &self.prepared, &mut self.canvas, made.bytes_mut());
        (recipe, made)
    }
}

//! One row alone, without a dataset around it.

use super::reader::Reader;
use crate::image::Image;
use crate::pipeline::{Pipeline, Program, Recipe, Row};
use crate::source::{Item, References, Source};
use crate::spec::Spec;

/// Makes rows one by one: the same bytes as a build makes, for looking at.
#[derive(Debug)]
pub struct Single {
    reader: Reader,
    prepared: Image,
}

impl Single {
    /// A place for steps that may refer to pictures.
    pub fn new(references: &References) -> Self {
        Self { reader: Reader::new(references), prepared: Image::default() }
    }

    /// Decodes and prepares the picture of `item`, the one that [`Self::row`] then works on.
    ///
    /// # Errors
    /// With the problem, without its file.
    pub fn take(&mut self, spec: &Spec, source: &Source, item: &Item, max_pixels: u64) -> Result<(), String> {
        self.reader.take(spec, source, item, max_pixels, &mut self.prepared)
    }

    /// The picture as it was decoded.
    pub fn decoded(&self) -> &Image {
        &self.reader.decoded
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
        program.run(&recipe, &self.prepared, &mut self.reader.canvas, made.bytes_mut());
        (recipe, made)
    }
}

//! One row alone, without a dataset around it.

use super::reader::Reader;
use crate::decode::Limits;
use crate::image::{Deep, Image};
use crate::pipeline::{Pipeline, Program, Recipe, Row, Taken};
use crate::source::{Item, References, Source};
use crate::spec::Spec;

/// Makes rows one by one: the same bytes as a build makes, for looking at. Of pictures of other channels or another depth, what there
/// is to look at of the same samples ([`Deep::show`]).
#[derive(Debug)]
pub struct Single {
    reader: Reader,
    prepared: Image,
    /// The prepared picture, if it has other channels or another depth.
    deep: Option<Deep>,
}

/// A picture that recipes begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// As it was decoded.
    Decoded,
    /// After the steps that are the same for every row.
    Prepared,
}

impl Single {
    /// A place for steps that may refer to pictures.
    pub fn new(references: &References) -> Self {
        Self { reader: Reader::new(references), prepared: Image::default(), deep: None }
    }

    /// Decodes and prepares the picture of `item`, the one that [`Self::row`] then works on.
    ///
    /// # Errors
    /// With the problem, without its file.
    pub fn take(&mut self, spec: &Spec, source: &Source, item: &Item, limits: Limits) -> Result<(), String> {
        let Some(wanted) = spec.input.deep else {
            return self.reader.take(spec, source, item, limits, &mut self.prepared);
        };
        let deep = self.deep.get_or_insert_default();
        self.reader.take_deep(spec, source, item, (wanted, limits), deep)?;
        self.reader.show();
        deep.show(&mut self.prepared);
        Ok(())
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
        let mut recipe = Recipe::new();
        pipeline.sample(row, self.prepared.size(), &mut recipe);
        let made = self.after(&recipe, pipeline.fuse, Stage::Prepared);
        (recipe, made)
    }

    /// What `recipe` makes of the picture at this stage.
    pub fn after(&mut self, recipe: &[Taken], fuse: bool, stage: Stage) -> Image {
        let Self { reader: Reader { decoded, deep: decoded_deep, canvas, .. }, prepared, deep } = self;
        let from = if stage == Stage::Decoded { &*decoded } else { &*prepared };
        let mut program = Program::default();
        program.lower(recipe, from.size(), fuse);
        let mut made = Image::new(program.output_size());
        match deep {
            None => program.run(recipe, from, canvas, made.bytes_mut()),
            Some(prepared) => {
                let from = if stage == Stage::Decoded { &*decoded_deep } else { &*prepared };
                let mut row = Deep::default();
                program.run_deep(recipe, from, canvas, &mut row);
                row.show(&mut made);
            }
        }
        made
    }
}

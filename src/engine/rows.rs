//! Makes rows: what a thread keeps from one row to the next, so that a row takes no memory of its own.

use super::block::Block;
use super::reader::Reader;
use super::{Job, go_on};
use crate::encode::Encoder;
use crate::error::Result;
use crate::image::Image;
use crate::pipeline::{Canvas, Program, Recipe, Row};
use crate::plan::Shard;
use crate::source::References;
use std::sync::Arc;

/// A thread's place to make rows in.
#[derive(Debug, Default)]
pub(super) struct Workbench {
    reader: Reader,
    /// The prepared picture of a row whose block does not keep it.
    passing: Image,
    recipe: Recipe,
    program: Program,
    canvas: Canvas,
    /// Levels before they are encoded; unused when rows are levels.
    levels: Vec<u8>,
    /// The rows that are being made.
    pub(super) rows: Vec<u8>,
}

impl Workbench {
    /// A place for steps that may refer to pictures.
    pub(super) fn new(references: &References) -> Self {
        let canvas = Canvas::new(Arc::clone(&references.library));
        Self { reader: Reader::new(references), canvas, ..Self::default() }
    }

    /// Makes the rows of `shard` from `first` on, as many as `self.rows` is long.
    pub(super) fn make(&mut self, job: &Job<'_>, shard: &Shard, first: usize, block: &Block, encoder: &Encoder) -> Result<()> {
        let mut rows = std::mem::take(&mut self.rows);
        let row_bytes = usize::try_from(job.plan.row_bytes).unwrap_or(usize::MAX);
        let made = rows.chunks_exact_mut(row_bytes).zip(&shard.items[first..]).try_for_each(|(row, &at)| {
            go_on(job.stop)?;
            self.make_row(job, shard.epoch, at, block, encoder, row)
        });
        self.rows = rows;
        made
    }

    fn make_row(&mut self, job: &Job<'_>, epoch: u64, at: usize, block: &Block, encoder: &Encoder, row: &mut [u8]) -> Result<()> {
        let item = &job.source.items[at];
        let mut passing = std::mem::take(&mut self.passing);
        let prepared = match block.get(at) {
            Some(kept) => kept,
            None => {
                self.reader.prepare(job, item, &mut passing)?;
                &passing
            }
        };
        let class = usize::try_from(job.labels.ids[at]).ok().and_then(|id| job.labels.classes.get(id));
        let class = class.map_or("", String::as_str);
        let drawn_for = Row { key: job.plan.row_key(epoch, &item.path), epoch, class };
        job.spent.render.time(|| self.render(job, &drawn_for, prepared, encoder, row));
        self.passing = passing;
        Ok(())
    }

    fn render(&mut self, job: &Job<'_>, drawn_for: &Row<'_>, prepared: &Image, encoder: &Encoder, row: &mut [u8]) {
        let pipeline = &job.spec.pipeline;
        pipeline.sample(drawn_for, prepared.size(), &mut self.recipe);
        self.program.lower(&self.recipe, prepared.size(), pipeline.fuse);
        warm(prepared);
        if encoder.keeps_levels() {
            return self.program.run(&self.recipe, prepared, &mut self.canvas, row);
        }
        self.levels.resize(self.program.output_size().bytes() as usize, 0);
        self.program.run(&self.recipe, prepared, &mut self.canvas, &mut self.levels);
        encoder.encode(&self.levels, row);
    }
}

/// Reads a picture once from front to back, which memory is fastest at, so that a warp, which reads it
/// crosswise, finds it in the cache. Takes a tenth of the time that it saves.
fn warm(image: &Image) {
    const LINE: usize = 64;
    std::hint::black_box(image.bytes().iter().step_by(LINE).fold(0, |sum: u8, byte| sum ^ byte));
}

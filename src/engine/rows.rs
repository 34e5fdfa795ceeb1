//! Makes rows: what a thread keeps from one row to the next, so that a row takes no memory of its own.

use super::block::Block;
use super::reader::Reader;
use super::{Job, go_on};
use crate::encode::{Encoder, Scratch};
use crate::error::Result;
use crate::image::Image;
use crate::pipeline::{Canvas, Program, Recipe, Row};
use crate::plan::Shard;
use crate::source::References;
use std::sync::Arc;

/// A thread's place to make rows in.
#[derive(Debug)]
pub(super) struct Workbench {
    reader: Reader,
    /// The prepared picture of a row whose block does not keep it.
    passing: Image,
    recipe: Recipe,
    program: Program,
    canvas: Canvas,
    /// Levels before they are encoded: of one row, or of all if they are whitened; unused when rows are levels.
    levels: Vec<u8>,
    encoding: Scratch,
    /// The rows that are being made.
    pub(super) rows: Vec<u8>,
}

impl Workbench {
    /// A place for steps that may refer to pictures.
    pub(super) fn new(references: &References) -> Self {
        Self {
            reader: Reader::new(references),
            passing: Image::default(),
            recipe: Recipe::new(),
            program: Program::default(),
            canvas: Canvas::new(Arc::clone(&references.library)),
            levels: Vec::new(),
            encoding: Scratch::default(),
            rows: Vec::new(),
        }
    }

    /// Makes the rows of `shard` from `first` on, as many as `self.rows` is long.
    pub(super) fn make(
        &mut self,
        job: &Job<'_>,
        shard: &Shard,
        first: usize,
        block: &Block,
        encoder: &Encoder<'_>,
    ) -> Result<()> {
        let mut rows = std::mem::take(&mut self.rows);
        let row_bytes = usize::try_from(job.plan.row_bytes).unwrap_or(usize::MAX);
        let picture_bytes = usize::try_from(job.plan.row_size.bytes()).unwrap_or(usize::MAX);
        let mut levels = std::mem::take(&mut self.levels);
        let together = if encoder.whitens() { rows.len() / row_bytes } else { 1 };
        levels.resize(if encoder.keeps_levels() { 0 } else { together * picture_bytes }, 0);
        let mut groups = rows.chunks_mut(together * row_bytes).zip(shard.items[first..].chunks(together));
        let made = groups.try_for_each(|(rows, items)| {
            if encoder.keeps_levels() {
                return self.make_levels(job, shard.epoch, items[0], block, rows);
            }
            for (&at, levels) in items.iter().zip(levels.chunks_exact_mut(picture_bytes)) {
                self.make_levels(job, shard.epoch, at, block, levels)?;
            }
            let made = &levels[..rows.len() / row_bytes * picture_bytes];
            job.spent.render.time(|| encoder.encode(made, rows, &mut self.encoding));
            Ok(())
        });
        self.levels = levels;
        self.rows = rows;
        made
    }

    /// Makes the picture of a row.
    fn make_levels(&mut self, job: &Job<'_>, epoch: u64, at: usize, block: &Block, levels: &mut [u8]) -> Result<()> {
        go_on(job.stop)?;
        let item = &job.source.items[at];
        let mut passing = std::mem::take(&mut self.passing);
        let prepared = match block.get(at) {
            Some(kept) => kept,
            None => {
                job.spent.decode.time(|| self.reader.prepare(job.pictures(), item, &mut passing))?;
                &passing
            }
        };
        let drawn_for = Row { key: job.plan.row_key(epoch, &item.path), epoch, class: job.labels.class_of(at) };
        job.spent.render.time(|| self.render(job, &drawn_for, prepared, levels));
        self.passing = passing;
        Ok(())
    }

    fn render(&mut self, job: &Job<'_>, drawn_for: &Row<'_>, prepared: &Image, levels: &mut [u8]) {
        let pipeline = &job.spec.pipeline;
        pipeline.sample(drawn_for, prepared.size(), &mut self.recipe);
        self.program.lower(&self.recipe, prepared.size(), pipeline.fuse);
        warm(prepared);
        self.program.run(&self.recipe, prepared, &mut self.canvas, levels);
    }
}

/// Reads a picture once from front to back, which memory is fastest at, so that a warp, which reads it
/// crosswise, finds it in the cache. Takes a tenth of the time that it saves.
fn warm(image: &Image) {
    const LINE: usize = 64;
    std::hint::black_box(image.bytes().iter().step_by(LINE).fold(0, |sum: u8, byte| sum ^ byte));
}

//! Makes rows: what a thread keeps from one row to the next, so that a row takes no memory of its own.

use super::block::{Block, Prepared};
use super::follow::follow;
use super::lanes::Making;
use super::mixer::{Mixer, Wanted};
use super::reader::{Reader, bad};
use super::{Job, go_on};
use crate::encode::{DeepEncoder, Encoder, Scratch};
use crate::error::Result;
use crate::guard;
use crate::image::{Deep, Image};
use crate::mixing::Made;
use crate::output::Piece;
use crate::pipeline::{Canvas, Program, Recipe, Row};
use crate::plan::Entry;
use crate::source::References;
use std::ops::Range;
use std::sync::Arc;

/// A thread's place to make rows in.
#[derive(Debug)]
pub(super) struct Workbench {
    reader: Reader,
    /// The prepared picture of a row whose block does not keep it.
    passing: Prepared,
    recipe: Recipe,
    program: Program,
    canvas: Canvas,
    /// The picture of a row that has other channels or another depth.
    deep: Deep,
    /// Levels before they are encoded: of one row, or of all if they are whitened; unused when rows are levels.
    levels: Vec<u8>,
    encoding: Scratch,
    /// What belongs to a row besides its pixels.
    beside: Made,
    /// Where rows are mixed.
    mixer: Option<Mixer>,
    /// How many arrays are made row by row.
    streams: usize,
    /// The rows that are being made: their pictures, then what else is made row by row.
    pub(super) piece: Piece,
}

impl Workbench {
    /// A place for steps that may refer to pictures, and for rows of so many arrays.
    pub(super) fn new(references: &References, streams: usize) -> Self {
        Self {
            reader: Reader::new(references),
            passing: Prepared::default(),
            recipe: Recipe::new(),
            program: Program::default(),
            canvas: Canvas::new(Arc::clone(&references.library)),
            deep: Deep::default(),
            levels: Vec::new(),
            encoding: Scratch::default(),
            beside: Made::default(),
            mixer: None,
            streams,
            piece: Piece::default(),
        }
    }

    /// Makes the rows in these places of a shard.
    pub(super) fn make(
        &mut self,
        job: &Job<'_>,
        making: &Making<'_>,
        places: Range<usize>,
        block: &Block,
        encoder: &Encoder<'_>,
    ) -> Result<()> {
        let mut piece = std::mem::take(&mut self.piece);
        let row_bytes = usize::try_from(job.plan.row_bytes).unwrap_or(usize::MAX);
        let picture_bytes = usize::try_from(job.plan.row_size.bytes()).unwrap_or(usize::MAX);
        piece.arrays.resize_with(self.streams, Vec::new);
        piece.there = job.spent.write.time(|| making.open.stretch(places.start * row_bytes, places.len() * row_bytes));
        let (own, targets) = piece.arrays.split_first_mut().expect("invariant: pictures come first");
        let rows = if let Some(there) = &mut piece.there {
            &mut **there
        } else {
            own.resize(places.len() * row_bytes, 0);
            own.as_mut_slice()
        };
        targets.iter_mut().for_each(Vec::clear);
        let mut levels = std::mem::take(&mut self.levels);
        let together = if encoder.whitens() { places.len() } else { 1 };
        levels.resize(if encoder.keeps_levels() { 0 } else { together * picture_bytes }, 0);
        let mut groups = rows.chunks_mut(together * row_bytes).zip(making.open.shard().rows[places].chunks(together));
        let made = groups.try_for_each(|(rows, entries)| {
            if encoder.keeps_levels() {
                return self.make_levels(job, (making, entries[0]), (block, encoder.deep()), rows, targets);
            }
            for (&entry, levels) in entries.iter().zip(levels.chunks_exact_mut(picture_bytes)) {
                self.make_levels(job, (making, entry), (block, None), levels, targets)?;
            }
            let made = &levels[..rows.len() / row_bytes * picture_bytes];
            job.spent.render.time(|| encoder.encode(made, rows, &mut self.encoding));
            Ok(())
        });
        self.levels = levels;
        self.piece = piece;
        made
    }

    /// Makes the picture of a row, in levels or as `deep` has it, and what belongs to it. A panic is an error that names the picture.
    fn make_levels(
        &mut self,
        job: &Job<'_>,
        (making, entry): (&Making<'_>, Entry),
        from: (&Block, Option<&DeepEncoder>),
        levels: &mut [u8],
        targets: &mut [Vec<u8>],
    ) -> Result<()> {
        go_on(job.stop)?;
        guard::caught(|| self.make_unguarded(job, (making, entry), from, levels, targets))
            .unwrap_or_else(|panic| Err(bad(&job.source.items[entry.item], &guard::internal(&panic))))
    }

    /// As [`Self::make_levels`].
    fn make_unguarded(
        &mut self,
        job: &Job<'_>,
        (making, entry): (&Making<'_>, Entry),
        (block, deep): (&Block, Option<&DeepEncoder>),
        levels: &mut [u8],
        targets: &mut [Vec<u8>],
    ) -> Result<()> {
        if !job.spec.mixing.is_empty() {
            return self.make_mixed(job, (making, entry), block, levels, targets);
        }
        let (epoch, Entry { item: at, copy }) = (making.open.shard().epoch, entry);
        #[cfg(test)]
        super::tripwire(&job.source.items[at].path, "panics-in-its-row");
        let mut passing = std::mem::take(&mut self.passing);
        let prepared = match block.get(at) {
            Some(kept) => kept,
            None => {
                job.spent.decode.time(|| self.reader.prepare_all(job.pictures(), at, &mut passing))?;
                &passing
            }
        };
        let drawn_for =
            Row { key: job.plan.row_key(epoch, &job.source.items[at].path, copy), epoch, class: job.labels.class_of(at) };
        job.spent.render.time(|| {
            match deep {
                None => self.render(job, &drawn_for, &prepared.image, levels),
                Some(encoder) => self.render_deep(job, &drawn_for, &prepared.deep, encoder, levels),
            }
            if !targets.is_empty() {
                let drawn = (&self.recipe, &self.program);
                follow(job.truth, at, drawn, prepared, &mut self.canvas, &mut self.beside);
                job.truth.rows(&self.beside, job.plan.row_size, targets);
            }
        });
        self.passing = passing;
        Ok(())
    }

    /// Makes the picture of a mixed row, and what belongs to it: targets, labels, weight.
    fn make_mixed(
        &mut self,
        job: &Job<'_>,
        (making, entry): (&Making<'_>, Entry),
        block: &Block,
        levels: &mut [u8],
        others: &mut [Vec<u8>],
    ) -> Result<()> {
        let (class, number) = (|at| job.labels.class_of(at), |at| job.labels.number_of(at));
        let epoch = making.open.shard().epoch;
        let wanted = Wanted { plan: job.plan, epoch, entry, rows: &making.partners, class: &class, number: &number };
        let mixer = self.mixer.get_or_insert_with(|| Mixer::new(job.references));
        let (made, _) = mixer.make(job.pictures(), &wanted, |at| block.get(at), job.spent)?;
        levels.copy_from_slice(made.image.bytes());
        let (targets, labels) = others.split_at_mut(others.len() - job.labels_by_row());
        job.truth.rows(made, job.plan.row_size, targets);
        let mut labels = labels.iter_mut();
        for (head, rows) in job.labels.heads.iter().zip(&mut labels) {
            rows.extend(head.mixed(&made.shares));
        }
        let weigh = |(at, share): &(usize, f64)| Some(share * f64::from(job.plan.weight(*at)?));
        if let (Some(rows), Some(weight)) = (labels.next(), made.shares.iter().map(weigh).sum::<Option<f64>>()) {
            rows.extend((weight as f32).to_le_bytes());
        }
        Ok(())
    }

    fn render(&mut self, job: &Job<'_>, drawn_for: &Row<'_>, prepared: &Image, levels: &mut [u8]) {
        let pipeline = &job.spec.pipeline;
        pipeline.sample(drawn_for, prepared.size(), &mut self.recipe);
        self.program.lower(&self.recipe, prepared.size(), pipeline.fuse);
        warm(prepared);
        self.program.run(&self.recipe, prepared, &mut self.canvas, levels);
    }

    fn render_deep(&mut self, job: &Job<'_>, drawn_for: &Row<'_>, prepared: &Deep, encoder: &DeepEncoder, row: &mut [u8]) {
        let pipeline = &job.spec.pipeline;
        pipeline.sample(drawn_for, prepared.size(), &mut self.recipe);
        self.program.lower(&self.recipe, prepared.size(), pipeline.fuse);
        self.program.run_deep(&self.recipe, prepared, &mut self.canvas, &mut self.deep);
        encoder.encode(&self.deep, row);
    }
}

/// Reads a picture once from front to back, which memory is fastest at, so that a warp, which reads it
/// crosswise, finds it in the cache. Takes a tenth of the time that it saves.
fn warm(image: &Image) {
    const LINE: usize = 64;
    // Each by itself: vectors of bytes from many lines come in an order that the processor does not foresee.
    for line in image.bytes().chunks(LINE) {
        std::hint::black_box(line[0]);
    }
}

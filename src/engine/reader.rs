//! From a file to a prepared picture: what a thread keeps from one to the next.

use super::Job;
use crate::decode::{Decoding, decode};
use crate::error::{Error, Result, shown};
use crate::image::Image;
use crate::pipeline::Canvas;
use crate::source::{Item, References, Source};
use std::sync::Arc;

/// A thread's place to decode in: the file, its pixels, and what stands between the first steps.
#[derive(Debug, Default)]
pub(super) struct Reader {
    file: Vec<u8>,
    decoded: Image,
    canvas: Canvas,
}

impl Reader {
    /// A place for first steps that may refer to pictures.
    pub(super) fn new(references: &References) -> Self {
        Self { canvas: Canvas::new(Arc::clone(&references.library)), ..Self::default() }
    }

    /// Reads and decodes the picture of `item`.
    ///
    /// # Errors
    /// With the problem, without its file.
    pub(super) fn decode(&mut self, source: &Source, item: &Item, decoding: &Decoding) -> std::result::Result<(), String> {
        source.read(item, &mut self.file)?;
        decode(&self.file, decoding, &mut self.decoded)
    }

    /// Makes in `made` the picture of `item` after the steps that are the same for every row.
    pub(super) fn prepare(&mut self, job: &Job<'_>, item: &Item, made: &mut Image) -> Result<()> {
        let input = job.spec.input;
        let at_least = job.spec.pipeline.first_resize(item.size).filter(|_| input.scaled_decode);
        let decoding = Decoding { background: input.background, max_pixels: job.max_pixels, at_least };
        job.spent.decode.time(|| {
            self.decode(job.source, item, &decoding).map_err(|problem| {
                let remedy = "mend or remove it, or leave bad pictures out: --on-error skip";
                Error::Picture(format!("{}: {problem} ({remedy})", shown(&item.path)))
            })?;
            job.spec.pipeline.prepare(&self.decoded, &mut self.canvas, made);
            Ok(())
        })
    }
}

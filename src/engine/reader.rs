//! From a file to a prepared picture: what a thread keeps from one to the next.

use super::block::Prepared;
use crate::decode::{self, Decoding, Limits, decode, decode_deep};
use crate::error::{Error, Result, shown};
use crate::ground_truth::GroundTruth;
use crate::guard;
use crate::image::{Deep, Image, Wanted};
use crate::pipeline::Canvas;
use crate::source::{Item, References, Source};
use crate::spec::Spec;
use std::sync::Arc;

/// What pictures are read from, and how.
#[derive(Clone, Copy, Debug)]
pub struct Pictures<'a> {
    /// What the user said.
    pub spec: &'a Spec,
    /// The pictures.
    pub source: &'a Source,
    /// Their masks and boxes.
    pub truth: &'a GroundTruth,
    /// The pictures that steps refer to.
    pub references: &'a References,
    /// Pictures that are larger are refused.
    pub limits: Limits,
}

/// A thread's place to decode in: the file, its pixels, and what stands between the first steps.
#[derive(Debug)]
pub(super) struct Reader {
    file: Vec<u8>,
    scratch: decode::Scratch,
    /// The picture that was decoded last.
    pub(super) decoded: Image,
    /// The same, where it has other channels or another depth.
    pub(super) deep: Deep,
    pub(super) canvas: Canvas,
}

impl Reader {
    /// A place for first steps that may refer to pictures.
    pub(super) fn new(references: &References) -> Self {
        Self {
            file: Vec::new(),
            scratch: decode::Scratch::default(),
            decoded: Image::default(),
            deep: Deep::default(),
            canvas: Canvas::new(Arc::clone(&references.library)),
        }
    }

    /// Reads and decodes the picture of `item`.
    ///
    /// # Errors
    /// With the problem, without its file.
    pub(super) fn decode(&mut self, source: &Source, item: &Item, decoding: &Decoding) -> std::result::Result<(), String> {
        // Before the clock runs: what is far away may be long on its way.
        source.read(item, &mut self.file)?;
        guard::picture(item.file(), || {
            #[cfg(test)]
            super::tripwire(item.file(), "panics-in-decode");
            decode(&self.file, decoding, &mut self.scratch, &mut self.decoded)
        })
    }

    /// As [`Self::decode`], of pictures as `wanted`.
    ///
    /// # Errors
    /// As it.
    pub(super) fn decode_deep(
        &mut self,
        source: &Source,
        item: &Item,
        wanted: Wanted,
        limits: Limits,
    ) -> std::result::Result<(), String> {
        source.read(item, &mut self.file)?;
        guard::picture(item.file(), || decode_deep(&self.file, wanted, limits, &mut self.deep))
    }

    /// Makes what there is to look at of the picture that [`Self::decode_deep`] decoded.
    pub(super) fn show(&mut self) {
        self.deep.show(&mut self.decoded);
    }

    /// Makes in `made` the picture of `item` after the steps that are the same for every row.
    ///
    /// # Errors
    /// If it cannot be decoded.
    pub(super) fn prepare(&mut self, from: Pictures<'_>, item: &Item, made: &mut Image) -> Result<()> {
        self.take(from.spec, from.source, item, from.limits, made).map_err(|problem| bad(item, &problem))
    }

    /// Makes in `made` picture `at` after the steps that are the same for every row, and what belongs to it
    /// after the same.
    ///
    /// # Errors
    /// If the picture or its mask cannot be decoded.
    pub(super) fn prepare_all(&mut self, from: Pictures<'_>, at: usize, made: &mut Prepared) -> Result<()> {
        let item = &from.source.items[at];
        match from.spec.input.deep {
            None => self.prepare(from, item, &mut made.image)?,
            Some(wanted) => {
                let taken = self.take_deep(from.spec, from.source, item, (wanted, from.limits), &mut made.deep);
                taken.map_err(|problem| bad(item, &problem))?;
            }
        }
        let GroundTruth { masks, boxes, .. } = from.truth;
        if masks.is_none() && boxes.is_none() {
            return Ok(());
        }
        let (recipe, program) = from.spec.pipeline.preparation(item.size);
        if let Some(boxes) = boxes {
            made.carried.start(boxes.of[at].iter().map(|marked| &marked.instance), item.size, boxes.rule.cut);
            program.follow(&recipe, &mut made.carried, &mut self.canvas);
        }
        if let Some(masks) = masks {
            let read = masks.read(at, item, &mut self.file, &mut self.decoded);
            read.map_err(|problem| Error::Picture(format!("{}: {problem} (run again)", shown(&*item.path))))?;
            made.mask.reshape(program.output_size());
            program.run_mask(&self.decoded, masks.ignore_index, &mut self.canvas, made.mask.bytes_mut());
        }
        Ok(())
    }

    /// As [`Self::prepare`].
    ///
    /// # Errors
    /// With the problem, without its file.
    pub(super) fn take(
        &mut self,
        spec: &Spec,
        source: &Source,
        item: &Item,
        limits: Limits,
        made: &mut Image,
    ) -> std::result::Result<(), String> {
        let at_least = spec.pipeline.first_resize(item.size).filter(|_| spec.input.scaled_decode);
        self.decode(source, item, &Decoding { background: spec.input.background, limits, at_least })?;
        spec.pipeline.prepare(&self.decoded, &mut self.canvas, made);
        Ok(())
    }

    /// As [`Self::take`], of pictures as `wanted`.
    ///
    /// # Errors
    /// As it.
    pub(super) fn take_deep(
        &mut self,
        spec: &Spec,
        source: &Source,
        item: &Item,
        (wanted, limits): (Wanted, Limits),
        made: &mut Deep,
    ) -> std::result::Result<(), String> {
        self.decode_deep(source, item, wanted, limits)?;
        spec.pipeline.prepare_deep(&self.deep, &mut self.canvas, made);
        Ok(())
    }
}

/// The end of a run that meets a bad picture, and is not asked to leave it out.
pub(super) fn bad(item: &Item, problem: &str) -> Error {
    let remedy = if guard::is_internal(problem) {
        "please report it; --on-error skip leaves it out"
    } else if problem.starts_with("changed since") {
        "run the command again"
    } else {
        "mend or remove it, or leave bad pictures out: --on-error skip"
    };
    Error::Picture(format!("{}: {problem} ({remedy})", shown(item.file())))
}

//! Masks, boxes and key points of a row: where its steps take them.

use super::Job;
use super::block::Prepared;
use crate::ground_truth::box_rows;
use crate::image::Image;
use crate::pipeline::{Canvas, Program, Recipe};
use crate::targets::Carried;

/// A thread's place to follow pixels in.
#[derive(Debug, Default)]
pub(super) struct Follower {
    carried: Carried,
    mask: Image,
}

impl Follower {
    /// Appends to `rows`, which has one of each of the targets' arrays, what a row of picture `at` has. Its steps are
    /// `recipe`, lowered to `program`, and begin with what is `prepared`.
    pub(super) fn follow(
        &mut self,
        job: &Job<'_>,
        at: usize,
        (recipe, program): (&Recipe, &Program),
        prepared: &Prepared,
        canvas: &mut Canvas,
        rows: &mut [Vec<u8>],
    ) {
        let mut rows = rows;
        if let Some(masks) = &job.truth.masks {
            let Some((first, rest)) = rows.split_first_mut() else { return };
            self.mask.reshape(program.output_size());
            program.run_mask(&prepared.mask, masks.ignore_index, canvas, self.mask.bytes_mut());
            masks.put(self.mask.bytes(), first);
            rows = rest;
        }
        if let Some(boxes) = &job.truth.boxes {
            self.carried.clone_from(&prepared.carried);
            program.follow(recipe, &mut self.carried, canvas);
            box_rows(boxes, |i| boxes.of[at][i].class, &self.carried, program.output_size(), rows);
        }
    }
}

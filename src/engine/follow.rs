//! Masks, boxes and key points of a row: where its steps take them.

use super::block::Prepared;
use crate::ground_truth::GroundTruth;
use crate::mixing::Made;
use crate::pipeline::{Canvas, Program, Recipe};

/// Makes in `made` what a row of picture `at` has besides its pixels. Its steps are `recipe`, lowered to `program`, and begin with
/// what is `prepared`.
pub(super) fn follow(
    truth: &GroundTruth,
    at: usize,
    (recipe, program): (&Recipe, &Program),
    prepared: &Prepared,
    canvas: &mut Canvas,
    made: &mut Made,
) {
    if let Some(masks) = &truth.masks {
        made.mask.reshape(program.output_size());
        program.run_mask(&prepared.mask, masks.ignore_index, canvas, made.mask.bytes_mut());
    }
    if let Some(boxes) = &truth.boxes {
        made.carried.clone_from(&prepared.carried);
        program.follow(recipe, &mut made.carried, canvas);
        made.classes.clear();
        made.classes.extend(boxes.of[at].iter().map(|marked| marked.class));
    }
}

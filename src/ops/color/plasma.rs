//! What the ops with clouds have in common.

use crate::spec::fields::{About, Fields};

/// Reads how much finer clouds weigh.
pub(in crate::ops) fn roughness(fields: &mut Fields<'_>) -> f64 {
    let about = About(
        "factor",
        "noise of each step to half the distance, over that of the step before: below 0.5 soft clouds, from 1 on grain",
    );
    fields.number("roughness", Some(3.0), (0.01, 10.0), about)
}

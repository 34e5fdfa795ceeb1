//! Transforms that move pixels.

use super::Convert;
use serde_json::json;

/// The transforms of this family.
pub(super) const TABLE: &[(&str, Convert)] = &[
    ("HorizontalFlip", |_| json!({"op": "horizontal_flip"})),
    ("VerticalFlip", |_| json!({"op": "vertical_flip"})),
    ("Transpose", |_| json!({"op": "transpose"})),
    ("D4", |_| json!({"op": "d4"})),
    ("SquareSymmetry", |_| json!({"op": "d4"})),
];

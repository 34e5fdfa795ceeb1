//! Transforms that are known and have no counterpart.

/// Why there is no step for a transform, and what can be done about it.
pub(super) const TABLE: &[(&str, &str)] =
    &[("MaskDropout", "needs masks, and rows are pictures and labels (coarse_dropout hides places without them)")];

/// Why the transform called `name` cannot be kept.
pub(super) fn why(name: &str) -> &'static str {
    TABLE.iter().find(|(known, _)| *known == name).map_or("is no transform that import knows", |(_, why)| why)
}

//! Layers that are known and have no counterpart.

/// Why there is no step for a layer, and what can be done about it.
const TABLE: &[(&str, &str)] = &[
    (
        "CutMix",
        "draws alpha for each batch, and rectangles that no border cuts (leave it out, and write {\"op\": \"cutmix\"}, which is torchvision's, in the spec's `mixing`)",
    ),
    ("MaxNumBoundingBoxes", "is about boxes, and rows are pictures and labels (leave it out)"),
    ("RandomHeight", "changes the size, and rows all have one size (RandomZoom with a height_factor keeps it)"),
    ("RandomWidth", "changes the size, and rows all have one size (RandomZoom with a width_factor keeps it)"),
    (
        "ContrastLimitedAdaptiveHistogramEqualization",
        "works on each channel, prebake's clahe on the lightness (leave it out, and add the op clahe)",
    ),
    ("Functional", "is a graph of layers (put those that augment into a Sequential)"),
    ("Model", "is a graph of layers (put those that augment into a Sequential)"),
];

/// Why the layer called `name` cannot be kept.
pub(super) fn why(name: &str) -> &'static str {
    let unknown = "is no layer that import knows (leave it out, and keep those that augment)";
    TABLE.iter().find(|(known, _)| *known == name).map_or(unknown, |(_, why)| why)
}

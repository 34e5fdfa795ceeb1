//! Transforms that are known and have no counterpart.

/// Said where masks, boxes or key points decide.
const NEEDS_TARGETS: &str = "needs masks, boxes or key points, and rows are pictures and labels";

/// Said of what works on several slices at once.
const NEEDS_VOLUMES: &str = "is for volumes, and rows are pictures";

/// Said where other pictures are mixed in, and no op of ours does it.
const MIXES: &str = "mixes in other pictures, which a step does not do";

/// Transforms without a step, and why.
pub(super) const TABLE: &[(&str, &str)] = &[
    ("AdvancedBlur", "a blur that is not the same along both axes has no counterpart (gaussian_blur)"),
    ("AtLeastOneBBoxRandomCrop", NEEDS_TARGETS),
    ("BBoxSafeRandomCrop", NEEDS_TARGETS),
    ("CenterCrop3D", NEEDS_VOLUMES),
    ("CoarseDropout3D", NEEDS_VOLUMES),
    ("ConstrainedCoarseDropout", NEEDS_TARGETS),
    ("CropNonEmptyMaskIfExists", NEEDS_TARGETS),
    ("CubicSymmetry", NEEDS_VOLUMES),
    ("FDA", "takes other pictures, which the file does not hold (add fourier_domain_adaptation by hand, with `references`)"),
    ("FromFloat", "pictures are bytes until the end (leave it out, and the ToFloat before it)"),
    ("GridElasticDeform", "moving the nodes of a grid has no counterpart (piecewise_affine moves them too)"),
    ("HEStain", "stains have no counterpart"),
    (
        "HistogramMatching",
        "takes other pictures, which the file does not hold (add histogram_matching by hand, with `references`)",
    ),
    ("Lambda", "is code, which a file does not hold"),
    ("MaskDropout", NEEDS_TARGETS),
    ("MixUp", "mixes rows, which no step does (write {\"op\": \"mixup\"} in the spec's `mixing`)"),
    ("Morphological", "dilation and erosion have no counterpart"),
    ("Mosaic", "mixes rows, which no step does (write {\"op\": \"mosaic\"} in the spec's `mixing`)"),
    ("OverlayElements", MIXES),
    ("Pad3D", NEEDS_VOLUMES),
    ("PadIfNeeded3D", NEEDS_VOLUMES),
    (
        "PixelDistributionAdaptation",
        "takes other pictures, which the file does not hold (add pixel_distribution_adaptation by hand, with `references`)",
    ),
    ("RandomCrop3D", NEEDS_VOLUMES),
    ("RandomCropNearBBox", NEEDS_TARGETS),
    ("RandomSizedBBoxSafeCrop", NEEDS_TARGETS),
    ("TemplateTransform", MIXES),
    ("TextImage", "writing text has no counterpart"),
    ("ToTensor3D", NEEDS_VOLUMES),
    ("Transform3D", NEEDS_VOLUMES),
];

/// Why the transform called `name` cannot be kept.
pub(super) fn why(name: &str) -> &'static str {
    TABLE.iter().find(|(known, _)| *known == name).map_or("is no transform that import knows", |(_, why)| why)
}

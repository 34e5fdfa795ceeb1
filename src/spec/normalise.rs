//! How rows are normalised by what their own picture, or all pictures, have in common.

use super::fields::{About, Choice, Fields};

/// The range of what is added to a divisor: never nothing, so that a picture of one colour gives numbers.
const EPSILON: (f64, f64) = (1e-12, 1.0);

/// Normalisation by each row's own levels: `(x - center) / scale`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Samplewise {
    /// What is subtracted.
    pub center: Center,
    /// What divides.
    pub scale: Scale,
    /// Added to the deviation or the range.
    pub epsilon: f64,
    /// What the numbers are of.
    pub per: Per,
}

/// What is subtracted from the values of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Center {
    /// Nothing.
    None,
    /// Their mean.
    Mean,
    /// Their least.
    Min,
}

impl Choice for Center {
    const ALL: &'static [(&'static str, Self)] = &[("none", Self::None), ("mean", Self::Mean), ("min", Self::Min)];
}

/// What the values of a row are divided by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Nothing.
    None,
    /// Their standard deviation and epsilon, as in Keras.
    Std,
    /// Their standard deviation, but at least `1 / sqrt(count)`, as in tf.image.
    TfImage,
    /// The greatest less the least, and epsilon.
    Range,
}

impl Choice for Scale {
    const ALL: &'static [(&'static str, Self)] =
        &[("none", Self::None), ("std", Self::Std), ("tf_image", Self::TfImage), ("range", Self::Range)];
}

/// Which values have a centre and a scale of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Per {
    /// All of a picture together.
    Picture,
    /// Each channel of a picture.
    Channel,
}

impl Choice for Per {
    const ALL: &'static [(&'static str, Self)] = &[("picture", Self::Picture), ("channel", Self::Channel)];
}

/// Normalisation by all pictures' levels, each channel by its own: `(x - mean) / (std + epsilon)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Featurewise {
    /// Whether the mean is subtracted.
    pub center: bool,
    /// Whether the standard deviation divides.
    pub scale: bool,
    /// Added to the deviation.
    pub epsilon: f64,
}

/// A word for "yes" where there is one thing to choose, so that both normalisations are written alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mean(bool);

impl Choice for Mean {
    const ALL: &'static [(&'static str, Self)] = &[("none", Self(false)), ("mean", Self(true))];
}

/// As [`Mean`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Std(bool);

impl Choice for Std {
    const ALL: &'static [(&'static str, Self)] = &[("none", Self(false)), ("std", Self(true))];
}

/// Whitening, as Keras's `zca_whitening`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Zca {
    /// Added to the singular values.
    pub epsilon: f64,
}

pub(super) fn read_samplewise(output: &mut Fields<'_>) -> Option<Samplewise> {
    output.optional_object("samplewise", About("floats only", "normalises each row by its own values"), |fields| {
        let center = fields.choice("center", Center::Mean, About("", "subtracted"));
        let scale = fields.choice(
            "scale",
            Scale::Std,
            About("", "divides: `std` and `range` with epsilon added, `tf_image` is the deviation, but at least 1/sqrt(count)"),
        );
        let epsilon = fields.number("epsilon", Some(1e-6), EPSILON, About("after rescale", "added to `std` and `range`"));
        let per = fields.choice("per", Per::Picture, About("", "whether the channels of a picture share centre and scale"));
        if (center, scale) == (Center::None, Scale::None) {
            fields.complain("scale", NOTHING);
        }
        Samplewise { center, scale, epsilon, per }
    })
}

pub(super) fn read_featurewise(output: &mut Fields<'_>) -> Option<Featurewise> {
    output.optional_object("featurewise", About("floats only", "normalises by all pictures, each channel by its own"), |fields| {
        let Mean(center) = fields.choice("center", Mean(true), About("", "subtracted"));
        let Std(scale) = fields.choice("scale", Std(true), About("", "divides, with epsilon added"));
        let epsilon = fields.number("epsilon", Some(1e-6), EPSILON, About("after rescale", "added to `std`"));
        if !center && !scale {
            fields.complain("scale", NOTHING);
        }
        Featurewise { center, scale, epsilon }
    })
}

pub(super) fn read_zca(output: &mut Fields<'_>) -> Option<Zca> {
    let about = About("floats only", "subtracts the channels' means and whitens by all pictures; for small rows");
    output.optional_object("zca", about, |fields| {
        let epsilon =
            fields.number("epsilon", Some(1e-6), (0.0, 1e6), About("after rescale", "added to the singular values, as in Keras"));
        Zca { epsilon }
    })
}

const NOTHING: &str = "does nothing with \"none\" for both center and scale (remove it, or one of them)";

//! The spec's sections besides the pipeline: labels, input, output, order of rows.

use super::fields::{About, Choice, Fields};
use super::normalise::{Featurewise, Samplewise, Zca, read_featurewise, read_samplewise, read_zca};
use serde_json::json;

/// How the order of rows is drawn in each epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shuffle {
    /// A fresh permutation within each block, and of the blocks.
    Block,
    /// A fresh permutation of all pictures: the whole dataset is one block.
    Global,
    /// The order of the names, in every epoch.
    None,
}

impl Choice for Shuffle {
    const ALL: &'static [(&'static str, Self)] = &[("block", Self::Block), ("global", Self::Global), ("none", Self::None)];
}

/// Where labels come from and how they are numbered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labels {
    /// Where the word comes from.
    pub source: LabelSource,
    /// How classes are numbered.
    pub order: LabelOrder,
    /// Whether an index is kept for unknown words.
    pub oov: Oov,
}

/// Where a picture's label comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LabelSource {
    /// Class folders if there are any, else the file name up to the first `_`.
    Auto,
    /// The first folder below the input.
    Directory,
    /// The file name up to the first separator.
    Filename(String),
    /// The group `label` of a regular expression over the relative path.
    Pattern(String),
}

/// How classes are numbered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelOrder {
    /// By name, in code-point order.
    Name,
    /// By count, descending; equal counts by name, descending: the order of Keras's `StringLookup`.
    Frequency,
}

impl Choice for LabelOrder {
    const ALL: &'static [(&'static str, Self)] = &[("name", Self::Name), ("frequency", Self::Frequency)];
}

/// Whether an index is kept for words that are not classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Oov {
    /// No such index.
    None,
    /// Index 0 is `[UNK]`, as in `StringLookup(mask_token=None)`.
    First,
}

impl Choice for Oov {
    const ALL: &'static [(&'static str, Self)] = &[("none", Self::None), ("first", Self::First)];
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum From {
    Auto,
    Directory,
    Filename,
    Pattern,
}

impl Choice for From {
    const ALL: &'static [(&'static str, Self)] =
        &[("auto", Self::Auto), ("directory", Self::Directory), ("filename", Self::Filename), ("pattern", Self::Pattern)];
}

impl LabelSource {
    /// Reads `--labels`: `auto`, `directory`, `filename`, `filename:SEPARATOR` or `pattern:REGEX`.
    ///
    /// # Errors
    /// If the text is none of these.
    pub fn from_argument(text: &str) -> Result<Self, String> {
        match text.split_once(':').map_or((text, None), |(kind, rest)| (kind, Some(rest))) {
            ("auto", None) => Ok(Self::Auto),
            ("directory", None) => Ok(Self::Directory),
            ("filename", None) => Ok(Self::Filename("_".into())),
            ("filename", Some(separator)) if !separator.is_empty() => Ok(Self::Filename(separator.into())),
            ("pattern", Some(pattern)) if !pattern.is_empty() => check_pattern(pattern).map(|()| Self::Pattern(pattern.into())),
            _ => Err("expected auto, directory, filename, filename:SEPARATOR or pattern:REGEX".into()),
        }
    }
}

fn check_pattern(pattern: &str) -> Result<(), String> {
    let regex = regex::Regex::new(pattern).map_err(|error| {
        let text = error.to_string();
        format!("not a regular expression: {}", text.lines().last().unwrap_or_default().trim_start_matches("error: "))
    })?;
    if regex.capture_names().flatten().any(|name| name == "label") {
        return Ok(());
    }
    Err("has no group called `label` (write (?<label>...) around what names the class)".into())
}

pub(super) fn read_labels(fields: &mut Fields<'_>, given: Option<&LabelSource>) -> Labels {
    let mut section = fields.object("labels", About("", "where labels come from"));
    let from = section.choice("from", From::Auto, About("", "`auto` takes class folders if there are any, else file names"));
    let separator =
        section.text("separator", Some("_"), About("", "ends the label in a file name, for `filename`")).unwrap_or_default();
    if separator.is_empty() {
        section.complain("separator", "is empty (write the text that ends the label)");
    }
    let pattern =
        section.text("pattern", None, About("", "regular expression over the relative path with a group `label`, for `pattern`"));
    let source = match (from, pattern) {
        (From::Auto, _) => LabelSource::Auto,
        (From::Directory, _) => LabelSource::Directory,
        (From::Filename, _) => LabelSource::Filename(separator),
        (From::Pattern, Some(pattern)) => {
            if let Err(problem) = check_pattern(&pattern) {
                section.complain("pattern", &problem);
            }
            LabelSource::Pattern(pattern)
        }
        (From::Pattern, None) => {
            section.complain("pattern", "missing (labels from a pattern need one)");
            LabelSource::Auto
        }
    };
    let order = section.choice("order", LabelOrder::Name, About("", "`frequency` numbers as Keras's StringLookup does"));
    let oov = section.choice("oov", Oov::None, About("", "`first` keeps index 0 for `[UNK]`"));
    fields.close("labels", section);
    let labels = Labels { source: given.cloned().unwrap_or(source), order, oov };
    fields.put("labels", as_json(&labels));
    labels
}

fn as_json(labels: &Labels) -> serde_json::Value {
    let mut json = match &labels.source {
        LabelSource::Auto => json!({"from": "auto"}),
        LabelSource::Directory => json!({"from": "directory"}),
        LabelSource::Filename(separator) => json!({"from": "filename", "separator": separator}),
        LabelSource::Pattern(pattern) => json!({"from": "pattern", "pattern": pattern}),
    };
    json["order"] = labels.order.word().into();
    json["oov"] = labels.oov.word().into();
    json
}

/// How pictures are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Input {
    /// What transparent pixels are laid over.
    pub background: [u8; 3],
    /// Whether a JPEG that the first step shrinks is decoded at a fraction of its size.
    pub scaled_decode: bool,
}

pub(super) fn read_input(fields: &mut Fields<'_>) -> Input {
    let mut section = fields.object("input", About("", "how pictures are read"));
    let background = section.colour("background", [255; 3], About("levels", "what transparent pixels are laid over"));
    let scaled_decode = section.flag(
        "scaled_decode",
        false,
        About("", "decode a JPEG that the first step shrinks at a half, a quarter or an eighth; needs libjpeg-turbo"),
    );
    if scaled_decode && !cfg!(feature = "turbojpeg") {
        section.complain("scaled_decode", "this prebake has none (build it with --features turbojpeg)");
    }
    fields.close("input", section);
    Input { background, scaled_decode }
}

/// The type of a value in the images array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dtype {
    /// One byte, 0 to 255.
    Uint8,
    /// IEEE half precision.
    Float16,
    /// IEEE single precision.
    Float32,
}

impl Dtype {
    /// Bytes of one value.
    pub const fn bytes(self) -> u64 {
        match self {
            Self::Uint8 => 1,
            Self::Float16 => 2,
            Self::Float32 => 4,
        }
    }

    /// NumPy's `descr`.
    pub const fn descr(self) -> &'static str {
        match self {
            Self::Uint8 => "|u1",
            Self::Float16 => "<f2",
            Self::Float32 => "<f4",
        }
    }
}

impl Choice for Dtype {
    const ALL: &'static [(&'static str, Self)] =
        &[("uint8", Self::Uint8), ("float16", Self::Float16), ("float32", Self::Float32)];
}

/// The order of axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Rows, height, width, channels.
    Nhwc,
    /// Rows, channels, height, width.
    Nchw,
}

impl Choice for Layout {
    const ALL: &'static [(&'static str, Self)] = &[("NHWC", Self::Nhwc), ("NCHW", Self::Nchw)];
}

/// The channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Color {
    /// Red, green, blue.
    Rgb,
    /// One channel, ITU-R BT.601 luma as Pillow's `L`.
    Gray,
}

impl Color {
    /// How many channels.
    pub const fn channels(self) -> u64 {
        match self {
            Self::Rgb => 3,
            Self::Gray => 1,
        }
    }
}

impl Choice for Color {
    const ALL: &'static [(&'static str, Self)] = &[("rgb", Self::Rgb), ("gray", Self::Gray)];
}

/// What rows look like. A float value is `(level rescale - mean) / std`, then normalised by its row, then by all pictures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Output {
    /// The type of a value.
    pub dtype: Dtype,
    /// The order of axes.
    pub layout: Layout,
    /// The channels.
    pub color: Color,
    /// What a level, 0 to 255, is multiplied with.
    pub rescale: f64,
    /// Subtracted after that, per channel.
    pub mean: [f64; 3],
    /// Divided by after that, per channel.
    pub std: [f64; 3],
    /// Normalisation by the row's own values.
    pub samplewise: Option<Samplewise>,
    /// Normalisation by the values of all pictures.
    pub featurewise: Option<Featurewise>,
    /// Whitening by the values of all pictures.
    pub zca: Option<Zca>,
}

impl Output {
    /// The same axes and channels, holding the levels themselves.
    #[must_use]
    pub fn levels(self) -> Self {
        let (rescale, mean, std) = (1.0, [0.0; 3], [1.0; 3]);
        Self { dtype: Dtype::Uint8, rescale, mean, std, samplewise: None, featurewise: None, zca: None, ..self }
    }

    /// Whether rows depend on what all pictures have in common.
    pub fn needs_statistics(&self) -> bool {
        self.featurewise.is_some() || self.zca.is_some()
    }
}

pub(super) fn read_output(fields: &mut Fields<'_>) -> Output {
    let mut section = fields.object("output", About("", "what rows look like"));
    let dtype = section.choice("dtype", Dtype::Uint8, About("", "type of a value"));
    let layout = section.choice("layout", Layout::Nhwc, About("", "order of axes"));
    let color = section.choice("color", Color::Rgb, About("", "channels"));
    let rescale = section.number("rescale", Some(1.0), (1e-9, 1e9), About("factor", "multiplies a level, 0 to 255; floats only"));
    let mean = section.per_channel("mean", [0.0; 3], About("after rescale", "subtracted; floats only"));
    let std = section.per_channel("std", [1.0; 3], About("after rescale", "divides; floats only"));
    if std.iter().any(|s| *s <= 0.0) {
        section.complain("std", "must be above 0");
    }
    let (samplewise, featurewise, zca) = (read_samplewise(&mut section), read_featurewise(&mut section), read_zca(&mut section));
    let output = Output { dtype, layout, color, rescale, mean, std, samplewise, featurewise, zca };
    if dtype == Dtype::Uint8 && output != output.levels() {
        let remedy = "write \"float32\" or \"float16\" to use rescale, mean, std, samplewise, featurewise and zca";
        section.complain("dtype", &format!("uint8 rows keep their levels ({remedy})"));
    }
    if zca.is_some() && featurewise.is_some() {
        section.complain("featurewise", "zca subtracts the means itself, and divides by more than a std (keep one of them)");
    }
    fields.close("output", section);
    output
}

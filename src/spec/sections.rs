//! The spec's sections of their own: input, output, order of rows.

use super::fields::{About, Choice, Fields};
use super::normalise::{Featurewise, Samplewise, Zca, read_featurewise, read_samplewise, read_zca};

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

    /// The greatest value.
    pub const fn greatest(self) -> f64 {
        match self {
            Self::Uint8 => 255.0,
            Self::Float16 => 65_504.0,
            Self::Float32 => f32::MAX as f64,
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

    /// The greatest `|level rescale - mean| / std` of all channels.
    fn reach(&self) -> f64 {
        let of = |c: usize, level: f64| ((level * self.rescale - self.mean[c]) / self.std[c]).abs();
        (0..3).flat_map(|c| [of(c, 0.0), of(c, 255.0)]).fold(0.0, f64::max)
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
    let (reach, greatest) = (output.reach(), dtype.greatest());
    if dtype != Dtype::Uint8 && reach > greatest {
        let word = dtype.word();
        section.complain("dtype", &format!("values reach {reach:e}, {word} ends at {greatest:e} (mend rescale, mean and std)"));
    }
    if zca.is_some() && featurewise.is_some() {
        section.complain("featurewise", "zca subtracts the means itself, and divides by more than a std (keep one of them)");
    }
    fields.close("output", section);
    output
}

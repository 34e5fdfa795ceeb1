//! The spec's sections of their own: input, output, order of rows.

use super::deep::{DeepOutput, check_output, read_wanted};
use super::fields::{About, Choice, Fields};
use super::normalise::{Featurewise, Samplewise, Zca, read_featurewise, read_samplewise, read_zca};
use serde_json::json;

use crate::image::{Size, Wanted};

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

/// How pictures are laid in blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrangement {
    /// By drawing, so that blocks are full: only the last batch of an epoch can be short.
    Packed,
    /// By the hash of each picture's path, so that a picture that comes, goes or changes changes its own block alone.
    Stable,
}

impl Choice for Arrangement {
    const ALL: &'static [(&'static str, Self)] = &[("packed", Self::Packed), ("stable", Self::Stable)];
}

/// Reads how pictures are laid in blocks; leaves no trace of the default.
pub(super) fn read_arrangement(fields: &mut Fields<'_>, given: Option<Arrangement>, shuffle: Shuffle) -> Arrangement {
    let about = About(
        "",
        "which pictures share a block: `packed` draws them, and only the last batch of an epoch is short; `stable` goes by the \
         hash of each one's path, so that `build --update` rewrites only blocks whose pictures changed, and the last batch of each block is short",
    );
    let written = fields.choice("layout", Arrangement::Packed, about);
    let arrangement = given.unwrap_or(written);
    fields.put("layout", json!(arrangement.word()));
    fields.keep_untraced("layout");
    if arrangement == Arrangement::Stable && shuffle != Shuffle::Block {
        fields.complain(
            "layout",
            "blocks that stay are shuffled block by block (write \"shuffle\": \"block\", or \"layout\": \"packed\")",
        );
    }
    arrangement
}

/// How pictures are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Input {
    /// What transparent pixels are laid over.
    pub background: [u8; 3],
    /// Whether a JPEG that the first step shrinks is decoded at a fraction of its size.
    pub scaled_decode: bool,
    /// What pictures must be, where they do not become red, green and blue of 8 bits.
    pub deep: Option<Wanted>,
}

impl Input {
    /// Bytes that a picture of `size` takes in memory.
    pub fn bytes(&self, size: Size) -> u64 {
        self.deep.map_or(size.bytes(), |wanted| wanted.planes.bytes(size))
    }
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
    let deep = read_wanted(&mut section);
    fields.close("input", section);
    Input { background, scaled_decode, deep }
}

/// The type of a value in the images array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dtype {
    /// One byte, 0 to 255.
    Uint8,
    /// Two bytes, 0 to 65535; for pictures of 16 bits.
    Uint16,
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
            Self::Uint16 | Self::Float16 => 2,
            Self::Float32 => 4,
        }
    }

    /// The greatest value.
    pub const fn greatest(self) -> f64 {
        match self {
            Self::Uint8 => 255.0,
            Self::Uint16 => 65_535.0,
            Self::Float16 => 65_504.0,
            Self::Float32 => f32::MAX as f64,
        }
    }

    /// NumPy's `descr`.
    pub const fn descr(self) -> &'static str {
        match self {
            Self::Uint8 => "|u1",
            Self::Uint16 => "<u2",
            Self::Float16 => "<f2",
            Self::Float32 => "<f4",
        }
    }
}

impl Choice for Dtype {
    const ALL: &'static [(&'static str, Self)] =
        &[("uint8", Self::Uint8), ("uint16", Self::Uint16), ("float16", Self::Float16), ("float32", Self::Float32)];
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
    /// The channels, and what they are normalised by, where they are not red, green and blue of 8 bits; then `color`, `mean` and
    /// `std` say nothing.
    pub deep: Option<DeepOutput>,
}

impl Output {
    /// The same axes and channels, holding the levels themselves.
    #[must_use]
    pub fn levels(self) -> Self {
        let (rescale, mean, std, deep) = (1.0, [0.0; 3], [1.0; 3], self.deep.map(|deep| DeepOutput::plain(deep.planes)));
        let dtype = deep.map_or(Dtype::Uint8, |deep| deep.dtype());
        Self { dtype, rescale, mean, std, samplewise: None, featurewise: None, zca: None, deep, ..self }
    }

    /// How many channels rows have.
    pub fn channels(&self) -> u64 {
        self.deep.map_or(self.color.channels(), |deep| deep.planes.channels as u64)
    }

    /// The greatest `|level rescale - mean| / std` of all channels.
    fn reach(&self) -> f64 {
        let greatest = self.deep.map_or(255.0, |deep| f64::from(deep.planes.depth.greatest()));
        let (mean, std) = self.deep.as_ref().map_or((&self.mean[..], &self.std[..]), |deep| (&deep.mean, &deep.std));
        let of = |level: f64, (mean, std): (&f64, &f64)| ((level * self.rescale - mean) / std).abs();
        let both = |of_channel| [of(0.0, of_channel), of(greatest, of_channel)];
        mean.iter().zip(std).flat_map(both).fold(0.0, f64::max)
    }

    /// Whether rows depend on what all pictures have in common.
    pub fn needs_statistics(&self) -> bool {
        self.featurewise.is_some() || self.zca.is_some()
    }
}

pub(super) fn read_output(fields: &mut Fields<'_>, input: &Input) -> Output {
    let mut section = fields.object("output", About("", "what rows look like"));
    let planes = input.deep.map(|wanted| wanted.planes);
    let plain = planes.map(DeepOutput::plain);
    let dtype = section.choice("dtype", plain.map_or(Dtype::Uint8, |deep| deep.dtype()), About("", "type of a value"));
    let layout = section.choice("layout", Layout::Nhwc, About("", "order of axes"));
    let color = section.choice("color", Color::Rgb, About("", "channels"));
    let rescale = section.number("rescale", Some(1.0), (1e-9, 1e9), About("factor", "multiplies a level, 0 to 255; floats only"));
    let channels = planes.map_or(3, |planes| planes.channels);
    let mean = section.per_channel("mean", channels, 0.0, About("after rescale", "subtracted; floats only"));
    let std = section.per_channel("std", channels, 1.0, About("after rescale", "divides; floats only"));
    if std.iter().any(|s| *s <= 0.0) {
        section.complain("std", "must be above 0");
    }
    let (samplewise, featurewise, zca) = (read_samplewise(&mut section), read_featurewise(&mut section), read_zca(&mut section));
    let deep = planes.map(|planes| DeepOutput { planes, mean: filled(&mean, 0.0), std: filled(&std, 1.0) });
    let (mean, std) = (filled(&mean, 0.0), filled(&std, 1.0));
    let output = Output { dtype, layout, color, rescale, mean, std, samplewise, featurewise, zca, deep };
    let whole = matches!(dtype, Dtype::Uint8 | Dtype::Uint16);
    if whole && (output != Output { dtype, ..output.levels() }) {
        let remedy = "write \"float32\" or \"float16\" to use rescale, mean, std, samplewise, featurewise and zca";
        section.complain("dtype", &format!("{} rows keep their levels ({remedy})", dtype.word()));
    }
    check_output(&mut section, &output);
    let (reach, greatest) = (output.reach(), dtype.greatest());
    if !whole && reach > greatest {
        let word = dtype.word();
        section.complain("dtype", &format!("values reach {reach:e}, {word} ends at {greatest:e} (mend rescale, mean and std)"));
    }
    if zca.is_some() && featurewise.is_some() {
        section.complain("featurewise", "zca subtracts the means itself, and divides by more than a std (keep one of them)");
    }
    fields.close("output", section);
    output
}

/// What there is, and `rest` for what is not there.
fn filled<const N: usize>(of: &[f64], rest: f64) -> [f64; N] {
    std::array::from_fn(|c| of.get(c).copied().unwrap_or(rest))
}

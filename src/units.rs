//! The small words of a spec that decide pixels: interpolation and border rules.

use serde::{Deserialize, Serialize};

/// How a value between pixels is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Interpolation {
    /// The nearest pixel.
    Nearest,
    /// Straight lines between neighbours (2x2 pixels, a triangle when antialiased).
    Bilinear,
    /// Keys's cubic with a = -0.5, as in Pillow and tf.image (4x4 pixels).
    Bicubic,
    /// Lanczos's windowed sinc with three lobes (6x6 pixels).
    Lanczos3,
    /// The mean over the area that an output pixel covers, as OpenCV's `INTER_AREA`.
    Area,
}

/// What stands outside the picture. The pictures show what lies left and right of `abcd`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FillMode {
    /// `kkkk|abcd|kkkk`: the fill value.
    Constant,
    /// `aaaa|abcd|dddd`: the nearest edge pixel.
    Nearest,
    /// `dcba|abcd|dcba`: mirrored, the edge pixel twice.
    Reflect,
    /// `dcb|abcd|cba`: mirrored about the edge pixel.
    Mirror,
    /// `abcd|abcd|abcd`: repeated.
    Wrap,
}

/// A border rule: the mode, and the colour for [`FillMode::Constant`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Border {
    /// Which rule holds outside.
    pub fill_mode: FillMode,
    /// Red, green, blue; used by [`FillMode::Constant`] alone.
    pub fill_value: [u8; 3],
}

/// The level that contrast leaves alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pivot {
    /// Each channel's own mean (tf.image, Keras).
    ChannelMean,
    /// The mean of the gray picture (Pillow, torchvision).
    GrayMean,
    /// 127.5.
    MidGray,
}

/// How the levels of a channel are spread evenly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Equalizer {
    /// `PIL.ImageOps.equalize`, which torchvision follows.
    Pil,
    /// `cv2.equalizeHist`.
    Cv,
}

/// How a pixel's gray is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gray {
    /// `0.299 red + 0.587 green + 0.114 blue` with 15 bits, rounded to nearest, as `cv2.cvtColor`.
    WeightedAverage,
    /// The same weights with 16 bits, rounded to nearest, as Pillow's mode `L`.
    Luma,
    /// The mean of the three, cut.
    Average,
    /// The greatest of the three.
    Max,
    /// The mean of the greatest and the least, cut.
    Desaturation,
    /// The lightness of CIE L\*a\*b\* with 8 bits, as `cv2.cvtColor`.
    FromLab,
    /// The place along the axis along which the picture's own colours spread most, from its darkest to its lightest.
    Pca,
}

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

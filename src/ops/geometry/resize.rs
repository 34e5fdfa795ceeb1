//! Brings every picture to one size.

use super::crop::read_size;
use crate::image::{MOST_PIXELS, Size, Sizes};
use crate::kernels::matrix::Matrix;
use crate::kernels::resize::Scaling;
use crate::ops::{Lowered, Resampling, Transform};
use crate::rng::Rng;
use crate::spec::fields::{About, Choice, Fields};
use crate::units::{Border, FillMode, Interpolation};
use serde::{Deserialize, Serialize};

/// Brings every picture to one size.
#[derive(Clone, Debug)]
pub struct Resize {
    params: Params,
}

/// A resize draws nothing: it is what the spec says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    #[serde(flatten)]
    size: Size,
    mode: Mode,
    interpolation: Interpolation,
    antialias: bool,
    fill_value: [u8; 3],
}

/// What happens when the shapes differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Mode {
    Stretch,
    Fit,
    Fill,
}

impl Choice for Mode {
    const ALL: &'static [(&'static str, Self)] = &[("stretch", Self::Stretch), ("fit", Self::Fit), ("fill", Self::Fill)];
}

impl Transform for Resize {
    const NAME: &'static str = "resize";
    const SUMMARY: &'static str = "Brings every picture to one size.";
    const EXAMPLE: &'static str = r#"{"op": "resize", "width": 256, "height": 256, "interpolation": "bilinear"}"#;
    const REFERENCE: &'static str = "`PIL.Image.resize` with antialias, `tf.image.resize` without, `cv2.INTER_AREA`; weights in fixed point, rounded to nearest.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let size = read_size(fields);
        let mode = fields.choice("mode", Mode::Stretch, About("", "`fit` pads, `fill` crops the middle, `stretch` distorts"));
        let interpolation =
            fields.choice("interpolation", Interpolation::Bilinear, About("", "how values between pixels are made"));
        let antialias = fields.flag(
            "antialias",
            true,
            About("", "average what falls together when shrinking, as Pillow; off as OpenCV and tf.image"),
        );
        let fill_value = fields.colour("fill_value", [0; 3], About("levels", "the padding's colour, for `fit`"));
        Self { params: Params { size, mode, interpolation, antialias, fill_value } }
    }

    fn is_fixed(&self) -> bool {
        true
    }

    fn sizes(&self, input: Sizes) -> Result<Sizes, String> {
        fits_between(input, self.params.size)?;
        Ok(Sizes::one(self.params.size))
    }

    fn sample(&self, _rng: &mut Rng, _input: Size) -> Params {
        self.params.clone()
    }

    fn output_size(params: &Params, _input: Size) -> Size {
        params.size
    }

    fn lower(params: &Params, input: Size, lowered: &mut Vec<Lowered>) {
        let Params { size, mode, interpolation, antialias, .. } = *params;
        let to = match mode {
            Mode::Stretch => size,
            Mode::Fit => scaled_by(input, size, u64::min),
            Mode::Fill => scaled_by(input, size, u64::max),
        };
        let (x, y) = (size.width.abs_diff(to.width) / 2, size.height.abs_diff(to.height) / 2);
        if mode != Mode::Fit {
            return lowered.push(Lowered::Resize(Scaling { to, x, y, size, interpolation, antialias }));
        }
        lowered.push(Lowered::Resize(Scaling { to, x: 0, y: 0, size: to, interpolation, antialias }));
        let border = Border { fill_mode: FillMode::Constant, fill_value: params.fill_value };
        lowered.push(Lowered::Warp {
            map: Matrix::translation(-f64::from(x), -f64::from(y)),
            size,
            resampling: Resampling { interpolation: Interpolation::Nearest, border },
        });
    }
}

/// Rows are made before columns, so that a picture as wide as the result and as high as the source lies in between.
pub(super) fn fits_between(input: Sizes, to: Size) -> Result<(), String> {
    let between = Size::new(to.width, input.most.height);
    if between.pixels() > MOST_PIXELS {
        return Err(format!("from {} to {to} takes {between} pixels in between (resize in two steps)", input.most));
    }
    Ok(())
}

/// `input` scaled alike in both directions so that one side meets `size`; `choose` picks which.
/// Sides are rounded half up, and never below one pixel.
pub(super) fn scaled_by(input: Size, size: Size, choose: fn(u64, u64) -> u64) -> Size {
    let (iw, ih, w, h) = (u64::from(input.width), u64::from(input.height), u64::from(size.width), u64::from(size.height));
    let by_width = w * ih == choose(w * ih, h * iw);
    let rounded = |n: u64, d: u64| u32::try_from(((2 * n + d) / (2 * d)).max(1)).unwrap_or(u32::MAX);
    if by_width { Size::new(size.width, rounded(ih * w, iw)) } else { Size::new(rounded(iw * h, ih), size.height) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fit_stays_inside_and_fill_covers() {
        assert_eq!(scaled_by(Size::new(200, 100), Size::new(50, 50), u64::min), Size::new(50, 25));
        assert_eq!(scaled_by(Size::new(200, 100), Size::new(50, 50), u64::max), Size::new(100, 50));
        assert_eq!(scaled_by(Size::new(100, 100), Size::new(50, 50), u64::max), Size::new(50, 50));
        assert_eq!(scaled_by(Size::new(1000, 1), Size::new(50, 50), u64::min), Size::new(50, 1));
    }
}

//! Few levels, spread so that the means stay.

use crate::image::{Image, Size};
use crate::kernels::random::Noise;
use crate::kernels::{Tools, color, dither};
use crate::ops::Transform;
use crate::rng::Rng;
use crate::spec::fields::{About, Choice, Fields, Whole};
use crate::units::Gray;
use serde::{Deserialize, Serialize};

/// Few levels, spread so that the means stay.
#[derive(Clone, Debug)]
pub struct Dithering {
    levels: Whole,
    method: Method,
    matrix: Matrix,
    color_mode: Mode,
}

/// What one `dithering` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    levels: u32,
    method: Method,
    matrix: Matrix,
    color_mode: Mode,
    /// For the method `random`.
    seed: u64,
}

/// What decides between two levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Method {
    FloydSteinberg,
    Ordered,
    Random,
}

impl Choice for Method {
    const ALL: &'static [(&'static str, Self)] =
        &[("floyd_steinberg", Self::FloydSteinberg), ("ordered", Self::Ordered), ("random", Self::Random)];
}

/// Bayer's matrices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Matrix {
    #[serde(rename = "2x2")]
    Two,
    #[serde(rename = "4x4")]
    Four,
    #[serde(rename = "8x8")]
    Eight,
}

impl Choice for Matrix {
    const ALL: &'static [(&'static str, Self)] = &[("2x2", Self::Two), ("4x4", Self::Four), ("8x8", Self::Eight)];
}

/// What is dithered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Mode {
    PerChannel,
    Gray,
}

impl Choice for Mode {
    const ALL: &'static [(&'static str, Self)] = &[("per_channel", Self::PerChannel), ("gray", Self::Gray)];
}

impl Transform for Dithering {
    const NAME: &'static str = "dithering";
    const SUMMARY: &'static str = "Leaves few levels, spread so that areas keep their brightness.";
    const EXAMPLE: &'static str = r#"{"op": "dithering", "levels": [2, 4], "method": "ordered"}"#;
    const REFERENCE: &'static str = "`PIL.Image.convert(\"1\")` for `floyd_steinberg` with two levels, and the same rule for more; `ordered` is floor(x (levels - 1) / 255 + (B + 1/2) / side^2) with Bayer's matrix B; `random` has a uniform number in the matrix's place. Exact.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let about = About("levels a channel", "from black to white, evenly; 256 changes nothing");
        let levels = fields.whole("levels", Some(Whole::at(2)), (2, 256), about);
        let about = About("", "what decides between two levels: errors handed on, a pattern, or chance");
        let method = fields.choice("method", Method::FloydSteinberg, about);
        let matrix = fields.choice("matrix", Matrix::Four, About("", "the pattern of `ordered`"));
        let about = About("", "each channel by itself, or the picture's gray (Pillow's mode `L`)");
        let color_mode = fields.choice("color_mode", Mode::PerChannel, about);
        Self { levels, method, matrix, color_mode }
    }

    fn is_fixed(&self) -> bool {
        self.levels.is_fixed() && self.method != Method::Random
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        let (levels, seed) = (self.levels.draw(rng) as u32, rng.bits() >> 11);
        let Self { method, matrix, color_mode, .. } = *self;
        Params { levels, method, matrix, color_mode, seed: if method == Method::Random { seed } else { 0 } }
    }

    fn apply(params: &Params, source: &Image, tools: &mut Tools, target: &mut [u8]) {
        let Params { levels, method, matrix, color_mode, seed } = *params;
        let gray = color_mode == Mode::Gray;
        let dither::Scratch { gray: plane, errors } = &mut tools.dither;
        let from = if gray {
            plane.resize(source.bytes().len(), 0);
            color::gray(source.bytes(), Gray::Luma, plane);
            plane
        } else {
            source.bytes()
        };
        let (levels, width) = (levels.clamp(2, 256), source.size().width as usize);
        match method {
            Method::FloydSteinberg => dither::floyd_steinberg(from, width, levels, errors, target),
            Method::Ordered => dither::ordered(from, width, levels, matrix.side(), target),
            Method::Random => dither::random(from, levels, Noise::new(seed), gray, target),
        }
    }
}

impl Matrix {
    fn side(self) -> u32 {
        match self {
            Self::Two => 2,
            Self::Four => 4,
            Self::Eight => 8,
        }
    }
}

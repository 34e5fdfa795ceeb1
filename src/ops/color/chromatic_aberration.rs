//! Shifts red and blue against green, as cheap lenses do.

use crate::image::{Image, Size};
use crate::kernels::Tools;
use crate::kernels::field::{Field, Radial};
use crate::kernels::remap::remap_red_and_blue;
use crate::ops::Transform;
use crate::rng::Rng;
use crate::spec::fields::{About, Choice, Fields, Interval};
use crate::units::{Border, FillMode, Interpolation};
use serde::{Deserialize, Serialize};

/// Shifts red and blue against green, as cheap lenses do: the farther out, the more.
#[derive(Clone, Debug)]
pub struct ChromaticAberration {
    primary: Interval,
    secondary: Interval,
    mode: Fringes,
}

/// What one `chromatic_aberration` drew: k1 and k2 of each channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    red: [f64; 2],
    blue: [f64; 2],
}

/// The colours of the fringes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fringes {
    /// Red and blue move the same way.
    GreenPurple,
    /// They move apart.
    RedBlue,
    /// Each goes its own way.
    Random,
}

impl Choice for Fringes {
    const ALL: &'static [(&'static str, Self)] =
        &[("green_purple", Self::GreenPurple), ("red_blue", Self::RedBlue), ("random", Self::Random)];
}

impl Transform for ChromaticAberration {
    const NAME: &'static str = "chromatic_aberration";
    const SUMMARY: &'static str = "Shifts red and blue against green, as cheap lenses do.";
    const EXAMPLE: &'static str = r#"{"op": "chromatic_aberration", "primary": 0.05, "secondary": 0.1, "mode": "red_blue"}"#;
    const REFERENCE: &'static str = "Albumentations 2.0.8: `cv2.initUndistortRectifyMap` and `cv2.remap` of OpenCV 5 with replicated borders for red and for blue, rounded to nearest.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let primary = About("factor", "k1 of the lens for red and for blue: what grows with the square of the distance");
        let secondary = About("factor", "k2, of its fourth power; drawn for itself, with the sign of k1");
        let mode = About("", "whether red and blue move alike, apart, or as it comes");
        Self {
            primary: fields.interval("primary", Some(Interval::new(-0.02, 0.02)), (-1.0, 1.0), primary),
            secondary: fields.interval("secondary", Some(Interval::new(-0.05, 0.05)), (-1.0, 1.0), secondary),
            mode: fields.choice("mode", Fringes::GreenPurple, mode),
        }
    }

    fn is_fixed(&self) -> bool {
        self.primary.is_fixed() && self.secondary.is_fixed()
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        let mut lens = || {
            let (k1, k2) = (self.primary.draw(rng), self.secondary.draw(rng));
            [k1, alike(k1, k2)]
        };
        let (red, blue) = (lens(), lens());
        let blue = match self.mode {
            Fringes::GreenPurple => [alike(red[0], blue[0]), alike(red[1], blue[1])],
            Fringes::RedBlue => [-alike(red[0], -blue[0]), -alike(red[1], -blue[1])],
            Fringes::Random => blue,
        };
        Params { red, blue }
    }

    fn apply(params: &Params, source: &Image, tools: &mut Tools, target: &mut [u8]) {
        let lens = |[k1, k2]: [f64; 2]| Field::Radial(Radial::camera(source.size(), k1, k2));
        let border = Border { fill_mode: FillMode::Nearest, fill_value: [0; 3] };
        let (red, blue) = (lens(params.red), lens(params.blue));
        remap_red_and_blue(source.window(), (&red, &blue), (Interpolation::Bilinear, border), &mut tools.remap, target);
    }
}

/// `b`, turned round if its sign is not that of `a`; as it is if one of them has none.
fn alike(a: f64, b: f64) -> f64 {
    if a * b < 0.0 { -b } else { b }
}

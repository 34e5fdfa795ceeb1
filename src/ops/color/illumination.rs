//! Light from one side, from a corner, or in a spot.

use crate::image::{Image, Size};
use crate::kernels::Tools;
use crate::kernels::light::illumination;
use crate::ops::Transform;
use crate::rng::Rng;
use crate::spec::fields::{About, Choice, Fields, Interval};
use serde::{Deserialize, Serialize};

/// Light from one side, from a corner, or in a spot.
#[derive(Clone, Debug)]
pub struct Illumination {
    mode: Mode,
    intensity: Interval,
    effect: Effect,
    angle: Interval,
    center: Interval,
    sigma: Interval,
}

/// Where the light falls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Linear,
    Corner,
    Gaussian,
}

impl Choice for Mode {
    const ALL: &'static [(&'static str, Self)] =
        &[("linear", Self::Linear), ("corner", Self::Corner), ("gaussian", Self::Gaussian)];
}

/// Whether it is light or the lack of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    Brighten,
    Darken,
    Both,
}

impl Choice for Effect {
    const ALL: &'static [(&'static str, Self)] = &[("brighten", Self::Brighten), ("darken", Self::Darken), ("both", Self::Both)];
}

/// What one `illumination` drew. An intensity below 0 darkens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "mode", rename_all = "snake_case")]
pub enum Params {
    /// Along a direction.
    Linear {
        /// Share of the level that is lost on one side and gained on the other.
        intensity: f64,
        /// In degrees, clockwise from the right.
        angle: f64,
    },
    /// Away from a corner.
    Corner {
        /// Share of the level that is lost over a diagonal.
        intensity: f64,
        /// Whether it is one on the right, and one below.
        corner: [bool; 2],
    },
    /// About a point.
    Gaussian {
        /// Share of the level that is gained there.
        intensity: f64,
        /// As fractions of width and height.
        center: [f64; 2],
        /// As a fraction of the longer side.
        sigma: f64,
    },
}

impl Transform for Illumination {
    const NAME: &'static str = "illumination";
    const SUMMARY: &'static str = "Lights the picture from one side, from a corner, or with a soft spot.";
    const EXAMPLE: &'static str = r#"{"op": "illumination", "mode": "gaussian", "intensity": [0.05, 0.2]}"#;
    const REFERENCE: &'static str = "Albumentations 2.0.8 `Illumination`; `linear` rounds to nearest, `corner` and `gaussian` cut. A `linear` gradient goes from 0 to 1 along every direction, as that one's does at multiples of 45 degrees only: between them its gradient leaves that range, and darkens or brightens the whole picture.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let about =
            About("", "where the light falls: along a direction (`linear`), from a `corner`, or about a point (`gaussian`)");
        let mode = fields.choice("mode", Mode::Linear, about);
        let about = About("fractions", "how much of a level is gained or lost at most");
        let intensity = fields.interval("intensity", Some(Interval::new(0.01, 0.2)), (0.0, 1.0), about);
        let about = About(
            "",
            "`brighten`, `darken` or either: the point or the corner is the brightest place or the darkest; `linear` only turns round",
        );
        let effect = fields.choice("effect", Effect::Both, about);
        let about = About("degrees", "`linear`: where it gets brighter, clockwise from the right");
        let angle = fields.interval("angle", Some(Interval::new(0.0, 360.0)), (-360.0, 360.0), about);
        let about = About("fractions of width and height", "`gaussian`: where the point may be");
        let center = fields.interval("center", Some(Interval::new(0.1, 0.9)), (0.0, 1.0), about);
        let about = About("fractions of the longer side", "`gaussian`: standard deviation of the spot");
        let sigma = fields.interval("sigma", Some(Interval::new(0.2, 1.0)), (0.01, 10.0), about);
        Self { mode, intensity, effect, angle, center, sigma }
    }

    fn is_fixed(&self) -> bool {
        let of_mode = match self.mode {
            Mode::Linear => self.angle.is_fixed(),
            Mode::Corner => false,
            Mode::Gaussian => self.center.is_fixed() && self.sigma.is_fixed(),
        };
        of_mode && self.intensity.is_fixed() && self.effect != Effect::Both
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        let strength = self.intensity.draw(rng);
        let either = rng.chance(0.5);
        let darken = self.effect == Effect::Darken || (self.effect == Effect::Both && either);
        let intensity = if darken { -strength } else { strength };
        match self.mode {
            Mode::Linear => Params::Linear { intensity, angle: self.angle.draw(rng) },
            Mode::Corner => Params::Corner { intensity, corner: [rng.chance(0.5), rng.chance(0.5)] },
            Mode::Gaussian => {
                let center = [self.center.draw(rng), self.center.draw(rng)];
                Params::Gaussian { intensity, center, sigma: self.sigma.draw(rng) }
            }
        }
    }

    fn apply(params: &Params, source: &Image, tools: &mut Tools, target: &mut [u8]) {
        let scratch = &mut tools.light;
        match *params {
            Params::Linear { intensity, angle } => illumination::linear(source, intensity, angle, scratch, target),
            Params::Corner { intensity, corner } => illumination::corner(source, intensity, corner, scratch, target),
            Params::Gaussian { intensity, center, sigma } => {
                illumination::gaussian(source, intensity, center, sigma, scratch, target);
            }
        }
    }
}

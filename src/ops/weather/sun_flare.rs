//! The sun in the lens.

use super::region::Region;
use crate::image::{Image, Size};
use crate::kernels::Tools;
use crate::kernels::weather::flare::{self, Circle, Sun};
use crate::kernels::weather::glare;
use crate::ops::Transform;
use crate::rng::Rng;
use crate::spec::fields::{About, Choice, Fields, Interval, Whole};
use serde::{Deserialize, Serialize};

/// A sun that fades, and circles of flare on a line through it.
#[derive(Clone, Debug)]
pub struct SunFlare {
    region: Region,
    radius: u64,
    colour: [u8; 3],
    angle: Interval,
    circles: Whole,
    mode: Mode,
}

/// How the light is laid over the picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Mode {
    #[default]
    Overlay,
    Physics,
}

impl Choice for Mode {
    const ALL: &'static [(&'static str, Self)] = &[("overlay", Self::Overlay), ("physics", Self::Physics)];
}

/// What one `sun_flare` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    center: [i64; 2],
    radius: u32,
    color: [u8; 3],
    circles: Vec<Drawn>,
    #[serde(default)]
    mode: Mode,
}

/// A circle of flare, in pixels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Drawn {
    alpha: f64,
    center: [i64; 2],
    radius: u32,
    color: [u8; 3],
}

impl Transform for SunFlare {
    const NAME: &'static str = "sun_flare";
    const SUMMARY: &'static str = "Puts the sun into the lens: a bright disc that fades, and circles of flare.";
    const EXAMPLE: &'static str = r#"{"op": "sun_flare", "radius": 400}"#;
    const REFERENCE: &'static str = "Albumentations 2.0.8 `RandomSunFlare`: overlay by `cv2.circle` and `cv2.addWeighted`, 8-bit, rounded to nearest; physics by `cv2.line` and `cv2.GaussianBlur` in 32-bit floats, cut.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let region = Region::read(fields, [0.0, 0.0, 1.0, 0.5], "[left, top, right, bottom] of where the sun may be");
        let radius = fields.integer("radius", Some(400), (1, 4096), About("pixels", "where the sun's light ends"));
        let colour = fields.colour("color", [255; 3], About("levels", "the sun's colour; circles are up to a fifth darker"));
        let about = About("degrees", "direction of the line on which the circles lie, clockwise from the right");
        let angle = fields.interval("angle", Some(Interval::new(0.0, 360.0)), (-360.0, 360.0), about);
        let circles = fields.whole("circles", Some(Whole::new(6, 10)), (0, 100), About("", "how many circles of flare"));
        let about =
            About("", "`overlay` mixes discs in, `physics` screens with soft discs and rays, and colours are unequally sharp");
        let mode = fields.choice("mode", Mode::Overlay, about);
        Self { region, radius, colour, angle, circles, mode }
    }

    fn is_fixed(&self) -> bool {
        false
    }

    fn sample(&self, rng: &mut Rng, input: Size) -> Params {
        let (width, height) = (f64::from(input.width), f64::from(input.height));
        let angle = self.angle.draw(rng) * (std::f64::consts::PI / 180.0);
        let [left, top, right, bottom] = self.region.fractions();
        let center = [(width * rng.uniform(left, right)) as i64, (height * rng.uniform(top, bottom)) as i64];
        let step = (((width * width + height * height).sqrt() * 0.01) as i64).max(1);
        let radii = Whole::new(1, ((height * 0.01) as i64).max(2));
        let steps = Whole::new(0, (i64::from(input.width) - 1) / step);
        let darker = i64::from(self.colour.into_iter().max().unwrap_or(0)) / 5;
        let (cos, sin) = (libm::cos(angle), libm::sin(angle));
        let count = self.circles.draw(rng);
        let circle = |_| {
            let alpha = rng.uniform(0.05, 0.2);
            let along = (steps.draw(rng) * step - center[0]) as f64;
            let at = [(center[0] as f64 + along * cos) as i64, (center[1] as f64 + along * sin) as i64];
            let radius = radii.draw(rng) as u32;
            let color = self.colour.map(|c| Whole::new((i64::from(c) - darker).max(0), i64::from(c)).draw(rng) as u8);
            Drawn { alpha, center: at, radius: radius * radius * radius, color }
        };
        let circles = (0..count).map(circle).collect();
        Params { center, radius: self.radius as u32, color: self.colour, circles, mode: self.mode }
    }

    fn apply(params: &Params, source: &Image, tools: &mut Tools, target: &mut [u8]) {
        let circle = |c: &Drawn| Circle { part: c.alpha, x: c.center[0], y: c.center[1], radius: c.radius, colour: c.color };
        let circles: Vec<Circle> = params.circles.iter().map(circle).collect();
        let sun = Sun { x: params.center[0], y: params.center[1], radius: params.radius, colour: params.color };
        match params.mode {
            Mode::Overlay => flare::overlay(source, &circles, &sun, &mut tools.weather, target),
            Mode::Physics => glare::glare(source, &circles, &sun, &mut tools.weather, target),
        }
    }
}

//! A print in dots.

use crate::image::{Image, Size};
use crate::kernels::Tools;
use crate::kernels::halftone::{self, Screen};
use crate::ops::Transform;
use crate::rng::Rng;
use crate::spec::fields::{About, Choice, Fields, Interval};
use serde::{Deserialize, Serialize};

/// Prints the picture in dots, which are large where it is dark.
#[derive(Clone, Debug)]
pub struct Halftone {
    dot_size: Interval,
    angle: Interval,
    ink: Inks,
    blend: Interval,
}

/// What one `halftone` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    dot_size: f64,
    angle: f64,
    ink: Inks,
    blend: f64,
}

/// What is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Inks {
    Black,
    Cmyk,
}

impl Choice for Inks {
    const ALL: &'static [(&'static str, Self)] = &[("black", Self::Black), ("cmyk", Self::Cmyk)];
}

impl Transform for Halftone {
    const NAME: &'static str = "halftone";
    const SUMMARY: &'static str = "Prints the picture in dots, which are large where it is dark.";
    const EXAMPLE: &'static str = r#"{"op": "halftone", "dot_size": [4, 8], "ink": "cmyk", "blend": [0.5, 1]}"#;
    const REFERENCE: &'static str = "Ours: a round dot in each cell of a turned square screen, whose share of the cell is the ink's share of the cell's mean colour; edges one pixel soft; cyan, magenta and yellow are turned by -30, 30 and -45 degrees from black. Rounded half up.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let about = About("pixels", "from the middle of a dot to that of the next");
        let dot_size = fields.interval("dot_size", Some(Interval::new(4.0, 8.0)), (2.0, 256.0), about);
        let about = About("degrees", "how far the rows of dots are turned, clockwise");
        let angle = fields.interval("angle", Some(Interval::at(45.0)), (-180.0, 180.0), about);
        let ink = fields.choice("ink", Inks::Black, About("", "black alone makes a gray print"));
        let about = About("fraction", "how much of the result is print; the rest is the picture as it was");
        let blend = fields.interval("blend", Some(Interval::at(1.0)), (0.0, 1.0), about);
        Self { dot_size, angle, ink, blend }
    }

    fn is_fixed(&self) -> bool {
        self.dot_size.is_fixed() && self.angle.is_fixed() && self.blend.is_fixed()
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        let (dot_size, angle, blend) = (self.dot_size.draw(rng), self.angle.draw(rng), self.blend.draw(rng));
        Params { dot_size, angle, ink: self.ink, blend }
    }

    fn apply(params: &Params, source: &Image, tools: &mut Tools, target: &mut [u8]) {
        let Params { dot_size: pitch, angle, ink, blend } = *params;
        let screen = Screen { pitch, angle, inks: ink == Inks::Cmyk, blend };
        halftone::halftone(source, &screen, &mut tools.halftone, target);
    }
}

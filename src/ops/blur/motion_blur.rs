//! Smears along a line.

use super::odd::Odd;
use crate::image::{Image, Size};
use crate::kernels::{Tools, filter};
use crate::ops::Transform;
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Interval};
use serde::{Deserialize, Serialize};

/// Smears along a line, as a camera that moves.
#[derive(Clone, Debug)]
pub struct MotionBlur {
    size: Odd,
    degrees: Interval,
    direction: Interval,
    shifted: bool,
}

/// What one `motion_blur` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    size: usize,
    degrees: f64,
    direction: f64,
    /// In halves of the line's reach, -1 to 1.
    shift: [f64; 2],
}

impl Transform for MotionBlur {
    const NAME: &'static str = "motion_blur";
    const SUMMARY: &'static str = "Smears along a line, as a camera that moves.";
    const EXAMPLE: &'static str = r#"{"op": "motion_blur", "size": [7, 21], "degrees": [0, 180], "p": 0.5}"#;
    const REFERENCE: &'static str = "Albumentations 2.0.8 `MotionBlur` (`cv2.filter2D`): the mean of the pixels on the line, \
        exact sums, rounded half up; mirrored about the edge pixels.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let size = Odd::read(fields, (3, 7));
        let degrees = fields.interval(
            "degrees",
            Some(Interval::new(0.0, 360.0)),
            (-360.0, 360.0),
            About("degrees", "angle of the line; 0 is along the rows, 90 along the columns, 45 down to the right"),
        );
        let direction = fields.interval(
            "direction",
            Some(Interval::new(-1.0, 1.0)),
            (-1.0, 1.0),
            About("", "0 smears both ways, 1 only forwards along the line, -1 only backwards"),
        );
        let about = About("", "whether the line is also moved, by up to a quarter of the size along each axis");
        Self { size, degrees, direction, shifted: fields.flag("shifted", true, about) }
    }

    fn is_fixed(&self) -> bool {
        self.size.is_fixed() && self.degrees.is_fixed() && self.direction.is_fixed() && !self.shifted
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        let (size, degrees, direction) = (self.size.draw(rng), self.degrees.draw(rng), self.direction.draw(rng));
        let shift = if self.shifted { [rng.uniform(-1.0, 1.0), rng.uniform(-1.0, 1.0)] } else { [0.0; 2] };
        Params { size, degrees, direction, shift }
    }

    fn apply(params: &Params, source: &Image, tools: &mut Tools, target: &mut [u8]) {
        let Params { size, degrees, direction, shift } = *params;
        filter::motion_blur(source, filter::Line { size, degrees, direction, shift }, &mut tools.filter, target);
    }
}

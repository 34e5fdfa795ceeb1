//! Rain.

use crate::image::{Image, Size};
use crate::kernels::Tools;
use crate::kernels::weather::rain;
use crate::ops::Transform;
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Interval, Whole};
use serde::{Deserialize, Serialize};

/// Slanted drops, blurred, on a darker picture.
#[derive(Clone, Debug)]
pub struct Rain {
    slant: Interval,
    density: Interval,
    length: Option<u64>,
    width: u64,
    colour: [u8; 3],
    blur: u64,
    brightness: Interval,
}

/// What one `rain` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    slant: f64,
    drop_length: i64,
    drop_width: u32,
    drop_color: [u8; 3],
    blur: u32,
    brightness: f64,
    /// Where drops begin, (x, y) in pixels.
    drops: Vec<[i64; 2]>,
}

impl Transform for Rain {
    const NAME: &'static str = "rain";
    const SUMMARY: &'static str = "Draws slanted drops of rain and darkens the picture.";
    const EXAMPLE: &'static str = r#"{"op": "rain", "slant": [-10, 10], "density": 1, "blur": 3}"#;
    const REFERENCE: &'static str = "Albumentations 2.0.8 `RandomRain`: OpenCV 5's `cv2.polylines`, `cv2.blur`, then brightness, 8-bit, rounded to nearest; exact.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let about = About("pixels", "how far a drop moves to the right while it falls its length");
        let slant = fields.interval("slant", Some(Interval::new(-10.0, 10.0)), (-1000.0, 1000.0), about);
        let about = About("drops per row", "0.25 is Albumentations' drizzle, 1 heavy, 2 torrential");
        let density = fields.interval("density", Some(Interval::at(1.0 / 3.0)), (0.0, 10.0), about);
        let about = About("pixels", "how far a drop falls; an eighth of the height if absent");
        let length = fields.optional_integer("drop_length", (1, 1000), about);
        let width = fields.integer("drop_width", Some(1), (1, 20), About("pixels", "how wide a drop is"));
        let colour = fields.colour("drop_color", [200; 3], About("levels", "added where drops are"));
        let about = About("pixels", "side of the square over which drops are blurred; even ones count as the next odd one");
        let blur = fields.integer("blur", Some(7), (1, 99), about);
        let about = About("factor", "what the picture's levels are multiplied with");
        let brightness = fields.interval("brightness", Some(Interval::at(0.7)), (0.0, 1.0), about);
        Self { slant, density, length, width, colour, blur, brightness }
    }

    fn is_fixed(&self) -> bool {
        false
    }

    fn sample(&self, rng: &mut Rng, input: Size) -> Params {
        let height = i64::from(input.height);
        let drop_length = self.length.map_or((height / 8).max(1), |length| length as i64);
        let slant = self.slant.draw(rng);
        let count = (f64::from(input.height) * self.density.draw(rng) + 1e-9) as usize;
        let brightness = self.brightness.draw(rng);
        let columns = Whole::new(0, i64::from(input.width) - 1);
        let rows = Whole::new(0, (height - drop_length - 1).max(0));
        let drops = (0..count).map(|_| [columns.draw(rng), rows.draw(rng)]).collect();
        let (drop_width, blur) = (self.width as u32, self.blur as u32 | 1);
        Params { slant, drop_length, drop_width, drop_color: self.colour, blur, brightness, drops }
    }

    fn apply(params: &Params, source: &Image, tools: &mut Tools, target: &mut [u8]) {
        let drops = rain::Drops {
            slant: params.slant,
            length: params.drop_length,
            width: params.drop_width,
            colour: params.drop_color,
            blur: params.blur,
            brightness: params.brightness,
        };
        rain::rain(source, params.drops.iter().map(|at| (at[0], at[1])), &drops, &mut tools.weather, target);
    }
}

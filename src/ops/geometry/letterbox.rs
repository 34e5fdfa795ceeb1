//! Fits the whole picture into a size, and fills the rest.

use super::crop::read_size;
use super::padding::{Position, lower_part};
use super::rescale::Rescale;
use super::resize::{fits_between, scaled_by};
use crate::image::{Size, Sizes};
use crate::ops::{Lowered, Transform};
use crate::rng::Rng;
use crate::spec::fields::{About, Fields};
use crate::units::{Border, FillMode};
use serde::{Deserialize, Serialize};

/// Fits the whole picture into a size, and fills the rest.
#[derive(Clone, Debug)]
pub struct Letterbox {
    size: Size,
    position: Position,
    rescale: Rescale,
    fill_value: [u8; 3],
}

/// The size, and how much of the rest lies left and above.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    #[serde(flatten)]
    size: Size,
    left: u32,
    top: u32,
    #[serde(flatten)]
    rescale: Rescale,
    fill_value: [u8; 3],
}

impl Transform for Letterbox {
    const NAME: &'static str = "letterbox";
    const SUMMARY: &'static str = "Fits the whole picture into a size, without distortion, and fills the rest with a colour.";
    const EXAMPLE: &'static str = r#"{"op": "letterbox", "width": 320, "height": 200, "fill_value": 114}"#;
    const REFERENCE: &'static str = "`PIL.Image.resize` to the largest size that fits, sides rounded half up, then `cv2.copyMakeBorder`; an odd pixel goes right and below.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let size = read_size(fields);
        let fill_value = fields.colour("fill_value", [0; 3], About("levels", "the colour of the rest"));
        Self { size, position: Position::read(fields), rescale: Rescale::read(fields), fill_value }
    }

    fn is_fixed(&self) -> bool {
        self.position.is_fixed()
    }

    fn sizes(&self, input: Sizes) -> Result<Sizes, String> {
        fits_between(input, self.size)?;
        Ok(Sizes::one(self.size))
    }

    fn sample(&self, rng: &mut Rng, input: Size) -> Params {
        let shown = scaled_by(input, self.size, u64::min);
        let room = Size::new(self.size.width - shown.width, self.size.height - shown.height);
        let (left, top) = self.position.place(room, rng);
        Params { size: self.size, left, top, rescale: self.rescale, fill_value: self.fill_value }
    }

    fn output_size(params: &Params, _input: Size) -> Size {
        params.size
    }

    fn lower(params: &Params, input: Size, lowered: &mut Vec<Lowered>) {
        let shown = scaled_by(input, params.size, u64::min);
        let border = Border { fill_mode: FillMode::Constant, fill_value: params.fill_value };
        params.rescale.lower(input, shown, lowered);
        lower_part((-i64::from(params.left), -i64::from(params.top)), params.size, border, shown, lowered);
    }
}

//! Brightness, contrast, saturation, hue and the order of channels, each now and then.

use crate::image::{Image, Size};
use crate::kernels::Tools;
use crate::kernels::color::{Adjustment, adjust};
use crate::ops::Transform;
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Interval};
use serde::{Deserialize, Serialize};

/// Brightness, contrast, saturation, hue and the order of channels, each now and then.
#[derive(Clone, Debug)]
pub struct PhotometricDistort {
    brightness: Interval,
    contrast: Interval,
    saturation: Interval,
    hue: Interval,
    step_p: f64,
    channel_shuffle_p: f64,
}

/// What one `photometric_distort` drew; what is not there was left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    #[serde(skip_serializing_if = "Option::is_none")]
    brightness: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contrast: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    saturation: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hue: Option<f64>,
    /// Contrast stands before saturation and hue, not after them.
    contrast_first: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    channels: Option<[u8; 3]>,
}

impl Transform for PhotometricDistort {
    const NAME: &'static str = "photometric_distort";
    const SUMMARY: &'static str =
        "Changes brightness, contrast, saturation, hue and the order of channels, each with a probability of its own.";
    const EXAMPLE: &'static str = r#"{"op": "photometric_distort"}"#;
    const REFERENCE: &'static str = "torchvision's `RandomPhotometricDistort`, after SSD: the adjustments of `color_jitter`, contrast before or after saturation and hue.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let (range, bounds) = (Some(Interval::new(0.5, 1.5)), (0.0, 100.0));
        let brightness = About("factor", "on all levels");
        let contrast = About("factor", "on the distance from the mean gray; before or after saturation and hue, both alike");
        Self {
            brightness: fields.interval("brightness", Some(Interval::new(0.875, 1.125)), bounds, brightness),
            contrast: fields.interval("contrast", range, bounds, contrast),
            saturation: fields.interval("saturation", range, bounds, About("factor", "on the distance from each pixel's gray")),
            hue: fields.interval("hue", Some(Interval::new(-0.05, 0.05)), (-0.5, 0.5), About("turns", "of the colour circle")),
            step_p: fields.number("step_p", Some(0.5), (0.0, 1.0), About("probability", "of each of the four")),
            channel_shuffle_p: fields.number(
                "channel_shuffle_p",
                Some(0.5),
                (0.0, 1.0),
                About("probability", "that the channels are put into a drawn order"),
            ),
        }
    }

    fn is_fixed(&self) -> bool {
        self.step_p == 0.0 && self.channel_shuffle_p == 0.0
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        let mut now_and_then = |range: Interval| {
            let taken = rng.chance(self.step_p);
            Some(range.draw(rng)).filter(|_| taken)
        };
        let (brightness, contrast) = (now_and_then(self.brightness), now_and_then(self.contrast));
        let (saturation, hue) = (now_and_then(self.saturation), now_and_then(self.hue));
        let contrast_first = rng.chance(0.5);
        let shuffled = rng.chance(self.channel_shuffle_p);
        let mut channels = [0, 1, 2];
        rng.shuffle(&mut channels);
        Params { brightness, contrast, saturation, hue, contrast_first, channels: Some(channels).filter(|_| shuffled) }
    }

    fn apply(params: &Params, source: &Image, tools: &mut Tools, target: &mut [u8]) {
        let contrast = Adjustment::Contrast(params.contrast.unwrap_or(1.0));
        let colours = [Adjustment::Saturation(params.saturation.unwrap_or(1.0)), Adjustment::Hue(params.hue.unwrap_or(0.0))];
        let [a, b, c] =
            if params.contrast_first { [contrast, colours[0], colours[1]] } else { [colours[0], colours[1], contrast] };
        let brightness = Adjustment::Brightness(params.brightness.unwrap_or(1.0));
        let mut steps = [brightness, a, b, c, Adjustment::Shuffle(params.channels.unwrap_or([0, 1, 2]))];
        adjust(source.bytes(), &mut steps, &mut tools.color, target);
    }
}

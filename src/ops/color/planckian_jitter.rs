//! The colour of the light, along the Planckian locus.

use crate::image::Size;
use crate::kernels::tone::Tone;
use crate::ops::{Lowered, Serves, Transform};
use crate::rng::Rng;
use crate::spec::fields::{About, Choice, Fields, Interval};
use serde::{Deserialize, Serialize};

/// The colour of the light: red and blue multiplied as under a light of another temperature.
#[derive(Clone, Debug)]
pub struct PlanckianJitter {
    temperature: Interval,
    mode: Mode,
}

/// Which light.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mode {
    /// A black body.
    Blackbody,
    /// Daylight, the CIE's D illuminants.
    Cied,
}

impl Choice for Mode {
    const ALL: &'static [(&'static str, Self)] = &[("blackbody", Self::Blackbody), ("cied", Self::Cied)];
}

/// What one `planckian_jitter` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    temperature: f64,
    mode: Mode,
}

/// Kelvin: the light that the references call white.
const WHITE: f64 = 6000.0;
/// How often a temperature below white is drawn.
const WARM: f64 = 0.4;

impl Transform for PlanckianJitter {
    const NAME: &'static str = "planckian_jitter";
    const SUMMARY: &'static str = "Changes the colour of the light, from candle red to sky blue.";
    const EXAMPLE: &'static str = r#"{"op": "planckian_jitter"}"#;
    const REFERENCE: &'static str = "Albumentations 2.0.8 `PlanckianJitter`, after Zini, Gomez-Villa, Buzzelli, Twardowski, Bagdanov and van de Weijer, \"Planckian Jitter\", 2023: red and blue times their share of green, cut.";
    const SERVES: Option<Serves> = Some(Serves::Three);
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let mode = fields.choice("mode", Mode::Blackbody, About("", "the light: of a `blackbody`, or daylight (`cied`)"));
        let temperature = fields.optional_interval(
            "temperature",
            (mode.coolest(), 15000.0),
            About("kelvin", "of the light; a range about 6000 is drawn from its part below with probability 0.4, from that above with 0.6; by default all that the mode has (blackbody from 3000, cied from 4000)"),
        );
        Self { temperature: temperature.unwrap_or(Interval::new(mode.coolest(), 15000.0)), mode }
    }

    fn is_fixed(&self) -> bool {
        self.temperature.is_fixed()
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        let Interval { low, high } = self.temperature;
        let warm = rng.chance(WARM);
        let part = match (low < WHITE && WHITE < high, warm) {
            (false, _) => self.temperature,
            (true, true) => Interval::new(low, WHITE),
            (true, false) => Interval::new(WHITE, high),
        };
        Params { temperature: part.draw(rng), mode: self.mode }
    }

    fn lower(params: &Params, _input: Size, lowered: &mut Vec<Lowered>) {
        let [red, green, blue] = params.mode.light(params.temperature);
        lowered.push(Lowered::Tone(Tone::Cut { scale: [red / green, 1.0, blue / green], offset: [0.0; 3] }));
    }
}

impl Mode {
    /// The lowest temperature that it has, in kelvin.
    fn coolest(self) -> f64 {
        match self {
            Self::Blackbody => 3000.0,
            Self::Cied => 4000.0,
        }
    }

    /// Red, green and blue of the light, between the table's rows along straight lines.
    fn light(self, temperature: f64) -> [f64; 3] {
        let table: &[[f64; 3]] = match self {
            Self::Blackbody => &BLACKBODY,
            Self::Cied => &CIED,
        };
        let place = ((temperature - self.coolest()) / 500.0).clamp(0.0, (table.len() - 1) as f64);
        let row = (place as usize).min(table.len() - 2);
        let share = place - row as f64;
        [0, 1, 2].map(|c| (1.0 - share) * table[row][c] + share * table[row + 1][c])
    }
}

/// Red, green, blue of a black body from 3000 to 15000 kelvin in steps of 500.
#[rustfmt::skip]
const BLACKBODY: [[f64; 3]; 25] = [
    [0.6743, 0.4029, 0.0013], [0.6281, 0.4241, 0.1665], [0.5919, 0.4372, 0.2513], [0.5623, 0.4457, 0.3154],
    [0.5376, 0.4515, 0.3672], [0.5163, 0.4555, 0.4103], [0.4979, 0.4584, 0.4468], [0.4816, 0.4604, 0.4782],
    [0.4672, 0.4619, 0.5053], [0.4542, 0.4630, 0.5289], [0.4426, 0.4638, 0.5497], [0.4320, 0.4644, 0.5681],
    [0.4223, 0.4648, 0.5844], [0.4135, 0.4651, 0.5990], [0.4054, 0.4653, 0.6121], [0.3980, 0.4654, 0.6239],
    [0.3911, 0.4655, 0.6346], [0.3847, 0.4656, 0.6444], [0.3787, 0.4656, 0.6532], [0.3732, 0.4656, 0.6613],
    [0.3680, 0.4655, 0.6688], [0.3632, 0.4655, 0.6756], [0.3586, 0.4655, 0.6820], [0.3544, 0.4654, 0.6878],
    [0.3503, 0.4653, 0.6933],
];

/// Red, green, blue of daylight from 4000 to 15000 kelvin in steps of 500.
#[rustfmt::skip]
const CIED: [[f64; 3]; 23] = [
    [0.5829, 0.4421, 0.2288], [0.5510, 0.4514, 0.2948], [0.5246, 0.4576, 0.3488], [0.5021, 0.4618, 0.3941],
    [0.4826, 0.4646, 0.4325], [0.4654, 0.4667, 0.4654], [0.4502, 0.4681, 0.4938], [0.4364, 0.4692, 0.5186],
    [0.4240, 0.4700, 0.5403], [0.4127, 0.4705, 0.5594], [0.4023, 0.4709, 0.5763], [0.3928, 0.4713, 0.5914],
    [0.3839, 0.4715, 0.6049], [0.3757, 0.4716, 0.6171], [0.3681, 0.4717, 0.6281], [0.3609, 0.4718, 0.6380],
    [0.3543, 0.4719, 0.6472], [0.3480, 0.4719, 0.6555], [0.3421, 0.4719, 0.6631], [0.3365, 0.4719, 0.6702],
    [0.3313, 0.4719, 0.6766], [0.3263, 0.4719, 0.6826], [0.3217, 0.4719, 0.6882],
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn light_is_read_between_the_rows() {
        assert_eq!(Mode::Blackbody.light(3000.0), BLACKBODY[0]);
        assert_eq!(Mode::Cied.light(15000.0), CIED[22]);
        let between = Mode::Cied.light(4250.0)[0];
        assert!((between - (0.5829 + 0.5510) / 2.0).abs() < 1e-12, "{between}");
    }
}

//! torchvision's spaces of ops, and their strengths in equal steps. Source: `torchvision.transforms.v2` 0.29, `AutoAugment`,
//! `RandAugment`, `TrivialAugmentWide`, `AugMix`.

use super::part::{Look, Part};
use super::pieces::Pieces;
use serde_json::Value;

/// The strongest of each op.
#[derive(Clone, Copy, Debug)]
struct Space {
    /// Slope.
    shear: f64,
    /// How far, and as what.
    shift: [(Part, f64); 2],
    degrees: f64,
    /// How far a factor is from 1.
    factor: f64,
    /// Bits that are kept, at the weakest and at the strongest.
    bits: [f64; 2],
}

const FAR: f64 = 150.0 / 331.0;
const RAND: Space =
    Space { shear: 0.3, shift: [(Part::ShiftX, FAR), (Part::ShiftY, FAR)], degrees: 30.0, factor: 0.9, bits: [8.0, 4.0] };
const TRIVIAL: Space =
    Space { shear: 0.99, shift: [(Part::PixelsX, 32.0), (Part::PixelsY, 32.0)], degrees: 135.0, factor: 0.99, bits: [8.0, 2.0] };
const AUGMIX: Space = Space { shift: [(Part::ShiftX, 1.0 / 3.0), (Part::ShiftY, 1.0 / 3.0)], bits: [4.0, 0.0], ..RAND };
/// The steps of `AutoAugment` and `AugMix`.
const TEN: u64 = 10;
/// The ops of `RandAugment` and `TrivialAugmentWide`.
const OPS: [&str; 14] = [
    "Identity",
    "ShearX",
    "ShearY",
    "TranslateX",
    "TranslateY",
    "Rotate",
    "Brightness",
    "Color",
    "Contrast",
    "Sharpness",
    "Posterize",
    "Solarize",
    "AutoContrast",
    "Equalize",
];
/// Those of `AugMix`, the four that `all_ops` adds last.
const AUGMIX_OPS: [&str; 13] = [
    "ShearX",
    "ShearY",
    "TranslateX",
    "TranslateY",
    "Rotate",
    "Posterize",
    "Solarize",
    "AutoContrast",
    "Equalize",
    "Brightness",
    "Color",
    "Contrast",
    "Sharpness",
];

/// Step `i` of `bins` from `start` to `end`, as `torch.linspace` has it in single precision, its product and sum rounded
/// once: a threshold that is a level must be that level, and a shift is cut to whole pixels.
fn linspace(start: f64, end: f64, bins: u64, i: u64) -> f64 {
    let single = |value: f64| f64::from(value as f32);
    let step = single((single(end) - single(start)) / (bins - 1) as f64);
    single(if i < bins / 2 { single(start) + step * i as f64 } else { single(end) - step * (bins - 1 - i) as f64 })
}

impl Space {
    /// The op called `name` with its strengths at these steps of `bins`.
    fn op(&self, name: &str, bins: u64, steps: &[u64], look: &Look) -> Value {
        let between = |start, end| Pieces::one_of(steps.iter().map(move |i| linspace(start, end, bins, *i)));
        let up_to = |end| between(0.0, end).signed();
        let factor = up_to(self.factor).map(|change| 1.0 + change);
        let [(shift_x, far_x), (shift_y, far_y)] = self.shift;
        let (part, values) = match name {
            "ShearX" => (Part::ShearX, up_to(self.shear)),
            "ShearY" => (Part::ShearY, up_to(self.shear)),
            "TranslateX" => (shift_x, up_to(far_x)),
            "TranslateY" => (shift_y, up_to(far_y)),
            "Rotate" => (Part::Rotate, up_to(self.degrees)),
            "Brightness" => (Part::Brightness, factor),
            "Color" => (Part::Saturation, factor),
            "Contrast" => (Part::Contrast, factor),
            "Sharpness" => (Part::Sharpness, factor),
            "Posterize" => (Part::Posterize, self.posterize(bins, steps)),
            "Solarize" => (Part::Solarize, between(1.0, 0.0).map(|share| share * 255.0)),
            "AutoContrast" => return Part::AutoContrast.plain(look),
            "Equalize" => return Part::Equalize.plain(look),
            "Invert" => return Part::Invert.plain(look),
            _ => return Part::Identity.plain(look),
        };
        part.choice(&values, look)
    }

    /// Bits: whole, halves to even, in single precision.
    fn posterize(&self, bins: u64, steps: &[u64]) -> Pieces {
        let [most, least] = self.bits.map(|bits| bits as f32);
        let per_bit = (bins - 1) as f32 / (most - least);
        Pieces::one_of(steps.iter().map(move |i| f64::from((most - *i as f32 / per_bit).round_ties_even())))
    }
}

/// `AutoAugment`'s op at step `bin` of ten.
pub(super) fn auto_augment(name: &str, bin: u64, look: &Look) -> Value {
    RAND.op(name, TEN, &[bin], look)
}

/// `RandAugment`'s ops at step `magnitude` of `bins`.
pub(super) fn rand(magnitude: u64, bins: u64, look: &Look) -> Vec<Value> {
    let step = [magnitude.min(bins - 1)];
    OPS.iter().map(|name| RAND.op(name, bins, &step, look)).collect()
}

/// `TrivialAugmentWide`'s ops, each at any of `bins` steps.
pub(super) fn trivial(bins: u64, look: &Look) -> Vec<Value> {
    let steps: Vec<u64> = (0..bins).collect();
    OPS.iter().map(|name| TRIVIAL.op(name, bins, &steps, look)).collect()
}

/// `AugMix`'s ops, each at any of the first `severity` steps of ten.
pub(super) fn augmix(severity: u64, all: bool, look: &Look) -> Vec<Value> {
    let steps: Vec<u64> = (0..severity.min(TEN)).collect();
    let count = if all { AUGMIX_OPS.len() } else { AUGMIX_OPS.len() - 4 };
    AUGMIX_OPS[..count].iter().map(|name| AUGMIX.op(name, TEN, &steps, look)).collect()
}

//! AutoAugment's policies: each row draws one of their pairs.
//!
//! Sources: Cubuk et al., "AutoAugment: Learning Augmentation Policies from Data" (2019), as torchvision 0.29 and timm 1.0 have
//! its tables.

use super::part::{Look, Reading, sometimes};
use super::{Dialect, Policy, Shape, timm, torchvision};
use crate::spec::fields::{About, Choice, Fields};
use serde_json::{Value, json};

/// An op, how often it applies, and its step of ten (torchvision) or magnitude (timm).
type Part = (&'static str, f64, u64);

/// Which pairs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Table {
    Imagenet,
    Cifar10,
    Svhn,
    Original,
    OriginalR,
    V0,
    V0R,
    ThreeA,
}

impl Choice for Table {
    const ALL: &'static [(&'static str, Self)] = &[
        ("imagenet", Self::Imagenet),
        ("cifar10", Self::Cifar10),
        ("svhn", Self::Svhn),
        ("original", Self::Original),
        ("originalr", Self::OriginalR),
        ("v0", Self::V0),
        ("v0r", Self::V0R),
        ("3a", Self::ThreeA),
    ];
}

impl Table {
    fn dialect(self) -> Dialect {
        match self {
            Self::Imagenet | Self::Cifar10 | Self::Svhn => Dialect::Torchvision,
            Self::Original | Self::OriginalR | Self::V0 | Self::V0R | Self::ThreeA => Dialect::Timm,
        }
    }

    /// The pairs, and what this policy calls a `Posterize` of them.
    fn pairs(self) -> (&'static [[Part; 2]; 25], &'static str) {
        match self {
            Self::Imagenet => (&IMAGENET, "Posterize"),
            Self::Cifar10 => (&CIFAR10, "Posterize"),
            Self::Svhn => (&SVHN, "Posterize"),
            Self::Original => (&IMAGENET, "PosterizeOriginal"),
            Self::OriginalR => (&IMAGENET, "PosterizeIncreasing"),
            Self::V0 | Self::ThreeA => (&V0, "Posterize"),
            Self::V0R => (&V0, "PosterizeIncreasing"),
        }
    }
}

/// Reads the policy.
pub(super) fn read(fields: &mut Fields<'_>) -> Policy {
    let about =
        About("", "`imagenet`, `cifar10`, `svhn` are torchvision's; `original`, `originalr`, `v0`, `v0r`, `3a` are timm's");
    let table = fields.choice("policy", Table::Imagenet, about);
    let dialect = table.dialect();
    let look = Look::read(fields, dialect.look(Reading::Nearest));
    let one = |name: &str, at: u64| match dialect {
        Dialect::Timm => timm::op(name, &timm::Levels::at(at as f64), &look),
        _ => torchvision::auto_augment(name, at, &look),
    };
    let choices = match table {
        Table::ThreeA => THREE_A.iter().map(|(name, at)| one(name, *at)).collect(),
        _ => {
            let (pairs, posterize) = table.pairs();
            let step =
                |(name, share, at): &Part| sometimes(one(if *name == "Posterize" { posterize } else { name }, *at), *share);
            let pair = |pair: &[Part; 2]| -> Value { json!({"op": "sequential", "steps": [step(&pair[0]), step(&pair[1])]}) };
            pairs.iter().map(pair).collect()
        }
    };
    Policy { name: "auto_augment", choices, shape: Shape::Row(1) }
}

const THREE_A: [(&str, u64); 3] = [("Solarize", 5), ("Desaturate", 10), ("GaussianBlurRand", 10)];

const IMAGENET: [[Part; 2]; 25] = [
    [("Posterize", 0.4, 8), ("Rotate", 0.6, 9)],
    [("Solarize", 0.6, 5), ("AutoContrast", 0.6, 0)],
    [("Equalize", 0.8, 0), ("Equalize", 0.6, 0)],
    [("Posterize", 0.6, 7), ("Posterize", 0.6, 6)],
    [("Equalize", 0.4, 0), ("Solarize", 0.2, 4)],
    [("Equalize", 0.4, 0), ("Rotate", 0.8, 8)],
    [("Solarize", 0.6, 3), ("Equalize", 0.6, 0)],
    [("Posterize", 0.8, 5), ("Equalize", 1.0, 0)],
    [("Rotate", 0.2, 3), ("Solarize", 0.6, 8)],
    [("Equalize", 0.6, 0), ("Posterize", 0.4, 6)],
    [("Rotate", 0.8, 8), ("Color", 0.4, 0)],
    [("Rotate", 0.4, 9), ("Equalize", 0.6, 0)],
    [("Equalize", 0.0, 0), ("Equalize", 0.8, 0)],
    [("Invert", 0.6, 0), ("Equalize", 1.0, 0)],
    [("Color", 0.6, 4), ("Contrast", 1.0, 8)],
    [("Rotate", 0.8, 8), ("Color", 1.0, 2)],
    [("Color", 0.8, 8), ("Solarize", 0.8, 7)],
    [("Sharpness", 0.4, 7), ("Invert", 0.6, 0)],
    [("ShearX", 0.6, 5), ("Equalize", 1.0, 0)],
    [("Color", 0.4, 0), ("Equalize", 0.6, 0)],
    [("Equalize", 0.4, 0), ("Solarize", 0.2, 4)],
    [("Solarize", 0.6, 5), ("AutoContrast", 0.6, 0)],
    [("Invert", 0.6, 0), ("Equalize", 1.0, 0)],
    [("Color", 0.6, 4), ("Contrast", 1.0, 8)],
    [("Equalize", 0.8, 0), ("Equalize", 0.6, 0)],
];

const CIFAR10: [[Part; 2]; 25] = [
    [("Invert", 0.1, 0), ("Contrast", 0.2, 6)],
    [("Rotate", 0.7, 2), ("TranslateX", 0.3, 9)],
    [("Sharpness", 0.8, 1), ("Sharpness", 0.9, 3)],
    [("ShearY", 0.5, 8), ("TranslateY", 0.7, 9)],
    [("AutoContrast", 0.5, 0), ("Equalize", 0.9, 0)],
    [("ShearY", 0.2, 7), ("Posterize", 0.3, 7)],
    [("Color", 0.4, 3), ("Brightness", 0.6, 7)],
    [("Sharpness", 0.3, 9), ("Brightness", 0.7, 9)],
    [("Equalize", 0.6, 0), ("Equalize", 0.5, 0)],
    [("Contrast", 0.6, 7), ("Sharpness", 0.6, 5)],
    [("Color", 0.7, 7), ("TranslateX", 0.5, 8)],
    [("Equalize", 0.3, 0), ("AutoContrast", 0.4, 0)],
    [("TranslateY", 0.4, 3), ("Sharpness", 0.2, 6)],
    [("Brightness", 0.9, 6), ("Color", 0.2, 8)],
    [("Solarize", 0.5, 2), ("Invert", 0.0, 0)],
    [("Equalize", 0.2, 0), ("AutoContrast", 0.6, 0)],
    [("Equalize", 0.2, 0), ("Equalize", 0.6, 0)],
    [("Color", 0.9, 9), ("Equalize", 0.6, 0)],
    [("AutoContrast", 0.8, 0), ("Solarize", 0.2, 8)],
    [("Brightness", 0.1, 3), ("Color", 0.7, 0)],
    [("Solarize", 0.4, 5), ("AutoContrast", 0.9, 0)],
    [("TranslateY", 0.9, 9), ("TranslateY", 0.7, 9)],
    [("AutoContrast", 0.9, 0), ("Solarize", 0.8, 3)],
    [("Equalize", 0.8, 0), ("Invert", 0.1, 0)],
    [("TranslateY", 0.7, 9), ("AutoContrast", 0.9, 0)],
];

const SVHN: [[Part; 2]; 25] = [
    [("ShearX", 0.9, 4), ("Invert", 0.2, 0)],
    [("ShearY", 0.9, 8), ("Invert", 0.7, 0)],
    [("Equalize", 0.6, 0), ("Solarize", 0.6, 6)],
    [("Invert", 0.9, 0), ("Equalize", 0.6, 0)],
    [("Equalize", 0.6, 0), ("Rotate", 0.9, 3)],
    [("ShearX", 0.9, 4), ("AutoContrast", 0.8, 0)],
    [("ShearY", 0.9, 8), ("Invert", 0.4, 0)],
    [("ShearY", 0.9, 5), ("Solarize", 0.2, 6)],
    [("Invert", 0.9, 0), ("AutoContrast", 0.8, 0)],
    [("Equalize", 0.6, 0), ("Rotate", 0.9, 3)],
    [("ShearX", 0.9, 4), ("Solarize", 0.3, 3)],
    [("ShearY", 0.8, 8), ("Invert", 0.7, 0)],
    [("Equalize", 0.9, 0), ("TranslateY", 0.6, 6)],
    [("Invert", 0.9, 0), ("Equalize", 0.6, 0)],
    [("Contrast", 0.3, 3), ("Rotate", 0.8, 4)],
    [("Invert", 0.8, 0), ("TranslateY", 0.0, 2)],
    [("ShearY", 0.7, 6), ("Solarize", 0.4, 8)],
    [("Invert", 0.6, 0), ("Rotate", 0.8, 4)],
    [("ShearY", 0.3, 7), ("TranslateX", 0.9, 3)],
    [("ShearX", 0.1, 6), ("Invert", 0.6, 0)],
    [("Solarize", 0.7, 2), ("TranslateY", 0.6, 7)],
    [("ShearY", 0.8, 4), ("Invert", 0.8, 0)],
    [("ShearX", 0.7, 9), ("TranslateY", 0.8, 3)],
    [("ShearY", 0.8, 5), ("AutoContrast", 0.7, 0)],
    [("ShearX", 0.7, 2), ("Invert", 0.1, 0)],
];

const V0: [[Part; 2]; 25] = [
    [("Equalize", 0.8, 1), ("ShearY", 0.8, 4)],
    [("Color", 0.4, 9), ("Equalize", 0.6, 3)],
    [("Color", 0.4, 1), ("Rotate", 0.6, 8)],
    [("Solarize", 0.8, 3), ("Equalize", 0.4, 7)],
    [("Solarize", 0.4, 2), ("Solarize", 0.6, 2)],
    [("Color", 0.2, 0), ("Equalize", 0.8, 8)],
    [("Equalize", 0.4, 8), ("SolarizeAdd", 0.8, 3)],
    [("ShearX", 0.2, 9), ("Rotate", 0.6, 8)],
    [("Color", 0.6, 1), ("Equalize", 1.0, 2)],
    [("Invert", 0.4, 9), ("Rotate", 0.6, 0)],
    [("Equalize", 1.0, 9), ("ShearY", 0.6, 3)],
    [("Color", 0.4, 7), ("Equalize", 0.6, 0)],
    [("Posterize", 0.4, 6), ("AutoContrast", 0.4, 7)],
    [("Solarize", 0.6, 8), ("Color", 0.6, 9)],
    [("Solarize", 0.2, 4), ("Rotate", 0.8, 9)],
    [("Rotate", 1.0, 7), ("TranslateY", 0.8, 9)],
    [("ShearX", 0.0, 0), ("Solarize", 0.8, 4)],
    [("ShearY", 0.8, 0), ("Color", 0.6, 4)],
    [("Color", 1.0, 0), ("Rotate", 0.6, 2)],
    [("Equalize", 0.8, 4), ("Equalize", 0.0, 8)],
    [("Equalize", 1.0, 4), ("AutoContrast", 0.6, 2)],
    [("ShearY", 0.4, 7), ("SolarizeAdd", 0.6, 7)],
    [("Posterize", 0.8, 2), ("Solarize", 0.6, 10)],
    [("Solarize", 0.6, 8), ("Equalize", 0.6, 1)],
    [("Color", 0.8, 6), ("Rotate", 0.4, 5)],
];

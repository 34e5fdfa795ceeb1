//! Published policies, as choices between ordinary steps: each row's recipe shows what was drawn.
//!
//! A policy is written as the JSON of its choices, which the reader of steps then reads like any other: nothing is drawn
//! here, and what a policy can do, a spec can write out.

mod auto_augment;
mod keras;
mod part;
mod pieces;
mod timm;
mod torchvision;

use super::fields::{About, Choice, Fields, Whole};
use crate::units::FillMode;
use part::{Look, Reading};
use serde_json::Value;

/// What a policy comes down to.
pub(super) struct Policy {
    /// The word in the spec.
    pub(super) name: &'static str,
    /// The steps of which one is drawn at a time, all as likely.
    pub(super) choices: Vec<Value>,
    /// How what is drawn is put together.
    pub(super) shape: Shape,
}

/// How what is drawn is put together.
pub(super) enum Shape {
    /// So many draws, one after the other.
    Row(usize),
    /// AugMix: so many chains of so many draws, laid over the picture with shares of this parameter.
    Chains { width: usize, depth: Whole, alpha: f64 },
}

/// Whose magnitudes: "9" is three different strengths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dialect {
    Torchvision,
    Timm,
    Keras,
}

impl Choice for Dialect {
    const ALL: &'static [(&'static str, Self)] =
        &[("torchvision", Self::Torchvision), ("timm", Self::Timm), ("keras", Self::Keras)];
}

impl Dialect {
    /// How this library's policies read what they move, unless they are told otherwise.
    fn look(self, interpolation: Reading) -> Look {
        let look = |interpolation, fill_mode, fill_value| Look { interpolation, fill_mode, fill_value, about: "corner" };
        match self {
            Self::Torchvision => look(interpolation, FillMode::Constant, [0; 3]),
            Self::Timm => look(Reading::Random, FillMode::Constant, [128; 3]),
            Self::Keras => Look { about: "top_left", ..look(Reading::Bilinear, FillMode::Reflect, [0; 3]) },
        }
    }
}

/// Reads the policy called `name`; `None` if there is none.
pub(super) fn read(name: &str, fields: &mut Fields<'_>) -> Option<Policy> {
    Some(match name {
        "auto_augment" => auto_augment::read(fields),
        "rand_augment" => read_rand_augment(fields),
        "trivial_augment_wide" => {
            let bins = read_bins(fields);
            let look = Look::read(fields, Dialect::Torchvision.look(Reading::Nearest));
            Policy { name: "trivial_augment_wide", choices: torchvision::trivial(bins, &look), shape: Shape::Row(1) }
        }
        "augmix" => read_augmix(fields),
        _ => return None,
    })
}

fn read_dialect(fields: &mut Fields<'_>) -> Dialect {
    fields.choice("dialect", Dialect::Torchvision, About("", "whose ops and strengths"))
}

fn read_bins(fields: &mut Fields<'_>) -> u64 {
    fields.integer("bins", Some(31), (2, 120), About("steps", "into how many the range of each strength is cut; torchvision's"))
}

fn read_rand_augment(fields: &mut Fields<'_>) -> Policy {
    let dialect = read_dialect(fields);
    let n = fields.integer("n", Some(2), (0, 16), About("ops", "how many are drawn, one after the other"));
    let usual = if dialect == Dialect::Keras { 0.5 } else { 9.0 };
    let about =
        About("", "strength: a step of `bins` for torchvision, 0 to 10 for timm, 0 to 1 for keras (0.5 if it is not there)");
    let magnitude = fields.number("magnitude", Some(usual), (0.0, 120.0), about);
    let bins = read_bins(fields);
    let often = if dialect == Dialect::Timm { 0.5 } else { 1.0 };
    let about = About("probability", "how often each op that was drawn applies; timm's is 0.5 if it is not there");
    let share = fields.number("op_p", Some(often), (0.0, 1.0), about);
    let timm = timm::Levels::read(fields, magnitude);
    let look = Look::read(fields, dialect.look(Reading::Nearest));
    let choices = match dialect {
        Dialect::Torchvision => {
            if magnitude.fract() != 0.0 || magnitude >= bins as f64 {
                fields.complain("magnitude", &format!("{magnitude} is not a step of torchvision's, which are 0 to {}", bins - 1));
            }
            torchvision::rand(magnitude as u64, bins, &look)
        }
        Dialect::Timm => timm::rand(&timm, &look),
        Dialect::Keras => {
            if magnitude > 1.0 {
                fields.complain("magnitude", &format!("{magnitude} is above 1 (keras's factor is 0 to 1)"));
            }
            keras::rand(magnitude.min(1.0), &look)
        }
    };
    if dialect != Dialect::Timm && timm.is_set() {
        fields.complain(
            "dialect",
            "`magnitude_std`, `magnitude_max` and `increasing` are timm's (write \"timm\", or leave them out)",
        );
    }
    let choices = choices.into_iter().map(|choice| part::sometimes(choice, share)).collect();
    Policy { name: "rand_augment", choices, shape: Shape::Row(usize::try_from(n).unwrap_or(0)) }
}

fn read_augmix(fields: &mut Fields<'_>) -> Policy {
    let dialect = read_dialect(fields);
    let usual = if dialect == Dialect::Keras { 0.3 } else { 3.0 };
    let about =
        About("", "strength: the most, 1 to 10 for torchvision, 0 to 10 for timm, 0 to 1 for keras (0.3 if it is not there)");
    let severity = fields.number("severity", Some(usual), (0.0, 10.0), about);
    let width = fields.integer("width", Some(3), (1, 16), About("chains", "how many are laid over the picture"));
    let usual = if dialect == Dialect::Keras { Whole::at(3) } else { Whole::new(1, 3) };
    let about = About("ops", "how many a chain has; keras's has 3 if it is not there, one in twelve of which does nothing");
    let depth = fields.whole("depth", Some(usual), (0, 16), about);
    let about = About("", "parameter of the laws that shares are drawn of: high makes them alike");
    let alpha = fields.number("alpha", Some(1.0), (0.01, 100.0), about);
    let all = fields.flag("all_ops", true, About("", "brightness, contrast, saturation and sharpness are among the ops"));
    let look = Look::read(fields, dialect.look(Reading::Bilinear));
    let choices = match dialect {
        Dialect::Torchvision => {
            if severity.fract() != 0.0 || severity < 1.0 {
                fields.complain("severity", &format!("{severity} is not one of torchvision's, which are 1 to 10"));
            }
            torchvision::augmix(severity.max(1.0) as u64, all, &look)
        }
        Dialect::Timm => timm::augmix(severity, all, &look),
        Dialect::Keras => {
            if severity > 1.0 {
                fields.complain("severity", &format!("{severity} is above 1 (keras's factor is 0 to 1)"));
            }
            keras::augmix(severity.min(1.0), all, &look)
        }
    };
    let width = usize::try_from(width).unwrap_or(1);
    Policy { name: "augmix", choices, shape: Shape::Chains { width, depth, alpha } }
}

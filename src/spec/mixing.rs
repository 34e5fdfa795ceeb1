//! Rows made of several pictures: the ops, and what they draw from.

use super::fields::{About, Choice, Fields, Interval};
use super::{LabelKind, LabelSource, Labels, Targets};
use crate::mixing::{Fit, Mix, Partner, Step};
use serde_json::{Value, json};

/// The ops' words; `one_of` is a choice of the others.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Word {
    Mixup,
    Cutmix,
    Mosaic,
    CopyPaste,
    OneOf,
}

impl Choice for Word {
    const ALL: &'static [(&'static str, Self)] = &[
        ("mixup", Self::Mixup),
        ("cutmix", Self::Cutmix),
        ("mosaic", Self::Mosaic),
        ("copy_paste", Self::CopyPaste),
        ("one_of", Self::OneOf),
    ];
}

/// What an op may have; each takes some of it.
struct Given {
    word: Word,
    alpha: Option<f64>,
    center: Option<Interval>,
    fit: Option<Fit>,
    chance: Option<f64>,
    partner: Option<Partner>,
}

/// Reads the steps; none, without a trace in the resolved spec, if there are none.
pub(super) fn read_mixing(fields: &mut Fields<'_>) -> Vec<Step> {
    let about = About("", "what makes a row of several pictures, one after the other: mixup, cutmix, mosaic, copy_paste");
    let steps: Vec<(Step, Value)> = fields.objects("mixing", about, read_step);
    let (steps, resolved): (Vec<Step>, Vec<Value>) = steps.into_iter().unzip();
    fields.put("mixing", json!(resolved));
    fields.keep_untraced("mixing");
    steps
}

fn read_step(fields: &mut Fields<'_>) -> (Step, Value) {
    let given = read_given(fields);
    let p = fields.number("p", Some(1.0), (0.0, 1.0), About("probability", "how often the step applies"));
    let choices = fields.objects("of", About("", "the ops to choose from, for `one_of`"), |fields| {
        let given = read_given(fields);
        if given.word == Word::OneOf {
            fields.complain("op", "a choice within a choice (write its ops beside the others)");
        }
        let weight = fields.number("weight", Some(1.0), (0.0, 1e6), About("", "how often it is chosen, against the others"));
        given.op(fields).map_or_else(
            || ((Mix::Mixup { alpha: 1.0 }, Partner::Any, weight), Value::Null),
            |(mix, partner)| {
                let mut said = as_json(mix, partner);
                said["weight"] = json!(weight);
                ((mix, partner, weight), said)
            },
        )
    });
    let (of, said): (Vec<_>, Vec<Value>) = choices.into_iter().unzip();
    if given.word == Word::OneOf {
        if fields.is_written() && of.iter().map(|(.., weight)| weight).sum::<f64>() <= 0.0 {
            fields.complain("of", "nothing to choose from (write ops with weights above 0)");
        }
        return (Step { p, of }, json!({"op": "one_of", "of": said, "p": p}));
    }
    if fields.has("of") {
        fields.complain("of", "only `one_of` has it (leave it out)");
    }
    let (mix, partner) = given.op(fields).unwrap_or((Mix::Mixup { alpha: 1.0 }, Partner::Any));
    let mut said = as_json(mix, partner);
    said["p"] = json!(p);
    (Step { p, of: vec![(mix, partner, 1.0)] }, said)
}

fn read_given(fields: &mut Fields<'_>) -> Given {
    let about = About("", "the op: `mixup`, `cutmix`, `mosaic`, `copy_paste`, or `one_of` to choose from some");
    let word = fields.choice("op", Word::Mixup, about);
    if fields.is_written() && !fields.has("op") {
        fields.complain("op", "missing (write mixup, cutmix, mosaic, copy_paste or one_of)");
    }
    let about = About("", "both shapes of the Beta law of the row's own share, for `mixup` (0.2) and `cutmix` (1)");
    let alpha = fields.optional_number("alpha", (0.01, 100.0), about);
    let about = About("share of the sides", "where the four cells of a `mosaic` meet; [0.3, 0.7]");
    let center = fields.optional_interval("center", (0.0, 1.0), about);
    let about = About("", "how rows come into the cells of a `mosaic`: scaled and cut in the middle (the default), or cut");
    let fit = fields.optional_choice("fit", about);
    let about = About("probability", "how often each thing comes over, for `copy_paste`; 0.5");
    let chance = fields.optional_number("chance", (0.0, 1.0), about);
    let about = About("", "which rows are taken: any other (the default), of another class, of the same");
    let partner = fields.optional_choice("partner", about);
    Given { word, alpha, center, fit, chance, partner }
}

impl Given {
    /// The op; what it does not take is a problem. `None` for a choice.
    fn op(&self, fields: &Fields<'_>) -> Option<(Mix, Partner)> {
        let Self { word, alpha, center, fit, chance, partner } = self;
        let takes: &[&str] = match word {
            Word::Mixup | Word::Cutmix => &["alpha"],
            Word::Mosaic => &["center", "fit"],
            Word::CopyPaste => &["chance"],
            Word::OneOf => return None,
        };
        let there =
            [("alpha", alpha.is_some()), ("center", center.is_some()), ("fit", fit.is_some()), ("chance", chance.is_some())];
        for (name, _) in there.iter().filter(|(name, there)| *there && !takes.contains(name)) {
            fields.complain(name, &format!("{} has no such field (leave it out)", word.word()));
        }
        let mix = match word {
            Word::Mixup => Mix::Mixup { alpha: alpha.unwrap_or(0.2) },
            Word::Cutmix => Mix::Cutmix { alpha: alpha.unwrap_or(1.0) },
            Word::Mosaic => {
                let center = center.map_or((0.3, 0.7), |center| (center.low, center.high));
                Mix::Mosaic { center, fit: fit.unwrap_or(Fit::Cover) }
            }
            Word::CopyPaste | Word::OneOf => Mix::CopyPaste { chance: chance.unwrap_or(0.5) },
        };
        Some((mix, partner.unwrap_or(Partner::Any)))
    }
}

/// An op with every default filled in.
fn as_json(mix: Mix, partner: Partner) -> Value {
    let mut said = match mix {
        Mix::Mixup { alpha } | Mix::Cutmix { alpha } => json!({"op": mix.word(), "alpha": alpha}),
        Mix::Mosaic { center, fit } => json!({"op": mix.word(), "center": [center.0, center.1], "fit": fit.word()}),
        Mix::CopyPaste { chance } => json!({"op": mix.word(), "chance": chance}),
    };
    said["partner"] = json!(partner.word());
    said
}

/// What the rest of the spec does not let be mixed.
pub(super) fn check(steps: &[Step], labels: &Labels, targets: Option<&Targets>, fields: &Fields<'_>) {
    let masks = targets.is_some_and(|targets| targets.masks.is_some());
    let boxes = targets.is_some_and(|targets| targets.boxes.is_some());
    let ops = || steps.iter().flat_map(|step| &step.of);
    if masks && ops().any(|(mix, ..)| matches!(mix, Mix::Mixup { .. })) {
        fields.complain(
            "mixing",
            "mixup: class numbers of masks cannot be blended (take cutmix, mosaic or copy_paste, or no masks)",
        );
    }
    if !masks && !boxes && ops().any(|(mix, ..)| matches!(mix, Mix::CopyPaste { .. })) {
        fields.complain("mixing", "copy_paste: nothing says where things are (write targets with masks or boxes)");
    }
    let by_class = ops().any(|(_, partner, _)| *partner != Partner::Any);
    if by_class && labels.source == LabelSource::None {
        fields.complain("mixing", "partner: pictures have no classes (leave it out, or say where labels come from)");
    } else if by_class && labels.heads.first().is_some_and(|head| !matches!(head.kind, LabelKind::Class | LabelKind::OneHot)) {
        fields.complain(
            "mixing",
            "partner: the first head is not of one class for each picture (leave it out, or write such a head first)",
        );
    }
}

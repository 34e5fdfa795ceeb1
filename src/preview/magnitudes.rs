//! One op, or one composition, at the low, middle and high end of what its example lets vary.

use super::rows::run;
use super::sheet::{Group, Sheet, Shown};
use super::words;
use crate::decode::{Decoding, Limits, Scratch, decode};
use crate::error::{Error, Result, shown};
use crate::guard;
use crate::image::{Image, Size};
use crate::kernels::reference::{Library, Reference};
use crate::ops::Op;
use crate::pipeline::{Canvas, Recipe, Row};
use crate::rng::Key;
use crate::source::{self, Source};
use crate::spec::fields::{Declared, Kind, unknown_op};
use crate::spec::{COMPOSITIONS, Overrides, Spec, declared};
use serde_json::{Map, Value, json};
use std::path::Path;
use std::sync::{Arc, LazyLock};

/// The shorter side of the picture: the examples suit it.
const SIDE: u32 = 256;
/// How many draws show an op that has nothing to turn.
const DRAWS: usize = 3;
/// How many are tried to find some that differ.
const MOST_DRAWS: u64 = 12;
/// How many words of a field are shown.
const WORDS: usize = 3;

/// An op with one of its fields at several values, the others in their middle.
#[derive(Clone, Debug)]
pub struct Magnitudes {
    /// The field; `None` if nothing can be turned.
    pub field: Option<Declared>,
    /// What was made, in order.
    pub made: Vec<Magnitude>,
}

/// An op with fixed fields on the picture.
#[derive(Clone, Debug)]
pub struct Magnitude {
    /// What it stands for, as in `degrees -20`.
    pub name: String,
    /// What was drawn.
    pub recipe: Recipe,
    /// What it made.
    pub image: Image,
}

/// The picture that is taken if there is no other: 256x256, public domain (see fixtures/README.md).
pub fn built_in() -> Image {
    decoded(include_bytes!("../../fixtures/picture.png"))
}

/// What an op is shown with that refers to pictures: a cup of coffee, whatever its example names.
static STAND_IN: LazyLock<Arc<Library>> = LazyLock::new(|| {
    Arc::new(Library::of_one(Reference::new(decoded(include_bytes!("../../fixtures/references/coffee.png")), true)))
});

/// A picture that is built in.
fn decoded(bytes: &[u8]) -> Image {
    let decoding = Decoding { background: [255; 3], limits: Limits::NONE, at_least: None };
    let mut image = Image::default();
    decode(bytes, &decoding, &mut Scratch::default(), &mut image).expect("invariant: the picture is one that we can decode");
    image
}

/// The sheet of the op or composition called `name` on the picture `input`, the first below the folder `input` that can be decoded, or the built-in one.
///
/// # Errors
/// If there is no such op, or no such picture.
pub fn of_op(name: &str, input: Option<&Path>, limits: Limits) -> Result<Sheet> {
    let Some(input) = input else { return sheet(name, &built_in(), "the built-in picture") };
    let decoded = |bytes: &[u8], place: &str| -> Result<Image> {
        let mut image = Image::default();
        let decoding = Decoding { background: [255; 3], limits, at_least: None };
        let decoded = guard::picture(place, || decode(bytes, &decoding, &mut Scratch::default(), &mut image));
        decoded.map_err(|problem| Error::Picture(format!("{place}: {problem}")))?;
        Ok(image)
    };
    if !source::is_place(input) {
        if !input.is_file() {
            return Err(Error::Usage(format!("{}: no such picture (INPUT is a picture, or a folder of them)", shown(input))));
        }
        let bytes = std::fs::read(input).map_err(Error::io(input, "cannot read the picture"))?;
        return sheet(name, &decoded(&bytes, &shown(input))?, &shown(input));
    }
    let source = Source::scan(source::open(input)?, limits, None)?;
    let mut problem = source.bad.first().map(|bad| Error::Picture(format!("{}: {}", source.files.place(&bad.path), bad.problem)));
    let mut bytes = Vec::new();
    for item in source.items.iter() {
        let place = source.files.place(&item.path);
        let read = source.read(item, &mut bytes).map_err(|problem| Error::Picture(format!("{place}: {problem}")));
        match read.and_then(|()| decoded(&bytes, &place)) {
            Ok(image) => return sheet(name, &image, &place),
            Err(error) => problem = problem.or(Some(error)),
        }
    }
    Err(problem.unwrap_or_else(|| Error::Picture(format!("{}: no picture can be used", shown(input)))))
}

/// The sheet of the op or composition called `name` on `picture`, which `detail` names.
fn sheet(name: &str, picture: &Image, detail: &str) -> Result<Sheet> {
    let ops = Op::ALL.iter().map(|op| (op.name, op.summary, op.example));
    let all: Vec<_> = ops.chain(COMPOSITIONS.iter().map(|form| (form.name, form.summary, form.example))).collect();
    let names: Vec<&str> = all.iter().map(|(name, ..)| *name).collect();
    let found = all.iter().find(|(known, ..)| *known == name);
    let (name, summary, example) = *found.ok_or_else(|| Error::Usage(format!("--op: {}", unknown_op(name, &names))))?;
    let picture = suited(picture);
    let group = |magnitudes: Magnitudes| {
        let (name, meaning) = match &magnitudes.field {
            Some(field) => (field.name.to_string(), meaning(field)),
            None => (name.to_string(), if magnitudes.made.len() > 1 { "draws".into() } else { String::new() }),
        };
        let made = magnitudes.made.into_iter().map(|made| Shown {
            lines: words::lines(&made.recipe),
            recipe: words::whole(&made.recipe),
            ..Shown::plain(&made.name, made.image)
        });
        Group { name, detail: meaning, source: Shown::plain("source", picture.clone()), before: None, made: made.collect() }
    };
    let refers = declared(name).unwrap_or_default().iter().any(|field| matches!(field.kind, Kind::Path));
    let like = if refers { ", made like a built-in picture of a cup of coffee" } else { "" };
    let groups = magnitudes(name, example, &picture).map_err(|problem| Error::Usage(format!("--op {name}: {problem}")))?;
    Ok(Sheet {
        title: format!("prebake preview: {name}"),
        notes: vec![summary.into(), format!("{detail}{like}; {example}")],
        groups: groups.into_iter().map(group).collect(),
        warnings: Vec::new(),
    })
}

fn meaning(field: &Declared) -> String {
    let unit = if field.about.0.is_empty() { String::new() } else { format!(" ({})", field.about.0) };
    format!("{}{unit}", field.about.1)
}

/// The picture with its shorter side as the examples suit it.
fn suited(picture: &Image) -> Image {
    let Size { width, height } = picture.size();
    let shorter = width.min(height).max(1);
    let side = |side: u32| ((u64::from(side) * u64::from(SIDE) / u64::from(shorter)) as u32).clamp(SIDE, 8 * SIDE);
    let step = json!({"op": "resize", "width": side(width), "height": side(height)});
    made(&step, 0, picture).map_or_else(|_| picture.clone(), |(_, image)| image)
}

/// The op or composition called `name` on `picture`: for each field whose example or default is a range, at its low end,
/// its middle and its high end. One without ranges: the words of its first field of words; or what several draws give.
///
/// # Errors
/// If the picture is too small for the op.
pub fn magnitudes(name: &str, example: &str, picture: &Image) -> std::result::Result<Vec<Magnitudes>, String> {
    let fields = declared(name).unwrap_or_default();
    let mut example: Map<String, Value> = serde_json::from_str(example).unwrap_or_default();
    example.remove("p");
    let turned: Vec<(&Declared, Vec<Value>)> = fields.iter().filter_map(|field| Some((field, ends(field, &example)?))).collect();
    let mut still = example.clone();
    still.extend(turned.iter().map(|(field, ends)| (field.name.to_string(), ends[ends.len() / 2].clone())));
    let each = |field: &Declared, values: &[Value]| -> std::result::Result<Magnitudes, String> {
        let one = |value: &Value| {
            let mut step = still.clone();
            step.insert(field.name.into(), value.clone());
            let name = format!("{} {}", field.name, said(value));
            made(&step.into(), 0, picture).map(|(recipe, image)| Magnitude { name, recipe, image })
        };
        Ok(Magnitudes { field: Some(field.clone()), made: values.iter().map(one).collect::<std::result::Result<_, _>>()? })
    };
    if !turned.is_empty() {
        let of_field = |(field, ends): &(&Declared, Vec<Value>)| {
            let shown = each(field, ends)?;
            if shown.go_round() { each(field, &thirds(ends)) } else { Ok(shown) }
        };
        let all: Vec<Magnitudes> = turned.iter().map(of_field).collect::<std::result::Result<_, String>>()?;
        let (seen, alike): (Vec<Magnitudes>, Vec<Magnitudes>) = all.into_iter().partition(Magnitudes::differ);
        return Ok(if seen.is_empty() { alike } else { seen });
    }
    let draws = draws(&example, picture)?;
    let words = fields.iter().find_map(|field| Some((field, words_of(field)?)));
    if let (1, Some((field, words))) = (draws.made.len(), words) {
        let by_word = each(field, &words)?;
        if by_word.differ() {
            return Ok(vec![by_word]);
        }
    }
    Ok(vec![draws])
}

impl Magnitudes {
    /// Whether the field makes a difference.
    fn differ(&self) -> bool {
        self.made.windows(2).any(|pair| pair[0].image != pair[1].image)
    }

    /// Whether the high end comes back to the low one, as the hues do.
    fn go_round(&self) -> bool {
        let [low, middle, high] = &self.made[..] else { return false };
        let apart = |other: &Magnitude| -> u64 {
            let levels = low.image.bytes().iter().zip(other.image.bytes());
            levels.map(|(a, b)| u64::from(a.abs_diff(*b))).sum()
        };
        let same_size = low.image.size() == middle.image.size() && low.image.size() == high.image.size();
        same_size && 4 * apart(high) < apart(middle)
    }
}

/// What several draws give, each unlike those before; one, if they are all alike.
fn draws(example: &Map<String, Value>, picture: &Image) -> std::result::Result<Magnitudes, String> {
    let step = Value::Object(example.clone());
    let mut kept: Vec<Magnitude> = Vec::new();
    for number in 0..MOST_DRAWS {
        let (recipe, image) = made(&step, number, picture)?;
        if kept.iter().all(|before| before.image != image) {
            kept.push(Magnitude { name: format!("draw {}", number + 1), recipe, image });
        }
        if kept.len() == DRAWS {
            break;
        }
    }
    if let [only] = &mut kept[..] {
        only.name = "result".into();
    }
    Ok(Magnitudes { field: None, made: kept })
}

/// Low end, middle and high end of a field that the example or the default lets vary.
fn ends(field: &Declared, example: &Map<String, Value>) -> Option<Vec<Value>> {
    let value = example.get(field.name).or(field.default.as_ref())?;
    let [low, high] = value.as_array()?.as_slice() else { return None };
    let (low, high) = (low.as_f64()?, high.as_f64()?);
    if low >= high {
        return None;
    }
    match field.kind {
        Kind::Interval(..) => Some(vec![json!(low), json!(tidy(f64::midpoint(low, high))), json!(high)]),
        Kind::Whole(..) => {
            let (low, high) = (low as i64, high as i64);
            let mut ends = vec![low, low + (high - low) / 2, high];
            ends.dedup();
            Some(ends.into_iter().map(|end| json!(end)).collect())
        }
        _ => None,
    }
}

/// A third of the way and two thirds, in place of the middle and an end that is the beginning again.
fn thirds(ends: &[Value]) -> Vec<Value> {
    let (first, last) = (&ends[0], &ends[ends.len() - 1]);
    let third = |n: i64| match (first.as_i64(), last.as_i64()) {
        (Some(low), Some(high)) => json!(low + n * (high - low) / 3),
        _ => {
            let (low, high) = (first.as_f64().unwrap_or_default(), last.as_f64().unwrap_or_default());
            json!(tidy(low + n as f64 * (high - low) / 3.0))
        }
    };
    (0..3).map(third).collect()
}

/// Without the last digits of a sum, which nobody asked for.
fn tidy(number: f64) -> f64 {
    format!("{number:.6}").parse().unwrap_or(number)
}

/// A value as a caption has it.
fn said(value: &Value) -> String {
    match value {
        Value::String(word) => word.clone(),
        Value::Number(number) if number.is_f64() => number.as_f64().unwrap_or_default().to_string(),
        other => other.to_string(),
    }
}

/// Some words of a field that is not about reading between or beyond pixels.
fn words_of(field: &Declared) -> Option<Vec<Value>> {
    match &field.kind {
        Kind::Choice(words) if !["interpolation", "fill_mode"].contains(&field.name) => {
            Some(words.iter().take(WORDS).map(|word| json!(word)).collect())
        }
        _ => None,
    }
}

/// What a step draws for the first class that it names, and what it makes of the picture; the same on every sheet.
/// Another `number` is another draw, and another epoch.
fn made(step: &Value, number: u64, picture: &Image) -> std::result::Result<(Recipe, Image), String> {
    let text = json!({"version": 1, "pipeline": [step]}).to_string();
    let spec = Spec::parse("step", &text, &Overrides::default()).map_err(|error| error.to_string())?;
    let step = &spec.pipeline.steps[0];
    step.sizes(crate::image::Sizes::one(picture.size()), "step")?;
    let key = Key::new(0).word(b"magnitudes").number(number);
    let class = spec.pipeline.classes().first().copied().unwrap_or_default();
    let mut recipe = Recipe::new();
    step.draw(key, &Row { key, epoch: number, class }, picture.size(), &mut recipe);
    let image = run(&recipe, picture, true, &mut Canvas::new(Arc::clone(&STAND_IN)));
    Ok((recipe, image))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str) -> Vec<Magnitudes> {
        magnitudes(name, Op::ALL.iter().find(|op| op.name == name).unwrap().example, &built_in()).unwrap()
    }

    fn names(magnitudes: &Magnitudes) -> Vec<&str> {
        magnitudes.made.iter().map(|made| made.name.as_str()).collect()
    }

    #[test]
    fn a_range_is_shown_at_both_ends_and_in_its_middle() {
        let shift = of("shift");
        assert_eq!(shift.len(), 2);
        assert_eq!(names(&shift[0]), ["x -0.1", "x 0", "x 0.1"]);
        assert_eq!(shift[0].made[1].image, built_in());
        assert_ne!(shift[0].made[0].image, shift[0].made[2].image);
    }

    #[test]
    fn a_range_that_comes_back_to_its_beginning_is_shown_in_thirds() {
        assert_eq!(names(&of("hue")[0]), ["delta -0.5", "delta -0.166667", "delta 0.166667"]);
    }

    #[test]
    fn draws_that_are_alike_are_shown_once() {
        assert_eq!(names(&of("channel_shuffle")[0]).len(), 3);
        let draws = of("d4").remove(0).made;
        assert!(draws[0].image != draws[1].image && draws[0].image != draws[2].image && draws[1].image != draws[2].image);
    }

    #[test]
    fn what_has_no_range_shows_its_words_or_its_draws() {
        assert_eq!(names(&of("random_crop")[0]), ["draw 1", "draw 2", "draw 3"]);
        assert_eq!(names(&of("horizontal_flip")[0]), ["result"]);
    }

    #[test]
    fn everything_can_be_shown_on_any_picture() {
        let names: Vec<&str> = Op::ALL.iter().map(|op| op.name).chain(COMPOSITIONS.iter().map(|form| form.name)).collect();
        for picture in [Image::new(Size::new(1, 1)), Image::new(Size::new(3, 900)), built_in()] {
            for name in &names {
                let sheet = sheet(name, &picture, "").unwrap();
                assert!(!sheet.groups.is_empty() && !sheet.groups[0].made.is_empty(), "{name}");
            }
        }
    }

    #[test]
    fn no_such_op_names_the_nearest() {
        let problem = sheet("rotat", &built_in(), "").unwrap_err().to_string();
        assert_eq!(problem, "--op: unknown op `rotat` (did you mean `rotate`?)");
    }
}

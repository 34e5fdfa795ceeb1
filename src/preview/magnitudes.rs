//! One op at the low, middle and high end of what its example lets vary.

use super::rows::run;
use super::sheet::{Group, Sheet, Shown};
use super::words;
use crate::decode::{Decoding, decode};
use crate::error::{Error, Result, shown};
use crate::image::{Image, Size};
use crate::ops::{Entry, Op};
use crate::pipeline::{Canvas, Recipe, Row};
use crate::rng::Key;
use crate::source::Source;
use crate::spec::fields::{Declared, Kind, unknown};
use crate::spec::{Overrides, Spec, declared};
use serde_json::{Map, Value, json};
use std::path::Path;

/// The shorter side of the picture: the examples suit it.
const SIDE: u32 = 256;
/// How many draws show an op that has nothing to turn.
const DRAWS: u64 = 3;
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
    let decoding = Decoding { background: [255; 3], max_pixels: 1 << 20, at_least: None };
    let mut image = Image::default();
    let decoded = decode(include_bytes!("../../fixtures/picture.png"), &decoding, &mut image);
    decoded.expect("invariant: the picture is one that we can decode");
    image
}

/// The sheet of the op called `name` on the picture `input`, the first below the folder `input`, or the built-in one.
///
/// # Errors
/// If there is no such op, or no such picture.
pub fn of_op(name: &str, input: Option<&Path>, max_pixels: u64) -> Result<Sheet> {
    let Some(input) = input else { return sheet(name, &built_in(), "the built-in picture") };
    let file = if input.is_dir() {
        let source = Source::scan(input, max_pixels)?;
        let first = source.items.first().ok_or_else(|| Error::Picture(format!("{}: no picture can be used", shown(input))))?;
        input.join(&first.path)
    } else {
        input.to_path_buf()
    };
    let bytes = std::fs::read(&file).map_err(Error::io(&file, "cannot read the picture"))?;
    let mut image = Image::default();
    let decoding = Decoding { background: [255; 3], max_pixels, at_least: None };
    decode(&bytes, &decoding, &mut image).map_err(|problem| Error::Picture(format!("{}: {problem}", shown(&file))))?;
    sheet(name, &image, &shown(&file))
}

/// The sheet of the op called `name` on `picture`, which `detail` names.
fn sheet(name: &str, picture: &Image, detail: &str) -> Result<Sheet> {
    let names: Vec<&str> = Op::ALL.iter().map(|op| op.name).collect();
    let found = Op::ALL.iter().find(|op| op.name == name);
    let op = found.ok_or_else(|| Error::Usage(format!("--op: {}", unknown("op", name, &names))))?;
    let picture = suited(picture);
    let group = |magnitudes: Magnitudes| {
        let (name, meaning) = match &magnitudes.field {
            Some(field) => (field.name.to_string(), meaning(field)),
            None => (op.name.to_string(), if magnitudes.made.len() > 1 { "draws".into() } else { String::new() }),
        };
        let made = magnitudes.made.into_iter().map(|made| Shown {
            lines: words::lines(&made.recipe),
            recipe: words::whole(&made.recipe),
            ..Shown::plain(&made.name, made.image)
        });
        Group { name, detail: meaning, source: Shown::plain("source", picture.clone()), before: None, made: made.collect() }
    };
    let groups = magnitudes(op, &picture).map_err(|problem| Error::Usage(format!("--op {name}: {problem}")))?;
    Ok(Sheet {
        title: format!("prebake preview: {name}"),
        notes: vec![op.summary.into(), format!("{detail}; {}", op.example)],
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
    made(&step, Key::NONE, picture).map_or_else(|_| picture.clone(), |(_, image)| image)
}

/// The op on `picture`: for each field whose example or default is a range, at its low end, its middle and its
/// high end. An op without ranges: the words of its first field of words; or what several draws give.
///
/// # Errors
/// If the picture is too small for the op.
pub fn magnitudes(op: &Entry, picture: &Image) -> std::result::Result<Vec<Magnitudes>, String> {
    let fields = declared(op.name).unwrap_or_default();
    let mut example: Map<String, Value> = serde_json::from_str(op.example).unwrap_or_default();
    example.remove("p");
    let turned: Vec<(&Declared, Vec<Value>)> = fields.iter().filter_map(|field| Some((field, ends(field, &example)?))).collect();
    let mut still = example.clone();
    still.extend(turned.iter().map(|(field, ends)| (field.name.to_string(), ends[1].clone())));
    let each = |field: &Declared, values: &[Value]| -> std::result::Result<Magnitudes, String> {
        let one = |value: &Value| {
            let mut step = still.clone();
            step.insert(field.name.into(), value.clone());
            let name = format!("{} {}", field.name, value.as_str().map_or_else(|| value.to_string(), str::to_string));
            made(&step.into(), key(0), picture).map(|(recipe, image)| Magnitude { name, recipe, image })
        };
        Ok(Magnitudes { field: Some(field.clone()), made: values.iter().map(one).collect::<std::result::Result<_, _>>()? })
    };
    if !turned.is_empty() {
        let all: Vec<Magnitudes> = turned.iter().map(|(field, ends)| each(field, ends)).collect::<std::result::Result<_, _>>()?;
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
}

/// What several draws give; one, if they are all alike.
fn draws(example: &Map<String, Value>, picture: &Image) -> std::result::Result<Magnitudes, String> {
    let step = Value::Object(example.clone());
    let draw = |number: u64| {
        let (recipe, image) = made(&step, key(number), picture)?;
        Ok(Magnitude { name: format!("draw {}", number + 1), recipe, image })
    };
    let mut all = Magnitudes { field: None, made: (0..DRAWS).map(draw).collect::<std::result::Result<_, String>>()? };
    if !all.differ() {
        all.made.truncate(1);
        all.made[0].name = "result".into();
    }
    Ok(all)
}

/// The same draws on every sheet.
fn key(number: u64) -> Key {
    Key::new(0).word(b"magnitudes").number(number)
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
            Some(vec![json!(low), json!(low + (high - low) / 2), json!(high)])
        }
        _ => None,
    }
}

/// Without the last digits of a sum, which nobody asked for.
fn tidy(number: f64) -> f64 {
    format!("{number:.6}").parse().unwrap_or(number)
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

/// What a step draws, and what it makes of the picture.
fn made(step: &Value, key: Key, picture: &Image) -> std::result::Result<(Recipe, Image), String> {
    let text = json!({"version": 1, "pipeline": [step]}).to_string();
    let spec = Spec::parse("step", &text, &Overrides::default()).map_err(|error| error.to_string())?;
    spec.pipeline.steps[0].sizes(crate::image::Sizes::one(picture.size()), "step")?;
    let mut recipe = Recipe::new();
    spec.pipeline.steps[0].draw(key, &Row { key, epoch: 0, class: "" }, picture.size(), &mut recipe);
    let image = run(&recipe, picture, true, &mut Canvas::default());
    Ok((recipe, image))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str) -> Vec<Magnitudes> {
        magnitudes(Op::ALL.iter().find(|op| op.name == name).unwrap(), &built_in()).unwrap()
    }

    fn names(magnitudes: &Magnitudes) -> Vec<&str> {
        magnitudes.made.iter().map(|made| made.name.as_str()).collect()
    }

    #[test]
    fn a_range_is_shown_at_both_ends_and_in_its_middle() {
        let shift = of("shift");
        assert_eq!(shift.len(), 2);
        assert_eq!(names(&shift[0]), ["x -0.1", "x 0.0", "x 0.1"]);
        assert_eq!(shift[0].made[1].image, built_in());
        assert_ne!(shift[0].made[0].image, shift[0].made[2].image);
    }

    #[test]
    fn what_has_no_range_shows_its_words_or_its_draws() {
        assert_eq!(names(&of("random_crop")[0]), ["draw 1", "draw 2", "draw 3"]);
        assert_eq!(names(&of("horizontal_flip")[0]), ["result"]);
    }

    #[test]
    fn every_op_can_be_shown_on_any_picture() {
        for picture in [Image::new(Size::new(1, 1)), Image::new(Size::new(3, 900)), built_in()] {
            for op in Op::ALL {
                let sheet = sheet(op.name, &picture, "").unwrap();
                assert!(!sheet.groups.is_empty() && !sheet.groups[0].made.is_empty(), "{}", op.name);
            }
        }
    }

    #[test]
    fn no_such_op_names_the_nearest() {
        let problem = sheet("rotat", &built_in(), "").unwrap_err().to_string();
        assert_eq!(problem, "--op: unknown op `rotat` (did you mean `rotate`?)");
    }
}

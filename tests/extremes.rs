//! Every op at both ends of every bound, on the smallest and oddest pictures: no panic, and the size that was promised.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use prebake::image::{Image, Size, Sizes};
use prebake::kernels::reference::{Library, Reference};
use prebake::ops::Op;
use prebake::pipeline::{Canvas, Program, Recipe, Row};
use prebake::rng::Key;
use prebake::spec::fields::Kind;
use prebake::spec::{Overrides, Spec, declared};
use serde_json::{Value, json};
use std::sync::Arc;

/// Results of more pixels are not made here.
const MOST: u64 = 1 << 24;

/// Values at the ends of what a field takes.
fn ends(kind: &Kind) -> Vec<Value> {
    match kind {
        Kind::Number(low, high) | Kind::Interval(low, high) => vec![json!(low), json!(high)],
        Kind::Integer(low, high) => vec![json!(low), json!(high)],
        Kind::Whole(low, high) => vec![json!(low), json!(high)],
        Kind::Flag => vec![json!(false), json!(true)],
        Kind::Choice(words) => words.iter().map(|word| json!(word)).collect(),
        Kind::Colour => vec![json!(0), json!([255, 0, 255])],
        Kind::PerChannel => vec![json!(0.5)],
        Kind::Numbers((least, most), (low, high)) => {
            let few = |n: usize, value: f64| json!(vec![value; n]);
            vec![few(*least, *low), few((*most).min(8), *high)]
        }
        Kind::NumbersByName(low, high) => vec![json!({"a": low, "b": high})],
        Kind::IntegersByName(low, high) => vec![json!({"a": low, "b": high})],
        Kind::Text | Kind::Texts | Kind::Path | Kind::Object(_) | Kind::Objects(_) | Kind::Steps => Vec::new(),
    }
}

/// The op's example, and as many of it as there are fields with ends, one changed at a time.
fn steps(op: &prebake::ops::Entry) -> Vec<Value> {
    let mut example: Value = serde_json::from_str(op.example).unwrap();
    example.as_object_mut().unwrap().remove("p");
    let mut steps = vec![example.clone()];
    for field in declared(op.name).unwrap() {
        for value in ends(&field.kind) {
            let mut step = example.clone();
            step[field.name] = value;
            steps.push(step);
        }
    }
    steps
}

/// A picture of `size`: noise, or one gray.
fn picture(size: Size, gray: bool) -> Image {
    let mut rng = Key::new(u64::from(size.width)).rng();
    Image::from_bytes(size, (0..size.bytes()).map(|_| if gray { 128 } else { rng.bits() as u8 }).collect())
}

/// Whether the step takes the picture; if so, it keeps its word.
fn takes(step: &Value, image: &Image) -> bool {
    let text = format!(r#"{{"version": 1, "pipeline": [{step}]}}"#);
    let Ok(spec) = Spec::parse("s.json", &text, &Overrides::default()) else { return false };
    let Ok(sizes) = spec.pipeline.steps[0].sizes(Sizes::one(image.size()), "") else { return false };
    if sizes.most.pixels() > MOST {
        return false;
    }
    let reference = Reference::new(picture(Size::new(5, 4), false), true);
    let mut canvas = Canvas::new(Arc::new(Library::of_one(reference)));
    for seed in 0..2 {
        let row = Row { key: Key::new(seed), epoch: 0, class: "" };
        let mut recipe = Recipe::new();
        let size = spec.pipeline.steps[0].draw(row.key, &row, image.size(), &mut recipe);
        assert_eq!(sizes.hull(Sizes::one(size)), sizes, "{step} for {}", image.size());
        let mut program = Program::default();
        program.lower(&recipe, image.size(), true);
        assert_eq!(program.output_size(), size, "{step} for {}", image.size());
        program.run(&recipe, image, &mut canvas, &mut vec![0; size.bytes() as usize]);
        let again: Recipe = serde_json::from_str(&serde_json::to_string(&recipe).unwrap()).unwrap();
        assert_eq!(again, recipe, "{step}");
    }
    true
}

#[test]
fn no_op_fails_at_the_ends_of_its_bounds() {
    let sizes = [(1, 1), (1, 7), (7, 1), (2, 3), (64, 3), (33, 40)].map(|(width, height)| Size::new(width, height));
    let mut taken = 0;
    for op in Op::ALL {
        for step in steps(op) {
            for size in sizes {
                for gray in [false, true] {
                    taken += u32::from(takes(&step, &picture(size, gray)));
                }
            }
        }
    }
    assert!(taken > 5000, "{taken} cases");
}

#[test]
fn every_op_takes_a_long_picture_as_its_example_says() {
    let image = picture(Size::new(4096, 3), false);
    let step = |op: &prebake::ops::Entry| serde_json::from_str::<Value>(op.example).unwrap();
    let refused: Vec<&str> = Op::ALL.iter().filter(|op| !takes(&step(op), &image)).map(|op| op.name).collect();
    // It is too low for these, or too long to be brought to their size.
    let allowed = ["center_crop", "random_crop", "crop", "random_sized_crop", "smallest_max_size"];
    assert!(refused.iter().all(|name| allowed.contains(name)), "{refused:?}");
}

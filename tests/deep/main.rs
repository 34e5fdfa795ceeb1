//! Pictures of other channels and depths: held to the ordinary way, to other libraries, and through the binary; and gray rows, with
//! everything else that rows can be.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "../common/mod.rs"]
mod common;

mod agrees;
mod files;
mod follows;
mod goldens;
mod gray;
mod refused;
mod rows;

use prebake::image::{Deep, Depth, Image, Planes, Size, Wanted};
use prebake::pipeline::{Canvas, Pipeline, Program, Recipe, Row};
use prebake::rng::Key;
use prebake::spec::{Overrides, Spec};
use serde_json::json;
use std::path::Path;

/// The pipeline of these steps, for pictures of so many channels.
fn pipeline(steps: &[serde_json::Value], channels: usize, depth: &str) -> Pipeline {
    let text = json!({"version": 1, "input": {"channels": channels, "depth": depth}, "pipeline": steps}).to_string();
    Spec::parse("case", &text, &Overrides::default()).unwrap_or_else(|error| panic!("{error}")).pipeline
}

/// What steps draw for a picture of `size`, by their own keys.
fn drawn(pipeline: &Pipeline, key: Key, size: Size) -> Recipe {
    let (mut recipe, row) = (Recipe::new(), Row { key, epoch: 0, class: "" });
    pipeline.steps.iter().zip(0..).fold(size, |size, (step, i)| step.draw(key.number(i), &row, size, &mut recipe));
    recipe
}

/// What `recipe` makes of a picture.
fn made(recipe: &Recipe, picture: &Deep, fuse: bool) -> Deep {
    let (mut program, mut made) = (Program::default(), Deep::default());
    program.lower(recipe, picture.size(), fuse);
    program.run_deep(recipe, picture, &mut Canvas::default(), &mut made);
    made
}

/// The same the ordinary way.
fn made_ordinary(recipe: &Recipe, picture: &Image, fuse: bool) -> Image {
    let mut program = Program::default();
    program.lower(recipe, picture.size(), fuse);
    let mut made = Image::new(program.output_size());
    program.run(recipe, picture, &mut Canvas::default(), made.bytes_mut());
    made
}

/// The same picture, sample for level.
fn deepened(image: &Image) -> Deep {
    let planes = Planes { channels: 3, depth: Depth::Uint8 };
    Deep::from_samples(image.size(), planes, image.bytes().iter().map(|level| u16::from(*level)).collect())
}

/// The picture in a file.
fn read(path: &Path, channels: usize, depth: Depth) -> Result<Deep, String> {
    let wanted = Wanted { planes: Planes { channels, depth }, channels_first: false };
    let mut picture = Deep::default();
    prebake::decode::decode_deep(&std::fs::read(path).unwrap(), wanted, prebake::decode::Limits::NONE, &mut picture)?;
    Ok(picture)
}

/// The mean and the greatest difference.
fn apart(a: impl Iterator<Item = u16>, b: impl Iterator<Item = u16>) -> (f64, u16) {
    let (mut sum, mut most, mut count) = (0u64, 0, 0u64);
    for (a, b) in a.zip(b) {
        sum += u64::from(a.abs_diff(b));
        most = most.max(a.abs_diff(b));
        count += 1;
    }
    (sum as f64 / count.max(1) as f64, most)
}

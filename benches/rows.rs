//! `cargo bench`: every op, kernel and stage alone, on one thread, in pictures a second.

#![expect(clippy::unwrap_used, reason = "a bench may panic")]

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use prebake::decode::{self, Decoding, Limits, decode};
use prebake::image::{Image, Size};
use prebake::kernels::matrix::Matrix;
use prebake::kernels::reference::{Library, Reference};
use prebake::kernels::resize::{Resizer, Scaling};
use prebake::kernels::warp::{Scratch, warp};
use prebake::ops::Op;
use prebake::pipeline::{Canvas, Pipeline, Program, Recipe, Row};
use prebake::rng::Key;
use prebake::spec::{Overrides, Spec};
use prebake::units::{Border, FillMode, Interpolation};
use std::path::Path;
use std::sync::Arc;

const SIDE: Size = Size::new(256, 256);

fn main() {
    divan::main();
}

fn file(path: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(path)).unwrap()
}

fn decoded(path: &str) -> Image {
    let mut image = Image::default();
    let decoding = Decoding { background: [0; 3], limits: Limits::NONE, at_least: None };
    decode(&file(path), &decoding, &mut decode::Scratch::default(), &mut image).unwrap();
    image
}

fn scaled(to: Size, interpolation: Interpolation) -> Scaling {
    Scaling { to, x: 0, y: 0, size: to, interpolation, antialias: true }
}

/// A photo of 256x256.
fn photo() -> Image {
    let mut image = Image::new(SIDE);
    Resizer::default().resize(&decoded("by_name/cat_0.jpg"), &scaled(SIDE, Interpolation::Bicubic), image.bytes_mut());
    image
}

fn pipeline(steps: &str) -> Pipeline {
    Spec::parse("bench", &format!(r#"{{"version": 1, "pipeline": [{steps}]}}"#), &Overrides::default()).unwrap().pipeline
}

/// Makes rows of `image`, as a thread of a build does.
fn rows(bencher: Bencher<'_, '_>, pipeline: &Pipeline, image: &Image) {
    let reference = Reference::new(decoded("by_name/coffee_0.jpg"), true);
    let mut canvas = Canvas::new(Arc::new(Library::of_one(reference)));
    let (mut recipe, mut program) = (Recipe::new(), Program::default());
    let (mut row, mut epoch) = (Vec::new(), 0);
    bencher.counter(ItemsCount::new(1u32)).bench_local(|| {
        epoch += 1;
        let row_of = Row { key: Key::new(7).number(epoch), epoch, class: "" };
        pipeline.sample(&row_of, image.size(), &mut recipe);
        program.lower(&recipe, image.size(), true);
        row.resize(program.output_size().bytes() as usize, 0);
        program.run(&recipe, image, &mut canvas, black_box(&mut row));
    });
}

/// Each op as its example uses it, but on every row.
#[divan::bench(args = Op::ALL.iter().map(|op| op.name))]
fn op(bencher: Bencher<'_, '_>, name: &str) {
    let example = Op::ALL.iter().find(|op| op.name == name).unwrap().example;
    alone(bencher, &example.replace(r#""p": 0.5"#, r#""p": 1"#));
}

/// Steps that do as much as those that `compare_ops.py` finds in other tools, where examples do more or less.
const SIZED: [(&str, &str); 17] = [
    ("center_crop_128", r#"{"op": "center_crop", "width": 128, "height": 128}"#),
    ("random_crop_128", r#"{"op": "random_crop", "width": 128, "height": 128}"#),
    ("resize_512_bilinear", r#"{"op": "resize", "width": 512, "height": 512, "interpolation": "bilinear"}"#),
    ("gaussian_blur_as_theirs", r#"{"op": "gaussian_blur", "size": 5, "sigma": 2}"#),
    ("box_blur_as_theirs", r#"{"op": "box_blur", "size": 5}"#),
    ("median_blur_as_theirs", r#"{"op": "median_blur", "size": 5}"#),
    ("motion_blur_as_theirs", r#"{"op": "motion_blur", "size": 5}"#),
    ("multiplicative_noise_as_theirs", r#"{"op": "multiplicative_noise", "multiplier": [0.9, 1.1]}"#),
    ("gaussian_noise_as_theirs", r#"{"op": "gaussian_noise", "std": [0.2, 0.44]}"#),
    ("random_erasing_as_theirs", r#"{"op": "random_erasing"}"#),
    ("elastic_transform_as_theirs", r#"{"op": "elastic_transform", "alpha": 50, "sigma": 5}"#),
    (
        "color_jitter_as_theirs",
        r#"{"op": "color_jitter", "brightness": [0.5, 1.5], "contrast": [0.5, 1.5], "saturation": [0.5, 1.5], "hue": [-0.2, 0.2]}"#,
    ),
    ("hue_saturation_value_as_theirs", r#"{"op": "hue_saturation_value"}"#),
    ("jpeg_compression_as_theirs", r#"{"op": "jpeg_compression", "quality": 50}"#),
    ("sun_flare_physics", r#"{"op": "sun_flare", "radius": 400, "mode": "physics"}"#),
    ("pad_as_theirs", r#"{"op": "pad", "left": 10, "right": 10, "top": 10, "bottom": 10}"#),
    ("downscale_as_theirs", r#"{"op": "downscale", "scale": 0.25}"#),
];

#[divan::bench(args = SIZED.map(|(name, _)| name))]
fn op_sized(bencher: Bencher<'_, '_>, name: &str) {
    let (_, step) = SIZED.iter().find(|(other, _)| *other == name).unwrap();
    alone(bencher, step);
}

fn alone(bencher: Bencher<'_, '_>, step: &str) {
    let pipeline = pipeline(step);
    // A fixed first step would run once per picture: what cannot be drawn for is measured as the whole pipeline.
    if pipeline.prefix() == 0 {
        return rows(bencher, &pipeline, &photo());
    }
    let (image, mut canvas, mut made) = (photo(), Canvas::default(), Image::default());
    bencher.counter(ItemsCount::new(1u32)).bench_local(|| pipeline.prepare(black_box(&image), &mut canvas, &mut made));
}

/// A whole row of each of the specs that prebake replaces, without the encoding.
#[divan::bench(args = ["scipy", "tf_image", "keras_sequence", "default", "every_op"])]
fn row(bencher: Bencher<'_, '_>, spec: &str) {
    let text = String::from_utf8(file(&format!("specs/{spec}.json"))).unwrap();
    let pipeline = Spec::parse(spec, &text, &Overrides::default()).unwrap().pipeline;
    let mut prepared = Image::default();
    pipeline.prepare(&photo(), &mut Canvas::default(), &mut prepared);
    rows(bencher, &pipeline, &prepared);
}

#[divan::bench(args = [FillMode::Constant, FillMode::Nearest, FillMode::Reflect, FillMode::Mirror, FillMode::Wrap],
    consts = [0, 1, 2])]
fn turned_by_13_degrees<const INTERPOLATION: usize>(bencher: Bencher<'_, '_>, fill_mode: FillMode) {
    let interpolation = [Interpolation::Nearest, Interpolation::Bilinear, Interpolation::Bicubic][INTERPOLATION];
    let (sin, cos) = (0.225, 0.974);
    let map = Matrix::about(127.5, 127.5, [cos, -sin, sin, cos]);
    let (image, mut row) = (photo(), vec![0; SIDE.bytes() as usize]);
    let (border, mut scratch) = (Border { fill_mode, fill_value: [0; 3] }, Scratch::default());
    bencher
        .counter(ItemsCount::new(1u32))
        .bench_local(|| warp(black_box(&image).window(), &map, (interpolation, border), SIDE, &mut scratch, black_box(&mut row)));
}

#[divan::bench(args = [
    Interpolation::Nearest, Interpolation::Bilinear, Interpolation::Bicubic, Interpolation::Lanczos3, Interpolation::Area,
])]
fn resized_to_512(bencher: Bencher<'_, '_>, interpolation: Interpolation) {
    let (image, mut resizer, to) = (photo(), Resizer::default(), Size::new(512, 512));
    let mut target = vec![0; to.bytes() as usize];
    bencher
        .counter(ItemsCount::new(1u32))
        .bench_local(|| resizer.resize(black_box(&image), &scaled(to, interpolation), black_box(&mut target)));
}

/// What preparing a photo takes after its decoding, with and without antialiasing.
#[divan::bench(args = [false, true])]
fn prepared_to_256(bencher: Bencher<'_, '_>, antialias: bool) {
    let (mut resizer, mut image) = (Resizer::default(), Image::new(Size::new(500, 400)));
    resizer.resize(&photo(), &scaled(image.size(), Interpolation::Bicubic), image.bytes_mut());
    let (scaling, mut target) = (Scaling { antialias, ..scaled(SIDE, Interpolation::Bilinear) }, vec![0; SIDE.bytes() as usize]);
    bencher.counter(ItemsCount::new(1u32)).bench_local(|| resizer.resize(black_box(&image), &scaling, black_box(&mut target)));
}

#[divan::bench(args = ["by_name/cat_0.jpg", "by_folder/cat/3_progressive.jpg", "by_name/cat_3.png", "by_folder/rocket/1.webp"])]
fn decoding(bencher: Bencher<'_, '_>, path: &str) {
    let (bytes, mut scratch, mut image) = (file(path), decode::Scratch::default(), Image::default());
    let decoding = Decoding { background: [0; 3], limits: Limits::NONE, at_least: None };
    bencher
        .counter(ItemsCount::new(1u32))
        .bench_local(|| decode(black_box(&bytes), &decoding, &mut scratch, &mut image).unwrap());
}

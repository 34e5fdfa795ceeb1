//! Three channels of 8 bits, both ways: the deep executor follows the ordinary one.

use crate::common::cases::read_png;
use crate::common::fixture;
use crate::{apart, deepened, drawn, made, made_ordinary, pipeline, read};
use prebake::image::{Deep, Depth, Planes};
use prebake::ops::{Entry, Op};
use prebake::rng::Key;
use serde_json::{Value, json};

const PLANES: Planes = Planes { channels: 3, depth: Depth::Uint16 };

/// Every op that serves more than three channels of 8 bits, but the one whose noise has other draws where there are more levels.
fn served() -> impl Iterator<Item = &'static Entry> {
    Op::ALL.iter().filter(|op| op.serves.takes(PLANES) && op.name != "gaussian_noise")
}

fn step(op: &Entry) -> Value {
    let mut step: Value = serde_json::from_str(op.example).unwrap();
    step["p"] = 1.into();
    step
}

#[test]
fn each_op_agrees_within_a_level() {
    let image = read_png(&fixture("picture.png"));
    let deep = deepened(&image);
    assert!(served().count() > 40);
    for op in served() {
        let pipeline = pipeline(&[step(op)], 3, "uint8");
        for seed in 0..6 {
            let recipe = drawn(&pipeline, Key::new(seed), image.size());
            let (ours, ordinary) = (made(&recipe, &deep, true), made_ordinary(&recipe, &image, true));
            assert_eq!(ours.size(), ordinary.size(), "{}", op.name);
            let (mean, most) = apart(ours.samples().iter().copied(), ordinary.bytes().iter().map(|level| u16::from(*level)));
            assert!(most <= 1 && mean < 0.05, "{} {seed}: mean {mean}, max {most}", op.name);
        }
    }
}

#[test]
fn chains_agree_joined_or_not() {
    let image = read_png(&fixture("picture.png"));
    let deep = deepened(&image);
    let ops: Vec<&Entry> = served().collect();
    let (mut rng, mut tried, mut joined) = (Key::new(7).rng(), 0, 0);
    while tried < 250 {
        let steps: Vec<Value> = (0..3).map(|_| step(ops[rng.below(ops.len() as u64) as usize])).collect();
        let pipeline = pipeline(&steps, 3, "uint8");
        let key = Key::new(rng.bits());
        let sizes = pipeline.steps.iter().try_fold(prebake::image::Sizes::one(image.size()), |sizes, step| step.sizes(sizes, ""));
        if sizes.is_err() {
            continue;
        }
        tried += 1;
        let recipe = drawn(&pipeline, key, image.size());
        for fuse in [true, false] {
            let (ours, ordinary) = (made(&recipe, &deep, fuse), made_ordinary(&recipe, &image, fuse));
            assert_eq!(ours.size(), ordinary.size(), "{steps:?}");
            let (mean, most) = apart(ours.samples().iter().copied(), ordinary.bytes().iter().map(|level| u16::from(*level)));
            // A level of difference before a step that steepens tones is more after it.
            assert!(most <= 2 && mean < 0.001, "{steps:?} fuse {fuse}: mean {mean}, max {most}");
            joined += usize::from(fuse && ours != made(&recipe, &deep, false));
        }
    }
    assert!(joined > 10, "{joined} chains were joined");
}

/// What looks at all channels at once.
const TOGETHER: [&str; 2] = ["channel_shift", "gaussian_noise"];

#[test]
fn each_channel_comes_as_if_it_were_alone() {
    let input = read(&fixture("deep/input.npy"), 5, Depth::Uint16).unwrap();
    let alone = |c: usize| {
        let planes = Planes { channels: 1, depth: Depth::Uint16 };
        Deep::from_samples(input.size(), planes, input.samples().iter().skip(c).step_by(5).copied().collect())
    };
    let any = Planes { channels: 5, depth: Depth::Uint16 };
    let ops = served().filter(|op| op.serves.takes(any) && !TOGETHER.contains(&op.name));
    let mut tried = 0;
    for op in ops {
        let mut step = step(op);
        // The picture is smaller than that of the examples.
        for side in ["width", "height", "size"] {
            if step[side].as_u64().is_some_and(|pixels| pixels > 32) {
                step[side] = 24.into();
            }
        }
        let drawn_levels = step.get("fill").is_some_and(|fill| fill != "constant");
        let pipeline = pipeline(&[step], 3, "uint16");
        if drawn_levels || pipeline.output_size(input.size()).is_err() {
            continue;
        }
        tried += 1;
        for seed in 0..3 {
            let recipe = drawn(&pipeline, Key::new(seed), input.size());
            let together = made(&recipe, &input, true);
            for c in 0..5 {
                let one = made(&recipe, &alone(c), true);
                assert_eq!(one.size(), together.size());
                assert!(one.samples().iter().eq(together.samples().iter().skip(c).step_by(5)), "{} {seed} {c}", op.name);
            }
        }
    }
    assert!(tried > 30, "{tried} ops were tried");
}

#[test]
fn sixteen_bits_are_the_same_on_a_finer_scale() {
    let image = read_png(&fixture("picture.png"));
    let levels = deepened(&image);
    let samples = levels.samples().iter().map(|level| level * 257).collect();
    let fine = Deep::from_samples(image.size(), PLANES, samples);
    for op in served() {
        let pipeline = pipeline(&[step(op)], 3, "uint16");
        for seed in 0..3 {
            let recipe = drawn(&pipeline, Key::new(seed), image.size());
            let (ours, coarse) = (made(&recipe, &fine, true), made(&recipe, &levels, true));
            let (mean, most) = apart(ours.samples().iter().copied(), coarse.samples().iter().map(|level| level * 257));
            // Two levels: rounding, and weights of fewer bits.
            assert!(most <= 2 * 257 && mean <= 0.6 * 257.0, "{} {seed}: mean {mean}, max {most}", op.name);
        }
    }
}

#[test]
fn every_interpolation_and_border_agrees() {
    let image = read_png(&fixture("parity/input.png"));
    let deep = deepened(&image);
    let mut steps = Vec::new();
    for interpolation in ["nearest", "bilinear", "bicubic"] {
        for fill_mode in ["constant", "nearest", "reflect", "mirror", "wrap"] {
            let fill = json!({"interpolation": interpolation, "fill_mode": fill_mode, "fill_value": [200, 10, 90]});
            for step in
                [json!({"op": "rotate", "degrees": 24}), json!({"op": "zoom", "scale": 0.6}), json!({"op": "perspective"})]
            {
                let mut step = step;
                step.as_object_mut().unwrap().extend(fill.as_object().unwrap().clone());
                steps.push(step);
            }
        }
    }
    for interpolation in ["nearest", "bilinear", "bicubic", "lanczos3", "area"] {
        for (antialias, (width, height)) in [(true, (31, 90)), (false, (31, 90)), (true, (200, 9)), (false, (96, 40))] {
            let size = json!({"op": "resize", "width": width, "height": height});
            let mut step = size;
            step["interpolation"] = interpolation.into();
            step["antialias"] = antialias.into();
            steps.push(step);
        }
    }
    for step in steps {
        let recipe = drawn(&pipeline(std::slice::from_ref(&step), 3, "uint8"), Key::new(5), image.size());
        let (ours, ordinary) = (made(&recipe, &deep, true), made_ordinary(&recipe, &image, true));
        let (mean, most) = apart(ours.samples().iter().copied(), ordinary.bytes().iter().map(|level| u16::from(*level)));
        // Bicubic weights are those of a 256th of a pixel there, and of a 32768th here.
        let allowed = if step["op"] != "resize" && step["interpolation"] == "bicubic" { (0.1, 2) } else { (0.001, 1) };
        assert!(ours.size() == ordinary.size() && mean <= allowed.0 && most <= allowed.1, "{step}: mean {mean}, max {most}");
    }
}

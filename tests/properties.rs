//! Laws that hold for every picture, spec and plan.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use prebake::decode::{Decoding, Limits, Scratch, decode, header};
use prebake::image::{Image, Size, Sizes};
use prebake::kernels::reference::{Library, Reference};
use prebake::ops::Op;
use prebake::pipeline::{Canvas, Program, Recipe, Row};
use prebake::rng::Key;
use prebake::spec::{Overrides, Spec};
use proptest::prelude::*;
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn spec(steps: &str) -> Spec {
    Spec::parse("s.json", &format!(r#"{{"version": 1, "pipeline": [{steps}]}}"#), &Overrides::default()).unwrap()
}

/// The row that `seed` names.
fn of(seed: u64) -> Row<'static> {
    Row { key: Key::new(seed), epoch: 0, class: "" }
}

/// What a row makes of `image`.
fn made(steps: &str, image: &Image, seed: u64) -> Image {
    let pipeline = spec(steps).pipeline;
    let mut prepared = Image::default();
    pipeline.prepare(image, &mut Canvas::default(), &mut prepared);
    let mut recipe = Recipe::new();
    pipeline.sample(&of(seed), prepared.size(), &mut recipe);
    let mut program = Program::default();
    program.lower(&recipe, prepared.size(), pipeline.fuse);
    let mut row = Image::new(program.output_size());
    program.run(&recipe, &prepared, &mut Canvas::default(), row.bytes_mut());
    row
}

fn image(width: u32, height: u32, seed: u64) -> Image {
    let size = Size::new(width, height);
    let mut rng = Key::new(seed).rng();
    Image::from_bytes(size, (0..size.bytes()).map(|_| rng.bits() as u8).collect())
}

prop_compose! {
    fn pictures()(width in 1u32..40, height in 1u32..40, seed: u64) -> Image { image(width, height, seed) }
}

const BORDERS: [&str; 5] = ["constant", "nearest", "reflect", "mirror", "wrap"];
/// Every geometric op at some strength.
const GEOMETRY: [&str; 6] = [
    r#""op": "rotate", "degrees": [-180, 180]"#,
    r#""op": "zoom", "scale": [0.3, 3]"#,
    r#""op": "shift", "x": [-1, 1], "y": [-1, 1]"#,
    r#""op": "shear", "x": [-40, 40], "y": [-40, 40]"#,
    r#""op": "affine", "degrees": [-90, 90], "scale": [0.5, 2], "x": [-0.5, 0.5], "shear_y": [-20, 20]"#,
    r#""op": "rotate", "degrees": 90"#,
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_flip_undoes_itself(picture in pictures()) {
        for flip in [r#"{"op": "horizontal_flip"}"#, r#"{"op": "vertical_flip"}"#] {
            prop_assert_ne!(&made(flip, &image(7, 5, 1), 0), &image(7, 5, 1));
            prop_assert_eq!(&made(flip, &made(flip, &picture, 0), 0), &picture);
        }
    }

    #[test]
    fn what_asks_for_no_change_changes_nothing(picture in pictures()) {
        let Size { width, height } = picture.size();
        let resize = format!(r#"{{"op": "resize", "width": {width}, "height": {height}}}"#);
        for step in [
            r#"{"op": "rotate", "degrees": 0}"#,
            r#"{"op": "rotate", "degrees": 360, "fill_mode": "constant"}"#,
            r#"{"op": "zoom", "scale": 1, "fill_mode": "wrap"}"#,
            r#"{"op": "shift", "x": 0, "interpolation": "bicubic"}"#,
            r#"{"op": "shear", "x": 0, "interpolation": "nearest"}"#,
            r#"{"op": "brightness", "delta": 0}"#,
            r#"{"op": "contrast", "factor": 1}"#,
            r#"{"op": "rotate", "degrees": 77, "p": 0}"#,
            &resize,
        ] {
            prop_assert_eq!(&made(step, &picture, 3), &picture, "{}", step);
        }
    }

    #[test]
    fn a_half_turn_is_both_flips_and_four_quarter_turns_are_none(side in 1u32..30, seed: u64) {
        let picture = image(side, side, seed);
        let half = made(r#"{"op": "rotate", "degrees": 180}"#, &picture, 0);
        prop_assert_eq!(&half, &made(r#"{"op": "horizontal_flip"}, {"op": "vertical_flip"}"#, &picture, 0));
        let quarter = r#"{"op": "rotate", "degrees": 90}"#;
        let turned = (0..4).fold(picture.clone(), |turned, _| made(quarter, &turned, 0));
        prop_assert_eq!(turned, picture);
    }

    #[test]
    fn a_shift_by_whole_pixels_moves_them(side in 2u32..30, by in 1u32..30, seed: u64) {
        let (picture, by) = (image(side, side, seed), by % side);
        let x = f64::from(by) / f64::from(side);
        let moved = made(&format!(r#"{{"op": "shift", "x": {x}, "fill_mode": "constant", "fill_value": 9}}"#), &picture, 0);
        for y in 0..side {
            let (row, from) = (moved.row(y), picture.row(y));
            let at = by as usize * 3;
            prop_assert!(row[..at].iter().all(|level| *level == 9));
            prop_assert_eq!(&row[at..], &from[..from.len() - at]);
        }
    }

    #[test]
    fn a_flat_picture_stays_flat(width in 1u32..30, height in 1u32..30, level: u8, seed: u64) {
        let flat = Image::from_bytes(Size::new(width, height), vec![level; (width * height * 3) as usize]);
        for step in GEOMETRY {
            for border in &BORDERS[1..] {
                for interpolation in ["nearest", "bilinear", "bicubic"] {
                    let steps = format!(r#"{{{step}, "fill_mode": "{border}", "interpolation": "{interpolation}"}}"#);
                    prop_assert_eq!(&made(&steps, &flat, seed), &flat, "{}", steps);
                }
            }
        }
    }

    #[test]
    fn every_op_takes_every_size_and_keeps_its_word_about_the_result(picture in pictures(), seed: u64) {
        let mut canvas = Canvas::new(Arc::new(Library::of_one(Reference::new(image(9, 6, seed), true))));
        for op in Op::ALL {
            let pipeline = spec(op.example).pipeline;
            let Ok(sizes) = pipeline.steps[0].sizes(Sizes::one(picture.size()), "") else {
                prop_assert!(op.name.contains("crop"), "{} takes every size", op.name);
                continue;
            };
            let mut recipe = Recipe::new();
            let size = pipeline.steps[0].draw(Key::new(seed), &of(seed), picture.size(), &mut recipe);
            let mut program = Program::default();
            program.lower(&recipe, picture.size(), true);
            prop_assert_eq!(program.output_size(), size, "{}", op.name);
            prop_assert_eq!(sizes.hull(Sizes::one(size)), sizes, "{}", op.name);
            program.run(&recipe, &picture, &mut canvas, &mut vec![0; size.bytes() as usize]);
            let json = serde_json::to_string(&recipe).unwrap();
            prop_assert_eq!(serde_json::from_str::<Recipe>(&json).unwrap(), recipe, "{}", json);
        }
    }

    #[test]
    fn strong_steps_in_a_row_never_fail(picture in pictures(), picks in prop::collection::vec((0usize..6, 0usize..5), 1..6), seed: u64) {
        let step = |(op, border): &(usize, usize)| format!(r#"{{{}, "fill_mode": "{}", "p": 0.8}}"#, GEOMETRY[*op], BORDERS[*border]);
        let steps = picks.iter().map(step).collect::<Vec<_>>().join(", ");
        let fused = made(&steps, &picture, seed);
        prop_assert_eq!(fused.size(), picture.size());
    }

    #[test]
    fn a_random_crop_is_a_piece_of_the_picture(picture in pictures(), seed: u64) {
        let Size { width, height } = picture.size();
        let size = Size::new(width.div_ceil(2), height.div_ceil(3));
        let steps = format!(r#"{{"op": "random_crop", "width": {}, "height": {}}}"#, size.width, size.height);
        let crop = made(&steps, &picture, seed);
        let shows = |x: u32, y: u32| {
            (0..size.height).all(|row| picture.row(y + row)[x as usize * 3..][..size.width as usize * 3] == *crop.row(row))
        };
        let places = (0..=width - size.width).flat_map(|x| (0..=height - size.height).map(move |y| (x, y)));
        prop_assert!(places.into_iter().any(|(x, y)| shows(x, y)));
    }

    #[test]
    fn no_text_makes_the_spec_parser_fail(text: String) {
        let _ = Spec::parse("s.json", &text, &Overrides::default());
    }

    #[test]
    fn no_edit_of_a_spec_makes_its_parser_fail(edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0u8..3), 1..8)) {
        for file in files("specs", "json") {
            let mut bytes = std::fs::read(file).unwrap();
            edit(&mut bytes, &edits);
            let _ = Spec::parse("s.json", &String::from_utf8_lossy(&bytes), &Overrides::default());
        }
    }

    #[test]
    fn no_damage_to_a_picture_makes_a_decoder_fail(edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0u8..3), 1..5)) {
        let mut scratch = Scratch::default();
        for folder in ["by_folder/astronaut", "by_folder/cat", "by_folder/coffee", "by_folder/rocket", "broken/cat"] {
            for file in files(folder, "") {
                let whole = std::fs::read(file).unwrap();
                // The first bytes decide most.
                let (head, rest) = whole.split_at(whole.len().min(2000));
                let mut bytes = head.to_vec();
                edit(&mut bytes, &edits);
                bytes.extend_from_slice(rest);
                let decoding = Decoding { background: [255; 3], limits: Limits { pixels: 40_000, ..Limits::NONE }, at_least: None };
                let mut image = Image::default();
                if decode(&bytes, &decoding, &mut scratch, &mut image).is_ok() {
                    prop_assert!(image.size().pixels() <= 40_000);
                    prop_assert_eq!(header(&bytes, decoding.limits).unwrap().size, image.size());
                }
            }
        }
    }
}

/// Replaces, removes or inserts a byte at each place.
fn edit(bytes: &mut Vec<u8>, edits: &[(prop::sample::Index, u8, u8)]) {
    for (place, byte, kind) in edits {
        if bytes.is_empty() {
            return;
        }
        let at = place.index(bytes.len());
        match kind {
            0 => bytes[at] = *byte,
            1 => drop(bytes.remove(at)),
            _ => bytes.insert(at, *byte),
        }
    }
}

/// Files below a folder of the fixtures whose names end so.
fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(folder);
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.is_file() && file.to_string_lossy().ends_with(ending));
    files.sort();
    assert!(!files.is_empty());
    files
}

#[test]
fn a_random_crop_falls_on_every_place_alike() {
    let pipeline = spec(r#"{"op": "random_crop", "width": 6, "height": 7}"#).pipeline;
    let mut recipe = Recipe::new();
    let mut seen = [[0u32; 4]; 5];
    for seed in 0..20_000 {
        pipeline.sample(&of(seed), Size::new(10, 10), &mut recipe);
        let drawn = serde_json::to_value(&recipe).unwrap();
        let at = |name: &str| drawn[0][name].as_u64().unwrap() as usize;
        seen[at("x")][at("y")] += 1;
    }
    // 20 places, 1,000 each: six standard deviations are 185.
    assert!(seen.iter().flatten().all(|count| (815..1185).contains(count)), "{seen:?}");
}

#[test]
fn probabilities_are_kept_and_steps_draw_apart() {
    let pipeline = spec(r#"{"op": "horizontal_flip", "p": 0.3}, {"op": "vertical_flip", "p": 0.3}"#).pipeline;
    let (mut counts, mut recipe) = ([0u32; 3], Recipe::new());
    for seed in 0..20_000 {
        pipeline.sample(&of(seed), Size::new(4, 4), &mut recipe);
        counts[recipe.len()] += 1;
    }
    // 0.49, 0.42 and 0.09 of 20,000, within six standard deviations.
    for (count, expected) in counts.into_iter().zip([9800u32, 8400, 1800]) {
        assert!(count.abs_diff(expected) < 430, "{counts:?}");
    }
}

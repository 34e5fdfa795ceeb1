//! What follows a picture is where the picture's own pixels show it.

use crate::rows::{IGNORE, Made, pipeline};
use crate::scene::{Scene, centre, overlap, seen, seen_mask};
use prebake::ops::{Op, Targets};
use prebake::rng::Key;
use prebake::spec::declared;
use prebake::targets::{BoundingBox, Cut, Filter, KeyPoint, Point, mask};
use serde_json::{Value, json};

/// The worst that was seen.
struct Worst {
    overlap: f64,
    edge: f64,
    /// Of the picture, whose corners the resampling rounds, step by step.
    blurred: f64,
    point: f64,
    boxes: u32,
    points: u32,
}

/// What it cuts off may be thinner than a pixel, so that a box is around more than what is seen after more steps.
const SHUFFLE: &str = "grid_shuffle";

/// Narrower pieces of a shape are slivers, of which every pixel counts much.
const SLIVER: f64 = 12.0;

impl Worst {
    const NONE: Self = Self { overlap: 1.0, edge: 0.0, blurred: 0.0, point: 0.0, boxes: 0, points: 0 };

    /// Makes rows of `steps`, and looks at what they show.
    fn look(&mut self, scene: &Scene, steps: &str, fuse: bool, seeds: std::ops::Range<u64>) {
        let pipeline = pipeline(steps, fuse).unwrap();
        assert_eq!(pipeline.cannot_carry("pipeline"), [""; 0], "{steps}");
        for seed in seeds {
            let told = format!("{steps} (fuse {fuse}, seed {seed})");
            let mut made = Made::new(&pipeline, scene.size, seed);
            let (shapes, masked, discs) = (made.picture(&scene.shapes), made.mask(&scene.mask), made.picture(&scene.discs));
            let carried = made.carried(&scene.instances, scene.size, Cut::Outline);
            let around = made.carried(&scene.around, scene.size, Cut::Outline);
            for k in 0..3 {
                let found = carried.bounding_box(k, &Filter::default());
                if let Some((shown, count)) = seen(&shapes, k).filter(|(shown, _)| shown.width().min(shown.height()) >= SLIVER) {
                    let found = found.unwrap_or_else(|| panic!("shape {k} is seen, and has no box: {told}"));
                    let overlap = overlap(&shapes, &masked, k);
                    // An edge half way between two pixels may be either's, and small shapes have much edge: 0.6 pixels of it.
                    let edge = 0.6 * 2.0 * (shown.width() + shown.height()) / f64::from(count);
                    assert!(overlap >= (1.0 - edge).min(0.98), "{overlap} of {count}: {told}");
                    if count > 800 {
                        self.overlap = self.overlap.min(overlap);
                    }
                    if !(steps.contains(SHUFFLE) && pipeline.steps.len() > 1) {
                        // Pictures lose their corners, step by step, and masks have the edges of the source's pixels.
                        let (blurred, sharp) = (off(&shown, &found), off(&seen_mask(&masked, k), &found));
                        let edge = (0..4).fold(0.0f64, |far, i| far.max(blurred[i].min(sharp[i])));
                        // What a border cuts has tips, whose ends cover no pixel by half, and so have the corners of turned boxes.
                        let cut = carried.bounding_box(k, &Filter { min_visibility: 0.98, ..Filter::default() }).is_none();
                        let most = if cut {
                            2.0
                        } else if fuse || k == 2 {
                            1.0
                        } else {
                            1.25
                        };
                        assert!(edge <= most, "{edge}: {found:?} {told}");
                        self.edge = if cut { self.edge } else { self.edge.max(edge) };
                        self.blurred = blurred.into_iter().fold(self.blurred, f64::max);
                    }
                    self.boxes += 1;
                } else if let Some(found) = found {
                    assert!(found.width().min(found.height()) < SLIVER + 2.0, "shape {k} is not seen: {found:?} {told}");
                }
                let mut points = Vec::new();
                carried.key_points(k, &[], &mut points);
                // Of a disc that is cut, or in pieces, the centre is elsewhere.
                let whole = around.bounding_box(k, &Filter { min_visibility: 0.95, ..Filter::default() });
                let (shown, area) = centre(&discs, k);
                if whole.is_some_and(|whole| area > 0.4 * whole.area()) {
                    self.look_at_point(&points[0], shown, &told);
                }
            }
        }
    }

    /// A disc is not a point: where cells of a grid meet, or noise bends it, its centre is off by up to a pixel and a half.
    fn look_at_point(&mut self, found: &KeyPoint, shown: Point, told: &str) {
        assert!(found.is_known(), "a point is seen and lost: {told}");
        let away = (found.at.x - shown.x).hypot(found.at.y - shown.y);
        assert!(away <= if told.contains("grid_distortion") || told.contains("elastic") { 1.5 } else { 0.75 }, "{away}: {told}");
        self.point = self.point.max(away);
        self.points += 1;
    }

    fn tell(&self, of: &str) {
        let Self { overlap, edge, blurred, point, boxes, points } = self;
        println!(
            "{of:<24} IoU {overlap:.4}, box {edge:.2} px (picture {blurred:.2}) of {boxes}, key point {point:.2} px of {points}"
        );
    }
}

/// The farthest that an edge of one box is from that of the other.
fn apart(a: &BoundingBox, b: &BoundingBox) -> f64 {
    off(a, b).into_iter().fold(0.0, f64::max)
}

/// How far each edge is from the other's.
fn off(a: &BoundingBox, b: &BoundingBox) -> [f64; 4] {
    [a.x_min - b.x_min, a.y_min - b.y_min, a.x_max - b.x_max, a.y_max - b.y_max].map(f64::abs)
}

/// The examples of all ops that move pixels, which show nothing but what is in the picture.
fn steps() -> Vec<(&'static str, String)> {
    let moving = Op::ALL.iter().filter(|op| op.targets == Targets::Moves);
    let step = |op: &prebake::ops::Entry| {
        let mut step: Value = serde_json::from_str(op.example).unwrap();
        let fields = declared(op.name).unwrap();
        for (name, value) in [("fill_mode", json!("constant")), ("fill_value", json!(0))] {
            if fields.iter().any(|field| field.name == name) {
                step[name] = value;
            }
        }
        // Crops of nearly the whole picture, whatever comes before.
        if ["random_crop", "center_crop"].contains(&op.name) {
            (step["width"], step["height"]) = (json!(200), json!(150));
        }
        (op.name, step.to_string())
    };
    moving.map(step).collect()
}

#[test]
fn every_op_alone() {
    let (scene, mut all) = (Scene::new(), Worst::NONE);
    for (name, step) in steps() {
        let Ok(of) = pipeline(&step, true) else { panic!("{step}") };
        if of.steps[0].sizes(prebake::image::Sizes::one(scene.size), "").is_err() {
            println!("{name} takes no such picture");
            continue;
        }
        let mut worst = Worst::NONE;
        worst.look(&scene, &step, true, 0..12);
        worst.tell(name);
        all = Worst {
            overlap: all.overlap.min(worst.overlap),
            edge: all.edge.max(worst.edge),
            blurred: all.blurred.max(worst.blurred),
            point: all.point.max(worst.point),
            boxes: all.boxes + worst.boxes,
            points: all.points + worst.points,
        };
    }
    all.tell("all");
    assert!(all.overlap >= 0.98 && all.blurred <= 1.0);
    assert!(all.boxes > 900 && all.points > 700);
}

/// Chains of two to seven steps, drawn among all, with others between that leave things where they are.
fn chain(seed: u64) -> String {
    let mut rng = Key::new(seed).word(b"chain").rng();
    let still = [
        r#"{"op": "brightness", "delta": [-0.05, 0.05]}"#,
        r#"{"op": "gaussian_noise", "std": 0.01}"#,
        r#"{"op": "one_of", "of": [{"op": "contrast", "factor": 0.95}, {"op": "channels", "channels": [0], "steps": [{"op": "gamma", "gamma": 1}]}]}"#,
    ];
    let moving = steps();
    let length = 2 + rng.below(6);
    let mut chain: Vec<String> = (0..length).map(|_| moving[rng.below(moving.len() as u64) as usize].1.clone()).collect();
    chain.insert(rng.below(length) as usize, still[rng.below(3) as usize].into());
    chain.push(r#"{"op": "resize", "width": 240, "height": 200}"#.into());
    chain.join(", ")
}

#[test]
fn long_chains_joined_or_not() {
    let scene = Scene::new();
    for fuse in [true, false] {
        let (mut worst, mut chains) = (Worst::NONE, 0);
        for steps in (0..120).map(chain) {
            if pipeline(&steps, fuse).is_ok_and(|pipeline| pipeline.output_size(scene.size).is_ok()) {
                worst.look(&scene, &steps, fuse, 0..2);
                chains += 1;
            }
        }
        worst.tell(if fuse { "chains, joined" } else { "chains, step by step" });
        assert!(chains > 60, "{chains}");
        assert!(worst.blurred <= 2.5);
        assert!(worst.boxes > 200 && worst.points > 100, "{} {}", worst.boxes, worst.points);
    }
}

#[test]
fn masks_show_nothing_where_the_picture_shows_a_colour_and_go_on_as_it_does() {
    let scene = Scene::new();
    for (border, ignored) in [("constant", true), ("nearest", false), ("reflect", false), ("mirror", false), ("wrap", false)] {
        let step = format!(r#"{{"op": "affine", "degrees": 30, "x": 0.3, "scale": 0.8, "fill_mode": "{border}"}}"#);
        let mut made = Made::new(&pipeline(&step, true).unwrap(), scene.size, 0);
        let (shapes, masked) = (made.picture(&scene.shapes), made.mask(&scene.mask));
        let nothing = masked.bytes().chunks_exact(3).any(|id| mask::id([id[0], id[1], id[2]]) == IGNORE);
        assert_eq!(nothing, ignored, "{border}");
        for k in 0..3 {
            assert!(overlap(&shapes, &masked, k) > 0.98, "{border} {k}");
        }
    }
}

#[test]
fn what_hides_a_part_takes_it_from_boxes_and_points_and_not_from_masks() {
    let scene = Scene::new();
    let steps = r#"{"op": "random_erasing", "scale": [0.1, 0.3], "fill_value": [0, 0, 0]}"#;
    let pipeline = pipeline(steps, true).unwrap();
    let (mut lost, mut shrunk) = (0, 0);
    for seed in 0..40 {
        let mut made = Made::new(&pipeline, scene.size, seed);
        assert_eq!(made.mask(&scene.mask), scene.mask);
        let (shapes, discs) = (made.picture(&scene.shapes), made.picture(&scene.discs));
        let carried = made.carried(&scene.instances, scene.size, Cut::Outline);
        for k in 0..3 {
            let found = carried.bounding_box(k, &Filter::default());
            assert_eq!(found.is_some(), seen(&shapes, k).is_some(), "{seed} {k}");
            if let (Some(found), Some((shown, _))) = (found, seen(&shapes, k)) {
                assert!(apart(&found, &shown) <= 1.0, "{seed} {k}: {found:?} {shown:?}");
                shrunk += u32::from(apart(&found, &seen(&scene.shapes, k).unwrap().0) > 2.0);
            }
            let mut points = Vec::new();
            carried.key_points(k, &[], &mut points);
            let at = scene.instances[k].key_points[0].at;
            let dark = discs.row(at.y as u32)[at.x as usize * 3 + k] == 0;
            assert_eq!(points[0].is_known(), !dark, "{seed} {k}");
            lost += u32::from(dark);
        }
    }
    assert!(lost > 5 && shrunk > 5, "{lost} {shrunk}");
}

#[test]
fn left_and_right_change_places_when_the_row_is_mirrored() {
    let scene = Scene::new();
    let pair = [scene.instances[0].key_points[0], scene.instances[1].key_points[0]];
    let mut instance = scene.instances[0].clone();
    instance.key_points = pair.to_vec();
    for (steps, mirrored) in [
        (r#"{"op": "horizontal_flip"}"#, true),
        (r#"{"op": "vertical_flip"}"#, true),
        (r#"{"op": "transpose"}"#, true),
        (r#"{"op": "horizontal_flip"}, {"op": "vertical_flip"}"#, false),
        (r#"{"op": "horizontal_flip"}, {"op": "perspective", "scale": 0.05}, {"op": "rotate", "degrees": 40}"#, true),
        (r#"{"op": "rotate90", "turns": [1, 1]}"#, false),
        (r#"{"op": "resize", "width": 100, "height": 300}, {"op": "elastic_transform", "alpha": 300, "sigma": 8}"#, false),
    ] {
        for fuse in [true, false] {
            let mut made = Made::new(&pipeline(steps, fuse).unwrap(), scene.size, 1);
            let carried = made.carried(std::slice::from_ref(&instance), scene.size, Cut::Outline);
            let (mut plain, mut paired) = (Vec::new(), Vec::new());
            carried.key_points(0, &[], &mut plain);
            carried.key_points(0, &[(0, 1)], &mut paired);
            assert!(plain[0] != plain[1], "{steps}");
            assert_eq!(plain[0] == paired[1] && plain[1] == paired[0], mirrored, "{steps}");
        }
    }
}

#[test]
fn what_cannot_be_followed_is_named_with_its_place() {
    let steps = r#"{"op": "invert"}, {"op": "one_of", "of": [
        {"op": "channels", "channels": [0], "steps": [{"op": "gamma", "gamma": 1}, {"op": "sequential", "steps": [{"op": "rotate", "degrees": 3}]}]},
        {"op": "rotate", "degrees": 3}]}"#;
    let problems = pipeline(steps, true).unwrap().cannot_carry("pipeline");
    assert_eq!(problems.len(), 1);
    assert!(
        problems[0].starts_with("pipeline[1].of[0].steps[1].steps[0] rotate: moves pixels within `channels`"),
        "{problems:?}"
    );
    assert!(!pipeline(r#"{"op": "augmix"}"#, true).unwrap().cannot_carry("pipeline").is_empty());
}

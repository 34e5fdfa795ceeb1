//! What follows a picture is where the picture's own pixels show it.

use crate::measure::{marked, overlap, seen};
use crate::rows::{IGNORE, Made, pipeline};
use crate::scene::Scene;
use prebake::ops::{Op, Targets};
use prebake::rng::Key;
use prebake::spec::declared;
use prebake::targets::{BoundingBox, Cut, Filter, KeyPoint, Point, mask};
use serde_json::{Value, json};

/// The worst that was seen.
struct Worst {
    /// The least overlap of masks.
    overlap: f64,
    /// Of boxes that no border cuts: how far an edge is from where it is seen.
    edge: f64,
    /// Of those that one cuts: how far an edge is seen beyond where it may be.
    tip: f64,
    point: f64,
    boxes: u32,
    /// Boxes that a border cuts, and how many of them are as exact as others.
    cut: [u32; 2],
    points: u32,
}

/// Its tiles may leave slivers of a shape, and so count as a border that cuts it.
const SHUFFLE: &str = "grid_shuffle";

/// Narrower pieces of a shape are slivers, of which every pixel counts much.
const SLIVER: f64 = 12.0;

/// Fewer pixels of a shape are mostly edge.
const FEW: u32 = 800;

impl Worst {
    const NONE: Self = Self { overlap: 1.0, edge: 0.0, tip: 0.0, point: 0.0, boxes: 0, cut: [0; 2], points: 0 };

    /// Makes rows of `steps`, and looks at what they show.
    fn look(&mut self, scene: &Scene, steps: &str, fuse: bool, seeds: std::ops::Range<u64>) {
        let pipeline = pipeline(steps, fuse).unwrap();
        assert_eq!(pipeline.cannot_carry("pipeline"), [""; 0], "{steps}");
        for seed in seeds {
            let told = format!("{steps} (fuse {fuse}, seed {seed})");
            let mut made = Made::new(&pipeline, scene.size, seed);
            let [shapes, hard, marks] = [&scene.shapes, &scene.hard, &scene.marks].map(|picture| made.picture(picture));
            let masked = made.mask(&scene.mask);
            let [carried, inner, around] = [&scene.instances, &scene.inner, &scene.around]
                .map(|instances| made.carried(instances, scene.size, Cut::Outline));
            for k in 0..3 {
                let [found, least] = [&carried, &inner].map(|carried| carried.bounding_box(k, &Filter::default()));
                if let Some((shown, count)) = seen(&shapes, k).filter(|(shown, _)| shown.width().min(shown.height()) >= SLIVER) {
                    let found = found.unwrap_or_else(|| panic!("shape {k} is seen, and has no box: {told}"));
                    let whole = carried.bounding_box(k, &Filter { min_visibility: 0.98, ..Filter::default() }).is_some();
                    if whole && !steps.contains(SHUFFLE) {
                        self.look_at_box(&found, &shown, &told);
                    } else {
                        self.look_at_cut_box(&found, &least.unwrap_or(shown), &shown, &told);
                    }
                    if count > FEW {
                        self.look_at_mask(overlap(&hard, &masked, k), &told);
                    }
                } else if let Some(found) = found {
                    assert!(found.width().min(found.height()) < SLIVER + 2.0, "shape {k} is not seen: {found:?} {told}");
                }
                let mut points = Vec::new();
                carried.key_points(k, &[], &mut points);
                // Of a mark of a few pixels, none may be of one mark alone.
                let large = Filter { min_visibility: 0.95, min_width: 6.0, min_height: 6.0, ..Filter::default() };
                self.look_at_point(&points[0], &marked(&marks, k), around.bounding_box(k, &large).is_some(), &told);
            }
        }
    }

    fn look_at_mask(&mut self, overlap: f64, told: &str) {
        assert!(overlap >= 0.98, "{overlap}: {told}");
        self.overlap = self.overlap.min(overlap);
    }

    fn look_at_box(&mut self, found: &BoundingBox, shown: &BoundingBox, told: &str) {
        let edge = apart(found, shown);
        assert!(edge <= 1.0, "{edge}: {found:?} {shown:?} {told}");
        self.edge = self.edge.max(edge);
        self.boxes += 1;
    }

    /// What a border cuts has tips: the flatter the angle, the farther they move with the edge that is cut. So what is shown lies
    /// between the box and that of a smaller shape.
    fn look_at_cut_box(&mut self, most: &BoundingBox, least: &BoundingBox, shown: &BoundingBox, told: &str) {
        let inside = [shown.x_min - least.x_min, shown.y_min - least.y_min, least.x_max - shown.x_max, least.y_max - shown.y_max];
        let outside = [most.x_min - shown.x_min, most.y_min - shown.y_min, shown.x_max - most.x_max, shown.y_max - most.y_max];
        let tip = inside.into_iter().chain(outside).fold(0.0, f64::max);
        assert!(tip <= 1.25, "{tip}: {most:?} {least:?} {shown:?} {told}");
        self.tip = self.tip.max(tip);
        self.cut[0] += 1;
        self.cut[1] += u32::from(apart(most, shown) <= 1.0);
    }

    /// Where the picture is folded, a point is shown more than once, and each place is right.
    fn look_at_point(&mut self, found: &KeyPoint, shown: &[Point], whole: bool, told: &str) {
        let away = shown.iter().map(|at| (found.at.x - at.x).hypot(found.at.y - at.y)).reduce(f64::min);
        assert!(away.is_none() || found.is_known(), "a point is seen and lost: {shown:?} {told}");
        assert!(away.is_some() || !(found.is_known() && whole), "a point is not seen and known: {found:?} {told}");
        if let Some(away) = away {
            assert!(away <= 0.75, "{away}: {found:?} {shown:?} {told}");
            self.point = self.point.max(away);
            self.points += 1;
        }
    }

    fn tell(&self, of: &str) {
        let Self { overlap, edge, tip, point, boxes, cut: [cut, exact], points } = self;
        println!(
            "{of:<24} IoU {overlap:.4}, box {edge:.2} px of {boxes}, cut {tip:.2} px of {cut} ({exact} within a pixel), \
             key point {point:.2} px of {points}"
        );
    }
}

/// The farthest that an edge of one box is from that of the other.
fn apart(a: &BoundingBox, b: &BoundingBox) -> f64 {
    let off = [a.x_min - b.x_min, a.y_min - b.y_min, a.x_max - b.x_max, a.y_max - b.y_max];
    off.into_iter().fold(0.0, |far, off| off.abs().max(far))
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
        // The scene is twice as large as the picture that they are examples for.
        for name in
            ["width", "height", "size", "min_height", "max_height", "min_width", "left", "right", "top", "bottom", "pixels"]
        {
            if let Some(sizes) = step.get_mut(name) {
                double(sizes);
            }
        }
        // Crops of nearly the whole picture, whatever comes before.
        if ["random_crop", "center_crop"].contains(&op.name) {
            (step["width"], step["height"]) = (json!(400), json!(300));
        }
        if op.name == "crop" {
            for name in ["x", "y"] {
                double(&mut step[name]);
            }
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
            tip: all.tip.max(worst.tip),
            point: all.point.max(worst.point),
            boxes: all.boxes + worst.boxes,
            cut: [0, 1].map(|n| all.cut[n] + worst.cut[n]),
            points: all.points + worst.points,
        };
    }
    all.tell("all");

    assert!(all.tip <= 0.5 && all.boxes + all.cut[0] > 900 && all.points > 700);
}

/// Doubles whole numbers, which are pixels.
fn double(sizes: &mut Value) {
    match sizes {
        Value::Array(ends) => ends.iter_mut().for_each(double),
        Value::Number(size) if size.is_i64() => *sizes = json!(2 * size.as_i64().unwrap()),
        _ => {}
    }
}

/// Chains of two to seven steps, drawn among all, with others between that leave things where they are, and levels nearly so,
/// since levels are what is measured. The last size has no divisor in common with the others, so that no edge lies half way
/// between two pixels, where it may be either's.
fn chain(seed: u64) -> String {
    let mut rng = Key::new(seed).word(b"chain").rng();
    let still = [
        r#"{"op": "brightness", "delta": [-0.002, 0.002]}"#,
        r#"{"op": "gaussian_noise", "std": 0.002}"#,
        r#"{"op": "one_of", "of": [{"op": "contrast", "factor": 0.995}, {"op": "channels", "channels": [0], "steps": [{"op": "gamma", "gamma": 1}]}]}"#,
    ];
    let moving = steps();
    let length = 2 + rng.below(6);
    let mut chain: Vec<String> = (0..length).map(|_| moving[rng.below(moving.len() as u64) as usize].1.clone()).collect();
    chain.insert(rng.below(length) as usize, still[rng.below(3) as usize].into());
    chain.push(r#"{"op": "resize", "width": 241, "height": 199}"#.into());
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
        let [cut, exact] = worst.cut;
        assert!(worst.boxes > 200 && cut > 100 && worst.points > 300, "{} {cut} {}", worst.boxes, worst.points);
        assert!(f64::from(exact) > 0.8 * f64::from(cut), "{exact} of {cut}");
    }
}

#[test]
fn masks_show_nothing_where_the_picture_shows_a_colour_and_go_on_as_it_does() {
    let scene = Scene::new();
    for (border, ignored) in [("constant", true), ("nearest", false), ("reflect", false), ("mirror", false), ("wrap", false)] {
        let step = format!(r#"{{"op": "affine", "degrees": 30, "x": 0.3, "scale": 0.8, "fill_mode": "{border}"}}"#);
        let mut made = Made::new(&pipeline(&step, true).unwrap(), scene.size, 0);
        let (shapes, masked) = (made.picture(&scene.hard), made.mask(&scene.mask));
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
        let (shapes, marks) = (made.picture(&scene.hard), made.picture(&scene.marks));
        let carried = made.carried(&scene.instances, scene.size, Cut::Outline);
        for k in 0..3 {
            let found = carried.bounding_box(k, &Filter::default());
            assert_eq!(found.is_some(), seen(&shapes, k).is_some(), "{seed} {k}");
            if let (Some(found), Some((shown, _))) = (found, seen(&shapes, k)) {
                assert!(apart(&found, &shown) <= 1.0, "{seed} {k}: {found:?} {shown:?}");
                shrunk += u32::from(apart(&found, &seen(&scene.hard, k).unwrap().0) > 2.0);
            }
            let mut points = Vec::new();
            carried.key_points(k, &[], &mut points);
            let at = scene.instances[k].key_points[0].at;
            let dark = marks.row(at.y as u32)[at.x as usize * 3 + 2] == 0;
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

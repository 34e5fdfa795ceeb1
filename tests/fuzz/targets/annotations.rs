//! What files say of pictures.

use prebake::annotations::{Instances, Outline, Outside, Problems, coco, metadata, table, voc, yolo};
use prebake::error::Error;
use prebake::image::Size;

/// Shapes are drawn in pictures of so many pixels at most.
const MOST_PIXELS: u64 = 1 << 16;

/// `data` is a table, of whichever kind.
pub fn table(data: &[u8]) {
    for file in ["m.csv", "m.tsv", "m.jsonl"] {
        let mut problems = Problems::default();
        let read = table::read(file, data, &mut problems);
        assert_eq!(read, table::read(file, data, &mut Problems::default()), "it reads as something else again");
        if let Some(table) = read {
            assert!(table.rows.iter().all(|row| row.cells.len() == table.columns.len()), "a row has other columns");
            let files = table.files(None, "below", &mut problems);
            assert!(files.keys().all(|path| stays_below(path)), "a path leads elsewhere: {:?}", files.keys());
            let cells = || table.rows.iter().flat_map(|row| &row.cells);
            assert!(cells().filter_map(table::Cell::as_number).all(f64::is_finite));
            let _ = cells().filter_map(table::Cell::as_text).count();
            let _ = table.column("label", &mut problems);
        }
        are_said_well(problems, file);
    }
}

/// `data` is Hugging Face's `metadata.jsonl`.
pub fn objects(data: &[u8]) {
    let names = ["cat".to_string(), "dog".to_string()];
    for (names, outside) in [(None, Outside::Refuse), (Some(&names[..]), Outside::Clip)] {
        let mut problems = Problems::default();
        let size = |_: &str| Some(Size::new(40, 30));
        let read = metadata::read(("m.jsonl", "below"), data, names, &size, outside, &mut problems);
        assert!(read.pictures.keys().all(|path| stays_below(path)));
        read.pictures.values().for_each(|instances| are_inside(instances, Some(Size::new(40, 30))));
        are_said_well(problems, "m.jsonl");
    }
}

/// `data` is a COCO file.
pub fn coco(data: &[u8]) {
    for outside in [Outside::Refuse, Outside::Clip] {
        let mut problems = Problems::default();
        if let Some(read) = coco::read("c.json", data, "below", outside, &mut problems) {
            assert!(read.pictures.keys().all(|path| stays_below(path)));
            for instances in read.pictures.values() {
                are_inside(instances, instances.size);
                are_drawn(instances);
            }
        }
        are_said_well(problems, "c.json");
    }
    let mut problems = Problems::default();
    if let Some(read) = coco::read_shapes("c.json", data, &mut problems) {
        read.pictures.values().for_each(are_drawn);
    }
    are_said_well(problems, "c.json");
}

/// `data` is a Pascal VOC file.
pub fn voc(data: &[u8]) {
    for outside in [Outside::Refuse, Outside::Clip] {
        let mut problems = Problems::default();
        if let Some(read) = voc::read("v.xml", data, outside, &mut problems) {
            are_inside(&read.instances, read.instances.size);
        }
        are_said_well(problems, "v.xml");
    }
}

/// `data` is what YOLO reads: names as lines or as YAML, or the boxes of a picture.
pub fn yolo(data: &[u8]) {
    let fixed = yolo::Names { classes: vec!["cat".into(), "dog".into()], key_points: None };
    let shape = yolo::KeyPointShape { count: 2, visibility: true, flip: vec![1, 0] };
    let mut all = vec![fixed.clone(), yolo::Names { key_points: Some(shape), ..fixed }];
    for file in ["classes.txt", "data.yaml"] {
        let mut problems = Problems::default();
        all.extend(yolo::read_names(file, data, &mut problems));
        are_said_well(problems, file);
    }
    for (names, outside) in all.iter().flat_map(|names| [(names, Outside::Refuse), (names, Outside::Clip)]) {
        let (mut problems, size) = (Problems::default(), Size::new(40, 30));
        let instances = yolo::read("y.txt", data, names, size, outside, &mut problems);
        are_inside(&instances, Some(size));
        assert!(instances.boxes.iter().all(|one| names.classes.contains(&one.class)));
        are_said_well(problems, "y.txt");
    }
}

/// Boxes have an area, and lie in their picture if its size is known.
fn are_inside(instances: &Instances, size: Option<Size>) {
    for one in &instances.boxes {
        let edges = [one.x_min, one.y_min, one.x_max, one.y_max];
        assert!(edges.iter().all(|edge| edge.is_finite()) && one.x_min < one.x_max && one.y_min < one.y_max, "{one:?}");
        if let Some(size) = size {
            let (width, height) = (f64::from(size.width), f64::from(size.height));
            assert!(one.x_min >= 0.0 && one.y_min >= 0.0 && one.x_max <= width && one.y_max <= height, "{one:?} of {size}");
        }
    }
}

/// Shapes that fit their picture cover pixels of it.
fn are_drawn(instances: &Instances) {
    let said = instances.boxes.iter().find_map(|one| match &one.outline {
        Outline::Runs { size, .. } => Some(*size),
        _ => None,
    });
    let Some(size) = instances.size.or(said).filter(|size| size.pixels() <= MOST_PIXELS) else { return };
    for one in instances.boxes.iter().filter(|one| one.outline.fits(size).is_ok()) {
        one.outline.cover(size, |run| assert!(run.start <= run.end && run.end as u64 <= size.pixels(), "{run:?} of {size}"));
    }
}

fn stays_below(path: &str) -> bool {
    !path.starts_with('/') && path.split('/').all(|part| !part.is_empty() && part != "." && part != "..")
}

/// Whatever is told begins with the file and is a line of text.
fn are_said_well(problems: Problems, file: &str) {
    let lines = match problems.finish() {
        Ok(warnings) => warnings,
        Err(Error::Usage(text)) => text.lines().map(String::from).collect(),
        Err(other) => panic!("a file that was read has other problems: {other}"),
    };
    for line in lines {
        assert!(line.starts_with(file) || line.starts_with("and "), "{line:?}");
        assert!(!line.contains(char::is_control), "{line:?}");
    }
}

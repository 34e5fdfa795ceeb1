//! YOLO: a text file for each picture, an object a line.
//!
//! - `class x_center y_center width height`: a box;
//! - the same, then `x y` or `x y visibility` of each key point, if `data.yaml` has a `kpt_shape`;
//! - `class x y x y x y ...` with three points or more: an outline (corners of a turned box too), whose extent is the box.
//!
//! All coordinates are shares of the picture's width or height; here they become pixels. An empty file is a picture
//! without objects.

mod names;

pub use names::{KeyPointShape, Names, read_names};

use super::instances::NEAR;
use super::text::without_mark;
use super::{Instances, KeyPoint, LabelledBox, Outline, Outside, Place, Problems};
use crate::image::Size;

/// Reads a file for a picture of `size`. Lines that have a problem are left out.
pub fn read(file: &str, bytes: &[u8], names: &Names, size: Size, outside: Outside, problems: &mut Problems) -> Instances {
    let mut instances = Instances::default();
    for (line, number) in without_mark(bytes).split(|byte| *byte == b'\n').zip(1..) {
        let place = Place::line(file, number);
        let Ok(line) = std::str::from_utf8(line) else {
            problems.add(&place, "is not UTF-8 (expected numbers)");
            continue;
        };
        let fields: Vec<&str> = line.split_whitespace().collect();
        if fields.is_empty() {
            continue;
        }
        match object(&fields, names, size) {
            Ok(area) => instances.boxes.extend(area.fitted(Some(size), outside, &place, problems)),
            Err(problem) => problems.add(&place, problem),
        }
    }
    instances
}

fn object(fields: &[&str], names: &Names, size: Size) -> Result<LabelledBox, String> {
    let class = class(fields[0], &names.classes)?;
    let area = match (&names.key_points, fields.len()) {
        (None, 5) => centred(fields, size)?,
        (None, count) if count >= 7 && count % 2 == 1 => outlined(&fields[1..], size)?,
        (None, count) => {
            return Err(format!(
                "has {count} fields (expected 5: class, x_center, y_center, width, height; or a class and 3 points or more)"
            ));
        }
        (Some(shape), count) => {
            let expected = 5 + shape.count * shape.fields();
            if count != expected {
                return Err(format!(
                    "has {count} fields (expected {expected}: class, x_center, y_center, width, height, and key points: {} of {} fields)",
                    shape.count,
                    shape.fields()
                ));
            }
            let key_points = fields[5..].chunks_exact(shape.fields()).zip(0..).map(|(point, at)| key_point(point, at, size));
            LabelledBox { key_points: key_points.collect::<Result<_, _>>()?, ..centred(fields, size)? }
        }
    };
    Ok(LabelledBox { class, ..area })
}

impl KeyPointShape {
    fn fields(&self) -> usize {
        if self.visibility { 3 } else { 2 }
    }
}

fn class(field: &str, classes: &[String]) -> Result<String, String> {
    let number: usize = field.parse().map_err(|_| format!("class `{}` is no whole number from 0 on", field.escape_debug()))?;
    let last = classes.len().saturating_sub(1);
    let class = classes.get(number);
    class.cloned().ok_or_else(|| format!("class {number} is out of range: names are known for 0 to {last} (add its name)"))
}

fn centred(fields: &[&str], size: Size) -> Result<LabelledBox, String> {
    let [x, y] = [share(fields[1], "x_center")?, share(fields[2], "y_center")?];
    let [width, height] = [share(fields[3], "width")?, share(fields[4], "height")?];
    let (across, down) = (f64::from(size.width), f64::from(size.height));
    Ok(LabelledBox {
        x_min: (x - width / 2.0) * across,
        y_min: (y - height / 2.0) * down,
        x_max: (x + width / 2.0) * across,
        y_max: (y + height / 2.0) * down,
        ..LabelledBox::default()
    })
}

fn outlined(fields: &[&str], size: Size) -> Result<LabelledBox, String> {
    let (across, down) = (f64::from(size.width), f64::from(size.height));
    let mut area = LabelledBox { x_min: across, y_min: down, ..LabelledBox::default() };
    let mut polygon = Vec::with_capacity(fields.len() / 2);
    for (pair, at) in fields.chunks_exact(2).zip(0..) {
        let point = |axis: char| format!("{axis} of point {at}");
        let [x, y] = [share(pair[0], &point('x'))? * across, share(pair[1], &point('y'))? * down];
        (area.x_min, area.x_max) = (area.x_min.min(x), area.x_max.max(x));
        (area.y_min, area.y_max) = (area.y_min.min(y), area.y_max.max(y));
        polygon.push([x, y]);
    }
    Ok(LabelledBox { outline: Outline::Polygons(vec![polygon]), ..area })
}

/// A key point; without a visibility, Ultralytics takes one with a coordinate below 0 as not marked.
fn key_point(fields: &[&str], at: usize, size: Size) -> Result<KeyPoint, String> {
    let name = |axis: &str| format!("{axis} of key point {at}");
    let visibility = match fields.get(2) {
        Some(&text) => match number(text, &name("visibility"))? {
            0.0 => 0,
            1.0 => 1,
            2.0 => 2,
            _ => return Err(format!("{} is {} (expected 0, 1 or 2)", name("visibility"), text.escape_debug())),
        },
        None if number(fields[0], &name("x"))? < 0.0 || number(fields[1], &name("y"))? < 0.0 => 0,
        None => 2,
    };
    if visibility == 0 {
        return Ok(KeyPoint { x: 0.0, y: 0.0, visibility });
    }
    let [x, y] = [share(fields[0], &name("x"))?, share(fields[1], &name("y"))?];
    Ok(KeyPoint { x: x * f64::from(size.width), y: y * f64::from(size.height), visibility })
}

fn number(field: &str, name: &str) -> Result<f64, String> {
    let number = field.parse().ok().filter(|number: &f64| number.is_finite());
    number.ok_or_else(|| format!("{name} is `{}`, not a finite number", field.escape_debug()))
}

/// A coordinate from 0 to 1; what rounding puts beyond stands for the edge.
fn share(field: &str, name: &str) -> Result<f64, String> {
    let share = number(field, name)?;
    if (-NEAR..=1.0 + NEAR).contains(&share) {
        return Ok(share.clamp(0.0, 1.0));
    }
    Err(format!("{name} is {share}, outside of 0 to 1 (coordinates are shares of the picture's sides)"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SIZE: Size = Size::new(100, 50);

    fn names(key_points: Option<(usize, bool)>) -> Names {
        let shape = |(count, visibility)| KeyPointShape { count, visibility, flip: (0..count).collect() };
        Names { classes: vec!["cat".into(), "dog".into()], key_points: key_points.map(shape) }
    }

    fn read(text: &str, names: &Names, outside: Outside) -> (Vec<LabelledBox>, String) {
        let mut problems = Problems::default();
        let instances = super::read("a.txt", text.as_bytes(), names, SIZE, outside, &mut problems);
        (instances.boxes, problems.finish().map_or_else(|error| error.to_string(), |warnings| warnings.join("\n")))
    }

    fn area(class: &str, [x_min, y_min, x_max, y_max]: [f64; 4]) -> LabelledBox {
        LabelledBox { class: class.into(), x_min, y_min, x_max, y_max, ..LabelledBox::default() }
    }

    #[test]
    fn boxes_become_pixels() {
        let (boxes, told) = read("\u{feff}1 0.5 0.5 0.5 1.0\r\n\r\n0 0.25 0.5 0.5 0.25\n", &names(None), Outside::Refuse);
        assert_eq!(
            (boxes, told.as_str()),
            (vec![area("dog", [25.0, 0.0, 75.0, 50.0]), area("cat", [0.0, 18.75, 50.0, 31.25])], "")
        );
        assert_eq!(read("\n", &names(None), Outside::Refuse), (Vec::new(), String::new()));
    }

    #[test]
    fn outlines_have_an_extent() {
        let (boxes, told) = read("0 0.25 0.5 0.75 0.5 0.5 1.000001\n", &names(None), Outside::Refuse);
        let outline = Outline::Polygons(vec![vec![[25.0, 25.0], [75.0, 25.0], [50.0, 50.0]]]);
        assert_eq!((boxes, told.as_str()), (vec![LabelledBox { outline, ..area("cat", [25.0, 25.0, 75.0, 50.0]) }], ""));
    }

    #[test]
    fn key_points_follow_the_box() {
        let point = |x, y, visibility| KeyPoint { x, y, visibility };
        let (boxes, told) = read("0 0.5 0.5 0.5 0.5 0.25 0.5 1 0 0 0\n", &names(Some((2, true))), Outside::Refuse);
        assert_eq!((&boxes[0].key_points, told.as_str()), (&vec![point(25.0, 25.0, 1), point(0.0, 0.0, 0)], ""));
        let (boxes, told) = read("0 0.5 0.5 0.5 0.5 0.25 0.5 -1 0\n", &names(Some((2, false))), Outside::Refuse);
        assert_eq!((&boxes[0].key_points, told.as_str()), (&vec![point(25.0, 25.0, 2), point(0.0, 0.0, 0)], ""));
    }

    #[test]
    fn every_bad_line_is_named_and_left_out() {
        let text = "0 .5 .5 .5\n2 .5 .5 .5 .5\n0 .5 1.5 .5 .5\n0 .5 .5 nan .5\n-1 .5 .5 .5 .5\n0 .875 .5 .5 .5\n0 .5 .5 .5 .5\n";
        let (boxes, told) = read(text, &names(None), Outside::Refuse);
        assert_eq!(boxes.len(), 1);
        assert_eq!(
            told,
            "a.txt:1: has 4 fields (expected 5: class, x_center, y_center, width, height; or a class and 3 points or more)\n\
             a.txt:2: class 2 is out of range: names are known for 0 to 1 (add its name)\n\
             a.txt:3: y_center is 1.5, outside of 0 to 1 (coordinates are shares of the picture's sides)\n\
             a.txt:4: width is `nan`, not a finite number\n\
             a.txt:5: class `-1` is no whole number from 0 on\n\
             a.txt:6: x_max 112.5 is outside of the 100x50 picture (mend it, or set `clip`)"
        );
        let (_, told) = read("0 .5 .5 .5 .5 .5 .5\n0 .5 .5 .5 .5 .5 .5 3\n", &names(Some((1, true))), Outside::Refuse);
        assert_eq!(
            told,
            "a.txt:1: has 7 fields (expected 8: class, x_center, y_center, width, height, and key points: 1 of 3 fields)\n\
             a.txt:2: visibility of key point 0 is 3 (expected 0, 1 or 2)"
        );
    }

    #[test]
    fn clipping_is_told() {
        let (boxes, told) = read("0 .875 .5 .5 .5\n", &names(None), Outside::Clip);
        assert_eq!(boxes[0].x_max, 100.0);
        assert_eq!(told, "a.txt:1: x_max 112.5 is outside of the 100x50 picture; the box is clipped");
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..60), text in "[0-9.eE \n+-]{0,60}", points: bool) {
            let mut problems = Problems::default();
            let names = names(points.then_some((1, true)));
            super::read("a.txt", &bytes, &names, SIZE, Outside::Clip, &mut problems);
            super::read("a.txt", text.as_bytes(), &names, SIZE, Outside::Clip, &mut problems);
        }
    }
}

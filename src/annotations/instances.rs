//! What is marked in a picture, whichever file says so.

use super::{Place, Problems};
use crate::image::Size;

/// Boxes that reach beyond a side by no more than this share of it end there: the relative tolerance of NumPy's
/// `isclose`, by which Albumentations judges, and more than six decimals of a YOLO file leave open.
pub(super) const NEAR: f64 = 1e-5;

/// What is done with a box that reaches beyond its picture, or has no area.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outside {
    /// It is a problem, as in Albumentations.
    Refuse,
    /// It is cut, or left out if nothing of it is inside, and a warning says so, as Albumentations does with
    /// `clip` and `filter_invalid_bboxes`.
    Clip,
}

/// All that is marked in one picture.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Instances {
    /// The size of the picture as the annotation file says it.
    pub size: Option<Size>,
    /// Its objects, in the order of the file.
    pub boxes: Vec<LabelledBox>,
}

/// An object: where it is, and what.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LabelledBox {
    /// The class by its name.
    pub class: String,
    /// The left edge in pixels from the left edge of the picture: pixel `k` reaches from `k` to `k + 1`.
    pub x_min: f64,
    /// The upper edge.
    pub y_min: f64,
    /// The right edge, above `x_min`.
    pub x_max: f64,
    /// The lower edge, above `y_min`.
    pub y_max: f64,
    /// Many objects in one box (COCO's `iscrowd`).
    pub crowd: bool,
    /// Hard to recognise, and not counted in Pascal VOC's evaluation.
    pub difficult: bool,
    /// Not all of the object is in the box (Pascal VOC).
    pub truncated: bool,
    /// Its key points, as many as the class has, or none.
    pub key_points: Vec<KeyPoint>,
    /// Its shape, if more than the box is known.
    pub outline: Outline,
}

/// A named place of an object.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KeyPoint {
    /// Pixels from the left.
    pub x: f64,
    /// Pixels from the top.
    pub y: f64,
    /// COCO's `v`: 0 not marked (then x and y mean nothing), 1 marked and hidden, 2 marked and visible.
    pub visibility: u8,
}

/// The shape of an object.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Outline {
    /// Not known.
    #[default]
    None,
    /// The parts of it; each a polygon of three or more points (x, y) in pixels.
    Polygons(Vec<Vec<[f64; 2]>>),
    /// COCO's run lengths: pixels outside and inside in turns, outside first, column after column.
    Runs {
        /// The size of the mask.
        size: Size,
        /// The lengths; their sum is the number of pixels.
        counts: Vec<u32>,
    },
}

impl Instances {
    /// Notes a problem if the file was made for a picture of another size than `actual`.
    pub fn check_size(&self, actual: Size, place: &Place<'_>, problems: &mut Problems) {
        let Some(said) = self.size.filter(|said| *said != actual) else { return };
        let turned = said == Size::new(actual.height, actual.width);
        let remedy = if turned { "turn the boxes as EXIF turns the picture" } else { "was the picture resized?" };
        problems.add(place, format_args!("is for a picture of {said}, and the picture has {actual} ({remedy})"));
    }
}

impl LabelledBox {
    /// The box as it can be used in a picture of `size`, if that is known; what is wrong is noted at `place`.
    pub(super) fn fitted(
        mut self,
        size: Option<Size>,
        outside: Outside,
        place: &Place<'_>,
        problems: &mut Problems,
    ) -> Option<Self> {
        if let Some(problem) = self.disorder() {
            problems.add(place, problem);
            return None;
        }
        if let Some(size) = size {
            self.snap(size);
            if let Some(problem) = self.beyond(size) {
                if outside == Outside::Refuse {
                    problems.add(place, format_args!("{problem} (mend it, or set `clip`)"));
                    return None;
                }
                self.clip(size);
                let done = if self.is_empty() { "the box is left out" } else { "the box is clipped" };
                problems.warn(place, format_args!("{problem}; {done}"));
                return (!self.is_empty()).then_some(self);
            }
        }
        if !self.is_empty() {
            return Some(self);
        }
        match outside {
            Outside::Refuse => problems.add(place, "the box has no area (mend or remove it, or set `clip` to leave it out)"),
            Outside::Clip => problems.warn(place, "the box has no area; it is left out"),
        }
        None
    }

    fn disorder(&self) -> Option<String> {
        let edges = [("x_min", self.x_min), ("y_min", self.y_min), ("x_max", self.x_max), ("y_max", self.y_max)];
        if let Some((name, value)) = edges.iter().find(|(_, value)| !value.is_finite()) {
            return Some(format!("{name} is {value}, not a finite number"));
        }
        let [left, top, right, bottom] = edges;
        let inverted = [(left, right), (top, bottom)].into_iter().find(|(low, high)| high.1 < low.1);
        inverted.map(|(low, high)| {
            format!("{} {} is below {} {} (boxes go from left to right and from top to bottom)", high.0, high.1, low.0, low.1)
        })
    }

    fn snap(&mut self, size: Size) {
        let snap = |edge: &mut f64, side: f64| {
            if *edge < 0.0 && *edge >= -side * NEAR {
                *edge = 0.0;
            } else if *edge > side && *edge <= side * (1.0 + NEAR) {
                *edge = side;
            }
        };
        let (width, height) = (f64::from(size.width), f64::from(size.height));
        [&mut self.x_min, &mut self.x_max].into_iter().for_each(|edge| snap(edge, width));
        [&mut self.y_min, &mut self.y_max].into_iter().for_each(|edge| snap(edge, height));
    }

    fn beyond(&self, size: Size) -> Option<String> {
        let (width, height) = (f64::from(size.width), f64::from(size.height));
        let edges = [
            ("x_min", self.x_min, width),
            ("y_min", self.y_min, height),
            ("x_max", self.x_max, width),
            ("y_max", self.y_max, height),
        ];
        let (name, value, _) = edges.into_iter().find(|(_, value, side)| !(0.0..=*side).contains(value))?;
        Some(format!("{name} {value} is outside of the {size} picture"))
    }

    fn clip(&mut self, size: Size) {
        let (width, height) = (f64::from(size.width), f64::from(size.height));
        (self.x_min, self.x_max) = (self.x_min.clamp(0.0, width), self.x_max.clamp(0.0, width));
        (self.y_min, self.y_max) = (self.y_min.clamp(0.0, height), self.y_max.clamp(0.0, height));
    }

    fn is_empty(&self) -> bool {
        self.x_max <= self.x_min || self.y_max <= self.y_min
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size::new(100, 50);

    fn fitted(edges: [f64; 4], outside: Outside) -> (Option<[f64; 4]>, String) {
        let [x_min, y_min, x_max, y_max] = edges;
        let area = LabelledBox { x_min, y_min, x_max, y_max, ..LabelledBox::default() };
        let mut problems = Problems::default();
        let place = Place::file("f");
        let fitted = area.fitted(Some(SIZE), outside, &place, &mut problems);
        let told = problems.finish().map_or_else(|error| error.to_string(), |warnings| warnings.join("\n"));
        (fitted.map(|area| [area.x_min, area.y_min, area.x_max, area.y_max]), told)
    }

    #[test]
    fn a_box_inside_stays_as_it_is() {
        for outside in [Outside::Refuse, Outside::Clip] {
            assert_eq!(fitted([0.0, 0.5, 100.0, 50.0], outside), (Some([0.0, 0.5, 100.0, 50.0]), String::new()));
        }
    }

    #[test]
    fn rounding_ends_at_the_edge() {
        assert_eq!(fitted([-0.0009, 0.0, 100.0009, 50.0], Outside::Refuse), (Some([0.0, 0.0, 100.0, 50.0]), String::new()));
    }

    #[test]
    fn what_reaches_out_is_refused_or_clipped() {
        let edges = [10.0, 20.0, 100.5, 40.0];
        let problem = "f: x_max 100.5 is outside of the 100x50 picture (mend it, or set `clip`)";
        assert_eq!(fitted(edges, Outside::Refuse), (None, problem.into()));
        let warning = "f: x_max 100.5 is outside of the 100x50 picture; the box is clipped";
        assert_eq!(fitted(edges, Outside::Clip), (Some([10.0, 20.0, 100.0, 40.0]), warning.into()));
        let warning = "f: x_min 110 is outside of the 100x50 picture; the box is left out";
        assert_eq!(fitted([110.0, 20.0, 120.0, 40.0], Outside::Clip), (None, warning.into()));
    }

    #[test]
    fn what_is_no_box_is_a_problem_in_any_case() {
        let cases = [
            ([5.0, 1.0, 3.0, 2.0], "f: x_max 3 is below x_min 5 (boxes go from left to right and from top to bottom)"),
            ([5.0, 1.0, 6.0, f64::NAN], "f: y_max is NaN, not a finite number"),
        ];
        for (edges, problem) in cases {
            for outside in [Outside::Refuse, Outside::Clip] {
                assert_eq!(fitted(edges, outside), (None, problem.into()));
            }
        }
    }

    #[test]
    fn a_box_without_area_is_refused_or_left_out() {
        let edges = [5.0, 1.0, 5.0, 2.0];
        let problem = "f: the box has no area (mend or remove it, or set `clip` to leave it out)";
        assert_eq!(fitted(edges, Outside::Refuse), (None, problem.into()));
        assert_eq!(fitted(edges, Outside::Clip), (None, "f: the box has no area; it is left out".into()));
    }

    #[test]
    fn another_size_is_told() {
        let instances = Instances { size: Some(Size::new(50, 100)), ..Instances::default() };
        let mut problems = Problems::default();
        instances.check_size(Size::new(50, 100), &Place::file("f"), &mut problems);
        instances.check_size(SIZE, &Place::file("f"), &mut problems);
        let problem = problems.finish().unwrap_err().to_string();
        assert_eq!(
            problem,
            "f: is for a picture of 50x100, and the picture has 100x50 (turn the boxes as EXIF turns the picture)"
        );
    }
}

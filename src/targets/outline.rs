//! Polygons that are moved and cut.

use super::bounding_box::BoundingBox;

/// A point; pixel centres lie at integers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    /// To the right, in pixels.
    pub x: f64,
    /// Down, in pixels.
    pub y: f64,
}

impl Point {
    /// The point as far from `other` as `self` is from (0, 0).
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self { x: self.x + other.x, y: self.y + other.y }
    }
}

/// A polygon by its corners, one after the other; the last one is joined to the first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outline(pub Vec<Point>);

impl Outline {
    /// The smallest box that holds it; `None` without corners.
    pub fn hull(&self) -> Option<BoundingBox> {
        let corner = |p: &Point| BoundingBox { x_min: p.x + 0.5, y_min: p.y + 0.5, x_max: p.x + 0.5, y_max: p.y + 0.5 };
        self.0.iter().map(corner).reduce(|a, b| a.joined(&b))
    }

    /// What it encloses, in pixels (the shoelace formula).
    pub fn area(&self) -> f64 {
        let doubled: f64 = self.sides().map(|(a, b)| a.x * b.y - b.x * a.y).sum();
        0.5 * doubled.abs()
    }

    /// Whether `point` lies inside: a ray from it crosses the sides an odd number of times.
    pub fn holds(&self, point: Point) -> bool {
        let crossed = self
            .sides()
            .filter(|(a, b)| (a.y > point.y) != (b.y > point.y) && point.x < a.x + (point.y - a.y) / (b.y - a.y) * (b.x - a.x));
        crossed.count() % 2 == 1
    }

    /// Keeps what lies in `frame`: Sutherland and Hodgman, "Reentrant polygon clipping" (1974). What a border parts stays
    /// one polygon, whose pieces are joined along the border. Nothing is left of what has no area there.
    pub fn clip(&mut self, frame: &BoundingBox, spare: &mut Vec<Point>) {
        if self.0.iter().any(|p| !(p.x.is_finite() && p.y.is_finite())) {
            return self.0.clear();
        }
        self.clip_half(spare, |p| p.x + 0.5 - frame.x_min);
        self.clip_half(spare, |p| p.y + 0.5 - frame.y_min);
        self.clip_half(spare, |p| frame.x_max - p.x - 0.5);
        self.clip_half(spare, |p| frame.y_max - p.y - 0.5);
        if self.area() <= LEAST_AREA {
            self.0.clear();
        }
    }

    /// Keeps what is on the side of a line where `inside`, which goes straight across the plane, is not negative.
    pub fn clip_half(&mut self, spare: &mut Vec<Point>, inside: impl Fn(Point) -> f64) {
        if self.0.iter().all(|p| inside(*p) >= 0.0) {
            return;
        }
        spare.clear();
        for (a, b) in self.sides() {
            let (from, to) = (inside(a), inside(b));
            if from >= 0.0 {
                spare.push(a);
            }
            if (from >= 0.0) != (to >= 0.0) {
                spare.push(between(a, b, from / (from - to)));
            }
        }
        std::mem::swap(&mut self.0, spare);
    }

    /// Its sides, from corner to corner.
    pub fn sides(&self) -> impl Iterator<Item = (Point, Point)> {
        let next = self.0.iter().cycle().skip(1);
        self.0.iter().zip(next).map(|(a, b)| (*a, *b))
    }
}

/// Outlines of less, in pixels, are those of nothing.
const LEAST_AREA: f64 = 1e-6;

/// The point at `share` of the way from `a` to `b`.
pub(super) fn between(a: Point, b: Point, share: f64) -> Point {
    Point { x: a.x + share * (b.x - a.x), y: a.y + share * (b.y - a.y) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn polygon(corners: &[(f64, f64)]) -> Outline {
        Outline(corners.iter().map(|(x, y)| Point { x: *x, y: *y }).collect())
    }

    fn edges(x_min: f64, y_min: f64, x_max: f64, y_max: f64) -> BoundingBox {
        BoundingBox { x_min, y_min, x_max, y_max }
    }

    #[test]
    fn a_square_on_its_corner() {
        let diamond = polygon(&[(4.0, 0.0), (8.0, 4.0), (4.0, 8.0), (0.0, 4.0)]);
        assert_eq!(diamond.area(), 32.0);
        assert_eq!(diamond.hull(), Some(edges(0.5, 0.5, 8.5, 8.5)));
        assert!(diamond.holds(Point { x: 4.0, y: 1.0 }) && !diamond.holds(Point { x: 1.0, y: 1.0 }));
        let mut cut = diamond.clone();
        // Right of x = 5: its upper and lower ends are no longer seen.
        cut.clip(&edges(5.5, 0.0, 20.0, 20.0), &mut Vec::new());
        assert_eq!(cut.hull(), Some(edges(5.5, 1.5, 8.5, 7.5)));
        assert_eq!(cut.area(), 9.0);
    }

    #[test]
    fn what_lies_outside_or_nowhere_is_nothing() {
        for corners in [
            [(4.0, 0.0), (8.0, 4.0), (4.0, 8.0)],
            [(0.0, 0.0), (1.0, 0.0), (2.0, 0.0)],
            [(0.0, 0.0), (f64::NAN, 1.0), (1.0, 1.0)],
        ] {
            let mut outline = polygon(&corners);
            outline.clip(&edges(0.0, 0.0, 3.0, 3.0), &mut Vec::new());
            assert_eq!(outline.hull(), None);
        }
        assert_eq!(Outline::default().hull(), None);
    }

    #[test]
    fn a_frame_in_the_middle_of_it_is_what_is_left() {
        let mut outline = polygon(&[(-100.0, -100.0), (300.0, 0.0), (0.0, 300.0)]);
        outline.clip(&edges(0.0, 0.0, 10.0, 6.0), &mut Vec::new());
        assert_eq!(outline.hull(), Some(edges(0.0, 0.0, 10.0, 6.0)));
        assert!((outline.area() - 60.0).abs() < 1e-9);
    }
}

//! Boxes, and which of them are kept.

use super::outline::{Outline, Point};
use crate::image::Size;

/// A box by its edges, in pixels: pixel x alone is from `x` to `x + 1`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BoundingBox {
    /// Left edge.
    pub x_min: f64,
    /// Top edge.
    pub y_min: f64,
    /// Right edge.
    pub x_max: f64,
    /// Bottom edge.
    pub y_max: f64,
}

impl BoundingBox {
    /// All of a picture of `size`.
    pub fn of(size: Size) -> Self {
        Self { x_min: 0.0, y_min: 0.0, x_max: f64::from(size.width), y_max: f64::from(size.height) }
    }

    /// Width, in pixels.
    pub fn width(&self) -> f64 {
        self.x_max - self.x_min
    }

    /// Height, in pixels.
    pub fn height(&self) -> f64 {
        self.y_max - self.y_min
    }

    /// Width times height; 0 for what has no width or no height.
    pub fn area(&self) -> f64 {
        self.width().max(0.0) * self.height().max(0.0)
    }

    /// Its four corners, clockwise as seen from the upper left.
    pub fn outline(&self) -> Outline {
        let (left, top, right, bottom) = (self.x_min - 0.5, self.y_min - 0.5, self.x_max - 0.5, self.y_max - 0.5);
        let corners = [(left, top), (right, top), (right, bottom), (left, bottom)];
        Outline(corners.map(|(x, y)| Point { x, y }).to_vec())
    }

    /// Whether `point` lies in it.
    pub fn holds(&self, point: Point) -> bool {
        let within = |at: f64, low: f64, high: f64| at + 0.5 >= low && at + 0.5 < high;
        within(point.x, self.x_min, self.x_max) && within(point.y, self.y_min, self.y_max)
    }

    /// The smallest box that holds both.
    #[must_use]
    pub fn joined(&self, other: &Self) -> Self {
        Self {
            x_min: self.x_min.min(other.x_min),
            y_min: self.y_min.min(other.y_min),
            x_max: self.x_max.max(other.x_max),
            y_max: self.y_max.max(other.y_max),
        }
    }

    /// What lies in both; `None` if that has no area.
    pub fn common(&self, other: &Self) -> Option<Self> {
        let common = Self {
            x_min: self.x_min.max(other.x_min),
            y_min: self.y_min.max(other.y_min),
            x_max: self.x_max.min(other.x_max),
            y_max: self.y_max.min(other.y_max),
        };
        (common.area() > 0.0).then_some(common)
    }
}

/// What is cut where the picture ends, if a box was turned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cut {
    /// The turned box: the result fits what is seen.
    #[default]
    Outline,
    /// The hull of the whole turned box, as Albumentations does, which may be larger than what is seen.
    Hull,
}

/// Which boxes are kept: the rules of Albumentations 2.0.8 (`filter_bboxes`), in pixels of the result.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Filter {
    /// The least area that is seen, in pixels.
    pub min_area: f64,
    /// The least share of the area that is still seen, 0 to 1; what several steps cut off adds up, where
    /// Albumentations asks each step for itself.
    pub min_visibility: f64,
    /// The least width, in pixels.
    pub min_width: f64,
    /// The least height, in pixels.
    pub min_height: f64,
    /// The greatest ratio of the longer side to the shorter one, if there is one.
    pub max_accept_ratio: Option<f64>,
}

impl Default for Filter {
    /// Keeps every box of which something is seen.
    fn default() -> Self {
        Self { min_area: 0.0, min_visibility: 0.0, min_width: 0.0, min_height: 0.0, max_accept_ratio: None }
    }
}

/// How far a box may miss a bound.
const EPSILON: f64 = 1e-7;

impl Filter {
    /// Whether a box is kept of which `share` is still seen, and of whose area `filled` is not painted over.
    pub fn keeps(&self, seen: &BoundingBox, share: f64, filled: f64) -> bool {
        let (width, height) = (seen.width(), seen.height());
        let ratio = (width / (height + EPSILON)).max(height / (width + EPSILON));
        seen.area() * filled >= self.min_area - EPSILON
            && share >= self.min_visibility
            && width >= self.min_width - EPSILON
            && height >= self.min_height - EPSILON
            && self.max_accept_ratio.is_none_or(|most| ratio <= most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edges(x_min: f64, y_min: f64, x_max: f64, y_max: f64) -> BoundingBox {
        BoundingBox { x_min, y_min, x_max, y_max }
    }

    #[test]
    fn the_box_of_one_pixel() {
        let pixel = edges(3.0, 1.0, 4.0, 2.0);
        assert_eq!(pixel.outline().0[0], Point { x: 2.5, y: 0.5 });
        assert_eq!(pixel.outline().hull(), Some(pixel));
        assert!(pixel.holds(Point { x: 2.5, y: 1.4 }) && !pixel.holds(Point { x: 3.5, y: 1.0 }));
    }

    #[test]
    fn what_two_boxes_have_in_common() {
        let (a, b) = (edges(0.0, 0.0, 4.0, 4.0), edges(3.0, 1.0, 9.0, 2.0));
        assert_eq!(a.common(&b), Some(edges(3.0, 1.0, 4.0, 2.0)));
        assert_eq!(a.joined(&b), edges(0.0, 0.0, 9.0, 4.0));
        assert_eq!(a.common(&edges(4.0, 0.0, 5.0, 4.0)), None);
    }

    #[test]
    fn each_bound_decides() {
        let (seen, all) = (edges(0.0, 0.0, 8.0, 2.0), Filter::default());
        assert!(all.keeps(&seen, 0.0, 0.0));
        let kept = |filter: Filter| filter.keeps(&seen, 0.5, 0.75);
        assert!(kept(Filter { min_area: 12.0, ..all }) && !kept(Filter { min_area: 12.1, ..all }));
        assert!(kept(Filter { min_visibility: 0.5, ..all }) && !kept(Filter { min_visibility: 0.51, ..all }));
        assert!(kept(Filter { min_width: 8.0, ..all }) && !kept(Filter { min_width: 8.1, ..all }));
        assert!(kept(Filter { min_height: 2.0, ..all }) && !kept(Filter { min_height: 2.1, ..all }));
        assert!(kept(Filter { max_accept_ratio: Some(4.0), ..all }) && !kept(Filter { max_accept_ratio: Some(3.9), ..all }));
    }
}

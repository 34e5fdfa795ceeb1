//! What is known of a picture besides its pixels and its label: semantic masks, boxes and key points.
//!
//! **Coordinates.** Points, which are those of outlines and key points, are given in pixels with pixel centres at
//! integers, as maps and COCO's key points are: pixel x covers `x - 1/2` to `x + 1/2`. Boxes are given by their edges,
//! as COCO, VOC and Albumentations do: the box of pixel x alone is from `x` to `x + 1`. [`BoundingBox::outline`] and
//! [`Outline::hull`] are where one becomes the other, half a pixel apart, and nothing else knows of it.
//!
//! **Outlines.** A box does not stay a box when it is turned, so that what moves is its outline, and the hull is taken
//! when all is done: a chain of steps makes no box larger than what it holds.
//!
//! **What border rules repeat** beyond the picture is no instance: only the picture itself is followed.

mod bounding_box;
mod carried;
mod key_point;
pub mod mask;
mod outline;
mod together;

pub use bounding_box::{BoundingBox, Cut, Filter};
pub use carried::{Carried, Hiding, Motion};
pub use key_point::KeyPoint;
pub use outline::{Outline, Point};

/// One thing in a picture.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Instance {
    /// What it covers: the outline of its box, or polygons; empty if nothing is known of it.
    pub parts: Vec<Outline>,
    /// Its key points, in the order of the dataset's.
    pub key_points: Vec<KeyPoint>,
}

impl Instance {
    /// An instance that is known by its box alone.
    pub fn of_box(bounding_box: &BoundingBox) -> Self {
        Self { parts: vec![bounding_box.outline()], key_points: Vec::new() }
    }
}

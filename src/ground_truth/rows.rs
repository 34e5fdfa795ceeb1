//! Boxes and key points of a row, as bytes.

use super::Boxes;
use crate::image::Size;
use crate::mixing::Made;
use crate::spec::{BoxFormat, BoxLayout};
use crate::targets::{BoundingBox, Carried, KeyPoint};

/// The class number of a place that holds no box.
const NOTHING: i64 = -1;

impl Boxes {
    /// The boxes of a row that its arrays hold, each behind the number of its instance.
    pub fn seen<'a>(&'a self, carried: &'a Carried) -> impl Iterator<Item = (usize, BoundingBox)> + 'a {
        (0..carried.len()).filter_map(|i| Some((i, carried.bounding_box(i, &self.rule.filter)?))).take(self.most)
    }
}

/// Appends to `rows`, which has one of each of [`super::GroundTruth::layouts`]' box arrays, what is left of the boxes of
/// the finished row `made` of `size`, and how many there are. Places without a box hold zeros, and the class -1.
pub(super) fn box_rows(boxes: &Boxes, made: &Made, size: Size, rows: &mut [Vec<u8>]) {
    let Made { carried, classes, .. } = made;
    let [edges, labels, counts, points @ ..] = rows else { return };
    let seen: Vec<(usize, BoundingBox)> = boxes.seen(carried).collect();
    let empty = match boxes.rule.layout {
        BoxLayout::Padded => boxes.most - seen.len(),
        BoxLayout::Ragged => 0,
    };
    for (i, found) in &seen {
        edges.extend(numbers(found, boxes.rule.format, size).into_iter().flat_map(|n| (n as f32).to_le_bytes()));
        labels.extend(classes[*i].to_le_bytes());
    }
    edges.resize(edges.len() + empty * 4 * size_of::<f32>(), 0);
    labels.extend(std::iter::repeat_n(NOTHING.to_le_bytes(), empty).flatten());
    counts.extend((seen.len() as i64).to_le_bytes());
    if let Some(rows) = points.first_mut() {
        let mut own: Vec<KeyPoint> = Vec::new();
        for (i, _) in &seen {
            carried.key_points(*i, &boxes.pairs, &mut own);
            let three = |point: &KeyPoint| [point.at.x as f32, point.at.y as f32, f32::from(point.visibility)];
            rows.extend(own.iter().flat_map(three).flat_map(f32::to_le_bytes));
        }
        rows.resize(rows.len() + empty * boxes.skeleton.names.len() * 3 * size_of::<f32>(), 0);
    }
}

/// The four numbers that say a box of a row of `size`.
fn numbers(found: &BoundingBox, format: BoxFormat, size: Size) -> [f64; 4] {
    let (width, height) = (f64::from(size.width), f64::from(size.height));
    // What was scaled and cut may lie beyond the border by the last bits of a number.
    let [x_min, x_max] = [found.x_min, found.x_max].map(|x| x.clamp(0.0, width));
    let [y_min, y_max] = [found.y_min, found.y_max].map(|y| y.clamp(0.0, height));
    match format {
        BoxFormat::PascalVoc => [x_min, y_min, x_max, y_max],
        BoxFormat::Coco => [x_min, y_min, x_max - x_min, y_max - y_min],
        BoxFormat::Albumentations => [x_min / width, y_min / height, x_max / width, y_max / height],
        BoxFormat::Yolo => {
            [(x_min + x_max) / 2.0 / width, (y_min + y_max) / 2.0 / height, (x_max - x_min) / width, (y_max - y_min) / height]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_numbers_say_a_box_in_four_ways() {
        let found = BoundingBox { x_min: 2.0, y_min: 4.0, x_max: 6.0, y_max: 10.0 };
        let say = |format| numbers(&found, format, Size::new(8, 20));
        assert_eq!(say(BoxFormat::PascalVoc), [2.0, 4.0, 6.0, 10.0]);
        assert_eq!(say(BoxFormat::Coco), [2.0, 4.0, 4.0, 6.0]);
        assert_eq!(say(BoxFormat::Albumentations), [0.25, 0.2, 0.75, 0.5]);
        assert_eq!(say(BoxFormat::Yolo), [0.5, 0.35, 0.5, 0.3]);
    }
}

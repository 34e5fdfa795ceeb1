//! Targets painted over a picture: masks as a tint, boxes as outlines, key points as crosses.

use super::paint::Ink;
use crate::error::shown;
use crate::ground_truth::{Boxes, GroundTruth, Masks};
use crate::image::{Image, Size};
use crate::mixing::Made;
use crate::source::Item;
use crate::targets::{BoundingBox, Carried, Filter, KeyPoint, mask};

/// The colours of classes, over and over again: the first ones of Sasha Trubetskoy's list of colours that are told apart well.
const PALETTE: [(&str, Ink); 8] = [
    ("red", [230, 25, 75]),
    ("green", [60, 180, 75]),
    ("blue", [0, 130, 200]),
    ("orange", [245, 130, 48]),
    ("cyan", [70, 240, 240]),
    ("magenta", [240, 50, 230]),
    ("yellow", [255, 225, 25]),
    ("purple", [145, 30, 180]),
];
/// The stripes where nothing is known: two grays, so that they are seen on any picture.
const STRIPES: [Ink; 2] = [[80; 3], [190; 3]];
/// The longest side in which sheets show a picture: lines of larger ones are as much wider.
const SHOWN: u32 = 320;
/// Pixels from the middle of a cross to its ends, and of a stripe, where lines are one pixel wide.
const ARM: i64 = 3;
const STRIPE: u32 = 4;

/// Paints over `image` what the arrays hold of the finished row `made`, whose picture it is.
pub(super) fn over_row(truth: &GroundTruth, made: &Made, image: &mut Image) {
    if let Some(masks) = &truth.masks {
        tint(masks, &made.mask, image);
    }
    if let Some(boxes) = &truth.boxes {
        let seen = boxes.seen(&made.carried).collect::<Vec<_>>();
        outline(boxes, &seen, &made.carried, &made.classes, image);
    }
}

/// Paints over `image` all that is known of picture `at`, which is `item`, as it was found. Not over one that was decoded in
/// a smaller size.
///
/// # Errors
/// If its mask cannot be read.
pub(super) fn over_source(truth: &GroundTruth, at: usize, item: &Item, image: &mut Image) -> Result<(), String> {
    if image.size() != item.size {
        return Ok(());
    }
    if let Some(masks) = &truth.masks {
        let mut found = Image::default();
        masks.read(at, item, &mut Vec::new(), &mut found)?;
        tint(masks, &found, image);
    }
    if let Some(boxes) = &truth.boxes {
        let mut carried = Carried::default();
        carried.start(boxes.of[at].iter().map(|marked| &marked.instance), item.size, boxes.rule.cut);
        let every = (0..carried.len()).filter_map(|i| Some((i, carried.bounding_box(i, &Filter::default())?)));
        let classes: Vec<i64> = boxes.of[at].iter().map(|marked| marked.class).collect();
        outline(boxes, &every.collect::<Vec<_>>(), &carried, &classes, image);
    }
    Ok(())
}

/// What the colours mean, a line each.
pub(super) fn legend(truth: &GroundTruth) -> Vec<String> {
    let masks = truth.masks.iter().map(|masks| {
        let colors: Vec<&str> = PALETTE.iter().map(|(name, _)| *name).collect();
        let known = format!("masks: classes from 1 on are {}, and so on again; 0 is not tinted", colors.join(", "));
        format!("{known}, {} is striped", masks.ignore_index)
    });
    let boxes = truth.boxes.iter().map(|boxes| {
        let named = boxes.classes.iter().zip(PALETTE).map(|(class, (color, _))| format!("{} {color}", shown(class)));
        let again = if boxes.classes.len() > PALETTE.len() { ", and so on again" } else { "" };
        format!("boxes: {}{again}", named.collect::<Vec<_>>().join(", "))
    });
    masks.chain(boxes).collect()
}

/// How many pixels wide lines are on a picture of `size`.
fn line(size: Size) -> u32 {
    size.width.max(size.height).div_ceil(SHOWN).max(1)
}

fn ink(number: i64) -> Ink {
    PALETTE[number.rem_euclid(PALETTE.len() as i64) as usize].1
}

/// Tints `image` by class numbers: 0, as a rule all that is no thing, leaves it as it is.
fn tint(masks: &Masks, numbers: &Image, image: &mut Image) {
    let (width, stripe) = (image.size().width, STRIPE * line(image.size()));
    let pixels = image.bytes_mut().chunks_exact_mut(3).zip(numbers.bytes().chunks_exact(3));
    for (at, (pixel, number)) in (0u32..).zip(pixels) {
        let (ink, share) = match mask::id([number[0], number[1], number[2]]) {
            id if id == masks.ignore_index => (STRIPES[((at % width + at / width) / stripe % 2) as usize], 3),
            0 => continue,
            id => (ink(i64::from(id) - 1), 2),
        };
        for (level, ink) in pixel.iter_mut().zip(ink) {
            *level = ((u32::from(*level) * (4 - share) + u32::from(ink) * share + 2) / 4) as u8;
        }
    }
}

/// Paints the boxes `seen`, each with the number of its instance, and their key points.
fn outline(boxes: &Boxes, seen: &[(usize, BoundingBox)], carried: &Carried, classes: &[i64], image: &mut Image) {
    let mut points: Vec<KeyPoint> = Vec::new();
    for (i, found) in seen {
        frame(image, found, ink(classes[*i]));
    }
    for (i, _) in seen {
        carried.key_points(*i, &boxes.pairs, &mut points);
        points.iter().filter(|point| point.is_known()).for_each(|point| cross(image, point, ink(classes[*i])));
    }
}

/// The outermost pixels of the box.
fn frame(image: &mut Image, found: &BoundingBox, ink: Ink) {
    let size = image.size();
    let line = i64::from(line(size));
    let edges = |low: f64, high: f64, side: u32| {
        let first = (low.round() as i64).clamp(0, i64::from(side) - 1);
        (first, (high.round() as i64).clamp(first + 1, i64::from(side)))
    };
    let (left, right) = edges(found.x_min, found.x_max, size.width);
    let (top, bottom) = edges(found.y_min, found.y_max, size.height);
    fill(image, (left, right), (top, bottom.min(top + line)), ink);
    fill(image, (left, right), (top.max(bottom - line), bottom), ink);
    fill(image, (left, right.min(left + line)), (top, bottom), ink);
    fill(image, (left.max(right - line), right), (top, bottom), ink);
}

fn cross(image: &mut Image, point: &KeyPoint, ink: Ink) {
    let line = i64::from(line(image.size()));
    let (x, y) = (point.at.x.round() as i64, point.at.y.round() as i64);
    let across = |middle: i64| (middle - (line - 1) / 2, middle - (line - 1) / 2 + line);
    let along = |middle: i64| (middle - ARM * line, middle + ARM * line + 1);
    fill(image, along(x), across(y), ink);
    fill(image, across(x), along(y), ink);
}

/// Fills columns and rows, from the first to before the last; what reaches beyond the picture is cut.
fn fill(image: &mut Image, columns: (i64, i64), rows: (i64, i64), ink: Ink) {
    let Size { width, height } = image.size();
    let cut = |(from, to): (i64, i64), side: u32| from.max(0) as usize..to.clamp(0, i64::from(side)) as usize;
    for y in cut(rows, height) {
        for x in cut(columns, width) {
            let at = (y * width as usize + x) * 3;
            image.bytes_mut()[at..at + 3].copy_from_slice(&ink);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::targets::Point;

    const INK: Ink = [9, 8, 7];

    fn painted(size: Size, paint: impl Fn(&mut Image)) -> Vec<(u32, u32)> {
        let mut image = Image::new(size);
        paint(&mut image);
        let at = |(at, pixel): (u32, &[u8])| (pixel == INK).then_some((at % size.width, at / size.width));
        (0..).zip(image.bytes().chunks(3)).filter_map(at).collect()
    }

    #[test]
    fn a_frame_is_the_outermost_pixels_of_its_box() {
        let found = BoundingBox { x_min: 1.2, y_min: 0.9, x_max: 4.4, y_max: 4.0 };
        let frame_of = |found: BoundingBox| painted(Size::new(6, 5), |image| frame(image, &found, INK));
        let ring = [(1, 1), (2, 1), (3, 1), (1, 2), (3, 2), (1, 3), (2, 3), (3, 3)];
        assert_eq!(frame_of(found), ring);
        // What is thinner than a pixel, or lies at the border, is seen all the same.
        assert_eq!(frame_of(BoundingBox { x_min: 5.7, x_max: 6.0, y_min: 4.8, y_max: 5.0 }), [(5, 4)]);
    }

    #[test]
    fn lines_of_large_pictures_are_wider_and_crosses_end_at_the_border() {
        let found = BoundingBox { x_min: 0.0, y_min: 0.0, x_max: 512.0, y_max: 8.0 };
        assert_eq!(painted(Size::new(512, 8), |image| frame(image, &found, INK)).len(), 512 * 4 + 2 * 2 * 4);
        let point = KeyPoint { at: Point { x: 0.4, y: 2.0 }, visibility: 2 };
        let seen = painted(Size::new(9, 4), |image| cross(image, &point, INK));
        assert_eq!(seen, [(0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (3, 2), (0, 3)]);
    }
}

//! Boxes and key points on their way through the steps of a row.

use super::bounding_box::{BoundingBox, Cut, Filter};
use super::outline::{Outline, Point};
use super::{Instance, KeyPoint};
use crate::image::Size;

/// The instances of a picture as they are after some steps. Keeps its memory from one row to the next.
#[derive(Clone, Debug, Default)]
pub struct Carried {
    pub(super) cut: Cut,
    pub(super) tracks: Vec<Track>,
    /// Whether left and right have changed sides.
    pub(super) reversed: bool,
    spare: Spare,
}

/// One instance on its way.
#[derive(Clone, Debug, Default)]
pub(super) struct Track {
    /// What is still seen of it.
    pub(super) parts: Vec<Outline>,
    /// The box around that; `None` once nothing is seen.
    pub(super) hull: Option<BoundingBox>,
    /// How much of its area is still seen, 0 to 1.
    share: f64,
    /// How much of the area of its box is not painted over, 0 to 1.
    filled: f64,
    /// Whether it was cut into pieces that lie apart.
    apart: bool,
    pub(super) key_points: Vec<KeyPoint>,
}

/// Room for what is made of an outline.
#[derive(Clone, Debug, Default)]
struct Spare {
    made: Outline,
    points: Vec<Point>,
}

/// How pixels move.
pub trait Motion {
    /// Fills `made` with where an outline goes; `spare` is room.
    fn outline(&mut self, from: &Outline, made: &mut Outline, spare: &mut Vec<Point>);

    /// Where a point goes, if there is such a place.
    fn point(&mut self, from: Point) -> Option<Point>;

    /// Whether left becomes right: a mirroring, or a turn and a mirroring.
    fn reverses(&self) -> bool;
}

/// What is painted over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hiding {
    /// Whole parts: boxes shrink to what is left, and key points there are lost.
    Parts,
    /// Pixels here and there: boxes count as less visible, and that is all.
    Pixels,
}

impl Carried {
    /// Starts with `instances` of a picture of `size`, outside of which nothing is seen.
    pub fn start<'a, I>(&mut self, instances: I, size: Size, cut: Cut)
    where
        I: IntoIterator<Item = &'a Instance, IntoIter: ExactSizeIterator>,
    {
        let instances = instances.into_iter();
        (self.cut, self.reversed) = (cut, false);
        self.tracks.resize_with(instances.len(), Track::default);
        let frame = BoundingBox::of(size);
        for (track, instance) in self.tracks.iter_mut().zip(instances) {
            track.parts.clone_from(&instance.parts);
            track.parts.iter_mut().for_each(|part| part.clip(&frame, &mut self.spare.points));
            track.hull = hull(&track.parts);
            (track.share, track.filled, track.apart) = (1.0, 1.0, false);
            track.key_points.clone_from(&instance.key_points);
            track.key_points.iter_mut().for_each(|point| lose(point, |at| frame.holds(at)));
        }
    }

    /// Moves what lies in the part `view` of the picture into one of `size`; what does not stay in it is lost.
    pub fn moves(&mut self, view: &BoundingBox, motion: &mut impl Motion, size: Size) {
        let frame = BoundingBox::of(size);
        self.reversed ^= motion.reverses();
        for track in &mut self.tracks {
            track.moves(view, motion, &frame, self.cut, &mut self.spare);
            for point in track.key_points.iter_mut().filter(|point| point.is_known()) {
                let to = if view.holds(point.at) { motion.point(point.at) } else { None };
                match to {
                    Some(to) if frame.holds(to) => point.at = to,
                    _ => *point = KeyPoint::LOST,
                }
            }
        }
    }

    /// Lays pieces of the picture elsewhere: each one with how far it goes. A box that is cut becomes the hull of all its
    /// pieces, since it stays one instance (Albumentations makes boxes of their own of pieces that lie apart).
    pub fn lays(&mut self, pieces: impl Iterator<Item = (BoundingBox, Point)> + Clone) {
        for track in &mut self.tracks {
            track.lays(pieces.clone(), &mut self.spare);
            for point in track.key_points.iter_mut().filter(|point| point.is_known()) {
                let moved = pieces.clone().find(|(from, _)| from.holds(point.at)).map(|(_, by)| by.plus(point.at));
                *point = moved.map_or(KeyPoint::LOST, |at| KeyPoint { at, ..*point });
            }
        }
    }

    /// Takes into account that of the pixels of a picture some are painted over: `hidden` says which.
    pub fn hides(&mut self, hidden: impl Fn(u32, u32) -> bool, hiding: Hiding) {
        for track in &mut self.tracks {
            track.hides(&hidden, hiding, self.cut, &mut self.spare);
            if hiding == Hiding::Parts {
                let pixel = |at: f64| (at + 0.5).max(0.0) as u32;
                track.key_points.iter_mut().for_each(|point| lose(point, |at| !hidden(pixel(at.x), pixel(at.y))));
            }
        }
    }

    /// How many instances there are, seen or not.
    pub fn len(&self) -> usize {
        self.tracks.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.tracks.is_empty()
    }

    /// The box of instance `i`, if something is seen of it and `filter` keeps it.
    ///
    /// # Panics
    /// If there is no such instance.
    pub fn bounding_box(&self, i: usize, filter: &Filter) -> Option<BoundingBox> {
        let Track { hull, share, filled, .. } = &self.tracks[i];
        hull.filter(|hull| filter.keeps(hull, *share, *filled))
    }

    /// Fills `made` with the key points of instance `i`. Where left and right have changed sides, the points of each of
    /// `pairs`, such as a left and a right eye, have changed places: the left eye of a mirrored face is its right one.
    ///
    /// That is so if all steps together reverse the orientation of the plane: one flip, in whichever direction, or a
    /// transposition, but not both, and no half turn. (detectron2 and MMPose swap at a horizontal flip; Albumentations 2.0.8
    /// and torchvision never do.)
    ///
    /// # Panics
    /// If there is no such instance.
    pub fn key_points(&self, i: usize, pairs: &[(usize, usize)], made: &mut Vec<KeyPoint>) {
        made.clone_from(&self.tracks[i].key_points);
        if self.reversed {
            swap_pairs(made, pairs);
        }
    }
}

/// Lets the points of each of `pairs` change places.
pub(super) fn swap_pairs(points: &mut [KeyPoint], pairs: &[(usize, usize)]) {
    let count = points.len();
    pairs.iter().filter(|(left, right)| *left < count && *right < count).for_each(|(left, right)| points.swap(*left, *right));
}

impl Track {
    fn moves(&mut self, view: &BoundingBox, motion: &mut impl Motion, frame: &BoundingBox, cut: Cut, spare: &mut Spare) {
        // What the step would show of it on a canvas without end, and what of that stems from the part that it reads.
        let (mut all, mut read) = (None, None);
        for part in &mut self.parts {
            motion.outline(part, &mut spare.made, &mut spare.points);
            all = joined(all, spare.made.hull());
            if part.0.iter().any(|corner| !view.holds(*corner)) {
                part.clip(view, &mut spare.points);
                motion.outline(part, &mut spare.made, &mut spare.points);
            }
            read = joined(read, spare.made.hull());
            std::mem::swap(part, &mut spare.made);
            part.clip(frame, &mut spare.points);
        }
        if self.apart {
            self.parts.retain(shows);
        }
        self.hull = match cut {
            Cut::Outline => hull(&self.parts),
            Cut::Hull => read.and_then(|read| read.common(frame)),
        };
        self.share *= share(self.hull, all);
    }

    fn lays(&mut self, pieces: impl Iterator<Item = (BoundingBox, Point)>, spare: &mut Spare) {
        let (before, mut laid) = (self.hull, Vec::new());
        for (from, by) in pieces {
            for part in &self.parts {
                let mut piece = part.clone();
                piece.clip(&from, &mut spare.points);
                piece.0.iter_mut().for_each(|corner| *corner = by.plus(*corner));
                laid.push(piece);
            }
        }
        laid.retain(shows);
        (self.parts, self.apart) = (laid, true);
        self.hull = hull(&self.parts);
        self.filled *= share(before, self.hull);
    }

    fn hides(&mut self, hidden: &impl Fn(u32, u32) -> bool, hiding: Hiding, cut: Cut, spare: &mut Spare) {
        let Some(before) = self.hull else { return };
        let (mut all, mut left, mut bounds) = (0u64, 0u64, None);
        let pixels = |from: f64, to: f64| (from - 0.5).ceil().max(0.0) as u32..(to - 0.5).ceil().max(0.0) as u32;
        for y in pixels(before.y_min, before.y_max) {
            for x in pixels(before.x_min, before.x_max) {
                let (x_min, y_min) = (f64::from(x), f64::from(y));
                let centre = Point { x: x_min, y: y_min };
                if cut == Cut::Outline && !self.parts.iter().any(|part| part.holds(centre)) {
                    continue;
                }
                all += 1;
                if !hidden(x, y) {
                    left += 1;
                    bounds = joined(bounds, Some(BoundingBox { x_min, y_min, x_max: x_min + 1.0, y_max: y_min + 1.0 }));
                }
            }
        }
        if left == all {
            return;
        }
        let kept = left as f64 / all as f64;
        self.share *= kept;
        self.filled *= kept;
        if hiding == Hiding::Parts || left == 0 {
            let seen = bounds.unwrap_or(BoundingBox { x_min: 0.0, y_min: 0.0, x_max: 0.0, y_max: 0.0 });
            self.parts.iter_mut().for_each(|part| part.clip(&seen, &mut spare.points));
            self.hull = match cut {
                Cut::Outline => hull(&self.parts),
                Cut::Hull => before.common(&seen),
            };
            self.filled *= share(Some(before), self.hull);
        }
    }
}

/// Pieces that are thinner on the average, in pixels, cover no pixel by half.
const THINNEST: f64 = 0.5;

/// Whether a piece that lies apart from others is more than a sliver of which nothing is seen, which would make a box as large as
/// the way to it. Steps that follow may make it one.
fn shows(piece: &Outline) -> bool {
    piece.hull().is_some_and(|hull| piece.area() >= THINNEST * hull.width().max(hull.height()))
}

/// The box around outlines, if they hold anything.
fn hull(parts: &[Outline]) -> Option<BoundingBox> {
    parts.iter().fold(None, |all, part| joined(all, part.hull()))
}

fn joined(a: Option<BoundingBox>, b: Option<BoundingBox>) -> Option<BoundingBox> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.joined(&b)),
        (a, b) => a.or(b),
    }
}

/// The area of a box as a part of another's.
fn share(of: Option<BoundingBox>, all: Option<BoundingBox>) -> f64 {
    let area = |of: Option<BoundingBox>| of.map_or(0.0, |of| of.area());
    area(of) / (area(all) + EPSILON)
}

/// Keeps Albumentations' ratio of areas finite.
const EPSILON: f64 = 1e-7;

/// Forgets a key point that is not `seen`.
fn lose(point: &mut KeyPoint, seen: impl Fn(Point) -> bool) {
    if !(point.is_known() && seen(point.at)) {
        *point = KeyPoint::LOST;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many pixels to the right and down, mirrored or not.
    struct Shift(f64, f64, bool);

    impl Motion for Shift {
        fn outline(&mut self, from: &Outline, made: &mut Outline, _spare: &mut Vec<Point>) {
            made.0.clear();
            made.0.extend(from.0.iter().map(|p| Point { x: p.x + self.0, y: p.y + self.1 }));
        }

        fn point(&mut self, p: Point) -> Option<Point> {
            Some(Point { x: p.x + self.0, y: p.y + self.1 })
        }

        fn reverses(&self) -> bool {
            self.2
        }
    }

    const SIZE: Size = Size::new(10, 10);

    fn edges(x_min: f64, y_min: f64, x_max: f64, y_max: f64) -> BoundingBox {
        BoundingBox { x_min, y_min, x_max, y_max }
    }

    fn point(x: f64, y: f64) -> KeyPoint {
        KeyPoint { at: Point { x, y }, visibility: 2 }
    }

    fn started(seen: BoundingBox, key_points: &[KeyPoint], cut: Cut) -> Carried {
        let mut carried = Carried::default();
        carried.start(&[Instance { key_points: key_points.to_vec(), ..Instance::of_box(&seen) }], SIZE, cut);
        carried
    }

    fn kept(carried: &Carried, filter: Filter) -> Option<BoundingBox> {
        carried.bounding_box(0, &filter)
    }

    fn key_points(carried: &Carried, pairs: &[(usize, usize)]) -> Vec<KeyPoint> {
        let mut made = Vec::new();
        carried.key_points(0, pairs, &mut made);
        made
    }

    #[test]
    fn what_leaves_the_picture_is_lost_and_does_not_come_back() {
        let mut carried = started(edges(2.0, 2.0, 6.0, 4.0), &[point(2.0, 3.0), point(5.0, 3.0)], Cut::Outline);
        carried.moves(&BoundingBox::of(SIZE), &mut Shift(-4.0, 0.0, false), SIZE);
        carried.moves(&BoundingBox::of(SIZE), &mut Shift(4.0, 0.0, false), SIZE);
        assert_eq!(kept(&carried, Filter::default()), Some(edges(4.0, 2.0, 6.0, 4.0)));
        assert_eq!(key_points(&carried, &[]), [KeyPoint::LOST, point(5.0, 3.0)]);
        let half = |min_visibility| kept(&carried, Filter { min_visibility, ..Filter::default() }).is_some();
        assert!(half(0.49) && !half(0.51));
    }

    #[test]
    fn a_view_hides_what_lies_beside_it() {
        for cut in [Cut::Outline, Cut::Hull] {
            let mut carried = started(edges(2.0, 2.0, 6.0, 4.0), &[point(2.0, 3.0), point(5.0, 3.0)], cut);
            carried.moves(&edges(3.0, 0.0, 10.0, 10.0), &mut Shift(1.0, 1.0, false), SIZE);
            assert_eq!(kept(&carried, Filter::default()), Some(edges(4.0, 3.0, 7.0, 5.0)), "{cut:?}");
            assert_eq!(key_points(&carried, &[]), [KeyPoint::LOST, point(6.0, 4.0)]);
        }
    }

    #[test]
    fn pairs_change_places_once_for_each_mirroring() {
        let mut carried = started(edges(2.0, 2.0, 6.0, 4.0), &[point(2.0, 3.0), point(5.0, 3.0), point(4.0, 3.0)], Cut::Outline);
        let pairs = [(0, 1), (2, 9)];
        carried.moves(&BoundingBox::of(SIZE), &mut Shift(0.0, 0.0, true), SIZE);
        assert_eq!(key_points(&carried, &pairs), [point(5.0, 3.0), point(2.0, 3.0), point(4.0, 3.0)]);
        carried.moves(&BoundingBox::of(SIZE), &mut Shift(0.0, 0.0, true), SIZE);
        assert_eq!(key_points(&carried, &pairs)[0], point(2.0, 3.0));
    }

    #[test]
    fn pieces_stay_one_instance() {
        let mut carried = started(edges(2.0, 2.0, 6.0, 4.0), &[point(2.0, 3.0), point(5.0, 3.0)], Cut::Outline);
        let halves = [(edges(0.0, 0.0, 5.0, 10.0), 5.0), (edges(5.0, 0.0, 10.0, 10.0), -5.0)];
        carried.lays(halves.iter().map(|(from, x)| (*from, Point { x: *x, y: 0.0 })));
        assert_eq!(kept(&carried, Filter::default()), Some(edges(0.0, 2.0, 10.0, 4.0)));
        assert_eq!(key_points(&carried, &[]), [point(7.0, 3.0), point(0.0, 3.0)]);
        // The box holds 20 pixels, and the instance is 8 of them.
        assert!(kept(&carried, Filter { min_area: 7.9, ..Filter::default() }).is_some());
        assert!(kept(&carried, Filter { min_area: 8.1, ..Filter::default() }).is_none());
    }

    #[test]
    fn boxes_shrink_to_what_is_not_hidden() {
        for cut in [Cut::Outline, Cut::Hull] {
            let mut carried = started(edges(2.0, 2.0, 6.0, 4.0), &[point(2.0, 3.0), point(5.0, 3.0)], cut);
            // The left column of the box, and one pixel more.
            carried.hides(|x, y| x < 3 || (x, y) == (4, 2), Hiding::Parts);
            assert_eq!(kept(&carried, Filter::default()), Some(edges(3.0, 2.0, 6.0, 4.0)));
            assert_eq!(key_points(&carried, &[]), [KeyPoint::LOST, point(5.0, 3.0)]);
            let with =
                |min_area, min_visibility| kept(&carried, Filter { min_area, min_visibility, ..Filter::default() }).is_some();
            assert!(with(5.0, 0.625) && !with(5.1, 0.0) && !with(0.0, 0.63));
            carried.hides(|_, _| true, Hiding::Parts);
            assert_eq!(kept(&carried, Filter::default()), None);
        }
    }

    #[test]
    fn pixels_here_and_there_leave_boxes_where_they_are() {
        let mut carried = started(edges(2.0, 2.0, 6.0, 4.0), &[point(2.0, 3.0)], Cut::Outline);
        carried.hides(|x, _| x < 3, Hiding::Pixels);
        assert_eq!(kept(&carried, Filter::default()), Some(edges(2.0, 2.0, 6.0, 4.0)));
        assert_eq!(key_points(&carried, &[]), [point(2.0, 3.0)]);
        assert_eq!(kept(&carried, Filter { min_visibility: 0.8, ..Filter::default() }), None);
    }
}

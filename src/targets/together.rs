//! Instances of several rows in one.

use super::carried::swap_pairs;
use super::{Carried, Point};
use crate::image::Size;

impl Carried {
    /// Forgets everything.
    pub fn clear(&mut self) {
        self.tracks.clear();
        self.reversed = false;
    }

    /// Takes over all instances of `other`, a row of the same size. Where left and right have changed sides in either, key
    /// points of `pairs` change places for good.
    pub fn take_all(&mut self, other: &mut Self, pairs: &[(usize, usize)]) {
        self.cut = other.cut;
        [&mut *self, &mut *other].into_iter().for_each(|either| either.settle(pairs));
        self.tracks.append(&mut other.tracks);
    }

    fn settle(&mut self, pairs: &[(usize, usize)]) {
        if std::mem::take(&mut self.reversed) {
            self.tracks.iter_mut().for_each(|track| swap_pairs(&mut track.key_points, pairs));
        }
    }

    /// Forgets the instances that do not stay.
    pub fn retain(&mut self, stays: &[bool]) {
        let mut stays = stays.iter();
        self.tracks.retain(|_| stays.next().is_some_and(|stays| *stays));
    }

    /// Marks the pixels of a picture of `size` that lie in what is still seen of some instance.
    pub fn cover(&self, size: Size, marked: &mut [bool]) {
        for track in &self.tracks {
            let Some(hull) = track.hull else { continue };
            let pixels = |from: f64, to: f64, side: u32| {
                (from - 0.5).ceil().max(0.0) as u32..((to - 0.5).ceil().max(0.0) as u32).min(side)
            };
            for y in pixels(hull.y_min, hull.y_max, size.height) {
                for x in pixels(hull.x_min, hull.x_max, size.width) {
                    let centre = Point { x: f64::from(x), y: f64::from(y) };
                    marked[y as usize * size.width as usize + x as usize] |= track.parts.iter().any(|part| part.holds(centre));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::targets::{BoundingBox, Cut, Filter, Instance, KeyPoint, Motion, Outline};

    const SIZE: Size = Size::new(10, 10);

    /// Left becomes right.
    struct Mirror;

    impl Motion for Mirror {
        fn outline(&mut self, from: &Outline, made: &mut Outline, _spare: &mut Vec<Point>) {
            made.0.clear();
            made.0.extend(from.0.iter().map(|p| Point { x: 9.0 - p.x, y: p.y }));
        }

        fn point(&mut self, p: Point) -> Option<Point> {
            Some(Point { x: 9.0 - p.x, y: p.y })
        }

        fn reverses(&self) -> bool {
            true
        }
    }

    fn row(x_min: f64, x_max: f64) -> Carried {
        let mut carried = Carried::default();
        let point = |x| KeyPoint { at: Point { x, y: 3.0 }, visibility: 2 };
        let edges = BoundingBox { x_min, y_min: 2.0, x_max, y_max: 5.0 };
        let instance = Instance { key_points: vec![point(x_min), point(x_max - 1.0)], ..Instance::of_box(&edges) };
        carried.start(&[instance], SIZE, Cut::Outline);
        carried
    }

    #[test]
    fn each_row_keeps_its_own_left_and_right() {
        let (mut row, mut other) = (row(1.0, 4.0), row(1.0, 4.0));
        other.moves(&BoundingBox::of(SIZE), &mut Mirror, SIZE);
        row.take_all(&mut other, &[(0, 1)]);
        assert_eq!((row.len(), other.len()), (2, 0));
        let mut points = Vec::new();
        let mut of = |i| {
            row.key_points(i, &[(0, 1)], &mut points);
            points.iter().map(|point| point.at.x).collect::<Vec<f64>>()
        };
        assert_eq!(of(0), [1.0, 3.0]);
        // Mirrored, the left point is that which was the right one.
        assert_eq!(of(1), [6.0, 8.0]);
    }

    #[test]
    fn pixels_of_what_stays_are_covered() {
        let mut both = row(1.0, 4.0);
        both.take_all(&mut row(6.0, 8.0), &[]);
        both.retain(&[false, true]);
        let mut marked = [false; 100];
        both.cover(SIZE, &mut marked);
        let covered: Vec<usize> = (0..100).filter(|at| marked[*at]).collect();
        assert_eq!(covered, [26, 27, 36, 37, 46, 47]);
        assert_eq!(both.bounding_box(0, &Filter::default()).unwrap().x_min, 6.0);
    }
}

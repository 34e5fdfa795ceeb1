//! The edges of a plane of levels, and how far every pixel is from them.

/// Slopes up to this are no edge, and from above this are one; between, those are that touch one. As sums over both
/// axes of Sobel's slopes.
const SLOPES: (i32, i32) = (50, 150);
/// The tangent of 22.5 degrees, with 15 bits behind the point.
const TANGENT: i64 = 13_573;
/// Steps along an axis, diagonally, and as a knight, with 16 bits behind the point.
const STEPS: [i32; 3] = [65_536, 91_750, 143_976];
/// Farther than any pixel of a picture that has an edge.
const FAR: i32 = i32::MAX >> 2;
/// Marks: no edge, one if it touches one, and one.
const WEAK: u8 = 1;
const EDGE: u8 = 2;

/// What is kept from one plane to the next.
#[derive(Clone, Debug, Default)]
pub(super) struct Edges {
    /// To the right and down.
    slopes: Vec<[i16; 2]>,
    /// Their sums, with a margin of one place.
    strengths: Vec<i32>,
    /// With a margin of one place.
    marks: Vec<u8>,
    open: Vec<usize>,
    /// With a margin of two places.
    distances: Vec<i32>,
}

impl Edges {
    /// Fills `made` with the distance of every pixel from the nearest edge, in pixels, at most `most`.
    ///
    /// # Algorithm
    /// `cv2.Canny` with the thresholds 50 and 150 (3x3 Sobel, sums of magnitudes, the outermost pixels held), then
    /// `cv2.distanceTransform` with `DIST_L2` and a mask of 5x5: there and back, over the eight nearest before (Borgefors,
    /// "Distance transformations in digital images", 1986).
    pub(super) fn distances(&mut self, plane: &[u8], width: usize, most: f32, made: &mut [f32]) {
        self.find_slopes(plane, width);
        self.mark(width);
        self.spread(width + 2);
        self.measure(width, plane.len() / width);
        let wide = width + 4;
        for (made, row) in made.chunks_exact_mut(width).zip(self.distances.chunks_exact(wide).skip(2)) {
            for (made, distance) in made.iter_mut().zip(&row[2..]) {
                *made = (*distance as f32 * (1.0 / 65_536.0)).min(most);
            }
        }
    }

    fn find_slopes(&mut self, plane: &[u8], width: usize) {
        let height = plane.len() / width;
        self.slopes.clear();
        self.strengths.clear();
        self.strengths.resize((width + 2) * (height + 2), 0);
        for y in 0..height {
            let row = |y: usize| &plane[y * width..][..width];
            let (above, here, below) = (row(y.saturating_sub(1)), row(y), row((y + 1).min(height - 1)));
            let strengths = &mut self.strengths[(y + 1) * (width + 2) + 1..][..width];
            for (x, strength) in strengths.iter_mut().enumerate() {
                let (left, right) = (x.saturating_sub(1), (x + 1).min(width - 1));
                let down = |x: usize| i16::from(below[x]) - i16::from(above[x]);
                let across = |row: &[u8]| i16::from(row[right]) - i16::from(row[left]);
                let slope = [across(above) + 2 * across(here) + across(below), down(left) + 2 * down(x) + down(right)];
                *strength = i32::from(slope[0].abs()) + i32::from(slope[1].abs());
                self.slopes.push(slope);
            }
        }
    }

    /// Marks the pixels that are steepest along their slope.
    fn mark(&mut self, width: usize) {
        let wide = width + 2;
        self.marks.clear();
        self.marks.resize(self.strengths.len(), 0);
        self.open.clear();
        for (n, [across, down]) in self.slopes.iter().enumerate() {
            let at = (n / width + 1) * wide + n % width + 1;
            let here = self.strengths[at];
            if here <= SLOPES.0 {
                continue;
            }
            let (run, rise) = (i64::from(across.abs()) * TANGENT, i64::from(down.abs()) << 15);
            // The neighbours along the slope; of two that are as steep, the first is the edge.
            let (before, after, first) = if rise < run {
                (at - 1, at + 1, 0)
            } else if rise > run + (i64::from(across.abs()) << 16) {
                (at - wide, at + wide, 0)
            } else if (across ^ down) < 0 {
                (at - wide + 1, at + wide - 1, 1)
            } else {
                (at - wide - 1, at + wide + 1, 1)
            };
            if here > self.strengths[before] && here >= self.strengths[after] + first {
                self.marks[at] = if here > SLOPES.1 { EDGE } else { WEAK };
                if here > SLOPES.1 {
                    self.open.push(at);
                }
            }
        }
    }

    /// Makes edges of the weak ones that touch one.
    fn spread(&mut self, wide: usize) {
        while let Some(at) = self.open.pop() {
            for row in [at - wide, at, at + wide] {
                for near in row - 1..=row + 1 {
                    if self.marks[near] == WEAK {
                        self.marks[near] = EDGE;
                        self.open.push(near);
                    }
                }
            }
        }
    }

    fn measure(&mut self, width: usize, height: usize) {
        let wide = width + 4;
        let Self { distances, marks, .. } = self;
        distances.clear();
        distances.resize(wide * (height + 4), FAR);
        let [straight, diagonal, knight] = STEPS;
        let before = [
            (1, straight),
            (wide + 1, diagonal),
            (wide, straight),
            (wide - 1, diagonal),
            (wide + 2, knight),
            (wide - 2, knight),
            (2 * wide + 1, knight),
            (2 * wide - 1, knight),
        ];
        for y in 0..height {
            for x in 0..width {
                let at = (y + 2) * wide + x + 2;
                let edge = marks[(y + 1) * (width + 2) + x + 1] == EDGE;
                let nearest = before.iter().map(|(back, step)| distances[at - back] + step).min().unwrap_or(FAR);
                distances[at] = if edge { 0 } else { nearest.min(FAR) };
            }
        }
        for y in (0..height).rev() {
            for x in (0..width).rev() {
                let at = (y + 2) * wide + x + 2;
                let nearest = before.iter().map(|(on, step)| distances[at + on] + step).min().unwrap_or(FAR);
                distances[at] = distances[at].min(nearest);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(plane: &[u8], width: usize) -> Vec<f32> {
        let mut made = vec![0.0; plane.len()];
        Edges::default().distances(plane, width, 20.0, &mut made);
        made
    }

    #[test]
    fn distances_grow_from_a_step() {
        let plane: Vec<u8> = (0..7 * 5).map(|n| if n % 7 < 3 { 0 } else { 200 }).collect();
        let row = [2.0, 1.0, 0.0, 1.0, 2.0, 3.0, 4.0];
        assert_eq!(made(&plane, 7)[14..21], row);
    }

    #[test]
    fn a_flat_plane_has_no_edge() {
        for (width, height) in [(1, 1), (1, 4), (5, 1), (4, 4)] {
            assert_eq!(made(&vec![90; width * height], width), vec![20.0; width * height]);
        }
    }

    #[test]
    fn weak_edges_count_where_they_touch_strong_ones() {
        // Steps of 20 in the upper rows and of 60 in the lower ones: slopes of 80 and of 240.
        let plane = |low: u8| -> Vec<u8> {
            (0..8 * 8)
                .map(|n| {
                    if n % 8 < 4 {
                        0
                    } else if n < 32 {
                        20
                    } else {
                        low
                    }
                })
                .collect()
        };
        assert_eq!(made(&plane(20), 8)[3], 20.0);
        assert_eq!(made(&plane(60), 8)[3], 0.0);
    }
}

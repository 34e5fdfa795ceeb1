//! What of a picture a shape covers.

use super::line;
use super::stroke::stroke;
use crate::image::Size;

/// A byte for each pixel, 1 where something was painted; and the rows in which that may be.
#[derive(Clone, Debug, Default)]
pub struct Mask {
    size: (usize, usize),
    covered: Vec<u8>,
    crossings: Vec<(i64, i64)>,
    halves: Vec<u32>,
}

impl Mask {
    /// Nothing is covered.
    pub fn clear(&mut self, size: Size) {
        self.size = (size.width as usize, size.height as usize);
        self.covered.clear();
        self.covered.resize(self.size.0 * self.size.1, 0);
    }

    /// Row `y`.
    pub fn row(&self, y: usize) -> &[u8] {
        &self.covered[y * self.size.0..][..self.size.0]
    }

    /// All rows.
    pub fn rows(&self) -> impl Iterator<Item = &[u8]> {
        self.covered.chunks_exact(self.size.0)
    }

    /// Covers a pixel, if there is one.
    pub fn pixel(&mut self, x: i64, y: i64) {
        let (width, height) = self.size;
        if (0..width as i64).contains(&x) && (0..height as i64).contains(&y) {
            self.covered[y as usize * width + x as usize] = 1;
        }
    }

    /// Covers a line of `width` pixels as OpenCV 5's `cv2.line`: with `LINE_4` where the width is 1, else with round ends.
    pub fn line(&mut self, from: (i64, i64), to: (i64, i64), width: u32) {
        let (across, down) = self.size;
        if width > 1 {
            let mut halves = std::mem::take(&mut self.halves);
            let size = Size::new(across as u32, down as u32);
            stroke(from, to, width, size, &mut halves, |y, first, last| self.span(y, first, last));
            self.halves = halves;
        } else if let Some((from, to)) = line::clipped(from, to, (across as i64, down as i64)) {
            line::four_connected(from, to, |x, y| self.pixel(x, y));
        }
    }

    /// Covers a polygon: the pixels inside by the even-odd rule, and those of its outline.
    pub fn polygon(&mut self, points: &[[i64; 2]]) {
        let edges = || points.iter().zip(points.iter().cycle().skip(1));
        for (a, b) in edges() {
            line::eight_connected((a[0], a[1]), (b[0], b[1]), |x, y| self.pixel(x, y));
        }
        let mut crossings = std::mem::take(&mut self.crossings);
        for y in 0..self.size.1 as i64 {
            crossings.clear();
            for (a, b) in edges().filter(|(a, b)| a[1] != b[1]) {
                let (top, bottom) = if a[1] < b[1] { (a, b) } else { (b, a) };
                if (top[1]..bottom[1]).contains(&y) {
                    let over = (bottom[0] - top[0]) * (y - top[1]);
                    let under = bottom[1] - top[1];
                    // The first pixel at or right of the edge, and the last at or left of it.
                    crossings.push((top[0] - (-over).div_euclid(under), top[0] + over.div_euclid(under)));
                }
            }
            crossings.sort_unstable();
            for pair in crossings.chunks_exact(2) {
                self.span(y, pair[0].0, pair[1].1);
            }
        }
        self.crossings = crossings;
    }

    fn span(&mut self, y: i64, first: i64, last: i64) {
        let (first, behind) = (first.max(0), (last + 1).min(self.size.0 as i64));
        if first < behind {
            self.covered[y as usize * self.size.0..][first as usize..behind as usize].fill(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(mask: &Mask) -> Vec<String> {
        mask.rows().map(|row| row.iter().map(|c| if *c == 1 { '#' } else { '.' }).collect()).collect()
    }

    fn empty(width: u32, height: u32) -> Mask {
        let mut mask = Mask::default();
        mask.clear(Size::new(width, height));
        mask
    }

    #[test]
    fn a_polygon_has_its_outline_and_its_inside() {
        let mut mask = empty(6, 5);
        mask.polygon(&[[0, 0], [4, 0], [0, 4]]);
        assert_eq!(shown(&mask), ["#####.", "####..", "###...", "##....", "#....."]);
    }

    #[test]
    fn where_a_polygon_crosses_itself_twice_it_is_empty() {
        let mut mask = empty(7, 7);
        mask.polygon(&[[0, 0], [6, 0], [6, 6], [0, 6], [0, 0], [2, 2], [4, 2], [4, 4], [2, 4], [2, 2]]);
        assert_eq!(mask.row(3), [1, 1, 1, 0, 1, 1, 1]);
    }

    #[test]
    fn what_lies_outside_is_left_out() {
        let mut mask = empty(3, 2);
        mask.polygon(&[[-9, -9], [20, -9], [20, 20], [-9, 20]]);
        assert_eq!(shown(&mask), ["###", "###"]);
        let mut mask = empty(3, 2);
        mask.line((1, -5), (1, 9), 1);
        assert_eq!(shown(&mask), [".#.", ".#."]);
    }

    #[test]
    fn wide_lines_are_wide() {
        let mut mask = empty(7, 3);
        mask.line((3, -5), (3, 9), 2);
        assert_eq!(shown(&mask), ["..###..", "..###..", "..###.."]);
    }
}

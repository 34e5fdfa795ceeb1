//! Motion blur: the mean of the pixels on a line.

use super::Scratch;
use super::lines::{CHANNELS, mirror};
use super::mean::Mean;
use super::wide;
use crate::image::Image;

/// A line through a square of pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// Pixels in a row and in a column of the square, an odd number up to 99.
    pub size: usize,
    /// Degrees, clockwise on the screen.
    pub degrees: f64,
    /// -1: only backwards from the middle; 0: both ways; 1: only forwards.
    pub direction: f64,
    /// By how many half reaches (`size / 4` pixels) the line lies beside the middle, -1 to 1, along x and y.
    pub shift: [f64; 2],
}

/// Replaces every pixel by the mean of the pixels on `line` about it, rounded half up.
///
/// # Algorithm
/// ```text
/// r = (size - 1) / 2    from = -r (1 - max(direction, 0))    to = r (1 + min(direction, 0))
/// t = size numbers from `from` to `to`, evenly spaced
/// points = round(r + t cos a + shift_x r / 2, r + t sin a + shift_y r / 2), half to even, cut to 0 .. size - 1
/// ```
/// and each point counts once: Albumentations 2.0.8's kernel. The sums are exact, so `cv2.filter2D` differs only
/// where the mean of an even number of pixels lies midway.
///
/// # Panics
/// If the size is none of these, or `target` has another one.
pub fn motion_blur(source: &Image, line: Line, scratch: &mut Scratch, target: &mut [u8]) {
    assert_eq!(source.bytes().len(), target.len(), "invariant: pixel for pixel");
    assert!(line.size % 2 == 1 && line.size <= super::LARGEST_BOX, "invariant: an odd size");
    let (width, height) = (source.size().width as usize, source.size().height as usize);
    let (row, reach) = (width * CHANNELS, line.size / 2);
    let Scratch { bytes, sums, more_sums, starts, points, .. } = scratch;
    line.fill_points(points);
    bytes.reset(width, reach, line.size);
    sums.resize(row, 0);
    more_sums.clear();
    more_sums.resize(points.len(), 1);
    let mean = (points.len() > 1).then(|| Mean::of(points.len()));
    let mut made = 0;
    for (y, target) in target.chunks_exact_mut(row).enumerate() {
        // Line i shows the row i - reach of the picture.
        while made < y + line.size {
            bytes.inner_mut(made).copy_from_slice(source.row(mirror(made as isize - reach as isize, height) as u32));
            bytes.fill_margins(made, mirror);
            made += 1;
        }
        starts.clear();
        starts.extend(points.iter().map(|[down, across]| bytes.start(y + down) + across * CHANNELS));
        match mean {
            None => target.copy_from_slice(&bytes.numbers()[starts[0]..][..row]),
            Some(mean) => {
                wide::weigh_bytes(bytes.numbers(), starts, more_sums, sums);
                wide::means(sums, mean, target);
            }
        }
    }
}

impl Line {
    /// The pixels on it, each as row and column, in order.
    fn fill_points(self, points: &mut Vec<[usize; 2]>) {
        let reach = (self.size / 2) as f64;
        let radians = self.degrees * (std::f64::consts::PI / 180.0);
        let (dx, dy) = (libm::cos(radians), libm::sin(radians));
        let (from, to) = (-reach * (1.0 - self.direction.max(0.0)), reach * (1.0 + self.direction.min(0.0)));
        let step = if self.size > 1 { (to - from) / (self.size - 1) as f64 } else { 0.0 };
        let place = |at: f64| libm::rint(at).clamp(0.0, (self.size - 1) as f64) as usize;
        points.clear();
        points.extend((0..self.size).map(|i| {
            let t = from + i as f64 * step;
            let [x, y] = self.shift.map(|shift| shift * reach / 2.0);
            [place(reach + dy * t + y), place(reach + dx * t + x)]
        }));
        points.sort_unstable();
        points.dedup();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Size;

    fn points(line: Line) -> Vec<[usize; 2]> {
        let mut points = Vec::new();
        line.fill_points(&mut points);
        points
    }

    #[test]
    fn lines_have_their_angle_direction_and_place() {
        let line = Line { size: 5, degrees: 0.0, direction: 0.0, shift: [0.0; 2] };
        assert_eq!(points(line), [[2, 0], [2, 1], [2, 2], [2, 3], [2, 4]]);
        assert_eq!(points(Line { degrees: 90.0, ..line }), [[0, 2], [1, 2], [2, 2], [3, 2], [4, 2]]);
        assert_eq!(points(Line { direction: 1.0, ..line }), [[2, 2], [2, 3], [2, 4]]);
        assert_eq!(points(Line { direction: -1.0, ..line }), [[2, 0], [2, 1], [2, 2]]);
        assert_eq!(points(Line { shift: [0.0, -1.0], ..line })[0], [1, 0]);
        assert_eq!(points(Line { size: 1, ..line }), [[0, 0]]);
    }

    #[test]
    fn a_blur_is_the_mean_along_its_line() {
        let image = Image::from_bytes(Size::new(4, 1), [10u8, 20, 60, 0].iter().flat_map(|v| [*v; 3]).collect());
        let mut made = vec![0; 12];
        let line = Line { size: 3, degrees: 0.0, direction: 0.0, shift: [0.0; 2] };
        motion_blur(&image, line, &mut Scratch::default(), &mut made);
        let gray: Vec<u8> = made.chunks_exact(3).map(|pixel| pixel[0]).collect();
        assert_eq!(gray, [17, 30, 27, 40]);
        // One point alone moves the picture.
        let line = Line { size: 3, degrees: 0.0, direction: 0.0, shift: [0.0; 2] };
        let mut still = vec![0; 12];
        motion_blur(&image, Line { size: 1, ..line }, &mut Scratch::default(), &mut still);
        assert_eq!(still, image.bytes());
    }
}

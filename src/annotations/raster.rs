//! Which pixels a shape covers: run lengths say it, and polygons by the rule of COCO's own tools.

use super::Outline;
use crate::image::Size;
use std::ops::Range;

/// A polygon may reach so many sides of the picture beyond it; further, its outline is not worth the walk.
const FARTHEST: f64 = 2.0;

/// Polygons are walked along at so many points a pixel.
const FINE: f64 = 5.0;

impl Outline {
    /// Whether it can be drawn in a picture of `size`.
    ///
    /// # Errors
    /// With what is wrong.
    pub fn fits(&self, size: Size) -> Result<(), String> {
        match self {
            Self::None => Err("has no `segmentation` (an object of a mask needs one)".into()),
            Self::Runs { size: said, .. } if *said != size => Err(format!("`segmentation` is {said}, and the picture {size}")),
            Self::Runs { .. } => Ok(()),
            Self::Polygons(parts) => {
                let beyond = |at: f64, side: u32| at.abs() > (1.0 + FARTHEST) * f64::from(side);
                match parts.iter().flatten().find(|[x, y]| beyond(*x, size.width) || beyond(*y, size.height)) {
                    Some([x, y]) => Err(format!("`segmentation` reaches to {x}, {y}, far beyond the {size} picture")),
                    None => Ok(()),
                }
            }
        }
    }

    /// Calls `cover` with the runs of pixels that it covers in a picture of `size`, which it fits: ranges of
    /// `x * height + y`, column after column. Of several polygons, runs may be told twice.
    pub fn cover(&self, size: Size, mut cover: impl FnMut(Range<usize>)) {
        match self {
            Self::None => {}
            Self::Runs { counts, .. } => {
                let mut from = 0;
                for (turn, count) in counts.iter().enumerate() {
                    let to = from + *count as usize;
                    if turn % 2 == 1 {
                        cover(from..to);
                    }
                    from = to;
                }
            }
            Self::Polygons(parts) => {
                for part in parts {
                    let mut turns = turns(part, size);
                    turns.sort_unstable();
                    // One that never closes goes on to the end, which those at the border do.
                    turns.push(size.pixels() as usize);
                    turns.chunks_exact(2).for_each(|pair| cover(pair[0]..pair[1]));
                }
            }
        }
    }
}

/// Where a polygon begins and ends, going down column after column: `rleFrPoly` of cocoapi's `maskApi.c`. Its outline is walked
/// along at five points a pixel, and every step across the middle of a column is such a turn, rounded up.
fn turns(polygon: &[[f64; 2]], size: Size) -> Vec<usize> {
    let (width, height) = (f64::from(size.width), f64::from(size.height));
    // As C's conversion does, towards 0.
    let fine = |at: f64| (FINE * at + 0.5) as i64;
    let corners: Vec<[i64; 2]> = polygon.iter().map(|point| point.map(fine)).collect();
    let mut turns = Vec::new();
    let mut last: Option<[i64; 2]> = None;
    for (n, from) in corners.iter().enumerate() {
        walk(*from, corners[(n + 1) % corners.len()], |at| {
            if let Some(last) = last.filter(|last| last[0] != at[0]) {
                let column = if at[0] < last[0] { at[0] } else { at[0] - 1 };
                let x = (column as f64 + 0.5) / FINE - 0.5;
                if x.fract() == 0.0 && x >= 0.0 && x <= width - 1.0 {
                    let y = (at[1].min(last[1]) as f64 + 0.5) / FINE - 0.5;
                    turns.push(x as usize * size.height as usize + y.clamp(0.0, height).ceil() as usize);
                }
            }
            last = Some(at);
        });
    }
    turns
}

/// Calls `visit` with the points of a line, both ends included.
fn walk(from: [i64; 2], to: [i64; 2], mut visit: impl FnMut([i64; 2])) {
    let across = usize::from((to[0] - from[0]).abs() < (to[1] - from[1]).abs());
    let other = 1 - across;
    let turned = from[across] > to[across];
    let (low, high) = if turned { (to, from) } else { (from, to) };
    let length = high[across] - low[across];
    let slope = if length == 0 { 0.0 } else { (high[other] - low[other]) as f64 / length as f64 };
    for step in 0..=length {
        let step = if turned { length - step } else { step };
        let mut at = [0; 2];
        at[across] = low[across] + step;
        at[other] = (low[other] as f64 + slope * step as f64 + 0.5) as i64;
        visit(at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covered(outline: &Outline, size: Size) -> String {
        let mut pixels = vec!['.'; size.pixels() as usize];
        outline.cover(size, |run| pixels[run].fill('x'));
        let row = |y| (0..size.width as usize).map(|x| pixels[x * size.height as usize + y]).collect::<String>();
        (0..size.height as usize).map(row).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn runs_go_down_the_columns() {
        let size = Size::new(3, 2);
        assert_eq!(covered(&Outline::Runs { size, counts: vec![1, 3, 2] }, size), ".x. xx.");
    }

    #[test]
    fn a_rectangle_covers_its_pixels_and_what_is_outside_nothing() {
        let size = Size::new(4, 3);
        let rectangle =
            |left, top, right, bottom| Outline::Polygons(vec![vec![[left, top], [right, top], [right, bottom], [left, bottom]]]);
        assert_eq!(covered(&rectangle(1.0, 1.0, 3.0, 3.0), size), ".... .xx. .xx.");
        assert_eq!(covered(&rectangle(2.0, -1.0, 8.0, 9.0), size), "..xx ..xx ..xx");
        assert_eq!(covered(&rectangle(-3.0, 0.0, -1.0, 3.0), size), ".... .... ....");
        assert!(rectangle(0.0, 0.0, 13.0, 1.0).fits(size).unwrap_err().contains("far beyond"));
        assert!(Outline::None.fits(size).is_err() && rectangle(-8.0, 0.0, 11.0, 1.0).fits(size).is_ok());
    }
}

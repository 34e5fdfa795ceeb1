//! Fog: soft white discs, many of them.

use super::{Scratch, blended, table};
use crate::image::Image;
use crate::kernels::paint::{disc, soften};

/// A disc of fog, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Particle {
    /// Its centre, which may lie outside.
    pub x: i64,
    /// See `x`.
    pub y: i64,
    /// Its radius.
    pub radius: u32,
}

/// Fills `target` with `source` in fog: each particle mixes `part` (0 to 1) of white into what it covers, each time
/// rounded, and the whole is blurred by a thirtieth of the shorter side.
///
/// # Algorithm
/// Since all particles do the same, a pixel needs only the number of those that cover it: the row sums of where
/// particles begin and end. `cv2.circle`, `cv2.addWeighted` and `cv2.GaussianBlur`, as Albumentations' `add_fog`.
pub fn fog(source: &Image, particles: impl Iterator<Item = Particle>, part: f32, scratch: &mut Scratch, target: &mut [u8]) {
    let size = source.size();
    let width = size.width as usize;
    // Begins and ends of rows, with a place behind the last pixel.
    let steps = &mut scratch.steps;
    steps.clear();
    steps.resize((width + 1) * size.height as usize, 0);
    let mut made = u32::MAX;
    for particle in particles {
        if particle.radius != made {
            made = particle.radius;
            disc::halves(made, &mut scratch.halves);
        }
        disc::rows((particle.x, particle.y), &scratch.halves, (size.width, size.height), |y, from, to| {
            steps[y * (width + 1) + from] += 1;
            steps[y * (width + 1) + to] -= 1;
        });
    }
    let once = table(|level| blended(255, level, part));
    let tables = &mut scratch.tables;
    tables.clear();
    tables.push(table(|level| level));
    for (y, row) in target.chunks_exact_mut(width * 3).enumerate() {
        let mut count = 0usize;
        let from = source.row(y as u32).chunks_exact(3).zip(&steps[y * (width + 1)..]);
        for (to, (from, step)) in row.chunks_exact_mut(3).zip(from) {
            count = count.wrapping_add_signed(*step as isize);
            let table = times(count, &once, tables);
            let table = &tables[table];
            for c in 0..3 {
                to[c] = table[from[c] as usize];
            }
        }
    }
    let taps = (size.width.min(size.height) as usize / 30).max(3) | 1;
    soften::gaussian(target, size, (taps, 0.0), &mut scratch.soften);
}

/// The index of the table for `count` particles; tables that change nothing more are not made.
fn times(count: usize, once: &[u8; 256], tables: &mut Vec<[u8; 256]>) -> usize {
    while tables.len() <= count {
        let last = tables[tables.len() - 1];
        let next = last.map(|level| once[level as usize]);
        if next == last {
            return tables.len() - 1;
        }
        tables.push(next);
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Size;

    fn made(source: &Image, particles: &[Particle], part: f32) -> Vec<u8> {
        let mut target = vec![0; source.bytes().len()];
        fog(source, particles.iter().copied(), part, &mut Scratch::default(), &mut target);
        target
    }

    #[test]
    fn what_is_covered_gets_whiter() {
        let black = Image::new(Size::new(5, 5));
        let all = Particle { x: 2, y: 2, radius: 9 };
        assert_eq!(made(&black, &[all], 0.4), [102; 75]);
        assert_eq!(made(&black, &[all, all], 0.4), [163; 75]);
        assert_eq!(made(&black, &[Particle { x: 40, ..all }], 0.4), [0; 75]);
    }

    #[test]
    fn many_particles_end_at_the_last_table() {
        let black = Image::new(Size::new(3, 3));
        let many = vec![Particle { x: 1, y: 1, radius: 4 }; 5000];
        assert_eq!(made(&black, &many, 0.5), [254; 27], "254.5 is rounded to even");
        assert_eq!(made(&black, &many, 0.0), [0; 27]);
    }
}

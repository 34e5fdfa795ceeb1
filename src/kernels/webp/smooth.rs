//! What VP8 smooths at the edges of blocks after all are made: RFC 6386, section 15, the normal filter.

use super::planes::{Plane, Planes};

/// Of a macroblock: how strongly its edges are smoothed (0 to 63), and whether those inside are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edges {
    pub(super) strength: i32,
    pub(super) inside: bool,
}

/// Smooths all macroblocks, rows of `columns`.
#[inline(always)]
pub(super) fn smooth(planes: &mut Planes, columns: usize, macroblocks: impl Iterator<Item = Edges>) {
    for (i, edges) in macroblocks.enumerate() {
        let (column, row) = (i % columns, i / columns);
        if edges.strength > 0 {
            smooth_block::<16>(&mut planes.luma, column, row, edges);
            smooth_block::<8>(&mut planes.blue, column, row, edges);
            smooth_block::<8>(&mut planes.red, column, row, edges);
        }
    }
}

/// The four kinds of edges in their order: left, the upright ones inside, above, the level ones inside.
#[inline(always)]
fn smooth_block<const N: usize>(plane: &mut Plane, column: usize, row: usize, edges: Edges) {
    let (at, stride) = (plane.at(N * column, N * row), plane.stride);
    let limits = Limits::new(edges.strength);
    if column > 0 {
        smooth_edge::<N, true>(&mut plane.bytes, at, (stride, 1), limits.outer());
    }
    for x in (4..N).step_by(4).filter(|_| edges.inside) {
        smooth_edge::<N, false>(&mut plane.bytes, at + x, (stride, 1), limits);
    }
    if row > 0 {
        smooth_edge::<N, true>(&mut plane.bytes, at, (1, stride), limits.outer());
    }
    for y in (4..N).step_by(4).filter(|_| edges.inside) {
        smooth_edge::<N, false>(&mut plane.bytes, at + y * stride, (1, stride), limits);
    }
}

/// Differences up to which there is an edge to be smoothed, and beyond which it is a rough one.
#[derive(Clone, Copy)]
struct Limits {
    across: i16,
    beside: i16,
    rough: i16,
}

impl Limits {
    fn new(strength: i32) -> Self {
        let strength = strength as i16;
        let rough = if strength >= 40 { 2 } else { i16::from(strength >= 15) };
        Self { across: 2 * (3 * strength) + 1, beside: strength, rough }
    }

    /// For the edges of macroblocks.
    fn outer(self) -> Self {
        Self { across: self.across + 8, ..self }
    }
}

/// Smooths `N` places along an edge at `at`: `along` from one to the next, `over` from one side to the other.
///
/// All places are made at once, without a branch for a single one.
#[inline(always)]
fn smooth_edge<const N: usize, const OUTER: bool>(bytes: &mut [u8], at: usize, (along, over): (usize, usize), limits: Limits) {
    let begin = at - 4 * over;
    // Four levels on either side, signed from here on as the RFC has them.
    let mut p = [[0i16; N]; 8];
    for (k, levels) in p.iter_mut().enumerate() {
        for (i, level) in levels.iter_mut().enumerate() {
            *level = i16::from(bytes[begin + k * over + i * along]) - 128;
        }
    }
    let mut made = [[0u8; N]; 6];
    for i in 0..N {
        let levels = std::array::from_fn(|k| p[k][i]);
        let smoothed = if OUTER { smoothed_outer(levels, limits) } else { smoothed_inner(levels, limits) };
        for k in 0..6 {
            made[k][i] = (smoothed[k] + 128) as u8;
        }
    }
    for (k, levels) in made.iter().enumerate() {
        for (i, level) in levels.iter().enumerate() {
            bytes[begin + (k + 1) * over + i * along] = *level;
        }
    }
}

/// A level held within 8 bits.
#[inline(always)]
fn held(level: i16) -> i16 {
    level.clamp(-128, 127)
}

/// Whether an edge is there and not a line of the picture, and whether it is rough: all ones or nothing.
#[inline(always)]
fn kind(p: [i16; 8], limits: Limits) -> (i16, i16) {
    let off = |a: usize, b: usize| (p[a] - p[b]).abs();
    let beside = off(0, 1).max(off(1, 2)).max(off(2, 3)).max(off(4, 5)).max(off(5, 6)).max(off(6, 7));
    let there = 4 * off(3, 4) + off(2, 5) <= limits.across && beside <= limits.beside;
    let rough = off(2, 3).max(off(4, 5)) > limits.rough;
    (-i16::from(there), -i16::from(rough))
}

/// Levels 1 to 6 after an edge inside a macroblock was smoothed.
#[inline(always)]
fn smoothed_inner(p: [i16; 8], limits: Limits) -> [i16; 6] {
    let (there, rough) = kind(p, limits);
    let base = held(3 * (p[4] - p[3]) + (held(p[2] - p[5]) & rough)) & there;
    let (right, left) = (held(base + 4) >> 3, held(base + 3) >> 3);
    let beyond = ((right + 1) >> 1) & !rough & there;
    [p[1], held(p[2] + beyond), held(p[3] + left), held(p[4] - right), held(p[5] - beyond), p[6]]
}

/// Levels 1 to 6 after an edge between macroblocks was smoothed.
#[inline(always)]
fn smoothed_outer(p: [i16; 8], limits: Limits) -> [i16; 6] {
    let (there, rough) = kind(p, limits);
    let base = held(3 * (p[4] - p[3]) + held(p[2] - p[5])) & there;
    let (right, left) = (held((base & rough) + 4) >> 3, held((base & rough) + 3) >> 3);
    let soft = base & !rough;
    let part = |weight: i16| (weight * soft + 63) >> 7;
    let (near, next, far) = (part(27), part(18), part(9));
    [
        held(p[1] + far),
        held(p[2] + next),
        held(p[3] + near + left),
        held(p[4] - near - right),
        held(p[5] - next),
        held(p[6] - far),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(levels: [u8; 8], strength: i32, outer: bool) -> [u8; 8] {
        // The same in sixteen rows, an edge in the middle of each.
        let mut bytes = levels.repeat(16);
        let limits = Limits::new(strength);
        if outer {
            smooth_edge::<16, true>(&mut bytes, 4, (8, 1), limits.outer());
        } else {
            smooth_edge::<16, false>(&mut bytes, 4, (8, 1), limits);
        }
        assert!(bytes.as_chunks::<8>().0.iter().all(|row| *row == bytes[..8]));
        bytes.as_chunks().0[0]
    }

    #[test]
    fn a_small_step_becomes_a_slope() {
        assert_eq!(row([100, 100, 100, 100, 108, 108, 108, 108], 20, false), [100, 100, 102, 103, 105, 106, 108, 108]);
        assert_eq!(row([100, 100, 100, 100, 108, 108, 108, 108], 20, true), [100, 101, 102, 103, 105, 106, 107, 108]);
    }

    #[test]
    fn lines_of_the_picture_stay() {
        let step = [100, 100, 100, 100, 200, 200, 200, 200];
        assert_eq!(row(step, 20, false), step);
        let steep = [10, 40, 70, 100, 100, 70, 40, 10];
        assert_eq!(row(steep, 20, true), steep);
    }
}

//! RGB to luma and halved chroma, and back, in libjpeg's whole numbers.

use super::Planes;
use crate::kernels::color::libjpeg::{from_ycc, to_ycc};

/// Rows of a picture whose chroma is at hand, one level a pixel.
#[derive(Clone, Debug, Default)]
pub(super) struct Rows {
    blue: [Vec<u8>; 2],
    red: [Vec<u8>; 2],
}

/// Fills the planes, whose sides are whole blocks; what lies outside the picture repeats its edge.
#[inline(always)]
pub(super) fn split(source: &[u8], (width, height): (usize, usize), rows: &mut Rows, planes: &mut Planes) {
    let stride = planes.luma_stride;
    for half in rows.blue.iter_mut().chain(&mut rows.red) {
        half.resize(stride, 0);
    }
    for y in 0..planes.luma.len() / stride {
        let luma = &mut planes.luma[y * stride..][..stride];
        let from = &source[y.min(height - 1) * width * 3..][..width * 3];
        let (blue, red) = (&mut rows.blue[y % 2], &mut rows.red[y % 2]);
        to_ycc(from, [&mut luma[..width], &mut blue[..width], &mut red[..width]]);
        for row in [luma, blue, red] {
            let last = row[width - 1];
            row[width..].fill(last);
        }
        if y % 2 == 1 {
            let at = y / 2 * (stride / 2);
            // Below the picture the last row of the halved planes is repeated, not the halved last row.
            if y / 2 > (height - 1) / 2 {
                planes.blue.copy_within(at - stride / 2..at, at);
                planes.red.copy_within(at - stride / 2..at, at);
                continue;
            }
            halve(&rows.blue, &mut planes.blue[at..][..stride / 2]);
            halve(&rows.red, &mut planes.red[at..][..stride / 2]);
        }
    }
}

/// Means of 2x2, the half rounded down and up in turn.
#[inline(always)]
fn halve([above, below]: &[Vec<u8>; 2], to: &mut [u8]) {
    // Two levels by one look are what the compiler makes the best vectors of.
    let sum = |pair: &[u8; 2]| {
        let pair = u16::from_le_bytes(*pair);
        (pair & 0xff) + (pair >> 8)
    };
    let pairs = above.as_chunks().0.iter().zip(below.as_chunks().0);
    for (i, (to, (above, below))) in to.iter_mut().zip(pairs).enumerate() {
        *to = ((sum(above) + sum(below) + 1 + (i as u16 & 1)) >> 2) as u8;
    }
}

/// Makes the picture again: chroma doubled by a triangle, as libjpeg's "fancy upsampling".
#[inline(always)]
pub(super) fn join(planes: &Planes, rows: &mut Rows, (width, height): (usize, usize), target: &mut [u8]) {
    let stride = planes.luma_stride / 2;
    let (across, down) = (width.div_ceil(2), height.div_ceil(2));
    for (y, to) in target.chunks_exact_mut(width * 3).enumerate() {
        let near = y / 2;
        let far = if y % 2 == 0 { near.saturating_sub(1) } else { (near + 1).min(down - 1) };
        let (near, far) = (near * stride, far * stride);
        for (plane, to) in [(&planes.blue, &mut rows.blue[0]), (&planes.red, &mut rows.red[0])] {
            double(&plane[near..][..across], &plane[far..][..across], to);
        }
        let luma = &planes.luma[y * planes.luma_stride..][..width];
        from_ycc([luma, &rows.blue[0][..width], &rows.red[0][..width]], to);
    }
}

/// A row of doubled chroma from the two nearest rows: 9, 3, 3 and 1 sixteenths.
#[inline(always)]
fn double(near: &[u8], far: &[u8], to: &mut [u8]) {
    let last = near.len() - 1;
    // libjpeg smooths no row of fewer than three.
    if last < 2 {
        for (pair, level) in to.chunks_exact_mut(2).zip(near) {
            pair.fill(*level);
        }
        return;
    }
    let sum = |x: usize| 3 * u16::from(near[x]) + u16::from(far[x]);
    to[0] = ((4 * sum(0) + 8) >> 4) as u8;
    to[2 * last + 1] = ((4 * sum(last) + 7) >> 4) as u8;
    let (near, far) = (near.windows(2), far.windows(2));
    for (to, (near, far)) in to[1..=2 * last].chunks_exact_mut(2).zip(near.zip(far)) {
        let left = 3 * u16::from(near[0]) + u16::from(far[0]);
        let right = 3 * u16::from(near[1]) + u16::from(far[1]);
        to[0] = ((3 * left + right + 7) >> 4) as u8;
        to[1] = ((3 * right + left + 8) >> 4) as u8;
    }
}

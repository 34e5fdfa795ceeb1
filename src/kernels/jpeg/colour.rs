//! RGB to luma and halved chroma, and back, in libjpeg's whole numbers.

use super::Planes;

/// A constant with 16 bits behind the point.
const fn fixed(value: f64) -> i32 {
    (value * 65536.0 + 0.5) as i32
}

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
        split_row(from, &mut luma[..width], &mut blue[..width], &mut red[..width]);
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

/// Pixels that are taken apart at once.
const TURN: usize = 32;

#[inline(always)]
fn split_row(from: &[u8], luma: &mut [u8], blue: &mut [u8], red: &mut [u8]) {
    for (i, pixels) in from.chunks(3 * TURN).enumerate() {
        let (mut r, mut g, mut b) = ([0i32; TURN], [0i32; TURN], [0i32; TURN]);
        for (k, pixel) in pixels.chunks_exact(3).enumerate() {
            (r[k], g[k], b[k]) = (i32::from(pixel[0]), i32::from(pixel[1]), i32::from(pixel[2]));
        }
        let (mut y, mut u, mut v) = ([0u8; TURN], [0u8; TURN], [0u8; TURN]);
        // 128 levels, and not quite a half, so that white has no more than 255.
        let middle = (128 << 16) + (1 << 15) - 1;
        for k in 0..TURN {
            y[k] = ((r[k] * fixed(0.299) + g[k] * fixed(0.587) + b[k] * fixed(0.114) + (1 << 15)) >> 16) as u8;
            u[k] = ((b[k] * fixed(0.5) - r[k] * fixed(0.168_74) - g[k] * fixed(0.331_26) + middle) >> 16) as u8;
            v[k] = ((r[k] * fixed(0.5) - g[k] * fixed(0.418_69) - b[k] * fixed(0.081_31) + middle) >> 16) as u8;
        }
        let count = pixels.len() / 3;
        luma[i * TURN..][..count].copy_from_slice(&y[..count]);
        blue[i * TURN..][..count].copy_from_slice(&u[..count]);
        red[i * TURN..][..count].copy_from_slice(&v[..count]);
    }
}

/// Means of 2x2, the half rounded down and up in turn.
#[inline(always)]
fn halve(rows: &[Vec<u8>; 2], to: &mut [u8]) {
    let pairs = rows[0].chunks_exact(4).zip(rows[1].chunks_exact(4));
    for (to, (above, below)) in to.chunks_exact_mut(2).zip(pairs) {
        let sum = |i: usize| u16::from(above[i]) + u16::from(above[i + 1]) + u16::from(below[i]) + u16::from(below[i + 1]);
        to[0] = ((sum(0) + 1) >> 2) as u8;
        to[1] = ((sum(2) + 2) >> 2) as u8;
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
        join_row(luma, &rows.blue[0][..width], &rows.red[0][..width], to);
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

#[inline(always)]
fn join_row(luma: &[u8], blue: &[u8], red: &[u8], to: &mut [u8]) {
    for (i, to) in to.chunks_mut(3 * TURN).enumerate() {
        let count = to.len() / 3;
        let (mut y, mut u, mut v) = ([0u8; TURN], [0u8; TURN], [0u8; TURN]);
        y[..count].copy_from_slice(&luma[i * TURN..][..count]);
        u[..count].copy_from_slice(&blue[i * TURN..][..count]);
        v[..count].copy_from_slice(&red[i * TURN..][..count]);
        let (mut r, mut g, mut b) = ([0u8; TURN], [0u8; TURN], [0u8; TURN]);
        for k in 0..TURN {
            let (y, u, v) = (i32::from(y[k]), i32::from(u[k]) - 128, i32::from(v[k]) - 128);
            r[k] = (y + ((v * fixed(1.402) + (1 << 15)) >> 16)).clamp(0, 255) as u8;
            g[k] = (y + ((-u * fixed(0.344_14) - v * fixed(0.714_14) + (1 << 15)) >> 16)).clamp(0, 255) as u8;
            b[k] = (y + ((u * fixed(1.772) + (1 << 15)) >> 16)).clamp(0, 255) as u8;
        }
        for (k, pixel) in to.chunks_exact_mut(3).enumerate() {
            pixel.copy_from_slice(&[r[k], g[k], b[k]]);
        }
    }
}

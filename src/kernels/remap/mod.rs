//! Reads a picture at a coordinate of its own for every output pixel.

#[cfg(target_arch = "x86_64")]
mod bilinear_avx2;
#[cfg(target_arch = "x86_64")]
mod bilinear_avx512;
pub(super) mod places;

use super::field::{self, Field};
use super::warp::{bicubic, bilinear, blended, fixed::Position, pixel};
use crate::image::{Size, Window};
use crate::units::{Border, FillMode, Interpolation};
use places::Rim;

/// What remapping keeps between pictures.
#[derive(Debug, Default)]
pub struct Scratch {
    field: field::Scratch,
    row: Row,
    /// A row of another field.
    other: Vec<u8>,
}

/// Where the pixels of a row are read.
#[derive(Debug, Default)]
struct Row {
    coordinates: [Vec<f64>; 2],
    positions: [Vec<Position>; 2],
    rims: Vec<Rim>,
}

/// Fills `target` (`size`, three bytes a pixel) with what `field` reads from `source`.
///
/// # Algorithm
/// ```text
/// s = field(x, y)            rounded to 1/2^15 pixel
/// nearest, bilinear, bicubic as [`super::warp::warp`] reads at s, and with its borders
/// ```
///
/// # Panics
/// If `target` is not `size` in bytes.
pub fn remap(
    source: Window<'_>,
    field: &Field,
    resampling: (Interpolation, Border),
    size: Size,
    scratch: &mut Scratch,
    target: &mut [u8],
) {
    assert_eq!(target.len() as u64, size.bytes(), "invariant: three bytes a pixel");
    let Scratch { field: prepared, row, .. } = scratch;
    if target.is_empty() {
        return;
    }
    field.prepare(size, prepared);
    for (y, target) in target.chunks_exact_mut(size.width as usize * 3).enumerate() {
        row.show(source, field, prepared, (y as u32, resampling), target);
    }
}

/// Fills `target` (the source's size) with red from where `red` and blue from where `blue` reads it, and the green
/// of `source`.
///
/// # Panics
/// If `target` is not the source's size in bytes.
pub fn remap_red_and_blue(
    source: Window<'_>,
    (red, blue): (&Field, &Field),
    resampling: (Interpolation, Border),
    scratch: &mut Scratch,
    target: &mut [u8],
) {
    let size = source.size();
    remap(source, red, resampling, size, scratch, target);
    let Scratch { field: prepared, row, other: shown } = scratch;
    if target.is_empty() {
        return;
    }
    blue.prepare(size, prepared);
    shown.resize(size.width as usize * 3, 0);
    for (y, target) in target.chunks_exact_mut(shown.len()).enumerate() {
        row.show(source, blue, prepared, (y as u32, resampling), shown);
        let pixels = target.chunks_exact_mut(3).zip(shown.chunks_exact(3).zip(source.row(y as u32).chunks_exact(3)));
        for (target, (shown, source)) in pixels {
            target[1] = source[1];
            target[2] = shown[2];
        }
    }
}

impl Row {
    /// Fills `target` with output row `y` of `field`.
    fn show(
        &mut self,
        source: Window<'_>,
        field: &Field,
        prepared: &field::Scratch,
        (y, (interpolation, border)): (u32, (Interpolation, Border)),
        target: &mut [u8],
    ) {
        let width = target.len() / 3;
        self.coordinates.iter_mut().for_each(|c| c.resize(width, 0.0));
        self.positions.iter_mut().for_each(|p| p.resize(width, Position(0)));
        let [xs, ys] = &mut self.coordinates;
        field.row(y, prepared, xs, ys);
        self.place(source.size(), border.fill_mode == FillMode::Nearest && interpolation != Interpolation::Bicubic);
        let [xs, ys] = &mut self.positions;
        match interpolation {
            Interpolation::Nearest => nearest_row(source, border, (xs, ys), target),
            Interpolation::Bicubic => bicubic_row(source, border, (xs, ys), target),
            Interpolation::Bilinear | Interpolation::Area | Interpolation::Lanczos3 => {
                places::fold(source, border, xs, ys, &mut self.rims);
                reader(source)(source, (xs, ys), target);
                draw_rims(source, border, &self.rims, target);
            }
        }
    }

    /// From coordinates to positions, held inside a picture of `size` or not.
    fn place(&mut self, size: Size, within: bool) {
        for (i, side) in [size.width, size.height].into_iter().enumerate() {
            let (coordinates, positions) = (&self.coordinates[i], &mut self.positions[i]);
            if within {
                places::positions_within(coordinates, side, positions);
            } else {
                places::positions(coordinates, positions);
            }
        }
    }
}

/// Fills a row with the pixels at positions whose four neighbours may be read.
type Reader = fn(Window<'_>, (&[Position], &[Position]), &mut [u8]);

/// The fastest way to read that this machine has; all give the same bytes.
fn reader(source: Window<'_>) -> Reader {
    #[cfg(target_arch = "x86_64")]
    if super::cpu::avx2() && super::warp::bilinear_avx2::fits(source) {
        return if super::cpu::avx512_gathers() { bilinear_avx512::read } else { bilinear_avx2::read };
    }
    read
}

/// Bytes from a row to the one that its lower neighbours lie in: itself, if there is no other.
fn down(source: Window<'_>) -> usize {
    if source.size().height == 1 { 0 } else { source.stride() }
}

/// Fills `out` with the pixels at `places`: the definition of bilinear reading.
fn read(source: Window<'_>, (xs, ys): (&[Position], &[Position]), out: &mut [u8]) {
    let down = down(source);
    let places = xs.iter().zip(ys);
    for (out, (x, y)) in out.chunks_exact_mut(3).zip(places) {
        let upper = &source.padded()[y.whole() * source.stride() + x.whole() * 3..];
        let lower = &upper[down..];
        for (c, out) in out.iter_mut().enumerate() {
            *out = bilinear::level((upper[c], upper[c + 3]), (lower[c], lower[c + 3]), x.beyond(), y.beyond());
        }
    }
}

/// Fills the pixels of a row that no position inside the picture stands for.
fn draw_rims(source: Window<'_>, border: Border, rims: &[Rim], row: &mut [u8]) {
    for rim in rims {
        let outside = places::is_outside(source, border, rim.at);
        let levels = if outside { border.fill_value } else { blended(source, border, rim.at) };
        row[rim.n * 3..][..3].copy_from_slice(&levels);
    }
}

fn nearest_row(source: Window<'_>, border: Border, (xs, ys): (&[Position], &[Position]), row: &mut [u8]) {
    let Size { width, height } = source.size();
    for (out, (x, y)) in row.chunks_exact_mut(3).zip(xs.iter().zip(ys)) {
        let (x, y) = (x.nearest(), y.nearest());
        if (0..i64::from(width)).contains(&x) && (0..i64::from(height)).contains(&y) {
            let from = y as usize * source.stride() + x as usize * 3;
            out.copy_from_slice(&source.padded()[from..from + 3]);
        } else {
            out.copy_from_slice(&pixel(source, border, x, y));
        }
    }
}

fn bicubic_row(source: Window<'_>, border: Border, (xs, ys): (&[Position], &[Position]), row: &mut [u8]) {
    let Size { width, height } = source.size();
    let (across, down) = (bicubic::surrounded(width), bicubic::surrounded(height));
    for (out, (x, y)) in row.chunks_exact_mut(3).zip(xs.iter().zip(ys)) {
        let inside = |p: &Position, (first, last)| (first..=last).contains(&p.quantum());
        if inside(x, across) && inside(y, down) {
            bicubic::inside_at(source, *x, *y, out);
        } else {
            bicubic::anywhere(source, border, (*x, *y), out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Image;
    use crate::kernels::field::{Projective, Radial};
    use crate::kernels::matrix::Matrix;
    use crate::kernels::warp::{self, warp};
    use crate::rng::Rng;

    const MODES: [FillMode; 5] = [FillMode::Constant, FillMode::Nearest, FillMode::Reflect, FillMode::Mirror, FillMode::Wrap];
    const INTERPOLATIONS: [Interpolation; 3] = [Interpolation::Nearest, Interpolation::Bilinear, Interpolation::Bicubic];

    fn noise(size: Size, rng: &mut Rng) -> Image {
        let level = |bits: u64| [0, 255, (bits >> 8) as u8, (bits >> 16) as u8][bits as usize % 4];
        Image::from_bytes(size, (0..size.bytes()).map(|_| level(rng.bits())).collect())
    }

    fn affine(map: &Matrix) -> Field {
        let [a, b, c, d, e, f] = map.0;
        Field::Projective(Projective([a, b, c, d, e, f, 0.0, 0.0, 1.0]))
    }

    fn remapped(source: Window<'_>, field: &Field, resampling: (Interpolation, Border), size: Size) -> Vec<u8> {
        let mut target = vec![0; size.bytes() as usize];
        remap(source, field, resampling, size, &mut Scratch::default(), &mut target);
        target
    }

    fn every_case(mut check: impl FnMut(Window<'_>, Border, &mut Rng)) {
        let mut rng = crate::rng::Key::new(5).rng();
        for (w, h) in [(1, 1), (1, 9), (9, 1), (2, 2), (3, 7), (31, 17), (64, 33)] {
            let source = noise(Size::new(w, h), &mut rng);
            for fill_mode in MODES {
                let border = Border { fill_mode, fill_value: [9, 200, 255] };
                check(source.window(), border, &mut rng);
                if w > 4 && h > 4 {
                    check(source.window().part(1, 2, Size::new(w - 3, h - 4)), border, &mut rng);
                }
            }
        }
    }

    #[test]
    fn an_affine_field_is_a_warp() {
        every_case(|source, border, rng| {
            let mut any = |reach: f64| rng.uniform(-reach, reach);
            let random = Matrix([any(2.0), any(2.0), any(40.0), any(2.0), any(2.0), any(40.0)]);
            for map in [Matrix::IDENTITY, Matrix::translation(-3.0, 2.0), Matrix::translation(70.5, -0.25), random] {
                for interpolation in INTERPOLATIONS {
                    let (size, resampling) = (Size::new(41, 13), (interpolation, border));
                    let made = remapped(source, &affine(&map), resampling, size);
                    let mut expected = vec![0; made.len()];
                    warp(source, &map, resampling, size, &mut warp::Scratch::default(), &mut expected);
                    // A coordinate between two pixels or two steps may be rounded to the other.
                    let far = made.iter().zip(&expected).filter(|(a, b)| a.abs_diff(**b) > 2).count();
                    assert!(far <= made.len() / 200, "{far} of {}: {map:?} {interpolation:?} {border:?}", made.len());
                }
            }
        });
    }

    #[test]
    fn every_way_to_read_gives_the_same_bytes() {
        every_case(|source, border, rng| {
            let Size { width, height } = source.size();
            for reach in [1.0, 1.3, 9.0] {
                let mut any = |side: u32| {
                    let c = f64::from(side) * rng.uniform(0.5 - 0.5 * reach, 0.5 + 0.5 * reach);
                    if rng.chance(0.2) { c.floor() } else { c }
                };
                let coordinates = [(0..61).map(|_| any(width)).collect(), (0..61).map(|_| any(height)).collect()];
                let positions = [vec![Position(0); 61], vec![Position(0); 61]];
                let mut row = Row { coordinates, positions, ..Row::default() };
                row.place(source.size(), false);
                let [xs, ys] = &mut row.positions;
                places::fold(source, border, xs, ys, &mut row.rims);
                for count in [1, 8, 15, 16, 17, 61] {
                    let (xs, ys) = (&xs[..count], &ys[..count]);
                    let mut plain = vec![0; count * 3];
                    read(source, (xs, ys), &mut plain);
                    let mut fast = vec![0; count * 3];
                    reader(source)(source, (xs, ys), &mut fast);
                    assert_eq!(plain, fast, "{border:?} {:?}", source.size());
                    #[cfg(target_arch = "x86_64")]
                    if super::super::cpu::avx2() {
                        bilinear_avx2::read(source, (xs, ys), &mut fast);
                        assert_eq!(plain, fast, "AVX2: {border:?} {:?}", source.size());
                    }
                }
            }
        });
    }

    #[test]
    fn strange_fields_are_no_panic() {
        every_case(|source, border, _| {
            for m in [f64::NAN, f64::INFINITY, -1e300, 1e12, 0.0] {
                for interpolation in INTERPOLATIONS {
                    remapped(source, &Field::Projective(Projective([m; 9])), (interpolation, border), Size::new(5, 5));
                }
            }
        });
    }

    #[test]
    fn red_and_blue_part_and_green_stays() {
        let source = noise(Size::new(40, 30), &mut crate::rng::Key::new(1).rng());
        let border = Border { fill_mode: FillMode::Nearest, fill_value: [0; 3] };
        let lens = |k| Field::Radial(Radial::camera(source.size(), k, 0.0));
        let (red, blue, resampling) = (lens(0.3), lens(-0.2), (Interpolation::Bilinear, border));
        let mut made = vec![0; source.bytes().len()];
        remap_red_and_blue(source.window(), (&red, &blue), resampling, &mut Scratch::default(), &mut made);
        let shown = |field| remapped(source.window(), field, resampling, source.size());
        let (red, blue) = (shown(&red), shown(&blue));
        for (i, level) in made.iter().enumerate() {
            assert_eq!(*level, [red[i], source.bytes()[i], blue[i]][i % 3]);
        }
    }
}

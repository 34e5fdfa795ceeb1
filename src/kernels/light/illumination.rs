//! Light that fades across the picture, from a corner, or about a point.

use super::Scratch;
use super::factors::multiply;
use crate::image::Image;
use crate::kernels::rounding::cut;
use crate::kernels::rounding::rounded;

/// Fills `target` with `source` under light that changes evenly along a direction: from the factor `1 - intensity`
/// where it begins to `1 + intensity` where it ends.
///
/// # Algorithm
/// ```text
/// g = (x cos a + y sin a - least) / (greatest - least)      x and y from 0 at the first pixel to 1 at the last;
///                                                           least and greatest of the unit square
/// level' = level (1 + intensity (2 g - 1))                  rounded to nearest
/// ```
/// The angle `degrees` turns clockwise from the right. `intensity` may be negative: light from the other side.
pub fn linear(source: &Image, intensity: f64, degrees: f64, scratch: &mut Scratch, target: &mut [u8]) {
    let size = source.size();
    let angle = degrees.to_radians();
    let (cos, sin) = (libm::cos(angle), libm::sin(angle));
    let least = cos.min(0.0) + sin.min(0.0);
    let slope = 2.0 * intensity / (cos.abs() + sin.abs());
    let along = |place: u32, side: u32| f64::from(place) / f64::from((side - 1).max(1));
    let column = |x| slope * cos * along(x, size.width);
    let row = |y| {
        let base = (1.0 - intensity + slope * (sin * along(y, size.height) - least)) as f32;
        move |column| base + column
    };
    multiply(source, column, row, rounded, &mut scratch.columns, target);
}

/// Fills `target` with `source` under light that fades away from a corner: `level (1 - intensity d / diagonal)`, cut,
/// with the distance `d` from the corner's pixel.
///
/// `right` and `low` say which corner. Under negative `intensity` it is the darkest place.
pub fn corner(source: &Image, intensity: f64, [right, low]: [bool; 2], scratch: &mut Scratch, target: &mut [u8]) {
    let size = source.size();
    let (width, height) = (f64::from(size.width), f64::from(size.height));
    let slope = (-intensity / (width * width + height * height).sqrt()) as f32;
    let square = |place: u32, side: u32, far: bool| {
        let distance = f64::from(if far { side - 1 - place } else { place });
        distance * distance
    };
    let row = |y| {
        let down = square(y, size.height, low) as f32;
        move |across: f32| 1.0 + slope * (across + down).sqrt()
    };
    multiply(source, |x| square(x, size.width, right), row, cut, &mut scratch.columns, target);
}

/// Fills `target` with `source` and a soft spot of light in it: `level (1 + intensity exp(-d^2 / (2 s^2)))`, cut.
///
/// `d` is the distance from `center`, a fraction of width and height; `s` is `sigma` times the longer side. With
/// negative `intensity` the spot is dark. The Gaussian is the product of one along x and one along y.
pub fn gaussian(source: &Image, intensity: f64, center: [f64; 2], sigma: f64, scratch: &mut Scratch, target: &mut [u8]) {
    let size = source.size();
    let spread = sigma * f64::from(size.width.max(size.height));
    let fade = |place: u32, side: u32, center: f64| {
        let distance = (f64::from(place) - f64::from(side) * center) / spread;
        libm::exp(-0.5 * distance * distance)
    };
    let row = |y| {
        let height = (intensity * fade(y, size.height, center[1])) as f32;
        move |across: f32| 1.0 + height * across
    };
    multiply(source, |x| fade(x, size.width, center[0]), row, cut, &mut scratch.columns, target);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Size;

    fn made(width: u32, height: u32, level: u8, change: impl Fn(&Image, &mut Scratch, &mut [u8])) -> Vec<u8> {
        let size = Size::new(width, height);
        let source = Image::from_bytes(size, vec![level; size.bytes() as usize]);
        let mut target = vec![0; source.bytes().len()];
        change(&source, &mut Scratch::default(), &mut target);
        target.chunks_exact(3).for_each(|pixel| assert!(pixel.iter().all(|level| *level == pixel[0])));
        target.chunks_exact(3).map(|pixel| pixel[0]).collect()
    }

    fn lit(degrees: f64, intensity: f64) -> Vec<u8> {
        made(3, 2, 100, |source, scratch, target| linear(source, intensity, degrees, scratch, target))
    }

    #[test]
    fn light_changes_evenly_along_its_direction() {
        assert_eq!(lit(0.0, 0.2), [80, 100, 120, 80, 100, 120]);
        assert_eq!(lit(90.0, 0.2), [80, 80, 80, 120, 120, 120]);
        assert_eq!(lit(45.0, 0.2), [80, 90, 100, 100, 110, 120]);
        assert_eq!(lit(225.0, 0.2), [120, 110, 100, 100, 90, 80]);
        assert_eq!(lit(225.0, -0.2), lit(45.0, 0.2));
    }

    #[test]
    fn whatever_the_direction_the_light_is_the_same_on_the_whole() {
        for degrees in 0..36 {
            let levels = lit(f64::from(degrees) * 10.0, 0.2);
            let sum: u32 = levels.iter().map(|level| u32::from(*level)).sum();
            assert!((599..=601).contains(&sum), "{degrees}: {levels:?}");
            let (least, most) = (levels.iter().min().copied(), levels.iter().max().copied());
            assert_eq!((least, most), (Some(80), Some(120)), "{degrees}");
        }
    }

    #[test]
    fn light_fades_away_from_a_corner() {
        let of = |corner_at, intensity| {
            made(4, 3, 100, move |source, scratch, target| corner(source, intensity, corner_at, scratch, target))
        };
        // The diagonal is 5 long; the farthest pixel is sqrt(13) away.
        assert_eq!(of([false, false], 0.1), [100, 98, 96, 94, 98, 97, 95, 93, 96, 95, 94, 92]);
        assert_eq!(of([true, true], -0.1)[..2], [107, 105]);
        assert_eq!(of([true, false], 0.1)[3], 100);
        assert_eq!(of([false, true], 0.1)[8], 100);
    }

    #[test]
    fn a_spot_is_round_and_as_strong_as_it_says() {
        let of = |intensity| {
            made(4, 4, 100, move |source, scratch, target| gaussian(source, intensity, [0.5, 0.25], 0.25, scratch, target))
        };
        let levels = of(0.2);
        assert_eq!(levels[6], 120);
        assert_eq!([levels[5], levels[7], levels[2], levels[10]], [112; 4]);
        assert_eq!(of(-0.2)[6], 80);
    }
}

//! A rectangle of another row (Yun et al., "CutMix", 2019).

use super::{Drawn, Made, Rules};
use crate::image::{Image, Size};
use crate::kernels::mix::lay_part;
use crate::rng::Rng;
use crate::targets::Hiding;

/// The rectangle's centre is uniform and its sides are those of the picture by `sqrt(1 - share)`, cut where the picture ends, as
/// in torchvision's `CutMix`.
pub(super) fn draw(alpha: f64, size: Size, rng: &mut Rng) -> Drawn {
    let mut shares = [0.0; 2];
    rng.dirichlet(alpha, &mut shares);
    let half = 0.5 * libm::sqrt(1.0 - shares[0]);
    let mut edges = |side: u32| {
        let (centre, reach) = (rng.below(side.into()) as u32, (half * f64::from(side)) as u32);
        (centre.saturating_sub(reach), centre.saturating_add(reach).min(side))
    };
    let (left, right) = edges(size.width);
    let (top, bottom) = edges(size.height);
    Drawn::Cutmix { x: left, y: top, size: Size::new(right - left, bottom - top) }
}

/// The other row's share is that of the rectangle, as it was cut.
pub(super) fn apply((x, y): (u32, u32), size: Size, row: &mut Made, other: &mut Made, rules: Rules<'_>) {
    let lay = |from: &Image, to: &mut Image| {
        let whole = to.size();
        lay_part(from.window().part(x, y, size), (x, y), whole, to.bytes_mut());
    };
    lay(&other.image, &mut row.image);
    if row.has_mask() {
        lay(&other.mask, &mut row.mask);
    }
    row.take_share(other, size.pixels() as f64 / row.image.size().pixels() as f64);
    let inside = |at_x: u32, at_y: u32| (x..x + size.width).contains(&at_x) && (y..y + size.height).contains(&at_y);
    row.carried.hides(inside, Hiding::Parts);
    other.carried.hides(|x, y| !inside(x, y), Hiding::Parts);
    row.take_carried(other, rules);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Key;

    #[test]
    fn rectangles_are_as_large_as_shares_say_and_stay_inside() {
        let whole = Size::new(40, 30);
        let (mut cut, mut areas) = (0, Vec::new());
        for n in 0..20_000 {
            let Drawn::Cutmix { x, y, size } = draw(1.0, whole, &mut Key::new(n).rng()) else { panic!() };
            assert!(x + size.width <= 40 && y + size.height <= 30);
            // Sides are those of the picture by one factor, to a pixel each way.
            let inside = x > 0 && y > 0 && x + size.width < 40 && y + size.height < 30;
            if inside {
                assert!((f64::from(size.width) / 40.0 - f64::from(size.height) / 30.0).abs() < 2.0 / 30.0 + 1e-9, "{size}");
            }
            cut += u32::from(!inside);
            areas.push(size.pixels() as f64 / whole.pixels() as f64);
        }
        // Of 60,000 draws of torchvision 0.29's CutMix for such rows, the mean area is 0.29965, and 0.83195 meet a border.
        let (mean, cut) = (areas.iter().sum::<f64>() / 20_000.0, f64::from(cut) / 20_000.0);
        assert!((mean - 0.299_65).abs() < 0.006 && (cut - 0.831_95).abs() < 0.012, "{mean} {cut}");
    }
}

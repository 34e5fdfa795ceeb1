//! Each sample changed by a draw of its own.

use crate::image::Deep;
use crate::kernels::random::Noise;

/// Fills `target`, a picture like `source`, with its samples and normal draws of `mean` and `std`, fractions of the full range:
/// one for each sample, or with `shared` one for each pixel. The draw is that of the sample's, or the pixel's, place.
pub fn add_normal(source: &Deep, (mean, std): (f64, f64), noise: Noise, shared: bool, target: &mut Deep) {
    let greatest = f64::from(source.planes().depth.greatest());
    let (mean, std) = (mean * greatest, std * greatest);
    let each = if shared { source.planes().channels.max(1) } else { 1 };
    let mut draws = [0.0f32; 256];
    let pieces = target.samples_mut().chunks_mut(draws.len() * each).zip(source.samples().chunks(draws.len() * each));
    for ((to, from), piece) in pieces.zip(0u64..) {
        noise.normals(piece * draws.len() as u64, &mut draws);
        for ((to, from), draw) in to.chunks_mut(each).zip(from.chunks(each)).zip(draws) {
            for (to, from) in to.iter_mut().zip(from) {
                *to = (f64::from(*from) + mean + f64::from(draw) * std + 0.5).clamp(0.0, greatest) as u16;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::{Depth, Planes, Size};

    #[test]
    fn mean_and_deviation_are_those_asked_for() {
        let planes = Planes { channels: 5, depth: Depth::Uint16 };
        let source = Deep::from_samples(Size::new(100, 100), planes, vec![30_000; 50_000]);
        for shared in [false, true] {
            let mut made = source.clone();
            add_normal(&source, (0.1, 0.02), Noise::new(7), shared, &mut made);
            let of = |from: &[u16]| {
                let n = from.len() as f64;
                let mean = from.iter().map(|v| f64::from(*v)).sum::<f64>() / n;
                (mean, (from.iter().map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>() / n).sqrt())
            };
            let (mean, std) = of(made.samples());
            assert!((mean - 36_553.5).abs() < 40.0 && (std / 1310.7 - 1.0).abs() < 0.02, "{mean} {std}");
            let alike = made.samples().chunks_exact(5).filter(|pixel| pixel.iter().all(|v| v == &pixel[0])).count();
            assert_eq!(alike == 10_000, shared);
        }
    }
}

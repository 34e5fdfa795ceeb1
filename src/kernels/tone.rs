//! Changes of level: each pixel by itself, through one table per channel.

use crate::units::Pivot;

/// A change of levels; levels are 0 to 255.
#[derive(Clone, Debug, PartialEq)]
pub enum Tone {
    /// Add this many levels.
    Add(f64),
    /// Multiply the distance from the pivot.
    Contrast(f64, Pivot),
}

/// Fills `target` with the pixels of `source` (three bytes each) after `tones`, in order.
///
/// # Algorithm
/// ```text
/// t_c[v] = v                                  for each channel c and level v
/// add d:                t_c[v] := clamp(t_c[v] + d)
/// contrast f about m:   t_c[v] := clamp((t_c[v] - m) f + m)     m from the histogram and t_c
/// result = floor(t_c[v] + 1/2)                rounded once, half up
/// ```
/// `clamp` keeps 0 to 255. The formulae are those of `tf.image.adjust_brightness` and
/// `tf.image.adjust_contrast`; `gray_mean` is Pillow's and torchvision's pivot.
///
/// # Panics
/// If they differ in length.
pub fn apply_tones(source: &[u8], tones: &[Tone], target: &mut [u8]) {
    assert_eq!(source.len(), target.len(), "invariant: pixel for pixel");
    let mut tables = [std::array::from_fn::<f64, 256, _>(|v| v as f64); 3];
    let counts = tones
        .iter()
        .any(|tone| matches!(tone, Tone::Contrast(_, Pivot::ChannelMean | Pivot::GrayMean)))
        .then(|| histogram(source));
    for tone in tones {
        match *tone {
            Tone::Add(levels) => change(&mut tables, |_, v| v + levels),
            Tone::Contrast(factor, pivot) => {
                let pivots = pivots(&tables, counts.as_ref(), pivot);
                change(&mut tables, |c, v| (v - pivots[c]) * factor + pivots[c]);
            }
        }
    }
    let tables = tables.map(|table| table.map(|v| (v + 0.5) as u8));
    for (to, from) in target.chunks_exact_mut(3).zip(source.chunks_exact(3)) {
        to[0] = tables[0][from[0] as usize];
        to[1] = tables[1][from[1] as usize];
        to[2] = tables[2][from[2] as usize];
    }
}

fn change(tables: &mut [[f64; 256]; 3], formula: impl Fn(usize, f64) -> f64) {
    for (c, table) in tables.iter_mut().enumerate() {
        for v in table {
            *v = formula(c, *v).clamp(0.0, 255.0);
        }
    }
}

fn histogram(source: &[u8]) -> [[u64; 256]; 3] {
    let mut counts = [[0; 256]; 3];
    for pixel in source.chunks_exact(3) {
        for (c, level) in pixel.iter().enumerate() {
            counts[c][*level as usize] += 1;
        }
    }
    counts
}

fn pivots(tables: &[[f64; 256]; 3], counts: Option<&[[u64; 256]; 3]>, pivot: Pivot) -> [f64; 3] {
    let Some(counts) = counts.filter(|_| pivot != Pivot::MidGray) else { return [127.5; 3] };
    let mean = |c: usize| {
        let sum: f64 = tables[c].iter().zip(&counts[c]).map(|(v, n)| v * *n as f64).sum();
        sum / counts[c].iter().sum::<u64>().max(1) as f64
    };
    let means = [mean(0), mean(1), mean(2)];
    match pivot {
        Pivot::GrayMean => [(299.0 * means[0] + 587.0 * means[1] + 114.0 * means[2]) / 1000.0; 3],
        _ => means,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn toned(bytes: &[u8], tones: &[Tone]) -> Vec<u8> {
        let mut target = vec![0; bytes.len()];
        apply_tones(bytes, tones, &mut target);
        target
    }

    #[test]
    fn adding_stops_at_black_and_white() {
        assert_eq!(toned(&[0, 100, 250], &[Tone::Add(25.5)]), [26, 126, 255]);
        assert_eq!(toned(&[0, 100, 250], &[Tone::Add(-25.5)]), [0, 75, 225]);
    }

    #[test]
    fn contrast_keeps_the_mean_of_each_channel() {
        let tone = Tone::Contrast(0.5, Pivot::ChannelMean);
        assert_eq!(toned(&[0, 10, 200, 100, 30, 200], &[tone]), [25, 15, 200, 75, 25, 200]);
    }

    #[test]
    fn no_contrast_leaves_the_pivot() {
        assert_eq!(toned(&[0, 10, 200], &[Tone::Contrast(0.0, Pivot::MidGray)]), [128, 128, 128]);
    }

    #[test]
    fn a_chain_takes_the_mean_of_what_came_before() {
        let one_by_one =
            toned(&toned(&[10, 20, 30, 50, 60, 70], &[Tone::Add(100.0)]), &[Tone::Contrast(2.0, Pivot::ChannelMean)]);
        let at_once = toned(&[10, 20, 30, 50, 60, 70], &[Tone::Add(100.0), Tone::Contrast(2.0, Pivot::ChannelMean)]);
        assert_eq!(one_by_one, at_once);
    }
}

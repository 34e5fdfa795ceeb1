//! Changes of level: each pixel by itself, through one table per channel.

use crate::image::Image;
use crate::units::Pivot;

/// A change of levels; levels are 0 to 255.
#[derive(Clone, Debug, PartialEq)]
pub enum Tone {
    /// Add this many levels.
    Add(f64),
    /// Multiply the distance from the pivot.
    Contrast(f64, Pivot),
}

/// Applies `tones`, in order, to `image` in place.
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
pub fn apply_tones(image: &mut Image, tones: &[Tone]) {
    let mut tables = [std::array::from_fn::<f64, 256, _>(|v| v as f64); 3];
    let counts = tones
        .iter()
        .any(|tone| matches!(tone, Tone::Contrast(_, Pivot::ChannelMean | Pivot::GrayMean)))
        .then(|| histogram(image));
    for tone in tones {
        match *tone {
            Tone::Add(levels) => change(&mut tables, |_, v| v + levels),
            Tone::Contrast(factor, pivot) => {
                let pivots = pivots(&tables, counts.as_ref(), pivot);
                change(&mut tables, |c, v| (v - pivots[c]) * factor + pivots[c]);
            }
        }
    }
    let tables = tables.map(|table| table.map(|v| (v + 0.5).floor() as u8));
    for pixel in image.bytes_mut().chunks_exact_mut(3) {
        pixel[0] = tables[0][pixel[0] as usize];
        pixel[1] = tables[1][pixel[1] as usize];
        pixel[2] = tables[2][pixel[2] as usize];
    }
}

fn change(tables: &mut [[f64; 256]; 3], formula: impl Fn(usize, f64) -> f64) {
    for (c, table) in tables.iter_mut().enumerate() {
        for v in table {
            *v = formula(c, *v).clamp(0.0, 255.0);
        }
    }
}

fn histogram(image: &Image) -> [[u64; 256]; 3] {
    let mut counts = [[0; 256]; 3];
    for pixel in image.bytes().chunks_exact(3) {
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
    use crate::image::Size;

    fn toned(bytes: &[u8], tones: &[Tone]) -> Vec<u8> {
        let mut image = Image::from_bytes(Size::new(bytes.len() as u32 / 3, 1), bytes.to_vec());
        apply_tones(&mut image, tones);
        image.bytes().to_vec()
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

//! Changes of level: each pixel by itself, through one table per channel.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod line;

use crate::units::Pivot;
use line::Line;

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
    let made = Tables::new(source, tones);
    let done = made.look_up_fast(source, target);
    look_up(&source[done..], &made.tables, &mut target[done..]);
}

/// The table of each channel, and the straight line that it is if no limit is met on the way.
struct Tables {
    tables: [[u8; 256]; 3],
    scale: [f64; 3],
    offset: [f64; 3],
}

impl Tables {
    fn new(source: &[u8], tones: &[Tone]) -> Self {
        let mut tables = [std::array::from_fn::<f64, 256, _>(|v| v as f64); 3];
        let (mut scale, mut offset) = ([1.0; 3], [0.0; 3]);
        for (i, tone) in tones.iter().enumerate() {
            let (factor, added) = match *tone {
                Tone::Add(levels) => {
                    change(&mut tables, |_, v| v + levels);
                    (1.0, [levels; 3])
                }
                Tone::Contrast(factor, pivot) => {
                    let pivots = pivots(&means(source, &tables, i == 0, pivot), pivot);
                    change(&mut tables, |c, v| (v - pivots[c]) * factor + pivots[c]);
                    (factor, pivots.map(|pivot| pivot - pivot * factor))
                }
            };
            for c in 0..3 {
                (scale[c], offset[c]) = (scale[c] * factor, offset[c] * factor + added[c]);
            }
        }
        Self { tables: tables.map(|table| table.map(|v| (v + 0.5) as u8)), scale, offset }
    }

    /// Fills a beginning of `target` in the fastest way that this machine has; says how much of it.
    fn look_up_fast(&self, source: &[u8], target: &mut [u8]) -> usize {
        #[cfg(target_arch = "x86_64")]
        if super::cpu::avx512_bytes() {
            return avx512::look_up(source, &self.tables, target);
        }
        self.lines().map_or(0, |lines| line::apply(source, &lines, target))
    }

    /// The lines that stand for the tables, if all of them are straight.
    fn lines(&self) -> Option<[Line; 3]> {
        let line = |c: usize| Line::of(self.scale[c], self.offset[c], &self.tables[c]);
        Some([line(0)?, line(1)?, line(2)?])
    }
}

/// Each level by its channel's table: the definition.
fn look_up(source: &[u8], tables: &[[u8; 256]; 3], target: &mut [u8]) {
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

/// The mean of each channel after `tables`; `untouched` says that they change nothing yet.
fn means(source: &[u8], tables: &[[f64; 256]; 3], untouched: bool, pivot: Pivot) -> [f64; 3] {
    let pixels = (source.len() / 3).max(1) as f64;
    if pivot == Pivot::MidGray {
        return [127.5; 3];
    }
    // Sums of whole numbers are exact either way.
    if untouched {
        return sums(source).map(|sum| sum as f64 / pixels);
    }
    let counts = histogram(source);
    [0, 1, 2].map(|c| tables[c].iter().zip(&counts[c]).map(|(v, n)| v * f64::from(*n)).sum::<f64>() / pixels)
}

/// The sum of each channel, compiled for the vectors that the machine has.
fn sums(source: &[u8]) -> [u64; 3] {
    #[cfg(target_arch = "x86_64")]
    if super::cpu::avx2() {
        return avx2::sums(source);
    }
    sums_by_columns(source)
}

#[inline(always)]
fn sums_by_columns(source: &[u8]) -> [u64; 3] {
    /// Bytes that are added at once: whole pixels, and few enough that 16 bits hold their column sums.
    const COLUMNS: usize = 48;
    let mut sums = [0u64; 3];
    for rows in source.chunks(COLUMNS * 256) {
        let mut columns = [0u16; COLUMNS];
        let whole = rows.chunks_exact(COLUMNS);
        for (i, level) in whole.remainder().iter().enumerate() {
            sums[i % 3] += u64::from(*level);
        }
        for row in whole {
            for (column, level) in columns.iter_mut().zip(row) {
                *column += u16::from(*level);
            }
        }
        for (i, column) in columns.iter().enumerate() {
            sums[i % 3] += u64::from(*column);
        }
    }
    sums
}

fn histogram(source: &[u8]) -> [[u32; 256]; 3] {
    // Two of each, so that equal neighbours do not wait for each other.
    let mut counts = [[[0u32; 256]; 3]; 2];
    for (i, pixel) in source.chunks_exact(3).enumerate() {
        for (c, level) in pixel.iter().enumerate() {
            counts[i % 2][c][*level as usize] += 1;
        }
    }
    let [even, odd] = counts;
    [0, 1, 2].map(|c| std::array::from_fn(|v| even[c][v] + odd[c][v]))
}

fn pivots(means: &[f64; 3], pivot: Pivot) -> [f64; 3] {
    match pivot {
        Pivot::GrayMean => [(299.0 * means[0] + 587.0 * means[1] + 114.0 * means[2]) / 1000.0; 3],
        Pivot::ChannelMean | Pivot::MidGray => *means,
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
    fn lines_give_what_tables_give() {
        let mut rng = crate::rng::Key::new(5).rng();
        let mut straight = 0;
        for round in 0..400 {
            let bytes: Vec<u8> = (0..3 * (round % 150)).map(|_| rng.bits() as u8).collect();
            let pivot = [Pivot::ChannelMean, Pivot::GrayMean, Pivot::MidGray][round % 3];
            let tones = [Tone::Contrast(rng.uniform(0.0, 3.0), pivot), Tone::Add(rng.uniform(-255.0, 255.0).round())];
            let tones = &tones[round % 2..];
            let made = Tables::new(&bytes, tones);
            let mut looked_up = vec![0; bytes.len()];
            look_up(&bytes, &made.tables, &mut looked_up);
            assert_eq!(toned(&bytes, tones), looked_up, "{tones:?}");
            if let Some(lines) = made.lines() {
                straight += 1;
                let mut lined = vec![0; bytes.len()];
                let done = line::apply(&bytes, &lines, &mut lined);
                assert_eq!(lined[..done], looked_up[..done], "{tones:?}");
            }
        }
        assert!(straight > 100, "{straight} of 400 were lines");
    }

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn vectors_look_up_what_tables_hold() {
        if !crate::kernels::cpu::avx512_bytes() {
            return;
        }
        let mut rng = crate::rng::Key::new(6).rng();
        for round in 0..60 {
            let mut tables = [0, 1, 2].map(|_| std::array::from_fn(|_| rng.bits() as u8));
            if round % 3 == 0 {
                tables = [tables[0]; 3];
            }
            let bytes: Vec<u8> = (0..192 * (round % 5) + 3 * round).map(|_| rng.bits() as u8).collect();
            let (mut plain, mut fast) = (vec![0; bytes.len()], vec![0; bytes.len()]);
            look_up(&bytes, &tables, &mut plain);
            let done = avx512::look_up(&bytes, &tables, &mut fast);
            assert!(plain[..done] == fast[..done] && bytes.len() - done < 192, "{round}");
        }
    }

    #[test]
    fn no_line_stands_for_what_overflows() {
        assert!(Line::of(1e12, 0.0, &[255; 256]).is_none());
    }

    #[test]
    fn a_chain_takes_the_mean_of_what_came_before() {
        let one_by_one =
            toned(&toned(&[10, 20, 30, 50, 60, 70], &[Tone::Add(100.0)]), &[Tone::Contrast(2.0, Pivot::ChannelMean)]);
        let at_once = toned(&[10, 20, 30, 50, 60, 70], &[Tone::Add(100.0), Tone::Contrast(2.0, Pivot::ChannelMean)]);
        assert_eq!(one_by_one, at_once);
    }
}

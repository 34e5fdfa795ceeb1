//! Changes of level: each pixel by itself, through one table per channel.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
pub(super) mod avx512;
mod chain;
mod counts;
mod line;
mod matched;
mod powers;
mod whole;

pub use matched::{Histogram, Likeness, match_levels};

use crate::units::{Equalizer, Pivot};
use chain::Chain;
pub(super) use chain::curve;
use line::Line;
pub(super) use whole::equalize;

/// A change of levels; levels are 0 to 255.
///
/// A chain of them is rounded once, half up, at its end. Those that "cut" leave whole levels, rounded down, as
/// their references do; those on "whole levels" round what came before, half up, and leave whole levels.
#[derive(Clone, Debug, PartialEq)]
pub enum Tone {
    /// Add this many levels.
    Add(f64),
    /// Add this many levels to red, green and blue.
    AddEach([f64; 3]),
    /// Add this many levels, but go no further than the least and the greatest level of the whole picture.
    AddWithin(f64),
    /// Multiply the distance from the pivot.
    Contrast(f64, Pivot),
    /// `scale v + offset` for each channel, in single precision; cuts.
    Cut {
        /// Factor of each channel.
        scale: [f64; 3],
        /// Levels.
        offset: [f64; 3],
    },
    /// `scale v + share mean`, with the mean of all channels together, in single precision; cuts.
    CutWithMean {
        /// Factor.
        scale: f64,
        /// Share of the mean.
        share: f64,
    },
    /// `255 gain (v / 255)^exponent`; cuts, but changes nothing if both are 1.
    Gamma {
        /// Above 1 darkens.
        exponent: f64,
        /// Factor.
        gain: f64,
    },
    /// `255 - v`, on whole levels.
    Invert,
    /// `255 - v` from a threshold on, on whole levels.
    Solarize {
        /// The least level that is turned.
        threshold: f64,
        /// Added before that, to all levels, or to those below the threshold alone if `keep`.
        addition: i32,
        /// Leave the levels from the threshold on as they are.
        keep: bool,
    },
    /// Keep this many of the highest bits, 0 to 8, on whole levels.
    Posterize(u32),
    /// Spread each channel's levels evenly, on whole levels.
    Equalize(Equalizer),
    /// Stretch each channel from black to white without this many percent at either end, on whole levels; cuts.
    Autocontrast(f64),
    /// A cubic Bezier curve from black to white for each channel, with these heights (0 to 1) of its inner points.
    Curve {
        /// Heights of the point at a third.
        low: [f64; 3],
        /// Heights of the point at two thirds.
        high: [f64; 3],
    },
    /// One level for the channels that are marked.
    Fill {
        /// Which.
        channels: [bool; 3],
        /// The level.
        level: u8,
    },
    /// For each channel a way from one level to another, over a third at 127 if there is one, on whole levels; cuts.
    Ramp {
        /// Where 0 comes to.
        black: [u8; 3],
        /// Where 127 comes to.
        mid: Option<[u8; 3]>,
        /// Where 255 comes to.
        white: [u8; 3],
    },
}

/// Fills `target` with the pixels of `source` (three bytes each) after `tones`, in order.
///
/// # Algorithm
/// ```text
/// t_c[v] = v                                  for each channel c and level v
/// each tone:  t_c[v] := clamp(f(t_c[v]))      what f needs to know of the picture (means, histograms)
///                                             comes from its histogram and t_c
/// result = floor(t_c[v] + 1/2)                rounded once, half up
/// ```
/// `clamp` keeps 0 to 255. The formulae of `Add` and `Contrast` are those of `tf.image.adjust_brightness` and
/// `tf.image.adjust_contrast`; `gray_mean` is Pillow's and torchvision's pivot. `Cut`, `CutWithMean`, `Gamma` and
/// `Curve` are Albumentations 2.0.8's tables, `Cut` torchvision's too; `Posterize`, `Solarize`, `Equalize`,
/// `Autocontrast` and `Ramp` (`colorize`) are those of `PIL.ImageOps`.
///
/// # Panics
/// If they differ in length.
pub fn apply_tones(source: &[u8], tones: &[Tone], target: &mut [u8]) {
    assert_eq!(source.len(), target.len(), "invariant: pixel for pixel");
    let mut chain = Chain::new(source);
    for tone in tones {
        chain.push(tone);
    }
    let made = chain.tables();
    let done = made.look_up_fast(source, target);
    look_up(&source[done..], &made.tables, &mut target[done..]);
}

/// For each channel and level a level that need not be whole.
type Levels = [[f64; 256]; 3];

/// The table of each channel, and the straight line that it is if no limit is met on the way.
struct Tables {
    tables: [[u8; 256]; 3],
    scale: [f64; 3],
    offset: [f64; 3],
}

impl Tables {
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
            let mut chain = Chain::new(&bytes);
            tones.iter().for_each(|tone| chain.push(tone));
            let made = chain.tables();
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

//! Changes of level: each sample by itself, through one table per channel.

use crate::image::{Deep, Depth};
use crate::kernels::tone::{Tone, curve};
use crate::units::Pivot;

/// Fills `target`, a picture like `source`, with its samples after `tones`, in order.
///
/// What [`crate::kernels::tone::apply_tones`] does to levels from 0 to 255, on the picture's own scale: what a tone gives in levels
/// is multiplied by [`Depth::of_level`], what "cuts" leaves whole samples, and `posterize` keeps the highest bits of all. Where there are
/// not three channels, the mean of the gray picture is that of all channels, and a tone must say the same for all of them.
///
/// # Panics
/// If one of `tones` is for three channels of 8 bits alone.
pub fn apply_tones(source: &Deep, tones: &[Tone], target: &mut Deep) {
    let mut chain = Chain::new(source);
    tones.iter().for_each(|tone| chain.push(tone));
    let tables: Vec<Vec<u16>> = chain.tables.iter().map(|table| table.iter().map(|v| (v + 0.5) as u16).collect()).collect();
    let channels = source.planes().channels.max(1);
    let pixels = target.samples_mut().chunks_exact_mut(channels).zip(source.samples().chunks_exact(channels));
    for (to, from) in pixels {
        for (c, (to, from)) in to.iter_mut().zip(from).enumerate() {
            *to = tables[c % tables.len()][usize::from(*from)];
        }
    }
}

/// The tables that a picture's tones come to, so far.
struct Chain<'a> {
    source: &'a Deep,
    /// One for each channel, or one for all while they are alike.
    tables: Vec<Vec<f64>>,
    depth: Depth,
    greatest: f64,
    /// A level of 8 bits in samples.
    level: f64,
}

impl<'a> Chain<'a> {
    fn new(source: &'a Deep) -> Self {
        let depth = source.planes().depth;
        let (greatest, level) = (depth.greatest(), f64::from(depth.of_level()));
        let tables = vec![(0..=greatest).map(f64::from).collect()];
        Self { source, tables, depth, greatest: f64::from(greatest), level }
    }

    fn push(&mut self, tone: &Tone) {
        let (level, greatest) = (self.level, self.greatest);
        match *tone {
            Tone::Add(levels) => self.change(|v| v + levels * level),
            Tone::AddEach(levels) => self.change_each(|c, v| v + levels[c % 3] * level),
            Tone::AddWithin(levels) => {
                let (least, most) = self.bounds();
                self.change(|v| (v + levels * level).clamp(least, most));
            }
            Tone::Contrast(factor, pivot) => self.contrast(factor, pivot),
            Tone::Cut { scale, offset } if scale == [scale[0]; 3] && offset == [offset[0]; 3] => {
                self.cut(|_| scale[0], |_| offset[0] * level);
            }
            Tone::Cut { scale, offset } => {
                self.part();
                self.cut(|c| scale[c % 3], |c| offset[c % 3] * level);
            }
            Tone::CutWithMean { scale, share } => {
                let mean = mean(&self.means());
                self.cut(|_| scale, |_| mean * share);
            }
            Tone::Gamma { exponent, gain } if exponent == 1.0 && gain == 1.0 => {}
            Tone::Gamma { exponent, gain } => {
                self.change(|v| (libm::pow(v * (1.0 / greatest), exponent) * (greatest * gain)).clamp(0.0, greatest).trunc());
            }
            Tone::Curve { low, high } if low == [low[0]; 3] && high == [high[0]; 3] => {
                self.change(|v| curve(v, low[0], high[0], greatest));
            }
            Tone::Curve { low, high } => self.change_each(|c, v| curve(v, low[c % 3], high[c % 3], greatest)),
            Tone::Fill { channels, level: filled } => {
                self.change_each(|c, v| if channels[c % 3] { f64::from(filled) * level } else { v });
            }
            ref on_whole_levels => self.push_whole(on_whole_levels),
        }
    }

    fn push_whole(&mut self, tone: &Tone) {
        let (level, greatest, bits) = (self.level, self.greatest, self.depth.bits());
        match *tone {
            Tone::Invert => self.change(|v| greatest - (v + 0.5).trunc()),
            Tone::Solarize { threshold, addition, keep } => {
                let threshold = threshold * level;
                self.change(|v| {
                    let v = (v + 0.5).trunc();
                    let added = (v + f64::from(addition) * level).clamp(0.0, greatest);
                    match (keep, v >= threshold, added >= threshold) {
                        (true, true, _) => v,
                        (false, _, true) => greatest - added,
                        _ => added,
                    }
                });
            }
            Tone::Posterize(kept) => {
                let mask = !((1u32 << (bits - kept.min(bits))) - 1);
                self.change(|v| f64::from((v + 0.5) as u32 & mask));
            }
            _ => unreachable!("invariant: the spec has none that is for 8 bits alone"),
        }
    }

    /// Applies a formula to the levels so far.
    fn change(&mut self, formula: impl Fn(f64) -> f64) {
        let greatest = self.greatest;
        self.tables.iter_mut().flatten().for_each(|v| *v = formula(*v).clamp(0.0, greatest));
    }

    /// Applies a formula for each channel.
    fn change_each(&mut self, formula: impl Fn(usize, f64) -> f64) {
        self.part();
        let greatest = self.greatest;
        for (c, table) in self.tables.iter_mut().enumerate() {
            table.iter_mut().for_each(|v| *v = formula(c, *v).clamp(0.0, greatest));
        }
    }

    /// From here on each channel has its own table.
    fn part(&mut self) {
        self.tables.resize(self.source.planes().channels, self.tables[0].clone());
    }

    /// In single precision, as for 8 bits.
    fn cut(&mut self, scale: impl Fn(usize) -> f64, offset: impl Fn(usize) -> f64) {
        let greatest = self.greatest;
        for (c, table) in self.tables.iter_mut().enumerate() {
            let (scale, offset) = (scale(c) as f32, offset(c) as f32);
            table.iter_mut().for_each(|v| *v = f64::from(*v as f32 * scale + offset).clamp(0.0, greatest).trunc());
        }
    }

    fn contrast(&mut self, factor: f64, pivot: Pivot) {
        let pivot = match pivot {
            Pivot::MidGray => self.greatest / 2.0,
            Pivot::ChannelMean => {
                let means = self.means();
                return self.change_each(|c, v| (v - means[c]) * factor + means[c]);
            }
            Pivot::GrayMean => match self.means()[..] {
                [red, green, blue] => (299.0 * red + 587.0 * green + 114.0 * blue) / 1000.0,
                ref means => mean(means),
            },
        };
        self.change(|v| (v - pivot) * factor + pivot);
    }

    /// How often each channel has each sample.
    fn counts(&self) -> Vec<Vec<u32>> {
        let mut counts = vec![vec![0; usize::from(self.depth.greatest()) + 1]; self.source.planes().channels];
        for pixel in self.source.samples().chunks_exact(counts.len().max(1)) {
            pixel.iter().zip(&mut counts).for_each(|(sample, counts)| counts[usize::from(*sample)] += 1);
        }
        counts
    }

    fn table(&self, c: usize) -> &[f64] {
        &self.tables[c % self.tables.len()]
    }

    /// The mean of each channel after the tones so far.
    fn means(&self) -> Vec<f64> {
        let pixels = self.source.size().pixels().max(1) as f64;
        let sum = |(c, counts): (usize, &Vec<u32>)| self.table(c).iter().zip(counts).map(|(v, n)| v * f64::from(*n)).sum::<f64>();
        self.counts().iter().enumerate().map(sum).map(|sum| sum / pixels).collect()
    }

    /// The least and the greatest level of all channels after the tones so far.
    fn bounds(&self) -> (f64, f64) {
        let (mut least, mut most) = (self.greatest, 0.0f64);
        for (c, counts) in self.counts().iter().enumerate() {
            for (v, _) in self.table(c).iter().zip(counts).filter(|(_, n)| **n > 0) {
                (least, most) = (least.min(*v), most.max(*v));
            }
        }
        (least.min(most), most)
    }
}

fn mean(of: &[f64]) -> f64 {
    of.iter().sum::<f64>() / of.len().max(1) as f64
}

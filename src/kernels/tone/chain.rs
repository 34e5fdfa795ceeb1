//! A chain of tones, worked out for one picture: one table per channel.

use super::counts::{Counts, counts_after, histogram, sums};
use super::powers::{cut_power, cut_powers};
use super::{Levels, Tables, Tone, whole};
use crate::units::Pivot;
use std::array::from_fn;

/// The tables that a picture's tones come to, so far.
pub(super) struct Chain<'a> {
    source: &'a [u8],
    tables: Levels,
    /// All channels have the same table: it stands in the first, the others are made at the end.
    alike: bool,
    untouched: bool,
    /// The straight line that each table is; NaN if it is none.
    scale: [f64; 3],
    offset: [f64; 3],
}

impl<'a> Chain<'a> {
    pub(super) fn new(source: &'a [u8]) -> Self {
        let tables = [from_fn(|v| v as f64); 3];
        Self { source, tables, alike: true, untouched: true, scale: [1.0; 3], offset: [0.0; 3] }
    }

    /// Adds a tone.
    pub(super) fn push(&mut self, tone: &Tone) {
        match *tone {
            Tone::Add(levels) => {
                self.change(|v| v + levels);
                self.follow([1.0; 3], [levels; 3]);
            }
            Tone::AddEach(levels) => {
                self.change_each(|c, v| v + levels[c]);
                self.follow([1.0; 3], levels);
            }
            Tone::AddWithin(levels) => {
                let (least, greatest) = self.bounds();
                self.change(|v| (v + levels).clamp(least, greatest));
                self.follow([1.0; 3], [levels; 3]);
            }
            Tone::Contrast(factor, pivot) => self.contrast(factor, pivot),
            Tone::Cut { scale, offset } => self.cut(scale, offset),
            Tone::CutWithMean { scale, share } => {
                let means = self.means();
                let mean = (means[0] + means[1] + means[2]) / 3.0;
                self.cut([scale; 3], [mean * share; 3]);
            }
            Tone::Gamma { exponent, gain } => self.gamma(exponent, gain),
            Tone::Curve { low, high } => {
                let flat = |points: [f64; 3]| points[0] == points[1] && points[0] == points[2];
                if flat(low) && flat(high) {
                    self.change(|v| curve(v, low[0], high[0], 255.0));
                } else {
                    self.change_each(|c, v| curve(v, low[c], high[c], 255.0));
                }
                self.bend();
            }
            ref on_whole_levels => self.push_whole(on_whole_levels),
        }
        self.untouched = false;
    }

    fn push_whole(&mut self, tone: &Tone) {
        match *tone {
            Tone::Invert => {
                self.change(|v| 255.0 - f64::from((v + 0.5) as u8));
                self.follow([-1.0; 3], [255.0; 3]);
            }
            Tone::Solarize { threshold, addition, keep } => self.whole(&whole::solarize(threshold, addition, keep)),
            Tone::Posterize(bits) => self.whole(&whole::posterize(bits)),
            Tone::Equalize(equalizer) => {
                let counts = self.counts();
                self.whole_each(&counts.map(|counts| whole::equalize(&counts, equalizer)));
            }
            Tone::Autocontrast(cutoff) => {
                let counts = self.counts();
                self.whole_each(&counts.map(|counts| whole::autocontrast(&counts, cutoff)));
            }
            Tone::Fill { channels, level } => {
                self.change_each(|c, v| if channels[c] { f64::from(level) } else { v });
                self.bend();
            }
            Tone::Ramp { black, mid, white } => {
                self.whole_each(&from_fn(|c| whole::ramp(black[c], mid.map(|mid| mid[c]), white[c])));
            }
            _ => unreachable!("invariant: the others are done"),
        }
    }

    /// The tables, rounded.
    pub(super) fn tables(mut self) -> Tables {
        let rounded = |table: &[f64; 256]| from_fn(|v| (table[v] + 0.5) as u8);
        let tables = if self.alike { [rounded(&self.tables[0]); 3] } else { self.tables.each_mut().map(|table| rounded(table)) };
        Tables { tables, scale: self.scale, offset: self.offset }
    }

    /// Applies a formula to the levels so far.
    fn change(&mut self, formula: impl Fn(f64) -> f64) {
        let tables = if self.alike { &mut self.tables[..1] } else { &mut self.tables[..] };
        for v in tables.as_flattened_mut() {
            *v = formula(*v).clamp(0.0, 255.0);
        }
    }

    /// Applies a formula for each channel.
    fn change_each(&mut self, formula: impl Fn(usize, f64) -> f64) {
        self.part();
        for (c, table) in self.tables.iter_mut().enumerate() {
            for v in table {
                *v = formula(c, *v).clamp(0.0, 255.0);
            }
        }
    }

    fn whole(&mut self, table: &[u8; 256]) {
        self.change(|v| f64::from(table[(v + 0.5) as usize]));
        self.bend();
    }

    fn whole_each(&mut self, tables: &[[u8; 256]; 3]) {
        self.change_each(|c, v| f64::from(tables[c][(v + 0.5) as usize]));
        self.bend();
    }

    /// From here on each channel has its own table.
    fn part(&mut self) {
        if self.alike {
            self.tables = [self.tables[0]; 3];
            self.alike = false;
        }
    }

    fn contrast(&mut self, factor: f64, pivot: Pivot) {
        let pivots = match pivot {
            Pivot::MidGray => [127.5; 3],
            Pivot::ChannelMean => self.means(),
            Pivot::GrayMean => {
                let means = self.means();
                [(299.0 * means[0] + 587.0 * means[1] + 114.0 * means[2]) / 1000.0; 3]
            }
        };
        if pivot == Pivot::ChannelMean {
            self.change_each(|c, v| (v - pivots[c]) * factor + pivots[c]);
        } else {
            self.change(|v| (v - pivots[0]) * factor + pivots[0]);
        }
        self.follow([factor; 3], pivots.map(|pivot| pivot - pivot * factor));
    }

    fn cut(&mut self, scale: [f64; 3], offset: [f64; 3]) {
        // In single precision, as the references: in double, what they cut to 59 can come to 60.
        let cut = |v: f64, c: usize| f64::from((v as f32 * scale[c] as f32 + offset[c] as f32) as u8);
        if scale == [scale[0]; 3] && offset == [offset[0]; 3] {
            self.change(|v| cut(v, 0));
        } else {
            self.change_each(|c, v| cut(v, c));
        }
        self.follow(scale, offset.map(|offset| offset - 0.5));
    }

    fn gamma(&mut self, exponent: f64, gain: f64) {
        if exponent == 1.0 && gain == 1.0 {
            return;
        }
        let factor = 255.0 * gain;
        if self.untouched {
            let table = cut_powers(exponent, factor);
            self.change(|v| f64::from(table[v as usize]));
        } else {
            self.change(|v| f64::from(cut_power(v, exponent, factor)));
        }
        self.bend();
    }

    /// The lines go on with another.
    fn follow(&mut self, scale: [f64; 3], offset: [f64; 3]) {
        for c in 0..3 {
            (self.scale[c], self.offset[c]) = (self.scale[c] * scale[c], self.offset[c] * scale[c] + offset[c]);
        }
    }

    /// The tables are no lines any more.
    fn bend(&mut self) {
        self.scale = [f64::NAN; 3];
    }

    /// The mean of each channel after the tones so far.
    fn means(&mut self) -> [f64; 3] {
        let pixels = (self.source.len() / 3).max(1) as f64;
        // Sums of whole numbers are exact either way.
        if self.untouched {
            return sums(self.source).map(|sum| sum as f64 / pixels);
        }
        self.part();
        let counts = histogram(self.source);
        [0, 1, 2].map(|c| self.tables[c].iter().zip(&counts[c]).map(|(v, n)| v * f64::from(*n)).sum::<f64>() / pixels)
    }

    /// How often each channel has each level after the tones so far, rounded.
    fn counts(&mut self) -> Counts {
        let counts = histogram(self.source);
        if self.untouched {
            return counts;
        }
        self.part();
        counts_after(&counts, &self.tables)
    }

    /// The least and the greatest level of all channels after the tones so far.
    fn bounds(&mut self) -> (f64, f64) {
        self.part();
        let counts = histogram(self.source);
        let (mut least, mut greatest) = (255.0f64, 0.0f64);
        for (v, _) in self.tables.as_flattened().iter().zip(counts.as_flattened()).filter(|(_, n)| **n > 0) {
            (least, greatest) = (least.min(*v), greatest.max(*v));
        }
        (least.min(greatest), greatest)
    }
}

/// The height of a Bezier curve from (0, 0) to (`greatest`, `greatest`) at level `v`.
pub(in crate::kernels) fn curve(v: f64, low: f64, high: f64, greatest: f64) -> f64 {
    let t = v * (1.0 / greatest);
    let u = 1.0 - t;
    (3.0 * (u * u) * t * low + 3.0 * u * (t * t) * high + t * t * t) * greatest
}

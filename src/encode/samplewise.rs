//! What a row's own levels say of how it is normalised.

use super::{Shift, Values};
use crate::image::Deep;
use crate::kernels::moments::{extremes, moments};
use crate::spec::{Center, Per, Samplewise, Scale};
use crate::statistics::Spread;

/// What is known of some values of a row.
#[derive(Clone, Copy)]
struct Summary {
    count: u64,
    mean: f64,
    variance: f64,
    least: f64,
    most: f64,
}

/// Centre and scale of each channel of a row with these levels, whose channels, as many as there are tables in
/// `values`, alternate.
pub(super) fn shifts(rule: Samplewise, values: &Values, levels: &[u8]) -> [Shift; 3] {
    let (channels, moments) = (values.channels, moments(levels));
    let count = (levels.len() / channels) as u64;
    let (mut sums, mut squares) = ([0; 3], [0; 3]);
    for c in 0..3 {
        // With one channel, all three are its own.
        sums[c % channels] += moments.sums[c];
        squares[c % channels] += moments.squares[c];
    }
    let ends = ends(rule, values, levels);
    let mut of_channels = [0, 1, 2].map(|c| {
        let spread = Spread::of(count, sums[c], squares[c]);
        summary(values, c, count, spread, ends[c])
    });
    if rule.per == Per::Picture {
        let whole = if values.alike {
            let all = count * channels as u64;
            let spread = Spread::of(all, sums.iter().sum(), squares.iter().sum());
            Summary { least: 0.0, most: 0.0, ..summary(values, 0, all, spread, (0.0, 0.0)) }
        } else {
            together(&of_channels[..channels])
        };
        let (least, most) = ends_of(&of_channels[..channels]);
        of_channels = [Summary { least, most, ..whole }; 3];
    }
    of_channels.map(|summary| shift(rule, summary))
}

/// The same for a picture of any channels and depth; `affine` has a factor and an offset for each channel.
pub(super) fn deep_shifts(rule: Samplewise, affine: &[(f64, f64)], picture: &Deep) -> Vec<Shift> {
    let channels = affine.len();
    let of_channel = |(c, (factor, offset)): (usize, &(f64, f64))| {
        let samples = || picture.samples().iter().skip(c).step_by(channels).map(|sample| u64::from(*sample));
        let count = samples().count() as u64;
        let Spread { mean, variance } = Spread::of(count, samples().sum(), samples().map(|sample| sample * sample).sum());
        let [least, most] = [samples().min(), samples().max()].map(|end| end.unwrap_or(0) as f64 * factor + offset);
        Summary { count, mean: factor * mean + offset, variance: factor * factor * variance, least, most }
    };
    let of_channels: Vec<Summary> = affine.iter().enumerate().map(of_channel).collect();
    match rule.per {
        Per::Channel => of_channels.into_iter().map(|summary| shift(rule, summary)).collect(),
        Per::Picture => {
            let (least, most) = ends_of(&of_channels);
            vec![shift(rule, Summary { least, most, ..together(&of_channels) }); channels]
        }
    }
}

/// The least and the greatest value of all channels.
fn ends_of(channels: &[Summary]) -> (f64, f64) {
    let least = channels.iter().fold(f64::INFINITY, |least, c| least.min(c.least));
    (least, channels.iter().fold(f64::NEG_INFINITY, |most, c| most.max(c.most)))
}

fn summary(values: &Values, c: usize, count: u64, spread: Spread, (least, most): (f64, f64)) -> Summary {
    let (factor, offset) = values.affine[c];
    Summary { count, mean: factor * spread.mean + offset, variance: factor * factor * spread.variance, least, most }
}

/// The least and the greatest value of each channel, where they are asked for.
fn ends(rule: Samplewise, values: &Values, levels: &[u8]) -> [(f64, f64); 3] {
    if rule.center != Center::Min && rule.scale != Scale::Range {
        return [(0.0, 0.0); 3];
    }
    let ends = extremes(levels);
    let of = |c: usize, level: u8| values.tables[c][usize::from(level)];
    if values.channels == 1 {
        let (least, most) = ends.iter().fold((u8::MAX, 0), |(least, most), end| (least.min(end.0), most.max(end.1)));
        return [(of(0, least), of(0, most)); 3];
    }
    [0, 1, 2].map(|c| (of(c, ends[c].0), of(c, ends[c].1)))
}

/// Of all channels together; they have equally many values.
fn together(channels: &[Summary]) -> Summary {
    let n = channels.len() as f64;
    let mean = channels.iter().fold(0.0, |sum, c| sum + c.mean) / n;
    let variance = channels.iter().fold(0.0, |sum, c| sum + c.variance + (c.mean - mean) * (c.mean - mean)) / n;
    let count = channels.iter().map(|c| c.count).sum();
    Summary { count, mean, variance, least: 0.0, most: 0.0 }
}

fn shift(rule: Samplewise, of: Summary) -> Shift {
    let center = match rule.center {
        Center::None => 0.0,
        Center::Mean => of.mean,
        Center::Min => of.least,
    };
    let deviation = of.variance.sqrt();
    let scale = match rule.scale {
        Scale::None => 1.0,
        Scale::Std => deviation + rule.epsilon,
        Scale::TfImage => deviation.max(1.0 / (of.count as f64).sqrt()),
        Scale::Range => of.most - of.least + rule.epsilon,
    };
    Shift { center, inverse: 1.0 / scale }
}

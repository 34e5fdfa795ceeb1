//! Jobs whose pictures are not three channels of 8 bits: what is said of them, and what then cannot be.

use super::fields::{About, Choice, Fields};
use super::sections::{Color, Dtype, Output};
use crate::image::{Depth, MOST_CHANNELS, Planes, Wanted};
use crate::pipeline::Pipeline;
use serde_json::Value;

impl Choice for Depth {
    const ALL: &'static [(&'static str, Self)] = &[("uint8", Self::Uint8), ("uint16", Self::Uint16)];
}

/// Where the channels of an array stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NpyLayout {
    Hwc,
    Chw,
}

impl Choice for NpyLayout {
    const ALL: &'static [(&'static str, Self)] = &[("HWC", Self::Hwc), ("CHW", Self::Chw)];
}

/// What deep rows are made by, besides [`Output`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DeepOutput {
    /// Channels and depth.
    pub planes: Planes,
    /// Subtracted after `rescale`, per channel.
    pub mean: [f64; MOST_CHANNELS],
    /// Divided by after that, per channel.
    pub std: [f64; MOST_CHANNELS],
}

impl DeepOutput {
    /// Samples as they are.
    pub fn plain(planes: Planes) -> Self {
        Self { planes, mean: [0.0; MOST_CHANNELS], std: [1.0; MOST_CHANNELS] }
    }

    /// The type that holds its samples.
    pub const fn dtype(&self) -> Dtype {
        match self.planes.depth {
            Depth::Uint8 => Dtype::Uint8,
            Depth::Uint16 => Dtype::Uint16,
        }
    }
}

/// Reads `channels`, `depth` and `npy_layout` of `input`; `None` for pictures as they have always been, which leaves no trace.
pub(super) fn read_wanted(section: &mut Fields<'_>) -> Option<Wanted> {
    let about = "how many every picture has; absent: pictures become red, green and blue of 8 bits";
    let channels = section.optional_integer("channels", (1, MOST_CHANNELS as u64), About("channels", about));
    let about = "of a sample; `uint16` takes samples of 8 bits times 257. Only with `channels`";
    let depth = section.choice("depth", Depth::Uint8, About("", about));
    let about = "axes of `.npy` files that have three: channels last or first. Only with `channels`";
    let layout = section.choice("npy_layout", NpyLayout::Hwc, About("", about));
    ["channels", "depth", "npy_layout"].iter().for_each(|name| section.keep_untraced(name));
    let Some(channels) = channels else {
        for (name, written) in [("depth", depth != Depth::Uint8), ("npy_layout", layout != NpyLayout::Hwc)] {
            if written {
                section.complain(name, "is for pictures whose channels are said (write `channels` beside it)");
            }
        }
        return None;
    };
    let planes = Planes { channels: channels as usize, depth };
    section.put("depth", depth.word().into());
    Some(Wanted { planes, channels_first: layout == NpyLayout::Chw })
}

/// What is left of `output` that such rows cannot have.
pub(super) fn check_output(section: &mut Fields<'_>, output: &Output) {
    let Some(deep) = &output.deep else {
        if output.dtype == Dtype::Uint16 {
            let remedy = "write \"channels\" and \"depth\": \"uint16\" in input, or another dtype";
            section.complain("dtype", &format!("pictures become 8 bits a channel ({remedy})"));
        }
        return;
    };
    section.keep_untraced("color");
    let held = deep.dtype();
    if matches!(output.dtype, Dtype::Uint8 | Dtype::Uint16) && output.dtype != held {
        let (dtype, held) = (output.dtype.word(), held.word());
        section.complain("dtype", &format!("{dtype} rows of {held} samples (write {held:?}, \"float16\" or \"float32\")"));
    }
    if output.color == Color::Gray {
        section.complain("color", "pictures keep their channels where input says how many (leave it out)");
    }
    for (name, written) in [("featurewise", output.featurewise.is_some()), ("zca", output.zca.is_some())] {
        if written {
            section.complain(name, "is not made where input says channels (give `mean` and `std`, or use samplewise)");
        }
    }
}

/// Every step of the pipelines that does not serve these pictures; `resolved` is how `pipeline`'s list reads with its defaults.
pub(super) fn unserved(pipeline: &Pipeline, at: &str, resolved: Option<&Value>, planes: Planes) -> Vec<String> {
    let mut problems = pipeline.cannot_serve(at, planes);
    if planes.channels != 3 {
        coloured(resolved.unwrap_or(&Value::Null), at, planes, &mut problems);
    }
    problems
}

/// Every step that has a level for red, for green and for blue, or draws them.
fn coloured(value: &Value, at: &str, planes: Planes, problems: &mut Vec<String>) {
    match value {
        Value::Array(list) => list.iter().enumerate().for_each(|(i, of)| coloured(of, &format!("{at}[{i}]"), planes, problems)),
        Value::Object(step) => {
            let mut refuse = |field: &str, problem: &str| {
                problems.push(format!("{at}.{field}: {problem}, and pictures have {planes}"));
            };
            if step.get("fill_value").and_then(Value::as_array).is_some_and(|colour| colour.iter().any(|c| *c != colour[0])) {
                refuse("fill_value", "a level for each of three channels (give one level for all)");
            }
            if step.get("fill").is_some_and(|fill| fill == "random" || fill == "uniform") {
                refuse("fill", "levels are drawn for three channels (write \"constant\")");
            }
            if step.get("op").is_some_and(|op| op == "pixel_dropout") && step.get("per_channel") == Some(&Value::Bool(true)) {
                refuse("per_channel", "places are drawn for three channels (leave it out)");
            }
            step.iter().for_each(|(name, of)| coloured(of, &format!("{at}.{name}"), planes, problems));
        }
        _ => {}
    }
}

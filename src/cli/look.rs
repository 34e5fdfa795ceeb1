//! To look and to ask: rows explained, sheets, what pictures are like.

use super::limits::InputLimits;
use super::values::{parse_place, parse_seed, parse_side, place};
use crate::spec::{By, LabelSource, Side, amounts_from_argument};
use clap::Args;
use clap::builder::RangedI64ValueParser;
use std::path::PathBuf;

/// Which row of a dataset.
#[derive(Clone, Debug, Args)]
pub struct WhichRow {
    /// The epoch, from 0
    #[arg(long, value_name = "E", default_value_t = 0, allow_negative_numbers = true, value_parser = parse_place)]
    pub epoch: u64,
    /// The row of the epoch, from 0, counted through its shards
    #[arg(long, value_name = "R", allow_negative_numbers = true, value_parser = parse_place, required_unless_present = "image")]
    pub row: Option<u64>,
    /// The row of this picture: its path below the folder of pictures
    #[arg(long, value_name = "PATH", conflicts_with = "row")]
    pub image: Option<String>,
    /// train, val or test [default: train; the picture's, with --image]
    #[arg(long, value_name = "NAME", value_parser = parse_side)]
    pub split: Option<Side>,
}

/// What a row is made again from, and where to.
#[derive(Clone, Debug, Args)]
pub struct Again {
    /// The folder of pictures that the dataset was made from, for -o
    #[arg(long, value_name = "DIR", requires = "picture", value_parser = place())]
    pub input: Option<PathBuf>,
    /// The folder that the spec stood in, if its steps refer to pictures, for -o
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub references_from: PathBuf,
    /// Make the row's picture again, and write it to this PNG file
    #[arg(short = 'o', long = "output", value_name = "FILE", requires = "input")]
    pub picture: Option<PathBuf>,
}

/// What a sheet shows.
#[derive(Debug, Args)]
pub struct Look {
    /// The folder or archive of pictures; with --op a picture, or a folder whose first is taken [default there: one that prebake has]
    #[arg(required_unless_present = "op", value_parser = place())]
    pub input: Option<PathBuf>,
    /// The augmentation spec, a JSON file
    #[arg(long, value_name = "FILE", required_unless_present = "op", conflicts_with = "op")]
    pub spec: Option<PathBuf>,
    /// Show this op at the low, middle and high end of each of its ranges
    #[arg(long, value_name = "NAME")]
    pub op: Option<String>,
    /// The sheet to write, NAME.png or NAME.html; one that is there is replaced
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    pub output: PathBuf,
    /// Rows of each picture
    #[arg(long, value_name = "K", default_value_t = 3, allow_negative_numbers = true, value_parser = RangedI64ValueParser::<u64>::new().range(1..=64))]
    pub rows: u64,
    /// Pictures, spread over the classes
    #[arg(long, value_name = "N", default_value_t = 8, allow_negative_numbers = true, value_parser = RangedI64ValueParser::<u64>::new().range(1..=1000))]
    pub images: u64,
    /// The epoch of the first row
    #[arg(long, value_name = "E", default_value_t = 0, allow_negative_numbers = true, value_parser = RangedI64ValueParser::<u64>::new().range(0..=99_999))]
    pub epoch_from: u64,
    /// What every draw starts from, and which pictures are shown [default: the spec's]
    #[arg(long, value_name = "S", allow_negative_numbers = true, value_parser = parse_seed)]
    pub seed: Option<u64>,
    /// auto, directory, filename, filename:SEPARATOR, pattern:REGEX or beside:NAME.cls [default: the spec's]
    #[arg(long, value_name = "SOURCE", value_parser = LabelSource::from_argument)]
    pub labels: Option<LabelSource>,
    /// In a PNG, show the picture after each step too; a page always does
    #[arg(long)]
    pub steps: bool,
    /// Leave out the masks, boxes and key points of the spec, which are painted over the source and the rows else
    #[arg(long)]
    pub no_targets: bool,
    /// What may come in.
    #[command(flatten)]
    pub limits: InputLimits,
}

/// What is counted, and where it is shown.
#[derive(Debug, Args)]
pub struct Count {
    /// The folder or archive of pictures, or a dataset that `build` wrote
    #[arg(value_parser = place())]
    pub input: PathBuf,
    /// The augmentation spec, for its labels, masks, boxes and split; no step is run
    #[arg(long, value_name = "FILE")]
    pub spec: Option<PathBuf>,
    /// auto, directory, filename, filename:SEPARATOR, pattern:REGEX or beside:NAME.cls [default: the spec's, or auto]
    #[arg(long, value_name = "SOURCE", value_parser = LabelSource::from_argument)]
    pub labels: Option<LabelSource>,
    /// Count as if pictures were divided so: val=0.1,test=0.1, as shares or counts [default: the spec's]
    #[arg(long, value_name = "AMOUNTS", value_parser = amounts_from_argument)]
    pub split: Option<By>,
    /// A page to write, NAME.html, that needs nothing else; one that is there is replaced
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// What may come in.
    #[command(flatten)]
    pub limits: InputLimits,
}

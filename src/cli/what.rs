//! What decides the bytes of a dataset.

use super::limits::InputLimits;
use super::values::{Budget, parse_arrangement, parse_budget, parse_bytes, parse_seed, parse_shuffle, place};
use crate::error::Result;
use crate::plan::Sharding;
use crate::spec::{Arrangement, By, LabelSource, Overrides, Shuffle, Spec, amounts_from_argument};
use clap::builder::RangedI64ValueParser;
use clap::{Args, Command, FromArgMatches, ValueEnum};
use serde::{Deserialize, Serialize};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// What a frozen plan says already.
const DECIDED: [&str; 15] = [
    "spec",
    "epochs",
    "seed",
    "batch_size",
    "shard_size",
    "batches_per_shard",
    "labels",
    "shuffle",
    "layout",
    "split",
    "split_from",
    "dedupe",
    "statistics_from",
    "on_error",
    "max_errors",
];

/// What decides the dataset.
#[derive(Clone, Debug, Args)]
pub struct What {
    /// The folder of pictures, an archive of them (.tar, .zip), or what their keys in a bucket start with, as a URL
    #[arg(value_parser = place())]
    pub input: PathBuf,
    /// The augmentation spec, a JSON file
    #[arg(long, value_name = "FILE", required_unless_present = "plan")]
    pub spec: Option<PathBuf>,
    /// A plan that `prebake plan --out FILE.json` froze, in place of a spec and of flags that decide the dataset: INPUT is not listed
    #[arg(long, value_name = "FILE", conflicts_with_all = DECIDED)]
    pub plan: Option<PathBuf>,
    /// Augmented passes over the pictures [default: the spec's]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = RangedI64ValueParser::<u64>::new().range(1..=100_000))]
    pub epochs: Option<u64>,
    /// What every draw starts from [default: the spec's]
    #[arg(long, value_name = "S", allow_negative_numbers = true, value_parser = parse_seed)]
    pub seed: Option<u64>,
    /// Rows that a training step takes [default: the spec's]
    #[arg(long, value_name = "B", allow_negative_numbers = true, value_parser = RangedI64ValueParser::<u64>::new().range(1..=1_048_576))]
    pub batch_size: Option<u64>,
    /// Bytes of images in a shard, at most (but one batch at least)
    #[arg(long, value_name = "SIZE", allow_negative_numbers = true, default_value = "64MiB", value_parser = parse_bytes, conflicts_with = "batches_per_shard")]
    pub shard_size: u64,
    /// Batches in a shard; 1 gives a file for each batch
    #[arg(long, value_name = "K", allow_negative_numbers = true, value_parser = RangedI64ValueParser::<u64>::new().range(1..=1_048_576))]
    pub batches_per_shard: Option<u64>,
    /// auto, directory, filename, filename:SEPARATOR, pattern:REGEX or beside:NAME.cls [default: the spec's]
    #[arg(long, value_name = "SOURCE", value_parser = LabelSource::from_argument)]
    pub labels: Option<LabelSource>,
    /// block, global or none [default: the spec's]
    #[arg(long, value_name = "ORDER", value_parser = parse_shuffle)]
    pub shuffle: Option<Shuffle>,
    /// packed, or stable: pictures that come, go or change rewrite only their own blocks [default: the spec's]
    #[arg(long, value_name = "LAYOUT", value_parser = parse_arrangement)]
    pub layout: Option<Arrangement>,
    /// train=0.8,val=0.2 or val=100,test=100: shares below 1, else counts; the rest trains [default: the spec's]
    #[arg(long, value_name = "AMOUNTS", value_parser = amounts_from_argument)]
    pub split: Option<By>,
    /// Keep the sides that pictures have in this dataset, whatever pictures came since
    #[arg(long, value_name = "DIR")]
    pub split_from: Option<PathBuf>,
    /// Keep pictures that look alike on one side of the split, too
    #[arg(long, value_name = "WHAT")]
    pub dedupe: Option<Dedupe>,
    /// Take mean, deviation and whitening from this dataset, as a validation set does from training's [default: of the pictures]
    #[arg(long, value_name = "DIR")]
    pub statistics_from: Option<PathBuf>,
    /// What a bad picture means: stop, leave it out, or put another one of its class in its place
    #[arg(long, value_name = "POLICY", default_value = "fail")]
    pub on_error: OnError,
    /// How many pictures may be bad, as a number or a percentage [default: all but one]
    #[arg(long, value_name = "N|P%", allow_negative_numbers = true, value_parser = parse_budget)]
    pub max_errors: Option<Budget>,
    /// What may come in.
    #[command(flatten)]
    pub limits: InputLimits,
}

impl What {
    /// What `build` takes these arguments for.
    ///
    /// # Panics
    /// If it would refuse them.
    pub fn of_arguments(arguments: &[&OsStr]) -> Self {
        let command = Self::augment_args(Command::new("build").no_binary_name(true));
        let matches = command.try_get_matches_from(arguments).expect("invariant: arguments that build takes");
        Self::from_arg_matches(&matches).expect("invariant: arguments that build takes")
    }

    /// The spec's file; nothing where a plan was frozen.
    pub fn spec_file(&self) -> &Path {
        self.spec.as_deref().unwrap_or(Path::new(""))
    }

    /// The spec, with what the command line says over it.
    ///
    /// # Errors
    /// With all problems of it.
    pub fn load_spec(&self) -> Result<Spec> {
        Spec::load(self.spec_file(), &self.overrides())
    }

    /// What the command line says over the spec.
    pub fn overrides(&self) -> Overrides {
        Overrides {
            epochs: self.epochs,
            seed: self.seed,
            batch_size: self.batch_size,
            labels: self.labels.clone(),
            shuffle: self.shuffle,
            arrangement: self.layout,
            split: self.split.clone(),
            near: self.dedupe == Some(Dedupe::Near),
            deepest: Some(self.limits.max_spec_depth.into()),
        }
    }

    /// How many rows a shard takes.
    pub fn sharding(&self) -> Sharding {
        self.batches_per_shard.map_or(Sharding::Bytes(self.shard_size), Sharding::Batches)
    }
}

/// What a bad picture means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum OnError {
    /// Stop.
    Fail,
    /// Leave it out.
    Skip,
    /// Put another one of its class in its place; leave it out where there is none.
    Substitute,
}

/// Which pictures stay together besides files of equal bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Dedupe {
    /// Those that look alike.
    Near,
}

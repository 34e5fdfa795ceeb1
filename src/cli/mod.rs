//! The command line: what may be written, and what it means. No logic beyond that.

mod values;

use crate::catalogue::Preset;
use crate::plan::Sharding;
use crate::spec::{By, LabelSource, Overrides, Shuffle, Side, amounts_from_argument};
use clap::builder::RangedI64ValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
pub use values::Budget;
use values::{parse_budget, parse_bytes, parse_place, parse_seed, parse_shuffle, parse_side, parse_worker};

/// Precompute augmented image datasets: a folder of pictures and a spec in, N epochs of .npy shards
/// and a label map out.
#[derive(Debug, Parser)]
#[command(name = "prebake", version, after_help = EXIT_CODES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 done, 1 failed, 2 usage or spec error, 3 done but pictures were skipped, \
4 error budget exceeded, 10 OUT is no dataset of prebake, 11 OUT is locked by another run, 12 verification failed, \
28 no space left, 130/143 stopped by a signal";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make the dataset: decode once, augment N times, write shards
    Build {
        /// What to make.
        #[command(flatten)]
        what: What,
        /// The folder to write; it is new, or holds an earlier run of the same plan
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// Threads that decode and render [default: one per core]
        #[arg(long, value_name = "T", allow_negative_numbers = true, value_parser = clap::value_parser!(u16).range(1..=1024))]
        threads: Option<u16>,
        /// Prepared pictures to keep in memory; the rest is decoded again for each epoch
        #[arg(long, value_name = "SIZE", allow_negative_numbers = true, default_value = "2GiB", value_parser = parse_bytes)]
        memory: u64,
        /// Build the I-th of N shares; `prebake commit` finishes the dataset
        #[arg(long, value_name = "I/N", value_parser = parse_worker)]
        worker: Option<(u64, u64)>,
        /// Replace a dataset of another plan: removes the files that its manifest lists
        #[arg(long)]
        force: bool,
        /// What is told.
        #[command(flatten)]
        telling: Telling,
    },
    /// Say what `build` would make; write nothing
    Plan {
        /// What to make.
        #[command(flatten)]
        what: What,
        /// The folder that `build` would write, to compare with the free space there
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
        /// What is told.
        #[command(flatten)]
        telling: Telling,
    },
    /// Finish a dataset that several workers built
    Commit {
        /// The folder that the workers wrote
        out: PathBuf,
        /// What is told.
        #[command(flatten)]
        telling: Telling,
    },
    /// Say what a row shows: its picture, its label, what was drawn for it; make it again
    Explain {
        /// The dataset's folder
        out: PathBuf,
        /// Which row.
        #[command(flatten)]
        which: WhichRow,
        /// To make it again.
        #[command(flatten)]
        again: Again,
        /// What is told.
        #[command(flatten)]
        telling: Telling,
    },
    /// List the ops, or say everything about one
    Ops {
        /// The op
        name: Option<String>,
        /// What is told.
        #[command(flatten)]
        telling: Telling,
    },
    /// Print the JSON Schema of a spec, so that an editor completes and checks it
    Schema {
        /// What is told.
        #[command(flatten)]
        telling: Telling,
    },
    /// Print a spec to start with
    Init {
        /// What the pictures are
        #[arg(long, value_name = "NAME", default_value = "photos")]
        preset: Preset,
        /// What is told.
        #[command(flatten)]
        telling: Telling,
    },
    /// Make a spec of a saved pipeline of another library
    Import {
        /// The saved pipeline: what `albumentations.save` or Keras's `Sequential.to_json()` writes, or ImageDataGenerator's arguments
        file: PathBuf,
        /// The spec to write; one that is there is replaced [default: standard output]
        #[arg(short = 'o', long = "output", value_name = "OUT")]
        output: Option<PathBuf>,
        /// Leave out what cannot be kept, and warn of it
        #[arg(long)]
        lenient: bool,
        /// What is told.
        #[command(flatten)]
        telling: Telling,
    },
    /// Make a sheet to look at: pictures beside the rows that a build would make, or one op at its magnitudes
    Preview {
        /// What it shows.
        #[command(flatten)]
        look: Look,
        /// What is told.
        #[command(flatten)]
        telling: Telling,
    },
    /// Say what pictures, or the rows of a dataset, are like: classes, sizes, colours, copies, what cannot be read
    Stats {
        /// What is counted.
        #[command(flatten)]
        count: Count,
        /// What is told.
        #[command(flatten)]
        telling: Telling,
    },
    /// Check a dataset: lengths, headers, hashes, nothing missing or extra
    Verify {
        /// The dataset's folder
        out: PathBuf,
        /// What is told.
        #[command(flatten)]
        telling: Telling,
    },
}

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
    #[arg(long, value_name = "DIR", requires = "picture")]
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
    /// The folder of pictures; with --op a picture, or a folder whose first is taken [default there: one that prebake has]
    #[arg(required_unless_present = "op")]
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
    /// auto, directory, filename, filename:SEPARATOR or pattern:REGEX [default: the spec's]
    #[arg(long, value_name = "SOURCE", value_parser = LabelSource::from_argument)]
    pub labels: Option<LabelSource>,
    /// In a PNG, show the picture after each step too; a page always does
    #[arg(long)]
    pub steps: bool,
    /// Leave out the masks, boxes and key points of the spec, which are painted over the source and the rows else
    #[arg(long)]
    pub no_targets: bool,
    /// Pictures of more pixels are bad
    #[arg(long, value_name = "N", allow_negative_numbers = true, default_value_t = 100_000_000, value_parser = RangedI64ValueParser::<u64>::new().range(1..))]
    pub max_pixels: u64,
}

/// What is counted, and where it is shown.
#[derive(Debug, Args)]
pub struct Count {
    /// The folder of pictures, or a dataset that `build` wrote
    pub input: PathBuf,
    /// The augmentation spec, for its labels, masks, boxes and split; no step is run
    #[arg(long, value_name = "FILE")]
    pub spec: Option<PathBuf>,
    /// auto, directory, filename, filename:SEPARATOR or pattern:REGEX [default: the spec's, or auto]
    #[arg(long, value_name = "SOURCE", value_parser = LabelSource::from_argument)]
    pub labels: Option<LabelSource>,
    /// Count as if pictures were divided so: val=0.1,test=0.1, as shares or counts [default: the spec's]
    #[arg(long, value_name = "AMOUNTS", value_parser = amounts_from_argument)]
    pub split: Option<By>,
    /// A page to write, NAME.html, that needs nothing else; one that is there is replaced
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Pictures of more pixels are bad
    #[arg(long, value_name = "N", allow_negative_numbers = true, default_value_t = 100_000_000, value_parser = RangedI64ValueParser::<u64>::new().range(1..))]
    pub max_pixels: u64,
}

/// What decides the dataset.
#[derive(Debug, Args)]
pub struct What {
    /// The folder of pictures
    pub input: PathBuf,
    /// The augmentation spec, a JSON file
    #[arg(long, value_name = "FILE")]
    pub spec: PathBuf,
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
    /// auto, directory, filename, filename:SEPARATOR or pattern:REGEX [default: the spec's]
    #[arg(long, value_name = "SOURCE", value_parser = LabelSource::from_argument)]
    pub labels: Option<LabelSource>,
    /// block, global or none [default: the spec's]
    #[arg(long, value_name = "ORDER", value_parser = parse_shuffle)]
    pub shuffle: Option<Shuffle>,
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
    /// What a bad picture means: stop, or leave it out
    #[arg(long, value_name = "POLICY", default_value = "fail")]
    pub on_error: OnError,
    /// How many pictures may be left out, as a number or a percentage [default: all but one]
    #[arg(long, value_name = "N|P%", allow_negative_numbers = true, value_parser = parse_budget)]
    pub max_errors: Option<Budget>,
    /// Pictures of more pixels are bad; told by the header, before memory is taken
    #[arg(long, value_name = "N", allow_negative_numbers = true, default_value_t = 100_000_000, value_parser = RangedI64ValueParser::<u64>::new().range(1..))]
    pub max_pixels: u64,
}

impl What {
    /// What the command line says over the spec.
    pub fn overrides(&self) -> Overrides {
        Overrides {
            epochs: self.epochs,
            seed: self.seed,
            batch_size: self.batch_size,
            labels: self.labels.clone(),
            shuffle: self.shuffle,
            split: self.split.clone(),
            near: self.dedupe == Some(Dedupe::Near),
        }
    }

    /// How many rows a shard takes.
    pub fn sharding(&self) -> Sharding {
        self.batches_per_shard.map_or(Sharding::Bytes(self.shard_size), Sharding::Batches)
    }
}

/// How much is told, and how.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct Telling {
    /// Print the result as one JSON object
    #[arg(long)]
    pub json: bool,
    /// No progress and no warnings
    #[arg(long, short)]
    pub quiet: bool,
    /// How warnings and errors are written
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub log_format: LogFormat,
}

/// How warnings and errors are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Lines for people.
    #[default]
    Text,
    /// A JSON object a line.
    Json,
}

/// What a bad picture means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OnError {
    /// Stop.
    Fail,
    /// Leave it out.
    Skip,
}

/// Which pictures stay together besides files of equal bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Dedupe {
    /// Those that look alike.
    Near,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }
}

//! The command line: what may be written, and what it means. No logic beyond that.

mod export;
mod limits;
mod look;
mod mend;
mod values;
mod what;
mod worker;

use crate::catalogue::Preset;
use crate::loader::Framework;
use crate::output::Other;
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
pub use export::{Container, Exporting, PictureFormat};
pub use limits::InputLimits;
pub use look::{Again, Count, Look, WhichRow};
pub use mend::{Beside, Closeness, Differing, Effort, Mending, Resume};
use std::path::PathBuf;
pub use values::{Budget, Epochs};
use values::{parse_bytes, place};
pub use what::{Dedupe, OnError, What};
pub use worker::{Part, Share};

/// Precompute augmented image datasets: a folder of pictures and a spec in, N epochs of .npy shards
/// and a label map out.
#[derive(Debug, Parser)]
#[command(name = "prebake", version, after_help = EXIT_CODES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 done, 1 failed, 2 usage or spec error, 3 done but pictures were left out or substituted, \
4 error budget exceeded, 10 OUT is no dataset of prebake, 11 OUT is locked by another run, 12 verification failed, \
28 no space left, 129/130/143 stopped by a signal";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make the dataset: decode once, augment N times, write shards
    Build {
        /// What to make.
        #[command(flatten)]
        what: What,
        /// The folder to write, or its URL in a bucket (s3://, gs://, az://); it is new, or holds an earlier run of the same plan
        #[arg(long, value_name = "DIR", value_parser = place())]
        out: PathBuf,
        /// Threads that decode and render [default: one per core]
        #[arg(long, value_name = "T", allow_negative_numbers = true, value_parser = clap::value_parser!(u16).range(1..=1024))]
        threads: Option<u16>,
        /// Prepared pictures to keep in memory; the rest is decoded again for each epoch
        #[arg(long, value_name = "SIZE", allow_negative_numbers = true, default_value = "2GiB", value_parser = parse_bytes)]
        memory: u64,
        /// Which part of it, beside other workers.
        #[command(flatten)]
        part: Part,
        /// How shards that an earlier run left are trusted
        #[arg(long, value_name = "HOW", default_value = "lengths")]
        resume: Resume,
        /// What is done with a dataset of another plan.
        #[command(flatten)]
        there: There,
        /// Write how far the run is, for Prometheus, whole, once a second and at the end; one that is there is replaced
        #[arg(long, value_name = "FILE")]
        metrics_file: Option<PathBuf>,
        /// What is told.
        #[command(flatten)]
        telling: Telling,
    },
    /// Say what `build` would make; write nothing, or freeze the plan
    Plan {
        /// What to make.
        #[command(flatten)]
        what: What,
        /// The folder that `build` would write, to compare with the free space there; or NAME.json, to freeze the plan there for
        /// `build --plan`
        #[arg(long, value_name = "DIR", value_parser = place())]
        out: Option<PathBuf>,
        /// What is told.
        #[command(flatten)]
        telling: Telling,
    },
    /// Finish a dataset that several workers built
    Commit {
        /// The folder that the workers wrote
        #[arg(value_parser = place())]
        out: PathBuf,
        /// What is told.
        #[command(flatten)]
        telling: Telling,
    },
    /// Say what a row shows: its picture, its label, what was drawn for it; make it again
    Explain {
        /// The dataset's folder
        #[arg(value_parser = place())]
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
    /// Print one file of Python that loads datasets where the package cannot be installed; it needs NumPy, and the framework
    Loader {
        /// What it loads datasets into
        #[arg(long, value_name = "NAME", default_value = "numpy")]
        framework: Framework,
        /// What is told.
        #[command(flatten)]
        telling: Telling,
    },
    /// Print what a shell needs to complete these commands
    Completions {
        /// The shell
        shell: Shell,
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
    /// Say what changed in a folder of pictures since a dataset was made from it, and what `build --update` would make
    Diff {
        /// What is compared.
        #[command(flatten)]
        differing: Differing,
        /// What is told.
        #[command(flatten)]
        telling: Telling,
    },
    /// Say how far a build is, while it runs and after; disturbs none
    Status {
        /// The folder that `build` writes, or wrote
        #[arg(value_parser = place())]
        out: PathBuf,
        /// What is told.
        #[command(flatten)]
        telling: Telling,
    },
    /// Write the rows of a dataset into another container: tar files, TFRecord, Zarr, Parquet, or a folder of pictures
    Export {
        /// What, and how.
        #[command(flatten)]
        exporting: Exporting,
        /// What is told.
        #[command(flatten)]
        telling: Telling,
    },
    /// Check a dataset: lengths, headers, hashes, nothing missing or extra, the manifest as it was written
    Verify {
        /// The dataset's folder
        #[arg(value_parser = place())]
        out: PathBuf,
        /// How closely.
        #[command(flatten)]
        closeness: Closeness,
        /// What is told.
        #[command(flatten)]
        telling: Telling,
    },
    /// Make again what a damaged dataset lost, to the same bytes, and nothing else
    Repair {
        /// What is mended, and from what.
        #[command(flatten)]
        mending: Mending,
        /// What is told.
        #[command(flatten)]
        telling: Telling,
    },
}

/// What is done with a dataset that is there, and of another plan.
#[derive(Clone, Copy, Debug, Args)]
pub struct There {
    /// Make what differs, and keep the rest: with --layout stable the blocks whose pictures changed, else only more epochs; the
    /// dataset that is there stays readable until the new one is complete
    #[arg(long)]
    pub update: bool,
    /// Add so many epochs to the dataset, and touch none that it has; each call adds as many again
    #[arg(long, value_name = "K", allow_negative_numbers = true, value_parser = clap::builder::RangedI64ValueParser::<u64>::new().range(1..=100_000), conflicts_with_all = ["epochs", "update", "force"])]
    pub append_epochs: Option<u64>,
    /// Replace a dataset of another plan, which stays as it is until the new one is complete; both must fit the disk
    #[arg(long, conflicts_with = "update")]
    pub force: bool,
}

impl There {
    /// What is done with it.
    pub fn other(self) -> Other {
        match self {
            Self { append_epochs: Some(_), .. } => Other::Extended,
            Self { update: true, .. } => Other::Updated,
            Self { force: true, .. } => Other::Replaced,
            _ => Other::Stays,
        }
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
    /// How progress, warnings and errors are written to standard error
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub log_format: LogFormat,
}

/// How progress, warnings and errors are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Lines for people.
    #[default]
    Text,
    /// A JSON object a line.
    Json,
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

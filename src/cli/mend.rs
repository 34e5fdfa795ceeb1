//! To check and to mend: what a dataset is made again from.

use super::InputLimits;
use super::values::{parse_bytes, place};
use clap::builder::RangedI64ValueParser;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// How closely a dataset is checked.
#[derive(Debug, Args)]
pub struct Closeness {
    /// Look at names, lengths and headers only, and read no content
    #[arg(long, conflicts_with = "deep")]
    pub quick: bool,
    /// Also make K shards again from the pictures, spread over sides and epochs, and compare every byte
    #[arg(long, value_name = "K", allow_negative_numbers = true, requires = "input", value_parser = RangedI64ValueParser::<u64>::new().range(1..))]
    pub deep: Option<u64>,
    /// The folder or archive of pictures that the dataset was made from, for --deep
    #[arg(long, value_name = "DIR", requires = "deep", value_parser = place())]
    pub input: Option<PathBuf>,
    /// What else it was made from.
    #[command(flatten)]
    pub beside: Beside,
    /// How hard.
    #[command(flatten)]
    pub effort: Effort,
}

/// What is mended, and from what.
#[derive(Debug, Args)]
pub struct Mending {
    /// The dataset's folder
    #[arg(value_parser = place())]
    pub out: PathBuf,
    /// The folder or archive of pictures that the dataset was made from
    #[arg(long, value_name = "DIR", value_parser = place())]
    pub input: PathBuf,
    /// What else it was made from.
    #[command(flatten)]
    pub beside: Beside,
    /// How hard.
    #[command(flatten)]
    pub effort: Effort,
}

/// What is compared.
#[derive(Debug, Args)]
pub struct Differing {
    /// The dataset's folder
    #[arg(value_parser = place())]
    pub out: PathBuf,
    /// The folder or archive of pictures that it was made from, as it is now
    #[arg(value_parser = place())]
    pub input: PathBuf,
    /// Exit with 1 if something differs
    #[arg(long)]
    pub exit_code: bool,
    /// What else it was made from.
    #[command(flatten)]
    pub beside: Beside,
}

/// What a dataset was made from besides its pictures.
#[derive(Clone, Debug, Args)]
pub struct Beside {
    /// The folder that the spec stood in, if its steps refer to pictures
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub references_from: PathBuf,
    /// The dataset that statistics were taken from, if this one lost them
    #[arg(long, value_name = "DIR")]
    pub statistics_from: Option<PathBuf>,
    /// The limits that it was built with; what its pictures have is always within them.
    #[command(flatten)]
    pub limits: InputLimits,
}

/// What may be taken of the machine.
#[derive(Clone, Copy, Debug, Args)]
pub struct Effort {
    /// Threads that decode and render [default: one per core]
    #[arg(long, value_name = "T", allow_negative_numbers = true, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Prepared pictures to keep in memory; the rest is decoded again for each epoch
    #[arg(long, value_name = "SIZE", allow_negative_numbers = true, default_value = "2GiB", value_parser = parse_bytes)]
    pub memory: u64,
}

/// How shards that are there already are trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Resume {
    /// By their lengths
    Lengths,
    /// By their hashes; what does not fit is made again
    Verify,
}

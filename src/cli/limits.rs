//! What may come in: how large, how deep, how long.

use super::values::{parse_bytes, parse_seconds};
use crate::decode::Limits;
use clap::Args;
use clap::builder::RangedI64ValueParser;
use std::time::Duration;

/// What may come in; docs/limits.md has them all.
#[derive(Clone, Copy, Debug, Args)]
pub struct InputLimits {
    /// Pictures of more pixels are bad; told by the header, before memory is taken
    #[arg(long, value_name = "N", allow_negative_numbers = true, default_value_t = 100_000_000, value_parser = RangedI64ValueParser::<u64>::new().range(1..))]
    pub max_pixels: u64,
    /// Pictures that take more memory to decode are bad; told by the header, before it is taken
    #[arg(long, value_name = "SIZE", allow_negative_numbers = true, default_value = "2GiB", value_parser = parse_bytes)]
    pub max_picture_memory: u64,
    /// A picture that takes longer to read and decode ends the run, which names it; 0 waits for ever
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true, default_value = "60", value_parser = parse_seconds)]
    pub max_picture_time: Duration,
    /// Pictures whose path below the input has more bytes are bad
    #[arg(long, value_name = "BYTES", allow_negative_numbers = true, default_value_t = 4095, value_parser = RangedI64ValueParser::<u64>::new().range(1..))]
    pub max_path_length: u64,
    /// Folders within folders, below the input; deeper ones end the run
    #[arg(long, value_name = "N", allow_negative_numbers = true, default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub max_folder_depth: u16,
    /// Lists and objects within each other in the spec; a deeper one is refused
    #[arg(long, value_name = "N", allow_negative_numbers = true, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub max_spec_depth: u16,
}

impl InputLimits {
    /// What is checked of a picture.
    pub fn of_pictures(&self) -> Limits {
        let Self { max_pixels, max_picture_memory, max_path_length, max_folder_depth, .. } = *self;
        Limits { pixels: max_pixels, memory: max_picture_memory, path: max_path_length, folders: max_folder_depth.into() }
    }
}

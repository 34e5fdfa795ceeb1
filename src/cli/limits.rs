//! How large a picture may be, and how long it may take.

use super::values::{parse_bytes, parse_seconds};
use crate::decode::Limits;
use clap::Args;
use clap::builder::RangedI64ValueParser;
use std::time::Duration;

/// How large a picture may be, and how long it may take.
#[derive(Clone, Copy, Debug, Args)]
pub struct PictureLimits {
    /// Pictures of more pixels are bad; told by the header, before memory is taken
    #[arg(long, value_name = "N", allow_negative_numbers = true, default_value_t = 100_000_000, value_parser = RangedI64ValueParser::<u64>::new().range(1..))]
    pub max_pixels: u64,
    /// Pictures that take more memory to decode are bad; told by the header, before it is taken
    #[arg(long, value_name = "SIZE", allow_negative_numbers = true, default_value = "2GiB", value_parser = parse_bytes)]
    pub max_picture_memory: u64,
    /// A picture that takes longer to read and decode ends the run, which names it; 0 waits for ever
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true, default_value = "60", value_parser = parse_seconds)]
    pub max_picture_time: Duration,
}

impl PictureLimits {
    /// What is checked of a picture.
    pub fn of_pictures(&self) -> Limits {
        Limits { pixels: self.max_pixels, memory: self.max_picture_memory }
    }
}

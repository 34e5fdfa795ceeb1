//! To export: what of a dataset, in which container, where to.

use super::values::{Epochs, parse_epochs, parse_side, place};
use crate::spec::Side;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// What is exported, and how.
#[derive(Clone, Debug, Args)]
pub struct Exporting {
    /// The dataset's folder
    #[arg(value_parser = place())]
    pub out: PathBuf,
    /// The folder to write; it is new or empty, or holds what an earlier run of the same export did not finish
    pub dest: PathBuf,
    /// The container
    #[arg(long, value_name = "CONTAINER")]
    pub to: Container,
    /// train, val or test [default: all]
    #[arg(long, value_name = "NAME", value_parser = parse_side)]
    pub split: Option<Side>,
    /// Epochs and ranges of them, from 0, as in 0,3 or 2-5 [default: all]
    #[arg(long, value_name = "LIST", value_parser = parse_epochs)]
    pub epochs: Option<Epochs>,
    /// How each picture is written [default: png, or npy where PNG does not hold the values]
    #[arg(long, value_name = "FORMAT")]
    pub image: Option<PictureFormat>,
    /// Quality of JPEG, 1 to 100 [default: 95]
    #[arg(long, value_name = "Q", allow_negative_numbers = true, value_parser = clap::value_parser!(u8).range(1..=100))]
    pub quality: Option<u8>,
    /// Threads that encode and write [default: one per core]
    #[arg(long, value_name = "T", allow_negative_numbers = true, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
}

/// What a dataset is exported to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Container {
    /// Tar files of samples, for the `webdataset` library.
    Webdataset,
    /// Records of `tf.train.Example`, for `tf.data`.
    Tfrecord,
    /// Zarr version 3: an array of all epochs.
    Zarr,
    /// Parquet as Hugging Face's `datasets` reads it.
    Parquet,
    /// Picture files in a folder for each class.
    Folder,
}

/// How a picture of a row is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PictureFormat {
    /// Without loss: uint8 or uint16, of one or three channels.
    Png,
    /// With loss: uint8, of one or three channels.
    Jpeg,
    /// The values as they are, of any type.
    Npy,
}

impl Container {
    /// Its name on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Webdataset => "webdataset",
            Self::Tfrecord => "tfrecord",
            Self::Zarr => "zarr",
            Self::Parquet => "parquet",
            Self::Folder => "folder",
        }
    }
}

//! Annotation files: tables, COCO, Pascal VOC, YOLO and Hugging Face's metadata, and masks beside pictures; from bytes to values.
//!
//! Readers touch no file. They take the bytes, the file's name for messages, and a list of [`Problems`] to which they
//! add; so one run names whatever has to be mended, in all files.

pub mod beside;
pub mod coco;
mod instances;
pub mod metadata;
mod path;
mod problems;
mod raster;
pub mod skeleton;
pub mod table;
mod text;
pub mod voc;
pub mod yolo;

pub use instances::{Instances, KeyPoint, LabelledBox, Outline, Outside};
pub use problems::{Place, Problems};

//! Annotation files: tables, COCO, Pascal VOC and YOLO, and masks beside pictures; from bytes to values.
//!
//! Readers touch no file. They take the bytes, the file's name for messages, and a list of [`Problems`] to which they
//! add; so one run names whatever has to be mended, in all files.

mod path;
mod problems;
pub mod table;

pub use problems::{Place, Problems};

//! Parquet, which takes a library of many crates: `--features parquet`.

use super::Table;
use crate::annotations::{Place, Problems};

/// Says how tables of this kind can be read.
pub(super) fn read(file: &str, _bytes: &[u8], problems: &mut Problems) -> Option<Table> {
    problems.add(
        &Place::file(file),
        "this prebake reads no Parquet (build it with `--features parquet`, or save the table as CSV or JSON Lines)",
    );
    None
}

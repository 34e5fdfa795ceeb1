//! Datasets that are built into a bucket, where the program was built without: every call is refused.

use crate::cli::What;
use crate::error::Result;
use crate::prepare::Running;
use crate::report::{Report, Told};
use crate::store::without;
use crate::verify::{Checked, Depth};

/// Refuses.
///
/// # Errors
/// Always.
pub fn build(_what: &What, url: &str, _running: Running<'_>) -> Result<Report> {
    Err(without(url))
}

/// Refuses.
///
/// # Errors
/// Always.
pub fn commit(url: &str) -> Result<Report> {
    Err(without(url))
}

/// Refuses.
///
/// # Errors
/// Always.
pub fn status(url: &str) -> Result<Box<dyn Told>> {
    Err(without(url))
}

/// Refuses.
///
/// # Errors
/// Always.
pub fn check(url: &str, _depth: Depth) -> Result<Checked> {
    Err(without(url))
}

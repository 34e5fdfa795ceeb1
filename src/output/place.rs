//! Where a file may be written that is no part of a dataset, and how: a sheet, a picture.

use super::staged::Staged;
use crate::error::{Error, Result, shown};
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Refuses a file that could not be written: a folder, a device, or one in a folder that is not there.
///
/// # Errors
/// If it is one.
pub fn check(file: &Path) -> Result<()> {
    let problem = |path: &Path, problem: &str| Err(Error::Usage(format!("{}: {problem}", shown(path))));
    if file.is_dir() {
        return problem(file, "is a folder (-o names a file)");
    }
    if file.exists() && !file.is_file() {
        return problem(file, "a device or a pipe, which cannot be replaced (-o names a file)");
    }
    match file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) if !folder.exists() => problem(folder, "no such folder (make it, or name another with -o)"),
        Some(folder) if !folder.is_dir() => problem(folder, "not a folder (-o names a file in a folder)"),
        _ => Ok(()),
    }
}

/// The file's ending, in small letters.
pub fn ending(file: &Path) -> Option<String> {
    file.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase)
}

/// Refuses what would be written inside `folder`, which `what` names.
///
/// # Errors
/// If it would.
pub fn apart(folder: &Path, out: &Path, what: &str, remedy: &str) -> Result<()> {
    let Ok(folder) = folder.canonicalize() else { return Ok(()) };
    let absolute = std::path::absolute(out).map_err(Error::io(out, "cannot use"))?;
    let real = absolute.ancestors().find_map(|above| Some(above.canonicalize().ok()?.join(absolute.strip_prefix(above).ok()?)));
    if real.is_some_and(|real| real.starts_with(&folder)) {
        return Err(Error::Usage(format!("{}: inside {what}, {} ({remedy})", shown(out), shown(&folder))));
    }
    Ok(())
}

/// Writes a whole file or none, in place of what was there.
///
/// # Errors
/// If the system refuses.
pub fn replace(file: &Path, bytes: &[u8]) -> Result<()> {
    replace_by(file, |to| to.write_all(bytes))
}

/// As [`replace`], of what `write` writes, which may be longer than memory.
///
/// # Errors
/// If the system refuses.
pub fn replace_by(file: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    let mut to = BufWriter::new(Staged::new(file.to_path_buf())?);
    write(&mut to).map_err(Error::io(file, "cannot write"))?;
    to.into_inner().map_err(|error| Error::io(file, "cannot write")(error.into_error()))?.finish()
}

/// As [`replace`], of what need not outlive a power cut, so that the disk is not waited for.
///
/// # Errors
/// If the system refuses.
pub fn replace_lightly(file: &Path, bytes: &[u8]) -> Result<()> {
    let mut staged = Staged::new(file.to_path_buf())?;
    staged.write(bytes)?;
    staged.name()
}

//! Links in an output folder, through which a run would write or remove elsewhere. The folder itself may be one: that is the user's choice.

use super::WORK;
use crate::error::{Error, Result, shown};
use crate::manifest::{CLASSES, ERRORS, FILE, LABEL_MAP, SAMPLES, SPEC};
use crate::spec::Side;
use crate::spec::fields::Choice;
use std::fs;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

/// Refuses an output folder with a link in a place where a run writes or removes.
///
/// # Errors
/// With the first link.
pub(super) fn refuse(root: &Path) -> Result<()> {
    let sides: Vec<PathBuf> = Side::ALL.iter().map(|(side, _)| root.join(side)).collect();
    let files = [CLASSES, LABEL_MAP, SPEC, SAMPLES, ERRORS, FILE, WORK];
    files.iter().map(|name| root.join(name)).chain(sides.iter().cloned()).try_for_each(|path| refuse_one(&path))?;
    for folder in sides.iter().cloned().chain([root.join(WORK), root.join(WORK).join("receipts")]) {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            refuse_one(&entry.path())?;
        }
    }
    Ok(())
}

fn refuse_one(path: &Path) -> Result<()> {
    match fs::symlink_metadata(path) {
        Ok(there) if there.file_type().is_symlink() => {
            let problem = "a link, through which files would be written elsewhere (remove it; OUT itself may be a link)";
            Err(Error::Usage(format!("{}: {problem}", shown(path))))
        }
        _ => Ok(()),
    }
}

/// Makes the folder of `relative` below `root`, one after the other, and goes through no link.
///
/// # Errors
/// If there is a link, or the system refuses.
pub fn make_folder_of(root: &Path, relative: &Path) -> Result<()> {
    fs::create_dir_all(root).map_err(Error::io(root, "cannot create"))?;
    let mut folder = root.to_path_buf();
    for part in relative.parent().into_iter().flat_map(Path::components).filter(|part| matches!(part, Component::Normal(_))) {
        folder.push(part);
        refuse_one(&folder)?;
        match fs::create_dir(&folder) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(Error::io(&folder, "cannot create")(error)),
            _ => {}
        }
    }
    Ok(())
}

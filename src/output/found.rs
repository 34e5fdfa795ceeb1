//! What stands in an output folder before a run touches it.

use super::{Trust, WORK};
use crate::error::{Error, Result, few, shown};
use crate::manifest::{FILE, Manifest};
use std::fs;
use std::path::Path;

/// How many differences a refusal names.
const NAMED: usize = 8;

/// What stands in an output folder.
#[derive(Debug)]
pub(super) enum Found {
    /// No folder, or an empty one.
    Nothing,
    /// A run that did not end, with its plan if it came as far as to note it.
    Unfinished(Option<Box<Manifest>>),
    /// A dataset.
    Complete(Box<Manifest>),
}

impl Found {
    /// Looks at `root` and writes nothing.
    ///
    /// # Errors
    /// If it is no folder, holds something that is not ours, or cannot be read.
    pub(super) fn at(root: &Path) -> Result<Self> {
        if let Some(file) = root.ancestors().find(|path| path.is_file()) {
            return Err(Error::Usage(format!("{}: a file, not a directory (--out names a folder)", shown(file))));
        }
        if let Some(manifest) = Manifest::load(&root.join(FILE))? {
            return Ok(Self::Complete(Box::new(manifest)));
        }
        if root.join(WORK).is_dir() {
            return Ok(Self::Unfinished(Manifest::load(&root.join(WORK).join("draft.json"))?.map(Box::new)));
        }
        let empty = match fs::read_dir(root) {
            Ok(mut entries) => entries.next().is_none(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => true,
            Err(error) => return Err(Error::io(root, "cannot list")(error)),
        };
        if empty {
            return Ok(Self::Nothing);
        }
        Err(Error::Usage(format!("{}: not empty, and not a dataset of prebake (choose a new folder)", shown(root))))
    }

    /// The dataset of `draft`'s plan, if it is there with all its files, and they can be trusted.
    pub(super) fn dataset_of(&self, draft: &Manifest, root: &Path, trust: Trust) -> Option<&Manifest> {
        let Self::Complete(there) = self else { return None };
        let whole = || trust.of(root, &there.listed().collect::<Vec<_>>()).into_iter().all(|fits| fits);
        (there.is_of_plan(draft) && whole()).then_some(there)
    }

    /// What is there of another plan than `draft`'s.
    ///
    /// # Errors
    /// With the differences, unless `force` allows to replace it.
    pub(super) fn to_replace(&self, draft: &Manifest, root: &Path, force: bool) -> Result<Option<&Manifest>> {
        let (Self::Complete(there) | Self::Unfinished(Some(there))) = self else { return Ok(None) };
        if there.is_of_plan(draft) {
            return Ok(None);
        }
        if force { Ok(Some(&**there)) } else { Err(Error::Usage(refusal(root, there, draft))) }
    }
}

fn refusal(root: &Path, there: &Manifest, here: &Manifest) -> String {
    let differences = few(there.differences(here), NAMED, |more| format!("and {more} more"));
    let mended = if there.is_unedited() { "" } else { "`prebake repair` mends it, " };
    format!("{}: holds a dataset of another plan ({mended}--force replaces it):\n  {}", shown(root), differences.join("\n  "))
}

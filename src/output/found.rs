//! What stands in an output folder before a run touches it.

use super::{Other, Output, Trust, WORK, draft_in};
use crate::error::{Error, Result, few, shown};
use crate::manifest::{FILE, Manifest};
use std::fs;
use std::path::Path;

/// How many differences a refusal names.
const NAMED: usize = 8;

/// The manifest of a dataset whose files are being removed, in the working folder.
pub(super) const REPLACED: &str = "replaced.json";

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
        if root.is_symlink() && !root.exists() {
            return Err(Error::Usage(format!("{}: a link to nowhere (mend or remove it; --out names a folder)", shown(root))));
        }
        if let Some(manifest) = Manifest::load(&root.join(FILE))? {
            return Ok(Self::Complete(Box::new(manifest)));
        }
        if root.join(WORK).is_dir() {
            let replaced = Manifest::load(&root.join(WORK).join(REPLACED))?;
            let plan = replaced.map_or_else(|| draft_in(root), |there| Ok(Some(there)))?;
            return Ok(Self::Unfinished(plan.map(Box::new)));
        }
        let empty = match fs::read_dir(root) {
            // Another worker may have begun since the look for its working folder.
            Ok(mut entries) => entries.all(|entry| entry.is_ok_and(|entry| entry.file_name() == WORK)),
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

    /// What comes before the first row of `draft`'s plan.
    ///
    /// # Errors
    /// With the differences, if a dataset of another plan is there and must stay, or cannot become this one.
    pub(super) fn way_to(&self, draft: &Manifest, root: &Path, other: Other) -> Result<Way<'_>> {
        let there = match self {
            Self::Nothing | Self::Unfinished(None) => return Ok(Way::Begin),
            Self::Complete(there) | Self::Unfinished(Some(there)) => &**there,
        };
        let complete = matches!(self, Self::Complete(_));
        if there.is_of_plan(draft) {
            return Ok(if complete { Way::TakeUp(there) } else { Way::Begin });
        }
        // An update that stopped goes on, whatever it did to the files beside the arrays.
        let begun = complete && Output::update_of(there, root)?.is_some_and(|begun| begun.plan_hash == draft.plan_hash);
        let whole = complete && (begun || there.is_whole_at(root));
        match other {
            Other::Extended if whole && there.is_beginning_of(draft) => Ok(Way::Update(there)),
            // Of a dataset that lost files, what it has is kept.
            Other::Updated if complete && draft.may_keep(there) => Ok(Way::Update(there)),
            // What is not finished of another plan is given up for this one.
            Other::Updated if !complete && draft.names_by_content() && there.names_by_content() => Ok(Way::Replace(there)),
            // What is called by its content, or is alike, is in nobody's way.
            Other::Replaced if whole && draft.may_keep(there) => Ok(Way::Update(there)),
            Other::Replaced if complete => Ok(Way::Stage),
            Other::Replaced => Ok(Way::Replace(there)),
            _ => Err(Error::Usage(refusal(root, there, draft, other))),
        }
    }
}

/// What comes before the first row.
#[derive(Debug)]
pub(super) enum Way<'a> {
    /// Nothing: the folder is new, or holds a part of the plan.
    Begin,
    /// A dataset of this plan that lost files becomes an unfinished one.
    TakeUp(&'a Manifest),
    /// Another one stays until this one is complete, and what they have alike is kept.
    Update(&'a Manifest),
    /// Another one stays until this one is complete, which is built apart, since files of both have the same names.
    Stage,
    /// What there is of another one, which was not finished, is removed.
    Replace(&'a Manifest),
}

fn refusal(root: &Path, there: &Manifest, here: &Manifest, other: Other) -> String {
    let differences = few(there.differences(here), NAMED, |more| format!("and {more} more"));
    let remedy = match other {
        Other::Extended if here.may_keep(there) => {
            "holds a dataset of another plan, and only epochs can be appended (--update makes what differs, --force replaces it)"
        }
        Other::Extended => "holds a dataset of another plan, and only epochs can be appended (--force replaces it)",
        Other::Updated => {
            "holds a dataset whose files cannot be kept (only those of --layout stable can, and more epochs; --force replaces it)"
        }
        _ if !there.is_unedited() => "holds a dataset of another plan (`prebake repair` mends it, --force replaces it)",
        _ if here.names_by_content() => "holds a dataset of another plan (--update makes what differs, --force replaces it)",
        _ if there.is_beginning_of(here) => "holds a dataset of fewer epochs (--update makes the rest, --force replaces it)",
        _ => "holds a dataset of another plan (--force replaces it)",
    };
    format!("{}: {remedy}:\n  {}", shown(root), differences.join("\n  "))
}

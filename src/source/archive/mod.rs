//! Archives of pictures, read where they are: a tar, a zip, or the tars of a WebDataset. Members are listed once; each is then read by
//! its place, by any thread, without a cursor or a lock.

mod braces;
mod listing;
mod names;
mod read_at;
mod tar;
mod zip;

use super::{Files, Found};
use crate::error::{Error, Result, reason, shown};
use crate::store;
use listing::{Entry, Member, Visible};
use rayon::prelude::*;
use read_at::LocalFile;
pub(super) use read_at::ReadAt;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zip::Zip;

/// What can be done about compressed tars.
const PLAIN: &str = "unpack it, or make a plain tar: a compressed one cannot be read picture by picture";
/// Endings of what is refused as compressed.
const COMPRESSED: &[&str] = &[
    ".tar.gz", ".tgz", ".tar.zst", ".tzst", ".tar.bz2", ".tbz", ".tbz2", ".tar.xz", ".txz", ".tar.lz4", ".7z", ".rar", ".gz",
    ".zst",
];
/// Archives that stay open, at most: systems allow a process about a thousand open files.
const MOST_OPEN: usize = 256;

/// What an archive is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A tar.
    Tar,
    /// A zip.
    Zip,
}

impl Kind {
    /// What a file of this name is, `None` if it is no archive.
    ///
    /// # Errors
    /// If it is a compressed tar, or another archive that cannot be read, with what can be done.
    pub(super) fn of(name: &str) -> std::result::Result<Option<Self>, String> {
        let small = name.to_ascii_lowercase();
        if COMPRESSED.iter().any(|ending| small.ends_with(ending)) {
            return Err(format!("a compressed archive ({PLAIN})"));
        }
        let kinds = [(".tar", Self::Tar), (".zip", Self::Zip)];
        Ok(kinds.into_iter().find(|(ending, _)| small.ends_with(ending)).map(|(_, kind)| kind))
    }
}

/// The archive at `input`, or the archives that its braces stand for; `None` if it is no archive.
///
/// # Errors
/// If there is no such file, or it cannot be read as an archive.
pub(super) fn open(input: &Path) -> Result<Option<Archive>> {
    let Some(text) = input.to_str().filter(|_| !input.is_dir()) else { return Ok(None) };
    let (wrong, far) = (|problem: String| Error::Usage(format!("{}: {problem}", shown(input))), store::url_of(input).is_some());
    let is_one = !text.contains('{') || input.exists();
    let paths = if is_one { vec![text.to_string()] } else { braces::expanded(text).map_err(wrong)? };
    let mut files: Vec<(Kind, Arc<dyn ReadAt>)> = Vec::new();
    let stay_open = paths.len() <= MOST_OPEN;
    for path in &paths {
        match Kind::of(path).map_err(|problem| Error::Usage(format!("{}: {problem}", shown(path))))? {
            Some(kind) if far => files.push((kind, super::remote_file(path)?)),
            Some(kind) => files.push((kind, Arc::new(local(path.into(), stay_open)?))),
            None if is_one => return Ok(None),
            None => return Err(wrong(format!("{} is no .tar and no .zip (braces name archives)", shown(path)))),
        }
    }
    Archive::new(files, shown(input)).map(Some)
}

/// Whether `input` is an archive, or several, by its name.
pub(super) fn is_one(input: &Path) -> bool {
    input.to_str().is_some_and(|name| matches!(Kind::of(name), Ok(Some(_))))
}

fn local(path: PathBuf, stays_open: bool) -> Result<LocalFile> {
    LocalFile::new(path.clone(), stays_open).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => {
            Error::Usage(format!("{}: no such file (INPUT is a folder of pictures, a .tar or a .zip)", shown(&path)))
        }
        _ => Error::Usage(format!(
            "{}: cannot be read: {} (INPUT is a folder of pictures, a .tar or a .zip)",
            shown(&path),
            reason(&error)
        )),
    })
}

/// A file of an archive, as its kind is read.
#[derive(Debug)]
enum Part {
    Tar(Arc<dyn ReadAt>),
    Zip(Zip),
}

/// Archives, as one tree.
#[derive(Debug)]
pub(super) struct Archive {
    /// What it is called, for people.
    place: String,
    parts: Vec<Part>,
    places: Vec<String>,
    /// What stands at each path, and the number of the part that it is in.
    entries: BTreeMap<String, (u32, Entry)>,
    folders: BTreeSet<String>,
    hidden: u64,
}

impl Archive {
    /// Lists what is in `files`, together one tree, which `place` names for people.
    ///
    /// # Errors
    /// If one cannot be read as what it is, or two have members of one path.
    pub(super) fn new(files: Vec<(Kind, Arc<dyn ReadAt>)>, place: String) -> Result<Self> {
        let listed: Vec<Result<(Part, Visible)>> = files.par_iter().map(|(kind, file)| list(*kind, file)).collect();
        let places = files.iter().map(|(_, file)| file.place()).collect();
        let mut all = Self { place, parts: Vec::new(), places, entries: BTreeMap::new(), folders: BTreeSet::new(), hidden: 0 };
        let mut hidden = BTreeSet::new();
        for (number, one) in (0..).zip(listed) {
            let (part, mut visible) = one?;
            all.parts.push(part);
            all.folders.append(&mut visible.folders);
            hidden.append(&mut visible.hidden);
            for (path, entry) in visible.entries {
                if let Some((other, _)) = all.entries.insert(path.clone(), (number, entry)) {
                    let [first, second] = [other, number].map(|number| &all.places[number as usize]);
                    let remedy = "the archives are one tree of pictures: build from each alone, or rename their members";
                    return Err(Error::Usage(format!("{}: is in {first} and in {second} ({remedy})", shown(&path))));
                }
            }
        }
        all.hidden = hidden.len() as u64;
        Ok(all)
    }

    fn member(&self, path: &str) -> io::Result<(&Part, &Member)> {
        match self.entries.get(path) {
            Some((part, Entry::File(member))) => Ok((&self.parts[*part as usize], member)),
            Some((_, Entry::Lost(problem))) => Err(io::Error::other(*problem)),
            Some((_, Entry::Link(_))) | None => Err(io::Error::new(io::ErrorKind::NotFound, "not in the archive")),
        }
    }
}

/// Lists what is in one file.
fn list(kind: Kind, file: &Arc<dyn ReadAt>) -> Result<(Part, Visible)> {
    let (part, listing) = match kind {
        Kind::Tar => (Part::Tar(Arc::clone(file)), tar::listing(file)?),
        Kind::Zip => {
            let (zip, listing) = Zip::open(file)?;
            (Part::Zip(zip), listing)
        }
    };
    Ok((part, listing.visible(&file.place())?))
}

impl Files for Archive {
    fn list(&self, deepest: usize) -> Result<Found> {
        if let Some(folder) = self.folders.iter().find(|folder| folder.matches('/').count() >= deepest) {
            let remedy = "move it up, or raise --max-folder-depth";
            let place = self.place(folder);
            return Err(Error::Usage(format!("{place}: more than {deepest} folders deep ({remedy})")));
        }
        let folders = self.folders.iter().filter(|folder| folder.matches('/').count() < 2).cloned().collect();
        Ok(Found { files: self.entries.keys().map(|path| path.as_str().into()).collect(), folders, hidden: self.hidden })
    }

    fn length(&self, path: &str) -> Option<u64> {
        self.member(path).ok().map(|(_, member)| member.length)
    }

    fn read(&self, path: &str, most: u64, bytes: &mut Vec<u8>) -> io::Result<()> {
        bytes.clear();
        let (part, member) = self.member(path)?;
        match part {
            Part::Tar(file) => {
                // Its length was held against that of the archive: it is no more than there is.
                let length = usize::try_from(member.length.min(most)).map_err(|_| io::Error::other("too long"))?;
                bytes.resize(length, 0);
                file.read_at(member.offset, bytes)
            }
            Part::Zip(zip) => zip.read(member, most, bytes),
        }
    }

    fn reachable(&self) -> Result<()> {
        self.parts.iter().try_for_each(|part| match part {
            Part::Tar(file) => file.reachable(),
            Part::Zip(zip) => zip.file.reachable(),
        })
    }

    fn place(&self, path: &str) -> String {
        if path.is_empty() {
            return self.place.clone();
        }
        let part = self.entries.get(path).map(|(part, _)| &self.places[*part as usize]);
        format!("{}/{}", part.unwrap_or(&self.place), shown(path))
    }
}

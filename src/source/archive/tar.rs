//! Lists the members of a tar: ustar, with GNU's or PAX's long names. Only headers are read.

use super::listing::{Entry, Listing, Member};
use super::names;
use super::read_at::{Cursor, ReadAt};
use crate::error::{Error, Result, reason, shown};
use ::tar::{Archive, EntryType};
use std::io::{self, Read};
use std::sync::Arc;

/// A header of a tar, or a part of a body.
const BLOCK: u64 = 512;

/// How compressed files begin, and what they are called.
const COMPRESSED: &[(&[u8], &str)] =
    &[(b"\x1f\x8b", "gzip"), (b"\x28\xb5\x2f\xfd", "zstd"), (b"BZh", "bzip2"), (b"\xfd7zXZ\0", "xz"), (b"PK\x03\x04", "zip")];

/// How members of GNU's sparse files are marked in PAX's records.
const SPARSE: &str = "GNU.sparse.";

/// What is in the tar `file`. Of two members of one name the last is there, as when the tar is unpacked.
///
/// # Errors
/// If it is no tar, is cut short, or a member has a name that is no path below it.
pub(super) fn listing(file: &Arc<dyn ReadAt>) -> Result<Listing> {
    check_beginning(file)?;
    let wrong = |problem: &str| Error::Usage(format!("{}: {problem}", file.place()));
    let mut archive = Archive::new(Cursor::new(file));
    let (mut listing, mut end) = (Listing::default(), 0);
    let entries = archive.entries_with_seek().map_err(|error| wrong(&damaged(&error, end)))?;
    for entry in entries {
        let mut entry = entry.map_err(|error| wrong(&damaged(&error, end)))?;
        let name = entry.path_bytes().into_owned();
        let told = |problem: &str| wrong(&format!("{}: {problem}", shown(String::from_utf8_lossy(&name).as_ref())));
        let kind = entry.header().entry_type();
        if matches!(kind, EntryType::XGlobalHeader | EntryType::Fifo | EntryType::Char | EntryType::Block) {
            continue;
        }
        let path = names::path_of(&name).map_err(told)?;
        let is_sparse = kind == EntryType::GNUSparse || is_sparse(&mut entry).map_err(|error| told(&shown(reason(&error))))?;
        end = entry.raw_file_position().saturating_add(if is_sparse { 0 } else { entry.size() });
        if end > file.length() {
            let problem = format!("ends at byte {end}, after the end of the tar, which was cut short (copy it again)");
            return Err(told(&problem));
        }
        if kind == EntryType::Directory || name.ends_with(b"/") || path.is_empty() {
            listing.put_folder(path);
        } else {
            let member = Member { offset: entry.raw_file_position(), length: entry.size(), number: 0 };
            let link = entry.link_name_bytes().map(|target| target.into_owned());
            let stands = match kind {
                _ if is_sparse => Entry::Lost("a sparse file (make the tar without --sparse)"),
                EntryType::Symlink => linked(&path, link.as_deref()),
                EntryType::Link => same(&listing, link.as_deref()),
                _ => Entry::File(member),
            };
            listing.put(path, stands);
        }
    }
    if archive.into_inner().ended {
        return Err(wrong("has no mark at its end, so that it was cut short (copy it again, or make it again)"));
    }
    Ok(listing)
}

/// Refuses what is no tar by its first bytes, with its true name.
fn check_beginning(file: &Arc<dyn ReadAt>) -> Result<()> {
    let wrong = |problem: String| Err(Error::Usage(format!("{}: {problem}", file.place())));
    let mut first = Vec::new();
    let read = Cursor::new(file).up_to(BLOCK).read_to_end(&mut first);
    read.map_err(|error| Error::Usage(format!("{}: cannot be read: {}", file.place(), reason(&error))))?;
    if first.is_empty() {
        return wrong("no tar: the file is empty (an empty tar has blocks of zeros)".into());
    }
    match COMPRESSED.iter().find(|(begins, _)| first.starts_with(begins)) {
        Some((_, "zip")) => wrong("no tar, but a zip (call it .zip)".into()),
        Some((_, name)) => wrong(format!("no tar, but compressed by {name} ({})", super::PLAIN)),
        None => Ok(()),
    }
}

fn damaged(error: &io::Error, end: u64) -> String {
    // The reason may quote bytes of the header.
    let reason = shown(reason(error));
    if end == 0 {
        return format!("no tar: {reason} (INPUT is a folder of pictures, a .tar or a .zip)");
    }
    let from = end.next_multiple_of(BLOCK);
    format!("damaged from byte {from} on: {reason} (copy it again, or make it again)")
}

fn is_sparse(entry: &mut ::tar::Entry<'_, Cursor>) -> io::Result<bool> {
    let Some(records) = entry.pax_extensions()? else { return Ok(false) };
    for record in records {
        if record?.key().is_ok_and(|key| key.starts_with(SPARSE)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What a symbolic link stands for.
pub(super) fn linked(path: &str, target: Option<&[u8]>) -> Entry {
    let target = target.and_then(|target| std::str::from_utf8(target).ok());
    let target = target.and_then(|target| names::target_of(path, target));
    target.map_or(Entry::Lost("a link to what is not in the archive"), Entry::Link)
}

/// What a hard link stands for: what its target is where the link is made, whatever comes later.
fn same(listing: &Listing, target: Option<&[u8]>) -> Entry {
    let target = target.and_then(|target| names::path_of(target).ok());
    let there = target.and_then(|target| listing.at(&target)).cloned();
    there.unwrap_or(Entry::Lost("a link to what is not in the archive before it"))
}

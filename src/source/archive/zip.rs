//! Lists the members of a zip by its central directory, and reads those that are stored or deflated.

use super::listing::{Entry, Listing, Member};
use super::names;
use super::read_at::{Cursor, ReadAt};
use super::tar::linked;
use crate::error::{Error, Result, shown};
use ::zip::read::{ZipArchiveMetadata, ZipReadOptions};
use ::zip::{CompressionMethod, ZipArchive};
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

/// Bytes of a local header, without the name and the extra fields.
const HEADER: u64 = 30;
/// Bytes of the extra fields of a local header, mostly.
const EXTRA: u64 = 128;
/// Bytes of a path that a link leads to, at most.
const MOST_TARGET: u64 = 4096;

/// A zip, whose list was read.
#[derive(Debug)]
pub(super) struct Zip {
    pub(super) file: Arc<dyn ReadAt>,
    list: Arc<ZipArchiveMetadata>,
}

impl Zip {
    /// Reads the list of the zip `file`.
    ///
    /// # Errors
    /// If it is no zip, is encrypted, or a member has a name that is no path below it, or that of another.
    pub(super) fn open(file: &Arc<dyn ReadAt>) -> Result<(Self, Listing)> {
        let wrong = |problem: String| Error::Usage(format!("{}: {problem}", file.place()));
        let archive = ZipArchive::new(Cursor::new(file));
        let archive =
            archive.map_err(|error| wrong(format!("no zip, or a damaged one: {} (copy it again)", shown(error.to_string()))))?;
        if archive.has_duplicate_names() {
            return Err(wrong("two members have one name (make the zip again)".into()));
        }
        let zip = Self { file: Arc::clone(file), list: archive.metadata() };
        let mut listing = Listing::default();
        for number in 0..zip.list.len() {
            zip.put(number, &mut listing).map_err(wrong)?;
        }
        Ok((zip, listing))
    }

    /// Adds member `number` to `listing`.
    fn put(&self, number: usize, listing: &mut Listing) -> std::result::Result<(), String> {
        let entry = self.list.entry(number).map_err(|error| shown(error.to_string()))?;
        let raw = entry.name_raw();
        let told = |problem: &str| format!("{}: {problem}", shown(String::from_utf8_lossy(raw).as_ref()));
        let name = entry.name().map_err(|error| told(&shown(error.to_string())))?;
        let path = names::path_of(name.as_bytes()).map_err(told)?;
        if entry.is_dir() || path.is_empty() {
            listing.put_folder(path);
            return Ok(());
        }
        if entry.encrypted() {
            return Err(told("is encrypted (unpack it, or make the zip without a password)"));
        }
        let member = Member { offset: entry.header_start(), length: entry.size(), number };
        let stands = if !matches!(entry.compression(), CompressionMethod::Stored | CompressionMethod::Deflated) {
            Entry::Lost("packed by a method that is not read (make the zip with deflate, or without)")
        } else if entry.is_symlink() {
            let mut target = Vec::new();
            match self.read(&member, MOST_TARGET, &mut target) {
                Ok(()) => linked(&path, Some(&target)),
                Err(_) => Entry::Lost("a link that cannot be read"),
            }
        } else {
            Entry::File(member)
        };
        if listing.put(path, stands) { Ok(()) } else { Err(told("two members have this path (make the zip again)")) }
    }

    /// Reads a member, or its first `most` bytes, and checks what it is checked by, if it was read to its end.
    pub(super) fn read(&self, member: &Member, most: u64, bytes: &mut Vec<u8>) -> io::Result<()> {
        let entry = self.list.entry(member.number)?;
        let packed = entry.compressed_size().saturating_add(HEADER + EXTRA + entry.name_raw().len() as u64);
        let mut cursor = Cursor::new(&self.file).up_to(member.offset.saturating_add(packed));
        cursor.seek(SeekFrom::Start(member.offset))?;
        let mut file = entry.with_reader(&mut cursor, ZipReadOptions::new())?;
        file.by_ref().take(most).read_to_end(bytes)?;
        if most >= member.length && bytes.len() as u64 != member.length {
            return Err(io::Error::other("has another length than the zip says"));
        }
        Ok(())
    }
}

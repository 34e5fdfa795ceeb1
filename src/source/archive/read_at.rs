//! Bytes that can be read from any place on, by many threads at once.

use crate::error::{Result, shown};
use std::fmt::Debug;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;

/// Bytes that are read ahead of a member's header in a local file: a small picture, or the few headers of one.
const WINDOW: usize = 16 << 10;

/// What an archive is stored in.
pub(in crate::source) trait ReadAt: Debug + Send + Sync {
    /// Its length in bytes.
    fn length(&self) -> u64;

    /// Fills `buffer` with the bytes from `offset` on. No cursor is moved, so that threads need no lock.
    ///
    /// # Errors
    /// If they cannot be read, or end before the buffer is full.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()>;

    /// Where it is, for people.
    fn place(&self) -> String;

    /// Whether all could be read so far, as [`crate::source::Files::reachable`] has it.
    ///
    /// # Errors
    /// With the first read that failed.
    fn reachable(&self) -> Result<()> {
        Ok(())
    }

    /// How many bytes are best read at once while an index is made: more, where a read takes long to begin.
    fn window(&self) -> usize {
        WINDOW
    }
}

/// A file of this machine.
#[derive(Debug)]
pub(super) struct LocalFile {
    path: PathBuf,
    length: u64,
    /// The file, unless there are too many to keep them all open.
    open: Option<File>,
}

impl LocalFile {
    pub(super) fn new(path: PathBuf, stays_open: bool) -> io::Result<Self> {
        let known = fs::metadata(&path)?;
        if !known.is_file() {
            return Err(io::Error::other("not a file"));
        }
        let file = File::open(&path)?;
        Ok(Self { path, length: known.len(), open: stays_open.then_some(file) })
    }
}

impl ReadAt for LocalFile {
    fn length(&self) -> u64 {
        self.length
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let read = match &self.open {
            Some(file) => file.read_exact_at(buffer, offset),
            None => File::open(&self.path)?.read_exact_at(buffer, offset),
        };
        read.map_err(|error| match error.kind() {
            ErrorKind::UnexpectedEof => io::Error::new(error.kind(), "the archive is shorter than when it was listed"),
            _ => error,
        })
    }

    fn place(&self) -> String {
        shown(&self.path)
    }
}

/// Reads a part of an archive from one place to another, a window at once.
#[derive(Clone, Debug)]
pub(super) struct Cursor {
    from: Arc<dyn ReadAt>,
    position: u64,
    /// Where it ends.
    to: u64,
    /// What was read ahead, from `start` on.
    window: Vec<u8>,
    start: u64,
    /// Whether more was wanted than there is.
    pub(super) ended: bool,
}

impl Cursor {
    /// Of all there is.
    pub(super) fn new(from: &Arc<dyn ReadAt>) -> Self {
        Self { from: Arc::clone(from), position: 0, to: from.length(), window: Vec::new(), start: 0, ended: false }
    }

    /// Bounds what is read ahead to what lies before `to`.
    pub(super) fn up_to(mut self, to: u64) -> Self {
        self.to = to.min(self.to);
        self
    }

    /// The bytes from the position on that were read already.
    fn ready(&self) -> &[u8] {
        let skipped = self.position.checked_sub(self.start).and_then(|skipped| usize::try_from(skipped).ok());
        skipped.and_then(|skipped| self.window.get(skipped..)).unwrap_or_default()
    }
}

impl Read for Cursor {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.to.saturating_sub(self.position)).unwrap_or(usize::MAX);
        let most = left.min(buffer.len());
        self.ended |= left == 0 && !buffer.is_empty();
        let window = self.from.window();
        if self.ready().is_empty() && most >= window {
            self.from.read_at(self.position, &mut buffer[..most])?;
            self.position += most as u64;
            return Ok(most);
        }
        if self.ready().is_empty() && most > 0 {
            self.window.resize(window.min(left), 0);
            // Nothing is ready if this fails.
            self.start = u64::MAX;
            self.from.read_at(self.position, &mut self.window)?;
            self.start = self.position;
        }
        let ready = self.ready();
        let taken = most.min(ready.len());
        buffer[..taken].copy_from_slice(&ready[..taken]);
        self.position += taken as u64;
        Ok(taken)
    }
}

impl Seek for Cursor {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
            SeekFrom::End(by) => self.from.length().checked_add_signed(by),
        };
        self.position = position.ok_or_else(|| io::Error::new(ErrorKind::InvalidInput, "a place before the beginning"))?;
        Ok(self.position)
    }
}

//! The files of a shard.

use super::huge::{Places, Stretch};
use super::names::shard_path;
use super::{Begun, Depot};
use crate::error::Result;
use crate::manifest::{Array, Axis, Listed, Manifest, ShardFiles};
use crate::npy;
use crate::plan::Shard;
use crate::source::ContentHash;
use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;
use twox_hash::XxHash3_128 as Hash;

/// Pieces that may wait for an earlier one; threads that are further ahead than this wait too.
const AHEAD: usize = 16;

/// Shards that may be open at once, and wait for the disk at once.
pub const OPEN_SHARDS: usize = 64;

/// Rows of some arrays.
#[derive(Debug, Default)]
pub struct Piece {
    /// Those of the first array, if they are made in its file.
    pub there: Option<Stretch>,
    /// Those of each array, in the order in which the shard was given them; none of the first if they are `there`.
    pub arrays: Vec<Vec<u8>>,
}

/// A shard that is being written: its rows come in pieces, from any thread, in any order.
#[derive(Debug)]
pub struct OpenShard<'a> {
    output: &'a dyn Depot,
    manifest: &'a Manifest,
    shard: Shard,
    /// The arrays that come in pieces.
    names: Vec<String>,
    /// How many pieces.
    pieces: usize,
    streams: Mutex<Streams>,
    written: Condvar,
    /// Behind the header of the first array, where rows of it can be made in its file.
    places: OnceLock<(u64, Arc<Places>)>,
}

/// The arrays that come in pieces: what is there is a beginning, without gaps, of each.
#[derive(Debug)]
struct Streams {
    /// Empty before the first piece; nothing while a thread writes them.
    files: Option<Vec<Growing>>,
    next: usize,
    waiting: BTreeMap<usize, Piece>,
    spare: Vec<Piece>,
    /// Threads that wait since they are too far ahead.
    late: usize,
    failed: bool,
}

/// What is there of an array.
#[derive(Debug)]
enum Growing {
    /// A file, since its header is known.
    File(Box<Stream>),
    /// What rows gave to the array of this name, whose header says how much that is in the end.
    Memory(String, Vec<u8>),
}

/// One file, and the hash of what is written of it.
struct Stream {
    name: String,
    path: String,
    file: Box<dyn Begun>,
    bytes: u64,
    hash: Hash,
}

impl std::fmt::Debug for Stream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stream").field("file", &self.file).finish_non_exhaustive()
    }
}

impl<'a> OpenShard<'a> {
    /// A place for `shard`, which begins in `output` with its first piece; rows of the arrays `names` will come in so many pieces.
    pub fn new(output: &'a dyn Depot, manifest: &'a Manifest, shard: Shard, names: Vec<String>, pieces: usize) -> Self {
        let (waiting, spare) = (BTreeMap::new(), Vec::new());
        let streams = Streams { files: Some(Vec::new()), next: 0, waiting, spare, late: 0, failed: false };
        Self {
            output,
            manifest,
            shard,
            names,
            pieces,
            streams: Mutex::new(streams),
            written: Condvar::new(),
            places: OnceLock::new(),
        }
    }

    /// Begins the array `name`.
    fn begin(&self, name: &String) -> Result<Growing> {
        let array = &self.manifest.arrays[name];
        if array.first_axis != Axis::Rows {
            return Ok(Growing::Memory(name.clone(), Vec::new()));
        }
        let (path, rows) = (shard_path(&self.shard.slot, name), self.shard.rows.len() as u64);
        let header = header(array, rows, 0);
        let file = self.output.begin(&path, rows.saturating_mul(array.row_bytes()).saturating_add(header.len() as u64))?;
        let mut stream = Stream { name: name.clone(), path, file, bytes: 0, hash: Hash::new() };
        stream.write(&header)?;
        if let Some(places) = stream.file.places().filter(|_| Some(name) == self.names.first()) {
            // Each is begun once.
            let _ = self.places.set((header.len() as u64, places));
        }
        Ok(Growing::File(Box::new(stream)))
    }

    /// Writes to `files` what comes next of each, and begins them if there are none.
    fn write(&self, files: &mut Vec<Growing>, rows: &Piece) -> Result<()> {
        if files.is_empty() {
            *files = self.names.iter().map(|name| self.begin(name)).collect::<Result<_>>()?;
        }
        let mut streams = files.iter_mut().zip(&rows.arrays);
        if let Some(stretch) = &rows.there {
            streams.next().map_or(Ok(()), |(first, _)| first.pass(stretch))?;
        }
        streams.try_for_each(|(stream, rows)| stream.write(rows))
    }

    /// Where the bytes of the first array are in its file, so many from `start` on, which are then those of one piece; nothing if they
    /// must be written.
    pub fn stretch(&self, start: usize, bytes: usize) -> Option<Stretch> {
        let (header, places) = self.places.get()?;
        places.stretch(header.checked_add(start as u64)?, bytes)
    }

    /// What is in it.
    pub fn shard(&self) -> &Shard {
        &self.shard
    }

    /// Whether all pieces were written, which an error elsewhere prevents.
    pub fn is_whole(&self) -> bool {
        let streams = self.lock();
        streams.next == self.pieces && !streams.failed
    }

    /// Writes piece `index` once all before it are there; gives buffers back.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn put(&self, index: usize, rows: Piece) -> Result<Piece> {
        let mut streams = self.lock();
        while index > streams.next + AHEAD && !streams.failed {
            streams.late += 1;
            // The time limit lets go if the thread that has the next piece met an error.
            let (again, late) =
                self.written.wait_timeout(streams, Duration::from_secs(1)).unwrap_or_else(PoisonError::into_inner);
            streams = again;
            streams.late -= 1;
            if late.timed_out() {
                break;
            }
        }
        streams.waiting.insert(index, rows);
        // A thread that writes takes this piece too, so that none waits for another's writing.
        let Some(mut files) = streams.files.take() else { return Ok(streams.spare.pop().unwrap_or_default()) };
        let mut written = Ok(());
        while let Some(rows) = streams.following().filter(|_| written.is_ok()) {
            drop(streams);
            written = self.write(&mut files, &rows);
            streams = self.lock();
            streams.next += 1;
            streams.spare.push(Piece { there: None, ..rows });
            streams.failed |= written.is_err();
            if streams.late > 0 {
                self.written.notify_all();
            }
        }
        streams.files = Some(files);
        written.map(|()| streams.spare.pop().unwrap_or_default())
    }

    /// Brings the shard to the disk, with its other arrays, given by name without their headers, and notes that it is there.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn finish(self, mut others: Vec<(String, Vec<u8>)>) -> Result<()> {
        let streams = self.streams.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut arrays = BTreeMap::new();
        for growing in streams.files.unwrap_or_default() {
            match growing {
                Growing::Memory(name, given) => others.push((name, given)),
                Growing::File(stream) => {
                    let Stream { name, path, file, bytes, hash } = *stream;
                    file.finish()?;
                    arrays.insert(name, Listed { path, bytes, xxh3_128: ContentHash::from(hash.finish_128()).to_string() });
                }
            }
        }
        let rows = self.shard.rows.len() as u64;
        for (name, given) in others {
            let array = &self.manifest.arrays[&name];
            let values = array.values(given);
            let mut bytes = header(array, rows, values.len() as u64);
            bytes.extend(values);
            let path = shard_path(&self.shard.slot, &name);
            arrays.insert(name, Listed::of(path.clone(), &bytes));
            self.output.write(&path, bytes)?;
        }
        let files = ShardFiles { epoch: self.shard.epoch, index: self.shard.index, rows, arrays };
        self.output.note(&self.manifest.plan_hash, &self.shard, &files)
    }

    fn lock(&self) -> MutexGuard<'_, Streams> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Streams {
    /// The next piece of the files, if it is there.
    fn following(&mut self) -> Option<Piece> {
        self.waiting.remove(&self.next)
    }
}

impl Growing {
    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        match self {
            Self::File(stream) => stream.write(bytes),
            Self::Memory(_, given) => {
                given.extend_from_slice(bytes);
                Ok(())
            }
        }
    }

    /// As [`Self::write`], of bytes that are in the file.
    fn pass(&mut self, stretch: &Stretch) -> Result<()> {
        match self {
            Self::File(stream) => stream.pass(stretch),
            Self::Memory(..) => self.write(stretch),
        }
    }
}

impl Stream {
    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.count(bytes);
        self.file.write(bytes)
    }

    fn pass(&mut self, stretch: &Stretch) -> Result<()> {
        self.count(stretch);
        self.file.pass(stretch)
    }

    /// Of what the file holds, whichever way it comes there.
    fn count(&mut self, bytes: &[u8]) {
        self.hash.write(bytes);
        self.bytes += bytes.len() as u64;
    }
}

/// The header of a file of `rows` rows of `array`, with so many bytes behind it.
pub fn header(array: &Array, rows: u64, bytes: u64) -> Vec<u8> {
    let shape: Vec<u64> = std::iter::once(array.length(rows, bytes)).chain(array.shape.iter().copied()).collect();
    npy::header(&array.dtype, &shape)
}

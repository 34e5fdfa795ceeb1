//! What is there: the pictures below a folder, sorted, each known by its header and its bytes' hash.

mod archive;
#[cfg(feature = "cloud")]
mod bucket;
mod files;
mod hash;
mod names;
mod references;
mod walk;

pub use files::{Files, Folder, Known};
pub use hash::{ContentHash, content_hash};
pub use references::References;
pub use walk::Found;

use crate::decode::{Limits, claims_to_be_an_image, claims_to_be_deep, header, header_deep, sniff, sniff_deep};
use crate::error::{Error, Result, counted, reason, shown, told};
use crate::guard;
use crate::image::{Size, Wanted};
use crate::store;
use indicatif::BinaryBytes;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64;

/// One picture.
#[derive(Clone, Debug, Serialize)]
pub struct Item {
    /// Relative path with `/` between folders: the picture's identity.
    pub path: Arc<str>,
    /// Length of the file.
    pub bytes: u64,
    /// xxh3-128 of the file.
    pub xxh3_128: ContentHash,
    /// Format by content.
    pub format: &'static str,
    /// Size after the EXIF orientation.
    #[serde(flatten)]
    pub size: Size,
    /// The picture that stands in for it, whose file, and all that is said of it, is used; itself a picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub substitute: Option<Arc<str>>,
}

impl Item {
    /// The path of the file that is read: its own, or that of the picture that stands in for it.
    pub fn file(&self) -> &str {
        self.substitute.as_ref().unwrap_or(&self.path)
    }
}

/// A picture that cannot be used.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Bad {
    /// Relative path.
    pub path: String,
    /// Length of the file.
    pub bytes: u64,
    /// Why.
    pub problem: String,
    /// The picture that stands in for it, which then is an item with this one's path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub substitute: Option<String>,
}

/// Everything below the input folder.
#[derive(Clone, Debug)]
pub struct Source {
    /// Where all is read from.
    pub files: Arc<dyn Files>,
    /// The pictures, by relative path in code-point order; shared with a copy until one of the two changes.
    pub items: Arc<Vec<Item>>,
    /// Files that say they are pictures and are not, or cannot be read.
    pub bad: Vec<Bad>,
    /// Folders directly below the input, and those directly below these.
    pub folders: Vec<String>,
    /// How many files are no pictures and do not say so.
    pub ignored: u64,
    /// How many hidden files and folders were left out.
    pub hidden: u64,
}

/// Files that are looked at before the next ones are thought of.
const PROBED: usize = 1 << 13;

/// Bits of a picture's id.
pub const ID_BITS: usize = 63;

impl Item {
    /// A number that the path alone decides, whatever other pictures there are: the upper 63 bits of its xxh3-64.
    pub fn id(&self) -> i64 {
        id_of(&self.path)
    }
}

/// The id of the picture at `path`, see [`Item::id`].
pub fn id_of(path: &str) -> i64 {
    (xxh3_64(path.as_bytes()) >> 1) as i64
}

/// The files of `input`: a folder, an archive, the archives that its braces stand for, or the objects below a URL.
///
/// # Errors
/// If there is no such place, or it cannot be read as what it is.
pub fn open(input: &Path) -> Result<Arc<dyn Files>> {
    let input = store::local(input);
    Ok(match (archive::open(&input)?, store::url_of(&input)) {
        (Some(archive), _) => Arc::new(archive),
        (None, Some(url)) => remote(url)?,
        (None, None) => Arc::new(Folder::open(&input)?),
    })
}

/// Whether `input` is a place that pictures lie in, and no picture itself.
pub fn is_place(input: &Path) -> bool {
    store::url_of(input).is_some() || input.is_dir() || archive::is_one(input)
}

#[cfg(feature = "cloud")]
fn remote(url: &str) -> Result<Arc<dyn Files>> {
    Ok(Arc::new(bucket::Remote::open(url)?))
}

#[cfg(feature = "cloud")]
fn remote_file(url: &str) -> Result<Arc<dyn archive::ReadAt>> {
    Ok(Arc::new(bucket::RemoteFile::open(url)?))
}

#[cfg(not(feature = "cloud"))]
fn remote(url: &str) -> Result<Arc<dyn Files>> {
    Err(store::without(url))
}

#[cfg(not(feature = "cloud"))]
fn remote_file(url: &str) -> Result<Arc<dyn archive::ReadAt>> {
    Err(store::without(url))
}

enum Probed {
    Picture(Item),
    Bad(Bad),
    Ignored,
}

impl Source {
    /// Of these pictures in the folder `root`, without a look at it.
    pub fn of_items(root: &Path, items: Vec<Item>) -> Self {
        let files = Arc::new(Folder::new(root));
        Self { files, items: Arc::new(items), bad: Vec::new(), folders: Vec::new(), ignored: 0, hidden: 0 }
    }

    /// Reads every file below `files` once. With `wanted`, pictures are what it says, and `.npy` files are pictures too.
    ///
    /// # Errors
    /// If the files cannot be listed, a name is not UTF-8, or there is no picture.
    pub fn scan(files: Arc<dyn Files>, limits: Limits, wanted: Option<Wanted>) -> Result<Self> {
        let Found { files: paths, folders, hidden } = files.list(limits.folders)?;
        let mut source = Self { files, items: Arc::default(), bad: Vec::new(), folders, ignored: 0, hidden };
        let mut items = Vec::with_capacity(paths.len());
        // A part of them at a time, since what is found out of each takes more than what is kept.
        for paths in paths.chunks(PROBED) {
            for one in
                source.by_chunks(paths, |path| path, Vec::new, |bytes, path| probe(&*source.files, path, (limits, wanted), bytes))
            {
                match one {
                    Probed::Picture(item) => items.push(item),
                    Probed::Bad(bad) => source.bad.push(bad),
                    Probed::Ignored => source.ignored += 1,
                }
            }
        }
        source.files.reachable()?;
        items.shrink_to_fit();
        source.items = Arc::new(items);
        if source.items.is_empty() && source.bad.is_empty() {
            let others = counted(source.ignored, "other file", "other files");
            let place = source.files.place("");
            return Err(Error::Usage(format!("{place}: no picture in it ({others}; INPUT is the folder of pictures)")));
        }
        Ok(source)
    }

    /// What `look` says of each of `all`, which read the file at `path`, from all threads, each of which keeps what `start` makes;
    /// while some are looked at, the next are on their way.
    pub fn by_chunks<T: Sync, K, R: Send>(
        &self,
        all: &[T],
        path: fn(&T) -> &str,
        start: impl Fn() -> K + Sync,
        look: impl Fn(&mut K, &T) -> R + Sync,
    ) -> Vec<R> {
        let mut chunks = all.chunks(self.files.together()).peekable();
        let announce = |chunk: &[T]| self.files.ahead(&mut chunk.iter().map(&path));
        let mut made = Vec::with_capacity(all.len());
        chunks.peek().into_iter().for_each(|chunk| announce(chunk));
        while let Some(chunk) = chunks.next() {
            chunks.peek().into_iter().for_each(|next| announce(next));
            made.par_extend(chunk.par_iter().map_init(&start, &look));
        }
        made
    }

    /// Says that the pictures of the items numbered `order` are read next, so that what is far away can be on its way.
    pub fn ahead(&self, order: impl Iterator<Item = usize>) {
        self.files.ahead(&mut order.map(|at| self.items[at].file()));
    }

    /// Moves the items that have a problem from `items` to `bad`; `problems` says of each, one after the other, which.
    pub fn leave_out(&mut self, mut problems: impl Iterator<Item = Option<String>>) {
        let Self { items, bad, .. } = self;
        Arc::make_mut(items).retain(|item| {
            let Some(problem) = problems.next().flatten() else { return true };
            let stood_for = item.substitute.as_ref().and_then(|_| bad.iter_mut().find(|bad| *bad.path == *item.path));
            match stood_for {
                // What stands in for a bad picture cannot be used either.
                Some(bad) => {
                    let substitute = bad.substitute.take().unwrap_or_default();
                    bad.problem = format!("{}; {}, which would stand in for it: {problem}", bad.problem, shown(substitute));
                }
                None => bad.push(Bad { path: item.path.to_string(), bytes: item.bytes, problem, substitute: None }),
            }
            false
        });
        bad.sort_by(|a, b| a.path.cmp(&b.path));
    }

    /// The pictures that stand in for others.
    pub fn substitutes(&self) -> BTreeSet<&str> {
        self.items.iter().filter_map(|item| item.substitute.as_deref()).collect()
    }

    /// The pictures that were left out, and are not in the place of which another one stands.
    pub fn left_out(&self) -> impl Iterator<Item = &Bad> {
        self.bad.iter().filter(|bad| bad.substitute.is_none())
    }

    /// Reads `item`'s file into `bytes`, which keeps its memory for the next.
    ///
    /// # Errors
    /// If it cannot be read, or is not what it was when the folder was scanned.
    pub fn read(&self, item: &Item, bytes: &mut Vec<u8>) -> std::result::Result<(), String> {
        read_known(&*self.files, item.file(), item.xxh3_128, bytes)
    }

    /// Reads the file at `path`, from the input on; `what` names it, and `remedy` says where that is written.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn read_beside(&self, path: &str, what: &str, remedy: &str) -> Result<Vec<u8>> {
        read_at_most(&*self.files, path).map_err(|error| {
            Error::Usage(format!("{}: cannot read {what}: {} ({remedy})", self.files.place(path), reason(&error)))
        })
    }
}

/// Bytes of a table, of annotations or of a mask, at most.
const MOST_BESIDE: u64 = 1 << 30;

/// Reads the table, the annotations or the mask at `path`.
///
/// # Errors
/// If it cannot be read, or is longer than any.
pub fn read_at_most(files: &dyn Files, path: &str) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    files.read(path, MOST_BESIDE + 1, &mut bytes)?;
    if bytes.len() as u64 > MOST_BESIDE {
        return Err(io::Error::other(format!("longer than {}, the most that is read", BinaryBytes(MOST_BESIDE))));
    }
    Ok(bytes)
}

/// Reads a file that was read once, and had this hash then, into `bytes`, which keeps its memory for the next.
///
/// # Errors
/// If it cannot be read, or has another content now.
pub fn read_known(files: &dyn Files, path: &str, hash: ContentHash, bytes: &mut Vec<u8>) -> std::result::Result<(), String> {
    files.read(path, u64::MAX, bytes).map_err(|error| unreadable(&error))?;
    if ContentHash::of(bytes) == hash { Ok(()) } else { Err("changed since the folder was scanned".into()) }
}

/// Bytes that tell what a file is.
const FIRST_BYTES: u64 = 64;

fn unreadable(error: &std::io::Error) -> String {
    format!("cannot be read: {}", told(error))
}

/// What the file at `path` is, which is read into `bytes`.
fn probe(files: &dyn Files, path: &Arc<str>, how: (Limits, Option<Wanted>), bytes: &mut Vec<u8>) -> Probed {
    let there = files.length(path);
    let length = there.unwrap_or(0);
    let bad = |problem: String| Probed::Bad(Bad { path: path.to_string(), bytes: length, problem, substitute: None });
    // A file that is too long is not read, but for its first bytes.
    let most = if length > how.0.memory { FIRST_BYTES } else { u64::MAX };
    match files.read(path, most, bytes) {
        Ok(()) => guard::picture(path, || Ok(look(bytes, path, length, how))).unwrap_or_else(bad),
        // A link to nowhere, or to itself.
        Err(error)
            if there.is_none()
                && error.kind() != io::ErrorKind::PermissionDenied
                && !claims_to_be_an_image(Path::new(&**path)) =>
        {
            Probed::Ignored
        }
        Err(error) => bad(unreadable(&error)),
    }
}

/// What the file at `path` is, of which these are the bytes, or the first if it is too long.
fn look(bytes: &[u8], path: &Arc<str>, length: u64, (limits, wanted): (Limits, Option<Wanted>)) -> Probed {
    let bad = |problem: String| Probed::Bad(Bad { path: path.to_string(), bytes: length, problem, substitute: None });
    let file = Path::new(&**path);
    let may_be = match wanted {
        None => sniff(bytes).is_some() || claims_to_be_an_image(file),
        Some(_) => sniff_deep(bytes).is_some() || claims_to_be_deep(file),
    };
    if !may_be {
        return Probed::Ignored;
    }
    if path.len() as u64 > limits.path {
        return bad(format!("its path has {} bytes, above the limit of {} (--max-path-length)", path.len(), limits.path));
    }
    if length > limits.memory {
        let (long, most) = (BinaryBytes(length), BinaryBytes(limits.memory));
        return bad(format!("the file has {long}, above the limit of {most} (--max-picture-memory)"));
    }
    match wanted.map_or_else(|| header(bytes, limits), |wanted| header_deep(bytes, wanted, limits)) {
        Ok(header) => Probed::Picture(Item {
            path: Arc::clone(path),
            bytes: bytes.len() as u64,
            xxh3_128: ContentHash::of(bytes),
            format: header.format,
            size: header.size,
            substitute: None,
        }),
        Err(problem) => bad(problem),
    }
}

//! What is on disk: the pictures below a folder, sorted, each known by its header and its bytes' hash.

mod references;
mod walk;

pub use references::References;

use crate::decode::{Limits, claims_to_be_an_image, claims_to_be_deep, header, header_deep, sniff, sniff_deep};
use crate::error::{Error, Result, counted, reason, shown, told};
use crate::guard;
use crate::image::{Size, Wanted};
use indicatif::BinaryBytes;
use rayon::prelude::*;
use serde::Serialize;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

/// One picture.
#[derive(Clone, Debug, Serialize)]
pub struct Item {
    /// Relative path with `/` between folders: the picture's identity.
    pub path: String,
    /// Length of the file.
    pub bytes: u64,
    /// xxh3-128 of the file, in hex.
    pub xxh3_128: String,
    /// Format by content.
    pub format: &'static str,
    /// Size after the EXIF orientation.
    #[serde(flatten)]
    pub size: Size,
    /// The picture that stands in for it, whose file, and all that is said of it, is used; itself a picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub substitute: Option<String>,
}

impl Item {
    /// The path of the file that is read: its own, or that of the picture that stands in for it.
    pub fn file(&self) -> &str {
        self.substitute.as_ref().unwrap_or(&self.path)
    }
}

/// A picture that cannot be used.
#[derive(Clone, Debug, Serialize)]
pub struct Bad {
    /// Relative path.
    pub path: String,
    /// Length of the file.
    pub bytes: u64,
    /// Why.
    pub problem: String,
    /// The picture that stands in for it, which then is an item with this one's path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub substitute: Option<String>,
}

/// Everything below the input folder.
#[derive(Debug)]
pub struct Source {
    /// The input folder.
    pub root: PathBuf,
    /// The pictures, by relative path in code-point order.
    pub items: Vec<Item>,
    /// Files that say they are pictures and are not, or cannot be read.
    pub bad: Vec<Bad>,
    /// Folders directly below the input, and those directly below these.
    pub folders: Vec<String>,
    /// How many files are no pictures and do not say so.
    pub ignored: u64,
    /// How many hidden files and folders were left out.
    pub hidden: u64,
}

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

enum Probed {
    Picture(Item),
    Bad(Bad),
    Ignored,
}

impl Source {
    /// Reads every file below `root` once. With `wanted`, pictures are what it says, and `.npy` files are pictures too.
    ///
    /// # Errors
    /// If `root` is no folder, a folder cannot be listed, or a name is not UTF-8.
    pub fn scan(root: &Path, limits: Limits, wanted: Option<Wanted>) -> Result<Self> {
        if !root.exists() {
            return Err(Error::Usage(format!("{}: no such directory (INPUT is the folder of pictures)", shown(root))));
        }
        if !root.is_dir() {
            return Err(Error::Usage(format!("{}: not a directory (INPUT is the folder of pictures)", shown(root))));
        }
        let found = walk::walk(root, limits.folders)?;
        let probed: Vec<Probed> = found.files.par_iter().map(|path| probe(root, path, (limits, wanted))).collect();
        let mut source = Self {
            root: root.to_path_buf(),
            items: Vec::new(),
            bad: Vec::new(),
            folders: found.folders,
            ignored: 0,
            hidden: found.hidden,
        };
        for one in probed {
            match one {
                Probed::Picture(item) => source.items.push(item),
                Probed::Bad(bad) => source.bad.push(bad),
                Probed::Ignored => source.ignored += 1,
            }
        }
        if source.items.is_empty() && source.bad.is_empty() {
            let others = counted(source.ignored, "other file", "other files");
            return Err(Error::Usage(format!("{}: no picture in it ({others}; INPUT is the folder of pictures)", shown(root))));
        }
        Ok(source)
    }

    /// Moves the items that have a problem from `items` to `bad`; `problems` says of each, one after the other, which.
    pub fn leave_out(&mut self, mut problems: impl Iterator<Item = Option<String>>) {
        let Self { items, bad, .. } = self;
        items.retain(|item| {
            let Some(problem) = problems.next().flatten() else { return true };
            let stood_for = item.substitute.as_ref().and_then(|_| bad.iter_mut().find(|bad| bad.path == item.path));
            match stood_for {
                // What stands in for a bad picture cannot be used either.
                Some(bad) => {
                    let substitute = bad.substitute.take().unwrap_or_default();
                    bad.problem = format!("{}; {}, which would stand in for it: {problem}", bad.problem, shown(substitute));
                }
                None => bad.push(Bad { path: item.path.clone(), bytes: item.bytes, problem, substitute: None }),
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
        read_known(&self.root.join(item.file()), &item.xxh3_128, bytes)
    }

    /// Reads the file at `path`, from the input on; `what` names it, and `remedy` says where that is written.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn read_beside(&self, path: &str, what: &str, remedy: &str) -> Result<Vec<u8>> {
        let file = self.root.join(path);
        read_at_most(&file, MOST_BESIDE)
            .map_err(|error| Error::Usage(format!("{}: cannot read {what}: {} ({remedy})", shown(&file), reason(&error))))
    }
}

/// Bytes of a table, of annotations or of a mask, at most.
const MOST_BESIDE: u64 = 1 << 30;

/// Reads a file of no more than `most` bytes.
///
/// # Errors
/// If it cannot be read, or is longer.
fn read_at_most(file: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(file)?.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(io::Error::other(format!("longer than {}, the most that is read", BinaryBytes(most))));
    }
    Ok(bytes)
}

/// Reads the mask in `file`.
///
/// # Errors
/// If it cannot be read, or is longer than any mask.
pub fn read_mask(file: &Path) -> io::Result<Vec<u8>> {
    read_at_most(file, MOST_BESIDE)
}

/// Reads a file that was read once, and had this hash then, into `bytes`, which keeps its memory for the next.
///
/// # Errors
/// If it cannot be read, or has another content now.
pub fn read_known(file: &Path, hash: &str, bytes: &mut Vec<u8>) -> std::result::Result<(), String> {
    bytes.clear();
    File::open(file).and_then(|mut file| file.read_to_end(bytes)).map_err(|error| unreadable(&error))?;
    if content_hash(bytes) == hash { Ok(()) } else { Err("changed since the folder was scanned".into()) }
}

/// The hash by which contents are known: xxh3-128, in hex.
pub fn content_hash(bytes: &[u8]) -> String {
    format!("{:032x}", xxh3_128(bytes))
}

/// Bytes that tell what a file is.
const FIRST_BYTES: u64 = 64;

fn first_bytes(file: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(file)?.take(FIRST_BYTES).read_to_end(&mut bytes).map(|_| bytes)
}

fn unreadable(error: &std::io::Error) -> String {
    format!("cannot be read: {}", told(error))
}

fn probe(root: &Path, path: &str, how: (Limits, Option<Wanted>)) -> Probed {
    let file = root.join(path);
    let length = fs::metadata(&file).map_or(0, |known| known.len());
    let probed = guard::picture(path, || Ok(look(&file, path, length, how)));
    probed.unwrap_or_else(|problem| Probed::Bad(Bad { path: path.into(), bytes: length, problem, substitute: None }))
}

fn look(file: &Path, path: &str, length: u64, (limits, wanted): (Limits, Option<Wanted>)) -> Probed {
    let bad = |problem: String| Probed::Bad(Bad { path: path.into(), bytes: length, problem, substitute: None });
    // A file that is too long is not read, but for its first bytes.
    let too_long = length > limits.memory;
    let bytes = match if too_long { first_bytes(file) } else { fs::read(file) } {
        Ok(bytes) => bytes,
        Err(_) if !file.exists() && !claims_to_be_an_image(file) => return Probed::Ignored,
        Err(error) => return bad(unreadable(&error)),
    };
    let may_be = match wanted {
        None => sniff(&bytes).is_some() || claims_to_be_an_image(file),
        Some(_) => sniff_deep(&bytes).is_some() || claims_to_be_deep(file),
    };
    if !may_be {
        return Probed::Ignored;
    }
    if path.len() as u64 > limits.path {
        return bad(format!("its path has {} bytes, above the limit of {} (--max-path-length)", path.len(), limits.path));
    }
    if too_long {
        let (long, most) = (BinaryBytes(length), BinaryBytes(limits.memory));
        return bad(format!("the file has {long}, above the limit of {most} (--max-picture-memory)"));
    }
    match wanted.map_or_else(|| header(&bytes, limits), |wanted| header_deep(&bytes, wanted, limits)) {
        Ok(header) => Probed::Picture(Item {
            path: path.into(),
            bytes: bytes.len() as u64,
            xxh3_128: content_hash(&bytes),
            format: header.format,
            size: header.size,
            substitute: None,
        }),
        Err(problem) => bad(problem),
    }
}

//! `export`: the rows of a dataset in another container. The same dataset and arguments give the same bytes, whatever the threads.

mod dest;
mod folder;
mod parquet;
mod picture;
mod record;
mod rows;
mod shard;
mod tfrecord;
mod webdataset;
mod work;
mod zarr;

use crate::cli::{Container, Exporting};
use crate::engine::{Phase, Progress};
use crate::error::{Error, Result, counted, shown};
use crate::manifest::{FILE, Manifest};
use crate::output::{WORK, free_space, place};
use crate::report::Told;
use crate::source::id_of;
use dest::Destination;
use indicatif::BinaryBytes;
use picture::{Coding, Picture};
use serde::Serialize;
use serde_json::{Value, json};
use shard::Shard;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::AtomicUsize;
use work::Work;

/// What was exported.
#[derive(Debug, Serialize)]
pub struct Exported {
    /// Always `exported`.
    status: &'static str,
    /// The container.
    container: &'static str,
    /// The plan's hash of the dataset.
    plan_hash: String,
    /// Rows in all of it.
    rows: u64,
    /// What of each split.
    splits: BTreeMap<String, Part>,
    /// What a person should know.
    warnings: Vec<String>,
}

/// What is exported of a split.
#[derive(Clone, Debug, Default, Serialize)]
struct Part {
    /// The epochs, ascending.
    epochs: BTreeSet<u64>,
    /// Rows of each.
    rows_per_epoch: u64,
}

/// Writes what is asked for of a dataset into another container.
///
/// # Errors
/// If there is no dataset, its files are not as they were made, the container cannot hold it, or something is in its place.
pub fn export(asked: &Exporting, stop: &AtomicUsize, progress: &dyn Progress) -> Result<Exported> {
    if asked.to == Container::Parquet {
        parquet::available()?;
    }
    let (root, dest) = (asked.out.as_path(), asked.dest.as_path());
    let manifest = load(asked)?;
    place::apart(root, dest, "the dataset", "name a folder beside it")?;
    place::apart(dest, root, "the folder to write", "name a folder beside the dataset")?;
    let shards = shard::choose(&manifest, asked)?;
    let picture = Picture::of(&manifest.arrays["images"], asked)?;
    shard::check_whole(root, &manifest, &shards)?;
    let stable = manifest.names_by_content();
    let samples = manifest.samples(root)?.into_iter().zip(0..);
    let samples = samples.map(|(sample, line)| (if stable { id_of(&sample.path) } else { line }, sample.path)).collect();
    let splits = parts(&manifest, &shards);
    let rows = shards.iter().map(|shard| shard.rows).sum();
    require_room(asked, &picture, &shards)?;
    let index = index(&manifest, asked, &picture, &splits);
    let dest = Destination::open(dest, &index)?;
    progress.begin(Phase::Export);
    progress.planned(rows);
    let work = Work { root, manifest: &manifest, samples, shards, picture, dest, stop, progress };
    match asked.to {
        Container::Webdataset => webdataset::write(&work),
        Container::Tfrecord => tfrecord::write(&work),
        Container::Zarr => zarr::write(&work),
        Container::Parquet => parquet::write(&work),
        Container::Folder => folder::write(&work),
    }?;
    let warnings = if asked.to == Container::Folder { folder::warnings(&manifest) } else { Vec::new() };
    work.dest.finish(&index)?;
    Ok(Exported { status: "exported", container: asked.to.word(), plan_hash: manifest.plan_hash, rows, splits, warnings })
}

fn load(asked: &Exporting) -> Result<Manifest> {
    let manifest = Manifest::load(&asked.out.join(FILE))?;
    manifest.ok_or_else(|| {
        let why = if asked.out.join(WORK).is_dir() {
            format!("a build that is not finished (there is no {FILE}; `prebake build` goes on with it)")
        } else {
            format!("no dataset of prebake (there is no {FILE})")
        };
        Error::NotADataset(format!("{}: {why}", shown(&asked.out)))
    })
}

fn parts(manifest: &Manifest, shards: &[Shard<'_>]) -> BTreeMap<String, Part> {
    let mut parts: BTreeMap<String, Part> = BTreeMap::new();
    for shard in shards {
        let part = parts.entry(shard.side.into()).or_default();
        part.epochs.insert(shard.epoch);
        part.rows_per_epoch = manifest.splits[shard.side].rows_per_epoch;
    }
    parts
}

/// Refuses an export that has no room, where its length is known: that of values as they are, not that of compressed pictures, nor
/// what an earlier run left to do.
fn require_room(asked: &Exporting, picture: &Picture<'_>, shards: &[Shard<'_>]) -> Result<()> {
    if picture.coding != Coding::Npy || dest::is_begun(&asked.dest) {
        return Ok(());
    }
    let needed: u64 = shards.iter().flat_map(|shard| shard.files.values()).map(|file| file.bytes).sum();
    match free_space(&asked.dest) {
        Some(free) if free < needed => Err(Error::NoSpace(format!(
            "{}: {} needed, {} are free (make room, choose another disk, or fewer --epochs)",
            shown(&asked.dest),
            BinaryBytes(needed),
            BinaryBytes(free)
        ))),
        _ => Ok(()),
    }
}

/// The bytes of `export.json`, which decide those of all other files.
fn index(manifest: &Manifest, asked: &Exporting, picture: &Picture<'_>, splits: &BTreeMap<String, Part>) -> Vec<u8> {
    let quality = if let Coding::Jpeg(quality) = picture.coding { json!(quality) } else { Value::Null };
    let index = json!({
        "format": "prebake export",
        "version": 1,
        "created_by": format!("prebake {}", env!("CARGO_PKG_VERSION")),
        "container": asked.to.word(),
        "plan_hash": manifest.plan_hash,
        "image": picture.ending(),
        "quality": quality,
        "class_names": manifest.class_names,
        "heads": manifest.heads,
        "boxes": manifest.boxes,
        "arrays": manifest.arrays,
        "splits": splits,
    });
    format!("{index:#}\n").into_bytes()
}

impl Told for Exported {
    fn text(&self) -> String {
        let mut lines = vec![format!("exported to {}", self.container), format!("  plan      {}", self.plan_hash)];
        lines.extend(self.splits.iter().map(|(name, part)| {
            let epochs = counted(part.epochs.len() as u64, "epoch", "epochs");
            format!("  {name:<9} {epochs} of {}", counted(part.rows_per_epoch, "row", "rows"))
        }));
        lines.push(String::new());
        lines.join("\n")
    }

    fn json(&self) -> Value {
        json!(self)
    }

    fn warnings(&self) -> Vec<String> {
        self.warnings.clone()
    }
}

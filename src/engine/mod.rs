//! Makes the rows: the only place that knows threads, besides the scan.
//!
//! One block at a time is decoded and prepared, unless each of its pictures makes one row only. Then pieces
//! of its shards are handed to the threads of the pool, each of which makes rows, hashes and writes them
//! while they are in its cache. One more thread brings finished shards to the disk, which takes waiting and
//! no work.

mod block;
mod decoded;
mod follow;
mod glance;
mod lanes;
mod mixer;
mod one;
mod reader;
mod rows;
mod spent;
mod survey;
mod team;
mod watch;

use crate::decode::Limits;
use crate::encode::Encoder;
use crate::error::{Error, Result};
use crate::ground_truth::GroundTruth;
use crate::labels::{Head, Labels};
use crate::manifest::{Manifest, SAMPLE_WEIGHT};
use crate::output::{Depot, OpenShard};
use crate::plan::{Entry, Plan, Shard, Slot, Task};
use crate::source::{References, Source};
use crate::spec::{Arrangement, Spec};
use crate::statistics::Known;
use block::Block;
pub use decoded::check;
pub use glance::{Glance, glances, looks};
use lanes::{Foreseen, Lanes, Making, Part, Rooms};
pub use mixer::{Mixer, Wanted};
pub use one::{Single, Stage};
pub use reader::Pictures;
use rows::Workbench;
pub use spent::Spent;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, OnceLock};
pub use survey::survey;
pub use team::each;
pub use watch::watch;

/// Rows are made and written in pieces near this many bytes, which stay in a core's cache.
const PIECE_BYTES: u64 = 256 << 10;

/// Shards whose pieces are made in turn, whatever the number of threads, so that the first error is always the same.
const LANES: usize = 4;

/// What a run is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Reading the spec, the references, and every picture's header.
    Scan,
    /// Decoding every picture, so that bad ones are known.
    Check,
    /// Reading labels, masks and boxes, dividing the pictures, planning the rows.
    Plan,
    /// Counting what all pictures have in common.
    Statistics,
    /// Making rows.
    Build,
    /// Checking that all is there, and writing the manifest.
    Commit,
    /// Writing the rows of a dataset into another container.
    Export,
}

impl Phase {
    /// Its name.
    pub fn word(self) -> &'static str {
        match self {
            Self::Scan => "scan",
            Self::Check => "check",
            Self::Plan => "plan",
            Self::Statistics => "statistics",
            Self::Build => "build",
            Self::Commit => "commit",
            Self::Export => "export",
        }
    }

    /// Whether rows are counted in it.
    pub fn counts_rows(self) -> bool {
        matches!(self, Self::Build | Self::Export)
    }
}

/// Told as work goes on.
pub trait Progress: Sync + std::fmt::Debug {
    /// A phase begins, and the one before it is over.
    fn begin(&self, _phase: Phase) {}
    /// A note for `prebake status` may stand at this path from now on; or no more.
    fn note_at(&self, _path: Option<&std::path::Path>) {}
    /// This many rows were made by an earlier run.
    fn found(&self, _rows: u64) {}
    /// A shard more is on the disk, whose images have this many bytes.
    fn shard(&self, _bytes: u64) {}
    /// This many rows are to be made.
    fn planned(&self, _rows: u64) {}
    /// This many rows more are made.
    fn rows(&self, _count: u64) {}
}

/// Everything that rows are made from.
#[derive(Clone, Copy, Debug)]
pub struct Job<'a> {
    /// What the user said.
    pub spec: &'a Spec,
    /// The pictures.
    pub source: &'a Source,
    /// Their labels.
    pub labels: &'a Labels,
    /// Their masks and boxes.
    pub truth: &'a GroundTruth,
    /// The pictures that steps refer to.
    pub references: &'a References,
    /// Which row goes where.
    pub plan: &'a Plan,
    /// What all pictures have in common, if rows need it.
    pub known: Option<&'a Known>,
    /// Bytes of prepared pictures to keep.
    pub memory: u64,
    /// Pictures that are larger are refused.
    pub limits: Limits,
    /// Who is told.
    pub progress: &'a dyn Progress,
    /// The signal that asks to stop, or 0.
    pub stop: &'a AtomicUsize,
    /// Where the time goes.
    pub spent: &'a Spent,
}

/// Whether nobody asked to stop.
///
/// # Errors
/// If a signal did.
pub fn go_on(stop: &AtomicUsize) -> Result<()> {
    match stop.load(Ordering::Relaxed) {
        0 => Ok(()),
        signal => Err(Error::Interrupted(i32::try_from(signal).unwrap_or(2))),
    }
}

impl Job<'_> {
    fn pictures(&self) -> Pictures<'_> {
        let Self { spec, source, truth, references, limits, .. } = *self;
        Pictures { spec, source, truth, references, limits }
    }

    /// Makes the shards of `tasks` that are not there yet.
    ///
    /// # Errors
    /// With the first picture that cannot be decoded, whatever the number of threads; or if the system refuses.
    pub fn bake(&self, tasks: &[Task], output: &dyn Depot, manifest: &Manifest) -> Result<()> {
        let rows = |task: &Task| self.plan.rows_of(task.block) * (task.epochs.end - task.epochs.start);
        self.progress.planned(tasks.iter().map(rows).sum());
        self.finishing(output, |made| tasks.iter().try_for_each(|task| self.bake_task(task, output, manifest, made)))
    }

    /// Makes the shards of a block in some places, of any epochs, whatever is there.
    ///
    /// # Errors
    /// As [`Self::bake`].
    pub fn bake_shards(&self, block: usize, slots: &[Slot], output: &dyn Depot, manifest: &Manifest) -> Result<()> {
        self.finishing(output, |made| self.make(block, slots, output, manifest, made))
    }

    /// Brings the shards to the disk that `render` hands on, while it makes others.
    fn finishing<'a>(&self, output: &'a dyn Depot, render: impl FnOnce(&SyncSender<OpenShard<'a>>) -> Result<()>) -> Result<()> {
        let backlog = self.backlog(output);
        // The thread that finishes them has one.
        let (made, to_finish) = sync_channel::<OpenShard<'_>>(backlog - 1);
        std::thread::scope(|scope| {
            let finisher = scope.spawn(move || self.finish_all(&to_finish));
            let rendered = render(&made);
            drop(made);
            let gone = |_| Err(Error::Internal("the thread that brings shards to the disk panicked".into()));
            let finished = finisher.join().unwrap_or_else(gone).and_then(|()| output.settle());
            // The finisher's error closes the channel, and is the cause of what rendering then says.
            let made = finished.and(rendered);
            // What could not be fetched is no bad picture.
            made.or_else(|error| self.source.files.reachable().and(Err(error)))
        })
    }

    /// How many shards may wait to be brought to the disk.
    fn backlog(&self, output: &dyn Depot) -> usize {
        output.backlog(self.plan.rows_per_shard * self.plan.row_bytes)
    }

    /// The arrays that are made row by row: pictures, targets, and, where rows are mixed, labels and weights.
    fn streams(&self) -> Vec<String> {
        let targets = self.truth.layouts((self.plan.row_size.width, self.plan.row_size.height)).into_iter();
        let mut streams: Vec<String> =
            std::iter::once("images").chain(targets.map(|layout| layout.name)).map(str::to_string).collect();
        if !self.spec.mixing.is_empty() {
            streams.extend(self.labels.heads.iter().map(Head::array));
            streams.extend(self.plan.weight(0).map(|_| SAMPLE_WEIGHT.to_string()));
        }
        streams
    }

    /// How many of the streams, the last ones, are labels and weights of mixed rows.
    fn labels_by_row(&self) -> usize {
        self.labels.heads.len() + usize::from(self.plan.weight(0).is_some())
    }

    /// Brings shards to the disk, with their other arrays, in the order in which they were made.
    fn finish_all(&self, to_finish: &Receiver<OpenShard<'_>>) -> Result<()> {
        to_finish.iter().try_for_each(|shard| {
            // Bringing many shards to a slow disk may take long.
            go_on(self.stop)?;
            let items: Vec<usize> = shard.shard().rows.iter().map(|row| row.item).collect();
            let number = |at: usize| match self.spec.arrangement {
                Arrangement::Packed => at as i64,
                Arrangement::Stable => self.source.items[at].id(),
            };
            let sources: Vec<u8> = items.iter().flat_map(|&at| number(at).to_le_bytes()).collect();
            let mut arrays = vec![("sources".to_string(), sources)];
            if self.spec.mixing.is_empty() {
                arrays.extend(self.labels.heads.iter().map(|head| (head.array(), head.rows(&items))));
                let weights: Option<Vec<f32>> = items.iter().map(|&at| self.plan.weight(at)).collect();
                arrays.extend(weights.map(|all| (SAMPLE_WEIGHT.into(), all.into_iter().flat_map(f32::to_le_bytes).collect())));
            }
            self.spent.write.time(|| shard.finish(arrays))?;
            self.progress.shard(items.len() as u64 * self.plan.row_bytes);
            Ok(())
        })
    }

    fn bake_task<'a>(
        &self,
        task: &Task,
        output: &'a dyn Depot,
        manifest: &'a Manifest,
        made: &SyncSender<OpenShard<'a>>,
    ) -> Result<()> {
        let (mut kept, mut todo) = (0, Vec::new());
        for slot in task.epochs.clone().flat_map(|epoch| self.plan.slots(task.block, epoch)) {
            if output.has(&manifest.plan_hash, &slot)? { kept += slot.rows } else { todo.push(slot) }
        }
        self.spent.kept.fetch_add(kept, Ordering::Relaxed);
        self.progress.found(kept);
        if todo.is_empty() { Ok(()) } else { self.make(task.block, &todo, output, manifest, made) }
    }

    /// Makes the shards of a block in the places `todo`, by epoch, piece by piece, and hands each on once it is whole.
    fn make<'a>(
        &self,
        block: usize,
        todo: &[Slot],
        output: &'a dyn Depot,
        manifest: &'a Manifest,
        made: &SyncSender<OpenShard<'a>>,
    ) -> Result<()> {
        let prepared = Block::for_slots(self, block, todo)?;
        let encoder = Encoder::new(&self.spec.output, self.known);
        let streams = self.streams();
        let rows_of_piece = usize::try_from((PIECE_BYTES / self.plan.row_bytes).max(1)).unwrap_or(usize::MAX);
        let open = |shard: Shard| {
            let pieces = shard.rows.len().div_ceil(rows_of_piece);
            OpenShard::new(output, manifest, shard, streams.clone(), pieces)
        };
        // Where shards are in memory until they are whole, there are fewer of them. The next ones may begin before these are handed on.
        let backlog = self.backlog(output);
        let width = LANES.min(backlog.div_ceil(2));
        let rooms = Rooms::new((2 * LANES.max(rayon::current_num_threads())).min(backlog.max(2)));
        let shards = self.shards(block, todo).map(|(shard, partners)| {
            let rows = shard.rows.len();
            (Making { open: open(shard), partners, room: OnceLock::new() }, rows)
        });
        let see = |parts: &[Part<Making<'_>>]| {
            let rows = parts.iter().flat_map(|part| &part.making.open.shard().rows[part.rows.clone()]);
            self.source.ahead(rows.map(|row| row.item).filter(|item| prepared.get(*item).is_none()));
        };
        let pieces = Foreseen::new(Lanes::new(shards, width, rows_of_piece), see);
        team::each(
            pieces.inspect(|part| part.making.enter(&rooms)),
            || Workbench::new(self.references, streams.len()),
            |bench, Part { making, index, rows }| {
                let count = rows.len() as u64;
                bench.make(self, &making, rows, &prepared, &encoder)?;
                bench.piece = self.spent.write.time(|| making.open.put(index, std::mem::take(&mut bench.piece)))?;
                self.progress.rows(count);
                let Some(Making { open, room: _room, .. }) = Arc::into_inner(making) else { return Ok(()) };
                // If the finisher stopped, its error is told in the place of this one.
                let gone = |_| Error::Internal("nobody brings shards to the disk any more".into());
                if open.is_whole() { made.send(open).map_err(gone) } else { Ok(()) }
            },
        )
    }

    /// The shards of a block in the places `todo`, by epoch, and the partners of their rows.
    fn shards(&self, block: usize, todo: &[Slot]) -> impl Iterator<Item = (Shard, Arc<[Entry]>)> {
        // Rows of one epoch at a time: those of all would be more than the pictures of a block that is large and has many.
        todo.chunk_by(|a, b| a.epoch == b.epoch).flat_map(move |slots| {
            let partners = self.partners(block, slots[0].epoch);
            let shards = self.plan.shards_in(block, slots).into_iter();
            shards.map(move |shard| (shard, Arc::clone(&partners)))
        })
    }

    /// All rows of block `index` in `epoch`, if rows are mixed.
    fn partners(&self, index: usize, epoch: u64) -> Arc<[Entry]> {
        if self.spec.mixing.is_empty() { Arc::default() } else { self.plan.rows(index, epoch).into() }
    }
}

/// Panics if a test says so by the name of a picture.
#[cfg(test)]
fn tripwire(path: &str, word: &str) {
    assert!(!path.contains(word), "a tripwire of a test");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Cli, Command};
    use crate::output::{Other, Trust};
    use crate::{Running, build};
    use clap::Parser;
    use std::path::Path;
    use std::sync::mpsc::channel;
    use std::time::Duration;
    use tempfile::TempDir;

    #[derive(Debug)]
    struct Nobody;
    impl Progress for Nobody {}

    /// The error of a build of some good pictures and one called `name`, in small shards; it must come in a minute.
    fn ended(name: &str, more: &[&str]) -> std::result::Result<u64, Error> {
        let folder = TempDir::new().unwrap();
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
        let input = folder.path().join("in");
        std::fs::create_dir_all(&input).unwrap();
        for (at, picture) in ["a_0.jpg", "a_1.jpg", "b_0.jpg", "b_1.jpg", name].iter().enumerate() {
            std::fs::copy(fixtures.join(format!("by_name/cat_{}.jpg", at % 3)), input.join(picture)).unwrap();
        }
        let path = |path: &Path| path.to_str().unwrap().to_string();
        let mut arguments: Vec<String> =
            ["prebake", "build", "--batches-per-shard", "1", "--batch-size", "1"].map(String::from).into();
        arguments.extend([path(&input), "--spec".into(), path(&fixtures.join("specs/default.json"))]);
        arguments.extend(["--out".into(), path(&folder.path().join("out"))]);
        arguments.extend(more.iter().map(|text| (*text).to_string()));
        let (tell, told) = channel();
        std::thread::spawn(move || {
            let Command::Build { what, out, memory, .. } = Cli::parse_from(arguments).command else { return };
            let stop = AtomicUsize::new(0);
            let (other, trust) = (Other::Stays, Trust::Lengths);
            let running = Running { memory, worker: None, other, trust, progress: &Nobody, stop: &stop };
            let built = build(&what, &out, running);
            assert!(built.is_ok() || !out.join("dataset.json").exists());
            let _ = tell.send(built.map(|report| report.skipped));
            drop(folder);
        });
        told.recv_timeout(Duration::from_secs(60)).expect("the run hangs, or panicked")
    }

    #[test]
    fn a_panic_ends_the_run_with_the_name_of_the_picture() {
        for (name, more) in [
            ("c_panics-in-its-row.jpg", &["--epochs", "40"][..]),
            ("c_panics-in-its-row.jpg", &["--epochs", "40", "--memory", "1"]),
            ("c_panics-in-decode.jpg", &["--epochs", "40"]),
            ("c_panics-in-decode.jpg", &["--epochs", "1", "--memory", "1"]),
        ] {
            let error = ended(name, more).unwrap_err();
            let said = error.to_string();
            assert!(said.starts_with(&format!("{name}: internal error: a tripwire of a test")), "{said}");
            assert!(said.ends_with("(please report it; --on-error skip leaves it out)"), "{said}");
            assert_eq!(error.exit_code(), 1);
        }
    }

    #[test]
    fn a_picture_whose_decoding_panics_can_be_left_out() {
        assert_eq!(ended("c_panics-in-decode.jpg", &["--on-error", "skip"]).unwrap(), 1);
    }

    #[test]
    fn a_panic_elsewhere_is_an_error_too() {
        let items: Vec<u64> = (0..100).collect();
        let error =
            team::each(&items, || (), |(), item: &u64| if *item == 7 { panic!("of nobody") } else { Ok(()) }).unwrap_err();
        assert!(error.to_string().starts_with("internal error: of nobody"), "{error}");
    }
}

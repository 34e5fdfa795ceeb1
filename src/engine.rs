//! Makes the rows: the only place that knows threads, besides the scan.
//!
//! One block at a time is decoded and prepared; then, epoch by epoch and shard by shard, rows are
//! rendered in parallel straight into the shard's buffer, while a writer stores the shard before.

use crate::encode::Encoder;
use crate::error::{Error, Result};
use crate::image::Image;
use crate::manifest::Manifest;
use crate::npy::HEADER_BYTES;
use crate::output::{Arrays, Output, write_shard};
use crate::pipeline::Program;
use crate::plan::{Plan, Shard, Task};
use crate::source::{Bad, Item, LabelMap, Source};
use crate::spec::Spec;
use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// Shard buffers in flight: one being rendered, one being written.
const BUFFERS: usize = 2;

/// Told as work goes on.
pub trait Progress: Sync + std::fmt::Debug {
    /// This many rows are to be made.
    fn planned(&self, _rows: u64) {}
    /// This many rows are in finished shards.
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
    pub labels: &'a LabelMap,
    /// Which row goes where.
    pub plan: &'a Plan,
    /// Bytes of prepared pictures to keep.
    pub memory: u64,
    /// Pictures of more pixels are refused.
    pub max_pixels: u64,
    /// Who is told.
    pub progress: &'a dyn Progress,
    /// The signal that asks to stop, or 0.
    pub stop: &'a AtomicUsize,
}

/// Decodes every picture, and moves those that fail from `source.items` to `source.bad`.
///
/// # Errors
/// If a signal asks to stop.
pub fn check(source: &mut Source, background: [u8; 3], max_pixels: u64, stop: &AtomicUsize) -> Result<()> {
    let problems: Vec<Option<String>> = source
        .items
        .par_iter()
        .map(|item| {
            go_on(stop)?;
            Ok(source.read(item).and_then(|bytes| crate::decode::decode(&bytes, background, max_pixels)).err())
        })
        .collect::<Result<_>>()?;
    let mut problems = problems.into_iter();
    let mut bad = Vec::new();
    source.items.retain(|item| match problems.next().flatten() {
        None => true,
        Some(problem) => {
            bad.push(Bad { path: item.path.clone(), bytes: item.bytes, problem });
            false
        }
    });
    source.bad.extend(bad);
    source.bad.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(())
}

fn go_on(stop: &AtomicUsize) -> Result<()> {
    match stop.load(Ordering::Relaxed) {
        0 => Ok(()),
        signal => Err(Error::Interrupted(i32::try_from(signal).unwrap_or(2))),
    }
}

impl Job<'_> {
    /// Makes the shards of `tasks` that are not there yet.
    ///
    /// # Errors
    /// With the first picture, in the block's order, that cannot be decoded; or if the system refuses.
    pub fn bake(&self, tasks: &[Task], output: &Output, manifest: &Manifest) -> Result<()> {
        let encoder = Encoder::new(&self.spec.output);
        let rows = |task: &Task| self.plan.block(task.block).len() as u64 * (task.epochs.end - task.epochs.start);
        self.progress.planned(tasks.iter().map(rows).sum());
        let (full, to_write) = sync_channel::<(Shard, Arrays)>(0);
        let (written, free) = sync_channel::<Arrays>(BUFFERS);
        for _ in 0..BUFFERS {
            // The other end is right here, and the channel has room for all of them.
            let _ = written.send(Arrays::default());
        }
        std::thread::scope(|scope| {
            let writer = scope.spawn(move || self.write_all(output, manifest, &to_write, &written));
            let rendered = tasks.iter().try_for_each(|task| self.bake_task(task, output, manifest, &encoder, &full, &free));
            drop(full);
            let stored = writer.join().expect("invariant: the writer returns its errors");
            // A writer's error closes the channels, and is the cause of what rendering then says.
            stored.and(rendered)
        })
    }

    fn write_all(
        &self,
        output: &Output,
        manifest: &Manifest,
        full: &Receiver<(Shard, Arrays)>,
        free: &SyncSender<Arrays>,
    ) -> Result<()> {
        for (shard, mut arrays) in full {
            write_shard(output, manifest, &shard, &mut arrays)?;
            self.progress.rows(shard.items.len() as u64);
            // Nobody waits for the last buffers.
            let _ = free.send(arrays);
        }
        Ok(())
    }

    fn bake_task(
        &self,
        task: &Task,
        output: &Output,
        manifest: &Manifest,
        encoder: &Encoder,
        full: &SyncSender<(Shard, Arrays)>,
        free: &Receiver<Arrays>,
    ) -> Result<()> {
        let shards: Vec<Shard> = task.epochs.clone().flat_map(|epoch| self.plan.shards(task.block, epoch)).collect();
        let (done, todo): (Vec<Shard>, Vec<Shard>) =
            shards.into_iter().partition(|shard| output.receipt(&manifest.plan_hash, shard).is_some());
        self.progress.rows(done.iter().map(|shard| shard.items.len() as u64).sum());
        if todo.is_empty() {
            return Ok(());
        }
        let block = Block::prepare(self, self.plan.block(task.block))?;
        for shard in todo {
            // A closed channel means that the writer stopped; its error is told in the end.
            let Ok(mut arrays) = free.recv() else { return Ok(()) };
            self.render(&shard, &block, encoder, &mut arrays)?;
            if full.send((shard, arrays)).is_err() {
                return Ok(());
            }
        }
        Ok(())
    }

    fn render(&self, shard: &Shard, block: &Block, encoder: &Encoder, arrays: &mut Arrays) -> Result<()> {
        let row_bytes = usize::try_from(self.plan.row_bytes).unwrap_or(usize::MAX);
        let head = HEADER_BYTES as usize;
        arrays.images.resize(head + shard.items.len() * row_bytes, 0);
        let rows = arrays.images[head..].par_chunks_exact_mut(row_bytes);
        rows.zip(&shard.items).try_for_each(|(row, &at)| {
            go_on(self.stop)?;
            self.render_row(shard.epoch, at, block, encoder, row)
        })?;
        arrays.labels = shard.items.iter().map(|&at| self.labels.ids[at]).collect();
        arrays.sources = shard.items.iter().map(|&at| at as i64).collect();
        Ok(())
    }

    fn render_row(&self, epoch: u64, at: usize, block: &Block, encoder: &Encoder, row: &mut [u8]) -> Result<()> {
        let item = &self.source.items[at];
        let decoded_again;
        let prepared = match block.get(at) {
            Some(image) => image,
            None => {
                decoded_again = self.prepare(item)?;
                &decoded_again
            }
        };
        let recipe = self.spec.pipeline.sample(self.plan.row_key(epoch, &item.path), prepared.size());
        let program = Program::new(&recipe, prepared.size(), self.spec.pipeline.fuse);
        let made = program.run(prepared);
        encoder.encode(made.as_ref().unwrap_or(prepared), row);
        Ok(())
    }

    /// Decodes a picture and runs the steps that are the same for every row.
    fn prepare(&self, item: &Item) -> Result<Image> {
        let decoded =
            self.source.read(item).and_then(|bytes| crate::decode::decode(&bytes, self.spec.background, self.max_pixels));
        let image = decoded.map_err(|problem| {
            Error::Picture(format!(
                "{}: {problem} (mend or remove it, or leave bad pictures out: --on-error skip)",
                item.path.escape_debug()
            ))
        })?;
        let made = self.spec.pipeline.prepare(image.size()).run(&image);
        Ok(made.unwrap_or(image))
    }
}

/// The prepared pictures of a block, as far as memory goes.
struct Block {
    /// Sorted by item.
    images: Vec<(usize, Image)>,
}

impl Block {
    fn prepare(job: &Job<'_>, items: &[usize]) -> Result<Self> {
        let mut room = job.memory;
        let mut kept: Vec<usize> = items.to_vec();
        kept.sort_unstable();
        kept.retain(|&at| {
            let bytes = job.spec.pipeline.prepare(job.source.items[at].size).output_size().bytes();
            let fits = bytes <= room;
            room -= if fits { bytes } else { 0 };
            fits
        });
        let images: Vec<Result<(usize, Image)>> = kept
            .into_par_iter()
            .map(|at| {
                go_on(job.stop)?;
                let image = job.prepare(&job.source.items[at])?;
                Ok((at, image))
            })
            .collect();
        Ok(Self { images: images.into_iter().collect::<Result<_>>()? })
    }

    fn get(&self, at: usize) -> Option<&Image> {
        let found = self.images.binary_search_by_key(&at, |(item, _)| *item).ok()?;
        Some(&self.images[found].1)
    }
}

//! Tasks that workers claim one after the other, for fleets that come and go.
//!
//! A task is a block over some epochs. A worker that takes one holds a lease on it, and renews the lease while it works; a lease that is
//! renewed no more is taken over. Leases only save work: who holds one decides no byte, and two workers that do the same task write the
//! same files.

mod folder;
mod lease;
#[cfg(test)]
mod tests;

use crate::engine::{Job, go_on};
use crate::error::Result;
use crate::manifest::Manifest;
use crate::output::{self, Depot};
use crate::plan::{Plan, Task};
use crate::spec::fields::Choice;
pub use folder::{FolderLeases, held};
pub use lease::{LONGEST, Lease, Leases, Version};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::atomic::AtomicUsize;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};
use xxhash_rust::xxh3::xxh3_64;

/// Tasks that a side is cut into, as far as its blocks and epochs go: two for each of eight workers, so that one that comes late finds
/// work, and one that goes leaves little.
///
/// Not more, since each task decodes the pictures of its block: a dataset of one block and ten epochs is decoded ten times by its ten
/// tasks, where one run decodes it once. Eight workers with a share each would decode it eight times. From 16 blocks on (16 GiB of prepared
/// pictures) a task is a block with all its epochs, and each picture is decoded once again.
const TASKS: u64 = 16;
/// How often a lease is renewed while it lasts: two may be missed before it is lost.
const RENEWALS: u32 = 4;
/// How long a worker that finds no task waits before it looks again, at first; then twice as long each time.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
/// How long it waits at most: more makes a fleet end late, less asks a shared disk too often.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How soon a worker that waits sees that it should stop.
const GLANCE: Duration = Duration::from_millis(50);

/// What the names of workers that claim begin with.
pub const OWNER: &str = "claim-";

/// Who claims.
#[derive(Clone, Copy, Debug)]
struct Claimant<'a> {
    /// The name, which no other worker has.
    owner: &'a str,
    /// How long a lease of this worker lasts that it does not renew; whole seconds.
    lease: Duration,
}

/// A name for a worker of this process: the machine's, the process's, and what no other has by chance. It is in no file of a dataset.
pub fn owner_name() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").or_else(|_| std::env::var("COMPUTERNAME"));
    let host: String =
        host.unwrap_or_default().trim().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(64).collect();
    format!("{OWNER}{host}-{}-{:016x}", std::process::id(), RandomState::new().build_hasher().finish())
}

/// Makes what `worker` is to make of what `jobs` plan: all of it, its share, or what it can claim.
///
/// # Errors
/// As [`Job::bake`]; or if leases cannot be read or written.
pub fn work(
    jobs: &[Job<'_>],
    worker: Option<output::Worker<'_>>,
    leases: &dyn Leases,
    output: &dyn Depot,
    manifest: &Manifest,
) -> Result<()> {
    let share = |index, of| jobs.iter().try_for_each(|job| job.bake(&job.plan.tasks(index, of), output, manifest));
    match worker {
        None => share(1, 1),
        Some(output::Worker::Share(index, of)) => share(index, of),
        Some(output::Worker::Claims { owner, lease }) => bake(jobs, leases, Claimant { owner, lease }, output, manifest),
    }
}

/// Makes what `jobs` plan, beside other workers that do the same, until all of it is there.
fn bake(jobs: &[Job<'_>], leases: &dyn Leases, who: Claimant<'_>, output: &dyn Depot, manifest: &Manifest) -> Result<()> {
    let Some(stop) = jobs.first().map(|job| job.stop) else { return Ok(()) };
    let tasks: Vec<_> = jobs.iter().flat_map(|job| cut(job.plan).into_iter().map(move |task| Named::of(job, task))).collect();
    let worker = Worker { leases, who, stop };
    let is_there = |(job, task): &(&Job<'_>, Task)| {
        for slot in task.epochs.clone().flat_map(|epoch| job.plan.slots(task.block, epoch)) {
            if !output.has(&manifest.plan_hash, &slot)? {
                return Ok(false);
            }
        }
        Ok(true)
    };
    worker.run(&tasks, is_there, |(job, task)| job.bake(std::slice::from_ref(task), output, manifest))
}

/// The tasks of a side: the same for every worker.
fn cut(plan: &Plan) -> Vec<Task> {
    let blocks = plan.tasks(1, 1);
    let long = epochs_of_task(blocks.len() as u64, plan.epochs);
    let pieces = |Task { block, epochs }: Task| {
        let starts = epochs.clone().step_by(usize::try_from(long).unwrap_or(usize::MAX));
        starts.map(move |from| Task { block, epochs: from..(from + long).min(epochs.end) })
    };
    blocks.into_iter().flat_map(pieces).collect()
}

/// How many epochs a task has, if a side has so many blocks and epochs.
fn epochs_of_task(blocks: u64, epochs: u64) -> u64 {
    epochs.div_ceil(TASKS.div_ceil(blocks.max(1))).max(1)
}

/// A task, and what it is called among leases.
#[derive(Debug)]
struct Named<T> {
    name: String,
    task: T,
}

impl<'a, 'b> Named<(&'a Job<'b>, Task)> {
    /// A task of `job`, by its side, block and epochs.
    fn of(job: &'a Job<'b>, task: Task) -> Self {
        let (side, block, epochs) = (job.plan.side.word(), task.block, &task.epochs);
        Self { name: format!("{side}-{block:06}-{:06}-{:06}", epochs.start, epochs.end), task: (job, task) }
    }
}

/// A worker that claims.
struct Worker<'a> {
    leases: &'a dyn Leases,
    who: Claimant<'a>,
    stop: &'a AtomicUsize,
}

/// A lease of another worker, as it was first seen.
#[derive(Debug)]
struct Seen {
    lease: Lease,
    version: Version,
    since: Instant,
}

impl Worker<'_> {
    /// Makes the tasks that are not there and that nobody else makes, until all are there.
    fn run<T>(&self, tasks: &[Named<T>], is_there: impl Fn(&T) -> Result<bool>, make: impl Fn(&T) -> Result<()>) -> Result<()> {
        // Each begins elsewhere, so that not all want the first one.
        let first = (xxh3_64(self.who.owner.as_bytes()) % (tasks.len() as u64).max(1)) as usize;
        let (after, from) = (&tasks[..first], &tasks[first..]);
        let mut left: Vec<(&Named<T>, Option<Seen>)> = from.iter().chain(after).map(|task| (task, None)).collect();
        let mut pause = FIRST_PAUSE;
        loop {
            let before = left.len();
            let mut others = Vec::new();
            for (named, mut seen) in left {
                go_on(self.stop)?;
                if is_there(&named.task)? {
                    continue;
                }
                match self.claim(&named.name, &mut seen)? {
                    Some(version) => self.holding(&named.name, version, || make(&named.task))?,
                    None => others.push((named, seen)),
                }
            }
            left = others;
            if left.is_empty() {
                return Ok(());
            }
            pause = if left.len() < before { FIRST_PAUSE } else { (pause * 2).min(LONGEST_PAUSE).min(self.who.lease / RENEWALS) };
            self.wait(pause)?;
        }
    }

    /// The lease on a task, if it can be had: nobody holds one, or whoever does has not renewed it for as long as it lasts.
    ///
    /// That is told by our own clock alone: we saw the same beat of the same owner for so long. So no clocks need to agree, and
    /// files need no times.
    fn claim(&self, task: &str, seen: &mut Option<Seen>) -> Result<Option<Version>> {
        let Some((lease, version)) = self.leases.look(task)? else { return self.leases.take(task, &self.lease(1)) };
        match seen {
            Some(seen) if seen.lease == lease && seen.version == version => {
                let is_live = seen.since.elapsed() < lease.lasts().unwrap_or(self.who.lease);
                if is_live { Ok(None) } else { self.leases.replace(task, &self.lease(1), &version) }
            }
            _ => {
                *seen = Some(Seen { lease, version, since: Instant::now() });
                Ok(None)
            }
        }
    }

    fn lease(&self, beat: u64) -> Lease {
        Lease { owner: self.who.owner.into(), beat, seconds: self.who.lease.as_secs() }
    }

    /// Does `work` while a thread renews the lease on its task. Should the lease be lost, the work goes on all the same: its files are those
    /// that the other worker makes, and stopping could leave neither to make them.
    fn holding(&self, task: &str, version: Version, work: impl FnOnce() -> Result<()>) -> Result<()> {
        std::thread::scope(|scope| {
            let (done, ended) = channel();
            let renewing = scope.spawn(move || self.renew(task, version, &ended));
            let worked = work();
            drop(done);
            if let Ok(Some(version)) = renewing.join() {
                // One that stays is taken over, if there is anything left to do.
                let _ = self.leases.release(task, &version);
            }
            worked
        })
    }

    /// Renews a lease until `ended` closes; gives the last version, or nothing if another worker took it over.
    fn renew(&self, task: &str, mut version: Version, ended: &Receiver<()>) -> Option<Version> {
        let mut beat = 1;
        while ended.recv_timeout(self.who.lease / RENEWALS) == Err(RecvTimeoutError::Timeout) {
            match self.leases.replace(task, &self.lease(beat + 1), &version) {
                Ok(Some(renewed)) => (version, beat) = (renewed, beat + 1),
                // An answer that was lost on its way may have told of a renewal.
                Ok(None) => match self.leases.look(task) {
                    Ok(Some((there, renewed))) if there.owner == self.who.owner => (version, beat) = (renewed, there.beat),
                    _ => return None,
                },
                // The next one may succeed, and the work has its own errors to tell.
                Err(_) => {}
            }
        }
        Some(version)
    }

    fn wait(&self, pause: Duration) -> Result<()> {
        let since = Instant::now();
        while let Some(left) = pause.checked_sub(since.elapsed()) {
            go_on(self.stop)?;
            std::thread::sleep(left.min(GLANCE));
        }
        Ok(())
    }
}

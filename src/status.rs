//! How far a build is, told from its folder alone: while it runs, after it stopped, and when all is there.

use crate::claims::{OWNER, held};
use crate::error::{Error, Result, counted, shown};
use crate::manifest::{FILE, Manifest, ShardFiles};
use crate::output::{WORK, draft_in, note_path, receipts, running, site, staged};
use crate::report::Told;
use crate::spec::Side;
use indicatif::{BinaryBytes, HumanDuration};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

/// What a run notes of its progress in `.prebake/progress-NAME.json`, once a second.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Note {
    /// Rows of its share, or of what it claimed so far, that are made, those of unfinished shards included.
    pub rows: u64,
    /// Rows of its share, or of what it claimed so far.
    pub rows_total: u64,
    /// Rows that it makes in a second.
    pub rows_per_second: f64,
    /// When it will be done, at this rate; nothing before the first row.
    pub seconds_left: Option<f64>,
}

/// What a folder holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// A run works in it.
    Running,
    /// A run did not end.
    Stopped,
    /// It is not complete, and in a bucket, where nobody holds a lock, nobody knows whether somebody works on it.
    Unfinished,
    /// A dataset, with all its files in their lengths.
    Complete,
    /// A dataset that lost files.
    Damaged,
}

/// A run that works in the folder.
#[derive(Clone, Debug, Serialize)]
struct Worker {
    /// Its share, `I-of-N`, or the name by which it claims.
    share: String,
    /// How far it is, if it told yet.
    #[serde(flatten)]
    note: Option<Note>,
}

/// Tasks that workers claimed and that are not there yet.
#[derive(Clone, Copy, Debug, Serialize)]
struct Claims {
    /// Their workers run.
    running: u64,
    /// Their workers run no more, or cannot be told; others take them over once the lease has not been renewed for its time.
    stale: u64,
}

/// What `prebake status` says.
#[derive(Clone, Debug, Serialize)]
pub struct Status {
    status: State,
    /// The plan that is being built, or was; nothing if a run came not so far as to note it.
    plan_hash: Option<String>,
    /// Another plan, for which a run that did not end would take the place of what is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    begun: Option<String>,
    /// Augmented passes over the training pictures.
    epochs: u64,
    rows: u64,
    rows_total: u64,
    shards: u64,
    shards_total: u64,
    /// Bytes of the shards that are there.
    bytes: u64,
    percent: f64,
    rows_per_second: Option<f64>,
    seconds_left: Option<f64>,
    workers: Vec<Worker>,
    /// Nothing where nobody claims.
    #[serde(skip_serializing_if = "Option::is_none")]
    claims: Option<Claims>,
    #[serde(skip)]
    out: String,
}

/// Says how far the build in `out` is. Takes no lock that a run would be refused for, and writes nothing.
///
/// # Errors
/// If the folder holds nothing of ours, or what it holds cannot be read.
pub fn status(out: &Path) -> Result<Box<dyn Told>> {
    let workers: Vec<Worker> = running(out).into_iter().map(|share| Worker { note: note(out, &share), share }).collect();
    let dataset = Manifest::load(&out.join(FILE))?;
    let staged = staged(out)?;
    let draft = draft_in(out)?.or_else(|| staged.clone());
    let site = draft.as_ref().map_or(out.to_path_buf(), |draft| site(out, &draft.plan_hash));
    // While a dataset is replaced, what is told is of the one that will be.
    let begun = draft.as_ref().filter(|_| workers.is_empty()).map(|draft| draft.plan_hash.clone());
    let (state, plan) = match (dataset, draft) {
        (_, draft) if !workers.is_empty() => (State::Running, draft),
        (Some(dataset), _) => (if dataset.is_whole_at(out) { State::Complete } else { State::Damaged }, Some(dataset)),
        (None, draft) if out.join(WORK).is_dir() => (State::Stopped, draft),
        _ => return Err(Error::NotADataset(format!("{}: no dataset of prebake (run `prebake build` first)", shown(out)))),
    };
    let there = shards(state, plan.as_ref(), (out, &site));
    let mut status = Status::of_workers(state, plan.as_ref(), there, workers, shown(out));
    status.claims = claims(out, &status.workers);
    status.begun = begun.filter(|begun| Some(begun) != status.plan_hash.as_ref());
    Ok(Box::new(status))
}

fn note(out: &Path, share: &str) -> Option<Note> {
    serde_json::from_slice(&fs::read(note_path(out, share)).ok()?).ok()
}

/// What is claimed in the folder `out`: by `workers`, or by others that run no more.
fn claims(out: &Path, workers: &[Worker]) -> Option<Claims> {
    let held = held(out);
    let runs = |owner: &str| workers.iter().any(|worker| worker.share == owner);
    let running = held.iter().filter(|(_, lease)| runs(&lease.owner)).count() as u64;
    let claims = Claims { running, stale: held.len() as u64 - running };
    (!held.is_empty() || workers.iter().any(Worker::claims)).then_some(claims)
}

impl Worker {
    /// Whether it claims what it does, rather than having a share.
    fn claims(&self) -> bool {
        self.share.starts_with(OWNER)
    }
}

/// The shards of `plan` that are in the folder `out`, or in `site`, where it is being built.
fn shards(state: State, plan: Option<&Manifest>, (out, site): (&Path, &Path)) -> Vec<ShardFiles> {
    let is_whole = |root: &Path, files: &ShardFiles| files.arrays.values().all(|file| file.is_whole_at(root));
    let Some(plan) = plan else { return Vec::new() };
    if matches!(state, State::Complete | State::Damaged) {
        return plan.splits.values().flat_map(|split| &split.shards).filter(|shard| is_whole(out, shard)).cloned().collect();
    }
    // One that is being written has no side's name yet.
    let ours = receipts(site).filter(|one| one.plan_hash == plan.plan_hash && Side::called(&one.side).is_some());
    ours.map(|one| one.files).filter(|files| is_whole(site, files)).collect()
}

impl Status {
    /// Of a build at `out`, of which some shards are `there`, and on which these workers are that claim.
    pub fn new(status: State, plan: Option<&Manifest>, there: Vec<ShardFiles>, owners: BTreeSet<String>, out: String) -> Self {
        let workers = owners.into_iter().map(|share| Worker { share, note: None }).collect();
        Self::of_workers(status, plan, there, workers, out)
    }

    /// Adds how many tasks are claimed, by workers that run and by others.
    pub fn claimed(&mut self, running: u64, stale: u64) {
        self.claims = (running + stale > 0).then_some(Claims { running, stale });
    }

    fn of_workers(status: State, plan: Option<&Manifest>, there: Vec<ShardFiles>, workers: Vec<Worker>, out: String) -> Self {
        let splits = || plan.iter().flat_map(|plan| plan.splits.values());
        let rows: u64 = there.iter().map(|shard| shard.rows).sum();
        let rows_total: u64 = splits().map(|split| split.epochs * split.rows_per_epoch).sum();
        let rate: f64 = workers.iter().filter_map(|worker| worker.note).map(|note| note.rows_per_second).sum();
        let left = if workers.iter().any(Worker::claims) {
            // Together they do whatever is left.
            (rate > 0.0).then(|| rows_total.saturating_sub(rows) as f64 / rate)
        } else {
            // All are done when the last is.
            workers.iter().filter_map(|worker| worker.note?.seconds_left).max_by(f64::total_cmp)
        };
        Self {
            status,
            plan_hash: plan.map(|plan| plan.plan_hash.clone()),
            begun: None,
            epochs: splits().map(|split| split.epochs).max().unwrap_or(0),
            rows,
            rows_total,
            shards: there.len() as u64,
            shards_total: splits().map(|split| split.epochs * split.shards_per_epoch).sum(),
            bytes: there.iter().flat_map(|shard| shard.arrays.values()).map(|file| file.bytes).sum(),
            percent: if rows_total == 0 { 0.0 } else { 100.0 * rows as f64 / rows_total as f64 },
            rows_per_second: (rate > 0.0).then_some(rate),
            seconds_left: left,
            workers,
            claims: None,
            out,
        }
    }

    /// What it is, and what can be done about it.
    fn head(&self) -> String {
        match self.status {
            State::Running => "running".into(),
            State::Stopped => {
                "stopped: not finished (run the same command again to go on, or `prebake commit` if all workers are done)".into()
            }
            State::Unfinished => {
                "unfinished: in a bucket only workers that claim can be seen (`prebake commit` when all workers are done)".into()
            }
            State::Complete => "complete".into(),
            State::Damaged => format!("damaged: files are missing or cut (`prebake verify {}` names them)", self.out),
        }
    }
}

/// How long it takes yet, if that is known.
fn left(seconds: Option<f64>) -> String {
    seconds.map_or(String::new(), |seconds| {
        format!(", {} left", HumanDuration(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)))
    })
}

impl Told for Status {
    fn json(&self) -> serde_json::Value {
        serde_json::json!(self)
    }

    /// 12 if files of the dataset are gone; 0 for one that is not finished, too: the state says which.
    fn exit_code(&self) -> u8 {
        if self.status == State::Damaged { 12 } else { 0 }
    }

    fn text(&self) -> String {
        let mut lines = vec![self.head()];
        if let Some(hash) = &self.plan_hash {
            lines.push(format!("  plan      {hash}, {}", counted(self.epochs, "epoch", "epochs")));
            lines.push(format!("  rows      {} of {} ({:.1} %)", self.rows, self.rows_total, self.percent));
            lines.push(format!("  shards    {} of {}, {}", self.shards, self.shards_total, BinaryBytes(self.bytes)));
        }
        lines.extend(self.claims.map(|Claims { running, stale }| {
            let taken_over = if stale > 0 { " (others take them over once they have not been renewed for --lease)" } else { "" };
            format!("  claims    {running} running, {stale} stale{taken_over}")
        }));
        if let (Some(rate), true) = (self.rows_per_second, self.workers.iter().any(Worker::claims)) {
            lines.push(format!("  rate      {rate:.0} rows/s{}", left(self.seconds_left)));
        }
        lines.extend(self.begun.as_ref().map(|plan| {
            format!("  begun     {plan}, which is not finished (run its command again to go on; that of this dataset with --force gives it up)")
        }));
        for Worker { share, note } in &self.workers {
            let far = note.map_or(String::new(), |note| {
                let left = left(note.seconds_left);
                format!(": {} of {} rows, {:.0} rows/s{left}", note.rows, note.rows_total, note.rows_per_second)
            });
            lines.push(format!("  worker    {}{far}", share.replace("-of-", "/")));
        }
        lines.push(String::new());
        lines.join("\n")
    }
}

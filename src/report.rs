//! The result of a command, for people and as JSON.

use crate::Prepared;
use crate::engine::Spent;
use crate::error::{counted, shown};
use crate::manifest::{Axis, Manifest};
use crate::output::Worker;
use crate::spec::Side;
use crate::spec::fields::Choice;
use crate::tally::Tally;
use indicatif::BinaryBytes;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

/// What a command says.
pub trait Told {
    /// Standard output, for a person; ends with a line break.
    fn text(&self) -> String;
    /// Standard output, for a program.
    fn json(&self) -> serde_json::Value;
    /// What a person should know besides.
    fn warnings(&self) -> Vec<String> {
        Vec::new()
    }
    /// What a person may like to know besides.
    fn notes(&self) -> Vec<String> {
        Vec::new()
    }
    /// The process's exit code.
    fn exit_code(&self) -> u8 {
        0
    }
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// A new dataset is there.
    Built,
    /// The dataset was there already.
    UpToDate,
    /// Nothing was written.
    Planned,
    /// The plan was written, and nothing else.
    Frozen,
    /// A worker's share is done.
    Worker {
        /// Which share, from 1.
        index: u64,
        /// Of how many.
        of: u64,
    },
    /// All is there that workers claimed.
    Claimed,
    /// Everything fits the manifest.
    Verified,
}

impl Status {
    /// How a worker ended.
    pub fn of_worker(worker: Worker<'_>) -> Self {
        match worker {
            Worker::Share(index, of) => Self::Worker { index, of },
            Worker::Claims { .. } => Self::Claimed,
        }
    }
}

/// What a command says on standard output.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// How it ended.
    pub status: Status,
    /// The plan's hash: equal plans give equal bytes.
    pub plan_hash: String,
    /// Pictures that rows are made from.
    pub pictures: u64,
    /// Augmented passes.
    pub epochs: u64,
    /// Rows in all epochs.
    pub rows: u64,
    /// Shards in all epochs.
    pub shards: u64,
    /// Bytes of all files but the manifest.
    pub bytes: u64,
    /// Whether they are so many at most, as they are before rows are made whose boxes stand end to end.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub bytes_are_most: bool,
    /// Type of the images array.
    pub dtype: String,
    /// Shape of a full batch.
    pub batch_shape: Vec<u64>,
    /// Rows of an epoch on each side.
    pub splits: BTreeMap<String, u64>,
    /// Pictures of each class.
    pub classes: BTreeMap<String, u64>,
    /// Training rows of each class in an epoch, if classes are balanced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows_per_class: Option<BTreeMap<String, u64>>,
    /// Pictures that were left out.
    pub skipped: u64,
    /// Pictures that others stand in for.
    pub substituted: u64,
    /// Where every picture went.
    #[serde(rename = "accounted", skip_serializing_if = "Option::is_none")]
    pub tally: Option<Tally>,
    /// Files that are no pictures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ignored: Option<u64>,
    /// Free bytes where the output would be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub free_bytes: Option<u64>,
    /// Bytes of the disk that are still to be written there, receipts, manifest and whole blocks counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needed_bytes: Option<u64>,
    /// How long it took.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// Rows in a second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows_per_second: Option<f64>,
    /// Rows that were there already: of an earlier run, or of the dataset that is updated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows_kept: Option<u64>,
    /// Where the time went, and the memory.
    #[serde(flatten)]
    pub costs: Option<Costs>,
    /// What a person should know.
    pub warnings: Vec<String>,
}

/// What a build took, seconds summed over its threads.
#[derive(Clone, Debug, Serialize)]
pub struct Costs {
    /// Reading, decoding, and the steps that run once per picture.
    pub decode_seconds: f64,
    /// Making rows.
    pub render_seconds: f64,
    /// Hashing and writing, and waiting for the disk.
    pub write_seconds: f64,
    /// The most memory that the process held, where the system tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peak_memory_bytes: Option<u64>,
}

/// The process's high-water mark, as Linux tells it.
pub fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

impl Report {
    /// What will be there, before it is.
    pub fn of_prepared(prepared: &Prepared, status: Status) -> Self {
        let mut report = Self::of(&prepared.draft, status).with_source(prepared);
        report.bytes = prepared.bytes();
        report.bytes_are_most = prepared.draft.arrays.values().any(|array| array.first_axis == Axis::Boxes);
        report
    }

    /// What a manifest tells.
    pub fn of(manifest: &Manifest, status: Status) -> Self {
        let splits = || manifest.splits.values();
        let images = &manifest.arrays["images"];
        Self {
            status,
            plan_hash: manifest.plan_hash.clone(),
            pictures: manifest.source.pictures,
            epochs: splits().map(|split| split.epochs).max().unwrap_or(0),
            rows: splits().map(|split| split.epochs * split.rows_per_epoch).sum(),
            shards: splits().map(|split| split.epochs * split.shards_per_epoch).sum(),
            bytes: manifest.bytes(),
            bytes_are_most: false,
            dtype: manifest.spec["output"]["dtype"].as_str().unwrap_or_default().into(),
            batch_shape: std::iter::once(manifest.batch_size).chain(images.shape.iter().copied()).collect(),
            splits: manifest.splits.iter().map(|(name, split)| (name.clone(), split.rows_per_epoch)).collect(),
            classes: manifest.class_names.iter().cloned().zip(manifest.class_counts.iter().copied()).collect(),
            rows_per_class: manifest.rows_by_class(),
            skipped: manifest.skipped.len() as u64,
            substituted: manifest.substituted.len() as u64,
            tally: None,
            ignored: None,
            free_bytes: None,
            needed_bytes: None,
            seconds: None,
            rows_per_second: None,
            rows_kept: None,
            costs: None,
            warnings: Vec::new(),
        }
    }

    fn is_planned(&self) -> bool {
        matches!(self.status, Status::Planned | Status::Frozen)
    }

    /// Adds what only the scan knows.
    #[must_use]
    pub fn with_source(mut self, prepared: &Prepared) -> Self {
        self.ignored = Some(prepared.source.ignored + prepared.source.hidden);
        let Prepared { labels, sides, truth, .. } = prepared;
        self.warnings = [&labels.warnings, &sides.warnings, &truth.warnings].into_iter().flatten().cloned().collect();
        self.warnings.extend(prepared.source.bad.iter().map(|bad| match &bad.substitute {
            None => format!("{}: skipped: {}", shown(&bad.path), bad.problem),
            Some(other) => format!("{}: {} stands in for it: {}", shown(&bad.path), shown(other), bad.problem),
        }));
        self
    }

    /// Adds where every picture went.
    #[must_use]
    pub fn with_tally(mut self, tally: Tally) -> Self {
        self.tally = Some(tally);
        self
    }

    /// Adds where the time went, and the memory.
    #[must_use]
    pub fn with_spent(mut self, spent: &Spent) -> Self {
        self.costs = Some(Costs {
            decode_seconds: spent.decode.seconds(),
            render_seconds: spent.render.seconds(),
            write_seconds: spent.write.seconds(),
            peak_memory_bytes: peak_memory(),
        });
        self.rows_kept = Some(spent.kept.load(Ordering::Relaxed));
        self
    }

    /// Adds how long it took.
    #[must_use]
    pub fn with_seconds(mut self, seconds: f64) -> Self {
        self.seconds = Some(seconds);
        if self.status == Status::Built {
            let made = self.rows - self.rows_kept.unwrap_or(0).min(self.rows);
            self.rows_per_second = Some(made as f64 / seconds.max(1e-9));
        }
        self
    }
}

impl Told for Report {
    fn json(&self) -> serde_json::Value {
        serde_json::json!(self)
    }

    fn warnings(&self) -> Vec<String> {
        self.warnings.clone()
    }

    /// 3 if this run left pictures out or put others in their place, else 0: that a dataset is there, or whole, is no half success.
    fn exit_code(&self) -> u8 {
        let made = matches!(self.status, Status::Built | Status::Worker { .. } | Status::Claimed);
        if made && self.skipped + self.substituted > 0 { 3 } else { 0 }
    }

    fn text(&self) -> String {
        let head = match self.status {
            Status::Built => "built".into(),
            Status::UpToDate => "up to date: the dataset is there already".into(),
            Status::Planned => "planned; nothing was written".into(),
            Status::Frozen => "planned, and frozen: `prebake build INPUT --plan` takes it from there".into(),
            Status::Worker { index, of } => format!("worker {index}/{of} done; `prebake commit` finishes when all are"),
            Status::Claimed => "all shards are there; `prebake commit OUT` finishes the dataset".into(),
            Status::Verified => "verified: every file is as the manifest says".into(),
        };
        let shape: Vec<String> = self.batch_shape.iter().map(u64::to_string).collect();
        let mut lines = vec![
            head,
            match self.classes.values().filter(|count| **count > 0).count() as u64 {
                0 => format!("  pictures  {}", self.pictures),
                classes => format!("  pictures  {} in {}", self.pictures, counted(classes, "class", "classes")),
            },
            format!(
                "  epochs    {}, {} in {}, {}{}",
                self.epochs,
                counted(self.rows, "row", "rows"),
                counted(self.shards, "shard", "shards"),
                if self.bytes_are_most { "at most " } else { "" },
                BinaryBytes(self.bytes)
            ),
            format!("  batch     {} ({})", shape.join(" x "), self.dtype),
        ];
        lines.extend(self.rows_kept.filter(|rows| *rows > 0).map(|rows| {
            format!(
                "  kept      {}, made {}",
                counted(rows, "row that was there", "rows that were there"),
                self.rows.saturating_sub(rows)
            )
        }));
        if self.splits.len() > 1 {
            let each = Side::ALL.iter().filter_map(|(name, _)| Some(format!("{name} {}", self.splits.get(*name)?)));
            lines.push(format!("  splits    {}", each.collect::<Vec<_>>().join(", ")));
        }
        if self.is_planned() && !self.classes.is_empty() {
            lines.push("  classes".into());
            lines.extend(self.classes.iter().map(|(name, count)| format!("    {:<24} {count}", shown(name))));
        }
        if let (true, Some(rows)) = (self.is_planned(), &self.rows_per_class) {
            lines.push("  balanced, training rows of an epoch".into());
            lines.extend(rows.iter().map(|(name, count)| format!("    {:<24} {count}", shown(name))));
        }
        lines.extend(self.ignored.filter(|n| *n > 0).map(|n| {
            format!("  ignored   {}", counted(n, "file that is hidden or no picture", "files that are hidden or no pictures"))
        }));
        if self.skipped > 0 {
            lines.push(format!("  skipped   {} (see errors.jsonl)", counted(self.skipped, "picture", "pictures")));
        }
        if self.substituted > 0 {
            lines.push(format!("  replaced  {} (see errors.jsonl)", counted(self.substituted, "picture", "pictures")));
        }
        lines.extend(self.tally.filter(Tally::is_worth_telling).map(|tally| {
            let Tally { read, in_rows, substituted, skipped, held_out } = tally;
            format!("  read      {read}: {in_rows} in rows, {substituted} replaced, {skipped} skipped, {held_out} without a row")
        }));
        let room = self.needed_bytes.zip(self.free_bytes);
        lines
            .extend(room.map(|(needed, free)| format!("  disk      {} needed, {} free", BinaryBytes(needed), BinaryBytes(free))));
        if let (Some(seconds), Some(rate)) = (self.seconds, self.rows_per_second) {
            lines.push(format!("  time      {seconds:.2} s, {rate:.0} rows/s"));
        }
        lines.extend(self.costs.as_ref().map(|costs| {
            let Costs { decode_seconds, render_seconds, write_seconds, .. } = costs;
            format!("  threads   {decode_seconds:.2} s decoded, {render_seconds:.2} s rendered, {write_seconds:.2} s wrote")
        }));
        lines.push(String::new());
        lines.join("\n")
    }
}

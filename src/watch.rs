//! How far a run is: on a terminal, as lines of JSON, for Prometheus, and as a note for `prebake status`.

use crate::log;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use prebake::cli::{LogFormat, Telling};
use prebake::engine::{Phase, Progress};
use prebake::error::{Error, Result};
use prebake::output::place;
use prebake::report::{Told, peak_memory};
use prebake::status::Note;
use serde_json::{Value, json};
use std::fs;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How often is told how far it is.
const EVERY: Duration = Duration::from_secs(1);

/// What is known of a run's progress.
#[derive(Debug)]
pub(crate) struct Watch {
    bar: ProgressBar,
    telling: Telling,
    metrics: Option<PathBuf>,
    metrics_failed: AtomicBool,
    started: Instant,
    planned: AtomicU64,
    found: AtomicU64,
    made: AtomicU64,
    shards: AtomicU64,
    bytes: AtomicU64,
    at: Mutex<At>,
}

/// Where a run is.
#[derive(Debug, Default)]
struct At {
    /// The phases so far, each with its begin; the last is not over.
    phases: Vec<(Phase, Instant)>,
    /// When the run ended, and with which exit code.
    ended: Option<(Instant, u8)>,
    note: Option<PathBuf>,
}

impl At {
    /// How long each phase took, or takes.
    fn seconds(&self) -> impl Iterator<Item = (Phase, f64)> {
        let ends =
            self.phases.iter().skip(1).map(|(_, begin)| *begin).chain([self.ended.map_or_else(Instant::now, |(at, _)| at)]);
        self.phases.iter().zip(ends).map(|((phase, begin), end)| (*phase, (end - *begin).as_secs_f64()))
    }
}

impl Watch {
    /// Watches a run that begins now; `metrics` is the file for Prometheus.
    ///
    /// # Errors
    /// If that file cannot be written.
    pub(crate) fn new(telling: Telling, metrics: Option<PathBuf>) -> Result<Self> {
        let shown = !telling.quiet && telling.log_format == LogFormat::Text && std::io::stderr().is_terminal();
        let target = if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        if let Ok(style) = ProgressStyle::with_template("{wide_bar} {human_pos}/{human_len} rows  {per_sec}  {eta} left") {
            bar.set_style(style);
        }
        let none = || AtomicU64::new(0);
        let (planned, found, made, shards, bytes) = (none(), none(), none(), none(), none());
        let (metrics_failed, started, at) = (AtomicBool::new(false), Instant::now(), Mutex::default());
        let watch = Self { bar, telling, metrics, metrics_failed, started, planned, found, made, shards, bytes, at };
        if let Some(file) = &watch.metrics {
            place::replace_lightly(file, watch.metrics_text().as_bytes())?;
        }
        Ok(watch)
    }

    /// Does `work`, and tells meanwhile how far it is, and in the end how it ended.
    pub(crate) fn during<T: Told>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        std::thread::scope(|scope| {
            let (done, waits) = channel::<()>();
            scope.spawn(move || {
                while waits.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
                    self.tell();
                }
            });
            let result = work();
            drop(done);
            self.bar.finish_and_clear();
            self.end(result.as_ref().map_or_else(Error::exit_code, Told::exit_code));
            result
        })
    }

    fn at(&self) -> MutexGuard<'_, At> {
        self.at.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn end(&self, exit_code: u8) {
        let mut at = self.at();
        at.ended = Some((Instant::now(), exit_code));
        self.say_end(&at);
        drop(at);
        self.write_metrics();
    }

    fn tell(&self) {
        let at = self.at();
        let now = self.note(&at);
        if let Some(file) = &at.note {
            // One that cannot be written is missed by nobody but `status`; the run's own files tell of the trouble.
            let _ = place::replace_lightly(file, json!(now).to_string().as_bytes());
        }
        if let Some((phase, seconds)) = at.seconds().last() {
            let (name, building) = (phase.word(), phase.counts_rows());
            let far =
                if building { format!("{} of {} rows", now.rows, now.rows_total) } else { format!("{seconds:.0} s so far") };
            let mut fields = if building { json!(now) } else { json!({}) };
            fields["phase"] = name.into();
            fields["seconds"] = seconds.into();
            self.event("progress", &format!("{name}: {far}"), &fields);
        }
        drop(at);
        self.write_metrics();
    }

    /// How far it is.
    fn note(&self, at: &At) -> Note {
        let (made, found, total) = (self.made.load(Relaxed), self.found.load(Relaxed), self.planned.load(Relaxed));
        let building = at.seconds().find(|(phase, _)| phase.counts_rows()).map_or(0.0, |(_, seconds)| seconds);
        let rate = if building > 0.0 { made as f64 / building } else { 0.0 };
        let rows = found + made;
        let left = (rate > 0.0).then(|| total.saturating_sub(rows) as f64 / rate);
        Note { rows, rows_total: total, rows_per_second: rate, seconds_left: left }
    }

    /// A line of JSON, if they are wanted.
    fn event(&self, event: &str, message: &str, fields: &Value) {
        if self.telling.log_format == LogFormat::Json && !self.telling.quiet {
            let mut line = json!({"level": "info", "message": message, "event": event});
            if let (Value::Object(line), Value::Object(fields)) = (&mut line, fields) {
                line.extend(fields.clone());
            }
            log::line(&format!("{line}\n"));
        }
    }

    fn say_end(&self, at: &At) {
        if let Some((phase, seconds)) = at.seconds().last() {
            let message = format!("{}: ends", phase.word());
            self.event("end", &message, &json!({"phase": phase.word(), "seconds": seconds}));
        }
    }

    fn write_metrics(&self) {
        let Some(file) = &self.metrics else { return };
        if let Err(error) = place::replace_lightly(file, self.metrics_text().as_bytes())
            && !self.metrics_failed.swap(true, Relaxed)
        {
            log::log(self.telling, "warning", &error.to_string());
        }
    }

    /// What Prometheus reads, in its text format 0.0.4.
    fn metrics_text(&self) -> String {
        let count = |of: &AtomicU64| of.load(Relaxed);
        let counters = [
            ("rows_planned_total", "Rows that are to be made, those of earlier runs included.", count(&self.planned)),
            ("rows_found_total", "Rows that earlier runs had made.", count(&self.found)),
            ("rows_total", "Rows that this run made.", count(&self.made)),
            ("shards_total", "Shards that this run brought to the disk.", count(&self.shards)),
            ("image_bytes_total", "Bytes of the images in these shards.", count(&self.bytes)),
        ];
        let mut text = String::new();
        let family = |name: &str, help: &str, kind: &str| format!("# HELP prebake_{name} {help}\n# TYPE prebake_{name} {kind}\n");
        for (name, help, value) in counters {
            text += &family(name, help, "counter");
            text += &format!("prebake_{name} {value}\n");
        }
        text += &family("elapsed_seconds", "Time since the run began.", "gauge");
        text += &format!("prebake_elapsed_seconds {}\n", self.started.elapsed().as_secs_f64());
        if let Some(bytes) = peak_memory() {
            text += &family("peak_memory_bytes", "The most memory that the process held.", "gauge");
            text += &format!("prebake_peak_memory_bytes {bytes}\n");
        }
        if let Some((_, code)) = self.at().ended {
            text += &family("exit_code", "How the run ended; nothing while it runs, and if it was killed.", "gauge");
            text += &format!("prebake_exit_code {code}\n");
        }
        text += &family("phase_seconds", "Time that each phase took, or takes.", "gauge");
        for (phase, seconds) in self.at().seconds() {
            text += &format!("prebake_phase_seconds{{phase=\"{}\"}} {seconds}\n", phase.word());
        }
        text
    }
}

impl Progress for Watch {
    fn begin(&self, phase: Phase) {
        let mut at = self.at();
        self.say_end(&at);
        at.phases.push((phase, Instant::now()));
        self.event("begin", &format!("{}: begins", phase.word()), &json!({"phase": phase.word()}));
    }

    fn note_at(&self, path: Option<&Path>) {
        let before = std::mem::replace(&mut self.at().note, path.map(Path::to_path_buf));
        if let Some(note) = before {
            let _ = fs::remove_file(note);
        }
    }

    fn planned(&self, rows: u64) {
        self.planned.fetch_add(rows, Relaxed);
        self.bar.inc_length(rows);
    }

    fn found(&self, rows: u64) {
        self.found.fetch_add(rows, Relaxed);
        self.bar.inc(rows);
    }

    fn rows(&self, count: u64) {
        self.made.fetch_add(count, Relaxed);
        self.bar.inc(count);
    }

    fn shard(&self, bytes: u64) {
        self.shards.fetch_add(1, Relaxed);
        self.bytes.fetch_add(bytes, Relaxed);
    }
}

//! The `prebake` command: parses, runs, tells, and chooses the exit code.

use clap::Parser;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use prebake::cli::{Cli, Command, Effort, LogFormat, Resume, Telling};
use prebake::engine::Progress;
use prebake::error::{Error, Result};
use prebake::output::Trust;
use prebake::report::Told;
use prebake::verify::by_content;
use prebake::{Running, build, catalogue, commit, explain::explain, import::import, plan, preview, repair, stats::stats, verify};
use std::io::{ErrorKind, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::time::Instant;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let telling = match &cli.command {
        Command::Build { telling, .. } | Command::Plan { telling, .. } => *telling,
        Command::Commit { telling, .. } | Command::Verify { telling, .. } | Command::Repair { telling, .. } => *telling,
        Command::Explain { telling, .. } | Command::Ops { telling, .. } | Command::Init { telling, .. } => *telling,
        Command::Stats { telling, .. } => *telling,
        Command::Schema { telling } | Command::Preview { telling, .. } | Command::Import { telling, .. } => *telling,
    };
    match run(cli.command, telling) {
        Ok(said) => tell(said.as_ref(), telling),
        Err(error) => fail(&error, telling),
    }
}

fn run(command: Command, telling: Telling) -> Result<Box<dyn Told>> {
    let started = Instant::now();
    let stop = watch_signals()?;
    let report = match command {
        Command::Ops { name, .. } => return catalogue::ops(name.as_deref()),
        Command::Schema { .. } => return Ok(catalogue::schema_told()),
        Command::Init { preset, .. } => return Ok(catalogue::preset(preset)),
        Command::Import { file, output, lenient, .. } => return Ok(Box::new(import(&file, output.as_deref(), lenient)?)),
        Command::Explain { out, which, again, .. } => return explain(&out, &which, &again),
        Command::Preview { look, .. } => return preview(&look),
        Command::Stats { count, .. } => return stats(&count, &stop),
        Command::Plan { what, out, .. } => plan(&what, out.as_deref(), &stop),
        Command::Commit { out, .. } => commit(&out),
        Command::Verify { out, closeness, .. } => {
            let Effort { threads, memory } = closeness.effort;
            let said = with_threads(threads, telling, |bar| {
                let running = Running { memory, worker: None, force: false, trust: Trust::Lengths, progress: bar, stop: &stop };
                verify(&out, &closeness, telling.json, running)
            });
            return said.map(boxed);
        }
        Command::Repair { mending, .. } => {
            let Effort { threads, memory } = mending.effort;
            let said = with_threads(threads, telling, |bar| {
                let trust = Trust::Content(by_content);
                repair(&mending, Running { memory, worker: None, force: false, trust, progress: bar, stop: &stop })
            });
            return said.map(boxed);
        }
        Command::Build { what, out, threads, memory, worker, resume, force, .. } => with_threads(threads, telling, |bar| {
            let trust = if resume == Resume::Verify { Trust::Content(by_content) } else { Trust::Lengths };
            build(&what, &out, Running { memory, worker, force, trust, progress: bar, stop: &stop })
        }),
    };
    Ok(Box::new(report?.with_seconds(started.elapsed().as_secs_f64())))
}

fn boxed(said: impl Told + 'static) -> Box<dyn Told> {
    Box::new(said)
}

/// Runs `work` on so many threads, or one per core, with a progress bar.
fn with_threads<T: Send>(threads: Option<u16>, telling: Telling, work: impl FnOnce(&Bar) -> Result<T> + Send) -> Result<T> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.map_or(0, usize::from)).build();
    let pool = pool.map_err(|error| Error::Usage(format!("--threads: {error}")))?;
    let bar = Bar::new(telling);
    let done = pool.install(|| work(&bar));
    bar.0.finish_and_clear();
    done
}

/// SIGINT and SIGTERM ask to stop; a second one ends the process at once.
fn watch_signals() -> Result<Arc<AtomicUsize>> {
    let stop = Arc::new(AtomicUsize::new(0));
    let again = Arc::new(AtomicBool::new(false));
    let cannot = |error: std::io::Error| Error::Usage(format!("cannot watch for signals: {error}"));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        let hooked = signal_hook::flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&again))
            .and_then(|_| signal_hook::flag::register(signal, Arc::clone(&again)))
            .and_then(|_| signal_hook::flag::register_usize(signal, Arc::clone(&stop), signal as usize));
        hooked.map_err(cannot)?;
    }
    // A file above the system's limit is then an error like any other, not the end of the process.
    #[cfg(unix)]
    signal_hook::flag::register(signal_hook::consts::SIGXFSZ, Arc::new(AtomicBool::new(false))).map_err(cannot)?;
    Ok(stop)
}

fn fail(error: &Error, telling: Telling) -> ExitCode {
    log(telling, "error", &error.to_string());
    ExitCode::from(error.exit_code())
}

/// Prints the result. A reader that went away is no error.
fn tell(said: &dyn Told, telling: Telling) -> ExitCode {
    if !telling.quiet {
        said.notes().iter().for_each(|note| log(telling, "note", note));
        said.warnings().iter().for_each(|warning| log(telling, "warning", warning));
    }
    let text = if telling.json { format!("{}\n", said.json()) } else { said.text() };
    let mut out = std::io::stdout();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            let error = Error::Io { path: "standard output".into(), action: "cannot write", source: error };
            fail(&error, telling)
        }
        _ => ExitCode::from(said.exit_code()),
    }
}

fn log(telling: Telling, level: &str, message: &str) {
    let line = match telling.log_format {
        LogFormat::Text => format!("prebake: {level}: {message}\n"),
        LogFormat::Json => format!("{}\n", serde_json::json!({"level": level, "message": message})),
    };
    // Nobody listens: nothing to be done.
    let _ = std::io::stderr().write_all(line.as_bytes());
}

/// A progress bar with rate and time left, on a terminal only.
#[derive(Debug)]
struct Bar(ProgressBar);

impl Bar {
    fn new(telling: Telling) -> Self {
        let shown = !telling.quiet && telling.log_format == LogFormat::Text && std::io::stderr().is_terminal();
        let target = if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        if let Ok(style) = ProgressStyle::with_template("{wide_bar} {human_pos}/{human_len} rows  {per_sec}  {eta} left") {
            bar.set_style(style);
        }
        Self(bar)
    }
}

impl Progress for Bar {
    fn planned(&self, rows: u64) {
        self.0.inc_length(rows);
    }

    fn rows(&self, count: u64) {
        self.0.inc(count);
    }
}

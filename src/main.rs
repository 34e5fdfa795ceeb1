//! The `prebake` command: parses, runs, tells, and chooses the exit code.

mod log;
mod signals;
mod watch;

use clap::Parser;
use log::log;
use prebake::claims::owner_name;
use prebake::cli::{Cli, Command, Effort, Resume, Telling};
use prebake::completions::completions;
use prebake::diff::diff;
use prebake::engine;
use prebake::error::{Error, Result};
use prebake::export::export;
use prebake::guard;
use prebake::loader::loader;
use prebake::output::{Other, Trust};
use prebake::report::Told;
use prebake::store::no_url;
use prebake::verify::by_content;
use prebake::{
    Running, appended, build, catalogue, commit, explain::explain, import::import, metrics_apart, plan, preview, repair,
    stats::stats, status, verify,
};
use std::io::{ErrorKind, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;
use watch::Watch;

/// What is to be done with a dataset in a bucket.
const COPY: &str = "copy the dataset here first";

fn main() -> ExitCode {
    let cli = Cli::parse();
    let telling = match &cli.command {
        Command::Build { telling, .. } | Command::Plan { telling, .. } => *telling,
        Command::Commit { telling, .. } | Command::Status { telling, .. } | Command::Diff { telling, .. } => *telling,
        Command::Verify { telling, .. } | Command::Repair { telling, .. } => *telling,
        Command::Explain { telling, .. } | Command::Ops { telling, .. } | Command::Init { telling, .. } => *telling,
        Command::Export { telling, .. } => *telling,
        Command::Stats { telling, .. } | Command::Loader { telling, .. } | Command::Completions { telling, .. } => *telling,
        Command::Schema { telling } | Command::Preview { telling, .. } | Command::Import { telling, .. } => *telling,
    };
    guard::quiet();
    match guard::caught(|| run(cli.command, telling)).unwrap_or_else(|panic| Err(Error::Internal(panic))) {
        Ok(said) => tell(said.as_ref(), telling),
        Err(error) => fail(&error, telling),
    }
}

fn run(command: Command, telling: Telling) -> Result<Box<dyn Told>> {
    let started = Instant::now();
    let stop = signals::watch(move |error| log(telling, "error", &error.to_string()))?;
    watch_pictures(&command, telling);
    let report = match command {
        Command::Ops { name, .. } => return catalogue::ops(name.as_deref()),
        Command::Schema { .. } => return Ok(catalogue::schema_told()),
        Command::Init { preset, .. } => return Ok(catalogue::preset(preset)),
        Command::Loader { framework, .. } => return Ok(loader(framework)),
        Command::Completions { shell, .. } => return Ok(completions(shell)),
        Command::Import { file, output, lenient, .. } => return Ok(Box::new(import(&file, output.as_deref(), lenient)?)),
        Command::Explain { out, which, again, .. } => {
            no_url(&out, COPY)?;
            return explain(&out, &which, &again);
        }
        Command::Preview { look, .. } => return preview(&look),
        Command::Stats { count, .. } => return stats(&count, &stop),
        Command::Status { out, .. } => return status(&out),
        Command::Diff { differing, .. } => {
            no_url(&differing.out, COPY)?;
            return with_threads(None, telling, None, |watch| diff(&differing, &stop, watch)).map(boxed);
        }
        Command::Export { exporting, .. } => {
            no_url(&exporting.out, COPY)?;
            return with_threads(exporting.threads, telling, None, |watch| export(&exporting, &stop, watch)).map(boxed);
        }
        Command::Plan { what, out, .. } => {
            let watch = Watch::new(telling, None)?;
            watch.during(|| plan(&what, out.as_deref(), &stop, &watch))
        }
        Command::Commit { out, .. } => commit(&out),
        Command::Verify { out, closeness, .. } => {
            let Effort { threads, memory } = closeness.effort;
            let said = with_threads(threads, telling, None, |watch| {
                let trust = Trust::Lengths;
                let running = Running { memory, worker: None, other: Other::Stays, trust, progress: watch, stop: &stop };
                verify(&out, &closeness, telling.json, running)
            });
            return said.map(boxed);
        }
        Command::Repair { mending, .. } => {
            no_url(&mending.out, COPY)?;
            let Effort { threads, memory } = mending.effort;
            let said = with_threads(threads, telling, None, |watch| {
                let trust = Trust::Content(by_content);
                let running = Running { memory, worker: None, other: Other::Stays, trust, progress: watch, stop: &stop };
                repair(&mending, running)
            });
            return said.map(boxed);
        }
        Command::Build { what, out, threads, memory, part, resume, there, metrics_file, .. } => {
            let variable = |name: &str| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned());
            let owner = owner_name();
            let worker = part.resolve(&owner, variable)?;
            let what = match there.append_epochs {
                Some(more) => appended(what, &out, more)?,
                None => what,
            };
            metrics_file.as_deref().map_or(Ok(()), |file| metrics_apart(file, &what.input, &out))?;
            with_threads(threads, telling, metrics_file, |watch| {
                let trust = if resume == Resume::Verify { Trust::Content(by_content) } else { Trust::Lengths };
                build(&what, &out, Running { memory, worker, other: there.other(), trust, progress: watch, stop: &stop })
            })
        }
    };
    Ok(Box::new(report?.with_seconds(started.elapsed().as_secs_f64())))
}

/// A picture that takes too long ends the process: the thread that has it cannot be stopped.
#[expect(clippy::exit, reason = "there is no other way out")]
fn watch_pictures(command: &Command, telling: Telling) {
    let limits = match command {
        Command::Build { what, .. } | Command::Plan { what, .. } => what.limits,
        Command::Preview { look, .. } => look.limits,
        Command::Stats { count, .. } => count.limits,
        Command::Verify { closeness, .. } => closeness.beside.limits,
        Command::Repair { mending, .. } => mending.beside.limits,
        _ => return,
    };
    engine::watch(limits.max_picture_time, move |error| {
        log(telling, "error", &error.to_string());
        std::process::exit(error.exit_code().into());
    });
}

fn boxed(said: impl Told + 'static) -> Box<dyn Told> {
    Box::new(said)
}

/// Runs `work` on so many threads, or one per core, and tells how far it is.
fn with_threads<T: Told + Send>(
    threads: Option<u16>,
    telling: Telling,
    metrics: Option<PathBuf>,
    work: impl FnOnce(&Watch) -> Result<T> + Send,
) -> Result<T> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.map_or(0, usize::from)).build();
    let pool = pool.map_err(|error| Error::Usage(format!("--threads: {error}")))?;
    let watch = Watch::new(telling, metrics)?;
    watch.during(|| pool.install(|| work(&watch)))
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

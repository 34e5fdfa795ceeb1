//! `build` and `commit`, where OUT is a URL.

use super::commit::only_folders;
use super::{Outcome, Remote};
use crate::claims;
use crate::cli::What;
use crate::engine::{Job, Phase, Spent, go_on};
use crate::error::{Error, Result};
use crate::frozen::prepare;
use crate::output::{Other, Worker};
use crate::prepare::Running;
use crate::report::{Report, Status};
use crate::store::{is_below, url_of};

/// Makes a dataset below `url`, or goes on with one.
///
/// # Errors
/// Whatever can go wrong on the way; finished shards stay for the next run.
pub fn build(what: &What, url: &str, running: Running<'_>) -> Result<Report> {
    apart(what, url)?;
    if running.other != Other::Stays {
        return Err(only_folders(url, "--force, --update or --append-epochs"));
    }
    let prepared = prepare(what, None, running.stop, running.progress)?;
    prepared.references_fit(running.memory)?;
    let tally = prepared.tally()?;
    let remote = match Remote::open(url, &prepared.draft, &prepared.beside())? {
        Outcome::Complete(manifest) => {
            return Ok(Report::of(&manifest, Status::UpToDate).with_source(&prepared).with_tally(tally));
        }
        Outcome::Open(remote) => remote,
    };
    let spent = Spent::default();
    running.progress.begin(Phase::Build);
    let jobs: Vec<Job<'_>> = prepared.parts.iter().map(|part| prepared.job(part, what, running, &spent)).collect();
    let remote = if matches!(running.worker, Some(Worker::Claims { .. })) { remote.among_others() } else { remote };
    claims::work(&jobs, running.worker, &remote, &remote, &prepared.draft)?;
    remote.is_still_of(&prepared.draft)?;
    let report = match running.worker {
        None => {
            go_on(running.stop)?;
            running.progress.begin(Phase::Commit);
            Report::of(&remote.commit(&prepared.draft)?, Status::Built).with_source(&prepared)
        }
        Some(worker) => Report::of_prepared(&prepared, Status::of_worker(worker)),
    };
    Ok(report.with_spent(&spent).with_tally(tally))
}

/// Finishes a dataset that workers built.
///
/// # Errors
/// If a shard is missing.
pub fn commit(url: &str) -> Result<Report> {
    match Remote::reopen(url)? {
        (Outcome::Complete(manifest), _) => Ok(Report::of(&manifest, Status::UpToDate)),
        (Outcome::Open(remote), draft) => Ok(Report::of(&remote.commit(&draft)?, Status::Built)),
    }
}

/// Refuses an output among the pictures, which the next run would take for input, and one that can only be read.
fn apart(what: &What, url: &str) -> Result<()> {
    if url_of(&what.input).is_some_and(|input| is_below(url, input)) {
        return Err(Error::Usage(format!("{url}: inside the folder of pictures (--out names a place beside it)")));
    }
    if url.starts_with("http") {
        return Err(Error::Usage(format!("{url}: can be read only (--out names a folder, or a place in a bucket)")));
    }
    Ok(())
}

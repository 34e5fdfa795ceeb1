//! Signals: the first asks to stop, and is obeyed soon whatever the process does; a second one ends it at once.

use prebake::error::{Error, Result};
use prebake::output::remove_temporaries;
use signal_hook::consts::{SIGINT, SIGTERM};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::time::Duration;

/// How long what is at work may take to see that it should stop. Some of it cannot see it soon: a decoder, a parser, a matrix.
const ALLOWED: Duration = Duration::from_millis(1200);

#[cfg(unix)]
const STOPPING: [i32; 3] = [SIGINT, SIGTERM, signal_hook::consts::SIGHUP];
#[cfg(not(unix))]
const STOPPING: [i32; 2] = [SIGINT, SIGTERM];

/// Watches for signals; gives the first one that asked to stop, or 0. `say` tells of the end where nobody else does.
///
/// # Errors
/// If the system does not let us.
pub(crate) fn watch(say: impl FnOnce(&Error) + Send + 'static) -> Result<Arc<AtomicUsize>> {
    let stop = Arc::new(AtomicUsize::new(0));
    hook(&stop, say).map_err(|error| Error::Usage(format!("cannot watch for signals: {error}")))?;
    Ok(stop)
}

fn hook(stop: &Arc<AtomicUsize>, say: impl FnOnce(&Error) + Send + 'static) -> std::io::Result<()> {
    // What was ignored when we came, as under `nohup`, stays so.
    let ignored = ignored();
    let heeded: Vec<i32> = STOPPING.into_iter().filter(|signal| ignored >> (signal - 1) & 1 == 0).collect();
    let again = Arc::new(AtomicBool::new(false));
    for &signal in &heeded {
        signal_hook::flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&again))?;
        signal_hook::flag::register(signal, Arc::clone(&again))?;
        signal_hook::flag::register_usize(signal, Arc::clone(stop), usize::try_from(signal).unwrap_or(0))?;
    }
    // A file above the system's limit is then an error like any other, not the end of the process.
    #[cfg(unix)]
    signal_hook::flag::register(signal_hook::consts::SIGXFSZ, Arc::new(AtomicBool::new(false)))?;
    end_in_time(&heeded, say)
}

/// Ends the process if it is still there a while after it was asked to stop. That is as safe as any end: files stand under temporary names
/// until they are whole, and those names are removed.
#[cfg(unix)]
fn end_in_time(heeded: &[i32], say: impl FnOnce(&Error) + Send + 'static) -> std::io::Result<()> {
    let mut signals = signal_hook::iterator::Signals::new(heeded)?;
    std::thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            std::thread::sleep(ALLOWED);
            let _none_is_made_any_more = remove_temporaries();
            say(&Error::Interrupted(signal));
            signal_hook::low_level::exit(128 + signal);
        }
    });
    Ok(())
}

#[cfg(not(unix))]
fn end_in_time(_: &[i32], _: impl FnOnce(&Error) + Send + 'static) -> std::io::Result<()> {
    Ok(())
}

/// The signals that are ignored, as Linux tells them: bit `n - 1` is signal `n`.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}

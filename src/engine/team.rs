//! Work handed out in order to all threads of the pool.

use crate::error::{Error, Result};
use crate::guard;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Runs `work` on every one of `items`, in order as threads become free; `start` makes what a thread keeps.
///
/// An error keeps further items from being started. Those before it run to their end, so the error of
/// the first item that fails is the one that is told, whatever the number of threads.
///
/// # Errors
/// With the error of the first item that fails.
pub fn each<T, S>(
    items: impl IntoIterator<Item = T, IntoIter: Send>,
    start: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, T) -> Result<()> + Sync,
) -> Result<()> {
    let next = Mutex::new(items.into_iter().enumerate());
    let failed = AtomicBool::new(false);
    let first: Mutex<Option<(usize, Error)>> = Mutex::new(None);
    let fail = |at: usize, error: Error| {
        failed.store(true, Ordering::Relaxed);
        let mut first = lock(&first);
        if first.as_ref().is_none_or(|(other, _)| at < *other) {
            *first = Some((at, error));
        }
    };
    rayon::broadcast(|_| {
        let mut kept = start();
        while !failed.load(Ordering::Relaxed) {
            let Some((at, item)) = lock(&next).next() else { break };
            let done = guard::caught(|| work(&mut kept, item)).unwrap_or_else(|panic| Err(Error::Internal(panic)));
            done.unwrap_or_else(|error| fail(at, error));
        }
    });
    match first.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some((_, error)) => Err(error),
        None => Ok(()),
    }
}

fn lock<T>(kept: &Mutex<T>) -> MutexGuard<'_, T> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU64;

    #[test]
    fn every_item_is_worked_on_once() {
        let items: Vec<u64> = (0..1000).collect();
        let (sum, started) = (AtomicU64::new(0), AtomicU64::new(0));
        let count = || started.fetch_add(1, Ordering::Relaxed);
        each(&items, count, |_, item| {
            sum.fetch_add(*item, Ordering::Relaxed);
            Ok(())
        })
        .unwrap();
        assert_eq!(sum.into_inner(), 999 * 500);
        assert_eq!(started.into_inner(), rayon::current_num_threads() as u64);
    }

    #[test]
    fn the_first_error_is_told() {
        let items: Vec<u64> = (0..1000).collect();
        for _ in 0..50 {
            let error = each(&items, || (), |(), item| if item % 7 == 5 { Err(Error::Usage(item.to_string())) } else { Ok(()) });
            assert_eq!(error.unwrap_err().to_string(), "5");
        }
    }
}

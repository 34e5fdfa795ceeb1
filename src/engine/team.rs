//! Work handed out in order to all threads of the pool.

use crate::error::{Error, Result};
use crate::guard;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Runs `work` on every one of `items`, in order as threads become free; `start` makes what a thread keeps.
///
/// An error keeps further items from being started. Those before it run to their end, so the error of
/// the first item that fails is the one that is told, whatever the number of threads.
///
/// # Errors
/// With the error of the first item that fails.
pub fn each<T: Sync, S>(items: &[T], start: impl Fn() -> S + Sync, work: impl Fn(&mut S, &T) -> Result<()> + Sync) -> Result<()> {
    let next = AtomicUsize::new(0);
    let failed = AtomicBool::new(false);
    let first: Mutex<Option<(usize, Error)>> = Mutex::new(None);
    rayon::broadcast(|_| {
        let mut kept = start();
        while !failed.load(Ordering::Relaxed) {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(at) else { break };
            let done = guard::caught(|| work(&mut kept, item)).unwrap_or_else(|panic| Err(Error::Internal(panic)));
            if let Err(error) = done {
                failed.store(true, Ordering::Relaxed);
                let mut first = first.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                if first.as_ref().is_none_or(|(other, _)| at < *other) {
                    *first = Some((at, error));
                }
            }
        }
    });
    match first.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner) {
        Some((_, error)) => Err(error),
        None => Ok(()),
    }
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

//! An eye on pictures that take too long.

use crate::error::{Error, shown};
use crate::guard;
use std::time::{Duration, Instant};

/// Calls `end` with the error once a picture takes longer than `limit` to read and decode; never if that is zero.
///
/// A thread cannot be stopped from outside, and one that is left alone goes on taking a core and memory. Nor may a clock decide
/// which pictures a dataset holds. So all that can be done is to end the process, whatever is asked of bad pictures; what was finished
/// stays for the next run.
pub fn watch(limit: Duration, end: impl FnOnce(&Error) + Send + 'static) {
    const OFTEN: Duration = Duration::from_millis(250);
    if limit.is_zero() {
        return;
    }
    let pause = (limit / 4).clamp(Duration::from_millis(1), OFTEN);
    std::thread::spawn(move || {
        let mut stopped = Duration::ZERO;
        let late = loop {
            let before = Instant::now();
            std::thread::sleep(pause);
            // While the whole process was stopped, no picture got on.
            stopped += before.elapsed().saturating_sub(pause + OFTEN);
            if let Some(picture) = guard::late(limit + stopped) {
                break picture;
            }
        };
        let remedy = "remove it, or raise --max-picture-time";
        let took = format!("takes longer than {} s to read and decode", limit.as_secs_f64());
        end(&Error::Picture(format!("{}: {took} ({remedy})", shown(&late))));
    });
}

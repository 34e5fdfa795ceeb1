//! Work on a picture that may go wrong in ways of its own: it has a name while it lasts, and a panic in it is an error.
//!
//! Nothing here should ever be needed: a panic is a mistake of ours or of a decoder's. It then ends the run as any error does, with the
//! picture's name, and no thread waits for one that is gone.

use std::any::Any;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook};
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How the message of a panic begins.
const INTERNAL: &str = "internal error: ";

/// What a thread works on.
#[derive(Debug, Default)]
struct Desk {
    since: Option<Instant>,
    name: String,
}

type Shared = Arc<Mutex<Desk>>;

/// What all threads work on.
static DESKS: LazyLock<Mutex<Vec<Shared>>> = LazyLock::new(Mutex::default);

thread_local! {
    static DESK: Shared = {
        let desk = Shared::default();
        locked(&DESKS).push(Arc::clone(&desk));
        desk
    };
    /// Where the last panic of this thread was.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Does `work`, which reads or decodes the picture called `name`. It is known meanwhile to [`late`].
///
/// # Errors
/// With what `work` says; or if it panics.
pub fn picture<T>(name: &str, work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    DESK.with(|desk| {
        {
            let mut desk = locked(desk);
            // The name's memory is kept, so that a row takes none of its own.
            desk.name.clear();
            desk.name.push_str(name);
            desk.since = Some(Instant::now());
        }
        let done = caught(work);
        locked(desk).since = None;
        done.unwrap_or_else(|panic| Err(internal(&panic)))
    })
}

/// The picture that a thread has worked on for longer than `limit`, if there is one.
pub fn late(limit: Duration) -> Option<String> {
    let desks: Vec<Shared> = locked(&DESKS).clone();
    let is_late = |desk: &Desk| desk.since.is_some_and(|since| since.elapsed() > limit);
    desks.iter().map(|desk| locked(desk)).find(|desk| is_late(desk)).map(|desk| desk.name.clone())
}

/// Does `work`; its panic is a message.
///
/// # Errors
/// If it panics.
pub fn caught<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    // What a panic left half done is dropped or made anew: the run ends, or the picture is left out.
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| {
        let place = PLACE.with_borrow_mut(Option::take).map_or(String::new(), |place| format!(" at {place}"));
        format!("{}{place}", message(panic.as_ref()))
    })
}

/// A panic as the problem of a picture.
pub fn internal(panic: &str) -> String {
    format!("{INTERNAL}{panic}")
}

/// Whether a problem is a panic.
pub fn is_internal(problem: &str) -> bool {
    problem.starts_with(INTERNAL)
}

/// Keeps panics from being printed where they happen: they are told as errors.
pub fn quiet() {
    set_hook(Box::new(|panic| PLACE.with_borrow_mut(|place| *place = Some(place_of(panic)))));
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("no message").chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect()
}

/// The file's name and the line: where it was compiled is nobody's concern.
fn place_of(panic: &PanicHookInfo<'_>) -> String {
    panic.location().map_or("an unknown place".into(), |place| {
        let file = Path::new(place.file());
        let mut names: Vec<_> = file.iter().rev().take(3).map(|name| name.to_string_lossy()).collect();
        names.reverse();
        format!("{}:{}", names.join("/"), place.line())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_problem() {
        let panics = |text: &str| picture("a.png", || if text.is_empty() { Ok(1) } else { panic!("{text}") });
        assert_eq!(panics(""), Ok(1));
        let problem = panics("out of\nbounds").unwrap_err();
        assert!(problem.starts_with("internal error: out of bounds") && is_internal(&problem), "{problem}");
        assert_eq!(picture("a.png", || Err::<(), _>("cut off".into())), Err("cut off".into()));
    }

    #[test]
    fn what_takes_long_is_known_by_its_name() {
        let limit = Duration::from_secs(3600);
        let seen = picture("slow, of this test alone", || {
            std::thread::sleep(Duration::from_millis(2));
            Ok((late(limit), std::thread::spawn(|| late(Duration::from_millis(1))).join()))
        });
        let (soon, late_then) = seen.unwrap();
        assert_eq!(soon, None);
        assert!(late_then.unwrap().is_some());
    }
}

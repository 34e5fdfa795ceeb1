//! The calls, and what is safe to do with what they give.

#![allow(unsafe_code, reason = "the system is asked by maps of memory, and none of its calls is safe as such")]

use super::{HUGE, TOGETHER};
use std::fs::File;
use std::io::{Error, ErrorKind, Result};
use std::ops::{Deref, DerefMut, Range};
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileExt;
use std::ptr::null_mut;
use std::slice::{from_raw_parts, from_raw_parts_mut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What Linux says of a tmpfs (statfs(2)).
const TMPFS_MAGIC: u32 = 0x0102_1994;

/// Asks for a huge page (madvise(2)).
const MADV_COLLAPSE: libc::c_int = 25;

/// Whether `file` is one of a tmpfs.
pub(super) fn in_memory(file: &File) -> bool {
    // SAFETY: zeros are a `statfs`, which has numbers alone.
    let mut system: libc::statfs = unsafe { std::mem::zeroed() };
    // SAFETY: the file is open, and `system` is there for the call to fill.
    let told = unsafe { libc::fstatfs(file.as_raw_fd(), &raw mut system) };
    told == 0 && u32::try_from(system.f_type) == Ok(TMPFS_MAGIC)
}

/// The huge pages of a file in memory, at addresses of ours as long as anyone has bytes of them.
#[derive(Debug)]
pub(super) struct Pages(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    file: Arc<File>,
    map: Map,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Where the pages begin that are there, in their order.
    there: Vec<usize>,
    /// What is handed out.
    held: Vec<Range<usize>>,
    /// What was written of the file: pages that end here or before go as soon as nobody has bytes of them.
    done: usize,
}

impl Pages {
    /// None yet, of a `file` that will have so many `bytes`.
    ///
    /// # Errors
    /// If there are not so many addresses.
    pub(super) fn new(file: Arc<File>, bytes: u64) -> Result<Self> {
        let map = Map::new(&file, bytes.try_into().map_err(Error::other)?)?;
        Ok(Self(Arc::new(Shared { file, map, state: Mutex::default() })))
    }

    /// Has the system put so many huge pages where nothing was written yet, from `start` on. They are black, and the file reaches to
    /// their end. One call for all: each waits until the other processors have done with what they had in hand.
    ///
    /// # Errors
    /// If the system has none; what it says is of kind `InvalidInput` if it never has.
    pub(super) fn make(&self, start: u64, many: usize) -> Result<()> {
        let Shared { file, map, .. } = &*self.0;
        let at = usize::try_from(start).map_err(Error::other)?;
        let pages = at..at + many * HUGE;
        assert!(at.is_multiple_of(HUGE) && pages.end <= map.length, "invariant: pages lie in the file");
        // Small pages are made into a huge one where there is one at least.
        pages.clone().step_by(HUGE).try_for_each(|page| file.write_all_at(&[0], (page + HUGE - 1) as u64))?;
        map.advise(pages.clone(), MADV_COLLAPSE)?;
        self.0.lock().there.extend(pages.step_by(HUGE));
        Ok(())
    }

    /// The bytes at `range` of the file, if they are in pages that are there and not done with, and nobody has some of them.
    pub(super) fn take(&self, range: Range<usize>) -> Option<Stretch> {
        let mut state = self.0.lock();
        if range.start < state.done {
            return None;
        }
        let mut pages = (range.start / HUGE..range.end.div_ceil(HUGE)).map(|page| page * HUGE);
        let free = pages.all(|page| state.there.contains(&page)) && !state.held.iter().any(|held| meet(held, &range));
        free.then(|| {
            state.held.push(range.clone());
            Stretch { of: Arc::clone(&self.0), range }
        })
    }

    /// Makes the file end at `end`, behind which nobody may have bytes.
    ///
    /// # Errors
    /// If someone has, or the system refuses.
    pub(super) fn cut(&self, end: u64) -> Result<()> {
        let state = self.0.lock();
        let held = state.held.iter().any(|held| held.end as u64 > end);
        if held { Err(ErrorKind::ResourceBusy.into()) } else { self.0.file.set_len(end) }
    }

    /// Where that ends which is written.
    pub(super) fn written(&self) -> usize {
        self.0.lock().done
    }

    /// What is before `end` is written, and needed no more.
    pub(super) fn done(&self, end: usize) {
        let mut state = self.0.lock();
        state.done = end;
        self.0.release(state);
    }
}

/// Whether two ranges have bytes in common.
fn meet(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start < b.end && b.start < a.end
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets pages go that nobody needs, some at a time: they are in the file, and no longer in our memory.
    fn release(&self, mut state: MutexGuard<'_, State>) {
        let gone = state.unneeded();
        // Nobody can ask for them now, and nobody waits for the system, which has the other processors forget them.
        drop(state);
        for pages in gone {
            // What the system does not hide stays until the map goes.
            let _ = self.map.advise(pages, libc::MADV_DONTNEED);
        }
    }
}

impl State {
    /// Takes out the pages that nobody needs, once there are enough; those beside each other as one.
    fn unneeded(&mut self) -> Vec<Range<usize>> {
        let Self { there, held, done } = self;
        let needed = |page: usize| page + HUGE > *done || held.iter().any(|held| meet(held, &(page..page + HUGE)));
        let (kept, gone): (Vec<_>, Vec<_>) = there.iter().partition(|page| needed(**page));
        if gone.len() < TOGETHER {
            return Vec::new();
        }
        *there = kept;
        gone.chunk_by(|page, next| page + HUGE == *next).map(|run| run[0]..run[0] + run.len() * HUGE).collect()
    }
}

/// Some bytes of a file, where they are in memory: what is put here is in the file.
#[derive(Debug)]
pub struct Stretch {
    of: Arc<Shared>,
    range: Range<usize>,
}

impl Deref for Stretch {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        // SAFETY: pages are there as long as a stretch of them is held, and no two stretches meet. Nobody else makes the file shorter,
        // which has a temporary name of this process.
        unsafe { from_raw_parts(self.of.map.address(self.range.start), self.range.len()) }
    }
}

impl DerefMut for Stretch {
    fn deref_mut(&mut self) -> &mut [u8] {
        // SAFETY: as above, and pages can be written.
        unsafe { from_raw_parts_mut(self.of.map.address(self.range.start), self.range.len()) }
    }
}

impl Drop for Stretch {
    fn drop(&mut self) {
        let mut state = self.of.lock();
        state.held.retain(|held| *held != self.range);
        self.of.release(state);
    }
}

/// The whole of a file at addresses of ours, so far as it has whole huge pages; most of them are not there, and not to be touched.
#[derive(Debug)]
struct Map {
    all: *mut u8,
    length: usize,
}

// SAFETY: addresses are the same for all threads; what is at them is handed out by `Pages`, to one at a time.
unsafe impl Send for Map {}
// SAFETY: as above.
unsafe impl Sync for Map {}

impl Map {
    fn new(file: &File, bytes: usize) -> Result<Self> {
        let length = bytes / HUGE * HUGE;
        // A page more, so that there is one among them that begins where huge pages may.
        let map = Self { all: addresses(null_mut(), length + HUGE, None)?, length };
        addresses(map.address(0), length, Some(file))?;
        Ok(map)
    }

    /// Where byte `at` of the file is.
    fn address(&self, at: usize) -> *mut u8 {
        self.all.wrapping_add(self.all.align_offset(HUGE) + at)
    }

    /// Tells the system what to do with these bytes, of which none is lost by it.
    fn advise(&self, range: Range<usize>, advice: libc::c_int) -> Result<()> {
        // SAFETY: the map has these addresses, and what the file holds stays as it is, whichever pages it is in.
        let told = unsafe { libc::madvise(self.address(range.start).cast(), range.len(), advice) };
        if told == 0 { Ok(()) } else { Err(Error::last_os_error()) }
    }
}

/// So many addresses, of the system's choice if none is said, for `file` or for nothing.
fn addresses(from: *mut u8, length: usize, file: Option<&File>) -> Result<*mut u8> {
    let (access, kind, file) = match file {
        None => (libc::PROT_NONE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE, -1),
        Some(file) => (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED | libc::MAP_FIXED, file.as_raw_fd()),
    };
    // SAFETY: addresses of the system's choice are nobody else's; others are those of a new map, which nobody uses yet.
    let there = unsafe { libc::mmap(from.cast(), length, access, kind, file, 0) };
    if there == libc::MAP_FAILED { Err(Error::last_os_error()) } else { Ok(there.cast()) }
}

impl Drop for Map {
    fn drop(&mut self) {
        // SAFETY: these addresses were given to us, and nothing refers to them any more.
        unsafe { libc::munmap(self.all.cast(), self.length + HUGE) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_go_by_fours_and_those_beside_each_other_as_one() {
        let there = [0, 1, 2, 4, 5].map(|page| page * HUGE).to_vec();
        let mut state = State { there, held: Vec::new(), done: 4 * HUGE };
        assert!(state.unneeded().is_empty(), "three");
        state.done = 6 * HUGE - 1;
        state.held.push(HUGE + 1..HUGE + 2);
        assert!(state.unneeded().is_empty(), "one of four is held");
        state.held[0] = 6 * HUGE - 1..6 * HUGE;
        assert_eq!(state.unneeded(), [0..3 * HUGE, 4 * HUGE..5 * HUGE]);
        assert_eq!(state.there, [5 * HUGE], "it is not written to its end");
        assert!(state.unneeded().is_empty(), "each goes once");
    }
}

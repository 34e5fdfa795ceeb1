//! The calls, and what is safe to do with what they give.

#![allow(unsafe_code, reason = "the system is asked by maps of memory, and none of its calls is safe as such")]

use super::HUGE;
use std::fs::File;
use std::io::{Error, Result};
use std::ops::{Deref, DerefMut, Range};
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileExt;
use std::ptr::null_mut;
use std::slice::{from_raw_parts, from_raw_parts_mut};
use std::sync::{Arc, Mutex, PoisonError};

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

/// A huge page of a file in memory, and addresses at which its bytes are.
#[derive(Debug)]
pub(super) struct Page {
    map: Map,
    /// What was taken of it.
    taken: Mutex<Vec<Range<usize>>>,
}

impl Page {
    /// Has the system put a huge page where nothing was written yet, from `start` on. It is black, and the file reaches to its end.
    ///
    /// # Errors
    /// If the system has none; what it says is of kind `InvalidInput` if it never has.
    pub(super) fn make(file: &File, start: u64) -> Result<Arc<Self>> {
        // Small pages are made into a huge one where there is one at least.
        file.write_all_at(&[0], start + HUGE as u64 - 1)?;
        let map = Map::of(file, start)?;
        // SAFETY: the map has this length, and nobody reads or writes it yet.
        match unsafe { libc::madvise(map.huge().cast(), HUGE, MADV_COLLAPSE) } {
            0 => Ok(Arc::new(Self { map, taken: Mutex::default() })),
            _ => Err(Error::last_os_error()),
        }
    }

    /// The bytes at `range` of the page, for whoever takes them first.
    pub(super) fn take(self: &Arc<Self>, range: Range<usize>) -> Option<Stretch> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let free = range.start <= range.end
            && range.end <= HUGE
            && taken.iter().all(|other| range.end <= other.start || other.end <= range.start);
        free.then(|| {
            taken.push(range.clone());
            Stretch { page: Arc::clone(self), range }
        })
    }
}

/// Some bytes of a file, where they are in memory: what is put here is in the file.
#[derive(Debug)]
pub struct Stretch {
    page: Arc<Page>,
    range: Range<usize>,
}

impl Deref for Stretch {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        // SAFETY: the map is as long as the page and can be read; `take` saw that nobody else has these bytes. The page is there
        // as long as the file is, which has a name of this process alone and is not made shorter while it is written.
        unsafe { from_raw_parts(self.page.map.huge().wrapping_add(self.range.start), self.range.len()) }
    }
}

impl DerefMut for Stretch {
    fn deref_mut(&mut self) -> &mut [u8] {
        // SAFETY: as above, and it can be written.
        unsafe { from_raw_parts_mut(self.page.map.huge().wrapping_add(self.range.start), self.range.len()) }
    }
}

/// Addresses of a huge page of a file.
#[derive(Debug)]
struct Map(*mut u8);

// SAFETY: addresses are the same for all threads; what is at them is handed out once.
unsafe impl Send for Map {}
// SAFETY: as above.
unsafe impl Sync for Map {}

impl Map {
    /// Twice as long as a page, so that there is one among them that begins where huge pages may.
    const LENGTH: usize = 2 * HUGE;

    fn of(file: &File, start: u64) -> Result<Self> {
        let start = start.try_into().map_err(Error::other)?;
        let nobodys = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        // SAFETY: addresses of the system's choice are nobody else's.
        let all = unsafe { libc::mmap(null_mut(), Self::LENGTH, libc::PROT_NONE, nobodys, -1, 0) };
        if all == libc::MAP_FAILED {
            return Err(Error::last_os_error());
        }
        let map = Self(all.cast());
        let (both, files) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED | libc::MAP_FIXED);
        // SAFETY: these addresses are some of those that were given to us, and nothing is there yet.
        let there = unsafe { libc::mmap(map.huge().cast(), HUGE, both, files, file.as_raw_fd(), start) };
        if there == libc::MAP_FAILED { Err(Error::last_os_error()) } else { Ok(map) }
    }

    /// Where the huge page begins.
    fn huge(&self) -> *mut u8 {
        self.0.wrapping_add(self.0.align_offset(HUGE))
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        // SAFETY: these addresses were given to us, and nothing refers to them any more.
        unsafe { libc::munmap(self.0.cast(), Self::LENGTH) };
    }
}

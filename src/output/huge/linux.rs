//! The calls.

#![allow(unsafe_code, reason = "the system is asked by maps of memory, and none of its calls is safe as such")]

use super::HUGE;
use std::fs::File;
use std::io::{Error, Result};
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileExt;
use std::ptr::null_mut;

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

/// Has the system put a huge page where nothing was written yet, from `start` on. It is black, and the file reaches to its end.
///
/// # Errors
/// If the system has none; what it says is of kind `InvalidInput` if it never has.
pub(super) fn make(file: &File, start: u64) -> Result<()> {
    // Small pages are made into a huge one where there is one at least.
    file.write_all_at(&[0], start + HUGE as u64 - 1)?;
    let map = Map::of(file, start)?;
    // SAFETY: the map has this length, and is not read or written by anyone.
    match unsafe { libc::madvise(map.huge().cast(), HUGE, MADV_COLLAPSE) } {
        0 => Ok(()),
        _ => Err(Error::last_os_error()),
    }
}

/// Addresses that stand for a huge page of a file; no byte of it can be read or written there.
struct Map(*mut u8);

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
        let files = libc::MAP_SHARED | libc::MAP_FIXED;
        // SAFETY: these addresses are some of those that were given to us, and nothing is there yet.
        let there = unsafe { libc::mmap(map.huge().cast(), HUGE, libc::PROT_NONE, files, file.as_raw_fd(), start) };
        if there == libc::MAP_FAILED { Err(Error::last_os_error()) } else { Ok(map) }
    }

    /// Where the huge page begins.
    fn huge(&self) -> *mut u8 {
        self.0.wrapping_add(self.0.align_offset(HUGE))
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        // SAFETY: these addresses were given to us, and nothing refers to them.
        unsafe { libc::munmap(self.0.cast(), Self::LENGTH) };
    }
}

//! Huge pages for files in memory, such as those below `/dev/shm`: 512 pages at once, whose getting one by one costs the system more
//! than the copying of what is written to them. No byte of a file depends on them.

#[cfg_attr(target_os = "linux", path = "linux.rs")]
#[cfg_attr(not(target_os = "linux"), path = "elsewhere.rs")]
mod system;

use std::fs::File;
use std::io::{ErrorKind, Result};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The length of a huge page, and what its place in a file is a multiple of.
const HUGE: usize = 2 << 20;

/// A huge page that takes longer costs more than small ones: it is not at hand, and the system moves others out of the way, or has it from
/// the host of a virtual machine.
const LONG: Duration = Duration::from_millis(1);

/// Places that are passed by after some that took long, at most.
const MOST_PASSED: u32 = 1024;

/// Whether huge pages were at hand lately: what the files of a folder know together.
#[derive(Debug, Default)]
pub(super) struct Luck(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// The system has none for files of this folder.
    refused: bool,
    /// So many places are still passed by.
    left: u32,
    /// So many were to be passed by after the last page.
    passed: u32,
}

impl Luck {
    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the next place is to have one.
    fn is_tried(&self) -> bool {
        let mut known = self.lock();
        let now = !known.refused && known.left == 0;
        known.left = known.left.saturating_sub(1);
        now
    }

    /// What became of it.
    fn learn(&self, made: Result<()>, took: Duration) {
        let mut known = self.lock();
        known.refused |= made.as_ref().is_err_and(|error| error.kind() == ErrorKind::InvalidInput);
        known.passed = if made.is_ok() && took < LONG { 0 } else { (4 * known.passed).clamp(8, MOST_PASSED) };
        known.left = known.passed;
    }
}

/// The places of huge pages in a file that is written from its begin to its end.
#[derive(Debug)]
pub(super) struct Places {
    luck: Arc<Luck>,
    /// What the file will have.
    bytes: u64,
    /// What was written of it.
    written: u64,
    /// Where the next page begins.
    next: u64,
}

impl Places {
    /// For a file that will have so many `bytes`; nothing where no huge page can be.
    pub(super) fn new(file: &File, bytes: u64, luck: &Arc<Luck>) -> Option<Self> {
        let useful = bytes >= HUGE as u64 && system::in_memory(file);
        useful.then(|| Self { luck: Arc::clone(luck), bytes, written: 0, next: 0 })
    }

    /// Makes ready for `more` bytes at the end of what was written.
    pub(super) fn before(&mut self, file: &File, more: usize) {
        self.written = self.written.saturating_add(more as u64);
        // One that is not filled would take memory that the file does not need.
        while self.next < self.written && self.next + HUGE as u64 <= self.bytes {
            if self.luck.is_tried() {
                let begun = Instant::now();
                self.luck.learn(system::make(file, self.next), begun.elapsed());
            }
            self.next += HUGE as u64;
        }
    }

    /// Makes the file as long as what was written to it, if that is less than was said.
    ///
    /// # Errors
    /// If the system refuses.
    pub(super) fn end(&self, file: &File) -> Result<()> {
        if self.written < self.next { file.set_len(self.written) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::path::Path;

    const LATE: Duration = Duration::from_millis(5);

    /// Writes a file of `told` bytes below `folder`, of which `real` come: what it holds then, and what came.
    fn written(folder: &Path, told: usize, real: usize) -> (Vec<u8>, Vec<u8>) {
        let mut file = tempfile::NamedTempFile::new_in(folder).unwrap();
        let content: Vec<u8> = (0..real).map(|i| (i * 7 + i / 4096) as u8).collect();
        let mut places = Places::new(file.as_file(), told as u64, &Arc::default());
        for piece in content.chunks(196_607) {
            places.iter_mut().for_each(|places| places.before(file.as_file(), piece.len()));
            file.write_all(piece).unwrap();
        }
        places.iter().for_each(|places| places.end(file.as_file()).unwrap());
        (std::fs::read(file.path()).unwrap(), content)
    }

    #[test]
    fn a_file_has_what_was_written_to_it() {
        let memory = Path::new("/dev/shm");
        let disk = std::env::temp_dir();
        for folder in [memory, &disk].into_iter().filter(|folder| folder.is_dir()) {
            for told in [0, 1, HUGE - 1, HUGE, HUGE + 1, 3 * HUGE + 5000] {
                for real in [told, told / 2, told.saturating_sub(1)] {
                    let (there, expected) = written(folder, told, real);
                    assert!(there == expected, "{} of {real} for {told}: {}", folder.display(), there.len());
                }
            }
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_in_memory_is_told_from_one_that_is_not() {
        let in_memory = |file: &str| system::in_memory(&File::open(file).unwrap());
        assert!(!in_memory("/proc/self/status"));
        if std::fs::read_to_string("/proc/mounts").unwrap().lines().any(|line| line.starts_with("tmpfs /dev/shm tmpfs ")) {
            assert!(in_memory("/dev/shm"));
        }
    }

    #[test]
    fn what_takes_long_is_tried_less_often() {
        let luck = Luck::default();
        let passed = || (0..).find(|_| luck.is_tried()).unwrap();
        let mut all = Vec::new();
        for _ in 0..7 {
            all.push(passed());
            luck.learn(Ok(()), LATE);
        }
        assert_eq!(all, [0, 8, 32, 128, 512, 1024, 1024]);
        assert_eq!(passed(), 1024);
        luck.learn(Ok(()), Duration::ZERO);
        assert_eq!(passed(), 0);
        luck.learn(Err(ErrorKind::OutOfMemory.into()), Duration::ZERO);
        assert_eq!(passed(), 8);
    }

    #[test]
    fn a_system_without_them_is_asked_once() {
        let luck = Luck::default();
        luck.learn(Err(ErrorKind::InvalidInput.into()), Duration::ZERO);
        assert!(!(0..1000).any(|_| luck.is_tried()));
    }
}

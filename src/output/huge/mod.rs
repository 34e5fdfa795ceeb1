//! Huge pages for files in memory, such as those below `/dev/shm`: 512 pages at once, whose getting one by one costs the system more
//! than the copying of what is written to them. No byte of a file depends on them.

#[cfg_attr(target_os = "linux", path = "linux.rs")]
#[cfg_attr(not(target_os = "linux"), path = "elsewhere.rs")]
mod system;

use std::fs::File;
use std::io::{ErrorKind, Result};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use system::Pages;
pub use system::Stretch;

/// The length of a huge page, and what its place in a file is a multiple of.
const HUGE: usize = 2 << 20;

/// A huge page that takes longer costs more than small ones: it is not at hand, and the system moves others out of the way, or has it from
/// the host of a virtual machine.
const LONG: Duration = Duration::from_millis(1);

/// Pages that are made by one call, and let go by one.
const TOGETHER: usize = 4;

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
    /// So many took long, one after the other.
    late: u32,
}

impl Luck {
    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many places from the next on are to have one; none if that is passed by.
    fn tried(&self) -> usize {
        let mut known = self.lock();
        let now = !known.refused && known.left == 0;
        known.left = known.left.saturating_sub(1);
        match (now, known.late) {
            (false, _) => 0,
            (true, 0) => TOGETHER,
            // They may take long again.
            (true, _) => 1,
        }
    }

    /// What became of it, and how long each took.
    fn learn(&self, made: Result<()>, took: Duration) {
        let mut known = self.lock();
        known.refused |= made.as_ref().is_err_and(|error| error.kind() == ErrorKind::InvalidInput);
        known.late = if made.is_ok() && took < LONG { 0 } else { known.late + 1 };
        known.left = match known.late {
            // Any call takes long at times.
            0 | 1 => 0,
            more => 8_u32.saturating_mul(4_u32.saturating_pow(more - 2)).min(MOST_PASSED),
        };
    }
}

/// The places of huge pages in a file that is written from its begin to its end.
#[derive(Debug)]
pub struct Places {
    luck: Arc<Luck>,
    /// What the file will have.
    bytes: u64,
    /// They know what was written of it, too.
    pages: Pages,
    /// Where the next page begins.
    next: AtomicU64,
    /// Held while pages are made.
    making: Mutex<()>,
}

impl Places {
    /// For a file that will have so many `bytes`; nothing where no huge page can be.
    pub(super) fn new(file: &Arc<File>, bytes: u64, luck: &Arc<Luck>) -> Option<Arc<Self>> {
        let useful = bytes >= HUGE as u64 && system::in_memory(file);
        let pages = useful.then(|| Pages::new(Arc::clone(file), bytes).ok()).flatten()?;
        let (next, making) = Default::default();
        Some(Arc::new(Self { luck: Arc::clone(luck), bytes, pages, next, making }))
    }

    /// The bytes of the file from `start` on, so many, if huge pages have them all and nobody else does. They count as written once the
    /// file is told to pass them, and must not be written otherwise.
    pub fn stretch(&self, start: u64, length: usize) -> Option<Stretch> {
        self.make_pages(start.saturating_add(length as u64));
        let start = usize::try_from(start).ok()?;
        self.pages.take(start..start.checked_add(length)?)
    }

    /// Makes ready for `more` bytes at the end of what was written, which are written then.
    pub(super) fn before(&self, more: usize) {
        let written = self.pages.written().saturating_add(more);
        self.make_pages(written as u64);
        self.pages.done(written);
    }

    /// Makes the pages that begin before `end`.
    fn make_pages(&self, end: u64) {
        // Who needs no more than is there goes on while others are made.
        if end <= self.next.load(Ordering::Acquire) {
            return;
        }
        let _making = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        let mut next = self.next.load(Ordering::Acquire);
        // One that is not filled would take memory that the file does not need.
        while next < end && next + HUGE as u64 <= self.bytes {
            let room = usize::try_from((self.bytes - next) / HUGE as u64).unwrap_or(usize::MAX);
            let tried = self.luck.tried().min(room);
            if tried > 0 {
                let begun = Instant::now();
                let made = self.pages.make(next, tried);
                self.luck.learn(made, begun.elapsed() / tried as u32);
            }
            next += (tried.max(1) * HUGE) as u64;
            self.next.store(next, Ordering::Release);
        }
    }

    /// Makes the file as long as what was written to it, if that is less than was said.
    ///
    /// # Errors
    /// If the system refuses.
    pub(super) fn end(&self) -> Result<()> {
        let written = self.pages.written() as u64;
        if written < self.next.load(Ordering::Acquire) { self.pages.cut(written) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Seek, SeekFrom, Write};
    use std::path::Path;

    const LATE: Duration = Duration::from_millis(5);

    /// The length of a piece.
    const PIECE: usize = 196_607;

    /// Writes a file of `told` bytes below `folder`, of which `real` come, two pieces of three where they lie if they can be: what it
    /// holds then, and what came.
    fn written(folder: &Path, told: usize, real: usize) -> (Vec<u8>, Vec<u8>) {
        let named = tempfile::NamedTempFile::new_in(folder).unwrap();
        let file = Arc::new(named.reopen().unwrap());
        let content: Vec<u8> = (0..real).map(|i| (i * 7 + i / 4096) as u8).collect();
        let places = Places::new(&file, told as u64, &Arc::default());
        for (at, piece) in content.chunks(PIECE).enumerate() {
            let there = places.iter().filter(|_| at % 3 > 0).find_map(|places| places.stretch((at * PIECE) as u64, piece.len()));
            places.iter().for_each(|places| places.before(piece.len()));
            if let Some(mut there) = there {
                there.copy_from_slice(piece);
                (&*file).seek(SeekFrom::Current(piece.len() as i64)).unwrap();
            } else {
                (&*file).write_all(piece).unwrap();
            }
        }
        places.iter().for_each(|places| places.end().unwrap());
        (std::fs::read(named.path()).unwrap(), content)
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

    /// A file in memory that will have so many huge pages, where there can be one.
    #[cfg(target_os = "linux")]
    fn in_memory(pages: usize) -> Option<(tempfile::NamedTempFile, Arc<Places>)> {
        let named = tempfile::NamedTempFile::new_in("/dev/shm").ok()?;
        let file = Arc::new(named.reopen().unwrap());
        let places = Places::new(&file, (pages * HUGE) as u64, &Arc::default())?;
        Some((named, places))
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn bytes_of_a_file_are_handed_out_once() {
        let Some((named, places)) = in_memory(3) else { return };
        // Where the system has no more now, there is nothing to hand out.
        let all = (places.stretch(100, 50), places.stretch(150, HUGE), places.stretch(2 * HUGE as u64, HUGE));
        let (Some(mut first), Some(mut next), Some(last)) = all else { return };
        for (start, length) in [(100, 50), (99, 2), (149, 1), (120, 10), (0, HUGE), (HUGE as u64 + 149, 2), (3 * HUGE as u64, 1)]
        {
            assert!(places.stretch(start, length).is_none(), "{length} bytes from {start} on");
        }
        assert!(first.iter().chain(&*next).all(|byte| *byte == 0), "a new page is black");
        std::thread::scope(|scope| {
            scope.spawn(|| first.fill(1));
            next.fill(2);
        });
        places.before(151);
        assert!(places.stretch(99, 1).is_none(), "it was written");
        places.before(HUGE);
        assert!((first[49], next[HUGE - 1]) == (1, 2), "it is there as long as it is held");
        assert!(places.end().is_err(), "what is held stays in the file");
        drop((first, next, last));
        assert!(places.stretch(HUGE as u64 + 200, HUGE).is_some(), "the next pages");
        places.end().unwrap();
        let bytes = std::fs::read(named.path()).unwrap();
        assert!(bytes == [vec![0; 100], vec![1; 50], vec![2; HUGE], vec![0]].concat(), "{} bytes", bytes.len());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn who_has_its_pages_does_not_wait_while_others_are_made() {
        let Some((_named, places)) = in_memory(8) else { return };
        if places.stretch(0, HUGE).is_none() {
            return;
        }
        let made = usize::try_from(places.next.load(Ordering::Acquire)).unwrap();
        let _making = places.making.lock().unwrap();
        let (tell, told) = std::sync::mpsc::channel();
        let asking = Arc::clone(&places);
        std::thread::spawn(move || tell.send(asking.stretch((made - 1) as u64, 1).is_some()));
        assert_eq!(told.recv_timeout(Duration::from_secs(60)), Ok(true));
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
        // How many places are passed by, and how many are tried then.
        let next = || (0..).zip(std::iter::repeat_with(|| luck.tried())).find(|(_, tried)| *tried > 0).unwrap();
        let mut all = Vec::new();
        for _ in 0..8 {
            all.push(next());
            luck.learn(Ok(()), LATE);
        }
        assert_eq!(all, [(0, TOGETHER), (0, 1), (8, 1), (32, 1), (128, 1), (512, 1), (1024, 1), (1024, 1)]);
        assert_eq!(next(), (1024, 1));
        luck.learn(Ok(()), Duration::ZERO);
        assert_eq!(next(), (0, TOGETHER));
        luck.learn(Err(ErrorKind::OutOfMemory.into()), Duration::ZERO);
        assert_eq!(next(), (0, 1));
        luck.learn(Err(ErrorKind::OutOfMemory.into()), Duration::ZERO);
        assert_eq!(next(), (8, 1));
    }

    #[test]
    fn a_system_without_them_is_asked_once() {
        let luck = Luck::default();
        luck.learn(Err(ErrorKind::InvalidInput.into()), Duration::ZERO);
        assert!(!(0..1000).any(|_| luck.tried() > 0));
    }
}

//! Planning takes so many bytes for each picture and no more, so that millions of pictures fit the memory of a small machine.

#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![allow(unsafe_code, reason = "an allocator is unsafe to write; this one only counts and passes on")]
#![cfg(unix)]

use clap::Parser;
use prebake::cli::{Cli, Command, What};
use prebake::engine::Progress;
use prebake::frozen;
use prebake::prepare::Prepared;
use std::alloc::{GlobalAlloc, Layout, System};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;

/// Pictures of a folder; more ways to a folder are more pictures, since links are followed.
const PICTURES: usize = 250;
/// Bytes that a worker takes at most for a picture whose path has 31 bytes.
const OF_A_WORKER: usize = 220;
/// Bytes that freezing takes at most for such a picture.
const OF_FREEZING: usize = 220;

static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

struct Counting;

// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let live = LIVE.fetch_add(layout.size(), Relaxed) + layout.size();
        PEAK.fetch_max(live, Relaxed);
        // SAFETY: the caller keeps to what `GlobalAlloc` asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let live = LIVE.fetch_add(size, Relaxed) + size - layout.size();
        PEAK.fetch_max(live, Relaxed);
        LIVE.fetch_sub(layout.size(), Relaxed);
        // SAFETY: the caller keeps to what `GlobalAlloc` asks for.
        unsafe { System.realloc(at, layout, size) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Relaxed);
        // SAFETY: the caller keeps to what `GlobalAlloc` asks for.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[derive(Debug)]
struct Nobody;

impl Progress for Nobody {}

/// The most bytes that `work` had at once, beyond what there was before, and how many pictures it planned.
fn most(work: impl FnOnce() -> Prepared) -> (usize, usize) {
    let before = LIVE.load(Relaxed);
    PEAK.store(before, Relaxed);
    let prepared = work();
    (PEAK.load(Relaxed) - before, prepared.source.items.len())
}

fn what(arguments: &[&Path]) -> What {
    let words = [Path::new("prebake"), Path::new("plan")];
    match Cli::try_parse_from(words.iter().chain(arguments)).unwrap().command {
        Command::Plan { what, .. } => what,
        _ => unreachable!("it was told to plan"),
    }
}

/// The most that freezing a plan, and planning from it, take for a folder of so many links; and how many pictures that is.
fn taken(root: &Path, links: usize) -> [(usize, usize); 2] {
    let input = root.join(format!("input-{links}"));
    fs::create_dir(&input).unwrap();
    (0..links).for_each(|link| symlink("../real", input.join(format!("n{link:08}"))).unwrap());
    let (spec, plan, stop) = (root.join("spec.json"), root.join(format!("{links}.json")), AtomicUsize::new(0));
    let freeze = most(|| frozen::freeze(&what(&[&input, "--spec".as_ref(), &spec]), &plan, &stop, &Nobody).unwrap());
    let worker = most(|| frozen::prepare(&what(&[&input, "--plan".as_ref(), &plan]), None, &stop, &Nobody).unwrap());
    [freeze, worker]
}

#[test]
fn memory_grows_by_so_many_bytes_a_picture() {
    let root = tempfile::tempdir().unwrap();
    let real = root.path().join("real");
    fs::create_dir(&real).unwrap();
    let picture = fs::read("fixtures/by_folder/coffee/1_palette.png").unwrap();
    (0..PICTURES).for_each(|number| fs::write(real.join(format!("picture_{number:09}.png")), &picture).unwrap());
    let spec = r#"{"version": 1, "seed": 1, "batch_size": 50, "pipeline": [{"op": "resize", "width": 8, "height": 8}],
        "labels": {"from": "directory"}}"#;
    fs::write(root.path().join("spec.json"), spec).unwrap();
    let (few, many) = (taken(root.path(), 8), taken(root.path(), 80));
    for (step, most, few, many) in [("freezing", OF_FREEZING, few[0], many[0]), ("a worker", OF_A_WORKER, few[1], many[1])] {
        let each = (many.0 - few.0) / (many.1 - few.1);
        assert!(each <= most, "{step}: {each} bytes a picture, {few:?} and {many:?}");
    }
}

//! A row takes no memory: what a thread keeps from one row to the next is enough, whatever the next one draws.

#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![allow(unsafe_code, reason = "an allocator is unsafe to write; this one only counts and passes on")]

use prebake::decode::Limits;
use prebake::encode::{Encoder, Scratch};
use prebake::image::{Image, Size};
use prebake::pipeline::{Canvas, Program, Recipe, Row};
use prebake::rng::Key;
use prebake::source::References;
use prebake::spec::{Overrides, Spec};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::path::Path;

/// Rows that may still take memory: what they need grows to its largest.
const WARM_UP: u64 = 400;
/// Rows that may not.
const ROWS: u64 = 1000;

thread_local! {
    /// How often this thread asked for memory; the test runner has threads of its own.
    static TAKEN: Cell<u64> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        TAKEN.set(TAKEN.get() + 1);
        // SAFETY: the caller keeps to what `GlobalAlloc` asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps to what `GlobalAlloc` asks for.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How often rows of the spec in `file` ask for memory after the warm-up, made as a thread of a build makes them.
fn taken(file: &Path) -> u64 {
    let mut spec = Spec::load(file, &Overrides::default()).unwrap();
    let references = References::load(&mut spec, file.parent().unwrap(), Limits::NONE).unwrap();
    let (pipeline, encoder, mut encoding) = (&spec.pipeline, Encoder::new(&spec.output, None), Scratch::default());
    let (mut canvas, mut recipe, mut program) = (Canvas::new(references.library), Recipe::new(), Program::default());
    let value_bytes = (spec.output.color.channels() * spec.output.dtype.bytes()) as usize;
    let (mut levels, mut row) = (Vec::new(), Vec::new());
    let pictures = [(150, 100), (90, 160), (128, 128)].map(|(width, height)| {
        let mut prepared = Image::default();
        pipeline.prepare(&Image::new(Size::new(width, height)), &mut canvas, &mut prepared);
        prepared
    });
    let mut before = 0;
    for (number, prepared) in (0..WARM_UP + ROWS).zip(pictures.iter().cycle()) {
        if number == WARM_UP {
            before = TAKEN.get();
        }
        let row_of = Row { key: Key::new(7).number(number), epoch: 0, class: "" };
        pipeline.sample(&row_of, prepared.size(), &mut recipe);
        program.lower(&recipe, prepared.size(), pipeline.fuse);
        levels.resize(program.output_size().bytes() as usize, 0);
        program.run(&recipe, prepared, &mut canvas, &mut levels);
        row.resize(levels.len() / 3 * value_bytes, 0);
        encoder.encode(&levels, &mut row, &mut encoding);
    }
    TAKEN.get() - before
}

#[test]
fn a_row_takes_no_memory() {
    let specs = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/specs")).unwrap();
    let files: Vec<_> = specs.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect();
    assert!(files.len() >= 5, "{files:?}");
    for file in files {
        assert_eq!(taken(&file), 0, "{}", file.display());
    }
}

//! What the fuzz targets of `fuzz/` run, on the inputs that are kept and on thousands like them: in seconds, and the
//! same ones every time.

#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(unreachable_pub, reason = "`fuzz/` takes the same files")]

mod bytes;
mod mutation;
mod targets;

use prebake::rng::{Key, Rng};
use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

/// Inputs like each other that are tried of each target.
const MUTANTS: u64 = 3000;

/// Longer files are tried as they are, but none like them.
const LONGEST: usize = 8000;

/// Makes another input like one.
type Mutation = fn(&[u8], &mut Rng) -> Vec<u8>;

/// Tries every file of `folders`, and inputs like them.
fn holds(target: fn(&[u8]), mutated: Mutation, folders: &[&str]) {
    let seeds: Vec<Vec<u8>> = folders.iter().flat_map(|folder| files(folder)).map(|file| fs::read(file).unwrap()).collect();
    seeds.iter().for_each(|seed| try_one(target, seed));
    let mut pool: Vec<Vec<u8>> = seeds.into_iter().filter(|seed| seed.len() <= LONGEST).collect();
    for number in 0..MUTANTS {
        let mut rng = Key::new(number).rng();
        let at = usize::try_from(rng.below(pool.len() as u64)).unwrap();
        let mutant = mutated(&pool[at], &mut rng);
        try_one(target, &mutant);
        // Some are changed further.
        if mutant.len() <= LONGEST && number % 4 == 0 {
            pool.push(mutant);
        }
    }
}

fn try_one(target: fn(&[u8]), input: &[u8]) {
    assert!(catch_unwind(|| target(input)).is_ok(), "of this input:\n{}", input.escape_ascii());
}

/// The files of a folder of the fixtures; where pictures stand beside specs and pipelines, the latter.
fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(folder);
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    let is_text = |file: &PathBuf| file.extension().is_some_and(|ending| ["json", "yaml"].iter().any(|known| ending == *known));
    if files.iter().any(is_text) {
        files.retain(is_text);
    }
    files.sort();
    assert!(!files.is_empty());
    files
}

#[test]
fn no_spec_breaks_the_reader_or_its_rows() {
    holds(targets::spec, mutation::mutated, &["fuzz/spec", "specs", "specs/bad"]);
}

#[test]
fn no_pipeline_of_another_library_breaks_the_import() {
    holds(targets::import, mutation::mutated, &["fuzz/import", "import/albumentations"]);
}

#[test]
fn no_folder_that_says_it_is_a_dataset_breaks_what_reads_it() {
    holds(targets::manifest, mutation::mutated, &["fuzz/manifest"]);
}

#[test]
fn no_table_breaks_its_readers() {
    holds(targets::table, bytes::mutated, &["fuzz/table", "fuzz/objects"]);
    holds(targets::table, mutation::mutated, &["fuzz/objects"]);
    holds(targets::objects, mutation::mutated, &["fuzz/objects"]);
}

#[test]
fn no_coco_file_breaks_its_reader() {
    holds(targets::coco, mutation::mutated, &["fuzz/coco"]);
}

#[test]
fn no_file_of_voc_or_yolo_breaks_its_reader() {
    holds(targets::voc, bytes::mutated, &["fuzz/voc"]);
    holds(targets::yolo, bytes::mutated, &["fuzz/yolo"]);
}

#[test]
fn no_picture_breaks_a_decoder() {
    holds(targets::picture, bytes::mutated, &["fuzz/picture"]);
    holds(targets::deep, bytes::mutated, &["fuzz/picture", "fuzz/deep"]);
}

#[test]
fn no_mask_breaks_its_reader() {
    holds(targets::mask, bytes::mutated, &["fuzz/mask"]);
}

#[test]
fn no_archive_breaks_its_reader() {
    holds(targets::archive, bytes::mutated, &["fuzz/archive"]);
}

#[test]
fn no_array_breaks_its_readers() {
    holds(targets::npy, bytes::mutated, &["fuzz/npy"]);
}

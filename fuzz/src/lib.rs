//! What the fuzz targets run; `cargo test` of the crate beside this one runs the same (`tests/fuzz`).

#[path = "../../tests/fuzz/bytes.rs"]
pub mod bytes;
#[path = "../../tests/fuzz/mutation.rs"]
pub mod mutation;
#[path = "../../tests/fuzz/targets/mod.rs"]
pub mod targets;

use prebake::rng::{Key, Rng};

/// Changes the first `size` bytes of `data` in place: as JSON every other time, else as libFuzzer changes bytes. Says
/// how many bytes there are then.
pub fn mutate(data: &mut [u8], size: usize, most: usize, seed: u32) -> usize {
    either(mutation::mutated, data, size, most, seed)
}

/// As [`mutate`], but of data that is no JSON: every other time in ways that pictures and tables go wrong.
pub fn mutate_bytes(data: &mut [u8], size: usize, most: usize, seed: u32) -> usize {
    either(bytes::mutated, data, size, most, seed)
}

fn either(ours: fn(&[u8], &mut Rng) -> Vec<u8>, data: &mut [u8], size: usize, most: usize, seed: u32) -> usize {
    let mut rng = Key::new(seed.into()).rng();
    let made = if rng.chance(0.5) { ours(&data[..size], &mut rng) } else { Vec::new() };
    if made.is_empty() || made.len() > most {
        return libfuzzer_sys::fuzzer_mutate(data, size, most);
    }
    data[..made.len()].copy_from_slice(&made);
    made.len()
}

#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use prebake_fuzz::{mutate_bytes, targets};

fuzz_target!(|data: &[u8]| targets::archive(data));
fuzz_mutator!(|data: &mut [u8], size: usize, most: usize, seed: u32| { mutate_bytes(data, size, most, seed) });

//! Plain loops, compiled once more for the vectors that the machine has.

#![allow(unsafe_code, reason = "code for wider vectors may run only where they are")]

use super::Work;

/// Runs `work` as compiled for AVX-512 where the machine has it.
pub(super) fn with_avx512<W: Work>(work: W) -> W::Output {
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi,bmi1,bmi2")]
    fn wide<W: Work>(work: W) -> W::Output {
        work.run()
    }
    // SAFETY: `super::widened` asked for AVX-512.
    unsafe { wide(work) }
}

/// Runs `work` as compiled for AVX2.
pub(super) fn with_avx2<W: Work>(work: W) -> W::Output {
    #[target_feature(enable = "avx2,bmi1,bmi2")]
    fn wide<W: Work>(work: W) -> W::Output {
        work.run()
    }
    // SAFETY: `super::widened` asked for AVX2.
    unsafe { wide(work) }
}

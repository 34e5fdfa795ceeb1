//! Pixel loops: plain parameters in, pixels out. No serde, no randomness, no threads, no paths.

pub mod copy;
mod cpu;
pub mod matrix;
pub mod noise;
pub mod random;
pub mod resize;
pub mod tone;
pub mod warp;
#[cfg(target_arch = "x86_64")]
mod widened_avx2;

/// A plain loop with what it works on.
trait Work {
    /// What it gives.
    type Output;
    /// Does it. Must be `#[inline(always)]`, as must be what it calls: only so is it compiled again for other vectors.
    fn run(self) -> Self::Output;
}

/// Does `work` as compiled for the widest vectors that the machine has; what it gives is the same.
fn widened<W: Work>(work: W) -> W::Output {
    #[cfg(target_arch = "x86_64")]
    if cpu::avx512_bytes() {
        return widened_avx2::with_avx512(work);
    } else if cpu::avx2() {
        return widened_avx2::with_avx2(work);
    }
    work.run()
}

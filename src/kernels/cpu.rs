//! What this machine's processor can do, asked once.

use std::sync::OnceLock;

/// Whether only the plain kernels may run: `PREBAKE_PLAIN=1` in the environment says so, so that they can be
/// compared with the fast ones on one machine. The bytes are the same.
pub(crate) fn plain() -> bool {
    static ANSWER: OnceLock<bool> = OnceLock::new();
    *ANSWER.get_or_init(|| std::env::var_os("PREBAKE_PLAIN").is_some())
}

/// Whether kernels may use AVX2, and the shifts and masks that came with it.
#[cfg(target_arch = "x86_64")]
pub(crate) fn avx2() -> bool {
    static ANSWER: OnceLock<bool> = OnceLock::new();
    *ANSWER.get_or_init(|| {
        let there = std::arch::is_x86_feature_detected!("avx2")
            && std::arch::is_x86_feature_detected!("bmi1")
            && std::arch::is_x86_feature_detected!("bmi2");
        there && !plain()
    })
}

/// Whether kernels may use AVX-512 with permutations of bytes.
#[cfg(target_arch = "x86_64")]
pub(crate) fn avx512_bytes() -> bool {
    static ANSWER: OnceLock<bool> = OnceLock::new();
    *ANSWER.get_or_init(|| {
        let there = std::arch::is_x86_feature_detected!("avx512f")
            && std::arch::is_x86_feature_detected!("avx512bw")
            && std::arch::is_x86_feature_detected!("avx512dq")
            && std::arch::is_x86_feature_detected!("avx512vl")
            && std::arch::is_x86_feature_detected!("avx512vbmi");
        avx2() && there
    })
}

/// Whether gathers are fast too: on Intel's processors. AMD's gather more slowly than they load one by one.
#[cfg(target_arch = "x86_64")]
pub(crate) fn avx512_gathers() -> bool {
    static ANSWER: OnceLock<bool> = OnceLock::new();
    *ANSWER.get_or_init(|| {
        let vendor = std::arch::x86_64::__cpuid(0);
        let words = [vendor.ebx, vendor.edx, vendor.ecx].map(u32::to_le_bytes);
        avx512_bytes() && words.as_flattened() == b"GenuineIntel"
    })
}

/// A line of the cache, in which nothing is written.
#[cfg(target_arch = "x86_64")]
#[repr(align(64))]
struct Line(#[expect(dead_code, reason = "its room is what it is for")] std::mem::MaybeUninit<[u8; 64]>);

/// Has the stack of the function that calls this begin where a line of the cache does. The compiler does so where it sees a need
/// from the start; vectors that find no register come later, and lie in two lines by chance of who calls.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub(crate) fn align_stack() {
    std::hint::black_box(&Line(std::mem::MaybeUninit::uninit()));
}

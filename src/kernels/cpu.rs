//! What this machine's processor can do, asked once.

use std::sync::OnceLock;

/// Whether kernels may use AVX2. `PREBAKE_PLAIN=1` in the environment says no, so that the plain
/// kernels can be compared with the fast ones on one machine: the bytes are the same.
pub(crate) fn avx2() -> bool {
    static ANSWER: OnceLock<bool> = OnceLock::new();
    *ANSWER.get_or_init(|| {
        #[cfg(target_arch = "x86_64")]
        let there = std::arch::is_x86_feature_detected!("avx2");
        #[cfg(not(target_arch = "x86_64"))]
        let there = false;
        there && std::env::var_os("PREBAKE_PLAIN").is_none()
    })
}

//! Plain loops, compiled once more for the widest vectors that the machine has. The plain loop is the definition, and
//! nothing else: no rounding differs, as Rust never multiplies and adds in one.

/// A plain loop with what it works on.
pub(super) trait Work {
    /// What it gives.
    type Output;
    /// Does it. Must be `#[inline(always)]`, as must be what it calls: only so is it compiled again for other vectors.
    /// A long closure may not be.
    fn run(self) -> Self::Output;
}

/// Does `work` as compiled for the widest vectors that the machine has; what it gives is the same.
pub(super) fn widened<W: Work>(work: W) -> W::Output {
    #[cfg(target_arch = "x86_64")]
    if super::cpu::avx512_bytes() {
        return super::widened_avx2::with_avx512(work);
    } else if super::cpu::avx2() {
        return super::widened_avx2::with_avx2(work);
    }
    work.run()
}

/// For each plain function one that does the same as [`widened`] [`Work`].
macro_rules! wide {
    (@output) => { () };
    (@output $output:ty) => { $output };
    ($($(#[$doc:meta])* $visible:vis fn $name:ident($($argument:ident: $kind:ty),*) $(-> $output:ty)? = $plain:path;)*) => {$(
        $(#[$doc])*
        $visible fn $name($($argument: $kind),*) $(-> $output)? {
            #[allow(non_camel_case_types, reason = "each argument has a type of its own, named as it is")]
            struct Loop<$($argument),*> {
                $($argument: $argument),*
            }
            impl crate::kernels::Work for Loop<$($kind),*> {
                type Output = wide!(@output $($output)?);

                #[inline(always)]
                fn run(self) -> Self::Output {
                    $plain($(self.$argument),*)
                }
            }
            crate::kernels::widened(Loop { $($argument),* })
        }
    )*};
}

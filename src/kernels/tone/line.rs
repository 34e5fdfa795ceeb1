//! A table that is a straight line, and applied as one: eight levels at a time instead of one look-up each.

/// `v scale + offset`, cut off behind the point; `offset` holds the half that rounds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    pub(super) scale: f32,
    pub(super) offset: f32,
}

impl Line {
    /// The line `v scale + offset` to be rounded half up, if it gives `table` for every level: then it may stand
    /// for it. Rounding near a half, or a limit in the middle of a chain, can make it differ.
    pub(super) fn of(scale: f64, offset: f64, table: &[u8; 256]) -> Option<Self> {
        let line = Self { scale: scale as f32, offset: (offset + 0.5) as f32 };
        let ends = [line.at(0), line.at(255)];
        let small = ends.iter().all(|end| end.abs() < 1e9);
        let same = || (0..=255u8).zip(table).all(|(v, to)| (line.at(v) as i32).clamp(0, 255) == i32::from(*to));
        (small && same()).then_some(line)
    }

    fn at(self, level: u8) -> f32 {
        f32::from(level) * self.scale + self.offset
    }
}

/// Fills a beginning of `target` with the levels of `source` after a line for each channel; says how much of it.
/// Zero if the machine has no AVX2: looking up in tables is the definition, and as fast as lines one by one.
pub(super) fn apply(source: &[u8], lines: &[Line; 3], target: &mut [u8]) -> usize {
    #[cfg(target_arch = "x86_64")]
    if crate::kernels::cpu::avx2() {
        return super::avx2::apply(source, lines, target);
    }
    let _ = (source, lines, target);
    0
}

//! Levels to what they stand for: a few bytes each, by tables.

#[cfg(target_arch = "x86_64")]
mod avx512;

/// For each channel and level, the bytes that stand for it; fewer than four leave the last unused.
pub type Cells = [[[u8; 4]; 256]; 3];

/// [`Cells`], and the same by bytes.
#[derive(Clone, Debug)]
pub struct Tables {
    cells: Cells,
    /// For each channel and byte, that of every level.
    bytes: [[[u8; 256]; 4]; 3],
}

impl Tables {
    /// Tables of these cells.
    pub fn new(cells: Cells) -> Self {
        let byte = |c: usize, at: usize| std::array::from_fn(|level| cells[c][level][at]);
        let bytes = std::array::from_fn(|c| std::array::from_fn(|at| byte(c, at)));
        Self { cells, bytes }
    }

    /// Those of one channel, for levels that are all of it.
    #[must_use]
    pub fn of(&self, channel: usize) -> Self {
        Self { cells: [self.cells[channel]; 3], bytes: [self.bytes[channel]; 3] }
    }
}

/// Fills `target` with the cells of `levels`, `BYTES` each, by the tables of the channels in turn.
///
/// # Panics
/// If `target` has not `BYTES` for each level, or `BYTES` is not from 1 to 4.
pub fn spread<const BYTES: usize>(levels: &[u8], tables: &Tables, target: &mut [u8]) {
    assert!((1..=4).contains(&BYTES) && target.len() == BYTES * levels.len(), "invariant: a cell for each level");
    #[cfg(target_arch = "x86_64")]
    let done = if super::cpu::avx512_bytes() { avx512::spread::<BYTES>(levels, &tables.bytes, target) } else { 0 };
    #[cfg(not(target_arch = "x86_64"))]
    let done = 0;
    plain::<BYTES>(&levels[done..], tables, &mut target[BYTES * done..]);
}

/// [`spread`] for any machine, from a red level on.
fn plain<const BYTES: usize>(levels: &[u8], tables: &Tables, target: &mut [u8]) {
    let [red, green, blue] = &tables.cells;
    for (cells, levels) in target.chunks_mut(3 * BYTES).zip(levels.chunks(3)) {
        let pixel = cells.chunks_exact_mut(BYTES).zip(levels).zip([red, green, blue]);
        pixel.for_each(|((cell, level), table)| cell.copy_from_slice(&table[usize::from(*level)][..BYTES]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agree<const BYTES: usize>(tables: &Tables) {
        let noise = crate::kernels::random::Noise::new(9);
        for count in [0u64, 1, 2, 63, 191, 192, 193, 400, 3000] {
            let levels: Vec<u8> = (0..count).map(|i| noise.bits(i) as u8).collect();
            let (mut fast, mut slow) = (vec![0; BYTES * levels.len()], vec![0; BYTES * levels.len()]);
            spread::<BYTES>(&levels, tables, &mut fast);
            plain::<BYTES>(&levels, tables, &mut slow);
            assert!(fast == slow, "{BYTES} bytes, {count} levels");
        }
    }

    #[test]
    fn every_machine_makes_the_same() {
        let noise = crate::kernels::random::Noise::new(10);
        let cell = |c: usize, level: usize, at: usize| noise.bits((c * 1024 + level * 4 + at) as u64) as u8;
        let cells = std::array::from_fn(|c| std::array::from_fn(|level| std::array::from_fn(|at| cell(c, level, at))));
        for tables in [Tables::new(cells), Tables::new(cells).of(1)] {
            agree::<1>(&tables);
            agree::<2>(&tables);
            agree::<4>(&tables);
        }
    }

    #[test]
    fn cells_are_those_of_their_channels() {
        let cells = std::array::from_fn(|c| std::array::from_fn(|level| [c as u8, level as u8, 8, 9]));
        let mut made = [0; 8];
        spread::<2>(&[5, 6, 7, 8], &Tables::new(cells), &mut made);
        assert_eq!(made, [0, 5, 1, 6, 2, 7, 0, 8]);
    }
}

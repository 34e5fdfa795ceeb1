//! Semantic masks: pictures whose pixels are ids, three bytes each as colours have.

/// The largest id.
pub const MOST: u32 = (1 << 24) - 1;

/// The three bytes that stand for `id`, the lowest first; ids above [`MOST`] lose what is above.
pub fn pixel(id: u32) -> [u8; 3] {
    let [low, middle, high, _] = id.to_le_bytes();
    [low, middle, high]
}

/// The id that the three bytes of a pixel stand for.
pub fn id([low, middle, high]: [u8; 3]) -> u32 {
    u32::from_le_bytes([low, middle, high, 0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_come_back() {
        assert_eq!(pixel(0x0003_0201), [1, 2, 3]);
        for number in [0, 1, 255, 256, 65_536, MOST] {
            assert_eq!(id(pixel(number)), number);
        }
    }
}

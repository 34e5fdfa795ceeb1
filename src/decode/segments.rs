//! The segments of a JPEG that stand before its first scan.

/// A segment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment<'a> {
    pub(super) marker: u8,
    /// What it says.
    pub(super) body: &'a [u8],
    /// All that follows it.
    pub(super) rest: &'a [u8],
}

/// Start of a scan.
pub(super) const SCAN: u8 = 0xda;

/// The segments of `bytes` up to the first that is not whole, or does not follow the one before it at once.
pub(super) fn segments(bytes: &[u8]) -> impl Iterator<Item = Segment<'_>> {
    let mut before = bytes.strip_prefix(&[0xff, 0xd8]);
    std::iter::from_fn(move || {
        let [0xff, marker, high, low, ..] = *before? else { return None };
        let length = usize::from(u16::from_be_bytes([high, low]));
        let body = before?.get(4..2 + length)?;
        let rest = &before?[2 + length..];
        before = Some(rest);
        Some(Segment { marker, body, rest })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_follow_each_other_until_one_does_not() {
        let bytes = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xda\x00\x02scan";
        let found: Vec<_> = segments(bytes).map(|segment| (segment.marker, segment.body, segment.rest.len())).collect();
        assert_eq!(found, [(0xe0, &b"ab"[..], 8), (SCAN, b"", 4)]);
        for odd in
            [&b"\xff\xd8\xff\xe0\x00\x04a"[..], b"\xff\xd8\x00\xff\xda\x00\x02", b"\xff\xd8\xff\xe0\x00\x01ab", b"\xff\xd9", b""]
        {
            assert_eq!(segments(odd).count(), 0);
        }
    }
}

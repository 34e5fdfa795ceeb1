//! Bytes of a file as text.

use super::{Place, Problems};

/// What is said of bytes that are no text.
pub(super) const NOT_UTF8: &str = "is not UTF-8 (save the file as UTF-8)";

/// The bytes behind a byte order mark, which Windows programs write.
pub(super) fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

/// The text of a file, or a problem.
pub(super) fn text<'a>(bytes: &'a [u8], place: &Place<'_>, problems: &mut Problems) -> Option<&'a str> {
    let text = std::str::from_utf8(without_mark(bytes)).ok();
    if text.is_none() {
        problems.add(place, NOT_UTF8);
    }
    text
}

//! Ops that lose detail, as storage and transport do.

pub(super) mod jpeg_compression;

//! Ops that lose detail, as storage and transport do.

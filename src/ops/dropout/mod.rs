//! Ops that hide parts of the picture.

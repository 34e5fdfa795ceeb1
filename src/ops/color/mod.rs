//! Ops that change colours.

pub(super) mod brightness;
pub(super) mod contrast;

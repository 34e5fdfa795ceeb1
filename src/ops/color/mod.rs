//! Ops that change colours.

pub(super) mod brightness;
pub(super) mod chromatic_aberration;
pub(super) mod contrast;

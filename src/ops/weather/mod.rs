//! Ops that paint weather and light.

pub(super) mod fog;
pub(super) mod gravel;
pub(super) mod plasma_shadow;
pub(super) mod rain;
mod region;
pub(super) mod shadow;
pub(super) mod snow;
pub(super) mod spatter;
pub(super) mod sun_flare;

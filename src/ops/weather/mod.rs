//! Ops that paint weather and light.

//! Shapes on the grid of pixels, and how they are softened.

pub mod disc;
pub mod line;
pub mod mask;
pub mod soften;
pub(super) mod stroke;

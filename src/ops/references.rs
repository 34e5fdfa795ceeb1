//! Pictures that an op takes its look from.

use crate::rng::Rng;
use crate::spec::fields::{About, Fields};
use std::sync::Arc;

/// The reference pictures of a step: where the spec says that they are, and once somebody has looked, which there are.
#[derive(Clone, Debug)]
pub struct References {
    path: String,
    needs_pixels: bool,
    /// As recipes name them; until somebody has looked, the path as if it were the one picture.
    names: Vec<Arc<str>>,
}

impl References {
    /// Declares and reads `references`. `needs_pixels`: whether the op takes more from a picture than how often it
    /// has which colours.
    pub(super) fn read(fields: &mut Fields<'_>, needs_pixels: bool) -> Self {
        let about = About("", "folder of reference pictures, or one of them; the way to it starts at the folder of the spec");
        let path = fields.path("references", about);
        Self { names: vec![path.as_str().into()], path, needs_pixels }
    }

    /// The path, as the spec has it.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether the op takes more from a picture than how often it has which colours.
    pub fn needs_pixels(&self) -> bool {
        self.needs_pixels
    }

    /// Says which pictures there are, sorted.
    ///
    /// # Panics
    /// If there are none.
    pub fn found(&mut self, names: impl Iterator<Item = Arc<str>>) {
        self.names = names.collect();
        assert!(!self.names.is_empty(), "invariant: a picture to refer to");
    }

    /// Whether there is one picture only.
    pub(super) fn is_one(&self) -> bool {
        self.names.len() == 1
    }

    /// The name of one of them, all equally likely.
    pub(super) fn draw(&self, rng: &mut Rng) -> Arc<str> {
        let at = usize::try_from(rng.below(self.names.len() as u64)).unwrap_or(0);
        Arc::clone(&self.names[at])
    }
}

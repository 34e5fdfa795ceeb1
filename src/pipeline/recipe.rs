//! What one row drew.

use crate::image::Size;
use crate::ops::Drawn;
use serde::{Deserialize, Serialize};

/// What one row drew, in order: the values of the steps that apply. Its JSON is the log, the replay input
/// and the parity fixture.
pub type Recipe = Vec<Taken>;

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Taken {
    /// An op with its values.
    Op(Drawn),
    /// Recipes within the recipe.
    Within(Within),
}

/// What holds other recipes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum Within {
    /// What is done to some channels only; the picture keeps its size.
    Channels {
        /// Red, green, blue.
        channels: [bool; 3],
        /// What is done.
        steps: Recipe,
    },
    /// The picture and others made from it, laid over each other; the picture keeps its size.
    Augmix {
        /// The share of the picture as it was; the chains have the rest.
        kept: f64,
        /// The others.
        chains: Vec<Chain>,
    },
}

/// One of the pictures that are laid over each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Chain {
    /// Its share of the whole, 0 to 1.
    pub share: f64,
    /// What is done.
    pub steps: Recipe,
}

impl Taken {
    /// The size that a picture of size `input` has after it.
    pub(super) fn output_size(&self, input: Size) -> Size {
        match self {
            Self::Op(drawn) => drawn.output_size(input),
            Self::Within(Within::Channels { .. } | Within::Augmix { .. }) => input,
        }
    }
}

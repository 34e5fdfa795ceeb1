//! Which pictures ops serve: those of three channels of 8 bits, which all do, and others.

use super::Family;
use crate::image::{Depth, Planes};

/// Which pictures an op serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Serves {
    /// Three channels of 8 bits alone.
    Levels,
    /// Three channels, of 8 bits or of 16.
    Three,
    /// Any number of channels, of 8 bits or of 16.
    Any,
}

impl Serves {
    /// Whether it serves pictures of these.
    pub fn takes(self, planes: Planes) -> bool {
        match self {
            Self::Any => true,
            Self::Three => planes.channels == 3,
            Self::Levels => planes == Planes { channels: 3, depth: Depth::Uint8 },
        }
    }

    /// How many channels.
    pub const fn channels(self) -> &'static str {
        match self {
            Self::Any => "1 to 16",
            Self::Levels | Self::Three => "3",
        }
    }

    /// Of which depths.
    pub const fn depths(self) -> &'static str {
        match self {
            Self::Levels => "8 bits",
            Self::Three | Self::Any => "8 or 16 bits",
        }
    }
}

impl Family {
    /// Which pictures its ops serve, unless they say otherwise.
    pub const fn serves(self) -> Serves {
        match self {
            Self::Geometry | Self::Dropout => Serves::Any,
            Self::Color | Self::Blur | Self::Noise | Self::Weather | Self::Quality => Serves::Levels,
        }
    }
}

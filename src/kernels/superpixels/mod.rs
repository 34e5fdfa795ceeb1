//! Areas of like pixels, of which some take their mean colour.

mod slic;

use super::resize::{Resizer, Scaling};
use crate::image::{Image, Size};
use crate::units::Interpolation;
use slic::Slic;

pub use slic::middles;

/// What a thread keeps between pictures.
#[derive(Debug, Default)]
pub struct Scratch {
    small: Image,
    flat: Image,
    down: Resizer,
    up: Resizer,
    slic: Slic,
}

/// Fills `target` with `source`, in which the areas `replaced` (numbers below those of [`middles`]) of about `segments`
/// have their mean colour. If another size `small` is given, areas are found and replaced in the picture brought to
/// that size, which is then brought back.
///
/// # Panics
/// If `target` has another length than the picture.
pub fn superpixels(
    source: &Image,
    (small, interpolation): (Size, Interpolation),
    segments: u32,
    replaced: &[u32],
    scratch: &mut Scratch,
    target: &mut [u8],
) {
    assert_eq!(source.bytes().len(), target.len(), "invariant: pixel for pixel");
    let Scratch { small: shrunk, flat, down, up, slic } = scratch;
    if replaced.is_empty() {
        return target.copy_from_slice(source.bytes());
    }
    if small == source.size() {
        return slic.flatten(source, segments, replaced, target);
    }
    let scaling = |to: Size| Scaling { to, x: 0, y: 0, size: to, interpolation, antialias: false };
    shrunk.reshape(small);
    flat.reshape(small);
    down.resize(source, &scaling(small), shrunk.bytes_mut());
    slic.flatten(shrunk, segments, replaced, flat.bytes_mut());
    up.resize(flat, &scaling(source.size()), target);
}

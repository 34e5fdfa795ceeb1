//! What pictures look like, told by one look at each.

use super::decoded::{decoded, sort_out};
use super::reader::bad;
use crate::decode::Limits;
use crate::error::Result;
use crate::kernels::look::difference_hash;
use crate::kernels::resize::Resizer;
use crate::source::Source;
use crate::spec::{Color, Input, Spec};
use crate::statistics::Statistics;
use std::sync::atomic::AtomicUsize;

/// What one look at a picture tells.
#[derive(Clone, Debug)]
pub struct Glance {
    /// Its difference hash.
    pub look: u64,
    /// Its levels, red, green and blue; mean and deviation are not set.
    pub levels: Statistics,
}

/// Looks at every picture as it is decoded, and moves those that cannot be from `source.items` to `source.bad`; the
/// others' glances are in the order of the items that stay.
///
/// # Errors
/// If a signal asks to stop.
pub fn glances(source: &mut Source, input: &Input, limits: Limits, stop: &AtomicUsize) -> Result<Vec<Glance>> {
    let looked = decoded(source, (input, limits), stop, Resizer::default, |resizer, image| {
        let mut levels = Statistics::new(Color::Rgb);
        levels.count(image.bytes());
        Glance { look: difference_hash(image, resizer), levels }
    })?;
    Ok(sort_out(source, looked))
}

/// The difference hash of every picture of `source`.
///
/// # Errors
/// With the first picture that cannot be decoded; if a signal asks to stop.
pub fn looks(source: &Source, spec: &Spec, limits: Limits, stop: &AtomicUsize) -> Result<Vec<u64>> {
    let looked =
        decoded(source, (&spec.input, limits), stop, Resizer::default, |resizer, image| difference_hash(image, resizer))?;
    source.items.iter().zip(looked).map(|(item, look)| look.map_err(|problem| bad(item, &problem))).collect()
}

//! Finds pictures that look alike.

use super::go_on;
use super::reader::Reader;
use crate::decode::Decoding;
use crate::error::{Error, Result, shown};
use crate::kernels::look::difference_hash;
use crate::kernels::resize::Resizer;
use crate::source::{References, Source};
use crate::spec::Spec;
use rayon::prelude::*;
use std::sync::atomic::AtomicUsize;

/// The difference hash of every picture of `source`.
///
/// # Errors
/// With the first picture that cannot be decoded; if a signal asks to stop.
pub fn looks(source: &Source, spec: &Spec, max_pixels: u64, stop: &AtomicUsize) -> Result<Vec<u64>> {
    let decoding = Decoding { background: spec.input.background, max_pixels, at_least: None };
    let no_steps = References::default();
    let each = source.items.par_iter().map_init(
        || (Reader::new(&no_steps), Resizer::default()),
        |(reader, resizer), item| {
            go_on(stop)?;
            reader.decode(source, item, &decoding).map_err(|problem| {
                Error::Picture(format!(
                    "{}: {problem} (mend or remove it, or leave bad pictures out: --on-error skip)",
                    shown(&item.path)
                ))
            })?;
            Ok(difference_hash(&reader.decoded, resizer))
        },
    );
    each.collect()
}

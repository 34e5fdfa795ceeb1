//! Every picture decoded once, whatever is asked of it.

use super::go_on;
use super::reader::Reader;
use crate::decode::{Decoding, Limits};
use crate::error::Result;
use crate::image::Image;
use crate::source::{Item, References, Source};
use crate::spec::Input;
use std::sync::atomic::AtomicUsize;

/// What `look` says of every picture of `source`, in order, or why it cannot be decoded; `start` makes what a thread keeps. Of
/// pictures of other channels or depths it sees what a person is shown.
///
/// # Errors
/// If a signal asks to stop.
pub(super) fn decoded<T: Send, S>(
    source: &Source,
    (input, limits): (&Input, Limits),
    stop: &AtomicUsize,
    start: impl Fn() -> S + Sync,
    look: impl Fn(&mut S, &Image) -> T + Sync,
) -> Result<Vec<std::result::Result<T, String>>> {
    let decoding = Decoding { background: input.background, limits, at_least: None };
    let no_steps = References::default();
    let look = |(reader, kept): &mut (Reader, S), item: &Item| {
        go_on(stop)?;
        let read = match input.deep {
            None => reader.decode(source, item, &decoding),
            Some(wanted) => reader.decode_deep(source, item, wanted, limits).map(|()| reader.show()),
        };
        Ok(read.map(|()| look(kept, &reader.decoded)))
    };
    let looked = source.by_chunks(&source.items, Item::file, || (Reader::new(&no_steps), start()), look);
    let looked = looked.into_iter().collect::<Result<_>>()?;
    source.files.reachable()?;
    Ok(looked)
}

/// Decodes every picture, and moves those that fail from `source.items` to `source.bad`.
///
/// # Errors
/// If a signal asks to stop.
pub fn check(source: &mut Source, input: &Input, limits: Limits, stop: &AtomicUsize) -> Result<()> {
    let looked = decoded(source, (input, limits), stop, || (), |(), _| ())?;
    sort_out(source, looked);
    Ok(())
}

/// Moves the pictures that could not be decoded from `source.items` to `source.bad`; what is known of the others stays.
pub(super) fn sort_out<T>(source: &mut Source, looked: Vec<std::result::Result<T, String>>) -> Vec<T> {
    let mut known = Vec::new();
    source.leave_out(looked.into_iter().map(|found| match found {
        Ok(found) => {
            known.push(found);
            None
        }
        Err(problem) => Some(problem),
    }));
    known
}

//! Other systems have no such call.

use std::convert::Infallible;
use std::fs::File;
use std::io::{ErrorKind, Result};
use std::ops::{Deref, DerefMut, Range};
use std::sync::Arc;

pub(super) fn in_memory(_file: &File) -> bool {
    false
}

/// There is none.
#[derive(Debug)]
pub(super) struct Page(Infallible);

impl Page {
    pub(super) fn make(_file: &File, _start: u64) -> Result<Arc<Self>> {
        Err(ErrorKind::InvalidInput.into())
    }

    pub(super) fn take(self: &Arc<Self>, _range: Range<usize>) -> Option<Stretch> {
        match self.0 {}
    }
}

/// There is none.
#[derive(Debug)]
pub struct Stretch(Infallible);

impl Deref for Stretch {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self.0 {}
    }
}

impl DerefMut for Stretch {
    fn deref_mut(&mut self) -> &mut [u8] {
        match self.0 {}
    }
}

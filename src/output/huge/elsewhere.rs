//! Other systems have no such call.

use std::convert::Infallible;
use std::fs::File;
use std::io::{ErrorKind, Result};
use std::ops::{Deref, DerefMut, Range};
use std::sync::Arc;

pub(super) fn in_memory(_file: &File) -> bool {
    false
}

/// There are none.
#[derive(Debug)]
pub(super) struct Pages(Infallible);

impl Pages {
    pub(super) fn new(_file: Arc<File>, _bytes: u64) -> Result<Self> {
        Err(ErrorKind::InvalidInput.into())
    }

    pub(super) fn make(&self, _start: u64, _many: usize) -> Result<()> {
        match self.0 {}
    }

    pub(super) fn take(&self, _range: Range<usize>) -> Option<Stretch> {
        match self.0 {}
    }

    pub(super) fn cut(&self, _end: u64) -> Result<()> {
        match self.0 {}
    }

    pub(super) fn written(&self) -> usize {
        match self.0 {}
    }

    pub(super) fn done(&self, _end: usize) {
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

//! The pictures of a frozen plan, of which there may be millions: each is written and read alone.

use crate::decode::format_called;
use crate::error::shown;
use crate::image::Size;
use crate::source::{ContentHash, Item, Source};
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::io::{self, Write};
use std::sync::Arc;

/// The pictures, as they were read.
#[derive(Debug, Default)]
pub(super) struct Pictures {
    /// What was known of them.
    pub(super) items: Vec<Item>,
    /// The mark of each one's version (ETag), as far as there are marks.
    pub(super) etags: Vec<Option<Box<str>>>,
}

/// A picture, as it is written.
#[derive(Serialize)]
struct Written<'a> {
    #[serde(flatten)]
    item: &'a Item,
    #[serde(skip_serializing_if = "Option::is_none")]
    etag: Option<Box<str>>,
}

/// A picture, as it is read.
#[derive(Deserialize)]
struct Picture {
    path: Arc<str>,
    bytes: u64,
    xxh3_128: ContentHash,
    format: String,
    width: u32,
    height: u32,
    #[serde(default)]
    etag: Option<Box<str>>,
}

/// Writes the pictures of `source`, a line for each.
///
/// # Errors
/// If they cannot be written.
pub(super) fn write(source: &Source, to: &mut dyn Write) -> io::Result<()> {
    for (at, item) in source.items.iter().enumerate() {
        to.write_all(if at == 0 { b"\n" } else { b",\n" })?;
        serde_json::to_writer(&mut *to, &Written { item, etag: source.files.version(&item.path) })?;
    }
    to.write_all(b"\n")
}

/// Leaves their place empty: they are written behind all else.
pub(super) fn later<S: Serializer>(_pictures: &Pictures, to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(std::iter::empty::<()>())
}

impl<'a> Deserialize<'a> for Pictures {
    fn deserialize<D: Deserializer<'a>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_seq(Each)
    }
}

/// Takes one after the other.
struct Each;

impl<'a> Visitor<'a> for Each {
    type Value = Pictures;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("an array of pictures")
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut all: A) -> Result<Pictures, A::Error> {
        let mut pictures = Pictures::default();
        while let Some(Picture { path, bytes, xxh3_128, format, width, height, etag }) = all.next_element()? {
            let format = format_called(&format)
                .ok_or_else(|| A::Error::custom(format!("{}: no format is called `{}`", shown(&*path), shown(&format))))?;
            if etag.is_some() {
                pictures.etags.resize(pictures.items.len(), None);
                pictures.etags.push(etag);
            }
            pictures.items.push(Item { path, bytes, xxh3_128, format, size: Size::new(width, height), substitute: None });
        }
        pictures.items.shrink_to_fit();
        Ok(pictures)
    }
}

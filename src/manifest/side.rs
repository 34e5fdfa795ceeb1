//! The files beside the shards.

use super::{CLASSES, ERRORS, LABEL_MAP, Listed, SAMPLES, SPEC, WHITENING};
use crate::ground_truth::GroundTruth;
use crate::labels::{Head, Labels};
use crate::source::{ContentHash, Item, Source};
use crate::spec::fields::Choice;
use crate::spec::{Arrangement, Spec};
use crate::split::Sides;
use crate::statistics::Known;
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::convert::Infallible;
use twox_hash::XxHash3_128;

/// Bytes of a long file that are made and handed over at once.
const PIECE: usize = 1 << 20;

/// Everything that is said of the pictures, whose lines of `samples.jsonl` are made when they are needed: of millions of pictures they
/// would take more memory than all else.
#[derive(Clone, Copy, Debug)]
pub struct Samples<'a> {
    /// What the user said.
    pub spec: &'a Spec,
    /// The pictures.
    pub source: &'a Source,
    /// Their labels.
    pub labels: &'a Labels,
    /// Their masks, boxes and key points.
    pub truth: &'a GroundTruth,
    /// Who trains, who validates, who tests.
    pub sides: &'a Sides,
}

/// A line of `samples.jsonl`, as it is written.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    item: &'a Item,
    #[serde(flatten)]
    more: Map<String, Value>,
}

impl<'a> Samples<'a> {
    /// Appends what is said of picture `at`, as one line of JSON without its end.
    pub fn line(&self, at: usize, to: &mut Vec<u8>) {
        let (item, mut more) = (&self.source.items[at], Map::new());
        self.labels.describe(at, &mut more);
        self.truth.describe(at, &mut more);
        if self.spec.arrangement == Arrangement::Stable {
            more.insert("id".into(), json!(item.id()));
        }
        if self.spec.split.is_some() {
            more.insert("split".into(), json!(self.sides.of[at].word()));
        }
        serde_json::to_writer(to, &Line { item, more }).expect("invariant: a picture is plain JSON");
    }

    /// The files beside the shards: in the order of their names, but that which comes of what all pictures have in common last.
    pub fn beside(self, known: Option<&Known>) -> Vec<SideFile<'a>> {
        let errors = self.source.bad.iter().map(|bad| format!("{}\n", json!(bad))).collect::<String>();
        let mut files = class_files(self.labels);
        files.extend([
            SideFile::of(ERRORS, errors.into_bytes()),
            SideFile { path: SAMPLES.into(), content: Content::Samples(self) },
            SideFile::of(SPEC, pretty(&json!(self.spec.resolved))),
        ]);
        files.sort_by(|a, b| a.path.cmp(&b.path));
        files.extend(known.and_then(SideFile::of_whitening));
        files
    }
}

/// A file of the output beside the shards, ready to be written.
#[derive(Clone, Debug)]
pub struct SideFile<'a> {
    /// Relative path.
    pub path: String,
    content: Content<'a>,
}

#[derive(Clone, Debug)]
enum Content<'a> {
    Bytes(Vec<u8>),
    Samples(Samples<'a>),
}

impl SideFile<'_> {
    fn of(path: impl Into<String>, bytes: Vec<u8>) -> Self {
        Self { path: path.into(), content: Content::Bytes(bytes) }
    }

    /// The file that holds the whitening matrix, if there is one.
    pub(super) fn of_whitening(known: &Known) -> Option<Self> {
        known.whitening.as_ref().map(|whitening| Self::of(WHITENING, whitening.to_npy()))
    }

    /// Hands the content over, piece by piece.
    ///
    /// # Errors
    /// The first that `take` has.
    pub fn each_piece<E>(&self, mut take: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        let samples = match &self.content {
            Content::Bytes(bytes) => return take(bytes),
            Content::Samples(samples) => samples,
        };
        let mut piece = Vec::with_capacity(PIECE);
        for at in 0..samples.source.items.len() {
            samples.line(at, &mut piece);
            piece.push(b'\n');
            if piece.len() >= PIECE {
                take(&piece)?;
                piece.clear();
            }
        }
        take(&piece)
    }

    /// The content.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let Ok(()) = self.each_piece(|piece| {
            bytes.extend_from_slice(piece);
            Ok::<_, Infallible>(())
        });
        bytes
    }

    /// The file with its length and hash.
    pub(super) fn listed(&self) -> Listed {
        let (mut bytes, mut hash) = (0, XxHash3_128::new());
        let Ok(()) = self.each_piece(|piece| {
            bytes += piece.len() as u64;
            hash.write(piece);
            Ok::<_, Infallible>(())
        });
        Listed { path: self.path.clone(), bytes, xxh3_128: ContentHash::from(hash.finish_128()).to_string() }
    }
}

/// The names of classes, a line each, and their numbers.
fn class_files(labels: &Labels) -> Vec<SideFile<'static>> {
    let classes = |head: &Head| head.classes.iter().map(|name| format!("{name}\n")).collect::<String>();
    let map = |head: &Head| -> Value {
        head.classes.iter().zip(0..).map(|(name, id)| (name.clone(), json!(id))).collect::<Map<_, _>>().into()
    };
    let with_classes = || labels.heads.iter().filter(|head| !head.classes.is_empty());
    let map = match with_classes().next() {
        None => return Vec::new(),
        Some(head) if head.name.is_none() => map(head),
        Some(_) => with_classes().map(|head| (head.name.clone().unwrap_or_default(), map(head))).collect::<Map<_, _>>().into(),
    };
    let names = with_classes().map(|head| {
        let path = head.name.as_ref().map_or(CLASSES.into(), |name| format!("classes-{name}.txt"));
        SideFile::of(path, classes(head).into_bytes())
    });
    names.chain([SideFile::of(LABEL_MAP, pretty(&map))]).collect()
}

fn pretty(value: &Value) -> Vec<u8> {
    format!("{value:#}\n").into_bytes()
}

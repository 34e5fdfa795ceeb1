//! The pictures that steps refer to: found, read and looked at once, before anything is planned.

use super::{ContentHash, Item, unreadable, walk};
use crate::decode::{Decoding, Limits, Scratch, claims_to_be_an_image, decode, header, sniff};
use crate::error::{Error, Result, few, reason, shown};
use crate::guard;
use crate::image::Image;
use crate::kernels::reference::{Library, Reference};
use crate::spec::Spec;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

/// How many bad pictures of a folder an error names.
const NAMED: usize = 5;
/// Where to look.
const WHERE: &str = "the way to references starts at the folder of the spec";

/// The reference pictures of a spec.
#[derive(Clone, Debug, Default)]
pub struct References {
    /// The pictures at each path that a step names, sorted. A picture's own path is that of the step and the way on
    /// from there: the name by which recipes know it.
    pub listed: BTreeMap<String, Vec<Item>>,
    /// The pictures by these names.
    pub library: Arc<Library>,
}

/// A path that steps name.
struct Wanted {
    /// The place in the spec of the first that does.
    at: String,
    needs_pixels: bool,
}

impl References {
    /// Finds the pictures that the steps of `spec` refer to, from `folder` on, and tells the steps which there are.
    ///
    /// # Errors
    /// With every path where there is none, and every picture that cannot be used.
    pub fn load(spec: &mut Spec, folder: &Path, limits: Limits) -> Result<Self> {
        let mut wanted: BTreeMap<String, Wanted> = BTreeMap::new();
        spec.references(&mut |at, references| {
            let new = || Wanted { at: format!("{at}.references"), needs_pixels: false };
            wanted.entry(references.path().to_string()).or_insert_with(new).needs_pixels |= references.needs_pixels();
        });
        let decoding = Decoding { background: spec.input.background, limits, at_least: None };
        let (mut found, mut named, mut problems) = (Self::default(), BTreeMap::new(), Vec::new());
        for (path, wanted) in &wanted {
            match look(folder, path, wanted.needs_pixels, &decoding) {
                Ok(pictures) => {
                    let (items, looked_at): (Vec<Item>, Vec<Reference>) = pictures.into_iter().unzip();
                    for (item, reference) in items.iter().zip(looked_at) {
                        // Where two paths lead to one picture, the one that keeps its pixels serves both.
                        if wanted.needs_pixels || !named.contains_key(&*item.path) {
                            named.insert(item.path.to_string(), reference);
                        }
                    }
                    found.listed.insert(path.clone(), items);
                }
                Err(messages) => problems.extend(messages.into_iter().map(|message| format!("{}: {message}", wanted.at))),
            }
        }
        if !problems.is_empty() {
            return Err(Error::Spec(problems));
        }
        spec.references(&mut |_, references| {
            let items = &found.listed[references.path()];
            references.found(items.iter().map(|item| (*item.path).into()));
        });
        found.library = Arc::new(named.into_iter().collect());
        Ok(found)
    }
}

/// The pictures at `path`, which is a folder or one of them.
fn look(
    folder: &Path,
    path: &str,
    keep_pixels: bool,
    decoding: &Decoding,
) -> std::result::Result<Vec<(Item, Reference)>, Vec<String>> {
    let place = folder.join(path);
    let at = shown(&place);
    let names: Vec<String> = match fs::metadata(&place) {
        Err(error) => return Err(vec![format!("{at}: {} ({WHERE})", reason(&error))]),
        Ok(there) if there.is_dir() => {
            let below = walk::walk(&place, decoding.limits.folders).map_err(|error| vec![error.to_string()])?;
            let path = path.trim_end_matches('/');
            below.files.iter().map(|file| format!("{path}/{file}")).collect()
        }
        Ok(_) => vec![path.to_string()],
    };
    let looked: Vec<_> = names.par_iter().map(|name| probe(folder, name, keep_pixels, decoding).transpose()).collect();
    let (mut pictures, mut problems) = (Vec::new(), Vec::new());
    for one in looked.into_iter().flatten() {
        match one {
            Ok(picture) => pictures.push(picture),
            Err(problem) => problems.push(problem),
        }
    }
    let mut problems = few(problems, NAMED, |more| format!("{at}: and {more} more that cannot be used"));
    if pictures.is_empty() && problems.is_empty() {
        problems.push(format!("{at}: no picture there ({WHERE})"));
    }
    if problems.is_empty() { Ok(pictures) } else { Err(problems) }
}

/// Reads the picture called `name`; nothing if the file does not say that it is one.
fn probe(
    folder: &Path,
    name: &str,
    keep_pixels: bool,
    decoding: &Decoding,
) -> std::result::Result<Option<(Item, Reference)>, String> {
    let file = folder.join(name);
    let told = |problem: String| format!("{}: {problem} (mend or remove it)", shown(&file));
    let bytes = fs::read(&file).map_err(|error| told(unreadable(&error)))?;
    if sniff(&bytes).is_none() && !claims_to_be_an_image(&file) {
        return Ok(None);
    }
    let mut picture = Image::default();
    let known = guard::picture(name, || {
        let known = header(&bytes, decoding.limits)?;
        decode(&bytes, decoding, &mut Scratch::default(), &mut picture).map(|()| known)
    });
    let known = known.map_err(told)?;
    let item = Item {
        path: name.into(),
        bytes: bytes.len() as u64,
        xxh3_128: ContentHash::of(&bytes),
        format: known.format,
        size: known.size,
        substitute: None,
    };
    Ok(Some((item, Reference::new(picture, keep_pixels))))
}

//! The mask of every picture: which file it is, and that it fits; or what it is drawn of.

use super::drawn::{self, Shape};
use crate::annotations::beside::Rule;
use crate::annotations::{Place, Problems};
use crate::decode::Mask;
use crate::error::{self, reason, shown};
use crate::guard;
use crate::image::Image;
use crate::source::{ContentHash, Files, Item, Source, read_at_most, read_known};
use crate::spec::{self, MaskSource};
use crate::targets::mask;
use rayon::prelude::*;
use serde::Serialize;
use std::sync::Arc;

/// Masks of all pictures.
#[derive(Clone, Debug)]
pub struct Masks {
    files: Arc<dyn Files>,
    /// The number where nothing is known.
    pub ignore_index: u32,
    /// Bytes of a number: 1 or 2.
    pub bytes: usize,
    /// The mask of each picture, in the order of the items.
    pub of: Vec<MaskFile>,
    /// What is drawn for each, where masks are no files.
    drawn: Option<Vec<Vec<Shape>>>,
}

/// The mask of a picture.
#[derive(Clone, Debug, Serialize)]
pub struct MaskFile {
    /// The way to it from the input, or to the file that says what is drawn.
    pub path: String,
    /// xxh3-128 of the file, or of what is drawn.
    pub xxh3_128: ContentHash,
}

impl Masks {
    /// Finds and reads the mask of every picture of `source`; what is wrong goes to `problems`.
    ///
    /// # Errors
    /// If the file that says what is drawn cannot be read.
    pub(super) fn load(rule: &spec::Masks, source: &Source, problems: &mut Problems) -> error::Result<Self> {
        let (of, drawn) = match &rule.from {
            MaskSource::Files(names) => (Self::found(rule, names, source, problems), None),
            MaskSource::Coco(path) => {
                let (of, drawn) = drawn::load(rule, path, source, problems)?;
                (of, Some(drawn))
            }
        };
        Ok(Self { files: Arc::clone(&source.files), ignore_index: rule.ignore_index, bytes: rule.bytes, of, drawn })
    }

    /// The file of every picture, read once.
    fn found(rule: &spec::Masks, names: &Rule, source: &Source, problems: &mut Problems) -> Vec<MaskFile> {
        let looked: Vec<Result<MaskFile, (String, String)>> =
            source.items.par_iter().map(|item| look(rule.bytes, names, &*source.files, item)).collect();
        let mut of = Vec::new();
        for one in looked {
            match one {
                Ok(file) => of.push(file),
                Err((path, problem)) => problems.add(&Place::file(&path), problem),
            }
        }
        of
    }

    /// Forgets the pictures that do not stay.
    pub(super) fn retain(&mut self, stays_of: &[bool]) {
        let mut stays = stays_of.iter();
        self.of.retain(|_| stays.next().is_some_and(|stays| *stays));
        let mut stays = stays_of.iter();
        self.drawn.iter_mut().for_each(|drawn| drawn.retain(|_| stays.next().is_some_and(|stays| *stays)));
    }

    /// Reads the mask of picture `at`, which has the size of `item`, into `made`, as [`mask`] has ids; `file` is room.
    ///
    /// # Errors
    /// If it cannot be read, or is not what it was when it was found.
    pub fn read(&self, at: usize, item: &Item, file: &mut Vec<u8>, made: &mut Image) -> Result<(), String> {
        if let Some(drawn) = &self.drawn {
            return guard::picture(item.file(), || {
                drawn::draw(&drawn[at], item.size, made);
                Ok(())
            });
        }
        let MaskFile { path, xxh3_128 } = &self.of[at];
        let failed = |problem: String| format!("mask {}: {problem}", shown(path));
        read_known(&*self.files, path, *xxh3_128, file).map_err(failed)?;
        let read = guard::picture(item.file(), || Mask::read(file, item.size, item.size.pixels())).map_err(failed)?;
        made.reshape(item.size);
        for (pixel, id) in made.bytes_mut().chunks_exact_mut(3).zip(&read.ids) {
            pixel.copy_from_slice(&mask::pixel(u32::from(*id)));
        }
        Ok(())
    }

    /// Appends the row of a mask to `rows`.
    pub fn put(&self, made: &[u8], rows: &mut Vec<u8>) {
        let pixels = made.chunks_exact(3);
        match self.bytes {
            1 => rows.extend(pixels.map(|pixel| pixel[0])),
            _ => rows.extend(pixels.flat_map(|pixel| [pixel[0], pixel[1]])),
        }
    }
}

/// The mask of `item`, read once; or where there is a problem, and which.
fn look(bytes_of_id: usize, rule: &Rule, files: &dyn Files, item: &Item) -> Result<MaskFile, (String, String)> {
    let names = rule.names(item.file());
    let Some(path) = names.iter().find(|name| files.length(name).is_some()) else {
        let problem = format!("has no mask `{}` (every picture needs one)", names.join("` or `"));
        return Err((item.path.to_string(), problem));
    };
    let told = |problem: String| (path.clone(), problem);
    let bytes = read_at_most(files, path).map_err(|error| told(reason(&error)))?;
    let read = guard::picture(path, || Mask::read(&bytes, item.size, item.size.pixels())).map_err(told)?;
    if let Some(id) = read.ids.iter().find(|id| bytes_of_id == 1 && **id > 255) {
        return Err(told(format!("holds the number {id}, above what uint8 holds (write \"dtype\": \"uint16\")")));
    }
    Ok(MaskFile { path: path.clone(), xxh3_128: ContentHash::of(&bytes) })
}

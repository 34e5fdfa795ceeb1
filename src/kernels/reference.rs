//! Pictures that others are made to look like, with what is known of them: worked out once, not for each row.

use super::color::Colours;
use super::spectrum::Spectra;
use super::tone::Histogram;
use crate::image::Image;
use std::collections::BTreeMap;

/// Reference pictures by their names.
#[derive(Debug, Default)]
pub struct Library {
    by_name: BTreeMap<String, Reference>,
    /// What any other name stands for.
    stand_in: Option<Reference>,
}

/// What is known of a reference picture.
#[derive(Debug)]
pub struct Reference {
    /// How often each channel has each level.
    pub histogram: Histogram,
    /// The mean colour, and the axes along which colours spread.
    pub colours: Colours,
    /// Its amplitudes at the sizes of rows, if its pixels were kept.
    pub spectra: Option<Spectra>,
}

impl Library {
    /// One picture for all names: where an op is to be shown, and nobody has named a picture.
    pub fn of_one(reference: Reference) -> Self {
        Self { stand_in: Some(reference), ..Self::default() }
    }

    /// The picture called `name`.
    ///
    /// # Panics
    /// If there is none: a recipe is run without the pictures that its spec names.
    pub fn get(&self, name: &str) -> &Reference {
        self.by_name.get(name).or(self.stand_in.as_ref()).expect("invariant: references are loaded before rows are made")
    }

    /// Bytes of pixels that it keeps.
    pub fn bytes(&self) -> u64 {
        self.by_name.values().filter_map(|reference| reference.spectra.as_ref()).map(Spectra::bytes).sum()
    }
}

impl FromIterator<(String, Reference)> for Library {
    fn from_iter<I: IntoIterator<Item = (String, Reference)>>(named: I) -> Self {
        Self { by_name: named.into_iter().collect(), stand_in: None }
    }
}

impl Reference {
    /// Looks at `picture`, and keeps its pixels only if they are needed.
    pub fn new(picture: Image, keep_pixels: bool) -> Self {
        Self {
            histogram: Histogram::of(picture.bytes()),
            colours: Colours::of(picture.bytes()),
            spectra: keep_pixels.then(|| Spectra::of(picture)),
        }
    }
}

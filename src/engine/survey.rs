//! The first pass: what all pictures have in common, before any row is made.

use super::reader::{Pictures, Reader};
use super::{go_on, team};
use crate::encode::{Encoder, Scratch};
use crate::error::{Error, Result, counted, shown};
use crate::image::{Image, Size};
use crate::spec::{Layout, Output};
use crate::statistics::{Known, MOST_VALUES, Products, Statistics, Whitening};
use rayon::prelude::*;
use std::sync::atomic::AtomicUsize;
use std::sync::{Mutex, PoisonError};

/// What the pictures numbered `items` have in common after the steps that are the same for every row; `None` if rows
/// do not need it. Rows have the size `row`.
///
/// All that is summed is whole numbers, so that neither the threads nor their order change a bit.
///
/// # Errors
/// If rows cannot be whitened; with the first picture that cannot be decoded; if a signal asks to stop.
pub fn survey(from: Pictures<'_>, items: &[usize], row: Size, stop: &AtomicUsize) -> Result<Option<Known>> {
    let output = from.spec.output;
    if !output.needs_statistics() {
        return Ok(None);
    }
    let levels = Encoder::new(&Output { layout: Layout::Nhwc, ..output.levels() }, None);
    let survey = Survey { from, levels, stop };
    let Some(zca) = output.zca else {
        let mut statistics = survey.statistics(items)?;
        statistics.conclude(&output);
        return Ok(Some(Known { statistics, whitening: None }));
    };
    let values = survey.values_to_whiten(items, row)?;
    let (mut statistics, products) = survey.products(items, values)?;
    statistics.conclude(&output);
    let whitening = Some(Whitening::new(&products, &statistics, &output, zca));
    Ok(Some(Known { statistics, whitening }))
}

struct Survey<'a> {
    from: Pictures<'a>,
    /// Makes the levels of a prepared picture, channel by channel within each pixel.
    levels: Encoder<'static>,
    stop: &'a AtomicUsize,
}

impl Survey<'_> {
    fn output(&self) -> Output {
        self.from.spec.output
    }

    fn statistics(&self, items: &[usize]) -> Result<Statistics> {
        let all = Mutex::new(Statistics::new(self.output().color));
        self.from.source.ahead(items.iter().copied());
        team::each(
            items,
            || Looker::new(self.from),
            |looker, &at| {
                let levels = looker.levels(self, at)?;
                let mut own = Statistics::new(self.output().color);
                own.count(levels);
                all.lock().unwrap_or_else(PoisonError::into_inner).add(&own);
                Ok(())
            },
        )?;
        Ok(all.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    /// As [`Self::statistics`], and the sums of products for rows of so many values.
    fn products(&self, items: &[usize], values: usize) -> Result<(Statistics, Products)> {
        let mut statistics = Statistics::new(self.output().color);
        let mut products = Products::new(values);
        for some in items.chunks(Products::TOGETHER) {
            let pictures: Vec<Mutex<Vec<u8>>> = some.iter().map(|_| Mutex::default()).collect();
            let numbered: Vec<(usize, usize)> = some.iter().copied().enumerate().collect();
            self.from.source.ahead(some.iter().copied());
            team::each(
                &numbered,
                || Looker::new(self.from),
                |looker, &(place, at)| {
                    let levels = looker.levels(self, at)?.to_vec();
                    *pictures[place].lock().unwrap_or_else(PoisonError::into_inner) = levels;
                    Ok(())
                },
            )?;
            let pictures: Vec<Vec<u8>> =
                pictures.into_iter().map(|picture| picture.into_inner().unwrap_or_else(PoisonError::into_inner)).collect();
            pictures.iter().for_each(|levels| statistics.count(levels));
            let (bands, panels) = products.count(&pictures);
            bands.par_iter_mut().for_each(|band| band.add(&panels));
        }
        Ok((statistics, products))
    }

    /// How many values a row has.
    ///
    /// # Errors
    /// If they are too many, or a picture would not have as many before the steps that vary.
    fn values_to_whiten(&self, items: &[usize], row: Size) -> Result<usize> {
        let channels = self.output().color.channels();
        let values = row.pixels() * channels;
        if values > MOST_VALUES {
            return Err(Error::Spec(vec![format!(
                "output.zca: rows of {row} with {} have {values} values, of {MOST_VALUES} that can be whitened (end with a resize to \
                 32x32, or use samplewise or featurewise)",
                counted(channels, "channel", "channels")
            )]));
        }
        for &at in items {
            let item = &self.from.source.items[at];
            let size = self.from.spec.pipeline.prepared_size(item.size);
            if size != row {
                return Err(Error::Spec(vec![format!(
                    "output.zca: rows have {row}, but {} has {size} after the steps that are the same for every row (begin with a \
                     resize to {row})",
                    shown(&*item.path)
                )]));
            }
        }
        Ok(usize::try_from(values).unwrap_or(usize::MAX))
    }
}

/// A thread's place to look at pictures in.
#[derive(Debug)]
struct Looker {
    reader: Reader,
    prepared: Image,
    levels: Vec<u8>,
    encoding: Scratch,
}

impl Looker {
    fn new(from: Pictures<'_>) -> Self {
        let reader = Reader::new(from.references);
        Self { reader, prepared: Image::default(), levels: Vec::new(), encoding: Scratch::default() }
    }

    /// The levels of picture `at`, prepared.
    fn levels(&mut self, survey: &Survey<'_>, at: usize) -> Result<&[u8]> {
        go_on(survey.stop)?;
        self.reader.prepare(survey.from, &survey.from.source.items[at], &mut self.prepared)?;
        if survey.levels.keeps_levels() {
            return Ok(self.prepared.bytes());
        }
        self.levels.resize(self.prepared.bytes().len() / 3, 0);
        survey.levels.encode(self.prepared.bytes(), &mut self.levels, &mut self.encoding);
        Ok(&self.levels)
    }
}

//! Rows of several pictures: each is finished as if it stood alone, and then they are laid together.

use super::Spent;
use super::block::Prepared;
use super::follow::follow;
use super::reader::{Pictures, Reader};
use crate::error::Result;
use crate::image::Deep;
use crate::mixing::{Made, Others, Room, Rules, Taken, draw};
use crate::pipeline::{Program, Recipe, Row};
use crate::plan::{Entry, Plan};
use crate::source::{References, Source};
use crate::spec::Spec;

/// A row that is to be made, among the others of its block and epoch.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    /// Which rows there are.
    pub plan: &'a Plan,
    /// The epoch.
    pub epoch: u64,
    /// The row.
    pub entry: Entry,
    /// All rows of the block.
    pub rows: &'a [Entry],
    /// The name of the class of a picture.
    pub class: &'a dyn Fn(usize) -> &'a str,
    /// The number of the class of a picture.
    pub number: &'a dyn Fn(usize) -> usize,
}

impl std::fmt::Debug for Wanted<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wanted").field("epoch", &self.epoch).field("entry", &self.entry).finish_non_exhaustive()
    }
}

impl Wanted<'_> {
    /// What the row draws of mixing.
    pub fn draw(&self, spec: &Spec, source: &Source) -> Vec<Taken> {
        let own = self.entry;
        let key = self.plan.row_key(self.epoch, &source.items[own.item].path, own.copy);
        let others = Others {
            count: self.rows.len(),
            is_own: &|at| self.rows[at] == own,
            class: &|at| (self.number)(self.rows[at].item),
            own_class: (self.number)(own.item),
        };
        draw(&spec.mixing, key, self.plan.row_size, &others)
    }
}

/// A thread's place to mix rows in.
#[derive(Debug)]
pub struct Mixer {
    reader: Reader,
    /// The prepared picture of a row whose block does not keep it.
    passing: Prepared,
    recipe: Recipe,
    program: Program,
    /// The picture of a row that has other channels or another depth.
    deep: Deep,
    /// The row, then its partners.
    made: Vec<Made>,
    room: Room,
}

impl Mixer {
    /// A place for steps that may refer to pictures.
    pub fn new(references: &References) -> Self {
        Self {
            reader: Reader::new(references),
            passing: Prepared::default(),
            recipe: Recipe::new(),
            program: Program::default(),
            deep: Deep::default(),
            made: vec![Made::default()],
            room: Room::default(),
        }
    }

    /// Makes the row that is `wanted`, and says what it drew of mixing; `kept` gives the pictures that the block keeps.
    ///
    /// # Errors
    /// If a picture cannot be decoded.
    pub(super) fn make<'k>(
        &mut self,
        from: Pictures<'_>,
        wanted: &Wanted<'_>,
        kept: impl Fn(usize) -> Option<&'k Prepared>,
        spent: &Spent,
    ) -> Result<(&Made, Vec<Taken>)> {
        let Wanted { plan, epoch, entry: Entry { item, copy }, rows, class, .. } = *wanted;
        let key = plan.row_key(epoch, &from.source.items[item].path, copy);
        self.finish(from, 0, item, &Row { key, epoch, class: class(item) }, &kept, spent)?;
        let taken = wanted.draw(from.spec, from.source);
        let boxes = from.truth.boxes.as_ref();
        let rules = Rules {
            ignore_index: from.truth.masks.as_ref().map_or(0, |masks| masks.ignore_index),
            boxes: boxes.is_some(),
            pairs: boxes.map_or(&[], |boxes| &boxes.pairs),
        };
        for step in &taken {
            for (place, (at, key)) in step.partners.iter().enumerate() {
                let item = rows[*at].item;
                self.finish(from, place + 1, item, &Row { key: *key, epoch, class: class(item) }, &kept, spent)?;
            }
            let Self { made, room, reader, .. } = self;
            let together = &mut made[..=step.partners.len()];
            spent.render.time(|| step.drawn.apply(together, rules, step.key, room, &mut reader.canvas));
        }
        Ok((&self.made[0], taken))
    }

    /// Makes in `made[place]` the row of picture `at` alone.
    fn finish<'k>(
        &mut self,
        from: Pictures<'_>,
        place: usize,
        at: usize,
        row: &Row<'_>,
        kept: &impl Fn(usize) -> Option<&'k Prepared>,
        spent: &Spent,
    ) -> Result<()> {
        let Self { reader, passing, recipe, program, deep, made, .. } = self;
        made.resize_with(made.len().max(place + 1), Made::default);
        let prepared = match kept(at) {
            Some(kept) => kept,
            None => {
                spent.decode.time(|| reader.prepare_all(from, at, passing))?;
                &*passing
            }
        };
        spent.render.time(|| {
            let (made, pipeline) = (&mut made[place], &from.spec.pipeline);
            let is_deep = from.spec.input.deep.is_some();
            let size = if is_deep { prepared.deep.size() } else { prepared.image.size() };
            pipeline.sample(row, size, recipe);
            program.lower(recipe, size, pipeline.fuse);
            if is_deep {
                program.run_deep(recipe, &prepared.deep, &mut reader.canvas, deep);
                deep.show(&mut made.image);
            } else {
                made.image.reshape(program.output_size());
                program.run(recipe, &prepared.image, &mut reader.canvas, made.image.bytes_mut());
            }
            follow(from.truth, at, (recipe, program), prepared, &mut reader.canvas, made);
            made.shares.clear();
            made.shares.push((at, 1.0));
        });
        Ok(())
    }

    /// Makes the row that is `wanted`, for looking at, and says what it drew of mixing. Of pictures of other channels or another
    /// depth, its picture is what there is to look at of the same samples ([`Deep::show`]).
    ///
    /// # Errors
    /// If a picture cannot be decoded.
    pub fn row(&mut self, from: Pictures<'_>, wanted: &Wanted<'_>) -> Result<(&Made, Vec<Taken>)> {
        self.make(from, wanted, |_| None, &Spent::default())
    }
}

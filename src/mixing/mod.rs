//! Rows made of several pictures. Each op is a file: what it draws, and how it lays finished rows together.
//!
//! What is mixed are rows as the pipeline leaves them, in levels. The partners are other rows of the same block and
//! epoch, drawn by the row's key, and their steps are drawn anew; so a row depends on its key and its block alone. Labels
//! follow: a row's label is the sum of those of its pictures, each by its share.

mod copy_paste;
mod cutmix;
mod draw;
mod mixup;
mod mosaic;

pub use draw::{Others, Partner, Step, Taken, draw, idle};

use crate::image::{Image, Size};
use crate::pipeline::{Canvas, Program};
use crate::rng::Key;
use crate::spec::fields::Choice;
use crate::targets::Carried;
use serde::Serialize;

/// A finished row, and what belongs to it. Keeps its memory from one row to the next.
#[derive(Clone, Debug, Default)]
pub struct Made {
    /// Its levels.
    pub image: Image,
    /// Its mask; of no size without masks.
    pub mask: Image,
    /// Its boxes and key points; nothing without any.
    pub carried: Carried,
    /// The classes of what is carried.
    pub classes: Vec<i64>,
    /// Which part of the label each picture has, by the number of its item: above 0, together 1.
    pub shares: Vec<(usize, f64)>,
}

/// What an op is, and what it may draw.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mix {
    /// Both rows laid over each other.
    Mixup {
        /// Both shapes of the Beta law of the row's own share.
        alpha: f64,
    },
    /// A rectangle of another row.
    Cutmix {
        /// Both shapes of the Beta law of the row's own share.
        alpha: f64,
    },
    /// Four rows around a point.
    Mosaic {
        /// Where the point lies, as shares of the sides.
        center: (f64, f64),
        /// How a row comes into its cell.
        fit: Fit,
    },
    /// Things that are cut out of another row.
    CopyPaste {
        /// How often each thing is.
        chance: f64,
    },
}

/// How a row comes into a cell that is smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fit {
    /// Scaled until it covers the cell, and cut in the middle.
    Cover,
    /// Cut at the corner that lies at the point where the cells meet, as Ultralytics does.
    Crop,
}

impl Choice for Fit {
    const ALL: &'static [(&'static str, Self)] = &[("cover", Self::Cover), ("crop", Self::Crop)];
}

/// What was drawn.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum Drawn {
    /// Both laid over each other.
    Mixup {
        /// The row's own share, a whole number of 65536ths.
        share: f64,
    },
    /// The rectangle that is the other row's.
    Cutmix {
        /// Left edge.
        x: u32,
        /// Top edge.
        y: u32,
        /// Its size.
        #[serde(flatten)]
        size: Size,
    },
    /// Where the cells meet, and which the row's own is: 0 top left, 1 top right, 2 bottom left, 3 bottom right.
    Mosaic {
        /// Pixels left of the point.
        x: u32,
        /// Pixels above it.
        y: u32,
        /// The row's own cell.
        own: usize,
        /// How rows come into cells.
        fit: Fit,
    },
    /// Things that are cut out of another row.
    CopyPaste {
        /// How often each thing is.
        chance: f64,
    },
}

/// How masks and boxes are mixed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rules<'a> {
    /// The class number where nothing is known.
    pub ignore_index: u32,
    /// Whether pictures have boxes.
    pub boxes: bool,
    /// Pairs of key points that change places in a mirror.
    pub pairs: &'a [(usize, usize)],
}

/// What mixing keeps from one row to the next.
#[derive(Debug, Default)]
pub struct Room {
    program: Program,
    cell: Made,
    mosaic: Made,
    pasted: Vec<bool>,
}

impl Mix {
    /// Its word in the spec.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Mixup { .. } => "mixup",
            Self::Cutmix { .. } => "cutmix",
            Self::Mosaic { .. } => "mosaic",
            Self::CopyPaste { .. } => "copy_paste",
        }
    }

    /// How many other rows it takes.
    pub const fn partners(self) -> usize {
        match self {
            Self::Mixup { .. } | Self::Cutmix { .. } | Self::CopyPaste { .. } => 1,
            Self::Mosaic { .. } => 3,
        }
    }

    /// Draws for rows of `size`.
    pub fn draw(self, key: Key, size: Size) -> Drawn {
        let mut rng = key.rng();
        match self {
            Self::Mixup { alpha } => mixup::draw(alpha, &mut rng),
            Self::Cutmix { alpha } => cutmix::draw(alpha, size, &mut rng),
            Self::Mosaic { center, fit } => mosaic::draw(center, fit, size, &mut rng),
            Self::CopyPaste { chance } => Drawn::CopyPaste { chance },
        }
    }
}

impl Drawn {
    /// Which part of a row of `size` is its own, and which each partner's, in order; `None` where only pixels say it.
    pub fn parts(&self, size: Size) -> Option<Vec<f64>> {
        let of_all = |pixels: u64| pixels as f64 / size.pixels() as f64;
        match *self {
            Self::Mixup { share } => Some(vec![share, 1.0 - share]),
            Self::Cutmix { size: part, .. } => Some(vec![1.0 - of_all(part.pixels()), of_all(part.pixels())]),
            Self::Mosaic { x, y, own, .. } => {
                let mut cells = mosaic::cells((x, y), size).map(|(_, cell)| of_all(cell.pixels())).to_vec();
                let first = cells.remove(own);
                cells.insert(0, first);
                Some(cells)
            }
            Self::CopyPaste { .. } => None,
        }
    }

    /// Lays the rows `made` together in the first of them, which is the row itself; what an op chooses only then is drawn
    /// from `key`.
    pub fn apply(&self, made: &mut [Made], rules: Rules<'_>, key: Key, room: &mut Room, canvas: &mut Canvas) {
        let Some((row, others)) = made.split_first_mut() else { return };
        match *self {
            Self::Mixup { share } => mixup::apply(share, row, &mut others[0], rules),
            Self::Cutmix { x, y, size } => cutmix::apply((x, y), size, row, &mut others[0], rules),
            Self::Mosaic { x, y, own, fit } => mosaic::apply((x, y), own, fit, row, others, rules, room, canvas),
            Self::CopyPaste { chance } => copy_paste::apply(chance, row, &mut others[0], rules, key, &mut room.pasted),
        }
    }
}

impl Made {
    /// Whether it has a mask.
    fn has_mask(&self) -> bool {
        self.mask.size().pixels() > 0
    }

    /// Adds the label of another row, which makes up `share` of both.
    fn take_share(&mut self, other: &Self, share: f64) {
        self.shares.iter_mut().for_each(|(_, own)| *own *= 1.0 - share);
        for &(item, part) in &other.shares {
            match self.shares.iter_mut().find(|(own, _)| *own == item) {
                Some((_, own)) => *own += part * share,
                None => self.shares.push((item, part * share)),
            }
        }
        self.shares.retain(|(_, share)| *share > 0.0);
    }

    /// Becomes a row of `size` with nothing in it.
    fn begin(&mut self, size: Size, has_mask: bool) {
        self.image.reshape(size);
        self.mask.reshape(if has_mask { size } else { Size::default() });
        self.carried.clear();
        self.classes.clear();
        self.shares.clear();
    }

    /// One share for each picture.
    fn join_shares(&mut self) {
        self.shares.sort_by_key(|(item, _)| *item);
        self.shares.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            kept.1 += if same { next.1 } else { 0.0 };
            same
        });
    }

    /// Adds the boxes and key points of another row.
    fn take_carried(&mut self, other: &mut Self, rules: Rules<'_>) {
        self.carried.take_all(&mut other.carried, rules.pairs);
        self.classes.extend_from_slice(&other.classes);
    }
}

//! What is known of the pictures besides their labels: their masks, and what stands where in them.
//!
//! Found and checked before anything is planned; it is part of the plan, so that another mask is another dataset.

mod boxes;
mod drawn;
mod masks;
mod rows;

pub use boxes::{Boxes, Marked};
pub use masks::{MaskFile, Masks};

use crate::annotations::Problems;
use crate::error::Result;
use crate::image::Size;
use crate::mixing::Made;
use crate::source::Source;
use crate::spec::{MaskSource, Spec};
use rows::box_rows;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Masks and boxes of all pictures.
#[derive(Clone, Debug, Default)]
pub struct GroundTruth {
    /// Semantic masks, if there are any.
    pub masks: Option<Masks>,
    /// Boxes and key points, if there are any.
    pub boxes: Option<Boxes>,
    /// What a person should know.
    pub warnings: Vec<String>,
    /// The paths of the pictures, in their order.
    paths: Vec<Arc<str>>,
}

/// The array of a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Its name.
    pub name: &'static str,
    /// NumPy's `descr` of a value.
    pub descr: &'static str,
    /// The shape of what the first axis counts.
    pub shape: Vec<u64>,
    /// What the first axis counts.
    pub axis: Axis,
}

/// What the first axis of an array counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Axis {
    /// Rows.
    #[default]
    Rows,
    /// Boxes of all rows, end to end.
    Boxes,
    /// Rows and one more: entry k is the first box of row k, and entry k + 1 the first that is not.
    Offsets,
}

impl GroundTruth {
    /// Takes masks that stand among the pictures out of `source`, since they are none.
    pub fn set_apart(spec: &Spec, source: &mut Source) {
        let masks = spec.targets.as_ref().and_then(|targets| targets.masks.as_ref());
        let Some(MaskSource::Files(rule)) = masks.map(|masks| &masks.from) else { return };
        Arc::make_mut(&mut source.items).retain(|item| !rule.fits(&item.path));
        source.bad.retain(|bad| !rule.fits(&bad.path));
        let Source { items, bad, folders, .. } = source;
        let (Some(folder), paths) = (rule.folder(), || items.iter().map(|i| &*i.path).chain(bad.iter().map(|b| &*b.path))) else {
            return;
        };
        let holds = |folder: &str| paths().any(|path| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')));
        let is_below = |name: &str| name.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        folders.retain(|name| !is_below(name) || holds(name));
    }

    /// Finds what `spec` asks for; pictures of which nothing is known leave `source`, if that is allowed.
    ///
    /// # Errors
    /// With everything that is wrong in the files.
    pub fn load(spec: &Spec, source: &mut Source) -> Result<Self> {
        let Some(targets) = &spec.targets else { return Ok(Self::default()) };
        let mut problems = Problems::default();
        let boxes = match &targets.boxes {
            None => None,
            Some(rule) => Boxes::load(rule, spec.mixed_pictures(), source, &mut problems)?,
        };
        let masks = match &targets.masks {
            None => None,
            Some(rule) => Some(Masks::load(rule, source, &mut problems)?),
        };
        let warnings = problems.finish()?;
        let paths = source.items.iter().map(|item| Arc::clone(&item.path)).collect();
        Ok(Self { masks, boxes, warnings, paths })
    }

    /// Forgets the pictures that left `source` since, as those do of which a table of labels knows nothing.
    pub fn follow(&mut self, source: &Source) {
        let there: BTreeSet<&str> = source.items.iter().map(|item| &*item.path).collect();
        let stays: Vec<bool> = self.paths.iter().map(|path| there.contains(&**path)).collect();
        self.masks.iter_mut().for_each(|masks| masks.retain(&stays));
        self.boxes.iter_mut().for_each(|boxes| boxes.retain(&stays));
        self.paths.retain(|path| there.contains(&**path));
    }

    /// The arrays that it becomes, for rows of this width and height.
    pub fn layouts(&self, (width, height): (u32, u32)) -> Vec<Layout> {
        let masks = self.masks.iter().map(|masks| {
            let descr = if masks.bytes == 1 { "|u1" } else { "<u2" };
            Layout { name: "masks", descr, shape: vec![u64::from(height), u64::from(width)], axis: Axis::Rows }
        });
        masks.chain(self.boxes.iter().flat_map(Boxes::layouts)).collect()
    }

    /// Appends to `rows`, which has one of each of these arrays, what belongs to the finished row `made`, whose picture
    /// has this `size`; to offsets, how many boxes it has.
    pub fn rows(&self, made: &Made, size: Size, rows: &mut [Vec<u8>]) {
        let mut rows = rows;
        if let Some(masks) = &self.masks {
            let Some((first, rest)) = rows.split_first_mut() else { return };
            masks.put(made.mask.bytes(), first);
            rows = rest;
        }
        if let Some(boxes) = &self.boxes {
            box_rows(boxes, made, size, rows);
        }
    }

    /// Adds to the JSON of picture `at` what is known of it.
    pub fn describe(&self, at: usize, line: &mut Map<String, Value>) {
        if let Some(masks) = &self.masks {
            line.insert("mask".into(), serde_json::json!(masks.of[at]));
        }
        if let Some(boxes) = &self.boxes {
            boxes.describe(at, line);
        }
    }
}

//! Which side each picture is on: training, validation or test.
//!
//! A hash decides, not a place in a list. What must stay together is a unit: pictures of one group, files of equal
//! bytes, and, if asked, pictures that look alike. A unit's hash is of its group's name or of its content, so that a
//! picture keeps its side when it is renamed, and when others come or go.

mod assign;
mod earlier;
mod units;

pub use earlier::Earlier;
pub use units::{alike, joined};

use crate::error::{Error, Result, few, shown};
use crate::labels::Labels;
use crate::source::{Item, Source};
use crate::spec::fields::Choice;
use crate::spec::{Amount, By, Group, Side, Split};
use assign::{Assignment, Unit};
use regex::Regex;
use std::collections::BTreeMap;
use units::Together;

/// How many pictures an error names.
const NAMED: usize = 5;

/// The side of every picture.
#[derive(Clone, Debug)]
pub struct Sides {
    /// In the order of the items.
    pub of: Vec<Side>,
    /// What a person should know.
    pub warnings: Vec<String>,
}

/// What is known of the pictures besides their files.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// Pairs of items that look alike.
    pub alike: &'a [(usize, usize)],
    /// The sides in an earlier dataset.
    pub earlier: Option<&'a Earlier>,
    /// What every item has in the columns that the split names.
    pub columns: &'a BTreeMap<String, Vec<String>>,
}

impl Sides {
    /// All pictures train.
    pub fn all_train(count: usize) -> Self {
        Self { of: vec![Side::Train; count], warnings: Vec::new() }
    }

    /// Divides the pictures of `source` as `split` says.
    ///
    /// # Errors
    /// If a picture has no group or no side, a side that is asked for would be empty, or what must stay together is
    /// given two sides.
    pub fn new(split: &Split, source: &Source, labels: &Labels, known: Known<'_>) -> Result<Self> {
        let items = &source.items;
        let groups = groups(split, items, known)?;
        let together = Together::new(items, groups.as_deref(), known.alike);
        let sides = match &split.by {
            By::Folders => by_folders(items)?,
            By::Column(column) => {
                let values = &known.columns[column];
                let wanted = format!("has none of train, val and test in column `{column}` (mend the table)");
                let side = |at: usize| Side::called(values[at].trim());
                given(items, side, &wanted)?
            }
            By::Amounts { .. } | By::Folds { .. } => {
                let units = together.units(split.seed, groups.as_deref(), items);
                return decided(split, &units, items, labels, known.earlier);
            }
        };
        apart(&together, &sides, items)?;
        Ok(Self { of: sides, warnings: Vec::new() })
    }

    /// The items on `side`, in order.
    pub fn items(&self, side: Side) -> Vec<usize> {
        (0..self.of.len()).filter(|&at| self.of[at] == side).collect()
    }

    /// The sides that have pictures.
    pub fn present(&self) -> impl Iterator<Item = Side> + '_ {
        Side::ALL.iter().map(|(_, side)| *side).filter(|side| self.of.contains(side))
    }
}

/// Refuses pictures in no folder of a side, if folders say the sides: before they are asked for their class, which
/// stands below.
///
/// # Errors
/// With the pictures.
pub fn check_folders(split: Option<&Split>, source: &Source) -> Result<()> {
    match split {
        Some(Split { by: By::Folders, .. }) => by_folders(&source.items).map(|_| ()),
        _ => Ok(()),
    }
}

fn by_folders(items: &[Item]) -> Result<Vec<Side>> {
    let of = |at: usize| Side::called(items[at].path.split_once('/')?.0);
    given(items, of, "is in no folder train, val or test (move it into one, or divide by amounts)")
}

/// The group of every picture, if there are groups.
fn groups(split: &Split, items: &[Item], known: Known<'_>) -> Result<Option<Vec<String>>> {
    let pattern = match &split.group {
        None => return Ok(None),
        Some(Group::Column(column)) => return Ok(Some(known.columns[column].clone())),
        Some(Group::Pattern(pattern)) => pattern,
    };
    let regex = Regex::new(pattern).map_err(|error| Error::Usage(format!("split.group_pattern: {error}")))?;
    let of = |at: usize| Some(regex.captures(&items[at].path)?.name("group")?.as_str().to_string());
    let wanted = format!("has no group by split.group_pattern `{pattern}` (every picture needs one)");
    given(items, of, &wanted).map(Some)
}

/// What `of` says of every item.
fn given<T>(items: &[Item], of: impl Fn(usize) -> Option<T>, wanted: &str) -> Result<Vec<T>> {
    let found: Vec<Option<T>> = (0..items.len()).map(of).collect();
    let missing: Vec<&Item> = items.iter().zip(&found).filter(|(_, found)| found.is_none()).map(|(item, _)| item).collect();
    if missing.is_empty() {
        return Ok(found.into_iter().flatten().collect());
    }
    let lines = missing.iter().map(|item| format!("{}: {wanted}", shown(&*item.path))).collect();
    Err(Error::Usage(few(lines, NAMED, |more| format!("and {more} more pictures")).join("\n")))
}

/// Refuses sides that tear apart what must stay together.
fn apart(together: &Together, sides: &[Side], items: &[Item]) -> Result<()> {
    let torn = together.pairs().filter(|(a, b)| sides[*a] != sides[*b]);
    let lines: Vec<String> = torn
        .map(|(a, b)| {
            let (one, other) = (sides[a].word(), sides[b].word());
            format!(
                "{} ({one}) and {} ({other}): the same picture or group on two sides",
                shown(&*items[a].path),
                shown(&*items[b].path)
            )
        })
        .collect();
    if lines.is_empty() {
        return Ok(());
    }
    let mut told = few(lines, NAMED, |more| format!("and {more} more"));
    told.push("pictures leak from one side to another (remove one of each)".into());
    Err(Error::Usage(told.join("\n")))
}

/// The sides as hashes decide.
fn decided(split: &Split, units: &[Unit], items: &[Item], labels: &Labels, earlier: Option<&Earlier>) -> Result<Sides> {
    let (amounts, side_of): (Vec<Amount>, Vec<Side>) = match split.by {
        By::Folds { of, fold } => {
            (0..of).map(|at| (Amount::Share(1.0 / of as f64), if at == fold { Side::Val } else { Side::Train })).unzip()
        }
        By::Amounts { val, test } => [(val, Side::Val), (test, Side::Test)].into_iter().unzip(),
        _ => unreachable!("invariant: given sides are not decided"),
    };
    if split.stratified && labels.classes().is_empty() {
        return Err(Error::Usage("split.stratified: pictures have no classes (leave it out, or label them)".into()));
    }
    let classes: Vec<usize> = match split.stratified {
        true => (0..items.len()).map(|at| labels.number_of(at)).collect(),
        false => vec![0; items.len()],
    };
    let mut warnings = Vec::new();
    let place = |side: Side| side_of.iter().position(|known| *known == side).unwrap_or(side_of.len());
    let fixed: Vec<Option<usize>> = match (earlier, &split.by) {
        (Some(earlier), By::Amounts { .. }) => {
            units.iter().map(|unit| earlier.side_of(unit, items, &mut warnings).map(place)).collect()
        }
        (Some(_), _) => return Err(Error::Usage("--split-from: folds stay as they are by themselves (leave it out)".into())),
        (None, _) => vec![None; units.len()],
    };
    let assignment = Assignment { units, classes: &classes, amounts: &amounts, exact: split.stratified };
    let parts = assignment.parts(&fixed);
    let mut of = vec![Side::Train; items.len()];
    for (unit, part) in units.iter().zip(parts) {
        let side = side_of.get(part).copied().unwrap_or(Side::Train);
        unit.items.iter().for_each(|&at| of[at] = side);
    }
    let sides = Sides { of, warnings };
    nobody_is_missing(split, &sides)?;
    Ok(sides)
}

/// Refuses a split that leaves a side empty that was asked for.
fn nobody_is_missing(split: &Split, sides: &Sides) -> Result<()> {
    let asked = |side: Side| match (&split.by, side) {
        (By::Amounts { val, .. }, Side::Val) => *val != Amount::Share(0.0),
        (By::Amounts { test, .. }, Side::Test) => *test != Amount::Share(0.0),
        (By::Folds { .. }, Side::Test) => false,
        _ => true,
    };
    match Side::ALL.iter().find(|(_, side)| asked(*side) && !sides.of.contains(side)) {
        None => Ok(()),
        Some((word, _)) => {
            let remedy = "take a larger share, a count, another split.seed, or smaller groups";
            Err(Error::Usage(format!("split: no picture falls to {word} ({remedy})")))
        }
    }
}

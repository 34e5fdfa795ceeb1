//! Where every picture went: none is lost without a word.

use crate::error::{Error, Result};
use crate::plan::{Part, Plan};
use crate::source::Source;
use serde::Serialize;

/// How many pictures were read, and where they went. What was read is the sum of the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Files that are pictures, or say so by their name.
    pub read: u64,
    /// Pictures of which there are rows.
    pub in_rows: u64,
    /// Bad pictures of which there are rows, since others stand in for them.
    pub substituted: u64,
    /// Pictures that were left out.
    pub skipped: u64,
    /// Pictures that are listed, and of which no epoch has a row, as classes are balanced.
    pub held_out: u64,
}

impl Tally {
    /// Counts the pictures of `source`, of whose files so many were `read`, in all rows of `parts`.
    ///
    /// # Errors
    /// If they do not add up, which is a mistake of ours.
    pub fn of(read: u64, source: &Source, parts: &[Part]) -> Result<Self> {
        let mut shown = vec![false; source.items.len()];
        parts.iter().for_each(|part| mark(&part.plan, &mut shown));
        let mut tally = Self { read, in_rows: 0, substituted: 0, skipped: source.left_out().count() as u64, held_out: 0 };
        for (item, shown) in source.items.iter().zip(shown) {
            let place = match (shown, &item.substitute) {
                (false, _) => &mut tally.held_out,
                (true, Some(_)) => &mut tally.substituted,
                (true, None) => &mut tally.in_rows,
            };
            *place += 1;
        }
        let balanced = parts.iter().any(|part| part.plan.rows_by_class.is_some());
        let Self { in_rows, substituted, skipped, held_out, .. } = tally;
        if in_rows + substituted + skipped + held_out == read && (balanced || held_out == 0) {
            return Ok(tally);
        }
        Err(Error::Internal(format!(
            "{read} pictures were read, {in_rows} are in rows, {substituted} have a substitute, {skipped} were left out, and \
             {held_out} have no row"
        )))
    }

    /// Whether there is more to tell than that all pictures are in rows.
    pub fn is_worth_telling(&self) -> bool {
        self.in_rows != self.read
    }
}

/// Marks the pictures that have a row in any epoch.
fn mark(plan: &Plan, shown: &mut [bool]) {
    for task in plan.tasks(1, 1) {
        // The first epoch has them all, unless classes are balanced.
        let mut left = plan.block(task.block).into_iter().filter(|&at| !shown[at]).count();
        let mut epochs = task.epochs;
        while left > 0
            && let Some(epoch) = epochs.next()
        {
            for row in plan.rows(task.block, epoch) {
                left -= usize::from(!std::mem::replace(&mut shown[row.item], true));
            }
        }
    }
}

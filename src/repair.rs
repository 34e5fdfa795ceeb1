//! `repair`: makes again what a damaged dataset lost, to the same bytes.
//!
//! What is left of the dataset says how it was built; that its plan is made again proves it. Then whatever still has the hash
//! that was listed stays, and the rest is an unfinished build.

use crate::again::{Again, Remains, again};
use crate::cli::Mending;
use crate::engine::Spent;
use crate::error::{Error, Result, counted, shown};
use crate::manifest::{FILE, Listed, Manifest, ShardFiles};
use crate::output::{Kept, Output, Planned, Sorted, Trust, WORK, could_be_ours, holds, obstacle, paths, shard_paths};
use crate::plan::Slot;
use crate::prepare::Running;
use crate::report::Told;
use crate::spec::fields::Choice;
use crate::verify::{self, Checked, Depth, Problem};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// What was done.
#[derive(Debug, Default)]
pub struct Repaired {
    plan_hash: String,
    /// Shards that were made again: side, epoch, place.
    made: Vec<(String, u64, u64)>,
    /// Shards that were as they were made.
    kept: u64,
    /// Files beside them that were written.
    files: Vec<String>,
    /// Files that no dataset of this plan has, removed.
    removed: Vec<String>,
    /// Those that do not look as if they were ours, left.
    left: Vec<String>,
    /// Whether the plan's hash was lost, so that nothing proves that the bytes are those that were there.
    unproven: bool,
}

/// Makes the dataset whole again. Of one that is whole, says so, and removes no more than what a run left that was killed at its very end.
///
/// # Errors
/// If nothing shows how it was made, these are not the pictures that it was made from, files of others are in the way, or as
/// `build`.
pub fn repair(mending: &Mending, running: Running<'_>) -> Result<Repaired> {
    let root = mending.out.as_path();
    Output::finish_replacing(root)?;
    let seen = fs::read(root.join(FILE)).ok();
    let Checked { manifest, problems, .. } = match unfinished(root) {
        true => Checked { manifest: None, files: 0, problems: Vec::new() },
        false => verify::verify(root, Depth::Full)?,
    };
    let mut repaired = Repaired {
        plan_hash: manifest.as_ref().map_or(String::new(), |manifest| manifest.plan_hash.clone()),
        ..Repaired::default()
    };
    let extra = manifest.as_ref().map(|manifest| verify::extra(root, manifest)).unwrap_or_default();
    let manifest = match manifest {
        Some(manifest) if problems.iter().all(|problem| extra.contains(problem)) => {
            repaired.kept = manifest.splits.values().map(|split| split.shards.len() as u64).sum();
            manifest
        }
        _ => {
            let remains = Remains::of(root)?;
            let again = again(&remains, (&mending.input, &mending.beside), (Some(root), running.stop, running.progress))?;
            Box::new(repaired.make_again((root, seen), &remains, &again, running)?)
        }
    };
    let extra = verify::extra(root, &manifest);
    if !extra.is_empty() {
        Output::alone(root, &manifest, || repaired.tidy(root, extra))?;
    }
    Output::try_end(root, &manifest.plan_hash);
    Ok(repaired)
}

/// Whether a run stopped before there was a dataset.
fn unfinished(root: &Path) -> bool {
    fs::symlink_metadata(root.join(FILE)).is_err() && root.join(WORK).is_dir()
}

impl Repaired {
    /// Makes again what is not as it was.
    fn make_again(
        &mut self,
        (root, seen): (&Path, Option<Vec<u8>>),
        remains: &Remains,
        again: &Again,
        running: Running<'_>,
    ) -> Result<Manifest> {
        let prepared = &again.prepared;
        let draft = &prepared.draft;
        prepared.references_fit(running.memory)?;
        let planned = prepared.planned();
        obstacle(root, paths(draft, &planned))?;
        let (kept, made) = sorted(root, remains, again, (&planned, running.trust));
        self.unproven = !again.proven;
        (self.plan_hash, self.kept, self.made) = (draft.plan_hash.clone(), kept.len() as u64, made);
        self.files = draft.files.iter().filter(|file| !holds(root, file)).map(|file| file.path.clone()).collect();
        let output = Output::mend(root, seen.as_deref(), draft, &prepared.beside(), &kept, &planned)?;
        let spent = Spent::default();
        for part in &prepared.parts {
            prepared.job(part, &again.what, running, &spent).bake(&part.plan.tasks(1, 1), &output, draft)?;
        }
        let manifest = output.commit(draft.clone())?;
        self.files.extend((seen != Some(manifest.to_bytes())).then(|| FILE.to_string()));
        Ok(manifest)
    }

    /// Removes of what no dataset of this plan has what a dataset of ours could have; notes the rest.
    fn tidy(&mut self, root: &Path, extra: Vec<Problem>) -> Result<()> {
        for Problem { path, .. } in extra {
            let file = root.join(&path);
            let is_file = fs::symlink_metadata(&file).is_ok_and(|there| !there.is_dir());
            if is_file && could_be_ours(&path) {
                fs::remove_file(&file).map_err(Error::io(&file, "cannot remove"))?;
                // A folder that held nothing else was ours too.
                let _ = file.parent().map(fs::remove_dir);
                self.removed.push(path);
            } else {
                self.left.push(path);
            }
        }
        Ok(())
    }
}

/// The shards that are as they are listed, and the places of the others; none stays where the plan is not proven.
fn sorted(
    root: &Path,
    remains: &Remains,
    again: &Again,
    (all, trust): (&Planned, Trust),
) -> (Vec<Kept>, Vec<(String, u64, u64)>) {
    let draft = &again.prepared.draft;
    let (mut planned, mut made) = (Vec::new(), Vec::new());
    for slot in &all.slots {
        let listed = |(name, path): (String, String)| Some((name, remains.listed.get(&path).filter(|_| again.proven)?.clone()));
        let arrays: Option<BTreeMap<String, Listed>> = shard_paths(slot, draft.arrays.keys()).into_iter().map(listed).collect();
        let side = slot.side.word().to_string();
        let &Slot { epoch, index, rows, .. } = slot;
        match arrays {
            Some(arrays) => planned.push((side, ShardFiles { epoch, index, rows, arrays })),
            None => made.push((side, epoch, index)),
        }
    }
    let Sorted { trusted, others } = Sorted::new(root, planned, trust);
    made.extend(others.into_iter().map(|(side, shard)| (side, shard.epoch, shard.index)));
    made.sort();
    (trusted, made)
}

impl Told for Repaired {
    fn text(&self) -> String {
        let shards = |count: u64| counted(count, "shard", "shards");
        if self.made.is_empty() && self.files.is_empty() && self.removed.is_empty() {
            return format!("nothing to repair: {} as they were made\n", shards(self.kept));
        }
        let mut text = format!("repaired: {} made again, {} kept\n", shards(self.made.len() as u64), self.kept);
        for (side, epoch, index) in &self.made {
            text.push_str(&format!("  again     {side} epoch {epoch} shard {index}\n"));
        }
        for (what, files) in [("written", &self.files), ("removed", &self.removed)] {
            files.iter().for_each(|file| text.push_str(&format!("  {what}   {}\n", shown(file))));
        }
        text
    }

    fn json(&self) -> Value {
        let made: Vec<Value> =
            self.made.iter().map(|(side, epoch, index)| json!({"split": side, "epoch": epoch, "index": index})).collect();
        let whole = self.made.is_empty() && self.files.is_empty() && self.removed.is_empty();
        json!({
            "status": if whole { "whole" } else { "repaired" }, "plan_hash": self.plan_hash, "made_again": made, "kept": self.kept,
            "written": self.files, "removed": self.removed, "left": self.left,
        })
    }

    fn warnings(&self) -> Vec<String> {
        let said = |path: &String| format!("{}: is no file of the dataset, and was left (move it away)", shown(path));
        let lost = format!(
            "the plan's hash was lost with {FILE}: every shard was made again by spec.json and samples.jsonl, in shards as large as \
             names and headers say, or by default"
        );
        self.left.iter().map(said).chain(self.unproven.then_some(lost)).collect()
    }

    /// What was left, `verify` finds.
    fn exit_code(&self) -> u8 {
        if self.left.is_empty() { 0 } else { Error::Verification(Vec::new()).exit_code() }
    }
}

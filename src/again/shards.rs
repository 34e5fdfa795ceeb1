//! Some shards of a dataset, made again and compared.

use super::Again;
use crate::engine::Spent;
use crate::error::{Error, Result, shown};
use crate::manifest::{Axis, FILE, Manifest};
use crate::npy::HEADER_BYTES;
use crate::output::{Opening, Other, Outcome, Output, Planned, shard_paths};
use crate::plan::{Part, Plan, Slot};
use crate::prepare::Running;
use crate::rng::Key;
use crate::spec::fields::Choice;
use crate::verify::Problem;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

/// Shards that are made before they are compared and thrown away.
const TOGETHER: usize = 16;

/// Makes `count` shards of the dataset in `root` again, or all if there are fewer, in the system's folder for temporary files.
/// Says how many, and what is not as they are.
///
/// # Errors
/// As a build; or if the temporary folder cannot be used.
pub fn made_again(root: &Path, again: &Again, count: u64, running: Running<'_>) -> Result<(u64, Vec<Problem>)> {
    let draft = &again.prepared.draft;
    let drawn = drawn(&again.prepared.parts, &draft.plan_hash, count);
    let (scratch, all) = (Scratch::new()?, again.prepared.planned());
    let spent = Spent::default();
    let mut found = Vec::new();
    for part in &again.prepared.parts {
        let job = again.prepared.job(part, &again.what, running, &spent);
        for task in part.plan.tasks(1, 1) {
            let of_block = task.epochs.flat_map(|epoch| part.plan.slots(task.block, epoch));
            let wanted = |slot: &Slot| drawn.contains(&(slot.side.word(), slot.epoch, slot.index));
            let slots: Vec<Slot> = of_block.filter(wanted).collect();
            for slots in slots.chunks(TOGETHER) {
                let output = scratch.open(draft, running, &Planned { slots: slots.to_vec(), boxes: all.boxes.clone() })?;
                job.bake_shards(task.block, slots, &output, draft)?;
                for slot in slots {
                    found.extend(differing(root, output.root(), draft, slot)?);
                }
            }
        }
    }
    Ok((drawn.len() as u64, found))
}

/// The places of `count` shards, drawn by the plan's hash: sides in turn, and on each one of every epoch before another of any.
fn drawn(parts: &[Part], plan_hash: &str, count: u64) -> BTreeSet<(&'static str, u64, u64)> {
    let key = Key::NONE.word(b"verify").word(plan_hash.as_bytes());
    let mut sides: Vec<_> = parts.iter().map(|part| (part.plan.side.word(), places(&part.plan, key))).collect();
    let mut drawn = BTreeSet::new();
    loop {
        let before = drawn.len();
        for (side, places) in &mut sides {
            if drawn.len() as u64 == count {
                return drawn;
            }
            drawn.extend(places.next().map(|(epoch, index)| (*side, epoch, index)));
        }
        if drawn.len() == before {
            return drawn;
        }
    }
}

/// Every shard of a side, each epoch once before any comes again.
fn places(plan: &Plan, key: Key) -> impl Iterator<Item = (u64, u64)> + use<> {
    let (epochs, shards) = (plan.epochs, plan.shards_per_epoch);
    let key = key.word(plan.side.word().as_bytes());
    let mut order: Vec<u64> = (0..epochs).collect();
    key.rng().shuffle(&mut order);
    (0..shards).flat_map(move |round| {
        let place = move |epoch: u64| (epoch, (key.number(epoch).rng().below(shards) + round) % shards);
        order.clone().into_iter().map(place)
    })
}

/// What of a shard in `root` is not as in `made`; removes what was made.
fn differing(root: &Path, made: &Path, draft: &Manifest, slot: &Slot) -> Result<Vec<Problem>> {
    let mut found = Vec::new();
    for (name, path) in shard_paths(slot, draft.arrays.keys()) {
        let (there, again) = (root.join(&path), made.join(&path));
        if let Some(at) = first_difference(&there, &again)? {
            let array = &draft.arrays[&name];
            let row = at.checked_sub(HEADER_BYTES).filter(|_| array.first_axis == Axis::Rows);
            let row = row.map_or(String::new(), |at| format!(", in row {}", at / array.row_bytes().max(1)));
            let problem = format!("is not what its pictures give, from byte {at} on{row}; {FILE} lists it as it is");
            found.push(Problem { path, problem });
        }
        fs::remove_file(&again).map_err(Error::io(&again, "cannot remove"))?;
    }
    Ok(found)
}

/// Where two files differ first; the length of the shorter one if it is the beginning of the other.
fn first_difference(there: &Path, again: &Path) -> Result<Option<u64>> {
    let open = |path: &Path| {
        File::open(path).map(|file| BufReader::with_capacity(1 << 20, file)).map_err(Error::io(path, "cannot read"))
    };
    let (mut one, mut other, mut at) = (open(there)?, open(again)?, 0u64);
    let mut bytes = [vec![0; 1 << 16], vec![0; 1 << 16]];
    loop {
        let [a, b] = &mut bytes;
        let (a, b) = (fill(&mut one, a, there)?, fill(&mut other, b, again)?);
        if let Some(place) = a.iter().zip(b).position(|(a, b)| a != b) {
            return Ok(Some(at + place as u64));
        }
        if a.len() != b.len() {
            return Ok(Some(at + a.len().min(b.len()) as u64));
        }
        if a.is_empty() {
            return Ok(None);
        }
        at += a.len() as u64;
    }
}

/// As much as there is, up to the buffer's length.
fn fill<'a>(from: &mut impl Read, buffer: &'a mut [u8], path: &Path) -> Result<&'a [u8]> {
    let mut filled = 0;
    while filled < buffer.len() {
        match from.read(&mut buffer[filled..]).map_err(Error::io(path, "cannot read"))? {
            0 => break,
            count => filled += count,
        }
    }
    Ok(&buffer[..filled])
}

/// A folder for temporary files, gone in the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Result<Self> {
        let temporary = std::env::temp_dir();
        let free = (0u32..).map(|number| temporary.join(format!("prebake-verify-{}-{number}", std::process::id())));
        for folder in free {
            match fs::create_dir(&folder) {
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                made => {
                    return made
                        .map(|()| Self(folder.clone()))
                        .map_err(Error::io(&folder, "cannot create (TMPDIR names another place)"));
                }
            }
        }
        unreachable!("invariant: numbers do not end")
    }

    fn open(&self, draft: &Manifest, running: Running<'_>, planned: &Planned) -> Result<Output> {
        let opening = Opening { worker: None, other: Other::Stays, planned, trust: running.trust };
        match Output::open(&self.0, draft, &[], opening)? {
            Outcome::Open(output) => Ok(output),
            Outcome::Complete(_) => {
                Err(Error::NotADataset(format!("{}: another run writes there (run it again)", shown(&self.0))))
            }
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left of it is the system's to remove.
        let _ = fs::remove_dir_all(&self.0);
    }
}

//! Zarr, version 3: a group for each split, an array for each of the dataset's, of all epochs.
//!
//! A file holds the rows of a shard, in inner chunks of a batch, so that a batch is one read (codec `sharding_indexed`). Nothing is
//! compressed. Sources: <https://zarr-specs.readthedocs.io/en/latest/v3/core/index.html> and `.../v3/codecs/sharding-indexed/index.html`.

use super::picture::type_name;
use super::rows::whole_numbers;
use super::shard::Shard;
use super::work::Work;
use crate::engine::{each, go_on};
use crate::error::{Error, Result};
use crate::manifest::{Array, Axis, SAMPLES};
use crate::npy::HEADER_BYTES;
use serde_json::{Value, json};

/// Boxes of a chunk, where those of all rows stand end to end.
const BOXES: u64 = 1 << 16;
/// What is copied at once.
const PIECE: u64 = 1 << 20;
/// Says in the index of a file that an inner chunk is not there.
const ABSENT: [u8; 16] = [0xff; 16];

/// An array of a split, or one epoch of it.
struct Task<'w, 'a> {
    name: &'a str,
    array: &'a Array,
    /// The shards, of one epoch or of all where it has no axis for epochs.
    shards: &'w [Shard<'a>],
    /// The place of the epoch among those that are exported.
    epoch: usize,
    grid: Grid,
}

/// How rows are cut.
#[derive(Clone, Copy, Debug)]
struct Grid {
    /// Rows of an epoch, or more by one for offsets.
    rows: u64,
    /// Rows of a file.
    file: u64,
    /// Rows of an inner chunk.
    chunk: u64,
}

/// Writes all arrays.
pub(super) fn write(work: &Work<'_>) -> Result<()> {
    work.dest.put("zarr.json", &group(json!({"plan_hash": work.manifest.plan_hash})))?;
    work.dest.put(SAMPLES, &samples(work)?)?;
    let mut tasks = Vec::new();
    for split in work.shards.chunk_by(|a, b| a.side == b.side) {
        let epochs: Vec<&[Shard<'_>]> = split.chunk_by(|a, b| a.epoch == b.epoch).collect();
        let numbers: Vec<u64> = epochs.iter().map(|shards| shards[0].epoch).collect();
        let attributes = json!({"epochs": numbers, "class_names": work.manifest.class_names});
        work.dest.put(&format!("{}/zarr.json", split[0].side), &group(attributes))?;
        for (name, array) in &work.manifest.arrays {
            let grid = Grid::of(work, split[0].side, array);
            let metadata = metadata(array, &shape(split, array, epochs.len(), grid), grid);
            work.dest.put(&format!("{}/{name}/zarr.json", split[0].side), &metadata)?;
            if array.first_axis == Axis::Boxes {
                tasks.push(Task { name, array, shards: split, epoch: 0, grid });
            } else {
                tasks.extend(epochs.iter().enumerate().map(|(epoch, shards)| Task { name, array, shards, epoch, grid }));
            }
        }
    }
    each(&tasks, || (), |(), task| task.write(work))
}

/// `samples.jsonl` as it is, which `sources` refers to.
fn samples(work: &Work<'_>) -> Result<Vec<u8>> {
    let file = work.root.join(SAMPLES);
    std::fs::read(&file).map_err(Error::io(&file, "cannot read"))
}

impl Grid {
    fn of(work: &Work<'_>, side: &str, array: &Array) -> Self {
        let split = &work.manifest.splits[side];
        match array.first_axis {
            Axis::Boxes => Self { rows: 0, file: BOXES, chunk: BOXES },
            Axis::Offsets => {
                Self { rows: split.rows_per_epoch + 1, file: split.rows_per_epoch + 1, chunk: split.rows_per_epoch + 1 }
            }
            Axis::Rows => {
                let chunk = work.manifest.batch_size;
                let file = split.rows_per_shard.min(split.rows_per_epoch).next_multiple_of(chunk);
                Self { rows: split.rows_per_epoch, file, chunk }
            }
        }
    }
}

/// The shape of an array of a split.
fn shape(split: &[Shard<'_>], array: &Array, epochs: usize, grid: Grid) -> Vec<u64> {
    let lead = if array.first_axis == Axis::Boxes {
        let values = |shard: &Shard<'_>, name: &str| shard.files[name].bytes.saturating_sub(HEADER_BYTES);
        // Any array of boxes has as many.
        vec![split.iter().map(|shard| values(shard, "box_labels") / 8).sum()]
    } else {
        vec![epochs as u64, grid.rows]
    };
    [lead, array.shape.clone()].concat()
}

fn group(attributes: Value) -> Vec<u8> {
    format!("{:#}\n", json!({"zarr_format": 3, "node_type": "group", "attributes": attributes})).into_bytes()
}

/// The metadata of an array.
fn metadata(array: &Array, shape: &[u64], grid: Grid) -> Vec<u8> {
    let lead = |rows: u64| if array.first_axis == Axis::Boxes { vec![rows] } else { vec![1, rows] };
    let chunk = |rows: u64| [lead(rows), array.shape.clone()].concat();
    let bytes = json!([{"name": "bytes", "configuration": {"endian": "little"}}]);
    let codecs = if array.first_axis == Axis::Rows {
        let index = json!([bytes[0], {"name": "crc32c"}]);
        json!([{"name": "sharding_indexed", "configuration": {
            "chunk_shape": chunk(grid.chunk), "codecs": bytes, "index_codecs": index, "index_location": "end",
        }}])
    } else {
        bytes
    };
    let metadata = json!({
        "zarr_format": 3,
        "node_type": "array",
        "shape": shape,
        "data_type": type_name(&array.dtype),
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": chunk(grid.file)}},
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
        "fill_value": 0,
        "codecs": codecs,
        "attributes": {},
    });
    format!("{metadata:#}\n").into_bytes()
}

impl Task<'_, '_> {
    fn write(&self, work: &Work<'_>) -> Result<()> {
        match self.array.first_axis {
            Axis::Rows => self.write_rows(work),
            Axis::Offsets => self.write_offsets(work),
            Axis::Boxes => self.write_boxes(work),
        }
    }

    /// The key of the file with these places on the grid; only the leading axes are cut.
    fn key(&self, lead: &[u64]) -> String {
        let inner = self.array.shape.iter().map(|_| 0);
        let places: Vec<String> = lead.iter().copied().chain(inner).map(|place| place.to_string()).collect();
        format!("{}/{}/c/{}", self.shards[0].side, self.name, places.join("/"))
    }

    /// Copies the values of one array after the other to `take`, in pieces of whole rows.
    fn values(&self, work: &Work<'_>, take: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let row = self.array.row_bytes();
        let piece = (PIECE / row).max(1);
        let mut bytes = Vec::new();
        for shard in self.shards {
            let length = self.array.length(shard.rows, shard.files[self.name].bytes - HEADER_BYTES);
            let mut open = work.open(shard, self.name)?;
            for at in (0..length).step_by(usize::try_from(piece).unwrap_or(usize::MAX)) {
                go_on(work.stop)?;
                open.next(piece.min(length - at) * row, &mut bytes)?;
                take(&bytes)?;
            }
            if self.name == "images" {
                work.progress.rows(shard.rows);
            }
        }
        Ok(())
    }

    /// The rows of an epoch, cut into files, each with the index of its inner chunks.
    fn write_rows(&self, work: &Work<'_>) -> Result<()> {
        let (row, epoch) = (self.array.row_bytes(), self.epoch as u64);
        let file_bytes = self.grid.file * row;
        let (mut file, mut index, mut filled) = (None, 0, 0);
        self.values(work, &mut |values| {
            let mut values = values;
            while !values.is_empty() {
                let room = usize::try_from(file_bytes - filled).unwrap_or(usize::MAX).min(values.len());
                let (now, later) = values.split_at(room);
                let open = match &mut file {
                    Some(open) => open,
                    none => none.insert(work.dest.begin(&self.key(&[epoch, index]))?),
                };
                open.put(now)?;
                (values, filled) = (later, filled + room as u64);
                if filled == file_bytes
                    && let Some(mut full) = file.take()
                {
                    full.put(&self.grid.index(filled, row))?;
                    full.finish()?;
                    (index, filled) = (index + 1, 0);
                }
            }
            Ok(())
        })?;
        let Some(mut last) = file else { return Ok(()) };
        let whole = filled.next_multiple_of(self.grid.chunk * row);
        last.put(&vec![0; usize::try_from(whole - filled).unwrap_or(usize::MAX)])?;
        last.put(&self.grid.index(whole, row))?;
        last.finish()
    }

    /// The offsets of an epoch, into the boxes of all epochs.
    fn write_offsets(&self, work: &Work<'_>) -> Result<()> {
        let boxes = |shard: &Shard<'_>| (shard.files["box_labels"].bytes - HEADER_BYTES) / 8;
        let same_side = work.shards.iter().filter(|shard| shard.side == self.shards[0].side);
        let mut before: u64 = same_side.take_while(|shard| shard.epoch != self.shards[0].epoch).map(boxes).sum();
        let mut offsets = Vec::new();
        for shard in self.shards {
            let mut bytes = Vec::new();
            work.open(shard, self.name)?.next((shard.rows + 1) * 8, &mut bytes)?;
            // The last one is the first of the next shard.
            let starts = whole_numbers(&bytes).into_iter().take(shard.rows as usize);
            offsets.extend(starts.map(|start| before.cast_signed() + start));
            before += boxes(shard);
        }
        offsets.push(before.cast_signed());
        let bytes: Vec<u8> = offsets.into_iter().flat_map(i64::to_le_bytes).collect();
        work.dest.put(&self.key(&[self.epoch as u64, 0]), &bytes)
    }

    /// The boxes of all epochs, cut into chunks.
    fn write_boxes(&self, work: &Work<'_>) -> Result<()> {
        let chunk = usize::try_from(self.grid.file * self.array.row_bytes()).unwrap_or(usize::MAX);
        let (mut held, mut index) = (Vec::new(), 0);
        self.values(work, &mut |values| {
            held.extend_from_slice(values);
            while held.len() >= chunk {
                work.dest.put(&self.key(&[index]), &held[..chunk])?;
                held.drain(..chunk);
                index += 1;
            }
            Ok(())
        })?;
        if held.is_empty() {
            return Ok(());
        }
        held.resize(chunk, 0);
        work.dest.put(&self.key(&[index]), &held)
    }
}

impl Grid {
    /// What stands behind the inner chunks of a file: where each begins and how long it is, and the checksum of that.
    fn index(self, filled: u64, row_bytes: u64) -> Vec<u8> {
        let length = self.chunk * row_bytes;
        let entry = |at: u64| {
            let (begin, mut entry) = (at * length, ABSENT);
            if begin < filled {
                entry[..8].copy_from_slice(&begin.to_le_bytes());
                entry[8..].copy_from_slice(&length.to_le_bytes());
            }
            entry
        };
        let mut index: Vec<u8> = (0..self.file / self.chunk).flat_map(entry).collect();
        index.extend(crc32c::crc32c(&index).to_le_bytes());
        index
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_names_the_chunks_that_are_there() {
        let index = Grid { rows: 5, file: 6, chunk: 2 }.index(16, 4);
        let numbers: Vec<u64> = index[..48].as_chunks().0.iter().map(|bytes| u64::from_le_bytes(*bytes)).collect();
        assert_eq!(numbers, [0, 8, 8, 8, u64::MAX, u64::MAX]);
        assert_eq!(index[48..], crc32c::crc32c(&index[..48]).to_le_bytes());
    }
}

//! Rows of a dataset, read back shard by shard, each file checked before a row of it goes out.

use super::record::{Field, Numbers, Record};
use super::shard::Shard;
use super::work::Work;
use crate::engine::go_on;
use crate::error::{Error, Result, shown};
use crate::manifest::{Array, Axis, Listed};
use crate::npy::HEADER_BYTES;
use crate::output::holds;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::PathBuf;

/// What is read at once of each array.
const BUFFER: usize = 1 << 18;

/// An array of a shard, open behind its header.
#[derive(Debug)]
pub(super) struct Open<'a> {
    /// Its name.
    pub(super) name: &'a str,
    /// Its layout.
    pub(super) array: &'a Array,
    file: BufReader<File>,
    path: PathBuf,
}

impl Open<'_> {
    /// The next so many bytes, in place of what `into` held.
    pub(super) fn next(&mut self, bytes: u64, into: &mut Vec<u8>) -> Result<()> {
        into.resize(usize::try_from(bytes).unwrap_or(usize::MAX), 0);
        self.file.read_exact(into).map_err(Error::io(&self.path, "cannot read"))
    }
}

impl<'a> Work<'a> {
    /// Opens an array of a shard whose file is as it was made.
    ///
    /// # Errors
    /// If it is not, with its name.
    pub(super) fn open(&self, shard: &Shard<'a>, name: &'a str) -> Result<Open<'a>> {
        let listed: &Listed = &shard.files[name];
        if !holds(self.root, listed) {
            return Err(damaged(&listed.path));
        }
        let path = self.root.join(&listed.path);
        let mut file = BufReader::with_capacity(BUFFER, File::open(&path).map_err(Error::io(&path, "cannot read"))?);
        file.seek(SeekFrom::Start(HEADER_BYTES)).map_err(Error::io(&path, "cannot read"))?;
        Ok(Open { name, array: &self.manifest.arrays[name], file, path })
    }

    /// Shows every row of a shard to `see`, in their order.
    ///
    /// # Errors
    /// If a file is not as it was made, or `see` says so.
    pub(super) fn each_row(&self, shard: &Shard<'a>, see: &mut dyn FnMut(Record<'_>) -> Result<()>) -> Result<()> {
        self.each_row_of(shard, &|_| true, see)
    }

    /// As [`Self::each_row`], of the arrays that are `wanted`.
    pub(super) fn each_row_of(
        &self,
        shard: &Shard<'a>,
        wanted: &dyn Fn(&str) -> bool,
        see: &mut dyn FnMut(Record<'_>) -> Result<()>,
    ) -> Result<()> {
        let names = self.manifest.arrays.iter().filter(|(name, array)| array.first_axis != Axis::Offsets && wanted(name));
        let mut arrays: Vec<Open<'_>> = names.map(|(name, _)| self.open(shard, name)).collect::<Result<_>>()?;
        let counts = self.counts(shard)?;
        let mut values: Vec<Vec<u8>> = vec![Vec::new(); arrays.len()];
        for at in 0..shard.rows {
            go_on(self.stop)?;
            for (open, values) in arrays.iter_mut().zip(&mut values) {
                let boxes = counts.get(at as usize).copied().unwrap_or(0);
                let length = if open.array.first_axis == Axis::Boxes { boxes } else { 1 };
                open.next(length * open.array.row_bytes(), values)?;
            }
            see(self.record(shard, at, &arrays, &values)?)?;
        }
        Ok(())
    }

    /// How many boxes each row has, where they stand end to end.
    fn counts(&self, shard: &Shard<'a>) -> Result<Vec<u64>> {
        let Some((name, _)) = self.manifest.arrays.iter().find(|(_, array)| array.first_axis == Axis::Offsets) else {
            return Ok(Vec::new());
        };
        let mut bytes = Vec::new();
        self.open(shard, name)?.next((shard.rows + 1) * 8, &mut bytes)?;
        let offsets = whole_numbers(&bytes);
        let counts =
            offsets.windows(2).map(|pair| u64::try_from(pair[1] - pair[0]).map_err(|_| damaged(&shard.files[name].path)));
        counts.collect()
    }

    fn record<'r>(&self, shard: &Shard<'r>, at: u64, arrays: &[Open<'r>], values: &'r [Vec<u8>]) -> Result<Record<'r>>
    where
        'a: 'r,
    {
        let all = || arrays.iter().zip(values).map(|(open, values)| (open.name, open.array, values.as_slice()));
        let of = |wanted: &str| all().find(|(name, ..)| *name == wanted).map(|(_, _, values)| values);
        let first = |wanted: &str| of(wanted).and_then(|bytes| whole_numbers(bytes).first().copied());
        let source = first("sources").and_then(|source| self.samples.get(&source));
        let boxes = first("box_counts").map(|count| usize::try_from(count).unwrap_or(0));
        let known = |name: &str| ["images", "masks", "sources", "box_counts"].contains(&name);
        Ok(Record {
            epoch: shard.epoch,
            row: shard.first + at,
            source: source.ok_or_else(|| damaged(&shard.files["sources"].path))?.clone(),
            image: of("images").unwrap_or_default(),
            mask: of("masks"),
            fields: all()
                .filter(|(name, ..)| !known(name))
                .map(|(name, array, values)| field(name, array, values, boxes))
                .collect(),
        })
    }
}

/// A field of a row, without the empty places behind its boxes.
fn field(name: &str, array: &Array, values: &[u8], boxes: Option<usize>) -> Field {
    let mut shape: Vec<usize> = array.shape.iter().map(|side| usize::try_from(*side).unwrap_or(usize::MAX)).collect();
    let mut values = values;
    if array.first_axis == Axis::Boxes {
        shape.insert(0, (values.len() as u64 / array.row_bytes()) as usize);
    } else if let (Some(boxes), "boxes" | "box_labels" | "key_points") = (boxes, name) {
        let most = shape[0].max(1);
        values = &values[..values.len() / most * boxes.min(most)];
        shape[0] = boxes.min(most);
    }
    Field { name: field_name(name), numbers: Numbers::of(&array.dtype, values), shape }
}

/// What an array of the dataset is called in a row: `label` of `labels`, `label_color` of `labels-color`.
pub(super) fn field_name(array: &str) -> String {
    match array.strip_prefix("labels") {
        Some("") => "label".into(),
        Some(head) => format!("label_{}", head.trim_start_matches('-')),
        None => array.into(),
    }
}

/// Little-endian int64 values.
pub(super) fn whole_numbers(bytes: &[u8]) -> Vec<i64> {
    bytes.as_chunks().0.iter().map(|bytes| i64::from_le_bytes(*bytes)).collect()
}

/// The error for a file that is not as it was made.
pub(super) fn damaged(path: &str) -> Error {
    let problem = "the content is not what dataset.json lists (`prebake repair` makes it again)";
    Error::Verification(vec![format!("{}: {problem}", shown(path))])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn array(dtype: &str, shape: &[u64], first_axis: Axis) -> Array {
        Array { dtype: dtype.into(), shape: shape.to_vec(), layout: None, color: None, first_axis }
    }

    #[test]
    fn empty_places_behind_boxes_are_left_out() {
        let values: Vec<u8> = [1i64, 2, -1].iter().flat_map(|value| value.to_le_bytes()).collect();
        let padded = field("box_labels", &array("<i8", &[3], Axis::Rows), &values, Some(2));
        assert_eq!((padded.numbers, padded.shape), (Numbers::Whole(vec![1, 2]), vec![2]));
        let ragged = field("box_labels", &array("<i8", &[], Axis::Boxes), &values[..8], None);
        assert_eq!((ragged.numbers, ragged.shape), (Numbers::Whole(vec![1]), vec![1]));
    }

    #[test]
    fn fields_are_named_after_their_heads() {
        let names = ["labels", "labels-color", "sample_weight"].map(field_name);
        assert_eq!(names, ["label", "label_color", "sample_weight"]);
    }
}

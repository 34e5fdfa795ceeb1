//! Records of `tf.train.Example`, as `tf.data.TFRecordDataset` and `tf.io.parse_single_example` read them.
//!
//! Source of the record: TensorFlow's `tensorflow/core/lib/io/record_writer.h`; of the message: `tensorflow/core/example/{example,feature}.proto`; of
//! its bytes: <https://protobuf.dev/programming-guides/encoding/>.

use super::picture::Coding;
use super::record::{Numbers, Record};
use super::work::Work;
use crate::error::Result;
use std::collections::BTreeMap;

/// A feature: a list of one kind.
enum Feature {
    Bytes(Vec<u8>),
    Floats(Vec<f32>),
    Integers(Vec<i64>),
}

/// Writes a file of records for each shard.
pub(super) fn write(work: &Work<'_>) -> Result<()> {
    work.each_file("tfrecord", |shard, mut file| {
        work.each_row(shard, &mut |row| {
            file.put(&record(&example(&features(work, row))))?;
            work.progress.rows(1);
            Ok(())
        })?;
        file.finish()
    })
}

/// The features of a row, by their names.
fn features(work: &Work<'_>, row: Record<'_>) -> BTreeMap<String, Feature> {
    let picture = &work.picture;
    let number = |number: u64| Feature::Integers(vec![i64::try_from(number).unwrap_or(i64::MAX)]);
    let text = |text: &str| Feature::Bytes(text.as_bytes().to_vec());
    let mut features = BTreeMap::from([
        ("epoch".into(), number(row.epoch)),
        ("row".into(), number(row.row)),
        ("source".into(), text(&row.source)),
        ("image/height".into(), number(picture.size.height.into())),
        ("image/width".into(), number(picture.size.width.into())),
        ("image/channels".into(), number(picture.channels as u64)),
    ]);
    if picture.coding == Coding::Npy {
        features.insert("image/raw".into(), Feature::Bytes(row.image.to_vec()));
        features.insert("image/dtype".into(), text(super::picture::type_name(&picture.array.dtype)));
        features.insert("image/layout".into(), text(picture.array.layout.as_deref().unwrap_or("NHWC")));
    } else {
        features.insert("image/encoded".into(), Feature::Bytes(picture.file(row.image)));
        features.insert("image/format".into(), text(if picture.coding == Coding::Png { "png" } else { "jpeg" }));
    }
    features.extend(row.mask.map(|mask| ("mask/encoded".to_string(), Feature::Bytes(picture.mask_file(mask)))));
    features.extend(row.fields.into_iter().map(|field| match field.numbers {
        Numbers::Whole(values) => (field.name, Feature::Integers(values)),
        Numbers::Real(values) => (field.name, Feature::Floats(values)),
    }));
    features
}

/// `Example { features = 1: Features { feature = 1: map<string, Feature> } }`.
fn example(features: &BTreeMap<String, Feature>) -> Vec<u8> {
    let mut map = Vec::new();
    for (name, feature) in features {
        let mut entry = Vec::new();
        put(&mut entry, 1, name.as_bytes());
        put(&mut entry, 2, &feature.message());
        put(&mut map, 1, &entry);
    }
    let mut example = Vec::new();
    put(&mut example, 1, &map);
    example
}

impl Feature {
    /// `Feature { oneof { bytes_list = 1; float_list = 2; int64_list = 3 } }`, each a list `value = 1`; numbers are packed.
    fn message(&self) -> Vec<u8> {
        let (kind, values) = match self {
            Self::Bytes(bytes) => (1, bytes.clone()),
            Self::Floats(values) => (2, values.iter().flat_map(|value| value.to_le_bytes()).collect()),
            Self::Integers(values) => {
                let mut packed = Vec::new();
                values.iter().for_each(|value| varint(&mut packed, value.cast_unsigned()));
                (3, packed)
            }
        };
        let (mut list, mut message) = (Vec::new(), Vec::new());
        // A list without a number has no field at all; one of bytes has one element here, which may be empty.
        if kind == 1 || !values.is_empty() {
            put(&mut list, 1, &values);
        }
        put(&mut message, kind, &list);
        message
    }
}

/// Appends a field of bytes: its number and wire type 2, its length, the bytes.
fn put(message: &mut Vec<u8>, field: u8, bytes: &[u8]) {
    message.push(field << 3 | 2);
    varint(message, bytes.len() as u64);
    message.extend(bytes);
}

/// Appends a number, seven bits a byte, the lowest first.
fn varint(message: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        message.push(number as u8 | 0x80);
        number >>= 7;
    }
    message.push(number as u8);
}

/// A record: length, its checksum, the data, its checksum.
fn record(data: &[u8]) -> Vec<u8> {
    let length = (data.len() as u64).to_le_bytes();
    [&length, masked(&length).as_slice(), data, &masked(data)].concat()
}

/// The checksum as it stands beside data that may hold checksums itself.
fn masked(data: &[u8]) -> [u8; 4] {
    crc32c::crc32c(data).rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What TensorFlow 2.21 gives for `tf.train.Example(...).SerializeToString()`.
    #[test]
    fn an_example_has_the_bytes_of_protobuf() {
        let features = BTreeMap::from([
            ("a".into(), Feature::Integers(vec![1, 300, -1])),
            ("b".into(), Feature::Bytes(b"xy".to_vec())),
            ("c".into(), Feature::Floats(vec![1.0])),
            ("d".into(), Feature::Floats(Vec::new())),
            ("e".into(), Feature::Bytes(Vec::new())),
        ]);
        let a = b"\x0a\x16\x0a\x01a\x12\x11\x1a\x0f\x0a\x0d\x01\xac\x02\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01".as_slice();
        let b = b"\x0a\x0b\x0a\x01b\x12\x06\x0a\x04\x0a\x02xy";
        let c = b"\x0a\x0d\x0a\x01c\x12\x08\x12\x06\x0a\x04\0\0\x80?";
        let d = b"\x0a\x07\x0a\x01d\x12\x02\x12\0";
        let e = b"\x0a\x09\x0a\x01e\x12\x04\x0a\x02\x0a\0";
        assert_eq!(example(&features), [b"\x0a\x48".as_slice(), a, b, c, d, e].concat());
    }

    /// What `tf.io.TFRecordWriter` writes for `b"abc"`.
    #[test]
    fn a_record_has_the_bytes_of_tensorflow() {
        assert_eq!(record(b"abc"), b"\x03\0\0\0\0\0\0\0\xb0\x99I\x0eabcnW\xf1!");
    }
}

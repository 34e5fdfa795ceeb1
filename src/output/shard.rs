//! The files of a shard.

use super::Output;
use crate::error::Result;
use crate::manifest::{Array, Listed, Manifest, ShardFiles};
use crate::npy;
use crate::plan::Shard;
use std::collections::BTreeMap;
use xxhash_rust::xxh3::xxh3_128;

/// The content of a shard's files: each with room for the header in front.
#[derive(Clone, Debug, Default)]
pub struct Arrays {
    /// Rows of the images array.
    pub images: Vec<u8>,
    /// A class number a row.
    pub labels: Vec<i64>,
    /// A line number of `samples.jsonl` a row.
    pub sources: Vec<i64>,
}

/// Writes a shard's files and its receipt.
///
/// `arrays.images` begins with [`npy::HEADER_BYTES`] bytes for the header.
///
/// # Errors
/// If the system refuses.
pub fn write_shard(output: &Output, manifest: &Manifest, shard: &Shard, arrays: &mut Arrays) -> Result<ShardFiles> {
    let rows = shard.items.len() as u64;
    let total = manifest.splits["train"].shards_per_epoch;
    let mut written = BTreeMap::new();
    let mut put = |name: &str, bytes: &[u8]| {
        let path = format!("train/epoch-{:03}/{name}-{:05}-of-{total:05}.npy", shard.epoch, shard.index);
        output.write(&path, bytes)?;
        written
            .insert(name.to_string(), Listed { path, bytes: bytes.len() as u64, xxh3_128: format!("{:032x}", xxh3_128(bytes)) });
        Ok(())
    };
    let head = npy::HEADER_BYTES as usize;
    arrays.images[..head].copy_from_slice(&header(&manifest.arrays["images"], rows));
    put("images", &arrays.images)?;
    for (name, numbers) in [("labels", &arrays.labels), ("sources", &arrays.sources)] {
        let mut bytes = header(&manifest.arrays[name], rows);
        bytes.extend(numbers.iter().flat_map(|n| n.to_le_bytes()));
        put(name, &bytes)?;
    }
    let files = ShardFiles { epoch: shard.epoch, index: shard.index, rows, arrays: written };
    output.put_receipt(&manifest.plan_hash, &files)?;
    Ok(files)
}

/// The header of `rows` rows of `array`.
pub fn header(array: &Array, rows: u64) -> Vec<u8> {
    let shape: Vec<u64> = std::iter::once(rows).chain(array.shape.iter().copied()).collect();
    npy::header(&array.dtype, &shape)
}

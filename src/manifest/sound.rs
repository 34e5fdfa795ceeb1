//! Whether a manifest can be calculated with: whoever reads one relies on what is checked here.

use super::Manifest;
use crate::image::MOST_PIXELS;
use crate::npy;
use crate::spec::Color;
use serde_json::json;

/// The most axes of a row: height, width, channels.
const MOST_AXES: usize = 3;

impl Manifest {
    /// Checks what the form of the JSON does not say.
    ///
    /// # Errors
    /// With the first thing that no manifest of ours says.
    pub(super) fn check(&self) -> Result<(), String> {
        self.check_arrays()?;
        self.check_counts().ok_or("its counts are too large")?;
        self.check_statistics()?;
        if !self.spec.get("output").is_some_and(|output| output.is_object())
            || self.spec.get("batch_size") != Some(&json!(self.batch_size))
        {
            return Err("its spec is another's".into());
        }
        if let Some(listed) = self.listed().find(|listed| !listed.stays_inside()) {
            return Err(format!("it lists {:?}, which is not inside the folder", listed.path));
        }
        Ok(())
    }

    fn check_arrays(&self) -> Result<(), String> {
        if !self.arrays.contains_key("images") {
            return Err("it has no images".into());
        }
        let most = MOST_PIXELS * Color::Rgb.channels();
        let fits = |shape: &[u64]| {
            let values = shape.iter().try_fold(1, |values: u64, side| values.checked_mul(*side));
            shape.len() <= MOST_AXES && values.is_some_and(|values| (1..=most).contains(&values))
        };
        if let Some((name, array)) = self.arrays.iter().find(|(_, array)| array.dtype.len() > npy::MOST_DESCR) {
            return Err(format!("no row of {name} has the type {:?}", array.dtype));
        }
        match self.arrays.iter().find(|(_, array)| !fits(&array.shape)) {
            Some((name, array)) => Err(format!("no row of {name} has the shape {:?}", array.shape)),
            None => Ok(()),
        }
    }

    /// `None` if a sum is out of range.
    fn check_counts(&self) -> Option<()> {
        let mut totals = [0u64; 2];
        for split in self.splits.values() {
            for (total, each) in totals.iter_mut().zip([split.rows_per_epoch, split.shards_per_epoch]) {
                *total = total.checked_add(split.epochs.checked_mul(each)?)?;
            }
        }
        self.listed().try_fold(0u64, |bytes, file| bytes.checked_add(file.bytes)).map(drop)
    }

    fn check_statistics(&self) -> Result<(), String> {
        let Some(of) = &self.statistics else { return Ok(()) };
        let channels = of.sums.len();
        let alike = [of.squares.len(), of.mean.len(), of.std.len()] == [channels; 3];
        if !alike || ![Color::Gray, Color::Rgb].iter().any(|color| color.channels() == channels as u64) {
            return Err("its statistics are of differing channels".into());
        }
        // No square of a mean is above the mean of the squares.
        let spreads = |(sum, squares): (&u64, &u64)| {
            let [n, sum, squares] = [of.pixels, *sum, *squares].map(u128::from);
            sum * sum <= n * squares
        };
        if !of.sums.iter().zip(&of.squares).all(spreads) {
            return Err("its statistics are of no levels".into());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn manifest() -> Value {
        let file = |bytes: u64| json!({"path": "a.npy", "bytes": bytes, "xxh3_128": ""});
        let shards = json!([{"epoch": 0, "index": 0, "rows": 1, "arrays": {"images": file(9)}}]);
        json!({
            "format": "prebake", "version": 1, "plan_hash": "", "created_by": "", "decoders": {}, "seed": 0, "batch_size": 4,
            "arrays": {"images": {"dtype": "<f4", "shape": [2, 3, 1]}, "labels": {"dtype": "<i8", "shape": []}},
            "class_names": [], "class_counts": [], "source": {"pictures": 1, "xxh3_128": ""},
            "statistics": {"pictures": 1, "pixels": 6, "sums": [30], "squares": [150], "mean": [5.0], "std": [0.0]},
            "spec": {"output": {}, "batch_size": 4}, "skipped": [], "files": [file(1)],
            "splits": {"train": {"epochs": 2, "rows_per_epoch": 1, "rows_per_shard": 4, "shards_per_epoch": 1, "shards": shards}},
        })
    }

    #[test]
    fn what_readers_rely_on_is_checked() {
        let said = |value: Value| serde_json::from_value::<Manifest>(value).unwrap().check();
        assert_eq!(said(manifest()), Ok(()));
        let beyond = u64::MAX / 2 + 1;
        for (place, value, problem) in [
            ("/arrays", json!({}), "no images"),
            ("/arrays/labels/shape", json!([1, 1, 1, 1]), "no row of labels"),
            ("/arrays/labels/dtype", json!("<i88888888"), "no row of labels has the type"),
            ("/arrays/images/shape", json!([0, 9]), "no row of images"),
            ("/arrays/images/shape", json!([beyond, beyond]), "no row of images"),
            ("/splits/train/epochs", json!(u64::MAX), "too large"),
            ("/splits/train/shards_per_epoch", json!(beyond), "too large"),
            ("/files/0/bytes", json!(u64::MAX), "too large"),
            ("/files/0/path", json!("../a"), "not inside"),
            ("/statistics/sums", json!([1, 2]), "differing channels"),
            ("/statistics/mean", json!([]), "differing channels"),
            // Six levels whose squares sum to 149 sum to 29 at most.
            ("/statistics/squares", json!([149]), "no levels"),
            ("/spec", json!({"batch_size": 4}), "another's"),
            ("/spec/batch_size", json!(5), "another's"),
        ] {
            let mut other = manifest();
            *other.pointer_mut(place).unwrap() = value;
            // A second split, so that sums are of more than one.
            other["splits"]["val"] = other["splits"]["train"].clone();
            let refused = said(other).unwrap_err();
            assert!(refused.contains(problem), "{place}: {refused}");
        }
    }
}

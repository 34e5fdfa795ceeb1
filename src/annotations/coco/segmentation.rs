//! Shapes of objects: polygons, and run lengths as numbers or as COCO's text.

use super::entries::numbers;
use crate::annotations::Outline;
use crate::image::{MOST_PIXELS, Size};
use serde_json::Value;

/// Reads a `segmentation`; an empty list, or null, is none.
///
/// # Errors
/// With what is wrong.
pub(super) fn outline(value: &Value) -> Result<Outline, String> {
    match value {
        Value::Null => Ok(Outline::None),
        Value::Array(polygons) if polygons.is_empty() => Ok(Outline::None),
        Value::Array(polygons) => polygons.iter().map(polygon).collect::<Result<_, _>>().map(Outline::Polygons),
        Value::Object(runs) => {
            let size = runs.get("size").and_then(size).ok_or("`size` is not [height, width] in pixels")?;
            let counts = match runs.get("counts") {
                Some(Value::String(text)) => unpacked(text.as_bytes()),
                Some(Value::Array(counts)) => counts.iter().map(|count| u32::try_from(count.as_u64()?).ok()).collect(),
                _ => None,
            };
            let counts = counts.ok_or("`counts` are no run lengths")?;
            let sum: u64 = counts.iter().copied().map(u64::from).sum();
            if sum != size.pixels() {
                return Err(format!("run lengths add up to {sum} pixels, and {size} has {}", size.pixels()));
            }
            Ok(Outline::Runs { size, counts })
        }
        _ => Err("is neither polygons nor run lengths".into()),
    }
}

fn polygon(value: &Value) -> Result<Vec<[f64; 2]>, String> {
    let numbers = numbers(value).ok_or("a polygon is no list of finite numbers")?;
    if numbers.len() < 6 || numbers.len() % 2 == 1 {
        return Err(format!("a polygon has {} numbers (expected x and y of three points or more)", numbers.len()));
    }
    Ok(numbers.chunks_exact(2).map(|point| [point[0], point[1]]).collect())
}

fn size(value: &Value) -> Option<Size> {
    match numbers(value)?[..] {
        [height, width] => {
            let side = |side: f64| (side >= 1.0 && side <= f64::from(u32::MAX) && side.fract() == 0.0).then_some(side as u32);
            Some(Size::new(side(width)?, side(height)?)).filter(|size| size.pixels() <= MOST_PIXELS)
        }
        _ => None,
    }
}

/// Run lengths from COCO's text: five bits a character from `0` on, the lowest first, 32 if more follow; from the
/// third run on, the difference to the run before the last (`rleFrString` of cocoapi's `maskApi.c`).
fn unpacked(text: &[u8]) -> Option<Vec<u32>> {
    let mut counts: Vec<u32> = Vec::new();
    let mut characters = text.iter();
    while let Some(first) = characters.next() {
        let (mut value, mut shift, mut character) = (0i64, 0u32, *first);
        loop {
            let bits = character.checked_sub(48).filter(|bits| *bits < 64)?;
            value |= i64::from(bits & 31) << shift;
            shift += 5;
            if bits & 32 == 0 {
                if bits & 16 != 0 {
                    value |= -1 << shift;
                }
                break;
            }
            // Seven characters are more than a run needs.
            character = *characters.next().filter(|_| shift < 35)?;
        }
        if counts.len() > 2 {
            value += i64::from(counts[counts.len() - 2]);
        }
        counts.push(u32::try_from(value).ok()?);
    }
    Some(counts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn polygons_are_points() {
        let two = json!([[0, 0, 4, 0, 4, 4.5], [1, 1, 2, 1, 2, 2, 1, 2]]);
        let first = vec![[0.0, 0.0], [4.0, 0.0], [4.0, 4.5]];
        let second = vec![[1.0, 1.0], [2.0, 1.0], [2.0, 2.0], [1.0, 2.0]];
        assert_eq!(outline(&two), Ok(Outline::Polygons(vec![first, second])));
        assert_eq!(outline(&json!([])), Ok(Outline::None));
        let problem = "a polygon has 5 numbers (expected x and y of three points or more)";
        assert_eq!(outline(&json!([[0, 0, 1, 1, 2]])).unwrap_err(), problem);
        assert_eq!(outline(&json!([[0, 0, 1, null, 2, 2]])).unwrap_err(), "a polygon is no list of finite numbers");
    }

    /// The text is what pycocotools 2 makes of these runs.
    #[test]
    fn runs_are_numbers_or_text() {
        let runs = vec![6, 1, 40, 4, 5, 4, 5, 4, 21];
        let expected = Outline::Runs { size: Size::new(10, 9), counts: runs.clone() };
        assert_eq!(outline(&json!({"size": [9, 10], "counts": runs})), Ok(expected.clone()));
        assert_eq!(outline(&json!({"size": [9, 10], "counts": "61X13mN000`0"})), Ok(expected));
    }

    #[test]
    fn runs_that_do_not_fit_are_told() {
        let cases = [
            (json!({"size": [2, 2], "counts": [1, 2]}), "run lengths add up to 3 pixels, and 2x2 has 4"),
            (json!({"size": [2], "counts": [4]}), "`size` is not [height, width] in pixels"),
            (json!({"size": [2, 2], "counts": "o"}), "`counts` are no run lengths"),
            (json!({"size": [2, 2], "counts": [-1, 5]}), "`counts` are no run lengths"),
            (json!("x"), "is neither polygons nor run lengths"),
        ];
        for (value, problem) in cases {
            assert_eq!(outline(&value).unwrap_err(), problem);
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in proptest::collection::vec(any::<u8>(), 0..40), sound in proptest::collection::vec(48u8..112, 0..40)) {
            let _ = unpacked(&text);
            let _ = unpacked(&sound);
        }
    }
}

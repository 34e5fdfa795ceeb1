//! A row as containers take it.

use serde_json::{Map, Value, json};

/// A row.
#[derive(Debug)]
pub(super) struct Record<'a> {
    /// The epoch.
    pub(super) epoch: u64,
    /// The row of the epoch, counted through its shards.
    pub(super) row: u64,
    /// The path of the picture below the folder that the dataset was made from.
    pub(super) source: String,
    /// The values of the picture.
    pub(super) image: &'a [u8],
    /// The values of the mask.
    pub(super) mask: Option<&'a [u8]>,
    /// Labels, boxes, weights.
    pub(super) fields: Vec<Field>,
}

/// Something that is known of a row.
#[derive(Debug)]
pub(super) struct Field {
    /// Its name.
    pub(super) name: String,
    /// Its values, in C order.
    pub(super) numbers: Numbers,
    /// Their shape; none for a single value.
    pub(super) shape: Vec<usize>,
}

/// Values of one type.
#[derive(Debug, PartialEq)]
pub(super) enum Numbers {
    /// int64.
    Whole(Vec<i64>),
    /// float32.
    Real(Vec<f32>),
}

impl Numbers {
    /// The values that `bytes` are, of the type with this `descr`: what is no int64 is float32, in every array of a dataset but pictures.
    pub(super) fn of(descr: &str, bytes: &[u8]) -> Self {
        match descr {
            "<i8" => Self::Whole(super::rows::whole_numbers(bytes)),
            _ => Self::Real(bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()),
        }
    }

    fn json(&self) -> Vec<Value> {
        match self {
            Self::Whole(values) => values.iter().map(|value| json!(value)).collect(),
            Self::Real(values) => values.iter().map(|value| json!(value)).collect(),
        }
    }
}

impl Field {
    /// The class's number, if the field is a label that is one.
    pub(super) fn class(&self) -> Option<i64> {
        match (&self.numbers, self.shape.as_slice()) {
            (Numbers::Whole(values), []) if self.name.starts_with("label") => values.first().copied(),
            _ => None,
        }
    }

    /// As JSON: a number, or lists of lists.
    pub(super) fn json(&self) -> Value {
        let mut values = self.numbers.json();
        let Some((_, inner)) = self.shape.split_first() else { return values.pop().unwrap_or(Value::Null) };
        for side in inner.iter().rev() {
            values = values.chunks((*side).max(1)).map(|values| json!(values)).collect();
        }
        json!(values)
    }
}

impl Record<'_> {
    /// The row's name: epoch and row.
    pub(super) fn key(&self) -> String {
        format!("{:03}-{:08}", self.epoch, self.row)
    }

    /// All but pictures, as a JSON object.
    pub(super) fn json(&self) -> Map<String, Value> {
        let front = [("epoch", json!(self.epoch)), ("row", json!(self.row)), ("source", json!(self.source))];
        let front = front.into_iter().map(|(name, value)| (name.to_string(), value));
        front.chain(self.fields.iter().map(|field| (field.name.clone(), field.json()))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_nested_by_their_shape() {
        let field = |numbers, shape: &[usize]| Field { name: "boxes".into(), numbers, shape: shape.to_vec() }.json();
        assert_eq!(field(Numbers::Whole(vec![7]), &[]), json!(7));
        assert_eq!(field(Numbers::Real(vec![0.5, 1.0, 2.0, 3.0]), &[2, 2]), json!([[0.5, 1.0], [2.0, 3.0]]));
        assert_eq!(field(Numbers::Real(vec![1.0, 2.0, 3.0, 4.0]), &[2, 1, 2]), json!([[[1.0, 2.0]], [[3.0, 4.0]]]));
        assert_eq!(field(Numbers::Real(Vec::new()), &[0, 4]), json!([]));
    }
}

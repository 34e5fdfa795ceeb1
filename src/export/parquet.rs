//! Parquet as Hugging Face's `datasets` reads it, which takes a library of many crates: `--features parquet`.

#[cfg(not(feature = "parquet"))]
pub(super) use absent::{available, write};
#[cfg(feature = "parquet")]
pub(super) use present::{available, write};

#[cfg(not(feature = "parquet"))]
mod absent {
    use crate::error::{Error, Result};
    use crate::export::work::Work;

    /// Says what is missing.
    pub(in crate::export) fn available() -> Result<()> {
        Err(Error::Usage("--to parquet: built without Parquet (cargo install --features parquet)".into()))
    }

    /// Never called: see [`available`].
    pub(in crate::export) fn write(_: &Work<'_>) -> Result<()> {
        available()
    }
}

#[cfg(feature = "parquet")]
mod present {
    use crate::error::{Error, Result};
    use crate::export::dest::OpenFile;
    use crate::export::picture::Coding;
    use crate::export::record::{Field, Numbers, Record};
    use crate::export::rows::field_name;
    use crate::export::work::Work;
    use crate::manifest::{Array, Axis};
    use parquet::basic::Compression;
    use parquet::data_type::{ByteArray, ByteArrayType, FloatType, Int64Type};
    use parquet::errors::{ParquetError, Result as Written};
    use parquet::file::metadata::KeyValue;
    use parquet::file::properties::{EnabledStatistics, WriterProperties};
    use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
    use parquet::schema::parser::parse_message_type;
    use parquet::schema::types::TypePtr;
    use serde_json::{Map, Value, json};
    use std::io;
    use std::path::Path;
    use std::sync::Arc;

    /// Bytes of pictures after which a row group ends.
    const GROUP: usize = 32 << 20;

    /// A column of a row group: its values, and for each whether it is there, and whether it goes on with a list.
    ///
    /// Everything is, though the types are those that may be missing: `datasets` takes no other for its own.
    #[derive(Debug)]
    struct Column {
        values: Values,
        definition: Vec<i16>,
        /// Empty without lists.
        repetition: Vec<i16>,
    }

    #[derive(Debug, PartialEq)]
    enum Values {
        Bytes(Vec<ByteArray>),
        Whole(Vec<i64>),
        Real(Vec<f32>),
    }

    /// How deep a value lies: in a column, in the group of a file, in a list; and a list that is empty.
    const SINGLE: i16 = 1;
    const IN_FILE: i16 = 2;
    const IN_LIST: i16 = 3;
    const NO_VALUE: i16 = 1;

    /// Whether Parquet can be written.
    pub(in crate::export) fn available() -> Result<()> {
        Ok(())
    }

    /// Writes a file for each shard.
    pub(in crate::export) fn write(work: &Work<'_>) -> Result<()> {
        let schema = Arc::new(parse_message_type(&schema(work)).map_err(|error| Error::Internal(error.to_string()))?);
        let features = json!({"info": {"features": features(work)}}).to_string();
        let properties = WriterProperties::builder()
            .set_compression(Compression::UNCOMPRESSED)
            .set_dictionary_enabled(false)
            .set_statistics_enabled(EnabledStatistics::None)
            .set_key_value_metadata(Some(vec![KeyValue::new("huggingface".into(), features)]));
        let properties = Arc::new(properties.build());
        work.each_file("parquet", |shard, file| {
            let path = file.path().to_path_buf();
            let refused = |error| refused(&path, error);
            let mut writer =
                SerializedFileWriter::new(file, TypePtr::clone(&schema), Arc::clone(&properties)).map_err(refused)?;
            let (mut columns, mut bytes) = (Vec::new(), 0);
            work.each_row(shard, &mut |row| {
                bytes += put(&mut columns, work, row);
                work.progress.rows(1);
                if bytes >= GROUP {
                    bytes = 0;
                    return flush(&mut writer, &mut columns).map_err(refused);
                }
                Ok(())
            })?;
            flush(&mut writer, &mut columns).map_err(refused)?;
            writer.into_inner().map_err(refused)?.finish()
        })
    }

    /// As an error of ours, what the library says that writes into the file at `path`: what the system told it, if that was why.
    fn refused(path: &Path, error: ParquetError) -> Error {
        let error = match error {
            ParquetError::External(inner) => inner.downcast().map_or_else(io::Error::other, |error| *error),
            other => io::Error::other(other),
        };
        Error::io(path, "cannot write")(error)
    }

    /// The type of the file, in Parquet's own language; columns stand in the order in which [`put`] gives them.
    fn schema(work: &Work<'_>) -> String {
        let file = |name: &str| format!("optional group {name} {{ optional binary bytes; optional binary path (STRING); }}");
        let mut columns = vec![file("image")];
        columns.extend(work.manifest.arrays.contains_key("masks").then(|| file("mask")));
        columns.extend(["epoch", "row"].map(|name| format!("optional int64 {name};")));
        columns.push("optional binary source (STRING);".into());
        columns.extend(fields(work).map(|(name, array, list)| {
            let kind = if array.dtype == "<i8" { "int64" } else { "float" };
            match list {
                true => format!("optional group {name} (LIST) {{ repeated group list {{ optional {kind} element; }} }}"),
                false => format!("optional {kind} {name};"),
            }
        }));
        format!("message row {{ {} }}", columns.join(" "))
    }

    /// The features that `datasets` gives the columns, as its `Features.to_dict()` says them.
    fn features(work: &Work<'_>) -> Value {
        let value = |dtype: &str| json!({"dtype": dtype, "_type": "Value"});
        let image = match work.picture.coding {
            Coding::Npy => json!({"bytes": value("binary"), "path": value("string")}),
            _ => json!({"_type": "Image"}),
        };
        let mut features = Map::from_iter([("image".to_string(), image)]);
        if work.manifest.arrays.contains_key("masks") {
            features.insert("mask".into(), json!({"_type": "Image"}));
        }
        features.extend(["epoch", "row"].map(|name| (name.to_string(), value("int64"))));
        features.insert("source".into(), value("string"));
        for (name, array, list) in fields(work) {
            let classes =
                work.manifest.heads.iter().find(|(head, _)| field_name(head) == name).map(|(_, head)| &head.class_names);
            let of_values = value(if array.dtype == "<i8" { "int64" } else { "float32" });
            let feature = match (list, classes.filter(|names| !names.is_empty() && array.dtype == "<i8")) {
                (false, Some(names)) => json!({"names": names, "_type": "ClassLabel"}),
                (false, None) => of_values,
                (true, _) => json!({"feature": of_values, "_type": "Sequence"}),
            };
            features.insert(name, feature);
        }
        features.into()
    }

    /// The fields of a row, each with its array, and whether it is a list.
    fn fields<'w>(work: &'w Work<'_>) -> impl Iterator<Item = (String, &'w Array, bool)> {
        let other = |name: &str| ["images", "masks", "sources", "box_counts"].contains(&name);
        let arrays = work.manifest.arrays.iter().filter(move |(name, array)| !other(name) && array.first_axis != Axis::Offsets);
        arrays.map(|(name, array)| (field_name(name), array, array.first_axis == Axis::Boxes || !array.shape.is_empty()))
    }

    /// Appends a row to the columns, which come to be with the first; gives the bytes of its picture.
    fn put(columns: &mut Vec<Column>, work: &Work<'_>, row: Record<'_>) -> usize {
        let picture = work.picture.file(row.image);
        let bytes = picture.len();
        let single = |number: u64| Column::single(Values::Whole(vec![number.cast_signed()]), SINGLE);
        let data = |data: Vec<u8>, depth: i16| Column::single(Values::Bytes(vec![ByteArray::from(data)]), depth);
        let path = |ending: &str| data(format!("{}.{ending}", row.key()).into_bytes(), IN_FILE);
        let mut cells = vec![data(picture, IN_FILE), path(work.picture.ending())];
        cells.extend(row.mask.into_iter().flat_map(|mask| [data(work.picture.mask_file(mask), IN_FILE), path("mask.png")]));
        cells.extend([single(row.epoch), single(row.row), data(row.source.clone().into_bytes(), SINGLE)]);
        cells.extend(row.fields.into_iter().map(Column::of_field));
        if columns.is_empty() {
            *columns = cells;
        } else {
            columns.iter_mut().zip(cells).for_each(|(column, cell)| column.append(cell));
        }
        bytes
    }

    impl Column {
        fn single(values: Values, depth: i16) -> Self {
            Self { values, definition: vec![depth], repetition: Vec::new() }
        }

        fn of_field(field: Field) -> Self {
            let (count, values) = match field.numbers {
                Numbers::Whole(values) => (values.len(), Values::Whole(values)),
                Numbers::Real(values) => (values.len(), Values::Real(values)),
            };
            if field.shape.is_empty() {
                return Self::single(values, SINGLE);
            }
            // An entry for each value, or one that says that there is none.
            let mut repetition = vec![1; count.max(1)];
            repetition[0] = 0;
            Self { values, definition: vec![if count == 0 { NO_VALUE } else { IN_LIST }; count.max(1)], repetition }
        }

        /// Appends the cell of a row.
        fn append(&mut self, cell: Self) {
            match (&mut self.values, cell.values) {
                (Values::Bytes(all), Values::Bytes(more)) => all.extend(more),
                (Values::Whole(all), Values::Whole(more)) => all.extend(more),
                (Values::Real(all), Values::Real(more)) => all.extend(more),
                _ => unreachable!("invariant: the fields of a row have the same types in every row"),
            }
            self.definition.extend(cell.definition);
            self.repetition.extend(cell.repetition);
        }

        fn write(&self, mut to: SerializedColumnWriter<'_>) -> Written<()> {
            let repetition = Some(self.repetition.as_slice()).filter(|levels| !levels.is_empty());
            let definition = Some(self.definition.as_slice());
            match &self.values {
                Values::Bytes(values) => to.typed::<ByteArrayType>().write_batch(values, definition, repetition)?,
                Values::Whole(values) => to.typed::<Int64Type>().write_batch(values, definition, repetition)?,
                Values::Real(values) => to.typed::<FloatType>().write_batch(values, definition, repetition)?,
            };
            to.close()
        }
    }

    /// Writes a row group, and empties the columns.
    fn flush(writer: &mut SerializedFileWriter<OpenFile>, columns: &mut Vec<Column>) -> Written<()> {
        if columns.is_empty() {
            return Ok(());
        }
        let mut group = writer.next_row_group()?;
        for column in columns.drain(..) {
            if let Some(to) = group.next_column()? {
                column.write(to)?;
            }
        }
        group.close().map(drop)
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn lists_of_rows_follow_each_other() {
            let field =
                |numbers, shape: &[usize]| Column::of_field(Field { name: "boxes".into(), numbers, shape: shape.to_vec() });
            let mut column = field(Numbers::Real(vec![1.0, 2.0]), &[2]);
            column.append(field(Numbers::Real(Vec::new()), &[0, 4]));
            column.append(field(Numbers::Real(vec![3.0]), &[1]));
            assert_eq!(column.values, Values::Real(vec![1.0, 2.0, 3.0]));
            assert_eq!(column.repetition, [0, 1, 0, 0]);
            assert_eq!(column.definition, [3, 3, 1, 3]);
        }
    }
}

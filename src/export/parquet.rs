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
    use crate::engine::each;
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

    /// A column of a row group.
    #[derive(Debug)]
    enum Column {
        Bytes(Vec<ByteArray>),
        Whole(Vec<i64>, Levels),
        Real(Vec<f32>, Levels),
    }

    /// Where the lists of a column begin and end; nothing for single values.
    #[derive(Debug, Default)]
    struct Levels {
        definition: Vec<i16>,
        repetition: Vec<i16>,
    }

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
        each(
            &work.shards,
            || (),
            |(), shard| {
                let name = shard.file("parquet");
                if work.dest.has(&name) {
                    work.progress.found(shard.rows);
                    return Ok(());
                }
                let file = work.dest.begin(&name)?;
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
            },
        )
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
        let file = |name: &str| format!("required group {name} {{ required binary bytes; required binary path (STRING); }}");
        let mut columns = vec![file("image")];
        columns.extend(work.manifest.arrays.contains_key("masks").then(|| file("mask")));
        columns.extend(["epoch", "row"].map(|name| format!("required int64 {name};")));
        columns.push("required binary source (STRING);".into());
        columns.extend(fields(work).map(|(name, array, list)| {
            let kind = if array.dtype == "<i8" { "int64" } else { "float" };
            match list {
                true => format!("required group {name} (LIST) {{ repeated group list {{ required {kind} element; }} }}"),
                false => format!("required {kind} {name};"),
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
        let single = |number: u64| Column::Whole(vec![number.cast_signed()], Levels::default());
        let text = |text: String| Column::Bytes(vec![ByteArray::from(text.into_bytes())]);
        let mut cells =
            vec![Column::Bytes(vec![ByteArray::from(picture)]), text(format!("{}.{}", row.key(), work.picture.ending()))];
        if let Some(mask) = row.mask {
            let mask = ByteArray::from(work.picture.mask_file(mask));
            cells.extend([Column::Bytes(vec![mask]), text(format!("{}.mask.png", row.key()))]);
        }
        cells.extend([single(row.epoch), single(row.row), text(row.source)]);
        cells.extend(row.fields.into_iter().map(of_field));
        if columns.is_empty() {
            *columns = cells;
        } else {
            columns.iter_mut().zip(cells).for_each(|(column, cell)| column.append(cell));
        }
        bytes
    }

    fn of_field(field: Field) -> Column {
        let count = match &field.numbers {
            Numbers::Whole(values) => values.len(),
            Numbers::Real(values) => values.len(),
        };
        let levels = if field.shape.is_empty() { Levels::default() } else { Levels::of_list(count) };
        match field.numbers {
            Numbers::Whole(values) => Column::Whole(values, levels),
            Numbers::Real(values) => Column::Real(values, levels),
        }
    }

    impl Levels {
        /// Those of one list: an entry for each value, or one that says that there is none.
        fn of_list(count: usize) -> Self {
            let mut repetition = vec![1; count.max(1)];
            repetition[0] = 0;
            Self { definition: vec![i16::from(count > 0); count.max(1)], repetition }
        }

        fn append(&mut self, other: Self) {
            self.definition.extend(other.definition);
            self.repetition.extend(other.repetition);
        }

        fn as_options(&self) -> (Option<&[i16]>, Option<&[i16]>) {
            let some = !self.definition.is_empty();
            (some.then_some(&self.definition), some.then_some(&self.repetition))
        }
    }

    impl Column {
        /// Appends the cell of a row, which is of the same kind: rows have the same fields.
        fn append(&mut self, cell: Self) {
            match (self, cell) {
                (Self::Bytes(all), Self::Bytes(more)) => all.extend(more),
                (Self::Whole(all, levels), Self::Whole(more, ends)) => {
                    all.extend(more);
                    levels.append(ends);
                }
                (Self::Real(all, levels), Self::Real(more, ends)) => {
                    all.extend(more);
                    levels.append(ends);
                }
                _ => unreachable!("invariant: the fields of a row have the same types in every row"),
            }
        }

        fn write(&self, mut to: SerializedColumnWriter<'_>) -> Written<()> {
            match self {
                Self::Bytes(values) => to.typed::<ByteArrayType>().write_batch(values, None, None)?,
                Self::Whole(values, levels) => {
                    let (definition, repetition) = levels.as_options();
                    to.typed::<Int64Type>().write_batch(values, definition, repetition)?
                }
                Self::Real(values, levels) => {
                    let (definition, repetition) = levels.as_options();
                    to.typed::<FloatType>().write_batch(values, definition, repetition)?
                }
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
            let field = |numbers, shape: &[usize]| of_field(Field { name: "boxes".into(), numbers, shape: shape.to_vec() });
            let mut column = field(Numbers::Real(vec![1.0, 2.0]), &[2]);
            column.append(field(Numbers::Real(Vec::new()), &[0, 4]));
            column.append(field(Numbers::Real(vec![3.0]), &[1]));
            let Column::Real(values, levels) = column else { panic!("{column:?}") };
            assert_eq!(values, [1.0, 2.0, 3.0]);
            assert_eq!(levels.repetition, [0, 1, 0, 0]);
            assert_eq!(levels.definition, [1, 1, 0, 1]);
        }
    }
}

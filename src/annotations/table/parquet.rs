//! Parquet, which takes a library of many crates: `--features parquet`.

#[cfg(not(feature = "parquet"))]
pub(super) use absent::read;
#[cfg(feature = "parquet")]
pub(super) use present::read;

#[cfg(not(feature = "parquet"))]
mod absent {
    use crate::annotations::table::Table;
    use crate::annotations::{Place, Problems};

    /// Says how a table of this kind can be read.
    pub(in crate::annotations::table) fn read(file: &str, _bytes: &[u8], problems: &mut Problems) -> Option<Table> {
        let remedy = "build it with `--features parquet`, or save the table as CSV or JSON Lines";
        problems.add(&Place::file(file), format_args!("this prebake reads no Parquet ({remedy})"));
        None
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn the_feature_is_named() {
            let mut problems = Problems::default();
            assert_eq!(read("m.parquet", b"PAR1", &mut problems), None);
            let told = "m.parquet: this prebake reads no Parquet \
                        (build it with `--features parquet`, or save the table as CSV or JSON Lines)";
            assert_eq!(problems.finish().unwrap_err().to_string(), told);
        }
    }
}

#[cfg(feature = "parquet")]
mod present {
    use crate::annotations::table::{Cell, Record, Table, WHOLE, expect_rows};
    use crate::annotations::{Place, Problems};
    use crate::error::shown;
    use bytes::Bytes;
    use parquet::errors::ParquetError;
    use parquet::file::reader::FileReader;
    use parquet::file::serialized_reader::SerializedFileReader;
    use parquet::record::{Field, List, Row};
    use std::panic::catch_unwind;

    /// Reads a table.
    ///
    /// The library panics on some damaged files, which then are a problem as others are.
    pub(in crate::annotations::table) fn read(file: &str, bytes: &[u8], problems: &mut Problems) -> Option<Table> {
        let before = problems.count();
        let place = Place::file(file);
        let unreadable = |said: &str| format!("cannot be read as Parquet: {} (write it again)", shown(said));
        let Ok(read) = catch_unwind(|| table(file, bytes)) else {
            problems.add(&place, unreadable("it is damaged"));
            return None;
        };
        match read {
            Ok(table) => {
                expect_rows(&table, before, problems);
                Some(table)
            }
            Err(error) => {
                problems.add(&place, unreadable(&error.to_string()));
                None
            }
        }
    }

    fn table(file: &str, bytes: &[u8]) -> Result<Table, ParquetError> {
        let reader = SerializedFileReader::new(Bytes::copy_from_slice(bytes))?;
        let schema = reader.metadata().file_metadata().schema_descr().root_schema();
        let columns = schema.get_fields().iter().map(|field| field.name().to_string()).collect();
        let record = |(row, line): (Result<Row, ParquetError>, u64)| {
            Ok(Record { line, cells: row?.get_column_iter().map(|(_, field)| cell(field)).collect() })
        };
        let rows = reader.get_row_iter(None)?.zip(1..).map(record).collect::<Result<_, ParquetError>>()?;
        Ok(Table { file: file.into(), columns, rows })
    }

    fn cell(field: &Field) -> Cell {
        match field {
            Field::Null => Cell::Empty,
            Field::Str(text) if text.is_empty() => Cell::Empty,
            Field::Str(text) => Cell::Text(text.clone()),
            Field::Bool(truth) => Cell::Text(truth.to_string()),
            Field::ListInternal(list) => cells(list),
            _ => match number(field) {
                Some(number) if number.is_finite() => Cell::Number(number),
                // What pandas writes for nothing in a column of numbers.
                Some(number) if number.is_nan() => Cell::Empty,
                _ => match field {
                    Field::Long(long) => Cell::Text(long.to_string()),
                    Field::ULong(long) => Cell::Text(long.to_string()),
                    _ => Cell::Other,
                },
            },
        }
    }

    fn cells(list: &List) -> Cell {
        let finite = |field: &Field| number(field).filter(|number| number.is_finite());
        match list.elements().iter().map(finite).collect::<Option<Vec<_>>>() {
            Some(numbers) if !numbers.is_empty() => Cell::Numbers(numbers),
            _ => {
                let text = |field: &Field| if let Field::Str(text) = field { Some(text.clone()) } else { None };
                list.elements().iter().map(text).collect::<Option<_>>().map_or(Cell::Other, Cell::Texts)
            }
        }
    }

    /// The number of a field, if it is one and f64 holds it.
    fn number(field: &Field) -> Option<f64> {
        match field {
            Field::Byte(number) => Some(f64::from(*number)),
            Field::Short(number) => Some(f64::from(*number)),
            Field::Int(number) => Some(f64::from(*number)),
            Field::Long(number) => Some(*number as f64).filter(|number| number.abs() < WHOLE),
            Field::UByte(number) => Some(f64::from(*number)),
            Field::UShort(number) => Some(f64::from(*number)),
            Field::UInt(number) => Some(f64::from(*number)),
            Field::ULong(number) => Some(*number as f64).filter(|number| *number < WHOLE),
            Field::Float(number) => Some(f64::from(*number)),
            Field::Double(number) => Some(*number),
            _ => None,
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;
        use proptest::prelude::*;

        const FILE: &[u8] = include_bytes!("../../../fixtures/annotations/metadata.parquet");

        #[test]
        fn cells_keep_their_kinds() {
            let mut problems = Problems::default();
            let table = read("m.parquet", FILE, &mut problems).unwrap();
            assert!(problems.finish().is_ok());
            assert_eq!(table.columns, ["file_name", "label", "age", "score", "seen", "tags", "at", "id", "o"]);
            let text = |text: &str| Cell::Text(text.into());
            let first = [
                text("a.png"),
                text("cat"),
                Cell::Number(7.0),
                Cell::Number(0.5),
                text("true"),
                Cell::Texts(vec!["x".into(), "y".into()]),
                Cell::Numbers(vec![1.0, 2.5]),
                text("9007199254740993"),
                Cell::Other,
            ];
            assert_eq!(table.rows[0], Record { line: 1, cells: first.into() });
            assert_eq!(
                table.rows[1].cells[..6],
                [text("b.png"), text("dog"), Cell::Empty, Cell::Empty, text("false"), Cell::Texts(Vec::new())]
            );
            assert_eq!((table.rows[1].line, table.rows.len()), (2, 2));
        }

        #[test]
        fn what_is_no_parquet_says_so() {
            for bytes in [&FILE[..FILE.len() / 2], b"", b"PAR1PAR1"] {
                let mut problems = Problems::default();
                assert_eq!(read("m.parquet", bytes, &mut problems), None);
                let told = problems.finish().unwrap_err().to_string();
                assert!(told.starts_with("m.parquet: cannot be read as Parquet: "), "{told}");
            }
        }

        proptest! {
            #![proptest_config(ProptestConfig::with_cases(2000))]
            #[test]
            fn no_bytes_make_it_panic(at in proptest::collection::vec((0..FILE.len(), any::<u8>()), 1..4)) {
                let mut bytes = FILE.to_vec();
                at.into_iter().for_each(|(at, byte)| bytes[at] = byte);
                let table = read("m.parquet", &bytes, &mut Problems::default());
                let columns = table.iter().map(|table| table.columns.len()).next();
                prop_assert!(table.iter().flat_map(|table| &table.rows).all(|row| Some(row.cells.len()) == columns));
            }
        }
    }
}

//! JSON Lines: an object a line, whose names are the columns.

use super::{Cell, Record, Table, WHOLE, expect_rows};
use crate::annotations::text::{NOT_UTF8, without_mark};
use crate::annotations::{Place, Problems};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::{Number, Value};
use std::collections::HashMap;
use std::fmt;

/// Reads a table. Columns stand in the order in which the file names them first; a row that lacks one has nothing there.
pub(super) fn read(file: &str, bytes: &[u8], problems: &mut Problems) -> Option<Table> {
    let before = problems.count();
    let bytes = without_mark(bytes);
    if bytes.trim_ascii_start().first() == Some(&b'[') {
        problems.add(&Place::file(file), "is one list of JSON (expected JSON Lines: an object on each line)");
        return None;
    }
    let mut table = Table { file: file.into(), columns: Vec::new(), rows: Vec::new() };
    let mut places = HashMap::new();
    for (text, line) in bytes.split(|byte| *byte == b'\n').zip(1..) {
        let text = text.trim_ascii();
        if text.is_empty() {
            continue;
        }
        match object(text).and_then(|object| cells(object, &mut table.columns, &mut places)) {
            Ok(cells) => table.rows.push(Record { line, cells }),
            Err(problem) => problems.add(&Place::line(file, line), problem),
        }
    }
    let columns = table.columns.len();
    table.rows.iter_mut().for_each(|row| row.cells.resize(columns, Cell::Empty));
    expect_rows(&table, before, problems);
    (columns > 0).then_some(table)
}

fn object(text: &[u8]) -> Result<Object, String> {
    let text = std::str::from_utf8(text).map_err(|_| NOT_UTF8.to_string())?;
    if !text.starts_with('{') {
        return Err("is no object (expected one on each line, as {\"file_name\": \"a.png\", \"label\": \"cat\"})".into());
    }
    serde_json::from_str(text).map_err(|error| {
        let said = error.to_string();
        let said = said.split(" at line ").next().unwrap_or_default();
        format!("not valid JSON at column {}: {said}", error.column())
    })
}

fn cells(object: Object, columns: &mut Vec<String>, places: &mut HashMap<String, usize>) -> Result<Vec<Cell>, String> {
    let mut cells = vec![None; columns.len()];
    for (name, value) in object.0 {
        let at = *places.entry(name).or_insert_with_key(|name| {
            columns.push(name.clone());
            columns.len() - 1
        });
        if at >= cells.len() {
            cells.resize(at + 1, None);
        }
        if cells[at].replace(cell(value)).is_some() {
            return Err(format!("`{}` is there twice (keep one of them)", columns[at].escape_debug()));
        }
    }
    Ok(cells.into_iter().map(|cell| cell.unwrap_or(Cell::Empty)).collect())
}

fn cell(value: Value) -> Cell {
    match value {
        Value::Null => Cell::Empty,
        Value::String(text) if text.is_empty() => Cell::Empty,
        Value::String(text) => Cell::Text(text),
        Value::Bool(truth) => Cell::Text(truth.to_string()),
        Value::Number(number) => exact(&number).map_or_else(|| Cell::Text(number.to_string()), Cell::Number),
        Value::Array(values) => list(values),
        Value::Object(_) => Cell::Other,
    }
}

fn list(values: Vec<Value>) -> Cell {
    let numbers: Option<Vec<f64>> = values.iter().map(|value| value.as_number().and_then(exact)).collect();
    match numbers {
        Some(numbers) if !numbers.is_empty() => Cell::Numbers(numbers),
        _ => {
            let text = |value| if let Value::String(text) = value { Some(text) } else { None };
            values.into_iter().map(text).collect::<Option<_>>().map_or(Cell::Other, Cell::Texts)
        }
    }
}

/// The number as f64, if none of its digits is lost.
fn exact(number: &Number) -> Option<f64> {
    number.as_f64().filter(|value| number.is_f64() || value.abs() < WHOLE)
}

/// The members of an object as they stand, so that a name that is there twice is seen.
struct Object(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Object;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Object(members))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: impl AsRef<[u8]>) -> (Option<Table>, String) {
        let mut problems = Problems::default();
        let table = super::read("m.jsonl", text.as_ref(), &mut problems);
        (table, problems.finish().map_or_else(|error| error.to_string(), |_| String::new()))
    }

    #[test]
    fn cells_keep_their_kinds() {
        let rows = concat!(
            "\u{feff}{\"file_name\": \"a.png\", \"age\": 7, \"tags\": [\"x\", \"y\"], \"at\": [1, 2.5]}\r\n",
            "\n",
            "{\"file_name\": \"b.png\", \"tags\": [], \"at\": [1, \"x\"], \"seen\": true, \"id\": 9007199254740993, \"o\": {}}\n",
        );
        let (table, told) = read(rows);
        let table = table.unwrap();
        assert_eq!(told, "");
        assert_eq!(table.columns, ["file_name", "age", "tags", "at", "seen", "id", "o"]);
        let text = |text: &str| Cell::Text(text.into());
        let tags = Cell::Texts(vec!["x".into(), "y".into()]);
        let empty = || Cell::Empty;
        let first = vec![text("a.png"), Cell::Number(7.0), tags, Cell::Numbers(vec![1.0, 2.5]), empty(), empty(), empty()];
        assert_eq!(table.rows[0], Record { line: 1, cells: first });
        let none = Cell::Texts(Vec::new());
        let second = vec![text("b.png"), empty(), none, Cell::Other, text("true"), text("9007199254740993"), Cell::Other];
        assert_eq!(table.rows[1], Record { line: 3, cells: second });
    }

    #[test]
    fn every_bad_line_is_named_and_left_out() {
        let (table, told) = read(b"{\"file\": \"a\"}\n{\"file\": \"b\"\n[1]\n{\"file\": 1, \"file\": 2}\n{\"file\": \"\xff\"}\n");
        assert_eq!(
            told,
            "m.jsonl:2: not valid JSON at column 12: EOF while parsing an object\n\
             m.jsonl:3: is no object (expected one on each line, as {\"file_name\": \"a.png\", \"label\": \"cat\"})\n\
             m.jsonl:4: `file` is there twice (keep one of them)\n\
             m.jsonl:5: is not UTF-8 (save the file as UTF-8)"
        );
        assert_eq!(table.unwrap().rows.len(), 1);
    }

    #[test]
    fn a_table_needs_rows() {
        assert_eq!(read("\n").1, "m.jsonl: has no rows (expected one for each picture)");
        assert_eq!(read(" [{}]").1, "m.jsonl: is one list of JSON (expected JSON Lines: an object on each line)");
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = read(&bytes);
            let _ = read([b"{\"a\": ", &bytes[..], b"}"].concat());
        }
    }
}

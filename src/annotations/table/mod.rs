//! Tables that have a row for each picture: CSV, TSV, JSON Lines and Parquet.

mod csv;
mod json_lines;
mod parquet;

use super::path::below_input;
use super::{Place, Problems};
use crate::error::unknown;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

/// Names of the column that names the pictures; the first of them that there is. Hugging Face's comes first.
const FILE_COLUMNS: [&str; 6] = ["file_name", "file", "filename", "path", "image", "image_path"];

/// Below it, f64 holds every whole number.
const WHOLE: f64 = (1u64 << 53) as f64;

/// A table; what could not be read of it is in [`Problems`].
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// The file, for messages.
    pub file: String,
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The rows, in the order of the file.
    pub rows: Vec<Record>,
}

/// A row.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The line on which it begins, from 1; of Parquet, which has no lines, the number of the row.
    pub line: u64,
    /// A cell for each column.
    pub cells: Vec<Cell>,
}

/// A value of a table. CSV and TSV know text only.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing: an empty text, null, a column that the row does not have.
    Empty,
    /// A text. A truth value is the text `true` or `false`; a whole number beyond 2^53, which f64 does not hold, its
    /// digits.
    Text(String),
    /// A finite number.
    Number(f64),
    /// A list of texts; also an empty list.
    Texts(Vec<String>),
    /// A list of finite numbers.
    Numbers(Vec<f64>),
    /// Anything else, as an object or bytes: no label, but no harm in a column that nobody asks for.
    Other,
}

impl Cell {
    /// The cell as a word, if it is a single value: a number as it is written shortest.
    pub fn as_text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Text(text) => Some(text.into()),
            Self::Number(number) => Some(number.to_string().into()),
            _ => None,
        }
    }

    /// The cell as a finite number, if it is one or a text that writes one.
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Self::Text(text) => text.trim().parse().ok().filter(|number: &f64| number.is_finite()),
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }
}

/// Reads a table of the kind that its name says; `None` if there is no header to go on with.
///
/// Rows that have a problem are left out of the table.
pub fn read(file: &str, bytes: &[u8], problems: &mut Problems) -> Option<Table> {
    let ending = Path::new(file).extension().and_then(|e| e.to_str()).unwrap_or_default().to_lowercase();
    match ending.as_str() {
        "csv" => csv::read(file, bytes, b',', problems),
        "tsv" | "tab" => csv::read(file, bytes, b'\t', problems),
        "jsonl" | "ndjson" => json_lines::read(file, bytes, problems),
        "parquet" => parquet::read(file, bytes, problems),
        _ => {
            problems.add(&Place::file(file), "is no table by its name (there are `.csv`, `.tsv`, `.jsonl` and `.parquet`)");
            None
        }
    }
}

impl Table {
    /// The place of a column.
    pub fn column(&self, name: &str, problems: &mut Problems) -> Option<usize> {
        let found = self.columns.iter().position(|column| column == name);
        if found.is_none() {
            let columns: Vec<&str> = self.columns.iter().map(String::as_str).collect();
            problems.add(&Place::file(&self.file), unknown("column", name, &columns));
        }
        found
    }

    /// The row of each picture by its path below INPUT, as the column `given` says, or the one that is named for it
    /// (`file_name`, `file`, `filename`, `path`, `image`, `image_path`, in any case).
    ///
    /// Paths are relative to the table's own folder, which is `folder` of INPUT; if it does not lie in INPUT,
    /// `folder` is empty and paths are relative to INPUT.
    pub fn files(&self, given: Option<&str>, folder: &str, problems: &mut Problems) -> BTreeMap<String, &Record> {
        let mut files: BTreeMap<String, &Record> = BTreeMap::new();
        let Some(column) = self.file_column(given, problems) else { return files };
        for row in &self.rows {
            let place = Place::line(&self.file, row.line);
            let path = match &row.cells[column] {
                Cell::Text(path) => below_input(path, folder),
                Cell::Empty => below_input("", folder),
                _ => Err("the name of the file is no text".into()),
            };
            let path = match path {
                Ok(path) => path,
                Err(problem) => {
                    problems.add(&place, format_args!("{}: {problem}", self.columns[column]));
                    continue;
                }
            };
            if let Some(earlier) = files.get(&path) {
                let (path, line) = (path.escape_debug(), earlier.line);
                problems.add(&place, format_args!("`{path}` has a row already, at line {line} (keep one of them)"));
                continue;
            }
            files.insert(path, row);
        }
        files
    }

    fn file_column(&self, given: Option<&str>, problems: &mut Problems) -> Option<usize> {
        if let Some(name) = given {
            return self.column(name, problems);
        }
        let named = |name: &&str| self.columns.iter().position(|column| column.eq_ignore_ascii_case(name));
        let found = FILE_COLUMNS.iter().find_map(named);
        if found.is_none() {
            let columns: Vec<&str> = self.columns.iter().map(String::as_str).collect();
            let near =
                columns.iter().map(|column| unknown("column", column, &FILE_COLUMNS)).find(|said| said.contains("did you mean"));
            let near = near.map(|said| format!("; {said}")).unwrap_or_default();
            let (columns, names) = (columns.join("`, `").escape_debug().to_string(), FILE_COLUMNS.join("`, `"));
            let problem = format_args!("no column names the pictures: expected one of `{names}`; there are `{columns}`{near}");
            problems.add(&Place::file(&self.file), problem);
        }
        found
    }
}

/// Notes a table without rows, unless they were all bad and that is said already.
fn expect_rows(table: &Table, problems_before: usize, problems: &mut Problems) {
    if table.rows.is_empty() && problems.count() == problems_before {
        problems.add(&Place::file(&table.file), "has no rows (expected one for each picture)");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(text: &str, given: Option<&str>, folder: &str) -> (Vec<(String, u64)>, String) {
        let mut problems = Problems::default();
        let table = read("x/m.csv", text.as_bytes(), &mut problems).unwrap();
        let files = table.files(given, folder, &mut problems).into_iter().map(|(path, row)| (path, row.line)).collect();
        (files, problems.finish().map_or_else(|error| error.to_string(), |_| String::new()))
    }

    #[test]
    fn the_column_of_files_is_found_or_given() {
        let text = "path,File_Name,label\nb.png,.\\a.png,cat\n";
        assert_eq!(files(text, None, ""), (vec![("a.png".into(), 2)], String::new()));
        assert_eq!(files(text, Some("path"), "x"), (vec![("x/b.png".into(), 2)], String::new()));
    }

    #[test]
    fn a_missing_column_names_those_that_there_are() {
        assert_eq!(files("image,label\na,b\n", Some("labels"), "").1, "x/m.csv: unknown column `labels` (did you mean `label`?)");
        assert_eq!(files("image,label\na,b\n", Some("xyz"), "").1, "x/m.csv: unknown column `xyz` (there are `image`, `label`)");
        assert_eq!(
            files("filenames,label\na,b\n", None, "").1,
            "x/m.csv: no column names the pictures: expected one of `file_name`, `file`, `filename`, `path`, `image`, `image_path`; \
             there are `filenames`, `label`; unknown column `filenames` (did you mean `filename`?)"
        );
    }

    #[test]
    fn a_column_cannot_break_the_line() {
        let told = files("fi\u{1b}[31mle,label\na,b\n", Some("fi[31mle"), "").1;
        assert_eq!(told, "x/m.csv: unknown column `fi[31mle` (did you mean `fi\\u{1b}[31mle`?)");
        let told = files("a\u{7}b,label\na,b\n", Some("xyz"), "").1;
        assert_eq!(told, "x/m.csv: unknown column `xyz` (there are `a\\u{7}b`, `label`)");
    }

    #[test]
    fn every_row_names_a_picture_of_its_own() {
        let (files, told) = files("file,label\na.png,1\n,2\n./a.png,3\n/b.png,4\nc.png,5\n", None, "");
        assert_eq!(files, [("a.png".into(), 2), ("c.png".into(), 6)]);
        assert_eq!(
            told,
            "x/m.csv:3: file: the name of the file is empty\n\
             x/m.csv:4: `a.png` has a row already, at line 2 (keep one of them)\n\
             x/m.csv:5: file: `/b.png` is an absolute path (name the file below INPUT)"
        );
    }

    #[test]
    fn cells_are_read_as_what_is_wanted() {
        let text = |text: &str| Cell::Text(text.into());
        assert_eq!([text(" 7.5 ").as_number(), text("x").as_number(), text("inf").as_number()], [Some(7.5), None, None]);
        assert_eq!(Cell::Number(7.0).as_text().as_deref(), Some("7"));
        assert_eq!(Cell::Empty.as_text(), None);
    }

    #[test]
    fn the_name_says_the_kind() {
        let mut problems = Problems::default();
        assert!(read("a.TSV", b"file\tlabel\nx\ty\n", &mut problems).is_some());
        assert!(read("a.jsonl", b"{\"file\": \"x\"}", &mut problems).is_some());
        assert!(read("a.xls", b"", &mut problems).is_none());
        let told = problems.finish().unwrap_err().to_string();
        assert_eq!(told, "a.xls: is no table by its name (there are `.csv`, `.tsv`, `.jsonl` and `.parquet`)");
    }
}

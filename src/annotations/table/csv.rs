//! CSV and TSV by RFC 4180: a header, then a row a line; cells with delimiters, quotes or line breaks in quotes.

use super::{Cell, Record, Table, expect_rows};
use crate::annotations::text::{NOT_UTF8, without_mark};
use crate::annotations::{Place, Problems};
use ::csv::{ByteRecord, Position, Reader, ReaderBuilder};
use memchr::{memchr, memchr_iter, memchr3};
use std::io::Cursor;

/// Reads a table whose cells are divided by `delimiter`. A byte order mark, either line break and blank lines do no
/// harm; white space belongs to the cell.
///
/// The parser takes any text, so that quotes are looked at here: a row whose quotes do not end is a problem, and reading
/// goes on behind the line on which the quote opened.
pub(super) fn read(file: &str, bytes: &[u8], delimiter: u8, problems: &mut Problems) -> Option<Table> {
    let before = problems.count();
    let bytes = without_mark(bytes);
    let reader = ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(Cursor::new(bytes));
    let mut rows = Rows { file, bytes, delimiter, reader, counted: 0, line: 1 };
    let mut record = ByteRecord::new();
    let Some(line) = rows.next(&mut record, problems) else {
        if problems.count() == before {
            problems.add(&Place::file(file), "is empty (expected a header and rows)");
        }
        return None;
    };
    let columns = header(&Place::line(file, line), &record, delimiter, problems)?;
    let mut table = Table { file: file.into(), columns, rows: Vec::new() };
    while let Some(line) = rows.next(&mut record, problems) {
        let place = Place::line(file, line);
        match cells(&record, &table.columns) {
            Ok(cells) => table.rows.push(Record { line, cells }),
            Err(problem) => problems.add(&place, problem),
        }
    }
    expect_rows(&table, before, problems);
    Some(table)
}

fn header(place: &Place<'_>, record: &ByteRecord, delimiter: u8, problems: &mut Problems) -> Option<Vec<String>> {
    let columns: Result<Vec<String>, _> = record.iter().map(|cell| std::str::from_utf8(cell).map(str::to_string)).collect();
    let Ok(columns) = columns else {
        problems.add(place, format_args!("the header {NOT_UTF8}"));
        return None;
    };
    for (at, column) in columns.iter().enumerate() {
        if columns[..at].contains(column) {
            problems.add(place, format_args!("the column `{}` is there twice (rename one)", column.escape_debug()));
        }
    }
    if let [only] = &columns[..]
        && let Some(mark) =
            [',', ';', '\t'].iter().find(|mark| u32::from(**mark) != u32::from(delimiter) && only.contains(**mark))
    {
        let mark = mark.escape_debug();
        problems.add(place, format_args!("one column only (`{mark}` divides no cells here: `.csv` takes `,` and `.tsv` tabs)"));
        return None;
    }
    Some(columns)
}

fn cells(record: &ByteRecord, columns: &[String]) -> Result<Vec<Cell>, String> {
    if record.len() != columns.len() {
        let (found, expected) = (record.len(), columns.len());
        let noun = if found == 1 { "cell" } else { "cells" };
        return Err(format!("{found} {noun}, and the header has {expected} (a cell with a delimiter in it stands in quotes)"));
    }
    let cell = |(cell, column): (&[u8], &String)| match std::str::from_utf8(cell) {
        Ok("") => Ok(Cell::Empty),
        Ok(text) => Ok(Cell::Text(text.to_string())),
        Err(_) => Err(format!("{}: {NOT_UTF8}", column.escape_debug())),
    };
    record.iter().zip(columns).map(cell).collect()
}

/// The rows of a text.
struct Rows<'a> {
    file: &'a str,
    bytes: &'a [u8],
    delimiter: u8,
    reader: Reader<Cursor<&'a [u8]>>,
    /// Bytes in which line breaks are counted, and the line there.
    counted: usize,
    line: u64,
}

impl Rows<'_> {
    /// The next row without a problem in its quotes, and its line.
    fn next(&mut self, record: &mut ByteRecord, problems: &mut Problems) -> Option<u64> {
        loop {
            let start = self.here();
            if !self.reader.read_byte_record(record).unwrap_or(false) {
                return None;
            }
            let end = self.here();
            let breaks = self.bytes[start..end].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            let start = start + breaks;
            let Some((opened, problem)) = bad_quote(&self.bytes[start..end], self.delimiter) else {
                return Some(self.line_of(start));
            };
            let opened = start + opened;
            problems.add(&Place::line(self.file, self.line_of(opened)), problem);
            let next = memchr(b'\n', &self.bytes[opened..]).map_or(self.bytes.len(), |at| opened + at + 1);
            let mut behind = Position::new();
            behind.set_byte(next as u64);
            self.reader.seek(behind).ok()?;
        }
    }

    /// How many bytes of the text are read.
    fn here(&self) -> usize {
        usize::try_from(self.reader.position().byte()).unwrap_or(usize::MAX)
    }

    /// The line of a byte. The reader counts up to the line breaks before a row, which it skips, as the one of `\r\n`.
    fn line_of(&mut self, at: usize) -> u64 {
        self.line += memchr_iter(b'\n', &self.bytes[self.counted..at]).count() as u64;
        self.counted = at;
        self.line
    }
}

/// Where a quote opens that is not closed at the end of its cell, in the bytes of one row.
fn bad_quote(row: &[u8], delimiter: u8) -> Option<(usize, &'static str)> {
    memchr(b'"', row)?;
    let mut at = 0;
    while at < row.len() {
        if row[at] == b'"' {
            let opened = at;
            at += 1;
            loop {
                let Some(quote) = memchr(b'"', &row[at..]) else {
                    return Some((opened, "a quote opens here and does not close (close it, or double it to mean itself)"));
                };
                at += quote + 1;
                if row.get(at) != Some(&b'"') {
                    break;
                }
                at += 1;
            }
            if !row.get(at).is_none_or(|byte| *byte == delimiter || matches!(byte, b'\r' | b'\n')) {
                return Some((
                    opened,
                    "a quote opens here and closes before its cell ends (a quote in a cell is written `\"\"`)",
                ));
            }
        }
        match memchr3(delimiter, b'\r', b'\n', &row[at..]) {
            Some(end) if row[at + end] == delimiter => at += end + 1,
            _ => return None,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: impl AsRef<[u8]>) -> (Option<Table>, String) {
        let mut problems = Problems::default();
        let table = super::read("m.csv", text.as_ref(), b',', &mut problems);
        (table, problems.finish().map_or_else(|error| error.to_string(), |_| String::new()))
    }

    fn text(text: &str) -> Cell {
        Cell::Text(text.into())
    }

    #[test]
    fn cells_are_text_or_empty() {
        let (table, told) = read("file_name,label\na.png,cat\n\nb.png,\n\"c,1.png\",\"say \"\"hi\"\"\n\"\nd.png, 7\n");
        let rows = vec![
            Record { line: 2, cells: vec![text("a.png"), text("cat")] },
            Record { line: 4, cells: vec![text("b.png"), Cell::Empty] },
            Record { line: 5, cells: vec![text("c,1.png"), text("say \"hi\"\n")] },
            Record { line: 7, cells: vec![text("d.png"), text(" 7")] },
        ];
        let columns = vec!["file_name".into(), "label".into()];
        assert_eq!((table, told), (Some(Table { file: "m.csv".into(), columns, rows }), String::new()));
    }

    #[test]
    fn marks_and_line_breaks_of_windows_do_no_harm() {
        let (table, told) = read("\u{feff}file,label\r\na.png,cat\r\n\r\nb.png,\"d\r\ng\"\r\nc.png,eel");
        let table = table.unwrap();
        assert_eq!((table.columns[0].as_str(), told.as_str()), ("file", ""));
        assert_eq!(table.rows.iter().map(|row| row.line).collect::<Vec<_>>(), [2, 4, 6]);
        assert_eq!(table.rows[1].cells[1], text("d\r\ng"));
    }

    #[test]
    fn tabs_divide_cells_too() {
        let mut problems = Problems::default();
        let table = super::read("m.tsv", b"file\tlabel\na.png\tcat, dog\n", b'\t', &mut problems).unwrap();
        assert_eq!(table.rows[0].cells, [text("a.png"), text("cat, dog")]);
        assert!(problems.finish().is_ok());
    }

    #[test]
    fn every_bad_row_is_named_and_left_out() {
        let (table, told) = read(b"file,label\na.png\nb.png,cat\nc.png,cat,dog\nd.png,\xff\ne.png,cat\n");
        assert_eq!(
            told,
            "m.csv:2: 1 cell, and the header has 2 (a cell with a delimiter in it stands in quotes)\n\
             m.csv:4: 3 cells, and the header has 2 (a cell with a delimiter in it stands in quotes)\n\
             m.csv:5: label: is not UTF-8 (save the file as UTF-8)"
        );
        assert_eq!(table.unwrap().rows.iter().map(|row| row.line).collect::<Vec<_>>(), [3, 6]);
    }

    #[test]
    fn a_quote_that_does_not_close_costs_its_line_only() {
        let (table, told) = read("file,label\n\"a\nb\",\"cat\nc.png,eel\nd.png,\"dog\"\ne.png,\"fox\n");
        assert_eq!(
            told,
            "m.csv:3: a quote opens here and closes before its cell ends (a quote in a cell is written `\"\"`)\n\
             m.csv:6: a quote opens here and does not close (close it, or double it to mean itself)"
        );
        assert_eq!(table.unwrap().rows.iter().map(|row| row.line).collect::<Vec<_>>(), [4, 5]);
    }

    #[test]
    fn three_bad_rows_of_many_are_three_lines() {
        let mut file = String::from("file,label\n");
        for row in 2..=100_001 {
            file += &match row {
                500 => "500.png\n".into(),
                70_000 => "70000.png,\"cat\n".into(),
                99_999 => "99999.png,cat,\n".into(),
                _ => format!("{row}.png,\"cat\"\n"),
            };
        }
        let (table, told) = read(&file);
        assert_eq!(table.unwrap().rows.len(), 99_997);
        let lines: Vec<&str> = told.lines().collect();
        assert_eq!(lines.len(), 3, "{told}");
        assert!(lines[0].starts_with("m.csv:500: 1 cell,"), "{told}");
        assert!(lines[1].starts_with("m.csv:70000: a quote opens here"), "{told}");
        assert!(lines[2].starts_with("m.csv:99999: 3 cells,"), "{told}");
    }

    #[test]
    fn a_table_needs_columns_and_rows() {
        assert_eq!(read("").1, "m.csv: is empty (expected a header and rows)");
        assert_eq!(read("\n\n").1, "m.csv: is empty (expected a header and rows)");
        assert_eq!(read("file,label\n").1, "m.csv: has no rows (expected one for each picture)");
        assert_eq!(read("\nfile,a,file\nx,y,z\n").1, "m.csv:2: the column `file` is there twice (rename one)");
        let semicolons = "m.csv:1: one column only (`;` divides no cells here: `.csv` takes `,` and `.tsv` tabs)";
        assert_eq!(read("file;label\nx;y\n").1, semicolons);
        assert_eq!(read(b"\xff\xfef\0").1, "m.csv:1: the header is not UTF-8 (save the file as UTF-8)");
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(bytes in proptest::collection::vec(prop_oneof![Just(b'"'), Just(b','), Just(b'\n'), Just(b'\r'), any::<u8>()], 0..80)) {
            let (table, _) = read(&bytes);
            let lines = bytes.iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
            for row in table.iter().flat_map(|table| &table.rows) {
                prop_assert!(row.line <= lines && row.cells.len() == table.as_ref().unwrap().columns.len());
            }
        }
    }
}

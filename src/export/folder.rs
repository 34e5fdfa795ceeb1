//! Picture files in a folder for each class, as Keras's `image_dataset_from_directory` and torchvision's `ImageFolder` read them.

use super::record::Record;
use super::shard::Shard;
use super::work::Work;
use crate::engine::each;
use crate::error::{Error, Result, shown};
use crate::manifest::Manifest;
use serde_json::{Value, json};
use std::path::Path;

/// The most bytes of a name that is taken from the dataset.
const MOST: usize = 100;

/// Writes the files of every row, and what is known of them, epoch by epoch.
pub(super) fn write(work: &Work<'_>) -> Result<()> {
    let classes = classes(work.manifest);
    let epochs: Vec<&[Shard<'_>]> = work.shards.chunk_by(|a, b| (a.side, a.epoch) == (b.side, b.epoch)).collect();
    for epoch in &epochs {
        // All of them, since readers number classes by the folders that there are.
        classes.iter().flatten().try_for_each(|class| work.dest.folder(&format!("{}/{class}", epoch[0].epoch_folder())))?;
    }
    each(&work.shards, || (), |(), shard| pictures(work, shard, classes.as_deref()))?;
    each(&epochs, || (), |(), epoch| tables(work, epoch, classes.as_deref()))
}

/// What a person should know: readers number classes by the order of their folders.
pub(super) fn warnings(manifest: &Manifest) -> Vec<String> {
    let Some(classes) = classes(manifest).filter(|classes| !classes.is_sorted()) else { return Vec::new() };
    let first = classes.first().cloned().unwrap_or_default();
    vec![format!(
        "classes: readers that sort folders number them otherwise than the dataset, whose class 0 is `{}` (give Keras `class_names`, in the order of export.json)",
        shown(&first)
    )]
}

/// The folders of the classes, in the order of their numbers; none if rows have not one class each.
fn classes(manifest: &Manifest) -> Option<Vec<String>> {
    let head = manifest.heads.get("labels").filter(|head| matches!(head.kind.as_str(), "class" | "one_hot"))?;
    let folder = |(number, name): (usize, &String)| safe(name, &format!("~{number}"));
    Some(head.class_names.iter().enumerate().map(folder).collect())
}

/// Writes the files of a shard.
fn pictures(work: &Work<'_>, shard: &Shard<'_>, classes: Option<&[String]>) -> Result<()> {
    work.each_row(shard, &mut |row| {
        let file = file(work, &row, classes);
        work.dest.put(&format!("{}/{file}", shard.epoch_folder()), &work.picture.file(row.image))?;
        if let Some(mask) = row.mask {
            let file = Path::new(&file).with_extension("png");
            work.dest.put(&format!("masks/{}/{}", shard.epoch_folder(), file.display()), &work.picture.mask_file(mask))?;
        }
        work.progress.rows(1);
        Ok(())
    })
}

/// Writes what is known of the rows of an epoch: all of it as JSON Lines; labels as CSV if no folders say them.
fn tables(work: &Work<'_>, epoch: &[Shard<'_>], classes: Option<&[String]>) -> Result<()> {
    let folder = epoch[0].epoch_folder();
    let mut lines = work.dest.begin(&format!("{folder}.jsonl"))?;
    let mut csv = None;
    for shard in epoch {
        work.each_row_of(shard, &|name| name != "images" && name != "masks", &mut |row| {
            let file = file(work, &row, classes);
            let mut line = serde_json::Map::from_iter([("file".to_string(), json!(file))]);
            line.extend(row.json());
            lines.put(format!("{}\n", Value::from(line)).as_bytes())?;
            if classes.is_none() {
                let table = csv.get_or_insert_with(|| csv::Writer::from_writer(Vec::new()));
                csv_line(table, &file, &row)?;
            }
            Ok(())
        })?;
    }
    lines.finish()?;
    let Some(table) = csv else { return Ok(()) };
    let bytes = table.into_inner().map_err(|error| Error::Internal(error.to_string()))?;
    work.dest.put(&format!("{folder}/labels.csv"), &bytes)
}

/// Appends a row to the table of labels, below its head.
fn csv_line(table: &mut csv::Writer<Vec<u8>>, file: &str, row: &Record<'_>) -> Result<()> {
    let labels = || row.fields.iter().filter(|field| field.name.starts_with("label"));
    // A column for each number.
    let columns = labels().flat_map(|field| match field.shape.first() {
        None => vec![field.name.clone()],
        Some(count) => (0..*count).map(|at| format!("{}_{at}", field.name)).collect(),
    });
    let numbers = labels().flat_map(|field| match field.json() {
        Value::Array(values) => values,
        value => vec![value],
    });
    let text = |value: Value| if let Value::String(text) = value { text } else { value.to_string() };
    let mut write = |fields: Vec<String>| table.write_record(fields).map_err(|error| Error::Internal(error.to_string()));
    if row.row == 0 {
        write(["file", "source"].map(String::from).into_iter().chain(columns).collect())?;
    }
    write([file.to_string(), row.source.clone()].into_iter().chain(numbers.map(text)).collect())
}

/// The file of a row below the folder of its epoch: `CLASS/NNNNNNNN-STEM.png`.
fn file(work: &Work<'_>, row: &Record<'_>, classes: Option<&[String]>) -> String {
    let stem = Path::new(&row.source).file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let name = format!("{:08}-{}.{}", row.row, safe(&stem, ""), work.picture.ending());
    let class = classes.and_then(|classes| classes.get(number(row)?));
    class.map_or(name.clone(), |class| format!("{class}/{name}"))
}

/// The class of a row that has one: its number, or the place of the one in its label.
fn number(row: &Record<'_>) -> Option<usize> {
    let label = row.fields.iter().find(|field| field.name == "label")?;
    match label.class() {
        Some(class) => usize::try_from(class).ok(),
        None => label.json().as_array()?.iter().position(|value| value.as_f64() == Some(1.0)),
    }
}

/// A name as every system takes it for a file: other characters are percent-encoded, as in addresses, and one that is too long ends in `mark`.
fn safe(name: &str, mark: &str) -> String {
    let plain =
        |at: usize, c: char| c.is_alphanumeric() || "_- +=@,()".contains(c) || (c == '.' && at > 0 && at + 1 < name.len());
    let mut safe = String::new();
    for (at, c) in name.char_indices() {
        let piece = if plain(at, c) { c.to_string() } else { c.to_string().bytes().map(|byte| format!("%{byte:02X}")).collect() };
        if safe.len() + piece.len() > MOST {
            return safe + mark;
        }
        safe += &piece;
    }
    let reserved = ["con", "prn", "aux", "nul"].contains(&safe.to_lowercase().as_str());
    if safe.is_empty() || reserved { safe + "%" } else { safe }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_and_differ_if_classes_do() {
        assert_eq!(safe("golden retriever", ""), "golden retriever");
        assert_eq!(safe("../a/b\\c", ""), "%2E.%2Fa%2Fb%5Cc");
        assert_eq!(safe("h\u{e4}nde.v2", ""), "h\u{e4}nde.v2");
        assert_eq!(safe("50%", ""), "50%25");
        assert_eq!(safe("..", ""), "%2E%2E");
        assert_eq!(safe("", ""), "%");
        assert_eq!(safe("NUL", ""), "NUL%");
        let long = "x".repeat(300);
        assert_eq!(safe(&long, "~7"), "x".repeat(100) + "~7");
    }
}

//! What a sheet holds, whatever it is written as.

use super::{html, png};
use crate::error::{Error, Result, counted, shown};
use crate::image::Image;
use crate::output::place;
use crate::report::Told;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Pictures, each beside what was made of it.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// What the sheet is of.
    pub title: String,
    /// Lines below the title.
    pub notes: Vec<String>,
    /// The pictures.
    pub groups: Vec<Group>,
    /// What a person should know besides.
    pub warnings: Vec<String>,
}

/// One picture, and what was made of it.
#[derive(Clone, Debug)]
pub struct Group {
    /// The class, or what varies.
    pub name: String,
    /// The file, or what it means.
    pub detail: String,
    /// The picture as it was found.
    pub source: Shown,
    /// The picture as every row begins with it; `None` if it is the source.
    pub before: Option<Shown>,
    /// What was made.
    pub made: Vec<Shown>,
}

/// A picture with its caption.
#[derive(Clone, Debug)]
pub struct Shown {
    /// What it is, in a word or two.
    pub name: String,
    /// How it was made: a line for each step, an op's name and what was drawn.
    pub lines: Vec<(String, String)>,
    /// The whole recipe as JSON, a line for each step.
    pub recipe: String,
    /// The picture.
    pub image: Image,
    /// The picture after each step, named by the step; the last is the picture itself.
    pub steps: Vec<Shown>,
}

impl Shown {
    /// A picture without a story.
    pub fn plain(name: &str, image: Image) -> Self {
        Self { name: name.into(), lines: Vec::new(), recipe: String::new(), image, steps: Vec::new() }
    }

    /// What a person who does not see the picture is told.
    pub fn told(&self) -> String {
        let lines: Vec<String> = self.lines.iter().map(|(op, values)| format!("{op} {values}").trim().to_string()).collect();
        let size = self.image.size();
        let story = if lines.is_empty() { String::new() } else { format!(": {}", lines.join(", ")) };
        format!("{}, {} by {} pixels{story}", self.name, size.width, size.height)
    }
}

/// What a sheet is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A picture.
    Png,
    /// A page that needs nothing else.
    Html,
}

impl Format {
    /// The format that a file's ending says.
    ///
    /// # Errors
    /// If it says none, or the file could not be written.
    pub fn of(file: &Path) -> Result<Self> {
        place::check(file)?;
        match place::ending(file).as_deref() {
            Some("png") => Ok(Self::Png),
            Some("html" | "htm") => Ok(Self::Html),
            _ => Err(Error::Usage(format!("{}: a sheet is a picture or a page (write -o NAME.png or NAME.html)", shown(file)))),
        }
    }
}

/// A sheet that is there.
#[derive(Debug)]
pub struct Written {
    file: PathBuf,
    bytes: u64,
    groups: usize,
    made: usize,
    warnings: Vec<String>,
}

impl Sheet {
    /// Writes the sheet to `file`, in place of what was there; a PNG shows the picture after each step if `steps`.
    ///
    /// # Errors
    /// If the file cannot be written, or a PNG would have too many pixels.
    pub fn write(self, file: &Path, format: Format, steps: bool) -> Result<Written> {
        let bytes = match format {
            Format::Png => png::png(&self, steps).map_err(|problem| Error::Usage(format!("{}: {problem}", shown(file))))?,
            Format::Html => html::page(&self).into_bytes(),
        };
        place::replace(file, &bytes)?;
        Ok(Written {
            file: file.into(),
            bytes: bytes.len() as u64,
            groups: self.groups.len(),
            made: self.groups.iter().map(|group| group.made.len()).sum(),
            warnings: self.warnings,
        })
    }
}

impl Told for Written {
    fn text(&self) -> String {
        let made = counted(self.made as u64, "picture made", "pictures made");
        format!("{}: {}, {made}\n", shown(&self.file), counted(self.groups as u64, "group", "groups"))
    }

    fn json(&self) -> Value {
        json!({
            "sheet": self.file.to_string_lossy(), "bytes": self.bytes, "groups": self.groups, "pictures": self.made,
            "warnings": self.warnings,
        })
    }

    fn warnings(&self) -> Vec<String> {
        self.warnings.clone()
    }
}

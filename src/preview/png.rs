//! A sheet as a picture: a band for each group, the source in front.

use super::fit::fit;
use super::paint::{Ink, Paper, Style, shortened, wrapped};
use super::sheet::{Group, Sheet, Shown};
use crate::encode;
use crate::image::{Image, MOST_PIXELS, Size};

const PAPER: Ink = [255, 255, 255];
const TEXT: Ink = [31, 35, 40];
const QUIET: Ink = [89, 99, 110];
const LINE: Ink = [209, 217, 224];

/// Around the sheet, and between what stands on it.
const MARGIN: u32 = 20;
const GAP: u32 = 12;
/// The longest side of a tile, and what small pictures are enlarged towards.
const LARGEST: u32 = 320;
const SMALLEST: u32 = 128;
/// Letters that a caption has room for at least.
const LETTERS: u32 = 26;
/// Lines of a caption.
const LINES: usize = 24;

/// A picture with the text below it, as it is laid out.
struct Cell {
    image: Image,
    head: String,
    lines: Vec<String>,
}

/// Cells side by side, below a heading.
struct Band {
    bold: String,
    plain: String,
    /// Whether a line parts it from what stands above.
    first: bool,
    cells: Vec<Cell>,
}

/// Encodes the sheet; `steps` adds the pictures after each step.
///
/// # Errors
/// If it would have too many pixels.
pub(super) fn png(sheet: &Sheet, steps: bool) -> Result<Vec<u8>, String> {
    let tile = tile(sheet);
    let column = tile.width.max(LETTERS * Style::Small.width());
    let bands: Vec<Band> = sheet.groups.iter().flat_map(|group| bands(group, tile, column, steps)).collect();
    let columns = bands.iter().map(|band| band.cells.len()).max().unwrap_or(1) as u32;
    let width = 2 * MARGIN + columns * (column + GAP) - GAP;
    let notes: Vec<String> =
        sheet.notes.iter().flat_map(|note| wrapped(note, Style::Small.letters(width - 2 * MARGIN))).collect();
    let title = Style::Title.line() + 4;
    let head = title + notes.len() as u32 * Style::Small.line() + GAP;
    let height = 2 * MARGIN + head + bands.iter().map(|band| band.height(tile)).sum::<u32>();
    let size = Size::new(width, height);
    if size.pixels() > MOST_PIXELS {
        return Err(format!("the sheet would have {size} pixels (take fewer --images or --rows, or write -o NAME.html)"));
    }
    let mut paper = Paper::new(size, PAPER);
    paper.text((MARGIN, MARGIN), &shortened(&sheet.title, Style::Title.letters(width - 2 * MARGIN)), Style::Title, TEXT);
    for (note, y) in notes.iter().zip((MARGIN + title..).step_by(Style::Small.line() as usize)) {
        paper.text((MARGIN, y), note, Style::Small, QUIET);
    }
    let mut y = MARGIN + head;
    for band in &bands {
        band.paint(&mut paper, y, width, column, tile);
        y += band.height(tile);
    }
    Ok(encode::png(paper.bytes(), size))
}

/// The box of a tile: that of the rows, brought to a size that is good to look at.
fn tile(sheet: &Sheet) -> Size {
    let sizes = sheet.groups.iter().flat_map(|group| &group.made).map(|made| made.image.size());
    let (width, height) = sizes.fold((1, 1), |(w, h), size| (size.width.max(w), size.height.max(h)));
    let longest = width.max(height);
    if longest > LARGEST {
        let side = |side: u32| (u64::from(side) * u64::from(LARGEST)).div_ceil(u64::from(longest)).max(1) as u32;
        return Size::new(side(width), side(height));
    }
    let times = (SMALLEST / longest).max(1);
    Size::new(width * times, height * times)
}

fn bands(group: &Group, tile: Size, column: u32, steps: bool) -> Vec<Band> {
    let cell = |shown: &Shown| Cell::new(shown, tile, column);
    let cells = std::iter::once(&group.source).chain(&group.made).map(cell).collect();
    let mut bands = vec![Band { bold: group.name.clone(), plain: group.detail.clone(), first: true, cells }];
    if steps {
        let stories = group.before.iter().chain(&group.made).filter(|made| !made.steps.is_empty());
        bands.extend(stories.map(|made| {
            let before = if made.name == "before" { None } else { group.before.as_ref() };
            let cells = before.iter().copied().chain(&made.steps).map(cell).collect();
            Band { bold: made.name.clone(), plain: "step by step".into(), first: false, cells }
        }));
    }
    bands
}

impl Cell {
    fn new(shown: &Shown, tile: Size, column: u32) -> Self {
        let letters = Style::Small.letters(column);
        let mut lines = Vec::new();
        for (op, values) in &shown.lines {
            // What runs on is set in, so that one sees where a step begins.
            let wrapped = wrapped(&format!("{op} {values}"), letters - 2);
            lines.extend(wrapped.into_iter().enumerate().map(|(i, line)| if i == 0 { line } else { format!("  {line}") }));
        }
        if lines.len() > LINES {
            let more = lines.len() - (LINES - 1);
            lines.truncate(LINES - 1);
            lines.push(format!(".. {more} lines more"));
        }
        Self { image: fit(&shown.image, tile), head: shortened(&shown.name, letters), lines }
    }
}

impl Band {
    fn head(&self) -> u32 {
        Style::Bold.line() + 6
    }

    fn height(&self, tile: Size) -> u32 {
        let lines = self.cells.iter().map(|cell| cell.lines.len()).max().unwrap_or(0) as u32;
        let line = if self.first { GAP } else { 0 };
        line + self.head() + tile.height + 6 + Style::Bold.line() + lines * Style::Small.line() + GAP
    }

    fn paint(&self, paper: &mut Paper, top: u32, width: u32, column: u32, tile: Size) {
        let mut y = top;
        if self.first {
            paper.fill((MARGIN, y), Size::new(width - 2 * MARGIN, 1), LINE);
            y += GAP;
        }
        let room = Style::Bold.letters(width - 2 * MARGIN);
        let bold = shortened(&self.bold, room / 2);
        paper.text((MARGIN, y), &bold, Style::Bold, TEXT);
        let used = bold.chars().count() + 2;
        let plain = shortened(&self.plain, room - used);
        paper.text((MARGIN + used as u32 * Style::Bold.width(), y), &plain, Style::Small, QUIET);
        y += self.head();
        for (cell, x) in self.cells.iter().zip((MARGIN..).step_by((column + GAP) as usize)) {
            paper.picture((x, y), &cell.image);
            let mut at = y + tile.height + 6;
            paper.text((x, at), &cell.head, Style::Bold, TEXT);
            at += Style::Bold.line();
            for line in &cell.lines {
                paper.text((x, at), line, Style::Small, QUIET);
                at += Style::Small.line();
            }
        }
    }
}

//! What is known of pictures besides their labels: masks, boxes, key points.

use super::fields::{About, Choice, Fields};
use crate::annotations::beside::Rule;
use crate::targets::{Cut, Filter};

/// What follows the pixels.
#[derive(Clone, Debug, PartialEq)]
pub struct Targets {
    /// Semantic masks, if there are any.
    pub masks: Option<Masks>,
    /// Boxes and key points, if there are any.
    pub boxes: Option<Boxes>,
}

/// Semantic masks: a picture of class numbers for each picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Masks {
    /// Where they come from.
    pub from: MaskSource,
    /// Whether pictures of which the file of all knows nothing are pictures of nothing; else they are refused.
    pub background: bool,
    /// Whether shapes of many things at once are drawn.
    pub crowds: bool,
    /// The number where nothing is known.
    pub ignore_index: u32,
    /// Bytes of a number: 1 or 2.
    pub bytes: usize,
}

/// Where masks come from.
#[derive(Clone, Debug, PartialEq)]
pub enum MaskSource {
    /// A file for each picture, called by a rule, below the input.
    Files(Rule),
    /// The shapes of a COCO JSON file, as a way from the input.
    Coco(String),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum FromMasks {
    Files,
    Coco,
}

impl Choice for FromMasks {
    const ALL: &'static [(&'static str, Self)] = &[("files", Self::Files), ("coco", Self::Coco)];
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Background(bool);

impl Choice for Background {
    const ALL: &'static [(&'static str, Self)] = &[("error", Self(false)), ("background", Self(true))];
}

/// Boxes and key points.
#[derive(Clone, Debug, PartialEq)]
pub struct Boxes {
    /// Where they come from.
    pub from: BoxSource,
    /// What four numbers say a box.
    pub format: BoxFormat,
    /// Boxes of a row at most; as many as a picture has, if it is not there.
    pub most: Option<u64>,
    /// The classes in their order, if they are given.
    pub classes: Option<Vec<String>>,
    /// What pictures without annotations, and annotations without pictures, are.
    pub unmatched: Unmatched,
    /// Whether boxes are cut that reach beyond their pictures; else they are refused.
    pub clip: bool,
    /// Whether boxes around many things at once are kept.
    pub crowds: bool,
    /// Which boxes are kept.
    pub filter: Filter,
    /// What is cut where the picture ends.
    pub cut: Cut,
    /// How boxes of rows stand in arrays.
    pub layout: BoxLayout,
}

/// How boxes of rows stand in arrays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BoxLayout {
    /// In as many places for each row.
    Padded,
    /// End to end, with the place where each row's begin.
    Ragged,
}

impl Choice for BoxLayout {
    const ALL: &'static [(&'static str, Self)] = &[("padded", Self::Padded), ("ragged", Self::Ragged)];
}

/// Where boxes come from.
#[derive(Clone, Debug, PartialEq)]
pub enum BoxSource {
    /// A COCO JSON file, as a way from the input.
    Coco(String),
    /// A Pascal VOC XML file for each picture.
    Voc(Rule),
    /// A YOLO text file for each picture, and the file that names the classes.
    Yolo(Rule, String),
    /// Hugging Face's `metadata.jsonl`, as a way from the input.
    Metadata(String),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum From {
    Coco,
    Voc,
    Yolo,
    Metadata,
}

impl Choice for From {
    const ALL: &'static [(&'static str, Self)] =
        &[("coco", Self::Coco), ("voc", Self::Voc), ("yolo", Self::Yolo), ("metadata", Self::Metadata)];
}

/// What four numbers say a box, by the names that Albumentations has for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BoxFormat {
    /// Left, top, right, bottom in pixels.
    PascalVoc,
    /// Left, top, width, height in pixels.
    Coco,
    /// Left, top, right, bottom as shares of the row's sides.
    Albumentations,
    /// Centre across, centre down, width, height as shares of the row's sides.
    Yolo,
}

impl Choice for BoxFormat {
    const ALL: &'static [(&'static str, Self)] =
        &[("pascal_voc", Self::PascalVoc), ("coco", Self::Coco), ("albumentations", Self::Albumentations), ("yolo", Self::Yolo)];
}

/// What pictures without annotations, and annotations without pictures, are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unmatched {
    /// Refused.
    Error,
    /// Left out.
    Skip,
    /// Pictures without anything in them; annotations without pictures are left out.
    Background,
}

impl Choice for Unmatched {
    const ALL: &'static [(&'static str, Self)] =
        &[("error", Self::Error), ("skip", Self::Skip), ("background", Self::Background)];
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Bytes(usize);

impl Choice for Bytes {
    const ALL: &'static [(&'static str, Self)] = &[("uint8", Self(1)), ("uint16", Self(2))];
}

impl Choice for Cut {
    const ALL: &'static [(&'static str, Self)] = &[("outline", Self::Outline), ("hull", Self::Hull)];
}

/// Reads the section; `None`, without a trace in the resolved spec, if it is not there.
pub(super) fn read_targets(fields: &mut Fields<'_>) -> Option<Targets> {
    let about = About("", "masks, boxes and key points, which follow the pixels into arrays of their own");
    fields.optional_object("targets", about, |fields| {
        let about = About("", "semantic masks: PNG files whose levels or palette indices are class numbers");
        let masks = fields.optional_object("masks", about, read_masks);
        let about = About("", "boxes around things, and their key points");
        let boxes = fields.optional_object("boxes", about, read_boxes);
        if fields.is_written() && masks.is_none() && boxes.is_none() {
            fields.complain("masks", "missing (write masks, boxes, or both; or remove `targets`)");
        }
        Targets { masks, boxes }
    })
}

fn read_masks(fields: &mut Fields<'_>) -> Masks {
    let from = fields.choice("from", FromMasks::Files, About("", "a file for each picture, or the shapes of a COCO file"));
    let about = About("", "the mask of a picture, as a way from the input, `masks/NAME.png`; or the way to the COCO file");
    let path = fields.path("path", about);
    let from = match from {
        FromMasks::Files => MaskSource::Files(read_rule(fields, &path, ".png")),
        FromMasks::Coco => MaskSource::Coco(path),
    };
    let about = About("", "what pictures are that the COCO file does not hold: refused, or pictures of nothing");
    let Background(background) = fields.choice("unmatched", Background(false), about);
    let crowds = fields.flag("crowds", false, About("", "draw shapes of many things at once, COCO's `iscrowd`"));
    let Bytes(bytes) = fields.choice("dtype", Bytes(1), About("", "type of a class number"));
    let most = (1 << (8 * bytes)) - 1;
    let about = About("", "the class number where nothing is known, as beyond the border");
    let ignore_index = fields.integer("ignore_index", Some(255), (0, 65_535), about);
    if ignore_index > most {
        fields.complain(
            "ignore_index",
            &format!("{ignore_index} is above {most}, the most of uint8 (write \"dtype\": \"uint16\")"),
        );
    }
    ["from", "unmatched", "crowds"].into_iter().for_each(|name| fields.keep_untraced(name));
    Masks { from, background, crowds, ignore_index: ignore_index as u32, bytes }
}

/// The rule at `path`; a problem, and any rule, if it is none.
fn read_rule(fields: &Fields<'_>, path: &str, ending: &str) -> Rule {
    Rule::new(path, ending).unwrap_or_else(|problem| {
        if fields.is_written() && !path.is_empty() {
            fields.complain("path", &problem);
        }
        Rule::new(&format!("_NAME{ending}"), ending).expect("invariant: a good rule")
    })
}

fn read_boxes(fields: &mut Fields<'_>) -> Boxes {
    let from = fields.choice("from", From::Coco, About("", "the kind of file that they come from"));
    let about = About(
        "",
        "the way to the COCO file or the `metadata.jsonl` from the input, or to each picture's file: `annotations/NAME.xml`, `labels/NAME.txt`",
    );
    let path = fields.path("path", about);
    let about = About("", "the file that names the classes, for `yolo`: `classes.txt`, or a data.yaml");
    let names = fields.optional_path("names", about);
    let from = match from {
        From::Coco => BoxSource::Coco(path),
        From::Metadata => BoxSource::Metadata(path),
        From::Voc => BoxSource::Voc(read_rule(fields, &path, ".xml")),
        From::Yolo => BoxSource::Yolo(
            read_rule(fields, &path, ".txt"),
            names.unwrap_or_else(|| {
                fields.complain("names", "missing (numbers of classes mean nothing without their names)");
                String::new()
            }),
        ),
    };
    let format =
        fields.choice("format", BoxFormat::PascalVoc, About("", "what four numbers say a box, in Albumentations' words"));
    let about = About("boxes", "the most of a row; as many as a picture has, if it is not there");
    let most = fields.optional_integer("most", (1, 100_000), about);
    let classes = fields.optional_texts("classes", About("", "the classes, in the order of their numbers"));
    let unmatched = fields.choice(
        "unmatched",
        Unmatched::Error,
        About(
            "",
            "what pictures without annotations are, and annotations without pictures: refused, left out, or pictures of nothing",
        ),
    );
    let clip = fields.flag(
        "clip",
        false,
        About("", "cut boxes that reach beyond their pictures, and leave out empty ones; else they are refused"),
    );
    let crowds = fields.flag("crowds", false, About("", "keep boxes around many things at once, COCO's `iscrowd`"));
    let filter = read_filter(fields);
    let about = About(
        "",
        "what is cut where the picture ends, if a box was turned: its outline, or, as in Albumentations, the hull of it",
    );
    let cut = fields.choice("cut", Cut::Outline, about);
    let about = About("", "how boxes stand in arrays: in as many places for each row, or end to end, with `box_offsets`");
    let layout = fields.choice("layout", BoxLayout::Padded, about);
    fields.keep_untraced("layout");
    Boxes { from, format, most, classes, unmatched, clip, crowds, filter, cut, layout }
}

fn read_filter(fields: &mut Fields<'_>) -> Filter {
    let mut least = |name, most, unit, text| fields.number(name, Some(0.0), (0.0, most), About(unit, text));
    Filter {
        min_area: least("min_area", 1e12, "pixels", "the least area that is seen of a box that is kept"),
        min_visibility: least("min_visibility", 1.0, "share", "the least share of its area that is still seen"),
        min_width: least("min_width", 1e6, "pixels", "the least width"),
        min_height: least("min_height", 1e6, "pixels", "the least height"),
        max_accept_ratio: None,
    }
}

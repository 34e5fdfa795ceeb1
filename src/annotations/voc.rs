//! Pascal VOC: an XML file for each picture.
//!
//! ```xml
//! <annotation>
//!   <filename>a.jpg</filename>
//!   <size><width>640</width><height>480</height><depth>3</depth></size>
//!   <object>
//!     <name>dog</name> <truncated>0</truncated> <difficult>0</difficult>
//!     <bndbox><xmin>48</xmin><ymin>240</ymin><xmax>195</xmax><ymax>371</ymax></bndbox>
//!   </object>
//! </annotation>
//! ```
//!
//! Numbers are taken as they stand, as Albumentations' `pascal_voc` takes them: `xmin` is the left edge and `xmax`
//! the right one. The devkit of the challenge counts pixels from 1 and the last one in, so that its boxes come out
//! with the left and upper edge one pixel short; few tools that write VOC today do as the devkit does.

use super::text::text;
use super::{Instances, LabelledBox, Outside, Place, Problems};
use crate::error::shown;
use crate::image::Size;
use roxmltree::{Document, Node, ParsingOptions};

/// More elements than a picture's file has: a million objects or so would be gigabytes as a tree.
const MOST_NODES: u32 = 1_000_000;

/// What a file says of its picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Annotation {
    /// The name of the picture, which may be another than it has now: most readers go by the name of the XML file.
    pub filename: Option<String>,
    /// The objects.
    pub instances: Instances,
}

/// Reads a file; `None` if it is no Pascal VOC at all. Objects that have a problem are left out.
///
/// A document type with its entities is refused, so that none can be expanded without end.
pub fn read(file: &str, bytes: &[u8], outside: Outside, problems: &mut Problems) -> Option<Annotation> {
    let place = Place::file(file);
    let text = text(bytes, &place, problems)?;
    let options = ParsingOptions { nodes_limit: MOST_NODES, ..ParsingOptions::default() };
    let document = match Document::parse_with_options(text, options) {
        Ok(document) => document,
        Err(roxmltree::Error::DtdDetected) => {
            problems.add(&place, "has a document type, which is not read (remove `<!DOCTYPE ...>`)");
            return None;
        }
        Err(error) => {
            let line = Place::line(file, u64::from(error.pos().row));
            let said = error.to_string();
            problems.add(&line, format_args!("not valid XML: {}", shown(said.split(" at ").next().unwrap_or_default())));
            return None;
        }
    };
    let root = Element { file, node: document.root_element() };
    if root.node.tag_name().name() != "annotation" {
        problems.add(&root.place(), "is no Pascal VOC (expected the root to be `<annotation>`)");
        return None;
    }
    let filename = root.text("filename").map(str::to_string);
    let size = root.child("size").and_then(|size| size.size(problems));
    let objects = root.node.children().filter(|node| node.has_tag_name("object"));
    let objects = objects.filter_map(|node| Element { file, node }.object(size, outside, problems));
    Some(Annotation { filename, instances: Instances { size, boxes: objects.collect() } })
}

/// An element of a file.
#[derive(Clone, Copy)]
struct Element<'a> {
    file: &'a str,
    node: Node<'a, 'a>,
}

impl<'a> Element<'a> {
    fn place(self) -> Place<'a> {
        let line = self.node.document().text_pos_at(self.node.range().start).row;
        Place::line(self.file, u64::from(line))
    }

    fn child(self, name: &str) -> Option<Self> {
        self.node.children().find(|node| node.has_tag_name(name)).map(|node| Self { node, ..self })
    }

    /// The text of a child, unless there is none or it is blank.
    fn text(self, name: &str) -> Option<&'a str> {
        self.child(name)?.node.text().map(str::trim).filter(|text| !text.is_empty())
    }

    fn size(self, problems: &mut Problems) -> Option<Size> {
        let side = |name: &str| self.text(name).and_then(|text| text.parse::<u32>().ok());
        match (side("width"), side("height")) {
            // Tools that did not know the size write zeros.
            (Some(0), Some(0)) => None,
            (Some(width @ 1..), Some(height @ 1..)) => Some(Size::new(width, height)),
            _ => {
                problems.add(&self.place(), "`size` has no `width` and `height` in whole pixels (mend it, or remove `size`)");
                None
            }
        }
    }

    fn object(self, size: Option<Size>, outside: Outside, problems: &mut Problems) -> Option<LabelledBox> {
        let before = problems.count();
        let place = self.place();
        let class = self.text("name").unwrap_or_default();
        if class.is_empty() {
            problems.add(&place, "an object has no `name`");
        }
        let place = if class.is_empty() { place } else { place.thing(format_args!("object `{}`", class.escape_debug())) };
        let truncated = self.flag("truncated", &place, problems);
        let difficult = self.flag("difficult", &place, problems);
        let Some(edges) = self.child("bndbox") else {
            problems.add(&place, "has no `bndbox`");
            return None;
        };
        let [x_min, y_min, x_max, y_max] = ["xmin", "ymin", "xmax", "ymax"].map(|name| edges.number(name, &place, problems));
        let (x_min, y_min, x_max, y_max) = (x_min?, y_min?, x_max?, y_max?);
        let area =
            LabelledBox { class: class.into(), x_min, y_min, x_max, y_max, difficult, truncated, ..LabelledBox::default() };
        area.fitted(size, outside, &place, problems).filter(|_| problems.count() == before)
    }

    fn flag(self, name: &str, place: &Place<'_>, problems: &mut Problems) -> bool {
        match self.text(name) {
            None | Some("0") => false,
            Some("1") => true,
            Some(text) => {
                problems.add(place, format_args!("`{name}` is `{}` (expected 0 or 1)", text.escape_debug()));
                false
            }
        }
    }

    fn number(self, name: &str, place: &Place<'_>, problems: &mut Problems) -> Option<f64> {
        let Some(text) = self.text(name) else {
            problems.add(place, format_args!("`bndbox` has no `{name}`"));
            return None;
        };
        let number = text.parse().ok();
        if number.is_none() {
            problems.add(place, format_args!("`{name}` is `{}`, not a number", text.escape_debug()));
        }
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: impl AsRef<[u8]>, outside: Outside) -> (Option<Annotation>, String) {
        let mut problems = Problems::default();
        let annotation = super::read("a.xml", text.as_ref(), outside, &mut problems);
        (annotation, problems.finish().map_or_else(|error| error.to_string(), |warnings| warnings.join("\n")))
    }

    fn with(object: &str) -> String {
        format!("<annotation>\n<size><width>100</width><height>50</height></size>\n<object>{object}</object>\n</annotation>")
    }

    fn bndbox([x_min, y_min, x_max, y_max]: [&str; 4]) -> String {
        format!("<bndbox><xmin>{x_min}</xmin><ymin>{y_min}</ymin><xmax>{x_max}</xmax><ymax>{y_max}</ymax></bndbox>")
    }

    #[test]
    fn objects_have_a_name_a_box_and_flags() {
        let (annotation, told) = read(include_bytes!("../../fixtures/annotations/voc/astronaut.xml"), Outside::Refuse);
        let class = |class: &str| LabelledBox { class: class.into(), ..LabelledBox::default() };
        let boxes = vec![
            LabelledBox { x_min: 48.0, y_min: 20.0, x_max: 195.0, y_max: 71.5, truncated: true, ..class("person") },
            LabelledBox { x_min: 1.0, y_min: 1.0, x_max: 256.0, y_max: 256.0, difficult: true, ..class("flag & pole") },
        ];
        let instances = Instances { size: Some(Size::new(256, 256)), boxes };
        assert_eq!((annotation, told), (Some(Annotation { filename: Some("astronaut.jpg".into()), instances }), String::new()));
    }

    #[test]
    fn every_bad_object_is_named_and_left_out() {
        let cases = [
            (bndbox(["1", "2", "3", "4"]), "a.xml:3: an object has no `name`"),
            ("<name>dog</name>".into(), "a.xml:3: object `dog`: has no `bndbox`"),
            (
                format!("<name>dog</name>{}", bndbox(["1", "", "3", "x"])),
                "a.xml:3: object `dog`: `bndbox` has no `ymin`\na.xml:3: object `dog`: `ymax` is `x`, not a number",
            ),
            (
                format!("<name>dog</name><difficult>Unspecified</difficult>{}", bndbox(["1", "2", "3", "4"])),
                "a.xml:3: object `dog`: `difficult` is `Unspecified` (expected 0 or 1)",
            ),
            (
                format!("<name>dog</name>{}", bndbox(["9", "2", "3", "4"])),
                "a.xml:3: object `dog`: x_max 3 is below x_min 9 (boxes go from left to right and from top to bottom)",
            ),
            (
                format!("<name>dog</name>{}", bndbox(["1", "2", "nan", "4"])),
                "a.xml:3: object `dog`: x_max is NaN, not a finite number",
            ),
            (
                format!("<name>dog</name>{}", bndbox(["1", "2", "101", "4"])),
                "a.xml:3: object `dog`: x_max 101 is outside of the 100x50 picture (mend it, or set `clip`)",
            ),
        ];
        for (object, problem) in cases {
            let (annotation, told) = read(with(&object), Outside::Refuse);
            assert_eq!((annotation.unwrap().instances.boxes, told.as_str()), (Vec::new(), problem));
        }
    }

    #[test]
    fn clipping_is_told() {
        let (annotation, told) = read(with(&format!("<name>dog</name>{}", bndbox(["1", "2", "101", "4"]))), Outside::Clip);
        assert_eq!(annotation.unwrap().instances.boxes[0].x_max, 100.0);
        assert_eq!(told, "a.xml:3: object `dog`: x_max 101 is outside of the 100x50 picture; the box is clipped");
    }

    #[test]
    fn what_is_no_voc_says_so() {
        let cases: [(&[u8], &str); 5] = [
            (b"\n<note/>", "a.xml:2: is no Pascal VOC (expected the root to be `<annotation>`)"),
            (b"<annotation>\n<size>\n</annotation>", "a.xml:3: not valid XML: expected 'size' tag, not 'annotation'"),
            (b"\xff", "a.xml: is not UTF-8 (save the file as UTF-8)"),
            (
                b"<!DOCTYPE a [<!ENTITY b \"c\">]><annotation>&b;</annotation>",
                "a.xml: has a document type, which is not read (remove `<!DOCTYPE ...>`)",
            ),
            (
                b"<annotation><size><width>5</width></size></annotation>",
                "a.xml:1: `size` has no `width` and `height` in whole pixels (mend it, or remove `size`)",
            ),
        ];
        for (text, problem) in cases {
            assert_eq!(read(text, Outside::Refuse).1, problem);
        }
    }

    #[test]
    fn elements_without_end_are_refused() {
        let told = read("<annotation>".repeat(200_000), Outside::Refuse).1;
        assert!(told.starts_with("a.xml:1: not valid XML: "), "{told}");
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80), text in "[<>/ab\"& ]{0,40}") {
            let _ = read(&bytes, Outside::Clip);
            let _ = read(with(&text), Outside::Clip);
            let _ = read(with(&format!("<name>a</name>{}", bndbox([&text, "1", "2", "3"]))), Outside::Refuse);
        }
    }
}

//! The pages, as text.

use crate::common::cases::{self, Case};
use crate::strips::{self, Strip};
use prebake::image::Image;
use prebake::ops::{Entry, Family, Op, Serves};
use prebake::spec::fields::Declared;
use prebake::spec::{COMPOSITIONS, Form, declared};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

/// How high a strip stands in the list.
const THUMBNAIL: u32 = 64;

/// What a gallery's page begins with.
const HEAD: &str = "\
# The ops

Made from the code; `REGENERATE=1 cargo test --test reference` writes it again.

![the picture](pictures/source.jpg)

Each strip shows this picture with one field at the low end, in the middle and at the high end of the op's example, the other fields
in their middle; an op that has nothing to turn shows its words or some draws. Blurs, noises and losses of quality are shown in part,
pixel for pixel. `prebake preview PICTURE --op NAME -o sheet.png` makes the same of your own picture, larger.

Every step takes `p`, how often it applies (0 to 1, by default 1), and every number may follow a schedule over the epochs: see
[the spec](../spec.md).
";

/// The part of `docs/spec.md` that is made: compositions in full, ops by name.
pub(crate) fn steps() -> String {
    let mut text = String::new();
    for form in COMPOSITIONS {
        write!(text, "\n## {}\n\n{}\n\n{}", form.name, form.summary, example(form.example)).unwrap();
        text.push_str(&parameters(form.name));
    }
    text.push_str("\n# The ops\n\nEach with its fields, its formula and its pictures: [docs/ops](ops/README.md).\n");
    for (word, family) in Family::ALL {
        let links = of(*family).map(|op| format!("[{0}](ops/{0}.md)", op.name)).collect::<Vec<_>>().join(", ");
        write!(text, "\n**{word}**: {links}\n").unwrap();
    }
    text
}

/// Every file of `docs/ops`, by its path there.
pub(crate) fn gallery() -> BTreeMap<PathBuf, Vec<u8>> {
    let (cases, input) = (cases::all(), cases::input());
    let mut files = BTreeMap::from([(PathBuf::from("pictures/source.jpg"), strips::source())]);
    let mut list = HEAD.to_string();
    list.push_str(&heading("compositions"));
    for Form { name, summary, example, serves } in COMPOSITIONS {
        let strips = strips::of(name, example, None);
        list.push_str(&line(name, summary, &strips));
        files.insert(format!("{name}.md").into(), (page(name, summary, example, &strips) + &served(*serves)).into_bytes());
        files.extend(strips.into_iter().map(Strip::file));
    }
    for (word, family) in Family::ALL {
        list.push_str(&heading(word));
        for op in of(*family) {
            let strips = strips::of(op.name, op.example, Some(op.family));
            list.push_str(&line(op.name, op.summary, &strips));
            let text = page(op.name, op.summary, op.example, &strips) + &served(Some(op.serves)) + &held_to(op, &cases, &input);
            files.insert(format!("{}.md", op.name).into(), text.into_bytes());
            files.extend(strips.into_iter().map(Strip::file));
        }
    }
    files.insert("README.md".into(), list.into_bytes());
    files
}

fn of(family: Family) -> impl Iterator<Item = &'static Entry> {
    Op::ALL.iter().filter(move |op| op.family == family)
}

fn heading(word: &str) -> String {
    let (first, rest) = word.split_at(1);
    format!("\n## {}{rest}\n\n| name | low to high | what it does |\n|---|---|---|\n", first.to_uppercase())
}

/// An op in the list.
fn line(name: &str, summary: &str, strips: &[Strip]) -> String {
    let Strip { path, told, .. } = &strips[0];
    format!("| [{name}]({name}.md) | <img src=\"{path}\" height=\"{THUMBNAIL}\" alt=\"{name}: {}\"> | {summary} |\n", plain(told))
}

/// What every page has: pictures, example, fields.
fn page(name: &str, summary: &str, written: &str, strips: &[Strip]) -> String {
    let mut text = format!("# {name}\n\n{summary} [All ops](README.md)\n");
    for Strip { path, told, .. } in strips {
        write!(text, "\n![{name}: {}]({path})\n\n{told}\n", plain(told)).unwrap();
    }
    write!(text, "\n## Example\n\n{}", example(written)).unwrap();
    let fields = parameters(name);
    if !fields.is_empty() {
        write!(text, "\n## Parameters\n{fields}").unwrap();
    }
    text + &targets(name)
}

/// What becomes of masks, boxes and key points.
fn targets(name: &str) -> String {
    let Some(op) = Op::ALL.iter().find(|op| op.name == name) else {
        return "\n## Masks, boxes and key points\n\nAs its steps say.\n".into();
    };
    let (masks, boxes, points) = (op.targets.masks(), op.targets.boxes(), op.targets.key_points());
    format!("\n## Masks, boxes and key points\n\n- masks {masks}\n- boxes {boxes}\n- key points {points}\n")
}

/// Which pictures it serves.
fn served(serves: Option<Serves>) -> String {
    let told =
        serves.map_or("As its steps do.".into(), |serves| format!("{} channels of {}.", serves.channels(), serves.depths()));
    format!("\n## Channels and depth\n\n{told}\n")
}

/// Without the marks of code, as a picture's text has it.
fn plain(told: &str) -> String {
    told.replace('`', "")
}

fn example(step: &str) -> String {
    format!("```json\n{step}\n```\n")
}

fn parameters(name: &str) -> String {
    let fields = declared(name).unwrap();
    if fields.is_empty() {
        return String::new();
    }
    let row = |field: &Declared| {
        let default = field.default.as_ref().map_or("required".into(), |value| format!("`{value}`"));
        let (kind, (unit, meaning)) = (&field.kind, (field.about.0, field.about.1));
        format!("| `{}` | {} | {unit} | {} | {default} | {meaning} |\n", field.name, kind.shape(), kind.bounds())
    };
    let rows: String = fields.iter().map(row).collect();
    format!("\n| name | type | unit | bounds | default | meaning |\n|---|---|---|---|---|---|\n{rows}")
}

/// Where the op's formula comes from, and how near it comes.
fn held_to(op: &Entry, cases: &[Case], input: &Image) -> String {
    let mut text = format!("\n## Reference and rounding\n\n{}\n\n## Parity\n\n", op.reference);
    let cases: Vec<&Case> = cases.iter().filter(|case| case.op() == op.name).collect();
    if cases.is_empty() {
        text.push_str("No other library draws the same: `tests/distributions` holds what it draws to its law.\n");
        return text;
    }
    text.push_str(
        "How far it is from what the reference made of one picture with the same parameters, in levels of 255 (`tests/parity.rs`):\n\n\
         | case | reference | mean | max |\n|---|---|---|---|\n",
    );
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    for case in cases {
        let found = case.difference(input);
        let path = case.path.strip_prefix(root).unwrap().iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/");
        let (name, reference) = (case.name(), case.reference());
        writeln!(text, "| [{name}](../../{path}) | {reference} | {:.4} | {} |", found.mean, found.max).unwrap();
    }
    text
}

//! `docs/from-torchvision.md` keeps step with the ops: what it names is there, and what it shows can be read.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use prebake::spec::fields::{Declared, Kind};
use prebake::spec::{Overrides, Spec, declared, declared_sections};
use serde_json::{Value, json};
use std::collections::HashSet;

/// What the page names in code marks that is torchvision's own.
const THEIRS: &[&str] = &[
    "center",
    "chain_depth",
    "expand",
    "kernel_size",
    "max_size",
    "mixture_width",
    "num_magnitude_bins",
    "num_ops",
    "scale=True",
    "sharpness_factor",
    "sigma",
    "translate",
    "value",
];

fn page() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/from-torchvision.md")).unwrap()
}

/// What stands between code marks.
fn names(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// These fields, and those within them.
fn fields(declared: &[Declared]) -> HashSet<&'static str> {
    let within = |field: &Declared| match &field.kind {
        Kind::Object(inner) | Kind::Objects(inner) => fields(inner),
        _ => HashSet::new(),
    };
    declared.iter().flat_map(|field| within(field).into_iter().chain([field.name])).collect()
}

#[test]
fn every_op_and_field_of_the_table_is_there() {
    let (page, sections) = (page(), fields(&declared_sections()));
    let rows: Vec<Vec<&str>> = page
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| torchvision"))
        .map(|line| line.split('|').map(str::trim).collect())
        .collect();
    assert!(rows.len() > 55, "{} rows", rows.len());
    for row in rows {
        let [_, _, ours, differs, _] = row[..] else { panic!("{row:?}: a row has three columns") };
        let ops: Vec<_> = names(ours).into_iter().filter_map(declared).collect();
        let field = |name: &str| name == "p" || sections.contains(name) || ops.iter().flatten().any(|field| field.name == name);
        let known = |name: &str| declared(name).is_some() || field(name);
        for name in names(ours) {
            assert!(known(name) || name == "scale=True", "{row:?}: there is no `{name}`");
        }
        for name in names(differs) {
            assert!(known(name) || THEIRS.contains(&name), "{row:?}: there is no `{name}`");
        }
        for (_, after) in differs.match_indices("` is `").map(|(at, mark)| differs.split_at(at + mark.len())) {
            let name = after.split('`').next().unwrap();
            assert!(field(name), "{row:?}: `{name}` is no field of the ops");
        }
    }
}

#[test]
fn what_the_page_shows_can_be_read() {
    let page = page();
    let read = |spec: &Value| Spec::parse("from-torchvision.md", &spec.to_string(), &Overrides::default()).unwrap();
    let blocks: Vec<&str> = page.split("```json").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert!(!blocks.is_empty());
    for block in blocks {
        read(&serde_json::from_str(block).unwrap());
    }
    let prose: String = page.split("```").step_by(2).collect();
    let steps: Vec<Value> =
        names(&prose).into_iter().filter(|name| name.starts_with('{')).map(|step| serde_json::from_str(step).unwrap()).collect();
    assert!(!steps.is_empty());
    read(&json!({"version": 1, "pipeline": steps}));
}

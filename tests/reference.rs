//! `docs/spec.md` says what the code declares.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use prebake::ops::Op;
use prebake::spec::{COMPOSITIONS, declared};
use std::fmt::Write;
use std::path::Path;

const START: &str = "Made from the code; `REGENERATE=1 cargo test --test reference` writes it again.\n";

fn section(text: &mut String, name: &str, summary: &str, example: &str) {
    write!(text, "\n## {name}\n\n{summary}\n\n```json\n{example}\n```\n").unwrap();
    let fields = declared(name).unwrap();
    if !fields.is_empty() {
        text.push_str("\n| field | takes | unit | default | meaning |\n|---|---|---|---|---|\n");
    }
    for field in fields {
        let default = field.default.map_or("required".into(), |value| format!("`{value}`"));
        let (unit, meaning) = (field.about.0, field.about.1);
        writeln!(text, "| `{}` | {} | {unit} | {default} | {meaning} |", field.name, field.kind.accepts()).unwrap();
    }
}

fn reference() -> String {
    let mut text = String::new();
    for form in COMPOSITIONS {
        section(&mut text, form.name, form.summary, form.example);
    }
    for op in Op::ALL {
        section(&mut text, op.name, op.summary, op.example);
    }
    text
}

#[test]
fn the_reference_is_what_the_code_declares() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/spec.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (head, ops) = page.split_once(START).unwrap();
    if std::env::var_os("REGENERATE").is_some() {
        std::fs::write(&path, format!("{head}{START}{}", reference())).unwrap();
        panic!("docs/spec.md was written again; look at it, then run without REGENERATE");
    }
    assert_eq!(ops, reference(), "docs/spec.md is behind the code (REGENERATE=1)");
}

#[test]
fn every_op_and_field_says_what_it_is_for() {
    let forms = COMPOSITIONS.iter().map(|form| (form.name, form.summary));
    for (name, summary) in Op::ALL.iter().map(|op| (op.name, op.summary)).chain(forms) {
        assert!(summary.ends_with('.'), "{name}");
        for field in declared(name).unwrap() {
            assert!(!field.about.1.is_empty(), "{name}.{}", field.name);
        }
    }
}

#[test]
fn every_op_names_its_reference() {
    for op in Op::ALL {
        assert!(op.reference.ends_with('.') && op.reference.len() > 20, "{}", op.name);
    }
}

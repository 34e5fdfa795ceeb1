//! What a program does with bytes of others. Bytes may be refused; whatever is taken keeps its word.

mod annotations;
mod archives;
mod manifest;
mod pictures;
mod rows;

pub use annotations::{coco, objects, table, voc, yolo};
pub use archives::archive;
pub use manifest::manifest;
pub use pictures::{deep, mask, npy, picture};

use prebake::error::Error;
use prebake::import::{Imported, parse};
use prebake::report::Told;
use prebake::spec::{Overrides, Spec};

/// Schedules of more fields take too long to be tried: each field is read once for every epoch.
const MOST_SCHEDULES: usize = 2;

/// `data` is a spec.
pub fn spec(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if text.matches("schedule").count() > MOST_SCHEDULES {
        return;
    }
    match Spec::parse("f.json", text, &Overrides::default()) {
        Ok(spec) => keeps_its_word(spec),
        Err(error) => is_said_well(&error),
    }
}

/// `data` is a pipeline that another library saved.
pub fn import(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (strict, lenient) = (parse("f.json", text, false), parse("f.json", text, true));
    match (strict, &lenient) {
        (Ok(strict), Ok(lenient)) => {
            assert_eq!(strict.spec, lenient.spec);
            assert_eq!(strict.problems, [""; 0]);
        }
        (Ok(_), Err(error)) => panic!("is taken, but not if something may be left out: {error}"),
        (Err(error), _) => is_said_well(&error),
    }
    match lenient {
        Ok(imported) => keeps_its_word(read(&imported)),
        Err(error) => is_said_well(&error),
    }
}

/// The spec that an import is written as.
fn read(imported: &Imported) -> Spec {
    let written = Spec::parse("written", &imported.text(), &Overrides::default()).unwrap();
    let told = Spec::parse("told", &imported.json()["spec"].to_string(), &Overrides::default()).unwrap();
    assert_eq!(written.resolved, told.resolved);
    written
}

/// A resolved spec reads as itself, and its rows are what it says.
fn keeps_its_word(spec: Spec) {
    let text = serde_json::Value::from(spec.resolved.clone()).to_string();
    let again = Spec::parse("resolved", &text, &Overrides::default()).unwrap();
    assert_eq!(again.resolved, spec.resolved);
    rows::make(spec);
}

/// Problems are there, and are lines of text.
fn is_said_well(error: &Error) {
    let Error::Spec(problems) = error else { panic!("a file that was read has other problems: {error}") };
    assert!(!problems.is_empty());
    for problem in problems {
        assert!(problem.contains("f.json"), "{problem:?}");
        assert!(!problem.contains(char::is_control), "{problem:?}");
    }
}

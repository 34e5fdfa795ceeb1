//! What an import says besides the spec: what it took for granted, and what it could not keep.

use crate::error::shown;
use std::cell::RefCell;

/// Collects notes and problems, so that the user sees them all at once.
#[derive(Debug, Default)]
pub struct Log {
    notes: RefCell<Vec<Note>>,
    problems: RefCell<Vec<String>>,
}

/// Something taken for granted, and where.
#[derive(Debug)]
struct Note {
    text: String,
    /// The first place.
    path: String,
    /// How many places.
    places: usize,
}

impl Log {
    /// Says what was taken for granted at `path`; said again elsewhere, it is counted.
    pub fn note(&self, path: &str, text: &str) {
        let mut notes = self.notes.borrow_mut();
        match notes.iter_mut().find(|note| note.text == text) {
            Some(note) => note.places += 1,
            None => notes.push(Note { text: text.into(), path: path.into(), places: 1 }),
        }
    }

    /// Says what cannot be kept of what stands at `path`.
    pub fn problem(&self, path: &str, text: &str) {
        self.problems.borrow_mut().push(format!("{path}: {text}"));
    }

    /// All notes and all problems, in the order of the file. Names within them may be any text.
    pub(super) fn into_lines(self) -> (Vec<String>, Vec<String>) {
        let line = |Note { text, path, places }: Note| match places {
            1 => format!("{path}: {text}"),
            _ => format!("{path} and {} more: {text}", places - 1),
        };
        let lines = |lines: Vec<String>| lines.iter().map(shown).collect();
        (lines(self.notes.into_inner().into_iter().map(line).collect()), lines(self.problems.into_inner()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_escaped() {
        let log = Log::default();
        log.problem("a\u{1b}", "b\n");
        assert_eq!(log.into_lines().1, ["a\\u{1b}: b\\n"]);
    }

    #[test]
    fn a_note_that_comes_again_is_counted() {
        let log = Log::default();
        ["a", "b", "c"].iter().for_each(|path| log.note(path, "so it is"));
        log.note("d", "otherwise");
        assert_eq!(log.into_lines().0, ["a and 2 more: so it is", "d: otherwise"]);
    }
}

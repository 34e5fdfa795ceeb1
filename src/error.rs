//! What can go wrong, grouped by whose fault it is. Each message reads `thing: problem (remedy)`.

use std::io;
use std::path::{Path, PathBuf};

/// What every fallible stage returns.
pub type Result<T> = std::result::Result<T, Error>;

/// Everything that can end a run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The arguments, or what they point at, cannot be used.
    #[error("{0}")]
    Usage(String),
    /// The spec is wrong; every problem in it, a line each.
    #[error("{}", .0.join("\n"))]
    Spec(Vec<String>),
    /// A picture cannot be used and the policy is to stop.
    #[error("{0}")]
    Picture(String),
    /// A mistake of ours.
    #[error("internal error: {0} (please report it)")]
    Internal(String),
    /// More pictures were bad than allowed.
    #[error("{0}")]
    TooManyErrors(String),
    /// The output folder holds something else.
    #[error("{0}")]
    NotADataset(String),
    /// Another run works in the output folder.
    #[error("{0}: locked by another run (wait for it to end, or build into another folder)")]
    Locked(String),
    /// Another run changed the output folder since it was looked at.
    #[error("{0}: was changed by another run meanwhile (run the command again)")]
    Changed(String),
    /// Files do not hold what the manifest says.
    #[error("{}", .0.join("\n"))]
    Verification(Vec<String>),
    /// Not enough room for the output.
    #[error("{0}")]
    NoSpace(String),
    /// A signal asked to stop.
    #[error("stopped by signal {0}; what is finished is kept (run the same command again to go on)")]
    Interrupted(i32),
    /// A bucket or a server refused something.
    #[error("{0}")]
    Store(String),
    /// The operating system refused something.
    #[error("{}: {action}: {}", shown(path), told(source))]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was tried, as in `cannot read`.
        action: &'static str,
        /// The system's reason.
        source: io::Error,
    },
}

impl Error {
    /// An I/O error with its file and what was tried.
    pub fn io(path: &Path, action: &'static str) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { path, action, source }
    }

    /// The process's exit code for this error, as the README lists them.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) | Self::Spec(_) => 2,
            Self::TooManyErrors(_) => 4,
            Self::NotADataset(_) => 10,
            Self::Locked(_) | Self::Changed(_) => 11,
            Self::Verification(_) => 12,
            Self::NoSpace(_) => 28,
            Self::Io { source, .. } if matches!(source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) => 28,
            Self::Interrupted(signal) => 128 + u8::try_from(*signal).unwrap_or(0),
            Self::Picture(_) | Self::Internal(_) | Self::Store(_) | Self::Io { .. } => 1,
        }
    }
}

/// The system's reason, without its number.
pub fn reason(error: &io::Error) -> String {
    error.to_string().split(" (os error").next().unwrap_or_default().to_lowercase()
}

/// The system's reason, with what can be done about it.
pub fn told(error: &io::Error) -> String {
    use io::ErrorKind::{FileTooLarge, NotFound, PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    let remedy = match error.kind() {
        NotFound => " (was it moved or removed?)",
        PermissionDenied => " (ask for the right to it, or choose another place)",
        ReadOnlyFilesystem => " (choose a place that can be written)",
        StorageFull | QuotaExceeded => " (make room, then run the same command again)",
        FileTooLarge => " (the system limits the size of files: see `ulimit -f`, or take a smaller --shard-size)",
        _ => "",
    };
    reason(error) + remedy
}

/// A number with its noun.
pub fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// "unknown field `degree` (did you mean `degrees`?)", or the list of what there is.
pub fn unknown(what: &str, word: &str, known: &[&str]) -> String {
    unknown_or(what, word, known, &format!("there are `{}`", known.join("`, `").escape_debug()))
}

/// As [`unknown`], with other words where nothing is near.
pub fn unknown_or(what: &str, word: &str, known: &[&str], others: &str) -> String {
    let small = word.trim().to_lowercase();
    let near = known.iter().map(|k| (strsim::damerau_levenshtein(&small, &k.to_lowercase()), k)).min();
    let word = word.escape_debug();
    match near {
        Some((distance, name)) if distance <= 1.max(name.len() / 3) => {
            format!("unknown {what} `{word}` (did you mean `{}`?)", name.escape_debug())
        }
        _ => format!("unknown {what} `{word}` ({others})"),
    }
}

/// The first `most` of `lines`, and what `others` says of how many more there are.
pub fn few(mut lines: Vec<String>, most: usize, others: impl FnOnce(usize) -> String) -> Vec<String> {
    let more = lines.len().saturating_sub(most);
    lines.truncate(most);
    lines.extend((more > 0).then(|| others(more)));
    lines
}

/// A path, a name or a line as it is safe to show: control characters, what has no width or turns the direction of writing, and bytes that
/// are not UTF-8 are escaped. What is shown so can be shown again.
pub fn shown(path: impl AsRef<Path>) -> String {
    let mut text = String::new();
    for chunk in path.as_ref().as_os_str().as_encoded_bytes().utf8_chunks() {
        for c in chunk.valid().chars() {
            if c.is_control() || is_unseen(c) { text.extend(c.escape_default()) } else { text.push(c) }
        }
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02x}"));
        }
    }
    text
}

/// Whether a character shows nothing itself: those that Unicode calls `Default_Ignorable_Code_Point`, but for the selectors of
/// emoji's looks, and separators of lines.
fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_deceive_is_escaped() {
        let names = [
            ("a\nb", "a\\nb"),
            ("\u{1b}[31mred", "\\u{1b}[31mred"),
            ("gpj\u{202e}.exe", "gpj\\u{202e}.exe"),
            ("a\u{61c}\u{feff}\u{200b}\u{200d}b", "a\\u{61c}\\u{feff}\\u{200b}\\u{200d}b"),
            ("a\u{2028}\u{2029}\u{85}b", "a\\u{2028}\\u{2029}\\u{85}b"),
            ("flag\u{e0067}\u{e007f}", "flag\\u{e0067}\\u{e007f}"),
            ("\u{ad}\u{180e}\u{2066}\u{fff9}", "\\u{ad}\\u{180e}\\u{2066}\\u{fff9}"),
            ("it's \"fine\" \\ ok", "it's \"fine\" \\ ok"),
            ("h\u{e4}nde \u{1f600}\u{fe0f} \u{65e5}\u{672c}", "h\u{e4}nde \u{1f600}\u{fe0f} \u{65e5}\u{672c}"),
        ];
        for (name, safe) in names {
            assert_eq!(shown(name), safe);
            assert_eq!(shown(shown(name)), safe);
        }
    }
}

//! Names of pictures as annotation files write them, made the names of items.

/// The path below INPUT that `written` means in a file that stands in `folder` of INPUT.
///
/// The rule, which is Hugging Face's: a path is relative to the folder of the file that it stands in. Where that file
/// does not lie in INPUT, `folder` is empty and the path is relative to INPUT. `\` counts as `/`, as Windows writes
/// it; `.` and empty parts are left out, `..` goes up.
///
/// # Errors
/// If the path is empty, an address, absolute, or leads out of INPUT.
pub(super) fn below_input(written: &str, folder: &str) -> Result<String, String> {
    let path = written.trim().replace('\\', "/");
    if path.is_empty() {
        return Err("the name of the file is empty".into());
    }
    let shown = written.escape_debug();
    if path.contains("://") {
        return Err(format!("`{shown}` is an address (fetch the picture, and name its file below INPUT)"));
    }
    let drive = path.as_bytes().get(1) == Some(&b':') && path.as_bytes()[0].is_ascii_alphabetic();
    if path.starts_with('/') || drive {
        return Err(format!("`{shown}` is an absolute path (name the file below INPUT)"));
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.pop().is_none() => return Err(format!("`{shown}` leads out of INPUT")),
            ".." => {}
            _ => parts.push(part),
        }
    }
    if parts.is_empty() { Err(format!("`{shown}` names no file")) } else { Ok(parts.join("/")) }
}

#[cfg(test)]
mod tests {
    use super::below_input;

    #[test]
    fn separators_and_dots_are_normalised() {
        for written in ["a/b.png", "./a/b.png", "a\\b.png", ".\\a//b.png", "c/../a/b.png", " a/b.png "] {
            assert_eq!(below_input(written, "").as_deref(), Ok("a/b.png"), "{written}");
        }
        assert_eq!(below_input("b.png", "train/x").as_deref(), Ok("train/x/b.png"));
        assert_eq!(below_input("../b.png", "train/x").as_deref(), Ok("train/b.png"));
    }

    #[test]
    fn what_is_no_file_below_input_is_refused() {
        let cases = [
            ("", "the name of the file is empty"),
            ("/data/a.png", "`/data/a.png` is an absolute path (name the file below INPUT)"),
            ("C:\\a.png", "`C:\\\\a.png` is an absolute path (name the file below INPUT)"),
            ("../a.png", "`../a.png` leads out of INPUT"),
            ("./", "`./` names no file"),
            ("s3://b/a.png", "`s3://b/a.png` is an address (fetch the picture, and name its file below INPUT)"),
        ];
        for (written, problem) in cases {
            assert_eq!(below_input(written, "").unwrap_err(), problem);
        }
    }
}

//! Names of members: which are paths of pictures, and which are refused.

use crate::source::names;
pub(super) use crate::source::names::folders;

/// Where macOS keeps what its own file system knows of files.
const RESOURCE_FORKS: &str = "__MACOSX";

/// The path that a member's name says, with `/` between folders, without `./`; empty for the root.
///
/// # Errors
/// If it says none, or one that is not below the archive.
pub(super) fn path_of(name: &[u8]) -> Result<String, &'static str> {
    let Ok(name) = std::str::from_utf8(name) else {
        return Err("the name is not UTF-8 (rename it, so that every tool can read the labels)");
    };
    if name.contains('\0') {
        return Err("the name holds a NUL, which no file's name can (make the archive again)");
    }
    if name.contains('\\') {
        return Err("the name holds a backslash, which is a folder to some tools (rename it, with `/` between folders)");
    }
    if name.starts_with('/') {
        return Err("the name is an absolute path (make the archive from within the folder: tar -C FOLDER -cf NAME.tar .)");
    }
    if name.split('/').any(|part| part == "..") {
        return Err("the name leads out of its folder by `..` (make the archive from within the folder of pictures)");
    }
    Ok(name.split('/').filter(|part| !matches!(*part, "" | ".")).collect::<Vec<_>>().join("/"))
}

/// The file or folder that is left out, and all below it, because its name starts with a dot, or is that of resource forks.
pub(super) fn hidden(path: &str) -> Option<&str> {
    let is_of_forks = path.strip_prefix(RESOURCE_FORKS).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    if is_of_forks { Some(RESOURCE_FORKS) } else { names::hidden(path) }
}

/// The path that a symbolic link at `link` leads to; `None` if it leads out of the archive.
pub(super) fn target_of(link: &str, target: &str) -> Option<String> {
    if target.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = link.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            _ => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_path_below_the_archive() {
        for (name, path) in [("./", ""), ("./a/b.png", "a/b.png"), ("a//b/./c/", "a/b/c"), ("..a/b..c", "..a/b..c")] {
            assert_eq!(path_of(name.as_bytes()), Ok(path.to_string()));
        }
        for name in ["/etc/x.png", "../x.png", "a/../../x.png", "a\\b.png", "a\0.png"] {
            path_of(name.as_bytes()).unwrap_err();
        }
        path_of(b"\xff.png").unwrap_err();
    }

    #[test]
    fn hidden_is_the_first_that_is() {
        let cases = [("a/b.png", None), ("a/.b/.c", Some("a/.b")), (".a", Some(".a")), ("__MACOSX/a", Some("__MACOSX"))];
        for (path, first) in cases {
            assert_eq!(hidden(path), first);
        }
        assert_eq!(hidden("a/__MACOSX"), None);
    }

    #[test]
    fn links_lead_on_from_their_folder() {
        assert_eq!(target_of("a/b/link", "../c/./x.png").as_deref(), Some("a/c/x.png"));
        assert_eq!(target_of("link", "x.png").as_deref(), Some("x.png"));
        assert_eq!(target_of("a/link", "../../x.png"), None);
        assert_eq!(target_of("a/link", "/x.png"), None);
    }
}

//! What the parts of a path say, wherever the path is kept.

/// The file or folder that is left out, and all below it, because its name starts with a dot.
pub(super) fn hidden(path: &str) -> Option<&str> {
    let starts = std::iter::once(0).chain(path.match_indices('/').map(|(end, _)| end + 1));
    let start = starts.into_iter().find(|start| path[*start..].starts_with('.'))?;
    Some(path[start..].find('/').map_or(path, |end| &path[..start + end]))
}

/// The folders that `path` lies in, from the outermost.
pub(super) fn folders(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(end, _)| &path[..end])
}

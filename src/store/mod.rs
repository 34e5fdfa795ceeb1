//! What is no disk of this machine: buckets and web servers, by their URLs.
//!
//! Everything here is called from ordinary threads and waits; the requests themselves run on two threads of an executor, which
//! starts with the first bucket that is opened, so that who has only folders never meets it.

#[cfg(feature = "cloud")]
mod ahead;
#[cfg(feature = "cloud")]
mod bucket;
#[cfg(feature = "cloud")]
mod connect;
#[cfg(feature = "cloud")]
mod upload;
#[cfg(feature = "cloud")]
mod words;

#[cfg(feature = "cloud")]
pub use ahead::Ahead;
#[cfg(feature = "cloud")]
pub use bucket::{Bucket, Object};
#[cfg(feature = "cloud")]
pub use upload::{Upload, Uploads};

use crate::error::{Error, Result};
use std::path::{Path, PathBuf};

/// What names a file of this machine.
const FILE: &str = "file://";

/// The URL that `place` is, if it is no path of this machine.
pub fn url_of(place: &Path) -> Option<&str> {
    let text = place.to_str()?;
    let (scheme, _) = text.split_once("://")?;
    let is_scheme = scheme.len() > 1 && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'-');
    (is_scheme && scheme != "file").then_some(text)
}

/// `place`, without `file://`.
pub fn local(place: &Path) -> PathBuf {
    let path = place.to_str().and_then(|text| text.strip_prefix(FILE));
    // With a host, which may be empty or this one.
    path.map_or_else(|| place.into(), |path| path.strip_prefix("localhost").unwrap_or(path).into())
}

/// Whether `url` is `other`, or lies below it.
pub fn is_below(url: &str, other: &str) -> bool {
    let parts = |url: &str| {
        let (scheme, rest) = url.split_once("://").unwrap_or_default();
        let scheme = scheme.trim_end_matches('a').to_string();
        let parts = rest.split('/').filter(|part| !part.is_empty()).map(str::to_string);
        std::iter::once(scheme).chain(parts).collect::<Vec<_>>()
    };
    parts(url).starts_with(&parts(other))
}

/// Refuses a URL where a command takes a folder only.
///
/// # Errors
/// If `place` is one.
pub fn no_url(place: &Path, remedy: &str) -> Result<()> {
    url_of(place).map_or(Ok(()), |url| Err(Error::Usage(format!("{url}: is no folder of this machine ({remedy})"))))
}

/// That this program cannot read or write what `url` names.
#[cfg(not(feature = "cloud"))]
pub fn without(url: &str) -> Error {
    Error::Usage(format!("{url}: this prebake was built without buckets (build it with --features cloud)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_told_from_paths() {
        for url in ["s3://bucket/a", "gs://b", "az://c/d", "https://host/x.tar"] {
            assert_eq!(url_of(url.as_ref()), Some(url));
        }
        for path in ["a/b", "/a", "s3:/x", "C:\\x", "://x", "file:///a", "a b://c"] {
            assert_eq!(url_of(path.as_ref()), None, "{path}");
        }
        assert!(is_below("s3a://b//c/d", "s3://b/c/") && is_below("s3://b", "s3://b/"));
        assert!(!is_below("s3://b/cd", "s3://b/c") && !is_below("gs://b/c", "s3://b"));
        assert_eq!(local("file:///a/b".as_ref()), Path::new("/a/b"));
        assert_eq!(local("file://localhost/a".as_ref()), Path::new("/a"));
        assert_eq!(local("a".as_ref()), Path::new("a"));
    }
}

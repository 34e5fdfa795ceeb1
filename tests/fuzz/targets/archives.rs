//! Archives, as an input.

use prebake::source;
use std::fs;
use tempfile::TempDir;

/// A header of a tar, and where it has its checksum and its mark.
const HEADER: usize = 512;
const CHECKSUM: std::ops::Range<usize> = 148..156;
const MARK: std::ops::Range<usize> = 257..262;

thread_local! {
    /// The folder that archives are written to.
    static FOLDER: TempDir = TempDir::new().unwrap();
}

/// `data` is a zip; or a tar, as it is and with its checksums set right.
pub fn archive(data: &[u8]) {
    FOLDER.with(|folder| {
        let file = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            fs::write(&path, bytes).unwrap();
            is_read(&path);
        };
        file("f.zip", data);
        file("f.tar", data);
        file("f.tar", &with_checksums(data));
    });
}

fn is_read(file: &std::path::Path) {
    let told = |error: prebake::error::Error| {
        let text = error.to_string();
        assert!(text.contains("f.tar") || text.contains("f.zip"), "{text:?}");
        assert!(!text.contains(char::is_control), "{text:?}");
    };
    let files = match source::open(file) {
        Ok(files) => files,
        Err(error) => return told(error),
    };
    let found = match files.list(5) {
        Ok(found) => found,
        Err(error) => return told(error),
    };
    let (mut bytes, mut beginning) = (Vec::new(), Vec::new());
    for path in found.files {
        assert!(path.split('/').all(|part| !part.is_empty() && !part.starts_with('.')), "{path:?}");
        if files.read(&path, u64::MAX, &mut bytes).is_ok() {
            assert_eq!(files.length(&path), Some(bytes.len() as u64), "{path:?}");
            files.read(&path, 3, &mut beginning).unwrap();
            assert!(beginning.len() <= 3 && bytes.starts_with(&beginning), "{path:?}");
        }
    }
}

fn with_checksums(data: &[u8]) -> Vec<u8> {
    let mut made = data.to_vec();
    for header in made.chunks_exact_mut(HEADER).filter(|header| header[MARK] == *b"ustar") {
        header[CHECKSUM].fill(b' ');
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[CHECKSUM].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    }
    made
}

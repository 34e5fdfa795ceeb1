//! Tar files of samples, as the `webdataset` library reads them: files of one sample follow each other, and share their name up to the first dot.

use super::record::Record;
use super::work::Work;
use crate::error::{Error, Result};
use serde_json::Value;
use std::io;
use tar::{Builder, EntryType, Header};

/// Writes a tar file for each shard.
pub(super) fn write(work: &Work<'_>) -> Result<()> {
    work.each_file("tar", |shard, file| {
        let mut tar = Builder::new(file);
        work.each_row(shard, &mut |row| {
            let appended = files(work, &row).iter().try_for_each(|(ending, bytes)| {
                let name = format!("{}.{ending}", row.key());
                append(&mut tar, &name, bytes)
            });
            appended.map_err(|error| tar.get_ref().refused(error))?;
            work.progress.rows(1);
            Ok(())
        })?;
        tar.finish().map_err(|error| tar.get_ref().refused(error))?;
        tar.into_inner().map_err(|error| Error::Internal(error.to_string()))?.finish()
    })
}

/// The files of a row, with their endings.
fn files(work: &Work<'_>, row: &Record<'_>) -> Vec<(String, Vec<u8>)> {
    let mut files = vec![(work.picture.ending().to_string(), work.picture.file(row.image))];
    files.extend(row.mask.map(|mask| ("mask.png".to_string(), work.picture.mask_file(mask))));
    for field in &row.fields {
        let ending = match field.name.strip_prefix("label_") {
            Some(head) => format!("{head}.cls"),
            None => "cls".into(),
        };
        files.extend(field.class().map(|class| (ending, class.to_string().into_bytes())));
    }
    files.push(("json".into(), Value::from(row.json()).to_string().into_bytes()));
    files
}

/// Appends a file that has no owner and no time.
fn append(tar: &mut Builder<impl io::Write>, name: &str, bytes: &[u8]) -> io::Result<()> {
    let mut header = Header::new_ustar();
    header.set_entry_type(EntryType::Regular);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_size(bytes.len() as u64);
    tar.append_data(&mut header, name, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_no_owner_and_no_time() {
        let mut tar = Builder::new(Vec::new());
        append(&mut tar, "000-00000001.cls", b"7").unwrap();
        let bytes = tar.into_inner().unwrap();
        assert_eq!(bytes.len(), 4 * 512, "header, content, and two blocks of zeros");
        assert_eq!(&bytes[..16], b"000-00000001.cls");
        assert_eq!(&bytes[100..108], b"0000644\0");
        assert_eq!(&bytes[108..116], b"0000000\0");
        assert_eq!(&bytes[136..148], b"00000000000\0");
        assert_eq!(&bytes[257..265], b"ustar\x0000");
        assert_eq!(bytes[512], b'7');
    }
}

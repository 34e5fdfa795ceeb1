//! Trees of files, as folders, tars and zips.

use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// Files by path.
pub(crate) type Files = Vec<(String, Vec<u8>)>;

/// A picture of 10x8 pixels, different for each number.
pub(crate) fn picture(number: u8) -> Vec<u8> {
    let level = |x: u32, y: u32| image::Rgb([(x as u8 * 20).wrapping_add(number), y as u8 * 30, number.wrapping_mul(37)]);
    let mut bytes = Cursor::new(Vec::new());
    image::RgbImage::from_fn(10, 8, level).write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// A mask of it.
pub(crate) fn mask(number: u8) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let level = |x: u32, _| image::Luma([u8::from(x > u32::from(number % 8))]);
    image::GrayImage::from_fn(10, 8, level).write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// Pictures of two classes in folders.
pub(crate) fn pictures() -> Files {
    (0..8).map(|i| (format!("{}/{i}.png", ["ash", "oak"][usize::from(i % 2)]), picture(i))).collect()
}

pub(crate) fn as_folder(files: &Files, root: &Path) {
    for (path, bytes) in files {
        let file = root.join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, bytes).unwrap();
    }
}

/// A header for a member of a tar, whose name and what it links to may be anything.
pub(crate) fn header(kind: tar::EntryType, name: &[u8], target: &[u8], size: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    let old = header.as_old_mut();
    old.name[..name.len()].copy_from_slice(name);
    old.linkname[..target.len()].copy_from_slice(target);
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_mode(0o644);
    header.set_cksum();
    header
}

/// A tar of whatever `fill` puts in.
pub(crate) fn tar_of(file: &Path, fill: impl FnOnce(&mut tar::Builder<Vec<u8>>)) {
    let mut builder = tar::Builder::new(Vec::new());
    fill(&mut builder);
    fs::write(file, builder.into_inner().unwrap()).unwrap();
}

/// A tar in the manner of `tar -C FOLDER -cf FILE .`.
pub(crate) fn as_tar(files: &Files, file: &Path) {
    tar_of(file, |builder| {
        builder.append(&header(tar::EntryType::Directory, b"./", b"", 0), &[][..]).unwrap();
        for (path, bytes) in files {
            let (name, size) = (format!("./{path}"), bytes.len() as u64);
            if name.len() <= 100 {
                builder.append(&header(tar::EntryType::Regular, name.as_bytes(), b"", size), &bytes[..]).unwrap();
            } else {
                let mut long = header(tar::EntryType::Regular, b"long", b"", size);
                builder.append_data(&mut long, name, &bytes[..]).unwrap();
            }
        }
    });
}

/// A zip whose members are deflated and stored by turns.
pub(crate) fn as_zip(files: &Files, file: &Path) {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (number, (path, bytes)) in files.iter().enumerate() {
        let method = [CompressionMethod::Deflated, CompressionMethod::Stored][number % 2];
        let options = SimpleFileOptions::default().compression_method(method).large_file(number % 3 == 0);
        writer.start_file(path, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    fs::write(file, writer.finish().unwrap().into_inner()).unwrap();
}

/// All three of `files`, in `place`: the folder `tree`, `tree.tar`, `tree.zip`.
pub(crate) fn all(files: &Files, place: &Path) -> [std::path::PathBuf; 3] {
    let [folder, tar, zip] = ["tree", "tree.tar", "tree.zip"].map(|name| place.join(name));
    as_folder(files, &folder);
    as_tar(files, &tar);
    as_zip(files, &zip);
    [folder, tar, zip]
}

//! Archives that cannot be read as pictures: each with a message to act on, and no panic.

use super::made::{Files, all, as_tar, as_zip, header, picture, pictures, tar_of};
use super::{build, samples};
use std::fs;
use std::path::Path;
use tar::EntryType;
use tempfile::TempDir;

/// Builds `input`, which must be refused with these words.
fn refused(input: &Path, said: &str) {
    let out = input.with_extension("out");
    let (code, text) = build(input, &out, "", &[]);
    assert!(code == 2 && text.contains(said), "{}: {code} {text}", input.display());
    assert!(!out.exists());
}

#[test]
fn what_is_no_archive_is_named() {
    let place = TempDir::new().unwrap();
    let at = |name: &str| place.path().join(name);
    let cases: [(&str, &[u8], &str); 9] = [
        ("noise.tar", &[b'x'; 2000], "noise.tar: no tar: "),
        ("empty.tar", b"", "no tar: the file is empty"),
        ("short.tar", &[b'x'; 100], "no tar: "),
        ("packed.tar", b"\x1f\x8b\x08 and so on", "compressed by gzip (unpack it, or make a plain tar"),
        ("zip.tar", b"PK\x03\x04 and so on", "no tar, but a zip (call it .zip)"),
        (
            "a.tar.gz",
            b"x",
            "a compressed archive (unpack it, or make a plain tar: a compressed one cannot be read picture by picture)",
        ),
        ("A.TGZ", b"x", "a compressed archive"),
        ("noise.zip", &[b'x'; 2000], "no zip, or a damaged one"),
        ("zeros.tar", &[0; 10240], "zeros.tar: no picture in it"),
    ];
    for (name, bytes, said) in cases {
        fs::write(at(name), bytes).unwrap();
        refused(&at(name), said);
    }
    refused(&at("nowhere.tar"), "nowhere.tar: no such file (INPUT is a folder of pictures, a .tar or a .zip)");
    as_zip(&Files::new(), &at("none.zip"));
    refused(&at("none.zip"), "no picture in it");
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    let place = TempDir::new().unwrap();
    let file = place.path().join("a.tar");
    for (name, said) in [
        (&b"../x.png"[..], "../x.png: the name leads out of its folder by `..`"),
        (b"a/../../x.png", "the name leads out of its folder"),
        (b"/etc/x.png", "/etc/x.png: the name is an absolute path"),
        (b"a\\x.png", "the name holds a backslash"),
        (b"\xff.png", "the name is not UTF-8"),
    ] {
        tar_of(&file, |builder| builder.append(&header(EntryType::Regular, name, b"", 3), &b"abc"[..]).unwrap());
        refused(&file, said);
        if let Ok(name) = std::str::from_utf8(name) {
            let zip = place.path().join("a.zip");
            // As some writers do, and as this one refuses to: the name is put in afterwards, in both headers.
            let stands = "Q".repeat(name.len());
            as_zip(&vec![(stands.clone(), b"abc".to_vec())], &zip);
            let bytes = fs::read(&zip).unwrap();
            fs::write(&zip, replaced(&bytes, stands.as_bytes(), name.as_bytes())).unwrap();
            refused(&zip, said);
        }
    }
}

/// `bytes`, with `new` for every `old`, which is as long.
fn replaced(bytes: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let mut made = bytes.to_vec();
    let places = (0..=bytes.len() - old.len()).filter(|&at| bytes[at..].starts_with(old));
    places.for_each(|at| made[at..][..new.len()].copy_from_slice(new));
    made
}

#[test]
fn a_tar_that_was_cut_short_is_refused() {
    let place = TempDir::new().unwrap();
    let file = place.path().join("a.tar");
    as_tar(&pictures(), &file);
    let whole = fs::read(&file).unwrap();
    let third = (0..whole.len()).find(|&at| whole[at..].starts_with(b"./ash/2.png")).unwrap();
    let damage = format!("damaged from byte {third} on");
    let cases = [(100, "no tar: "), (1100, "which was cut short"), (third, "has no mark at its end"), (third + 100, &damage)];
    for (end, said) in cases {
        fs::write(&file, &whole[..end]).unwrap();
        refused(&file, said);
    }
    let mut damaged = whole.clone();
    damaged[third + 10] ^= 1;
    fs::write(&file, damaged).unwrap();
    refused(&file, &damage);
    // What follows the mark of the end is nothing to tar.
    fs::write(&file, [&whole[..], b"garbage"].concat()).unwrap();
    assert_eq!(build(&file, &place.path().join("out"), "", &[]).0, 0);
}

#[test]
fn a_zip_is_held_to_its_word() {
    let place = TempDir::new().unwrap();
    let file = place.path().join("a.zip");
    as_zip(&pictures(), &file);
    let whole = fs::read(&file).unwrap();
    fs::write(&file, &whole[..whole.len() - 30]).unwrap();
    refused(&file, "no zip, or a damaged one");
    let central = (0..whole.len()).find(|&at| whole[at..].starts_with(b"PK\x01\x02")).unwrap();
    // The flag of encryption; the length unpacked; the checksum; a method that is not read.
    let cases: [(usize, &[u8], i32, &str); 4] = [
        (8, &[1, 0], 2, "ash/0.png: is encrypted"),
        (24, &[255, 255, 0, 0], 1, "ash/0.png: cannot be read: "),
        (16, &[1, 2, 3, 4], 1, "ash/0.png: cannot be read: invalid checksum"),
        (10, &[14, 0], 1, "packed by a method that is not read"),
    ];
    for (at, bytes, code, said) in cases {
        let mut lying = whole.clone();
        lying[central + at..][..bytes.len()].copy_from_slice(bytes);
        fs::write(&file, lying).unwrap();
        let (ended, text) = build(&file, &place.path().join("out"), "", &[]);
        assert!(ended == code && text.contains(said), "{ended} {text}");
    }
    let mut files = pictures();
    files.push(("ash/9.png".into(), picture(9)));
    as_zip(&files, &file);
    fs::write(&file, replaced(&fs::read(&file).unwrap(), b"ash/9.png", b"ash/0.png")).unwrap();
    refused(&file, "two members have one name");
    files.last_mut().unwrap().0 = "./ash/0.png".into();
    as_zip(&files, &file);
    refused(&file, "./ash/0.png: two members have this path");
}

#[test]
fn what_unpacks_to_much_more_is_not_unpacked() {
    let place = TempDir::new().unwrap();
    let file = place.path().join("a.zip");
    let mut files = pictures();
    files[0].1.resize(50 << 20, 0);
    as_zip(&files, &file);
    assert!(fs::metadata(&file).unwrap().len() < 1 << 20);
    let more = ["--on-error", "skip", "--max-picture-memory", "1048576"];
    let out = place.path().join("out");
    let (code, text) = build(&file, &out, "", &more);
    assert_eq!(code, 3, "{text}");
    assert_eq!(samples(&out).len(), 7);
}

#[test]
fn names_of_zips_are_read_by_their_flag() {
    let place = TempDir::new().unwrap();
    let file = place.path().join("a.zip");
    as_zip(&vec![("ash/QQ.png".into(), picture(0)), ("ash/ä.png".into(), picture(1))], &file);
    // Without the flag of UTF-8, as old tools write: 0x84 is an umlaut in their code page.
    fs::write(&file, replaced(&fs::read(&file).unwrap(), b"QQ", b"\x84x")).unwrap();
    let out = place.path().join("out");
    let (code, text) = build(&file, &out, "", &[]);
    assert_eq!(code, 0, "{text}");
    assert_eq!(samples(&out).iter().map(|(path, _)| path.as_str()).collect::<Vec<_>>(), ["ash/ä.png", "ash/äx.png"]);
}

#[test]
fn sparse_members_and_links_to_folders_are_told() {
    let place = TempDir::new().unwrap();
    let file = place.path().join("a.tar");
    let bytes = picture(0);
    tar_of(&file, |builder| {
        builder.append_pax_extensions([("GNU.sparse.major", &b"1"[..]), ("GNU.sparse.minor", b"0")]).unwrap();
        builder.append(&header(EntryType::Regular, b"ash/0.png", b"", bytes.len() as u64), &bytes[..]).unwrap();
    });
    let (code, text) = build(&file, &place.path().join("out"), "", &[]);
    assert!(
        code == 1 && text.contains("ash/0.png: cannot be read: a sparse file (make the tar without --sparse)"),
        "{code} {text}"
    );
    tar_of(&file, |builder| {
        builder.append(&header(EntryType::Regular, b"ash/0.png", b"", bytes.len() as u64), &bytes[..]).unwrap();
        builder.append(&header(EntryType::Symlink, b"oak", b"ash", 0), &[][..]).unwrap();
    });
    refused(&file, "oak: a link to a folder (put its files in, as tar -h and zip do)");
}

#[test]
fn folders_are_as_deep_as_elsewhere() {
    let place = TempDir::new().unwrap();
    let files: Files = vec![("a/b/c/d.png".into(), picture(0))];
    for input in all(&files, place.path()) {
        let (code, text) = build(&input, &place.path().join("out"), "", &["--max-folder-depth", "2"]);
        assert!(code == 2 && text.contains("a/b/c: more than 2 folders deep"), "{code} {text}");
    }
}

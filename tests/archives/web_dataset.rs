//! The tars of a WebDataset, and labels beside pictures.

use super::made::{Files, as_folder, as_tar, picture};
use super::{build, manifest, samples};
use crate::common::tree;
use std::fs;
use tempfile::TempDir;

/// Samples of a picture and its class each.
fn with_classes(numbers: std::ops::Range<u8>, class: impl Fn(u8) -> String) -> Files {
    let sample = |i: u8| [(format!("{i:06}.png"), picture(i)), (format!("{i:06}.cls"), class(i).into_bytes())];
    numbers.flat_map(sample).collect()
}

#[test]
fn shards_are_one_tree_with_the_classes_of_their_texts() {
    let place = TempDir::new().unwrap();
    let place = place.path();
    let class = |i: u8| format!("{}\n", if i == 3 { 11 } else { i % 3 });
    for shard in 0..3 {
        as_tar(&with_classes(shard * 4..shard * 4 + 4, class), &place.join(format!("train-00000{shard}.tar")));
    }
    as_folder(&with_classes(0..12, class), &place.join("tree"));
    let inputs = ["train-{000000..000002}.tar", "{train-000000,train-00000{1,2}}.tar", "tree"];
    for (number, input) in inputs.iter().enumerate() {
        let (code, text) = build(&place.join(input), &place.join(format!("out{number}")), "", &[]);
        assert_eq!(code, 0, "{text}");
        assert!(tree(&place.join(format!("out{number}"))) == tree(&place.join("out0")), "{input}");
    }
    let out = place.join("out0");
    assert_eq!(samples(&out)[3], ("000003.png".into(), "11".into()));
    // The number in the text is the label, though "11" comes before "2".
    let line = fs::read_to_string(out.join("samples.jsonl")).unwrap();
    assert!(line.lines().nth(3).unwrap().contains("\"label\":11"), "{line}");
    assert_eq!(manifest(&out)["spec"]["labels"]["from"], "auto");
}

#[test]
fn texts_beside_pictures_name_classes() {
    let place = TempDir::new().unwrap();
    let place = place.path();
    let files: Files = (0..6)
        .flat_map(|i| {
            let name = [" ash\r\n", "oak"][usize::from(i % 2)];
            [(format!("a/{i}.png"), picture(i)), (format!("texts/a/{i}.txt"), name.as_bytes().to_vec())]
        })
        .collect();
    as_folder(&files, &place.join("tree"));
    let labels = r#""labels": {"from": "beside", "path": "texts/NAME.txt"},"#;
    let (code, text) = build(&place.join("tree"), &place.join("out"), labels, &[]);
    assert_eq!(code, 0, "{text}");
    assert_eq!(samples(&place.join("out"))[..2], [("a/0.png".into(), "ash".into()), ("a/1.png".into(), "oak".into())]);
    let more = ["--labels", "beside:texts/NAME.txt"];
    assert_eq!(build(&place.join("tree"), &place.join("other"), "", &more).0, 0);
    assert!(tree(&place.join("out")) == tree(&place.join("other")));
    for (bytes, said) in [
        (&b" \n"[..], "texts/a/3.txt: is empty"),
        (b"\xff\xfe", "texts/a/3.txt: is no text of UTF-8"),
        (&[b'a'; 5000], "texts/a/3.txt: has more than 4096 bytes"),
    ] {
        fs::write(place.join("tree/texts/a/3.txt"), bytes).unwrap();
        let (code, text) = build(&place.join("tree"), &place.join("none"), labels, &[]);
        assert!(code != 0 && text.contains(said), "{code} {text}");
    }
    fs::remove_file(place.join("tree/texts/a/3.txt")).unwrap();
    let (code, text) = build(&place.join("tree"), &place.join("none"), labels, &[]);
    assert!(code != 0 && text.contains("a/3.png: has no `texts/a/3.txt`"), "{code} {text}");
    let (code, text) = build(&place.join("tree"), &place.join("none"), r#""labels": {"from": "beside", "path": "x.cls"},"#, &[]);
    assert!(code == 2 && text.contains("labels.path: `x.cls` does not say which file is whose"), "{code} {text}");
}

#[test]
fn without_a_text_for_each_picture_names_are_the_labels() {
    let place = TempDir::new().unwrap();
    let mut files = with_classes(0..4, |i| i.to_string());
    files.iter_mut().for_each(|(path, _)| path.insert_str(0, if path.starts_with("000001") { "oak/" } else { "ash/" }));
    files.remove(1);
    as_folder(&files, &place.path().join("tree"));
    assert_eq!(build(&place.path().join("tree"), &place.path().join("out"), "", &[]).0, 0);
    assert_eq!(samples(&place.path().join("out"))[0], ("ash/000000.png".into(), "ash".into()));
}

#[test]
fn braces_say_what_is_wrong() {
    let place = TempDir::new().unwrap();
    let place = place.path();
    for name in ["a-0.tar", "a-1.tar"] {
        as_tar(&with_classes(0..2, |i| i.to_string()), &place.join(name));
    }
    for (input, said) in [
        ("a-{0..1}.tar", "000000.cls: is in"),
        ("a-{0..5}.tar", "a-2.tar: no such file"),
        ("a-{1..0}.tar", "`{1..0}` is no range and no list"),
        ("a-{0..1}", "a-0 is no .tar and no .zip (braces name archives)"),
    ] {
        let (code, text) = build(&place.join(input), &place.join("out"), "", &[]);
        assert!(code == 2 && text.contains(said), "{input}: {code} {text}");
    }
}

//! Masks and boxes of deep jobs and of gray rows: where the same job takes them with red, green and blue of 8 bits.

use crate::common::cases::read_png;
use crate::common::{fixture, prebake, tree};
use prebake::encode::png;
use prebake::image::Size;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A folder of three pictures of 64x64 with masks and boxes.
fn pictures(root: &Path) {
    let whole = read_png(&fixture("picture.png"));
    for folder in ["", "masks", "labels"] {
        fs::create_dir_all(root.join(folder)).unwrap();
    }
    fs::write(root.join("classes.txt"), "face\nsuit\n").unwrap();
    for (n, name) in ["a", "b", "c"].iter().enumerate() {
        let levels: Vec<u8> = (0..64).flat_map(|y| whole.row(40 * n as u32 + y)[300..492].to_vec()).collect();
        let mask: Vec<u8> = levels.chunks_exact(3).flat_map(|p| [u8::from(p[0] > 90) + u8::from(p[0] > 160); 3]).collect();
        fs::write(root.join(format!("{name}.png")), png(&levels, Size::new(64, 64))).unwrap();
        fs::write(root.join(format!("masks/{name}.png")), png(&mask, Size::new(64, 64))).unwrap();
        fs::write(root.join(format!("labels/{name}.txt")), "0 0.5 0.4 0.3 0.2\n1 0.3 0.7 0.25 0.5\n").unwrap();
    }
}

fn built(root: &Path, out: &Path, spec: &Value) -> Vec<(PathBuf, Vec<u8>)> {
    let file = out.with_extension("json");
    fs::write(&file, spec.to_string()).unwrap();
    let mut build = prebake(&["build"]);
    build.arg(root).arg("--spec").arg(&file).arg("--out").arg(out).arg("--quiet").assert().success();
    tree(out).into_iter().filter(|(path, _)| path.extension().is_some_and(|ending| ending == "npy")).collect()
}

#[test]
fn masks_and_boxes_are_those_of_the_ordinary_job() {
    let folder = TempDir::new().unwrap();
    let root = folder.path().join("pictures");
    pictures(&root);
    let mut spec = json!({
        "version": 1, "epochs": 4, "labels": {"from": "none"},
        "targets": {
            "masks": {"path": "masks/NAME.png"},
            "boxes": {"from": "yolo", "path": "labels/NAME.txt", "names": "classes.txt"},
        },
        "pipeline": [
            {"op": "resize", "width": 60, "height": 50},
            {"op": "horizontal_flip", "p": 0.5},
            {"op": "rotate", "degrees": [-25, 25], "fill_mode": "constant"},
            {"op": "elastic_transform", "p": 0.5},
            {"op": "random_crop", "width": 40, "height": 44},
            {"op": "coarse_dropout", "holes": [1, 3], "p": 0.7},
        ],
    });
    let ordinary = built(&root, &folder.path().join("ordinary"), &spec);
    spec["output"] = json!({"color": "gray"});
    let gray = built(&root, &folder.path().join("gray"), &spec);
    for ((path, ordinary), (other, gray)) in ordinary.iter().zip(&gray) {
        let pixels = path.to_string_lossy().contains("images-");
        assert!(path == other && if pixels { gray.len() < ordinary.len() } else { gray == ordinary }, "{}", path.display());
    }
    spec["output"] = json!({});
    spec["input"] = json!({"channels": 3});
    let deep = built(&root, &folder.path().join("deep"), &spec);
    let names = |files: &[(PathBuf, Vec<u8>)]| files.iter().map(|(path, _)| path.clone()).collect::<Vec<_>>();
    assert_eq!(names(&ordinary), names(&deep));
    assert!(names(&deep).iter().any(|path| path.to_string_lossy().contains("masks-")));
    assert!(names(&deep).iter().any(|path| path.to_string_lossy().contains("boxes-")));
    for ((path, ordinary), (_, deep)) in ordinary.iter().zip(&deep) {
        let most = ordinary.iter().zip(deep).map(|(a, b)| a.abs_diff(*b)).max().unwrap_or(0);
        // Pictures may differ by a level where fields are read: see `agrees`.
        let pixels = path.to_string_lossy().contains("images-");
        assert!(ordinary.len() == deep.len() && most <= u8::from(pixels), "{}: {most}", path.display());
    }
}

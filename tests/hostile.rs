//! Input and outputs that mean harm, or look like it: names, links, depths, sizes.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{end, fixture, prebake, tree};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const SPEC: &str = r#"{"version": 1, "epochs": 2, "batch_size": 2, "pipeline": [{"op": "resize", "width": 16, "height": 16}]}"#;

/// A folder with pictures of two classes, a spec, and a place for an output.
struct Job {
    folder: TempDir,
}

impl Job {
    fn new() -> Self {
        let job = Self { folder: TempDir::new().unwrap() };
        for (class, at) in [("a", 0), ("a", 1), ("b", 0), ("b", 1)] {
            job.add(&format!("{class}/{at}.jpg"));
        }
        job.spec(SPEC);
        job
    }

    fn path(&self, relative: &str) -> PathBuf {
        self.folder.path().join(relative)
    }

    fn out(&self) -> PathBuf {
        self.path("out")
    }

    fn add(&self, picture: &str) {
        let file = self.path("in").join(picture);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::copy(fixture("by_name/cat_0.jpg"), file).unwrap();
    }

    fn spec(&self, text: &str) {
        fs::write(self.path("spec.json"), text).unwrap();
    }

    fn run(&self, command: &str, more: &[&str]) -> (i32, String) {
        let mut run = prebake(&[command]);
        run.arg(self.path("in")).arg("--spec").arg(self.path("spec.json"));
        if command != "stats" {
            run.arg("--out").arg(self.out());
        }
        end(run.args(more).timeout(Duration::from_secs(60)))
    }
}

#[test]
fn nothing_is_written_or_removed_through_a_link_in_the_output() {
    let places =
        ["train", "val", ".prebake", ".prebake/receipts", ".prebake/lock", "train/epoch-000", "dataset.json", "classes.txt"];
    for place in places {
        for (force, unfinished) in [(false, false), (true, false), (false, true)] {
            let job = Job::new();
            let elsewhere = job.path("elsewhere");
            fs::create_dir(&elsewhere).unwrap();
            assert_eq!(job.run("build", &[]).0, 0);
            if unfinished {
                fs::create_dir_all(job.out().join(".prebake/receipts")).unwrap();
                fs::rename(job.out().join("dataset.json"), job.out().join(".prebake/draft.json")).unwrap();
            }
            let (link, there) = (job.out().join(place), elsewhere.join("moved"));
            if link.exists() {
                fs::rename(&link, &there).unwrap();
            } else {
                fs::create_dir_all(link.parent().unwrap()).unwrap();
                fs::create_dir(&there).unwrap();
            }
            symlink(&there, &link).unwrap();
            fs::write(elsewhere.join(".mine.tmp"), "precious").unwrap();
            let before = tree(&elsewhere);
            let more: &[&str] = if force { &["--force", "--seed", "9"] } else { &["--epochs", "2"] };
            let (code, stderr) = job.run("build", more);
            assert!(code == 2 && stderr.contains(&format!("{place}: a link, through which files")), "{place}: {code} {stderr}");
            let (code, stderr) = end(prebake(&["commit"]).arg(job.out()));
            assert!(code == 2 && stderr.contains("a link, through"), "commit {place}: {code} {stderr}");
            assert!(before == tree(&elsewhere), "{place}");
        }
    }
}

#[test]
fn the_output_itself_may_be_a_link() {
    let job = Job::new();
    fs::create_dir(job.path("real")).unwrap();
    symlink(job.path("real"), job.out()).unwrap();
    assert_eq!(job.run("build", &[]).0, 0);
    assert!(job.path("real/dataset.json").is_file());
}

#[test]
fn an_output_that_leads_nowhere_is_refused() {
    let job = Job::new();
    symlink(job.path("nowhere"), job.out()).unwrap();
    let (code, stderr) = job.run("build", &[]);
    assert!(code == 2 && stderr.contains("out: a link to nowhere (mend or remove it"), "{code} {stderr}");
    assert!(!job.path("nowhere").exists());
}

#[test]
fn a_picture_is_never_written_where_a_temporary_name_leads() {
    let job = Job::new();
    let (precious, sheet) = (job.path("precious"), job.path("sheet.png"));
    fs::write(&precious, "mine").unwrap();
    let (code, stderr) = end(prebake(&["preview", "--op", "rotate", "-o"]).arg(&sheet));
    assert_eq!(code, 0, "{stderr}");
    // A sheet in place of a link replaces the link.
    fs::remove_file(&sheet).unwrap();
    symlink(&precious, &sheet).unwrap();
    assert_eq!(end(prebake(&["preview", "--op", "rotate", "-o"]).arg(&sheet)).0, 0);
    assert_eq!(fs::read(&precious).unwrap(), b"mine");
    // A name as long as names may be leaves room for a temporary one.
    let long = job.path(&format!("{}.png", "é".repeat(125)));
    assert_eq!(long.file_name().unwrap().len(), 254);
    let (code, stderr) = end(prebake(&["preview", "--op", "rotate", "-o"]).arg(&long));
    assert!(code == 0 && long.is_file(), "{stderr}");
}

#[test]
fn names_are_shown_escaped_and_kept_right() {
    let names = [
        "new\nline.jpg",
        "\u{1b}[31mred\u{7}.jpg",
        "right\u{202e}gpj.jpg",
        "mark\u{61c}\u{200f}\u{feff}.jpg",
        "line\u{2028}paragraph\u{2029}.jpg",
        "tag\u{e0041}.jpg",
        "emoji \u{1f600}.jpg",
        "quote\"s and 'these' <b>&amp;.jpg",
        "back\\slash.jpg",
        "  spaces  .jpg",
    ];
    let unseen = ['\u{1b}', '\u{7}', '\u{202e}', '\u{61c}', '\u{200f}', '\u{feff}', '\u{2028}', '\u{2029}', '\u{e0041}'];
    let safe = |text: &str, what: &str| {
        assert!(!text.contains(unseen), "{what}: {text:?}");
        assert!(!text.lines().any(|line| line.starts_with("line.jpg")), "{what}: {text:?}");
    };
    let job = Job::new();
    let long = format!("{}.jpg", "l".repeat(251));
    for name in names.iter().copied().chain([long.as_str()]) {
        job.add(&format!("class\u{202e}/{name}"));
        fs::write(job.path("in/a").join(name), "no picture").unwrap();
    }
    let (code, stderr) = job.run("build", &[]);
    assert_eq!(code, 1, "{stderr}");
    safe(&stderr, "fail");
    for policy in ["skip", "substitute"] {
        let out = job.path(policy);
        let mut build = prebake(&["build", "--on-error", policy, "--out"]);
        let output = build.arg(&out).arg(job.path("in")).arg("--spec").arg(job.path("spec.json")).output().unwrap();
        assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
        safe(&String::from_utf8(output.stderr).unwrap(), policy);
        safe(&String::from_utf8(output.stdout).unwrap(), policy);
        let read = |file: &str| -> Vec<String> {
            let text = fs::read_to_string(out.join(file)).unwrap();
            let lines = text.split('\n').filter(|line| !line.is_empty());
            lines.map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["path"].as_str().unwrap().into()).collect()
        };
        for name in names.iter().copied().chain([long.as_str()]) {
            assert!(read("samples.jsonl").contains(&format!("class\u{202e}/{name}")), "{name:?}");
            assert!(read("errors.jsonl").contains(&format!("a/{name}")), "{name:?}");
            let (code, stderr) = end(prebake(&["explain", "--image", &format!("class\u{202e}/{name}")]).arg(&out));
            assert_eq!(code, 0, "{stderr}");
        }
        let explained = prebake(&["explain", "--row", "7"]).arg(&out).output().unwrap();
        safe(&String::from_utf8(explained.stdout).unwrap(), "explain");
    }
    for command in ["stats", "preview"] {
        let page = job.path("page.html");
        let mut run = prebake(&[command, "-o"]);
        run.arg(&page).arg(job.path("in")).args(if command == "preview" {
            &["--images", "30", "--spec"][..]
        } else {
            &["--spec"]
        });
        let output = run.arg(job.path("spec.json")).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        safe(&String::from_utf8(output.stdout).unwrap(), command);
        safe(&String::from_utf8(output.stderr).unwrap(), command);
        let page = fs::read_to_string(page).unwrap();
        safe(&page, command);
        assert!(!page.contains("'these' <b>"), "{command}");
    }
}

#[test]
fn a_name_that_is_no_utf_8_is_told_byte_by_byte() {
    let job = Job::new();
    let name = std::ffi::OsStr::from_bytes(b"\xffbad\x1b.jpg");
    fs::copy(fixture("by_name/cat_0.jpg"), job.path("in").join(name)).unwrap();
    let (code, stderr) = job.run("build", &[]);
    assert!(code == 2 && stderr.contains(r"\xffbad\u{1b}.jpg: the name is not UTF-8"), "{stderr}");
}

#[test]
fn folders_have_an_end() {
    let job = Job::new();
    job.add(&format!("{}/1.jpg", "a/".repeat(100)));
    assert_eq!(job.run("plan", &[]).0, 0);
    job.add(&format!("{}/1.jpg", "a/".repeat(101)));
    let (code, stderr) = job.run("plan", &[]);
    assert!(code == 2 && stderr.contains("more than 100 folders deep"), "{code} {stderr}");

    assert_eq!(job.run("plan", &["--max-folder-depth", "101"]).0, 0);
    let (code, stderr) = job.run("plan", &["--max-folder-depth", "1001"]);
    assert!(code == 2 && stderr.contains("1001 is not in 1..=1000"), "{stderr}");
    // As deep as may be asked for, on the stack that there is.
    let job = Job::new();
    job.add(&format!("{}/1.jpg", "a/".repeat(1000)));
    assert_eq!(job.run("plan", &["--max-folder-depth", "1000"]), (0, String::new()));

    // Two ways on from each of forty folders: a million million ways to the last.
    let job = Job::new();
    for at in 0..40 {
        fs::create_dir(job.path(&format!("in/{at}"))).unwrap();
        for way in ["x", "y"] {
            symlink(job.path(&format!("in/{}", at + 1)), job.path(&format!("in/{at}/{way}"))).unwrap();
        }
    }
    fs::create_dir(job.path("in/40")).unwrap();
    let (code, stderr) = job.run("plan", &[]);
    assert!(code == 2 && stderr.contains("links lead to it by more than 100 ways"), "{code} {stderr}");

    let job = Job::new();
    symlink("self.jpg", job.path("in/a/self.jpg")).unwrap();
    let (code, stderr) = job.run("build", &["--on-error", "skip"]);
    assert!(code == 3 && stderr.contains("a/self.jpg: skipped: cannot be read"), "{code} {stderr}");
    symlink(job.path("in"), job.path("in/a/loop")).unwrap();
    let (code, stderr) = job.run("plan", &[]);
    assert!(code == 2 && stderr.contains("a link to a folder that holds it"), "{code} {stderr}");
}

#[test]
fn a_path_that_is_too_long_makes_a_bad_picture() {
    let job = Job::new();
    job.add("a/a-long-name.jpg");
    let (code, stderr) = job.run("build", &["--max-path-length", "16"]);
    assert!(
        code == 1 && stderr.contains("a/a-long-name.jpg: its path has 17 bytes, above the limit of 16 (--max-path-length)"),
        "{stderr}"
    );
    assert_eq!(job.run("build", &["--max-path-length", "16", "--on-error", "skip"]).0, 3);
    assert_eq!(job.run("build", &["--max-path-length", "17", "--force"]).0, 0);
}

#[test]
fn the_depth_of_a_spec_can_be_limited_further() {
    let job = Job::new();
    job.spec(r#"{"version": 1, "pipeline": [{"op": "resize", "width": 4, "height": 4}]}"#);
    assert_eq!(job.run("plan", &["--max-spec-depth", "3"]).0, 0);
    for command in ["plan", "stats"] {
        let (code, stderr) = job.run(command, &["--max-spec-depth", "2"]);
        assert!(code == 2 && stderr.contains("nested deeper than 2"), "{stderr}");
    }
}

/// `open`, so often, and then `close`.
fn nested(open: &str, close: &str) -> String {
    const DEPTH: usize = 100_000;
    open.repeat(DEPTH) + &close.repeat(DEPTH)
}

#[test]
fn a_spec_is_no_deeper_than_the_stack() {
    let job = Job::new();
    let steps = nested(r#"{"op": "sequence", "steps": ["#, "]}");
    for text in
        [nested("[", "]"), nested("{\"a\":", "}"), "[".repeat(100_000), format!(r#"{{"version": 1, "pipeline": [{steps}]}}"#)]
    {
        job.spec(&text);
        let (code, stderr) = job.run("plan", &[]);
        assert!(code == 2 && stderr.contains("nested deeper than 64"), "{code} {}", &stderr[..stderr.len().min(300)]);
    }
    job.spec(&format!("{{\"version\": 1, \"pipeline\": [], \"//\": \"{}\"}}", "[".repeat(1000)));
    assert!(!job.run("plan", &[]).1.contains("nested"));
    job.spec(&" ".repeat((1 << 24) + 1));
    let (code, stderr) = job.run("plan", &[]);
    assert!(code == 2 && stderr.contains("longer than 16777216 bytes"), "{stderr}");
}

#[test]
fn files_of_annotations_are_no_deeper_than_the_stack() {
    let arrays = nested("[", "]");
    let xml = format!("<annotation>{}</annotation>", nested("<object>", "</object>"));
    let yaml = format!("names: {arrays}");
    let in_a_line = format!("{{\"file_name\": \"a/0.jpg\", \"objects\": {arrays}}}\n");
    let boxes = |rule: &str| format!(r#", "targets": {{"boxes": {{{rule}}}}}"#);
    let cases = [
        (
            "coco.json",
            format!("{{\"images\": {arrays}}}"),
            boxes(r#""from": "coco", "path": "coco.json", "unmatched": "background""#),
        ),
        (
            "metadata.jsonl",
            in_a_line,
            boxes(r#""from": "metadata", "path": "metadata.jsonl", "classes": ["box"], "unmatched": "background""#),
        ),
        ("notes/a/0.xml", xml, boxes(r#""from": "voc", "path": "notes/NAME.xml", "unmatched": "background""#)),
        (
            "data.yaml",
            yaml,
            boxes(r#""from": "yolo", "path": "notes/NAME.txt", "names": "data.yaml", "unmatched": "background""#),
        ),
        (
            "table.jsonl",
            format!("{{\"file_name\": \"a/0.jpg\", \"label\": {arrays}}}\n"),
            r#", "labels": {"from": "table", "path": "table.jsonl", "column": "label"}"#.into(),
        ),
    ];
    for (file, text, rule) in cases {
        let job = Job::new();
        fs::create_dir_all(job.path("in").join(file).parent().unwrap()).unwrap();
        fs::write(job.path("in").join(file), text).unwrap();
        job.spec(&SPEC.replace(r#", "pipeline""#, &format!(r#"{rule}, "pipeline""#)));
        let (code, stderr) = job.run("build", &[]);
        let start = stderr.chars().take(600).collect::<String>();
        assert!(code == 2 && stderr.len() < 4000 && stderr.contains(&format!("error: {file}:")), "{file}: {code} {start}");
    }
    let job = Job::new();
    fs::write(job.path("saved.json"), nested("[", "]")).unwrap();
    assert_eq!(end(prebake(&["import"]).arg(job.path("saved.json"))).0, 2);
    assert_eq!(job.run("build", &[]).0, 0);
    fs::write(job.out().join("dataset.json"), nested("[", "]")).unwrap();
    assert_eq!(end(prebake(&["verify"]).arg(job.out())).0, 12);
}

/// A gray PNG of this size, all zeros.
fn large(file: &Path, side: u32) {
    let mut encoder = png::Encoder::new(fs::File::create(file).unwrap(), side, side);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&vec![0; (side * side) as usize]).unwrap();
}

#[test]
fn a_picture_takes_no_more_memory_than_it_may() {
    let job = Job::new();
    large(&job.path("in/a/large.png"), 3000);
    let (code, stderr) = job.run("build", &["--max-picture-memory", "40MiB"]);
    let said = "a/large.png: 3000x3000 takes 42.92 MiB to decode, above the limit of 40.00 MiB (--max-picture-memory)";
    assert!(code == 1 && stderr.contains(said), "{code} {stderr}");
    let (code, _) = job.run("build", &["--max-picture-memory", "40MiB", "--on-error", "skip"]);
    assert_eq!(code, 3);
    assert_eq!(job.run("plan", &["--max-picture-memory", "43MiB"]).0, 0);
    // A file that is longer than that is not even read.
    fs::File::create(job.path("in/a/endless.png")).unwrap().set_len(1 << 40).unwrap();
    fs::File::create(job.path("in/a/film.mp4")).unwrap().set_len(1 << 40).unwrap();
    let began = Instant::now();
    let (code, stderr) = job.run("plan", &["--on-error", "skip"]);
    assert!(
        code == 0 && stderr.contains("a/endless.png: skipped: the file has 1.00 TiB, above the limit of 2.00 GiB"),
        "{stderr}"
    );
    assert!(!stderr.contains("film") && began.elapsed() < Duration::from_secs(20));
}

#[test]
fn a_picture_that_takes_too_long_ends_the_run() {
    let job = Job::new();
    large(&job.path("in/a/large.png"), 9000);
    for policy in ["fail", "skip"] {
        let (code, stderr) = job.run("build", &["--max-picture-time", "0.1", "--on-error", policy]);
        let said = ": takes longer than 0.1 s to read and decode (remove it, or raise --max-picture-time)";
        assert!(code == 1 && stderr.contains(said), "{policy}: {code} {stderr}");
        assert!(!job.out().join("dataset.json").exists());
    }
    assert_eq!(job.run("build", &["--max-picture-time", "0"]).0, 0);
}

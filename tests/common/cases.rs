//! The cases of `fixtures/parity`: what the reference libraries made with fixed parameters, and how far ours is from it.

use prebake::decode::{Decoding, Limits, Scratch, decode};
use prebake::image::Image;
use prebake::kernels::reference::{Library, Reference};
use prebake::pipeline::{Canvas, Program, Recipe, Row};
use prebake::rng::Key;
use prebake::spec::{Overrides, Spec};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

/// One case.
pub(crate) struct Case {
    /// Its description, JSON.
    pub(crate) path: PathBuf,
    content: Value,
}

/// How far two pictures are apart, in levels.
#[derive(Clone, Copy)]
pub(crate) struct Difference {
    pub(crate) mean: f64,
    pub(crate) max: u8,
}

/// Where the cases are.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/parity")
}

/// Every case, sorted: those of the first ops, and a folder for each family since.
pub(crate) fn all() -> Vec<Case> {
    let files =
        |folder: &Path| -> Vec<PathBuf> { std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect() };
    let below = files(&folder()).into_iter().filter(|path| path.is_dir()).flat_map(|path| files(&path));
    let mut paths: Vec<PathBuf> = files(&folder()).into_iter().chain(below).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "json"));
    paths.sort();
    paths.into_iter().map(Case::read).collect()
}

/// The picture that every case starts from.
pub(crate) fn input() -> Image {
    read_png(&folder().join("input.png"))
}

impl Case {
    fn read(path: PathBuf) -> Self {
        let content = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        Self { path, content }
    }

    pub(crate) fn name(&self) -> String {
        self.path.file_stem().unwrap().to_string_lossy().into_owned()
    }

    /// Which op it is about.
    pub(crate) fn op(&self) -> &str {
        let Value::Object(case) = &self.content else { panic!("{}: not a case", self.name()) };
        let within = |name: &str| case.get(name).and_then(|what| what["op"].as_str());
        case.get("op").and_then(Value::as_str).or(within("step")).or(within("drawn")).unwrap()
    }

    /// Whom it was asked of.
    pub(crate) fn reference(&self) -> &str {
        self.content["reference"].as_str().unwrap()
    }

    /// How far ours may be from the reference.
    pub(crate) fn tolerance(&self) -> Difference {
        let max = self.content["max"].as_u64().unwrap();
        Difference { mean: self.content["mean"].as_f64().unwrap(), max: u8::try_from(max).unwrap() }
    }

    /// How far ours is from the reference.
    pub(crate) fn difference(&self, input: &Image) -> Difference {
        let (ours, theirs) = (self.render(input), read_png(&self.path.with_extension("png")));
        assert_eq!(ours.size(), theirs.size(), "{}", self.name());
        let differences = ours.bytes().iter().zip(theirs.bytes()).map(|(a, b)| a.abs_diff(*b));
        let sum: u64 = differences.clone().map(u64::from).sum();
        Difference { mean: sum as f64 / ours.bytes().len() as f64, max: differences.max().unwrap_or(0) }
    }

    /// What the case makes: of its `step`, which leaves nothing to chance, or of its `drawn` values.
    fn render(&self, input: &Image) -> Image {
        let recipe: Recipe = if self.content["drawn"].is_null() {
            drawn_by(&json!({"version": 1, "pipeline": [self.content["step"]]}), input)
        } else {
            let drawn = self.content["drawn"].as_array().cloned();
            serde_json::from_value(drawn.unwrap_or_else(|| vec![self.content["drawn"].clone()]).into()).unwrap()
        };
        run(&recipe, input, self.content["fuse"] != false)
    }
}

/// The pictures that cases refer to.
static REFERENCES: LazyLock<Arc<Library>> = LazyLock::new(|| {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let read = |name: &str| (name.to_string(), Reference::new(read_png(&fixtures.join(name)), true));
    Arc::new(["references/coffee.png", "references/far/rocket.png"].map(read).into_iter().collect())
});

/// What the steps of `spec`, which leave nothing to chance, make of `input`.
pub(crate) fn made_by(spec: &Value, input: &Image) -> Image {
    run(&drawn_by(spec, input), input, true)
}

fn drawn_by(spec: &Value, input: &Image) -> Recipe {
    let pipeline = Spec::parse("case", &spec.to_string(), &Overrides::default()).unwrap().pipeline;
    let (mut recipe, row) = (Recipe::new(), Row { key: Key::NONE, epoch: 0, class: "" });
    pipeline.steps.iter().fold(input.size(), |size, step| step.draw(Key::NONE, &row, size, &mut recipe));
    recipe
}

fn run(recipe: &Recipe, input: &Image, fuse: bool) -> Image {
    let mut program = Program::default();
    program.lower(recipe, input.size(), fuse);
    let mut made = Image::new(program.output_size());
    program.run(recipe, input, &mut Canvas::new(Arc::clone(&REFERENCES)), made.bytes_mut());
    made
}

pub(crate) fn read_png(path: &Path) -> Image {
    let bytes = std::fs::read(path).unwrap();
    let decoding = Decoding { background: [0; 3], limits: Limits::NONE, at_least: None };
    let mut image = Image::default();
    decode(&bytes, &decoding, &mut Scratch::default(), &mut image).unwrap();
    image
}

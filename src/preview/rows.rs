//! A sheet of rows, byte for byte as a build makes them, but for what is painted over them.

use super::choose::order;
use super::fit::fit;
use super::overlay::{legend, over_row, over_source};
use super::sheet::{Group, Sheet, Shown};
use super::words;
use crate::encode::{Encoder, Scratch};
use crate::engine::{Mixer, Pictures, Single, Stage, Wanted as Mixed};
use crate::error::{Error, Result, counted, shown};
use crate::image::{Image, MOST_PIXELS, Size};
use crate::labels::Labels;
use crate::mixing;
use crate::pipeline::{Canvas, Pipeline, Program, Recipe, Row, Taken};
use crate::plan::{Entry, Plan};
use crate::rng::Key;
use crate::source::Source;
use crate::spec::{Color, Output, Spec};

/// The longest side in which a source picture is shown.
const SOURCE_SIDE: u32 = 512;

/// What the sheet shows.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// Pictures.
    pub images: usize,
    /// Rows of each.
    pub rows: u64,
    /// The epoch of the first row.
    pub epoch_from: u64,
    /// Whether to make the picture after each step too.
    pub steps: bool,
    /// Whether to paint masks, boxes and key points over the source and the rows.
    pub targets: bool,
}

/// Makes the sheet.
///
/// # Errors
/// If no picture can be decoded, or the rows would have too many pixels.
pub fn rows(from: Pictures<'_>, labels: &Labels, plan: &Plan, wanted: Wanted) -> Result<Sheet> {
    let Pictures { spec, source, references, .. } = from;
    let planned = plan.items();
    let pictures = planned.len().min(wanted.images) as u64;
    let pixels = plan.row_size.pixels().saturating_mul(wanted.rows).saturating_mul(pictures);
    if pixels > MOST_PIXELS {
        let rows = pictures * wanted.rows;
        return Err(Error::Usage(format!(
            "{rows} rows of {} are too many for a sheet (take fewer --images or --rows)",
            plan.row_size
        )));
    }
    let mut broken = Vec::new();
    let (single, mixer) = (Single::new(references), Mixer::new(references));
    let mut bench = Bench { from, labels, plan, wanted, single, mixer };
    let mut groups: Vec<(usize, Group)> = Vec::new();
    for at in order(source, labels, Key::new(spec.seed).word(b"preview")).into_iter().filter(|at| planned.contains(at)) {
        if groups.len() == wanted.images {
            break;
        }
        match bench.group(at) {
            Ok(group) => groups.push((at, group)),
            Err(problem) => broken.push(unusable(&source.items[at].path, &problem)),
        }
    }
    if groups.is_empty() {
        return Err(nothing_to_show(source, &broken));
    }
    let headers = source.bad.iter().map(|bad| unusable(&bad.path, &bad.problem));
    let warnings = labels.warnings.iter().cloned().chain(headers).chain(broken).collect();
    // Class by class, as the label map numbers them.
    groups.sort_by_key(|(at, _)| (labels.number_of(*at), *at));
    let groups: Vec<Group> = groups.into_iter().map(|(_, group)| group).collect();
    let mut notes = notes(spec, labels, plan, &groups, wanted);
    if wanted.targets {
        notes.extend(legend(from.truth));
    }
    Ok(Sheet { title: "prebake preview".into(), notes, groups, warnings })
}

/// What is wrong with a folder of which no picture can be shown: with those that the scan refused, and with the `broken`.
pub fn nothing_to_show(source: &Source, broken: &[String]) -> Error {
    let headers = source.bad.iter().map(|bad| unusable(&bad.path, &bad.problem));
    let all: Vec<String> = headers.chain(broken.iter().cloned()).collect();
    Error::Picture(format!("{}: no picture can be shown\n{}", source.files.place(""), all.join("\n")))
}

fn unusable(path: &str, problem: &str) -> String {
    format!("{}: cannot be used: {problem}", shown(path))
}

fn notes(spec: &Spec, labels: &Labels, plan: &Plan, groups: &[Group], wanted: Wanted) -> Vec<String> {
    let classes = labels.heads.first().map_or(0, |head| head.counts.iter().filter(|count| **count > 0).count() as u64);
    let last = wanted.epoch_from + wanted.rows - 1;
    let epochs =
        if last == wanted.epoch_from { format!("epoch {last}") } else { format!("epochs {} to {last}", wanted.epoch_from) };
    let color = match (spec.output.deep, spec.output.color) {
        (Some(deep), _) => format!(", {}", deep.planes),
        (None, Color::Gray) => ", gray".into(),
        (None, Color::Rgb) => String::new(),
    };
    vec![format!(
        "seed {}, {epochs}; {} of {} in {}; rows of {}{color}",
        spec.seed,
        groups.len(),
        counted(plan.items().len() as u64, "picture", "pictures"),
        counted(classes, "class", "classes"),
        plan.row_size,
    )]
}

struct Bench<'a> {
    from: Pictures<'a>,
    labels: &'a Labels,
    plan: &'a Plan,
    wanted: Wanted,
    single: Single,
    mixer: Mixer,
}

impl Bench<'_> {
    /// The picture of item `at` with its rows.
    fn group(&mut self, at: usize) -> std::result::Result<Group, String> {
        let item = &self.from.source.items[at];
        self.single.take(self.from.spec, self.from.source, item, self.from.limits)?;
        let class = self.labels.class_of(at);
        let mut found = self.single.decoded().clone();
        if self.wanted.targets {
            over_source(self.from.truth, at, item, &mut found)?;
        }
        let mut source = Shown::plain("source", fit(&found, most(&found)));
        source.lines.push((item.size.to_string(), String::new()));
        let before = self.before();
        let epochs = self.wanted.epoch_from..self.wanted.epoch_from + self.wanted.rows;
        let row = |epoch| Row { key: self.plan.row_key(epoch, &item.path, 0), epoch, class };
        let made = epochs.map(|epoch| self.row(&row(epoch), at)).collect::<std::result::Result<_, String>>()?;
        Ok(Group { name: shown(class), detail: shown(&*item.path), source, before, made })
    }

    /// The picture after the steps that every row has, which are told; `None` if there are none.
    fn before(&mut self) -> Option<Shown> {
        let recipe = prefix(&self.from.spec.pipeline, self.single.decoded().size());
        if recipe.is_empty() {
            return None;
        }
        let image = levels_shown(self.single.prepared(), &self.from.spec.output);
        let mut before = Shown { lines: words::lines(&recipe), recipe: words::whole(&recipe), ..Shown::plain("before", image) };
        if self.wanted.steps && recipe.len() > 1 {
            before.steps = self.steps(&recipe, Stage::Decoded);
        }
        Some(before)
    }

    fn row(&mut self, row: &Row<'_>, at: usize) -> std::result::Result<Shown, String> {
        let (recipe, image) = self.single.row(&self.from.spec.pipeline, row);
        let mut image = levels_shown(&image, &self.from.spec.output);
        let steps = if self.wanted.steps { self.steps(&recipe, Stage::Prepared) } else { Vec::new() };
        let mut lines = words::lines(&recipe);
        if self.wanted.targets || !self.from.spec.mixing.is_empty() {
            let mixed = self.mixed(row.epoch, at).map_err(|error| error.to_string())?;
            image = mixed.0;
            lines.extend(mixed.1);
        }
        Ok(Shown { name: format!("epoch {}", row.epoch), lines, recipe: words::whole(&recipe), image, steps })
    }

    /// The row with what is mixed into it and painted over it, and a line for each op that mixes.
    fn mixed(&mut self, epoch: u64, at: usize) -> Result<(Image, Vec<(String, String)>)> {
        let (labels, items) = (self.labels, &self.from.source.items);
        let block = self.plan.block_with(at).filter(|_| !self.from.spec.mixing.is_empty());
        let rows = block.map(|block| self.plan.rows(block, epoch)).unwrap_or_default();
        let (class, number) = (|at| labels.class_of(at), |at| labels.number_of(at));
        let wanted = Mixed { plan: self.plan, epoch, entry: Entry::only(at), rows: &rows, class: &class, number: &number };
        let (made, taken) = self.mixer.row(self.from, &wanted)?;
        let mut image = levels_shown(&made.image, &self.from.spec.output);
        if self.wanted.targets {
            over_row(self.from.truth, made, &mut image);
        }
        let line = |taken: &mixing::Taken| {
            let with = taken.partners.iter().map(|(at, _)| shown(&*items[rows[*at].item].path));
            let (op, values) = words::mixed(&taken.drawn);
            (op, format!("{values} with {}", with.collect::<Vec<_>>().join(", ")))
        };
        Ok((image, taken.iter().map(line).collect()))
    }

    /// The picture after the first step, after the first two, and so on: each joined as the row's are.
    fn steps(&mut self, recipe: &Recipe, from: Stage) -> Vec<Shown> {
        let after = |count: usize| {
            let image = self.single.after(&recipe[..count], self.from.spec.pipeline.fuse, from);
            let image = levels_shown(&image, &self.from.spec.output);
            let (name, values) = words::line(&recipe[count - 1]);
            let lines = if values.is_empty() { Vec::new() } else { vec![(values, String::new())] };
            Shown { lines, ..Shown::plain(&name, fit(&image, most(&image))) }
        };
        (1..=recipe.len()).map(after).collect()
    }
}

/// No more than the sheet shows well, and no larger than it is.
fn most(image: &Image) -> Size {
    let Size { width, height } = image.size();
    Size::new(width.min(SOURCE_SIDE), height.min(SOURCE_SIDE))
}

/// What a recipe makes of a picture.
pub(super) fn run(recipe: &[Taken], image: &Image, fuse: bool, canvas: &mut Canvas) -> Image {
    let mut program = Program::default();
    program.lower(recipe, image.size(), fuse);
    let mut made = Image::new(program.output_size());
    program.run(recipe, image, canvas, made.bytes_mut());
    made
}

/// The steps that are the same for every row.
fn prefix(pipeline: &Pipeline, input: Size) -> Recipe {
    let mut recipe = Recipe::new();
    let row = Row { key: Key::NONE, epoch: 0, class: "" };
    pipeline.steps[..pipeline.prefix()].iter().fold(input, |size, step| step.draw(Key::NONE, &row, size, &mut recipe));
    recipe
}

/// The levels that a row holds before they are normalised: gray where rows are gray.
fn levels_shown(image: &Image, output: &Output) -> Image {
    if output.color == Color::Rgb {
        return image.clone();
    }
    let mut gray = vec![0; image.bytes().len() / 3];
    Encoder::new(&output.levels(), None).encode(image.bytes(), &mut gray, &mut Scratch::default());
    Image::from_bytes(image.size(), gray.iter().flat_map(|&level| [level; 3]).collect())
}

//! What a row of a dataset shows, and how it was made.

use crate::cli::{Again, WhichRow};
use crate::decode::Limits;
use crate::encode::png;
use crate::engine::{Mixer, Pictures, Single, Wanted};
use crate::error::{Error, Result, shown};
use crate::ground_truth::GroundTruth;
use crate::image::{Image, Size};
use crate::manifest::{FILE, Labelled, Manifest, Sample, listed_references};
use crate::mixing;
use crate::output::place;
use crate::pipeline::{Recipe, Row};
use crate::plan::{Entry, Part, Shard, Sharding};
use crate::report::Told;
use crate::rng::Key;
use crate::source::{self, Files, Item, References, Source};
use crate::spec::fields::Choice;
use crate::spec::{Overrides, Side, Spec};
use crate::split::Sides;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// A row, explained.
#[derive(Debug)]
struct Explained {
    epoch: u64,
    row: u64,
    /// The shard's file and the row's place in it.
    images: String,
    place: usize,
    sample: Sample,
    recipe: Recipe,
    fuse: bool,
    mixed: Vec<Mixed>,
    /// Which part of a mixed row each picture has, where what was drawn says it.
    shares: Option<BTreeMap<String, f64>>,
}

/// An op that laid the row together with others.
#[derive(Debug, Serialize)]
struct Mixed {
    #[serde(flatten)]
    drawn: mixing::Drawn,
    partners: Vec<Partner>,
}

/// A row that came in.
#[derive(Debug, Serialize)]
struct Partner {
    picture: String,
    recipe: Recipe,
}

/// A dataset, read back as far as rows need it.
struct Dataset {
    manifest: Manifest,
    spec: Spec,
    part: Part,
    source: Source,
    samples: Vec<Sample>,
}

/// Says what the row shows; with `again`, makes it again.
///
/// # Errors
/// If `out` is no dataset, has no such row, or a picture is not there as it was.
pub fn explain(out: &Path, which: &WhichRow, again: &Again) -> Result<Box<dyn Told>> {
    if let (Some(input), Some(picture)) = (&again.input, &again.picture) {
        may_be_written(picture, out, input)?;
    }
    let dataset = Dataset::open(out, which)?;
    let (shard, place) = dataset.find(which)?;
    let entry = shard.rows[place];
    let at = entry.item;
    let key = dataset.part.plan.row_key(shard.epoch, &dataset.samples[at].path, entry.copy);
    let row = Row { key, epoch: shard.epoch, class: dataset.class(at) };
    let recipe = dataset.recipe(&row, at);
    let rows = dataset.part.plan.block_of(&shard).map(|block| dataset.part.plan.rows(block, shard.epoch)).unwrap_or_default();
    if let (Some(input), Some(picture)) = (&again.input, &again.picture) {
        let files = source::open(input).map_err(|error| match error {
            Error::Usage(problem) => Error::Usage(format!("--input: {problem}")),
            other => other,
        })?;
        dataset.make_again(&row, (entry, &rows), files, &again.references_from, picture)?;
    }
    let mixed = dataset.mixed(shard.epoch, entry, &rows);
    let shares = shares(&mixed, &dataset.samples[at].path, dataset.part.plan.row_size);
    Ok(Box::new(Explained {
        epoch: shard.epoch,
        row: dataset.rows_before(&shard) + place as u64,
        images: dataset.images_of(&shard),
        place,
        recipe,
        fuse: dataset.part.spec.pipeline.fuse,
        mixed,
        shares,
        sample: dataset.samples.into_iter().nth(at).expect("invariant: found above"),
    }))
}

/// Refuses a picture that is named as something else, or that would take the place of a file of others.
fn may_be_written(picture: &Path, out: &Path, input: &Path) -> Result<()> {
    place::check(picture)?;
    if place::ending(picture).as_deref() != Some("png") {
        return Err(Error::Usage(format!("{}: a row is written as PNG (write -o NAME.png)", shown(picture))));
    }
    place::apart(out, picture, "the dataset", "-o names a file elsewhere")?;
    place::apart(input, picture, "the folder of pictures", "-o names a file elsewhere")
}

impl Dataset {
    fn open(out: &Path, which: &WhichRow) -> Result<Self> {
        let missing = || Error::NotADataset(format!("{}: no dataset of prebake (there is no {FILE})", shown(out)));
        let manifest = Manifest::load(&out.join(FILE))?.ok_or_else(missing)?;
        let samples = manifest.samples(out)?;
        let mut spec =
            Spec::parse(&format!("{}: spec", shown(out.join(FILE))), &json!(manifest.spec).to_string(), &Overrides::default())?;
        spec.references(&mut |_, references| {
            if let Some(listed) = manifest.references.get(references.path()).filter(|listed| !listed.is_empty()) {
                references.found(listed.iter().map(|picture| picture.path.as_str().into()));
            }
        });
        let item = |sample: &Sample| Item {
            path: sample.path.as_str().into(),
            bytes: sample.bytes,
            xxh3_128: sample.xxh3_128,
            format: "",
            size: sample.size,
            substitute: sample.substitute.as_deref().map(Into::into),
        };
        let items = samples.iter().map(item).collect();
        let source = Source::of_items(out, items);
        let batches = manifest.splits.values().next().map_or(1, |split| split.rows_per_shard / manifest.batch_size.max(1));
        let sides = Sides { of: samples.iter().map(Sample::side).collect(), warnings: Vec::new() };
        let of_image = which.image.as_ref().and_then(|path| samples.iter().find(|sample| sample.path == *path));
        let side = which.split.or(of_image.map(Sample::side)).unwrap_or(Side::Train);
        let classes = manifest.membership(&spec, &samples);
        let parts = Part::of_all(&spec, &source, classes.as_ref(), &sides, Sharding::Batches(batches.max(1)))?;
        let Some(part) = parts.into_iter().find(|part| part.plan.side == side) else {
            let there: Vec<&str> = sides.present().map(Choice::word).collect();
            return Err(Error::Usage(format!("--split {}: it has none (there are {})", side.word(), there.join(", "))));
        };
        Ok(Self { manifest, spec, part, source, samples })
    }

    /// The shard of the row, and the row's place in it.
    fn find(&self, which: &WhichRow) -> Result<(Shard, usize)> {
        let rows = self.part.plan.rows_per_epoch;
        let no_row = |what: String| {
            Error::Usage(format!("{what} (there are {} epochs of {rows} rows, both from 0)", self.part.plan.epochs))
        };
        if which.epoch >= self.part.plan.epochs {
            return Err(no_row(format!("--epoch {}: no such epoch", which.epoch)));
        }
        let mut shards = self.part.plan.epoch(which.epoch);
        shards.sort_unstable_by_key(|shard| shard.index);
        let (index, place) = match (&which.image, which.row) {
            (Some(path), _) => {
                let at = self.samples.iter().position(|sample| sample.path == *path).ok_or_else(|| {
                    let known: Vec<&str> = self.samples.iter().map(|sample| sample.path.as_str()).take(1000).collect();
                    Error::Usage(format!(
                        "--image: {}",
                        crate::spec::fields::unknown("picture", path, &known[..known.len().min(8)])
                    ))
                })?;
                let wanted = Entry::only(at);
                let mut places = shards.iter().map(|shard| (shard.index, shard.rows.iter().position(|row| *row == wanted)));
                places.find_map(|(index, place)| Some((index, place?))).ok_or_else(|| self.not_shown(at, which.epoch))?
            }
            (None, row) => {
                let row = row.unwrap_or(0);
                if row >= rows {
                    return Err(no_row(format!("--row {row}: no such row")));
                }
                let mut at = row as usize;
                let holds = |shard: &&Shard| {
                    let here = at < shard.rows.len();
                    at -= if here { 0 } else { shard.rows.len() };
                    here
                };
                let shard = shards.iter().find(holds).expect("invariant: an epoch has all its rows");
                (shard.index, at)
            }
        };
        let found = shards.iter().position(|shard| shard.index == index).expect("invariant: shards are numbered");
        Ok((shards.swap_remove(found), place))
    }

    /// Rows of the epoch that come before those of `shard`.
    fn rows_before(&self, shard: &Shard) -> u64 {
        let before = self.part.plan.epoch(shard.epoch).into_iter().filter(|other| other.index < shard.index);
        before.map(|other| other.rows.len() as u64).sum()
    }

    /// That no row of the epoch shows picture `at`.
    fn not_shown(&self, at: usize, epoch: u64) -> Error {
        let side = self.samples[at].side();
        Error::Usage(if side == self.part.plan.side {
            format!("--image: classes are balanced, and the picture has no row in epoch {epoch} (try another --epoch)")
        } else {
            format!("--image: the picture is in {} (leave --split out)", side.word())
        })
    }

    fn images_of(&self, shard: &Shard) -> String {
        let shards = self.manifest.splits.get(self.part.plan.side.word()).map_or(&[][..], |split| &split.shards);
        let found = shards.iter().find(|known| (known.epoch, known.index) == (shard.epoch, shard.index));
        found.and_then(|known| known.arrays.get("images")).map_or(String::new(), |listed| listed.path.clone())
    }

    fn class(&self, at: usize) -> &str {
        self.samples[at].labelled.class_by(&self.spec)
    }

    /// What `row` of picture `at` draws.
    fn recipe(&self, row: &Row<'_>, at: usize) -> Recipe {
        let (mut recipe, pipeline) = (Recipe::new(), &self.part.spec.pipeline);
        pipeline.sample(row, pipeline.prepared_size(self.samples[at].size), &mut recipe);
        recipe
    }

    /// What a row draws of mixing, among the `rows` of its block.
    fn mixed(&self, epoch: u64, entry: Entry, rows: &[Entry]) -> Vec<Mixed> {
        let partner = |(at, key): (usize, Key)| {
            let item = rows[at].item;
            let recipe = self.recipe(&Row { key, epoch, class: self.class(item) }, item);
            Partner { picture: self.samples[item].path.clone(), recipe }
        };
        let (class, number) = (|at| self.class(at), |at: usize| self.samples[at].labelled.number_by(&self.spec));
        let wanted = Wanted { plan: &self.part.plan, epoch, entry, rows, class: &class, number: &number };
        let taken = wanted.draw(&self.part.spec, &self.source).into_iter();
        taken.map(|taken| Mixed { drawn: taken.drawn, partners: taken.partners.into_iter().map(partner).collect() }).collect()
    }

    /// Makes the row again, whose place is among the `rows` of its block.
    fn make_again(
        &self,
        row: &Row<'_>,
        (entry, rows): (Entry, &[Entry]),
        files: Arc<dyn Files>,
        references_from: &Path,
        picture: &Path,
    ) -> Result<()> {
        let references = References::load(&mut self.spec.clone(), references_from, Limits::NONE)?;
        if listed_references(&references) != self.manifest.references {
            return Err(Error::Picture(format!(
                "{}: reference pictures changed since (--references-from names the folder that the spec stood in)",
                shown(references_from)
            )));
        }
        let made = if self.part.spec.mixing.is_empty() {
            self.made_alone(row, entry.item, files, &references)?
        } else {
            self.made_mixed(row.epoch, (entry, rows), files, &references)?
        };
        place::replace(picture, &png(made.bytes(), made.size()))
    }

    fn made_alone(&self, row: &Row<'_>, at: usize, files: Arc<dyn Files>, references: &References) -> Result<Image> {
        let source = Source { files, ..Source::of_items("".as_ref(), Vec::new()) };
        let item = &self.source.items[at];
        let mut single = Single::new(references);
        single.take(&self.part.spec, &source, item, Limits::NONE).map_err(|problem| {
            // Some say themselves what can be done.
            let remedy = if problem.ends_with(')') { "" } else { " (--input names the folder that the dataset was made from)" };
            Error::Picture(format!("{}: {problem}{remedy}", source.files.place(item.file())))
        })?;
        Ok(single.row(&self.part.spec.pipeline, row).1)
    }

    fn made_mixed(
        &self,
        epoch: u64,
        (entry, rows): (Entry, &[Entry]),
        files: Arc<dyn Files>,
        references: &References,
    ) -> Result<Image> {
        let mut source = Source { files, ..self.source.clone() };
        // What is pasted is where things are.
        let truth = GroundTruth::load(&self.part.spec, &mut source)?;
        let (class, number) = (|at| self.class(at), |at: usize| self.samples[at].labelled.number_by(&self.spec));
        let wanted = Wanted { plan: &self.part.plan, epoch, entry, rows, class: &class, number: &number };
        let from = Pictures { spec: &self.part.spec, source: &source, truth: &truth, references, limits: Limits::NONE };
        Ok(Mixer::new(references).row(from, &wanted)?.0.image.clone())
    }
}

/// Which part of a row of `own` each picture has once `mixed` laid it together with others; `None` if nothing did, or only
/// pixels say it.
fn shares(mixed: &[Mixed], own: &str, size: Size) -> Option<BTreeMap<String, f64>> {
    let mut shares = BTreeMap::from([(own.to_string(), 1.0)]);
    for Mixed { drawn, partners } in mixed {
        let parts = drawn.parts(size)?;
        shares.values_mut().for_each(|share| *share *= parts[0]);
        for (partner, part) in partners.iter().zip(&parts[1..]) {
            *shares.entry(partner.picture.clone()).or_default() += part;
        }
    }
    (!mixed.is_empty()).then_some(shares)
}

/// Label and class of every head, for people.
fn lines(labelled: &Labelled) -> Vec<String> {
    let line = |name: &str, own: &Labelled| match (&own.label, &own.class) {
        (Value::Null, _) => None,
        (label, Value::Null) => Some(format!("  {name:<8} {label}")),
        (label, Value::String(class)) => Some(format!("  {name:<8} {label} ({})", shown(class))),
        (label, classes) => Some(format!("  {name:<8} {label} {classes}")),
    };
    let heads = labelled.labels.iter().filter_map(|(name, own)| line(name, own));
    line("label", labelled).into_iter().chain(heads).collect()
}

impl Told for Explained {
    fn text(&self) -> String {
        let Sample { path, size, labelled, .. } = &self.sample;
        let mut text = format!(
            "epoch {}, row {}: {} [{}]\n  picture  {} ({size})\n",
            self.epoch,
            self.row,
            shown(&self.images),
            self.place,
            shown(path),
        );
        if let Some(substitute) = &self.sample.substitute {
            text.push_str(&format!("  shows    {}, which stands in for it\n", shown(substitute)));
        }
        lines(labelled).iter().for_each(|line| text.push_str(&format!("{line}\n")));
        text.push_str(if self.recipe.is_empty() { "  recipe   nothing was drawn\n" } else { "  recipe\n" });
        for taken in &self.recipe {
            text.push_str(&format!("    {}\n", json!(taken)));
        }
        for Mixed { drawn, partners } in &self.mixed {
            text.push_str(&format!("  mixed    {}\n", json!(drawn)));
            for Partner { picture, recipe } in partners {
                text.push_str(&format!("    with   {}\n", shown(picture)));
                recipe.iter().for_each(|taken| text.push_str(&format!("      {}\n", json!(taken))));
            }
        }
        for (picture, share) in self.shares.iter().flatten() {
            text.push_str(&format!("  share    {share:.4} of {}\n", shown(picture)));
        }
        text
    }

    fn json(&self) -> Value {
        let Sample { path, size, labelled, xxh3_128, .. } = &self.sample;
        let mut told = json!({
            "epoch": self.epoch, "row": self.row, "images": self.images, "place": self.place,
            "picture": path, "width": size.width, "height": size.height, "xxh3_128": xxh3_128,
            "label": labelled.label, "class": labelled.class, "split": self.sample.side().word(), "fuse": self.fuse,
            "recipe": self.recipe,
        });
        if let Some(substitute) = &self.sample.substitute {
            told["substitute"] = json!(substitute);
        }
        if !self.mixed.is_empty() {
            told["mixed"] = json!(self.mixed);
            told["shares"] = json!(self.shares);
        }
        if !labelled.labels.is_empty() {
            let heads = labelled.labels.iter().map(|(name, own)| (name.clone(), json!({"label": own.label, "class": own.class})));
            told["labels"] = Value::Object(heads.collect());
        }
        told
    }
}

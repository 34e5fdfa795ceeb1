//! Rows of tiny pictures, made as a thread of a build makes them.

use prebake::encode::{DeepEncoder, Encoder, Scratch};
use prebake::image::{Deep, Image, Planes, Size};
use prebake::kernels::reference::{Library, Reference};
use prebake::ops::Drawn;
use prebake::pipeline::{Canvas, Chain, Program, Recipe, Row, Taken, Within};
use prebake::plan::{Plan, Sharding};
use prebake::rng::Key;
use prebake::source::{ContentHash, Item, Source};
use prebake::spec::{Dtype, Layout, Output, Side, Spec};
use prebake::statistics::{Known, Products, Statistics, Whitening};
use std::sync::{Arc, LazyLock};

/// The pictures: width, height, and whether they are of one gray.
const PICTURES: [(u32, u32, bool); 5] = [(1, 1, false), (1, 7, false), (2, 3, true), (2, 3, false), (9, 8, false)];

/// Rows that pass through pictures of more pixels are not made here.
const MOST_PIXELS: u64 = 1 << 12;

/// Rows of more values are not whitened here.
const MOST_WHITENED: u64 = 48;

/// The picture that stands for all that a spec refers to.
static REFERENCES: LazyLock<Arc<Library>> =
    LazyLock::new(|| Arc::new(Library::of_one(Reference::new(picture(Size::new(5, 4), false), true))));

/// Makes a row of each picture that `spec` takes, in its first epoch and in its last.
pub fn make(mut spec: Spec) {
    spec.references(&mut |_, references| references.found(std::iter::once("reference".into())));
    for (width, height, gray) in PICTURES {
        let picture = picture(Size::new(width, height), gray);
        if let Ok(plan) = Plan::new(&spec, &source_of(picture.size()), None, (Side::Train, &[0]), Sharding::Batches(1)) {
            match spec.input.deep {
                None => make_of(&spec, &plan, &picture),
                Some(wanted) => make_deep(&spec, &plan, &deep(picture.size(), wanted.planes)),
            }
        }
    }
}

fn make_of(spec: &Spec, plan: &Plan, picture: &Image) {
    let mut canvas = Canvas::new(Arc::clone(&REFERENCES));
    let pipeline = &spec.pipeline;
    let (mut recipe, any) = (Recipe::new(), Row { key: Key::NONE, epoch: 0, class: "" });
    let first = &pipeline.steps[..pipeline.prefix()];
    first.iter().fold(picture.size(), |size, step| step.draw(any.key, &any, size, &mut recipe));
    if !is_small(&recipe, picture.size()) {
        return;
    }
    let mut prepared = Image::default();
    pipeline.prepare(picture, &mut canvas, &mut prepared);
    assert_eq!(prepared.size(), pipeline.prepared_size(picture.size()));
    for epoch in [0, spec.epochs - 1] {
        pipeline.sample(&Row { key: plan.row_key(epoch, "picture", 0), epoch, class: "" }, prepared.size(), &mut recipe);
        if !is_small(&recipe, prepared.size()) {
            return;
        }
        let again: Recipe = serde_json::from_str(&serde_json::to_string(&recipe).unwrap()).unwrap();
        assert_eq!(again, recipe);
        let mut program = Program::default();
        program.lower(&recipe, prepared.size(), pipeline.fuse);
        assert_eq!(program.output_size(), plan.row_size);
        let mut levels = vec![0; usize::try_from(plan.row_size.bytes()).unwrap()];
        program.run(&recipe, &prepared, &mut canvas, &mut levels);
        encode(&spec.output, plan, &prepared, &levels);
    }
}

/// As [`make_of`], of a picture of other channels or another depth.
fn make_deep(spec: &Spec, plan: &Plan, picture: &Deep) {
    let (mut canvas, pipeline) = (Canvas::default(), &spec.pipeline);
    let (first, _) = pipeline.preparation(picture.size());
    if !is_small(&first, picture.size()) {
        return;
    }
    let (mut prepared, mut made, mut recipe) = (Deep::default(), Deep::default(), Recipe::new());
    pipeline.prepare_deep(picture, &mut canvas, &mut prepared);
    assert_eq!(prepared.size(), pipeline.prepared_size(picture.size()));
    for epoch in [0, spec.epochs - 1] {
        pipeline.sample(&Row { key: plan.row_key(epoch, "picture", 0), epoch, class: "" }, prepared.size(), &mut recipe);
        if !is_small(&recipe, prepared.size()) {
            return;
        }
        let mut program = Program::default();
        program.lower(&recipe, prepared.size(), pipeline.fuse);
        program.run_deep(&recipe, &prepared, &mut canvas, &mut made);
        assert_eq!((made.size(), made.planes()), (plan.row_size, picture.planes()));
        assert!(made.samples().iter().all(|sample| *sample <= made.planes().depth.greatest()));
        let mut row = vec![0; usize::try_from(plan.row_bytes).unwrap()];
        DeepEncoder::new(&spec.output).unwrap().encode(&made, &mut row);
        finite(&spec.output, &row);
    }
}

/// Turns levels into a row, as if all pictures were `prepared`.
fn encode(output: &Output, plan: &Plan, prepared: &Image, levels: &[u8]) {
    let values = plan.row_size.pixels() * output.color.channels();
    if output.zca.is_some() && (prepared.size() != plan.row_size || values > MOST_WHITENED) {
        return;
    }
    let known = output.needs_statistics().then(|| known(output, prepared));
    let mut row = vec![0; usize::try_from(plan.row_bytes).unwrap()];
    Encoder::new(output, known.as_ref()).encode(levels, &mut row, &mut Scratch::default());
    finite(output, &row);
}

/// No value of a row is infinite or no number.
fn finite(output: &Output, row: &[u8]) {
    let finite = match output.dtype {
        Dtype::Uint8 | Dtype::Uint16 => true,
        // All bits of the exponent are set in what is infinite or no number.
        Dtype::Float16 => row.as_chunks().0.iter().all(|bytes| !u16::from_le_bytes(*bytes) & 0x7c00 != 0),
        Dtype::Float32 => row.as_chunks().0.iter().all(|bytes| f32::from_le_bytes(*bytes).is_finite()),
    };
    assert!(finite, "{output:?} makes {row:?}");
}

fn known(output: &Output, prepared: &Image) -> Known {
    let levels_of = Encoder::new(&Output { layout: Layout::Nhwc, ..output.levels() }, None);
    let mut levels = vec![0; prepared.bytes().len() / 3 * usize::try_from(output.color.channels()).unwrap()];
    levels_of.encode(prepared.bytes(), &mut levels, &mut Scratch::default());
    let mut statistics = Statistics::new(output.color);
    statistics.count(&levels);
    statistics.conclude(output);
    let whitening = output.zca.map(|zca| {
        let mut products = Products::new(levels.len());
        let (bands, panels) = products.count(std::slice::from_ref(&levels));
        bands.iter_mut().for_each(|band| band.add(&panels));
        Whitening::new(&products, &statistics, output, zca)
    });
    Known { statistics, whitening }
}

/// Whether all pictures between the steps are small, where the first has the size `size`.
fn is_small(recipe: &[Taken], mut size: Size) -> bool {
    recipe.iter().all(|taken| {
        match taken {
            Taken::Op(drawn) => size = Drawn::output_size(drawn, size),
            Taken::Within(Within::Channels { steps, .. }) => return is_small(steps, size),
            Taken::Within(Within::Augmix { chains, .. }) => {
                return chains.iter().all(|Chain { steps, .. }| is_small(steps, size));
            }
        }
        size.pixels() <= MOST_PIXELS
    })
}

/// A picture of noise, or of one gray.
fn picture(size: Size, gray: bool) -> Image {
    let mut rng = Key::new(size.pixels()).rng();
    Image::from_bytes(size, (0..size.bytes()).map(|_| if gray { 77 } else { rng.bits() as u8 }).collect())
}

/// A picture of noise.
fn deep(size: Size, planes: Planes) -> Deep {
    let mut rng = Key::new(size.pixels()).rng();
    let samples = (0..planes.bytes(size) / 2).map(|_| rng.bits() as u16 & planes.depth.greatest()).collect();
    Deep::from_samples(size, planes, samples)
}

/// A folder with one picture.
fn source_of(size: Size) -> Source {
    let item = Item { path: "picture".into(), bytes: 1, xxh3_128: ContentHash::default(), format: "png", size, substitute: None };
    Source::of_items(".".as_ref(), vec![item])
}

//! What Keras saves: `Sequential.to_json()` of preprocessing layers, of Keras 2 and 3, and the arguments of an
//! `ImageDataGenerator`.
//!
//! Where Keras does something else than it documents, the import follows what is documented for what the file says,
//! and a note tells of both; `docs/from-keras.md` lists every argument.

mod bending;
mod color;
mod detail;
mod flow;
mod generator;
mod geometry;
mod policy;
mod refused;
mod values;

use super::call::Call;
use super::json::plain;
use super::log::Log;
use super::sizes::Sizing;
use super::{Draft, Format};
use serde_json::{Map, Value, json};
use values::Values;

pub(super) use generator::FORMAT as GENERATOR;

/// Files of layers.
pub(super) const MODEL: Format = Format { name: "Keras (`Sequential.to_json()`)", recognises, read };

/// A layer that becomes steps.
#[derive(Clone, Copy, Debug)]
struct Layer {
    name: &'static str,
    /// Its own arguments: those that all layers have are not among them.
    arguments: &'static [&'static str],
    /// Makes steps of it; what cannot be kept is refused at the call.
    convert: fn(&mut Call<'_>, &Values) -> Vec<Value>,
}

/// The layers that become steps, by family.
const FAMILIES: &[&[Layer]] = &[geometry::TABLE, bending::TABLE, color::TABLE, detail::TABLE, policy::TABLE];

/// Every layer that is known, and the generator, with their arguments, as `docs/from-keras.md` lists them.
pub fn arguments() -> Vec<(&'static str, &'static [&'static str])> {
    let layers = FAMILIES.iter().flat_map(|family| family.iter()).map(|layer| (layer.name, layer.arguments));
    let scaling = values::TABLE.iter().map(|(name, arguments, _)| (*name, *arguments));
    let own = [("every layer", COMMON), ("ImageDataGenerator", generator::ARGUMENTS), ("flow_from_directory", generator::FLOW)];
    layers.chain(scaling).chain([MIXING]).chain(own).collect()
}

/// The layer that mixes rows as we do, which is last: its name and arguments.
const MIXING: (&str, &[&str]) = ("MixUp", &["alpha"]);

/// What any layer may have.
const COMMON: &[&str] = &["name", "trainable", "dtype", "data_format", "seed"];

fn recognises(file: &Value) -> bool {
    let class = file.get("class_name").and_then(Value::as_str);
    class.is_some_and(|class| class != "ImageDataGenerator") && file.get("config").is_some()
}

fn read(file: Value, log: &Log) -> Draft {
    let mut walk = Walk {
        log,
        draft: Draft::default(),
        sizing: Sizing::default(),
        values: Values::default(),
        dtype: "float32".into(),
        channels_first: false,
        gray: false,
        mixing: Vec::new(),
    };
    walk.layer(file, "config");
    walk.into_draft()
}

/// Walks the layers and collects steps.
#[derive(Debug)]
struct Walk<'a> {
    log: &'a Log,
    draft: Draft,
    sizing: Sizing,
    values: Values,
    dtype: String,
    channels_first: bool,
    gray: bool,
    mixing: Vec<Value>,
}

impl<'a> Walk<'a> {
    fn into_draft(mut self) -> Draft {
        let output = &mut self.draft.output;
        let bytes = self.dtype == "uint8" && self.values.are_levels();
        output.insert("dtype".into(), json!(if bytes || self.dtype == "float16" { &self.dtype } else { "float32" }));
        if self.channels_first {
            output.insert("layout".into(), json!("NCHW"));
        }
        if self.gray {
            output.insert("color".into(), json!("gray"));
        }
        self.values.describe(output);
        if !self.mixing.is_empty() {
            self.draft.more.insert("mixing".into(), self.mixing.clone().into());
        }
        if self.dtype == "float32" && self.values.are_levels() {
            let text = "rows are float32, as Keras makes them; they hold whole levels, which \"dtype\": \"uint8\" holds in a quarter of the bytes";
            self.log.note("output", text);
        }
        self.draft
    }

    /// Adds a layer, or the layers within one.
    fn layer(&mut self, node: Value, path: &str) {
        let Some(mut call) = self.call(node, path) else { return };
        if ["Sequential", "Pipeline"].contains(&call.name()) {
            return self.layers(call);
        }
        self.common(&mut call);
        if call.name() == "InputLayer" {
            return self.input(call);
        }
        if call.name() == MIXING.0 {
            let alpha = call.number("alpha", 0.2);
            self.mixing.push(json!({"op": "mixup", "alpha": alpha}));
            call.note("rows are mixed after all steps; labels become float32 shares of each class");
            call.finish();
            return;
        }
        let call = call.on(self.sizing.known());
        let layer = FAMILIES.iter().flat_map(|family| family.iter()).find(|layer| layer.name == call.name());
        let scaling = values::TABLE.iter().find(|(name, ..)| *name == call.name());
        match (layer, scaling) {
            (Some(layer), _) => self.steps(call, layer),
            (None, Some((_, _, convert))) => {
                let mut call = call;
                convert(&mut call, &mut self.values);
                call.finish();
            }
            (None, None) => {
                let mut call = call;
                call.ignore_all();
                let why = refused::why(call.name());
                call.refuse("", why);
            }
        }
    }

    /// Adds the layers of a model, in order.
    fn layers(&mut self, mut call: Call<'a>) {
        call.ignore(&["name", "trainable", "dtype", "build_input_shape", "batch_input_shape"]);
        let path = call.path();
        let path = if path == "config" { "config.layers".to_string() } else { format!("{path}.config.layers") };
        match call.take("layers") {
            Some(Value::Array(layers)) => {
                layers.into_iter().enumerate().for_each(|(i, layer)| self.layer(layer, &format!("{path}[{i}]")));
            }
            _ => call.refuse("layers", "missing (a list of layers)"),
        }
        call.finish();
    }

    /// Adds what a layer becomes.
    fn steps(&mut self, mut call: Call<'a>, layer: &Layer) {
        if !self.mixing.is_empty() {
            call.ignore_all();
            return call.refuse("", "stands behind a layer that mixes rows, which are mixed last (move it before that)");
        }
        let steps = (layer.convert)(&mut call, &self.values);
        let whole = match steps.as_slice() {
            [one] => one.clone(),
            _ => json!({"op": "sequential", "steps": steps}),
        };
        if call.finish_as(whole).is_some() {
            self.sizing = steps.iter().fold(self.sizing, |sizing, step| sizing.after(step));
            self.draft.steps.extend(steps);
        }
    }

    /// Takes what any layer may have.
    fn common(&mut self, call: &mut Call<'_>) {
        call.ignore(&["name", "trainable", "bounding_box_format", "autocast"]);
        self.shape(call, "batch_input_shape");
        let dtype = call.take("dtype").as_ref().and_then(dtype).unwrap_or_else(|| "float32".into());
        if !["InputLayer", "Functional"].contains(&call.name()) {
            if ["bfloat16", "float64"].contains(&dtype.as_str()) {
                call.note(&format!("dtype {dtype} becomes float32"));
            }
            self.dtype = dtype;
        }
        match call.word("data_format", "channels_last").as_str() {
            "channels_last" => {}
            "channels_first" => self.channels_first = true,
            other => call.refuse("data_format", &format!("`{other}` is none of channels_last, channels_first")),
        }
        // RandomCrop saves a seed even if none was given.
        if call.take("seed").is_some() && call.name() != "RandomCrop" {
            call.note("seed is left aside: draws are made from the spec's own");
        }
    }

    fn input(&mut self, mut call: Call<'a>) {
        call.ignore(&["sparse", "ragged", "optional"]);
        self.shape(&mut call, "batch_shape");
        self.shape(&mut call, "shape");
        call.finish();
    }

    /// Takes the shape of what comes in.
    fn shape(&mut self, call: &mut Call<'_>, argument: &str) {
        let Some(Value::Array(shape)) = call.take(argument) else { return };
        let sides: Vec<Option<u64>> = shape.iter().map(Value::as_u64).collect();
        let (height, width, channels) = match sides[..] {
            [_, Some(3), h, w] => (h, w, Some(3)),
            [_, h, w, c] | [h, w, c] => (h, w, c),
            _ => return,
        };
        match channels {
            Some(1) => self.gray = true,
            Some(3) | None => {}
            Some(other) => call.refuse(argument, &format!("{other} channels (pictures have 1 or 3)")),
        }
        if let (Some(height), Some(width)) = (height, width)
            && self.sizing.known().is_none()
        {
            let step = json!({"op": "resize", "width": width, "height": height, "antialias": false});
            self.sizing = self.sizing.after(&step);
            call.note(&format!(
                "takes pictures of {width}x{height}; the spec does not make them so (image_dataset_from_directory does what {step} does)"
            ));
        }
    }

    /// A node's layer and arguments.
    fn call(&self, node: Value, path: &str) -> Option<Call<'a>> {
        let Value::Object(mut node) = node else {
            self.log.problem(path, "expected a layer, an object with `class_name` and `config`");
            return None;
        };
        let Some(Value::String(name)) = node.shift_remove("class_name") else {
            self.log.problem(path, "missing `class_name`, the layer's name");
            return None;
        };
        let registered = node.get("registered_name").and_then(Value::as_str);
        if let Some(foreign) = registered.filter(|registered| registered.contains('>')) {
            self.log.problem(path, &format!("{foreign}: is no layer of Keras (leave it out, and keep those that are)"));
            return None;
        }
        let arguments = match node.shift_remove("config") {
            Some(Value::Object(config)) => config,
            // Sequential of the first versions of Keras 2.
            Some(Value::Array(layers)) => Map::from_iter([("layers".to_string(), layers.into())]),
            _ => Map::new(),
        };
        Some(Call::new(path, &name, arguments, self.log))
    }
}

/// The name of a type: Keras 3 and late versions of Keras 2 write a policy, which may mix two.
fn dtype(value: &Value) -> Option<String> {
    let name = match value {
        Value::String(name) => Some(name.as_str()),
        policy => policy.get("config").and_then(|config| config.get("name")).and_then(Value::as_str),
    };
    name.map(|name| name.strip_prefix("mixed_").unwrap_or(name).to_string())
}

/// How often a layer applies whose `factor` is a probability, or what one is drawn from for each picture.
fn probability(call: &mut Call<'_>) -> f64 {
    let (low, high) = call.ends("factor", |f| (0.0, f)).unwrap_or((0.0, 1.0));
    (low + high) / 2.0
}

/// The step with how often it applies.
fn with_p(mut step: Value, p: f64) -> Value {
    if p != 1.0 {
        step["p"] = plain(p);
    }
    step
}

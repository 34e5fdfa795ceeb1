//! What `albumentations.save` writes, 1.x and 2.x: a tree of `{"__class_fullname__": NAME, "p": P, ...arguments}`.
//!
//! The tables name every transform that is known, by family; each has a short function that takes all the arguments
//! and gives our step. Where a version changed a name or a meaning, the arguments that the file has tell it.

mod blur;
mod color;
mod compose;
mod crops;
mod distort;
mod dropout;
mod geometry;
mod given;
mod noise;
mod output;
mod quality;
mod refused;
mod weather;

use super::call::Call;
use super::log::Log;
use super::{Draft, Format};
use crate::import::call::Version;
use compose::Walk;
use serde_json::Value;

/// The files of Albumentations.
pub(super) const FORMAT: Format = Format { name: "Albumentations", recognises, read };

/// The versions that are known.
const OLDEST: Version = [1, 4, 0];
const NEWEST: Version = [2, 0, 8];

/// Makes our step of a transform; what cannot be kept is refused at the call.
type Convert = fn(&mut Call<'_>) -> Value;

/// Every transform that becomes a step, by family.
const FAMILIES: &[&[(&str, Convert)]] = &[
    geometry::TABLE,
    crops::TABLE,
    distort::TABLE,
    color::TABLE,
    blur::TABLE,
    noise::TABLE,
    dropout::TABLE,
    weather::TABLE,
    quality::TABLE,
];

fn recognises(file: &Value) -> bool {
    let node = file.get("transform").unwrap_or(file);
    node.get("__class_fullname__").is_some()
}

fn read(mut file: Value, log: &Log) -> Draft {
    let Some(version) = file.get("__version__").and_then(Value::as_str).map(str::to_string) else {
        log.problem("__version__", "missing (it says what the arguments mean; `albumentations.save` writes it)");
        return Draft::default();
    };
    let numbers = numbers(&version);
    if numbers > NEWEST {
        log.problem(
            "__version__",
            &format!("{version} is newer than 2.0.8, and its arguments may mean something else (save it by 2.0.8)"),
        );
    } else if numbers < OLDEST {
        log.note("__version__", &format!("{version} is read as if 1.4.0 had written it"));
    }
    let mut walk = Walk::new(numbers, log);
    walk.top(file["transform"].take(), "transform");
    walk.into_draft()
}

/// Major, minor and patch of `2.0.8`; what is not there is 0.
fn numbers(version: &str) -> Version {
    let mut parts = version.split('.').map(|part| part.parse().unwrap_or(0));
    std::array::from_fn(|_| parts.next().unwrap_or(0))
}

/// The names of all transforms and compositions that are known, also of those that are refused.
pub(super) fn names() -> Vec<&'static str> {
    let steps = FAMILIES.iter().flat_map(|family| family.iter()).map(|(name, _)| *name);
    let output = output::TABLE.iter().map(|(name, _)| *name);
    let refused = refused::TABLE.iter().map(|(name, _)| *name);
    steps.chain(output).chain(refused).chain(compose::NAMES.iter().copied()).collect()
}

/// The function for the transform called `name`.
fn convert(name: &str) -> Option<Convert> {
    FAMILIES.iter().flat_map(|family| family.iter()).find(|(known, _)| *known == name).map(|(_, convert)| *convert)
}

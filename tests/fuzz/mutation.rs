//! Inputs like others: changes of JSON that a spec's reader may meet, and of single bytes.

use prebake::ops::Op;
use prebake::rng::Rng;
use prebake::spec::fields::{Declared, Kind};
use prebake::spec::{COMPOSITIONS, declared};
use serde_json::{Map, Value, json};

/// Text that means something to some parser.
const TOKENS: [&str; 18] = [
    "NaN",
    "Infinity",
    "-Infinity",
    "1e999",
    "-1e999",
    "-0",
    "1e-400",
    "0x10",
    "null",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "[",
    "]",
    "{\"a\":",
    "}",
    ",",
    "\u{feff}",
    "/*",
];

/// Another input like `data`: values are changed if it begins with one of JSON, else bytes.
pub fn mutated(data: &[u8], rng: &mut Rng) -> Vec<u8> {
    let mut values = serde_json::Deserializer::from_slice(data).into_iter::<Value>();
    let first = values.next();
    let rest = &data[values.byte_offset()..];
    let mut made = match first {
        Some(Ok(mut value)) if rng.chance(0.9) => {
            for _ in 0..=rng.below(3) {
                change_one(&mut value, rng);
            }
            [value.to_string().as_bytes(), rest].concat()
        }
        _ => data.to_vec(),
    };
    // What follows a value is read by others, and what is no JSON may be YAML.
    if !rest.is_empty() || rng.chance(0.1) {
        for _ in 0..=rng.below(3) {
            edit(&mut made, rng);
        }
    }
    made
}

/// Replaces, removes or inserts bytes at one place.
fn edit(bytes: &mut Vec<u8>, rng: &mut Rng) {
    let at = one_of(bytes.len() + 1, rng);
    let end = (at + one_of(4, rng)).min(bytes.len());
    let put = if rng.chance(0.5) { any(&TOKENS, rng).as_bytes() } else { &[rng.bits() as u8][..] };
    bytes.splice(at..end, put.iter().copied().filter(|_| rng.chance(0.9)).collect::<Vec<u8>>());
}

/// Changes a value, or one of those within it.
fn change_one(value: &mut Value, rng: &mut Rng) {
    let mut at = Some(one_of(count(value), rng));
    visit(value, &mut at, &mut |value| change(value, rng));
}

/// How many values there are, with those within.
fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(fields) => fields.values().map(count).sum(),
        _ => 0,
    }
}

/// Shows value number `at`; nothing is left of `at` after that.
fn visit(value: &mut Value, at: &mut Option<usize>, change: &mut dyn FnMut(&mut Value)) {
    let Some(left) = *at else { return };
    *at = left.checked_sub(1);
    match value {
        value if left == 0 => change(value),
        Value::Array(items) => items.iter_mut().for_each(|item| visit(item, at, change)),
        Value::Object(fields) => fields.values_mut().for_each(|field| visit(field, at, change)),
        _ => {}
    }
}

fn change(value: &mut Value, rng: &mut Rng) {
    match value {
        Value::Object(fields) if fields.contains_key("op") => change_step(value, rng),
        Value::Object(fields) => change_fields(fields, rng),
        Value::Array(items) => change_items(items, rng),
        Value::Number(_) if rng.chance(0.2) => {
            *value = json!({"schedule": "linear", "from": value, "to": number(rng), "epochs": 2 + rng.below(3)});
        }
        Value::Number(_) if rng.chance(0.2) => *value = json!([value, number(rng)]),
        Value::Number(_) if rng.chance(0.8) => *value = number(rng),
        other => *other = anything(rng),
    }
}

fn change_step(step: &mut Value, rng: &mut Rng) {
    match rng.below(4) {
        0 => *step = example(rng),
        1 => {
            let field = *any(&["steps", "of"], rng);
            let op = any(COMPOSITIONS, rng).name;
            *step = json!({"op": op, field: [step.clone(), example(rng)]});
        }
        2 => {
            let last = step["p"].as_f64().is_some_and(|p| p < 1.0);
            step["p"] = if last { json!(1) } else { any(&[json!(0.5), json!(0), number(rng)], rng).clone() };
        }
        _ => {
            let name = step["op"].as_str().unwrap_or_default();
            let fields = declared(name).unwrap_or_default();
            if !fields.is_empty() {
                let Declared { name, kind, .. } = any(&fields, rng);
                step[*name] = of_kind(kind, rng);
            }
        }
    }
}

fn change_fields(fields: &mut Map<String, Value>, rng: &mut Rng) {
    let Some((name, value)) = fields.iter().nth(one_of(fields.len().max(1), rng)) else { return };
    let (name, value) = (name.clone(), value.clone());
    match rng.below(3) {
        0 => drop(fields.remove(&name)),
        1 => drop(fields.insert(format!("{name}_"), value)),
        _ => drop(fields.insert(name, anything(rng))),
    }
}

fn change_items(items: &mut Vec<Value>, rng: &mut Rng) {
    let at = one_of(items.len() + 1, rng);
    match (rng.below(5), items.get(at).cloned()) {
        (0, Some(_)) => drop(items.remove(at)),
        (1, Some(item)) => items.insert(at, item),
        (2, Some(_)) => rng.shuffle(items),
        (3, _) => items.insert(at, example(rng)),
        _ => items.insert(at, anything(rng)),
    }
}

/// A step as the reference shows it.
fn example(rng: &mut Rng) -> Value {
    let ops: Vec<&str> = Op::ALL.iter().map(|op| op.example).chain(COMPOSITIONS.iter().map(|form| form.example)).collect();
    serde_json::from_str(any::<&str>(&ops, rng)).unwrap()
}

/// Something that a field of this kind may take, often at an end of its bounds.
fn of_kind(kind: &Kind, rng: &mut Rng) -> Value {
    match kind {
        Kind::Number(low, high) => within(*low, *high, rng),
        Kind::Interval(low, high) => json!([low, within(*low, *high, rng)]),
        Kind::Integer(low, high) => any(&[json!(low), json!(high), json!(low + 1)], rng).clone(),
        Kind::Whole(low, high) => any(&[json!(low), json!(high), json!([low, high]), json!(low + 1)], rng).clone(),
        Kind::Flag => json!(rng.chance(0.5)),
        Kind::Choice(words) => json!(any(words, rng)),
        Kind::Colour => any(&[json!(0), json!([255, 0, 128])], rng).clone(),
        Kind::PerChannel => any(&[json!(1), json!([1, 1e-30, -1e30]), number(rng)], rng).clone(),
        Kind::Numbers((least, most), (low, high)) => {
            let n = least + one_of((most - least).min(4) + 1, rng);
            (0..n).map(|_| within(*low, *high, rng)).collect::<Vec<_>>().into()
        }
        Kind::NumbersByName(low, high) => json!({"cat": within(*low, *high, rng)}),
        Kind::IntegersByName(low, high) => json!({"cat": any(&[low, high], rng), "": low}),
        Kind::Text | Kind::Path => json!("."),
        Kind::Texts => json!(["cat", ""]),
        Kind::Objects(fields) => json!([of_kind(&Kind::Object(fields.clone()), rng)]),
        Kind::Object(fields) => {
            let mut object = Map::new();
            for Declared { name, kind, .. } in fields.iter().filter(|_| rng.chance(0.5)).collect::<Vec<_>>() {
                object.insert((*name).into(), of_kind(kind, rng));
            }
            object.into()
        }
        Kind::Steps => json!([example(rng), example(rng)]),
    }
}

fn within(low: f64, high: f64, rng: &mut Rng) -> Value {
    any(&[json!(low), json!(high), json!(rng.uniform(low, high)), json!((low + high) / 2.0)], rng).clone()
}

/// A number that some reader may not expect.
fn number(rng: &mut Rng) -> Value {
    let floats = [0.0, -0.0, 0.5, -0.5, 1e-9, 5e-324, 1e-300, 1e9, f64::MAX, f64::MIN, 1e39, 255.5, 1.0 + f64::EPSILON];
    let wholes = [0, 1, -1, 2, 3, 16, 255, 256, 65_535, 1 << 31, 1 << 32, 1 << 53, i64::MAX, i64::MIN];
    match rng.below(3) {
        0 => json!(any(&floats, rng)),
        1 => json!(any(&wholes, rng)),
        _ => any(&[json!(u64::MAX), json!(rng.below(100)), json!(rng.uniform(-2.0, 2.0))], rng).clone(),
    }
}

fn anything(rng: &mut Rng) -> Value {
    match rng.below(9) {
        0 => Value::Null,
        1 => json!(rng.chance(0.5)),
        2 => json!(""),
        3 => json!("\u{0}\u{1b}\u{feff}é\"\\"),
        4 => json!([]),
        5 => json!({}),
        6 => (0..rng.below(600)).fold(json!(0), |inner, _| json!([inner])),
        7 => (0..rng.below(20)).fold(example(rng), |inner, _| json!({"op": "sequential", "steps": [inner]})),
        _ => number(rng),
    }
}

fn one_of(n: usize, rng: &mut Rng) -> usize {
    usize::try_from(rng.below(n as u64)).unwrap_or(0)
}

fn any<'a, T>(of: &'a [T], rng: &mut Rng) -> &'a T {
    &of[one_of(of.len(), rng)]
}

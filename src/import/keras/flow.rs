//! What stands beside a generator's arguments: those of `flow_from_directory`.

use crate::image::Size;
use crate::import::Draft;
use crate::import::call::Call;
use crate::import::json::plain;
use serde_json::{Value, json};

/// Takes what `flow_from_directory` says; gives the size that pictures have then.
pub(super) fn flow(call: &mut Call<'_>, draft: &mut Draft) -> Option<Size> {
    call.ignore(&["directory", "save_to_dir", "save_prefix", "save_format"]);
    let batch = call.optional_number("batch_size");
    draft.more.extend(batch.map(|batch| ("batch_size".to_string(), plain(batch))));
    if !call.flag("shuffle", true) {
        draft.more.insert("shuffle".into(), json!("none"));
    }
    if call.take("seed").is_some() {
        call.note("seed is left aside: draws are made from the spec's own");
    }
    draft.more.extend(labels(call).map(|labels| ("labels".to_string(), labels)));
    if let Some(share) = call.optional_number("validation_split").filter(|share| *share != 0.0) {
        // Keras divides each class; where there are none, all together.
        let classes = draft.more.get("labels").is_none_or(|labels| labels["from"] != "none");
        draft
            .more
            .insert("split".into(), if classes { json!({"val": share, "stratified": true}) } else { json!({"val": share}) });
        call.note("validation_split: Keras takes the first files of each class by name; prebake takes other ones, by their content, and makes their rows once, with the steps that do not vary");
    }
    if call.take("subset").is_some() {
        call.note("subset is left aside: both sides are made");
    }
    match call.word("color_mode", "rgb").as_str() {
        "rgb" => {}
        "grayscale" => drop(draft.output.insert("color".into(), json!("gray"))),
        other => call.refuse("color_mode", &format!("`{other}`: rows are rgb or grayscale")),
    }
    let interpolation = call.word("interpolation", "nearest");
    let keep = call.flag("keep_aspect_ratio", false);
    let Some(sides) = call.numbers("target_size") else {
        call.note("pictures keep their size here, and rows must all have one; give target_size, which flow_from_directory has as [256, 256] unless it is said, beside the arguments");
        return None;
    };
    let [height, width] = sides[..] else {
        call.refuse("target_size", "expected [height, width]");
        return None;
    };
    let ours = match interpolation.as_str() {
        "lanczos" => "lanczos3",
        "box" => "area",
        other => other,
    };
    let mut step = json!({"op": "resize", "width": plain(width), "height": plain(height), "interpolation": ours});
    if keep {
        step["mode"] = json!("fill");
    }
    draft.steps.push(step);
    // Bounds are checked with all steps.
    Some(Size::new(width as u32, height as u32))
}

/// Takes how pictures are labelled; `None` for what is so by itself.
fn labels(call: &mut Call<'_>) -> Option<Value> {
    let mut labels = json!({});
    match call.take("classes") {
        None | Some(Value::Null) => {}
        Some(names) if names.as_array().is_some_and(|names| !names.is_empty() && names.iter().all(Value::is_string)) => {
            call.note("classes: Keras leaves pictures of other classes out; here they are errors, unless \"oov\" is \"first\"");
            labels = json!({"from": "directory", "classes": names});
        }
        Some(other) => call.expected("classes", "a list of names", &other),
    }
    // Nothing, where it is written, is Keras's word for no labels.
    let none = call.peek("class_mode").is_some_and(Value::is_null);
    match call.take("class_mode").unwrap_or_else(|| if none { Value::Null } else { json!("sparse") }) {
        Value::Null => labels = json!({"from": "none"}),
        Value::String(mode) if mode == "sparse" => {}
        Value::String(mode) if mode == "binary" => call.note("class_mode binary: labels are int64, Keras's are float32"),
        Value::String(mode) if mode == "categorical" => labels["kind"] = json!("one_hot"),
        other => call
            .refuse("class_mode", &format!("{other}: labels are of classes here, or none (sparse, categorical, binary or null)")),
    }
    labels.as_object().is_some_and(|fields| !fields.is_empty()).then_some(labels)
}

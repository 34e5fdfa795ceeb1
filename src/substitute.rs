//! Other pictures in the place of those that cannot be used.
//!
//! A bad picture takes over the file of a good one that has the same labels, and with it all that is said of that file: size,
//! masks, boxes, key points. Its path stays its own, so that its rows draw for themselves. Since files of equal content are on
//! one side of a split, so are the two; where folders or a column say the side, a picture of that side is taken.

use crate::error::Result;
use crate::ground_truth::GroundTruth;
use crate::image::Size;
use crate::labels::Labels;
use crate::rng::Key;
use crate::source::{Bad, ContentHash, Item, Source};
use crate::spec::fields::Choice;
use crate::spec::{By, LabelSource, Side, Spec};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A picture that may stand in for others, and what it is drawn by.
struct Candidate<'a> {
    item: &'a Item,
    number: u64,
}

/// Gives every bad picture of `source` a good one that stands in for it; those for which there is none stay left out, and say so.
///
/// # Errors
/// If a picture has no label, or the table of labels is wrong.
pub fn substitute(spec: &Spec, source: &mut Source) -> Result<()> {
    if source.bad.is_empty() {
        return Ok(());
    }
    let kinds = kinds(spec, source)?;
    let key = Key::new(spec.seed).word(b"substitute");
    let mut good: BTreeMap<&str, Vec<Candidate<'_>>> = BTreeMap::new();
    for item in source.items.iter() {
        if let Some(kind) = kinds.get(&*item.path) {
            let number = key.word(item.path.as_bytes()).rng().bits();
            good.entry(kind).or_default().push(Candidate { item, number });
        }
    }
    let mut standing_in = Vec::new();
    for bad in &mut source.bad {
        let candidates = kinds.get(&*bad.path).and_then(|kind| good.get(kind.as_str()));
        let own = key.word(bad.path.as_bytes());
        // The least of a draw for each pair: who comes or goes among the others changes nothing.
        let drawn = candidates.into_iter().flatten().map(|other| (own.number(other.number).rng().bits(), other.item));
        match drawn.min_by_key(|(bits, item)| (*bits, &item.path)) {
            Some((_, item)) => {
                bad.substitute = Some(item.path.to_string());
                let substitute = Some(Arc::clone(&item.path));
                standing_in.push(Item { path: bad.path.as_str().into(), substitute, ..(*item).clone() });
            }
            None => bad.problem.push_str("; no good picture has its labels, to stand in for it"),
        }
    }
    let items = Arc::make_mut(&mut source.items);
    items.extend(standing_in);
    items.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(())
}

/// What pictures must have alike to stand in for each other, by the path: their labels, and their side where that is given. Pictures of
/// which nothing is known are not in it.
///
/// Where labels are read from boxes, they come with the file, so that any picture may stand in.
fn kinds(spec: &Spec, source: &Source) -> Result<BTreeMap<Arc<str>, String>> {
    let unread = |bad: &Bad| Item {
        path: bad.path.as_str().into(),
        bytes: bad.bytes,
        xxh3_128: ContentHash::default(),
        format: "",
        size: Size::new(1, 1),
        substitute: None,
    };
    let mut items: Vec<Item> = source.items.iter().cloned().chain(source.bad.iter().map(unread)).collect();
    items.sort_by(|a, b| a.path.cmp(&b.path));
    let mut all = Source { items: Arc::new(items), bad: Vec::new(), ignored: 0, hidden: 0, ..source.clone() };
    let labels = match spec.labels.source {
        LabelSource::Boxes => Labels::default(),
        _ => Labels::new(&mut all, spec, &GroundTruth::default())?,
    };
    let by = spec.split.as_ref().map(|split| &split.by);
    let kind = |at: usize| {
        let mut said = Map::new();
        labels.describe(at, &mut said);
        let side = match by {
            Some(By::Folders) => all.items[at].path.split('/').next(),
            Some(By::Column(column)) => labels.columns.get(column).and_then(|values| values.get(at)).map(|value| value.trim()),
            _ => None,
        };
        let side = side.and_then(Side::called).map(Side::word);
        Value::from(vec![Value::Object(said), side.into()]).to_string()
    };
    Ok(all.items.iter().enumerate().map(|(at, item)| (item.path.clone(), kind(at))).collect())
}

//! Which pictures a sheet shows.

use crate::labels::Labels;
use crate::rng::Key;
use crate::source::Source;
use std::collections::VecDeque;

/// The pictures of `source`, those to be shown first in front: one of each class in turn. The same for equal
/// seeds; a picture that is added or removed leaves the order of the others as it is.
pub(super) fn order(source: &Source, labels: &Labels, key: Key) -> Vec<usize> {
    let rank = |what: &str, name: &str| key.word(what.as_bytes()).word(name.as_bytes()).rng().bits();
    let mut classes: Vec<VecDeque<usize>> = vec![VecDeque::new(); labels.classes().len().max(1)];
    let mut items: Vec<usize> = (0..source.items.len()).collect();
    items.sort_by_cached_key(|&at| rank("picture", &source.items[at].path));
    for at in items {
        classes[labels.number_of(at)].push_back(at);
    }
    // Where there are more classes than pictures to show, chance says which come first.
    let mut turn: Vec<usize> = (0..classes.len()).collect();
    turn.sort_by_cached_key(|&class| rank("class", labels.classes().get(class).map_or("", String::as_str)));
    let mut order = Vec::new();
    while order.len() < source.items.len() {
        order.extend(turn.iter().filter_map(|&class| classes[class].pop_front()));
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground_truth::GroundTruth;
    use crate::image::Size;
    use crate::source::{ContentHash, Item};
    use crate::spec::{Overrides, Spec};

    fn chosen(paths: &[&str], seed: u64) -> Vec<String> {
        let item = |path: &&str| Item {
            path: (*path).into(),
            bytes: 1,
            xxh3_128: ContentHash::default(),
            format: "png",
            size: Size::new(1, 1),
            substitute: None,
        };
        let items = paths.iter().map(item).collect();
        let mut source = Source::of_items(".".as_ref(), items);
        let spec = r#"{"version": 1, "labels": {"from": "filename", "oov": "first"}, "pipeline": []}"#;
        let spec = Spec::parse("s.json", spec, &Overrides::default()).unwrap();
        let labels = Labels::new(&mut source, &spec, &GroundTruth::default()).unwrap();
        order(&source, &labels, Key::new(seed)).into_iter().map(|at| paths[at].to_string()).collect()
    }

    #[test]
    fn classes_take_turns_and_a_seed_gives_one_order() {
        let paths = ["a_1", "a_2", "a_3", "a_4", "b_1", "c_1", "c_2"];
        let order = chosen(&paths, 1);
        let class = |name: &String| name.chars().next().unwrap();
        let mut first: Vec<char> = order[..3].iter().map(class).collect();
        first.sort_unstable();
        assert_eq!(first, ['a', 'b', 'c']);
        assert_eq!(order.len(), 7);
        assert_eq!(order, chosen(&paths, 1));
        assert!((2..9).any(|seed| chosen(&paths, seed) != order));
    }

    #[test]
    fn a_picture_more_moves_no_other() {
        let mut with = chosen(&["a_1", "a_2", "a_3", "a_4"], 3);
        with.retain(|name| name != "a_3");
        assert_eq!(with, chosen(&["a_1", "a_2", "a_4"], 3));
    }
}

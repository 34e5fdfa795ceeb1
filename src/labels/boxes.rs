//! Labels by what stands in pictures: the classes of their boxes.

use super::head::{Head, Places};
use crate::annotations::Problems;
use crate::error::shown;
use crate::ground_truth::Boxes;
use crate::spec::{HeadRule, LabelKind, LabelOrder};
use std::collections::BTreeSet;

/// A head of the classes of each picture's boxes; `None`, and problems, where a picture is to have one class and has not. Where no
/// other order is asked for, classes have the numbers that the boxes have, so that both arrays say the same.
pub(super) fn head(
    rule: &HeadRule,
    boxes: &Boxes,
    place: Places<'_>,
    problems: &mut Problems,
    warnings: &mut Vec<String>,
) -> Option<Head> {
    let mut rule = rule.clone();
    if rule.order == LabelOrder::Name {
        rule.classes.get_or_insert_with(|| boxes.classes.clone());
    }
    let known = boxes.classes.iter().cloned().collect();
    let sets: Vec<Vec<&str>> = (0..boxes.of.len()).map(|at| classes_of(boxes, at)).collect();
    if rule.kind == LabelKind::MultiLabel {
        return Some(Head::of_sets(&rule, &sets, &known, place, problems, warnings));
    }
    let mut words = Vec::new();
    for (at, classes) in sets.iter().enumerate() {
        match classes[..] {
            [class] => words.push(class.to_string()),
            [] => problems.add(&place(at), "has no box, and so no class (add one, or write \"kind\": \"multi_label\")"),
            [first, second, ..] => {
                let told = format!("has boxes of {} classes, `{}` and `{}`", classes.len(), shown(first), shown(second));
                let more = if classes.len() > 2 { " among them" } else { "" };
                problems.add(&place(at), format_args!("{told}{more} (write \"kind\": \"multi_label\")"));
            }
        }
    }
    (words.len() == sets.len()).then(|| Head::of_words(&rule, &words, &known, place, problems, warnings))
}

/// The classes of the boxes of picture `at`, in the order of their numbers.
fn classes_of(boxes: &Boxes, at: usize) -> Vec<&str> {
    let numbers: BTreeSet<i64> = boxes.of[at].iter().map(|marked| marked.class).collect();
    let name = |number: i64| usize::try_from(number).ok().and_then(|at| boxes.classes.get(at));
    numbers.into_iter().filter_map(name).map(String::as_str).collect()
}

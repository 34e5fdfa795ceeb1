//! What was counted, in a few lines.

use super::{ClassCount, ColorCount, LabelCount, Range, RowCount, Sizes, SplitCount, Stats};
use crate::error::{counted, few, shown};
use crate::spec::Side;
use crate::spec::fields::Choice;
use indicatif::BinaryBytes;

/// How many things of a list are told, and how many names of a group.
const NAMED: usize = 5;
/// How many classes are told.
const CLASSES: usize = 40;

/// A short summary; ends with a line break.
pub(super) fn summary(stats: &Stats) -> String {
    let mut lines = vec![format!("{}, {}", counted(stats.pictures, "picture", "pictures"), BinaryBytes(stats.bytes))];
    if stats.splits.len() > 1 || stats.of == "dataset" {
        lines.push(line("splits", &sides(stats).map(side_told).collect::<Vec<_>>().join(", ")));
    }
    lines.extend(stats.sizes.iter().flat_map(sizes));
    let formats: Vec<String> = stats.formats.iter().map(|(format, count)| format!("{format} {count}")).collect();
    lines.push(line("formats", &formats.join(", ")));
    lines.extend(stats.color.iter().flat_map(color));
    stats.labels.iter().for_each(|label| labels(label, stats, &mut lines));
    if let Some(boxes) = &stats.boxes {
        lines.push(line("boxes", &counted(boxes.iter().map(|class| class.count).sum(), "box", "boxes")));
        table(boxes, stats, &mut lines);
    }
    lines.extend(stats.masks.map(|masks| line("masks", &counted(masks, "picture has one", "pictures have one"))));
    groups("equal", "with equal bytes", &stats.duplicates, " = ", &mut lines);
    groups("alike", "that look alike", stats.look_alike.as_deref().unwrap_or_default(), " ~ ", &mut lines);
    let unreadable = stats.unreadable.iter().map(|left| format!("{}: {}", shown(&left.path), left.problem));
    list("unusable", "picture", "pictures", unreadable.collect(), &mut lines);
    list("problems", "line", "lines", stats.problems.iter().map(shown).collect(), &mut lines);
    lines.push(String::new());
    lines.join("\n")
}

/// The sides that there are, training first.
pub(super) fn sides(stats: &Stats) -> impl Iterator<Item = (&'static str, &SplitCount)> {
    Side::ALL.iter().filter_map(|(_, side)| Some((side.word(), stats.splits.get(side.word())?)))
}

/// The rows of a side, in words.
pub(super) fn rows_told(rows: RowCount) -> String {
    let epochs = counted(rows.epochs, "epoch", "epochs");
    format!("{epochs} of {}", counted(rows.rows_per_epoch, "row", "rows"))
}

fn side_told((name, side): (&str, &SplitCount)) -> String {
    let rows = side.rows.map_or(String::new(), |rows| format!(" ({})", rows_told(rows)));
    format!("{name} {}{rows}", side.pictures)
}

fn line(name: &str, text: &str) -> String {
    format!("  {name:<11} {text}").trim_end().into()
}

fn range(range: &Range) -> String {
    let short = |number: f64| format!("{number:.2}").trim_end_matches('0').trim_end_matches('.').to_string();
    format!("{} to {}, median {}", short(range.smallest), short(range.largest), short(range.median))
}

fn sizes(sizes: &Sizes) -> Vec<String> {
    let told = sizes.commonest.iter().take(NAMED);
    let mut sides: Vec<String> = told.map(|size| format!("{}x{} ({})", size.width, size.height, size.pictures)).collect();
    let more = sizes.distinct.saturating_sub(sides.len() as u64);
    if more > 0 {
        sides.push(format!("and {more} more"));
    }
    vec![
        line("width", &range(&sizes.width)),
        line("height", &range(&sizes.height)),
        line("sizes", &sides.join(", ")),
        line("aspect", &range(&sizes.aspect_ratio)),
    ]
}

fn color(color: &ColorCount) -> Vec<String> {
    let three = |numbers: &[f64], digits: usize| {
        let each: Vec<String> = numbers.iter().map(|number| format!("{number:.digits$}")).collect();
        each.join(" ")
    };
    let of = counted(color.pictures, "training picture", "training pictures");
    vec![
        line("mean", &format!("{} ({}; of {of})", three(&color.mean, 4), color.channels.join(", "))),
        line("std", &three(&color.std, 4)),
        line("levels", &format!("mean {}, std {}", three(&color.mean_level, 2), three(&color.std_level, 2))),
    ]
}

fn labels(label: &LabelCount, stats: &Stats, lines: &mut Vec<String>) {
    let name = label.head.as_ref().map_or("classes".into(), shown);
    if label.classes.is_empty() {
        lines.push(line(&name, "numbers"));
        return;
    }
    let count = counted(label.classes.len() as u64, "class", "classes");
    let imbalance = label.imbalance.map_or(String::new(), |ratio| format!(", largest to smallest {ratio:.2} : 1"));
    lines.push(line(&name, &format!("{count}{imbalance}")));
    table(&label.classes, stats, lines);
}

/// A line for each class, with a column for each side if there are several.
fn table(classes: &[ClassCount], stats: &Stats, lines: &mut Vec<String>) {
    for class in classes.iter().take(CLASSES) {
        let row = format!("    {:<24} {:>7}", shown(&class.class), class.count);
        let known = sides(stats).filter_map(|(side, _)| Some(format!("{side} {}", class.splits.get(side)?)));
        let known: Vec<String> = known.filter(|_| stats.splits.len() > 1).collect();
        lines.push(if known.is_empty() { row } else { format!("{row}  ({})", known.join(", ")) });
    }
    lines.extend(more(classes.len(), CLASSES));
}

fn groups(name: &str, what: &str, groups: &[Vec<String>], between: &str, lines: &mut Vec<String>) {
    let each =
        groups.iter().map(|group| few(group.iter().map(shown).collect(), NAMED, |more| format!("and {more} more")).join(between));
    list(name, &format!("group of files {what}"), &format!("groups of files {what}"), each.collect(), lines);
}

/// How many things there are, and the first of them.
fn list(name: &str, one: &str, many: &str, things: Vec<String>, lines: &mut Vec<String>) {
    if things.is_empty() {
        return;
    }
    lines.push(line(name, &counted(things.len() as u64, one, many)));
    lines.extend(things.iter().take(NAMED).map(|thing| format!("    {thing}")));
    lines.extend(more(things.len(), NAMED));
}

/// How many of `all` are not told.
fn more(all: usize, told: usize) -> Option<String> {
    (all > told).then(|| format!("    and {} more (--json tells all)", all - told))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::Left;
    use std::collections::BTreeMap;

    #[test]
    fn a_summary_is_short_whatever_is_found() {
        let classes = vec![ClassCount { class: "cat".into(), count: 3, splits: BTreeMap::from([("train", 2), ("val", 1)]) }];
        let stats = Stats {
            of: "pictures",
            pictures: 3,
            bytes: 2048,
            splits: BTreeMap::from([
                ("val", SplitCount { pictures: 1, rows: None }),
                ("train", SplitCount { pictures: 2, rows: None }),
            ]),
            labels: vec![LabelCount { head: None, kind: "class".into(), classes, imbalance: Some(1.0) }],
            formats: BTreeMap::from([("png".into(), 3)]),
            duplicates: vec![(0..7).map(|i| format!("{i}.png")).collect()],
            unreadable: vec![Left { path: "a\n.png".into(), problem: "cannot".into(), substitute: None }; 6],
            ..Stats::default()
        };
        let expected = [
            "3 pictures, 2.00 KiB",
            "  splits      train 2, val 1",
            "  formats     png 3",
            "  classes     1 class, largest to smallest 1.00 : 1",
            "    cat                            3  (train 2, val 1)",
            "  equal       1 group of files with equal bytes",
            "    0.png = 1.png = 2.png = 3.png = 4.png = and 2 more",
            "  unusable    6 pictures",
            "    a\\n.png: cannot",
        ];
        let told = summary(&stats);
        assert_eq!(told.lines().take(9).collect::<Vec<_>>(), expected);
        assert!(told.ends_with("    and 1 more (--json tells all)\n"), "{told}");
    }
}

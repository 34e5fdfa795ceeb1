//! What was counted, as one page: bars of plain HTML, nothing loaded from anywhere, no script.

use super::text::{rows_told, sides};
use super::{ClassCount, ColorCount, LabelCount, Range, Sizes, SplitCount, Stats};
use crate::error::{counted, shown};
use crate::html::{document, escaped};
use indicatif::BinaryBytes;

const STYLE: &str = include_str!("page.css");

/// Lines of a list before the rest is folded away.
const OPEN: usize = 40;
/// Lines of a list at all: a page of millions is none.
const MOST: usize = 2000;

/// The page; `name` says what it tells of.
pub(super) fn page(stats: &Stats, name: &str) -> String {
    let of = if stats.of == "dataset" { "Dataset" } else { "Pictures" };
    let title = if name.is_empty() { of.to_string() } else { format!("{of}: {name}") };
    let mut body = format!("<header>\n<h1>{}</h1>\n{}</header>\n<main>\n", escaped(&title), facts(stats));
    body.push_str(&section("Problems", &list(stats.problems.iter().map(shown))));
    body.push_str(&section("To know", &list(stats.warnings.iter().map(shown))));
    body.push_str(&section(
        "Cannot be used",
        &list(stats.unreadable.iter().map(|bad| format!("{}: {}", shown(&bad.path), bad.problem))),
    ));
    if stats.splits.len() > 1 || stats.of == "dataset" {
        let row = |(name, side): (&'static str, &SplitCount)| Row {
            name: name.into(),
            count: side.pictures,
            parts: vec![(name, side.pictures)],
            note: side.rows.map_or(String::new(), rows_told),
        };
        let rows = sides(stats).map(row).collect();
        body.push_str(&section("Splits", &bars(rows)));
    }
    stats.labels.iter().for_each(|label| body.push_str(&classes(label, stats)));
    body.extend(stats.boxes.as_ref().map(|boxes| section("Boxes", &(key(stats) + &bars(class_rows(boxes, stats))))));
    body.extend(stats.sizes.as_ref().map(shapes));
    let formats = stats.formats.iter().map(|(format, count)| Row::plain(format, *count)).collect();
    body.push_str(&section("Formats", &bars(formats)));
    body.extend(stats.color.as_ref().map(color));
    body.push_str(&section("Equal files", &list(stats.duplicates.iter().map(|group| joined(group)))));
    body.push_str(&section("Look alike", &list(stats.look_alike.iter().flatten().map(|group| joined(group)))));
    body.push_str("</main>\n");
    document(&title, STYLE, &body)
}

/// A section; nothing if there is nothing in it.
fn section(title: &str, content: &str) -> String {
    if content.is_empty() { String::new() } else { format!("<section>\n<h2>{}</h2>\n{content}</section>\n", escaped(title)) }
}

fn facts(stats: &Stats) -> String {
    let classes = stats.labels.first().map_or(0, |label| label.classes.len());
    let rows: u64 = stats.splits.values().filter_map(|side| side.rows).map(|rows| rows.epochs * rows.rows_per_epoch).sum();
    let groups = |count: usize| counted(count as u64, "group", "groups");
    let all = [
        ("Pictures", Some(stats.pictures.to_string()), false),
        ("Bytes of files", Some(BinaryBytes(stats.bytes).to_string()), false),
        ("Classes", Some(classes.to_string()), false),
        ("Rows, all epochs", (rows > 0).then(|| rows.to_string()), false),
        ("Masks", stats.masks.map(|count| count.to_string()), false),
        ("Cannot be used", Some(stats.unreadable.len().to_string()), !stats.unreadable.is_empty()),
        ("Equal files", Some(groups(stats.duplicates.len())), false),
        ("Look alike", stats.look_alike.as_ref().map(|alike| groups(alike.len())), false),
    ];
    let each = all.into_iter().filter_map(|(name, value, bad)| {
        let kind = if bad { " class=\"bad\"" } else { "" };
        Some(format!("<div{kind}><dt>{name}</dt><dd>{}</dd></div>\n", value?))
    });
    format!("<dl class=\"facts\">\n{}</dl>\n", each.collect::<String>())
}

/// A bar with its name: parts, each of a side, that add up to its count.
struct Row {
    name: String,
    count: u64,
    parts: Vec<(&'static str, u64)>,
    note: String,
}

impl Row {
    fn plain(name: &str, count: u64) -> Self {
        Self { name: name.into(), count, parts: vec![("train", count)], note: String::new() }
    }

    fn html(&self, most: u64) -> String {
        let percent = |count: u64| 100.0 * count as f64 / most.max(1) as f64;
        let parts = self.parts.iter().filter(|(_, count)| *count > 0);
        let parts: String =
            parts.map(|(side, count)| format!("<i class=\"{side}\" style=\"width:{:.2}%\"></i>", percent(*count))).collect();
        let note = if self.note.is_empty() { String::new() } else { format!("<td class=\"sides\">{}</td>", escaped(&self.note)) };
        format!(
            "<tr><th scope=\"row\">{}</th><td><div class=\"bar\">{parts}</div></td><td class=\"count\">{}</td>{note}</tr>\n",
            escaped(&shown(&self.name)),
            self.count,
        )
    }
}

/// Bars, the longest as wide as there is room.
fn bars(rows: Vec<Row>) -> String {
    let most = rows.iter().map(|row| row.count).max().unwrap_or(0);
    folded(rows.iter().map(|row| row.html(most)), "<table class=\"bars\">", "</table>")
}

/// A list of texts.
fn list(texts: impl Iterator<Item = String>) -> String {
    folded(texts.map(|text| format!("<li>{}</li>\n", escaped(&text))), "<ul>", "</ul>")
}

/// Lines between two tags, those after the first few folded away.
fn folded(lines: impl Iterator<Item = String>, open: &str, close: &str) -> String {
    let lines: Vec<String> = lines.collect();
    let (first, rest) = lines.split_at(lines.len().min(OPEN));
    if first.is_empty() {
        return String::new();
    }
    let mut html = format!("{open}\n{}{close}\n", first.concat());
    if !rest.is_empty() {
        let told = &rest[..rest.len().min(MOST)];
        html.push_str(&format!("<details>\n<summary>{} more</summary>\n{open}\n{}{close}\n", rest.len(), told.concat()));
        if told.len() < rest.len() {
            html.push_str(&format!("<p class=\"quiet\">and {} more, which --json tells</p>\n", rest.len() - told.len()));
        }
        html.push_str("</details>\n");
    }
    html
}

fn joined(group: &[String]) -> String {
    group.iter().map(shown).collect::<Vec<_>>().join(", ")
}

/// Which colour is which side, if there are several.
fn key(stats: &Stats) -> String {
    if stats.splits.len() < 2 {
        return String::new();
    }
    let each = sides(stats).map(|(name, _)| format!("<span><i class=\"{name}\"></i>{name}</span>"));
    format!("<p class=\"key\">{}</p>\n", each.collect::<String>())
}

fn class_rows(classes: &[ClassCount], stats: &Stats) -> Vec<Row> {
    let row = |class: &ClassCount| {
        let parts: Vec<(&'static str, u64)> =
            sides(stats).filter_map(|(side, _)| Some((side, *class.splits.get(side)?))).collect();
        if parts.len() < 2 {
            return Row::plain(&class.class, class.count);
        }
        let note: Vec<String> = parts.iter().map(|(side, count)| format!("{side} {count}")).collect();
        Row { name: class.class.clone(), count: class.count, note: note.join(", "), parts }
    };
    classes.iter().map(row).collect()
}

fn classes(label: &LabelCount, stats: &Stats) -> String {
    let title = label.head.as_ref().map_or("Classes".into(), |head| format!("Classes: {}", shown(head)));
    if label.classes.is_empty() {
        return section(&title, "<p>Numbers, no classes.</p>\n");
    }
    let imbalance =
        label.imbalance.map_or(String::new(), |ratio| format!("<p class=\"quiet\">Largest to smallest: {ratio:.2} to 1</p>\n"));
    section(&title, &(imbalance + &key(stats) + &bars(class_rows(&label.classes, stats))))
}

fn shapes(sizes: &Sizes) -> String {
    let row = |name: &str, range: &Range, digits: usize| {
        let Range { smallest, median, largest } = range;
        let median_digits = if median.fract() == 0.0 { digits } else { digits.max(1) };
        format!(
            "<tr><th scope=\"row\">{name}</th><td>{smallest:.digits$}</td><td>{median:.median_digits$}</td><td>{largest:.digits$}</td></tr>\n"
        )
    };
    let ends = format!(
        "<table class=\"numbers\">\n<thead><tr><th></th><th scope=\"col\">smallest</th><th scope=\"col\">median</th>\
         <th scope=\"col\">largest</th></tr></thead>\n{}{}{}</table>\n",
        row("Width", &sizes.width, 0),
        row("Height", &sizes.height, 0),
        row("Width by height", &sizes.aspect_ratio, 2)
    );
    let size = sizes.commonest.iter().map(|size| Row::plain(&format!("{} x {}", size.width, size.height), size.pictures));
    let more = sizes.distinct.saturating_sub(sizes.commonest.len() as u64);
    let more = if more > 0 {
        format!("<p class=\"quiet\">and {}</p>\n", counted(more, "other size", "other sizes"))
    } else {
        String::new()
    };
    let shape = sizes.shapes.iter().map(|shape| Row::plain(shape.shape, shape.pictures));
    section("Sizes", &ends)
        + &section("Commonest sizes", &(bars(size.collect()) + &more))
        + &section("Width by height", &bars(shape.collect()))
}

fn color(color: &ColorCount) -> String {
    // A page shows what is gray in all three channels.
    let level = |c: usize| color.mean_level[c % color.mean_level.len()];
    let swatch = format!("rgb({:.0},{:.0},{:.0})", level(0), level(1), level(2));
    let rows = color.channels.iter().enumerate().map(|(c, name)| {
        let (mean, std, mean_level, std_level) = (color.mean[c], color.std[c], color.mean_level[c], color.std_level[c]);
        format!("<tr><th scope=\"row\">{name}</th><td>{mean:.4}</td><td>{std:.4}</td><td>{mean_level:.2}</td><td>{std_level:.2}</td></tr>\n")
    });
    let of = counted(color.pictures, "training picture", "training pictures");
    let content = format!(
        "<div class=\"swatch\" style=\"background:{swatch}\" role=\"img\" aria-label=\"the mean colour\"></div>\n\
         <table class=\"numbers\">\n<thead><tr><th></th><th scope=\"col\">mean</th><th scope=\"col\">std</th>\
         <th scope=\"col\">mean, levels</th><th scope=\"col\">std, levels</th></tr></thead>\n{}</table>\n\
         <p class=\"quiet\">Over all pixels of {of}.</p>\n",
        rows.collect::<String>()
    );
    section("Colour", &content)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::Left;
    use std::collections::BTreeMap;

    #[test]
    fn what_a_name_holds_stays_text() {
        let evil = "\"><script>alert('x')</script>&";
        let classes = vec![ClassCount { class: evil.into(), count: 1, splits: BTreeMap::new() }];
        let stats = Stats {
            labels: vec![LabelCount { head: Some(evil.into()), kind: "class".into(), classes: classes.clone(), imbalance: None }],
            boxes: Some(classes),
            formats: BTreeMap::from([(evil.into(), 1)]),
            duplicates: vec![vec![evil.into(); 2]],
            look_alike: Some(vec![vec![evil.into(); 2]]),
            unreadable: vec![Left { path: evil.into(), problem: evil.into(), substitute: None }],
            problems: vec![evil.into()],
            warnings: vec![evil.into()],
            ..Stats::default()
        };
        let page = page(&stats, evil);
        assert!(!page.contains("<script") && !page.contains("alert('x')"));
        assert_eq!(page.matches("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;").count(), 14);
    }

    #[test]
    fn long_lists_are_folded_and_end() {
        let list = |count: usize| list((0..count).map(|i| i.to_string()));
        assert_eq!(list(0), "");
        assert_eq!((list(40).matches("<li>").count(), list(40).contains("<details>")), (40, false));
        assert!(list(41).contains("<summary>1 more</summary>"));
        assert!(list(3000).contains("and 960 more, which --json tells"));
        assert_eq!(list(3000).matches("<li>").count(), 2040);
    }

    #[test]
    fn the_longest_bar_is_full_and_made_of_its_sides() {
        let row = Row { name: "cat".into(), count: 4, parts: vec![("train", 3), ("val", 1), ("test", 0)], note: String::new() };
        let html = bars(vec![row, Row::plain("dog", 1)]);
        let parts = "<i class=\"train\" style=\"width:75.00%\"></i><i class=\"val\" style=\"width:25.00%\"></i></div>";
        assert!(html.contains(parts) && html.contains("width:25.00%"), "{html}");
    }
}

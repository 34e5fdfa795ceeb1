//! A sheet as one page that needs nothing else: pictures within it, no network, and readable without scripts.
//!
//! With scripts, a slider lays the picture before over the picture after.

use super::sheet::{Group, Sheet, Shown};
use crate::encode::png;
use crate::html::{document, escaped};
use crate::image::Size;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt::Write;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The longest side in which a picture is shown, and what small ones are enlarged towards.
const LARGEST: u32 = 320;
const SMALLEST: u32 = 128;
/// The longest side of the picture after a step.
const STEP: u32 = 160;

/// The page.
pub(super) fn page(sheet: &Sheet) -> String {
    let title = escaped(&sheet.title);
    let notes: String = sheet.notes.iter().map(|note| format!("<p>{}</p>\n", escaped(note))).collect();
    let groups: String = sheet.groups.iter().enumerate().map(|(number, group)| section(number, group)).collect();
    let column = column(sheet);
    let body = format!(
        r#"<header>
<h1>{title}</h1>
{notes}<p class="all" hidden><label>after <input type="range" min="0" max="100" value="0" data-all> before</label></p>
</header>
<main style="--column: {column}px">
{groups}</main>
<script>
{SCRIPT}</script>
"#
    );
    document(&sheet.title, STYLE, &body)
}

/// How wide the widest picture is shown: all columns are that wide, so that they stand below each other.
fn column(sheet: &Sheet) -> u32 {
    let all = sheet.groups.iter().flat_map(|group| std::iter::once(&group.source).chain(&group.before).chain(&group.made));
    all.map(|shown| shown_size(shown.image.size(), LARGEST).width).max().unwrap_or(SMALLEST)
}

fn section(number: usize, group: &Group) -> String {
    let (name, detail) = (escaped(&group.name), escaped(&group.detail));
    let before = group.before.as_ref();
    let mut html = format!(
        "<section aria-labelledby=\"g{number}\">\n<h2 id=\"g{number}\">{name} <span class=\"detail\">{detail}</span></h2>\n<div class=\"tiles\">\n"
    );
    html.push_str(&still(&group.source, &group.detail, before.is_none()));
    html.extend(before.map(|before| still(before, &group.detail, true)));
    for (place, made) in group.made.iter().enumerate() {
        html.push_str(&tile(&format!("r{number}-{place}"), made, &group.detail));
    }
    html.push_str("</div>\n</section>\n");
    html
}

/// A picture that rows are compared with.
fn still(shown: &Shown, of: &str, compared: bool) -> String {
    let kind = if compared { " data-before" } else { "" };
    let picture = img(shown, &format!("{} of {of}", shown.told()), LARGEST, kind);
    format!("<figure class=\"still\">\n<div class=\"view\">{picture}</div>\n{}{}</figure>\n", caption(shown), steps(shown))
}

/// A picture that was made: hovered over or in focus, it tells its whole recipe.
fn tile(id: &str, shown: &Shown, of: &str) -> String {
    let picture = img(shown, &format!("{} of {of}", shown.told()), LARGEST, " data-made");
    let name = escaped(&shown.name);
    let recipe = if shown.recipe.is_empty() { "no step applies: the picture as it was before" } else { &shown.recipe };
    let recipe = escaped(recipe);
    format!(
        "<figure class=\"made\">\n<div class=\"view\" tabindex=\"0\" role=\"group\" aria-label=\"{name}\" aria-describedby=\"{id}\">{picture}\
         <div class=\"tip\" role=\"tooltip\" id=\"{id}\">{recipe}</div></div>\n{}{}</figure>\n",
        caption(shown),
        steps(shown)
    )
}

fn caption(shown: &Shown) -> String {
    let mut html = format!("<figcaption><strong>{}</strong>", escaped(&shown.name));
    if !shown.lines.is_empty() {
        html.push_str("<ul>");
        for (op, values) in &shown.lines {
            let _ = write!(html, "<li><b>{}</b> {}</li>", escaped(op), escaped(values));
        }
        html.push_str("</ul>");
    }
    html.push_str("</figcaption>\n");
    html
}

fn steps(shown: &Shown) -> String {
    if shown.steps.is_empty() {
        return String::new();
    }
    let each = shown.steps.iter().enumerate().map(|(place, step)| {
        let picture = img(step, &format!("after step {}, {}", place + 1, step.told()), STEP, "");
        format!("<li><figure>{picture}{}</figure></li>\n", caption(step))
    });
    format!("<details>\n<summary>Step by step</summary>\n<ol class=\"steps\">\n{}</ol>\n</details>\n", each.collect::<String>())
}

/// The picture in full, shown no larger than `largest`.
fn img(shown: &Shown, told: &str, largest: u32, more: &str) -> String {
    let size = shown_size(shown.image.size(), largest);
    let pixels = if size.width > shown.image.size().width { " class=\"pixels\"" } else { "" };
    format!(
        "<img src=\"data:image/png;base64,{}\" width=\"{}\" height=\"{}\" alt=\"{}\"{pixels}{more}>",
        STANDARD.encode(png(shown.image.bytes(), shown.image.size())),
        size.width,
        size.height,
        escaped(told)
    )
}

fn shown_size(size: Size, largest: u32) -> Size {
    let longest = size.width.max(size.height).max(1);
    let times = (SMALLEST / longest).max(1);
    let side = |side: u32| {
        if longest > largest { (u64::from(side) * u64::from(largest) / u64::from(longest)).max(1) as u32 } else { side * times }
    };
    Size::new(side(size.width), side(size.height))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Image;

    #[test]
    fn what_a_name_holds_stays_text() {
        let image = Image::new(Size::new(2, 2));
        let evil = "\"><script>alert('x')</script>&";
        let made = Shown { lines: vec![(evil.into(), evil.into())], recipe: evil.into(), ..Shown::plain(evil, image) };
        let group =
            Group { name: evil.into(), detail: evil.into(), source: made.clone(), before: Some(made.clone()), made: vec![made] };
        let sheet = Sheet { title: evil.into(), notes: vec![evil.into()], groups: vec![group], warnings: Vec::new() };
        let page = page(&sheet);
        assert_eq!(page.matches("<script>").count(), 1);
        assert!(!page.contains("alert('x')"));
        assert!(page.contains("&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;"));
    }

    #[test]
    fn small_pictures_are_shown_larger_and_large_ones_smaller() {
        assert_eq!(shown_size(Size::new(32, 16), LARGEST), Size::new(128, 64));
        assert_eq!(shown_size(Size::new(224, 224), LARGEST), Size::new(224, 224));
        assert_eq!(shown_size(Size::new(4000, 1), LARGEST), Size::new(320, 1));
    }
}

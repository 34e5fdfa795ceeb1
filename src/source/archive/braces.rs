//! Braces in the name of an input, as those of WebDataset's shards: `shards-{000000..000009}.tar`, `{train,val}.tar`.

/// Names that braces stand for, at most.
const MOST: usize = 100_000;

/// The names that `text` stands for, in the order in which it says them; itself if there are no braces in it.
///
/// # Errors
/// If a brace is not closed, a range does not go from one number up to another, or there are too many names.
pub(super) fn expanded(text: &str) -> Result<Vec<String>, String> {
    let Some(open) = text.find('{') else { return Ok(vec![text.to_string()]) };
    let (before, inside) = (&text[..open], &text[open + 1..]);
    let close = closing(inside).ok_or("a brace is not closed (write `}`, or rename the file)")?;
    let (inside, after) = (&inside[..close], &inside[close + 1..]);
    let mut middle = Vec::new();
    match parts(inside)[..] {
        [only] => middle = range(only)?,
        ref parts => {
            for part in parts {
                middle.extend(expanded(part)?);
            }
        }
    }
    let rest = expanded(after)?;
    if middle.len().saturating_mul(rest.len()) > MOST {
        return Err(format!("stands for more than {MOST} names"));
    }
    Ok(middle.iter().flat_map(|middle| rest.iter().map(move |rest| format!("{before}{middle}{rest}"))).collect())
}

/// Where the brace is closed that was opened before `text`.
fn closing(text: &str) -> Option<usize> {
    let mut deep = 0;
    text.char_indices()
        .find(|(_, c)| {
            deep += match c {
                '{' => 1,
                '}' => -1,
                _ => 0,
            };
            deep < 0
        })
        .map(|(at, _)| at)
}

/// What commas part that stand in no further brace.
fn parts(text: &str) -> Vec<&str> {
    let mut deep = 0;
    text.split(|c| {
        deep += match c {
            '{' => 1,
            '}' => -1,
            _ => 0,
        };
        c == ',' && deep == 0
    })
    .collect()
}

/// The numbers from one to another, as wide as they are written.
fn range(text: &str) -> Result<Vec<String>, String> {
    let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<usize>().ok()).flatten();
    let ends =
        text.split_once("..").and_then(|(from, to)| Some((number(from)?, number(to)?, from.len().max(to.len()), from, to)));
    let Some((first, last, width, from, to)) = ends.filter(|(first, last, ..)| first <= last) else {
        let shown = text.escape_debug();
        return Err(format!("`{{{shown}}}` is no range and no list (write {{000..012}} or {{a,b}})"));
    };
    if last - first >= MOST {
        return Err(format!("stands for more than {MOST} names"));
    }
    let is_padded = [from, to].iter().any(|end| end.len() > 1 && end.starts_with('0'));
    let width = if is_padded { width } else { 0 };
    Ok((first..=last).map(|number| format!("{number:0width$}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_stand_for_what_shells_make_of_them() {
        let cases: &[(&str, &[&str])] = &[
            ("a.tar", &["a.tar"]),
            ("s-{008..011}.tar", &["s-008.tar", "s-009.tar", "s-010.tar", "s-011.tar"]),
            ("{9..11}.tar", &["9.tar", "10.tar", "11.tar"]),
            ("{a,b}/{0..1}.tar", &["a/0.tar", "a/1.tar", "b/0.tar", "b/1.tar"]),
            ("{train-{0..1},val}.tar", &["train-0.tar", "train-1.tar", "val.tar"]),
            ("{,x}.tar", &[".tar", "x.tar"]),
        ];
        for (text, names) in cases {
            assert_eq!(expanded(text).unwrap(), *names);
        }
    }

    #[test]
    fn others_are_refused() {
        for (text, problem) in [
            ("{0..1.tar", "a brace is not closed (write `}`, or rename the file)"),
            ("{3..1}.tar", "`{3..1}` is no range and no list (write {000..012} or {a,b})"),
            ("{}.tar", "`{}` is no range and no list (write {000..012} or {a,b})"),
            ("{0..999999}.tar", "stands for more than 100000 names"),
            ("{0..999}{0..999}.tar", "stands for more than 100000 names"),
            ("{0..99999999999999999999}", "`{0..99999999999999999999}` is no range and no list (write {000..012} or {a,b})"),
        ] {
            assert_eq!(expanded(text).unwrap_err(), problem);
        }
    }
}

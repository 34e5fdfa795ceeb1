//! How pictures are divided: who trains, who validates, who tests.

use super::fields::{About, Choice, Fields};
use super::pattern::{self, Named};
use serde_json::json;

/// What the group of a pattern is called.
const GROUP: Named = Named { group: "group", what: "what stays together" };

/// The sides of a split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// What a model learns from.
    Train,
    /// What its settings are chosen by.
    Val,
    /// What it is judged by in the end.
    Test,
}

impl Choice for Side {
    const ALL: &'static [(&'static str, Self)] = &[("train", Self::Train), ("val", Self::Val), ("test", Self::Test)];
}

impl Side {
    /// The side that people call by this word, in any case.
    pub fn called(word: &str) -> Option<Self> {
        match word.to_lowercase().as_str() {
            "train" | "training" => Some(Self::Train),
            "val" | "valid" | "validation" | "dev" => Some(Self::Val),
            "test" | "testing" => Some(Self::Test),
            _ => None,
        }
    }
}

/// How many pictures a side gets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Amount {
    /// A share of all, 0 to 1.
    Share(f64),
    /// So many.
    Count(u64),
}

/// Which rule divides.
#[derive(Clone, Debug, PartialEq)]
pub enum By {
    /// So much for validation and for testing, the rest for training.
    Amounts {
        /// For validation.
        val: Amount,
        /// For testing.
        test: Amount,
    },
    /// One of `of` equal parts is for validation.
    Folds {
        /// How many parts.
        of: u64,
        /// Which one, from 0.
        fold: u64,
    },
    /// The first folder below the input says it: `train/`, `val/`, `test/`.
    Folders,
    /// A column of the table of labels says it.
    Column(String),
}

/// What pictures stay together by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Group {
    /// The group `group` of a regular expression over the relative path.
    Pattern(String),
    /// A column of the table of labels.
    Column(String),
}

/// Which pictures count as the same one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duplicates {
    /// Files of equal bytes.
    Exact,
    /// These, and pictures that look alike.
    Near,
}

impl Choice for Duplicates {
    const ALL: &'static [(&'static str, Self)] = &[("exact", Self::Exact), ("near", Self::Near)];
}

/// The rule by which pictures are divided.
#[derive(Clone, Debug, PartialEq)]
pub struct Split {
    /// Who decides.
    pub by: By,
    /// What the hashes that decide start from; the seed of the draws leaves the sides alone.
    pub seed: u64,
    /// Whether each class is divided alike.
    pub stratified: bool,
    /// What stays together besides duplicates.
    pub group: Option<Group>,
    /// Which pictures stay together.
    pub duplicates: Duplicates,
    /// Whether validation and test rows are augmented too.
    pub augment_all: bool,
}

impl Split {
    /// Whether it asks the table of labels.
    pub fn has_columns(&self) -> bool {
        matches!(self.by, By::Column(_)) || matches!(self.group, Some(Group::Column(_)))
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum From {
    Amounts,
    Folds,
    Folders,
    Column,
}

impl Choice for From {
    const ALL: &'static [(&'static str, Self)] =
        &[("amounts", Self::Amounts), ("folds", Self::Folds), ("folders", Self::Folders), ("column", Self::Column)];
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Augment {
    Train,
    All,
}

impl Choice for Augment {
    const ALL: &'static [(&'static str, Self)] = &[("train", Self::Train), ("all", Self::All)];
}

/// Reads `--split`: `train=0.8,val=0.2`, with counts or shares of validation and test.
///
/// # Errors
/// If the text says something else.
pub fn amounts_from_argument(text: &str) -> Result<By, String> {
    let (mut train, mut sides, mut seen) = (None, [Amount::Share(0.0); 2], Vec::new());
    for part in text.split(',') {
        let (name, number) = part.split_once('=').ok_or("expected train=0.8,val=0.2 (or val=0.1,test=0.1; the rest trains)")?;
        let number: f64 = number.trim().parse().map_err(|_| format!("{name}: expected a number, found {number:?}"))?;
        let side = Side::called(name.trim());
        if seen.contains(&side) {
            return Err(format!("{} is given twice (keep one)", name.trim()));
        }
        seen.push(side);
        match side {
            Some(Side::Train) => train = Some(number),
            Some(Side::Val) => sides[0] = amount(number)?,
            Some(Side::Test) => sides[1] = amount(number)?,
            None => return Err(format!("no split is called {name:?} (there are train, val and test)")),
        }
    }
    let by = By::Amounts { val: sides[0], test: sides[1] };
    check_amounts(&by, train).map(|()| by)
}

/// A number below 1 is a share, a whole one from 1 on a count.
fn amount(number: f64) -> Result<Amount, String> {
    match number {
        n if (0.0..1.0).contains(&n) => Ok(Amount::Share(n)),
        n if n >= 1.0 && n.fract() == 0.0 && n <= 1e15 => Ok(Amount::Count(n as u64)),
        n => Err(format!("{n} is neither a share, 0 to below 1, nor a count")),
    }
}

fn check_amounts(by: &By, train: Option<f64>) -> Result<(), String> {
    let By::Amounts { val, test } = by else { return Ok(()) };
    let share = |amount: &Amount| if let Amount::Share(share) = amount { *share } else { 0.0 };
    let shares = share(val) + share(test);
    let counted = [val, test].iter().any(|amount| matches!(amount, Amount::Count(_)));
    match train {
        _ if shares >= 1.0 => Err(format!("val and test take {shares} of all pictures (leave some to train on)")),
        Some(_) if counted => Err("train takes the rest if val or test is a count (leave train out)".into()),
        Some(train) if (train + shares - 1.0).abs() > 1e-9 => {
            let sum = ((train + shares) * 1e9).round() / 1e9;
            Err(format!("train, val and test sum to {sum}, not to 1 (leave train out, and it takes the rest)"))
        }
        _ if shares == 0.0 && !counted => Err("no picture is for val or test (write a share, as in val 0.2)".into()),
        _ => Ok(()),
    }
}

pub(super) fn read_split(fields: &mut Fields<'_>, given: Option<&By>, near: bool) -> Option<Split> {
    let about = About("", "divides pictures into training, validation and test; without it all train");
    let read = fields.optional_object("split", about, read_section);
    let made = match (read, given) {
        (Some(split), None) => Some(split),
        (read, Some(by)) => {
            let bare = Split {
                by: by.clone(),
                seed: 0,
                stratified: false,
                group: None,
                duplicates: Duplicates::Exact,
                augment_all: false,
            };
            Some(Split { by: by.clone(), ..read.unwrap_or(bare) })
        }
        (None, None) => None,
    };
    let made = made.map(|split| Split { duplicates: if near { Duplicates::Near } else { split.duplicates }, ..split });
    if let Some(split) = &made {
        fields.put("split", as_json(split));
    }
    made
}

fn read_section(fields: &mut Fields<'_>) -> Split {
    let from = fields.choice(
        "from",
        From::Amounts,
        About("", "`amounts`: `val` and `test`; `folds`: one of equal parts; `folders`: train/, val/, test/ below the input; `column`: of the table of labels"),
    );
    let bounds = (0.0, 1e15);
    let train = fields.optional_number("train", (0.0, 1.0), About("share", "the rest, if it is not there"));
    let mut side = |name| {
        let written = fields.number(name, Some(0.0), bounds, About("share or pictures", "below 1 a share of all, else a count"));
        amount(written).unwrap_or_else(|problem| {
            fields.complain(name, &problem);
            Amount::Share(0.0)
        })
    };
    let (val, test) = (side("val"), side("test"));
    let of = fields.integer("folds", Some(5), (2, 1000), About("parts", "how many equal parts, for `folds`"));
    let fold = fields.integer("fold", Some(0), (0, 999), About("part", "the one that is for validation, for `folds`"));
    let column = fields.text("column", None, About("", "the column that says train, val or test, for `column`"));
    let by = match from {
        From::Amounts => By::Amounts { val, test },
        From::Folds => By::Folds { of, fold },
        From::Folders => By::Folders,
        From::Column => By::Column(column.unwrap_or_else(|| {
            fields.complain("column", "missing (a split by a column names it)");
            String::new()
        })),
    };
    if fields.is_written()
        && let Err(problem) = check_amounts(&by, train)
    {
        fields.complain("val", &problem);
    }
    if matches!(by, By::Folds { .. }) && fold >= of {
        fields.complain("fold", &format!("there are {of} folds, from 0 to {}", of - 1));
    }
    read_rest(fields, by)
}

fn read_rest(fields: &mut Fields<'_>, by: By) -> Split {
    let seed = fields.integer(
        "seed",
        Some(0),
        (0, u64::MAX),
        About("", "another number, other sides; the spec's seed leaves them alone"),
    );
    let stratified = fields.flag("stratified", false, About("", "divide each class alike, to one picture"));
    let about = About("", "regular expression over the relative path; what its group `group` names stays on one side");
    let pattern = fields.text("group_pattern", None, about);
    if let Some(pattern) = &pattern
        && let Err(problem) = pattern::check(pattern, GROUP)
    {
        fields.complain("group_pattern", &problem);
    }
    let about = About("", "column of the table of labels; pictures with the same value stay on one side");
    let column = fields.text("group_column", None, about);
    if pattern.is_some() && column.is_some() {
        fields.complain("group_column", "given beside group_pattern (keep one)");
    }
    let duplicates = fields.choice(
        "duplicates",
        Duplicates::Exact,
        About("", "what stays on one side: files of equal bytes, or pictures that look alike too"),
    );
    let augment =
        fields.choice("augment", Augment::Train, About("", "which rows the pipeline augments; others get `eval_pipeline`"));
    if stratified && matches!(by, By::Folders | By::Column(_)) {
        fields.complain("stratified", "the sides are given already (leave it out)");
    }
    let group = pattern.map(Group::Pattern).or(column.map(Group::Column));
    Split { by, seed, stratified, group, duplicates, augment_all: augment == Augment::All }
}

/// What the split is decided by, and no more: fields of other rules leave no trace.
fn as_json(split: &Split) -> serde_json::Value {
    let amount = |amount: Amount| match amount {
        Amount::Share(share) => json!(share),
        Amount::Count(count) => json!(count),
    };
    let mut made = match &split.by {
        By::Amounts { val, test } => json!({"from": "amounts", "val": amount(*val), "test": amount(*test)}),
        By::Folds { of, fold } => json!({"from": "folds", "folds": of, "fold": fold}),
        By::Folders => json!({"from": "folders"}),
        By::Column(column) => json!({"from": "column", "column": column}),
    };
    made["seed"] = json!(split.seed);
    made["stratified"] = json!(split.stratified);
    match &split.group {
        Some(Group::Pattern(pattern)) => made["group_pattern"] = json!(pattern),
        Some(Group::Column(column)) => made["group_column"] = json!(column),
        None => {}
    }
    made["duplicates"] = split.duplicates.word().into();
    made["augment"] = if split.augment_all { Augment::All } else { Augment::Train }.word().into();
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_argument_says_shares_or_counts() {
        let by = |text| amounts_from_argument(text);
        assert_eq!(by("train=0.8,val=0.2"), Ok(By::Amounts { val: Amount::Share(0.2), test: Amount::Share(0.0) }));
        assert_eq!(by("val=100,test=0.1"), Ok(By::Amounts { val: Amount::Count(100), test: Amount::Share(0.1) }));
        for wrong in [
            "",
            "val",
            "val=x",
            "dog=0.1",
            "train=0.7,val=0.2",
            "train=0.9",
            "val=0.1,validation=0.2",
            "val=1.5",
            "val=-1",
            "val=0.6,test=0.4",
        ] {
            assert!(by(wrong).is_err(), "{wrong}");
        }
        assert!(by("train=0.5,val=3").unwrap_err().contains("leave train out"));
    }

    #[test]
    fn people_have_several_words_for_a_side() {
        assert_eq!(Side::called("Validation"), Some(Side::Val));
        assert_eq!(Side::called("dev"), Some(Side::Val));
        assert_eq!(Side::called("training"), Some(Side::Train));
        assert_eq!(Side::called("holdout"), None);
    }
}

//! What a field is, for the reference and the JSON Schema.

use serde_json::Value;

/// What a field is for: unit and meaning, in a few words each.
#[derive(Clone, Copy, Debug)]
pub struct About(pub &'static str, pub &'static str);

/// A declared field.
#[derive(Clone, Debug)]
pub struct Declared {
    /// Its name in the JSON object.
    pub name: &'static str,
    /// What may stand there.
    pub kind: Kind,
    /// The default as JSON (`null`: nothing), or `None` if the field is required.
    pub default: Option<Value>,
    /// Unit and meaning.
    pub about: About,
}

/// What may stand in a field, with bounds.
#[derive(Clone, Debug)]
pub enum Kind {
    /// A number within two bounds.
    Number(f64, f64),
    /// A number, or two, within two bounds.
    Interval(f64, f64),
    /// A whole number within two bounds.
    Integer(u64, u64),
    /// A whole number, or two, within two bounds.
    Whole(i64, i64),
    /// `true` or `false`.
    Flag,
    /// One of these words.
    Choice(Vec<&'static str>),
    /// Any text.
    Text,
    /// Texts.
    Texts,
    /// A level, or three.
    Colour,
    /// A number, or three.
    PerChannel,
    /// From so many to so many numbers, within two bounds.
    Numbers((usize, usize), (f64, f64)),
    /// An object with these fields; with none, one that is described elsewhere.
    Object(Vec<Declared>),
    /// Steps, as the pipeline has.
    Steps,
}

impl Kind {
    /// In words, for people.
    pub fn accepts(&self) -> String {
        match self {
            Self::Number(low, high) => format!("number, {low} to {high}"),
            Self::Interval(low, high) => format!("number or [low, high], {low} to {high}"),
            Self::Integer(low, high) => format!("whole number, {low} to {high}"),
            Self::Whole(low, high) => format!("whole number or [low, high], {low} to {high}"),
            Self::Flag => "true or false".into(),
            Self::Choice(words) => format!("one of `{}`", words.join("`, `")),
            Self::Text => "string".into(),
            Self::Texts => "list of strings".into(),
            Self::Colour => "level or [red, green, blue], 0 to 255".into(),
            Self::PerChannel => "number or three numbers".into(),
            Self::Numbers((least, most), (low, high)) => match (least == most, *most == usize::MAX) {
                (true, _) => format!("{least} numbers, {low} to {high}"),
                (_, true) => format!("{least} or more numbers, {low} to {high}"),
                _ => format!("{least} to {most} numbers, {low} to {high}"),
            },
            Self::Object(_) => "object".into(),
            Self::Steps => "list of steps".into(),
        }
    }

    /// Whether a schedule over the epochs may stand there too.
    pub fn takes_schedule(&self) -> bool {
        matches!(self, Self::Number(..) | Self::Interval(..) | Self::Integer(..) | Self::Whole(..))
    }
}

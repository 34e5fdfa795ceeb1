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
    /// The path of a folder or a file, with `/` between folders, that does not begin at the root.
    Path,
    /// Texts.
    Texts,
    /// A level, or three.
    Colour,
    /// A number, or one for each channel: three, or as many as `input` says.
    PerChannel,
    /// From so many to so many numbers, within two bounds.
    Numbers((usize, usize), (f64, f64)),
    /// A number for each name, within two bounds.
    NumbersByName(f64, f64),
    /// A whole number for each name, within two bounds.
    IntegersByName(u64, u64),
    /// An object with these fields; with none, one that is described elsewhere.
    Object(Vec<Declared>),
    /// Objects with these fields, as many as one likes.
    Objects(Vec<Declared>),
    /// Steps, as the pipeline has.
    Steps,
}

impl Kind {
    /// In words, for people: the shape and the bounds.
    pub fn accepts(&self) -> String {
        let (shape, bounds) = (self.shape(), self.bounds());
        if bounds.is_empty() { shape } else { format!("{shape}, {bounds}") }
    }

    /// What has to be written, without its bounds.
    pub fn shape(&self) -> String {
        match self {
            Self::Number(..) => "number".into(),
            Self::Interval(..) => "number or [low, high]".into(),
            Self::Integer(..) => "whole number".into(),
            Self::Whole(..) => "whole number or [low, high]".into(),
            Self::Flag => "true or false".into(),
            Self::Choice(words) => format!("one of `{}`", words.join("`, `")),
            Self::Text => "string".into(),
            Self::Path => "path".into(),
            Self::Texts => "list of strings".into(),
            Self::Colour => "level or [red, green, blue]".into(),
            Self::PerChannel => "number, or one for each channel".into(),
            Self::Numbers((least, most), _) => match (least == most, *most == usize::MAX) {
                (true, _) => format!("{least} numbers"),
                (_, true) => format!("{least} or more numbers"),
                _ => format!("{least} to {most} numbers"),
            },
            Self::NumbersByName(..) => "object of numbers".into(),
            Self::IntegersByName(..) => "object of whole numbers".into(),
            Self::Object(_) => "object".into(),
            Self::Objects(_) => "list of objects".into(),
            Self::Steps => "list of steps".into(),
        }
    }

    /// Within what a number must lie; empty if there are no bounds.
    pub fn bounds(&self) -> String {
        match self {
            Self::Number(low, high)
            | Self::Interval(low, high)
            | Self::Numbers(_, (low, high))
            | Self::NumbersByName(low, high) => format!("{low} to {high}"),
            Self::Integer(low, high) | Self::IntegersByName(low, high) => format!("{low} to {high}"),
            Self::Whole(low, high) => format!("{low} to {high}"),
            Self::Colour => "0 to 255".into(),
            Self::Flag
            | Self::Choice(_)
            | Self::Text
            | Self::Path
            | Self::Texts
            | Self::PerChannel
            | Self::Object(_)
            | Self::Objects(_)
            | Self::Steps => String::new(),
        }
    }

    /// Whether a schedule over the epochs may stand there too.
    pub fn takes_schedule(&self) -> bool {
        matches!(self, Self::Number(..) | Self::Interval(..) | Self::Integer(..) | Self::Whole(..))
    }
}

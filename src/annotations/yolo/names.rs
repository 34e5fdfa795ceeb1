//! What YOLO's numbers mean: `classes.txt`, or the `data.yaml` of Ultralytics.

use crate::annotations::text::text;
use crate::annotations::{Place, Problems};
use crate::error::shown;
use serde_json::Value;
use std::path::Path;

/// The most key points that an object has; more is a slip.
const MOST_KEY_POINTS: usize = 1000;

/// The classes, and the key points if objects have any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// The names of the classes by their numbers.
    pub classes: Vec<String>,
    /// How key points are written.
    pub key_points: Option<KeyPointShape>,
}

/// `kpt_shape` and `flip_idx`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyPointShape {
    /// How many there are.
    pub count: usize,
    /// Whether a visibility follows x and y.
    pub visibility: bool,
    /// For each point, the place of the one that it is called after the picture is mirrored.
    pub flip: Vec<usize>,
}

/// Reads YAML by its ending, else a name on each line: line `k`, from 0, is class `k`.
pub fn read_names(file: &str, bytes: &[u8], problems: &mut Problems) -> Option<Names> {
    let before = problems.count();
    let place = Place::file(file);
    let text = text(bytes, &place, problems)?;
    let ending = Path::new(file).extension().and_then(|e| e.to_str()).unwrap_or_default().to_lowercase();
    let names = match ending.as_str() {
        "yaml" | "yml" => of_yaml(text).unwrap_or_else(|problem| {
            problems.add(&place, problem);
            Names::default()
        }),
        _ => Names { classes: text.trim_end().lines().map(|line| line.trim().to_string()).collect(), key_points: None },
    };
    if names.classes.is_empty() && problems.count() == before {
        problems.add(&place, "names no class");
    }
    for (number, class) in names.classes.iter().enumerate() {
        let shown = class.escape_debug();
        if class.is_empty() {
            problems.add(&place, format_args!("class {number} has no name"));
        } else if let Some(earlier) = names.classes[..number].iter().position(|other| other == class) {
            problems.add(&place, format_args!("classes {earlier} and {number} are both called `{shown}` (rename one)"));
        }
    }
    (problems.count() == before).then_some(names)
}

fn of_yaml(text: &str) -> Result<Names, String> {
    let value: Value = serde_saphyr::from_str(text).map_err(|error| {
        let said = error.to_string();
        format!("not valid YAML: {}", shown(said.lines().next().unwrap_or_default()))
    })?;
    let classes = match value.get("names") {
        Some(Value::Array(names)) => names.iter().map(name).collect::<Option<Vec<_>>>(),
        Some(Value::Object(names)) => {
            let at = |number: usize| names.get(&number.to_string()).and_then(name);
            (0..names.len()).map(at).collect()
        }
        _ => return Err("has no `names` (expected a list of classes, or a map from 0 on)".into()),
    };
    let classes = classes.ok_or("`names` is no list of names, and no map whose keys are 0, 1, 2 and so on")?;
    if let Some(count) = value.get("nc").filter(|count| count.as_u64() != Some(classes.len() as u64)) {
        return Err(format!("`nc` is {count}, and `names` has {} (make them agree, or remove `nc`)", classes.len()));
    }
    let key_points = value.get("kpt_shape").map(|shape| key_points(shape, value.get("flip_idx"))).transpose()?;
    Ok(Names { classes, key_points })
}

fn name(value: &Value) -> Option<String> {
    match value {
        Value::String(name) => Some(name.trim().to_string()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn key_points(shape: &Value, flip: Option<&Value>) -> Result<KeyPointShape, String> {
    let whole = |value: &Value| value.as_u64().and_then(|number| usize::try_from(number).ok());
    let wholes = |value: &Value| value.as_array()?.iter().map(whole).collect::<Option<Vec<_>>>();
    let (count, visibility) = match wholes(shape).as_deref() {
        Some([count @ 1..=MOST_KEY_POINTS, dims @ 2..=3]) => (*count, *dims == 3),
        _ => return Err(format!("`kpt_shape` is {shape} (expected [number of key points, 2 or 3])")),
    };
    let Some(flip) = flip else { return Ok(KeyPointShape { count, visibility, flip: (0..count).collect() }) };
    let order = wholes(flip).filter(|order| {
        let mut sorted = order.clone();
        sorted.sort_unstable();
        sorted.into_iter().eq(0..count)
    });
    let flip = order.ok_or_else(|| format!("`flip_idx` is {flip} (expected each of 0 to {} once)", count - 1))?;
    Ok(KeyPointShape { count, visibility, flip })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(file: &str, text: &str) -> Result<Names, String> {
        let mut problems = Problems::default();
        let names = read_names(file, text.as_bytes(), &mut problems);
        problems.finish().map_err(|error| error.to_string())?;
        Ok(names.unwrap())
    }

    #[test]
    fn names_stand_on_lines_or_in_yaml() {
        for (file, text) in [
            ("classes.txt", "\u{feff}cat\r\n big dog \r\n\r\n"),
            ("data.yaml", "nc: 2\nnames: [cat, big dog]\ntrain: ../train/images\n"),
            ("data.yml", "names:\n  1: big dog\n  0: cat\n"),
        ] {
            assert_eq!(read(file, text).unwrap(), Names { classes: vec!["cat".into(), "big dog".into()], key_points: None });
        }
    }

    #[test]
    fn key_points_have_a_shape() {
        let shape = |text: &str| read("d.yaml", &format!("names: [a]\nkpt_shape: {text}")).map(|names| names.key_points.unwrap());
        let expected = KeyPointShape { count: 3, visibility: true, flip: vec![0, 2, 1] };
        assert_eq!(shape("[3, 3]\nflip_idx: [0, 2, 1]"), Ok(expected));
        assert_eq!(shape("[2, 2]"), Ok(KeyPointShape { count: 2, visibility: false, flip: vec![0, 1] }));
        assert_eq!(shape("[2, 4]").unwrap_err(), "d.yaml: `kpt_shape` is [2,4] (expected [number of key points, 2 or 3])");
        let problem = "d.yaml: `flip_idx` is [1,1] (expected each of 0 to 1 once)";
        assert_eq!(shape("[2, 3]\nflip_idx: [1, 1]").unwrap_err(), problem);
    }

    #[test]
    fn what_names_no_classes_says_so() {
        let cases = [
            ("c.txt", "cat\n\ncat\n", "c.txt: class 1 has no name\nc.txt: classes 0 and 2 are both called `cat` (rename one)"),
            ("c.txt", "\n", "c.txt: names no class"),
            ("d.yaml", "nc: 3", "d.yaml: has no `names` (expected a list of classes, or a map from 0 on)"),
            ("d.yaml", "names: []", "d.yaml: names no class"),
            ("d.yaml", "names: {1: cat}", "d.yaml: `names` is no list of names, and no map whose keys are 0, 1, 2 and so on"),
            ("d.yaml", "nc: 3\nnames: [a]", "d.yaml: `nc` is 3, and `names` has 1 (make them agree, or remove `nc`)"),
        ];
        for (file, text, problem) in cases {
            assert_eq!(read(file, text).unwrap_err(), problem);
        }
        let told = read("d.yaml", "names: [a").unwrap_err();
        assert!(told.starts_with("d.yaml: not valid YAML: "), "{told}");
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..60), text in "[\\[\\]{}:,&*a0 \n-]{0,30}") {
            let mut problems = Problems::default();
            let _ = read_names("d.yaml", &bytes, &mut problems);
            let _ = read_names("c.txt", &bytes, &mut problems);
            let _ = read_names("d.yaml", format!("names: {text}").as_bytes(), &mut problems);
            let _ = read_names("d.yaml", format!("names: [a]\nkpt_shape: {text}").as_bytes(), &mut problems);
        }
    }
}

//! Files beside pictures, such as masks: which one belongs to which picture, by their names.

use std::fmt::{self, Display};

/// What stands for the picture's name in a rule.
const NAME: &str = "NAME";

/// How the file of a picture is called, as `masks/NAME.png` or `NAME_mask.png`.
///
/// `NAME` is the picture's path without its ending; where there is no such file, and the picture lies in a folder, the
/// path without its first folder too, so that `images/a/b.jpg` finds `masks/a/b.png`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    before: String,
    after: String,
}

impl Rule {
    /// Reads a rule for masks or annotations, which end with `ending`, as `.png`; or for texts, with any ending, if it is empty.
    ///
    /// # Errors
    /// If `NAME` is not in it once, or the files would have another ending, or be called as their pictures may be.
    pub fn new(rule: &str, ending: &str) -> Result<Self, String> {
        let shown = rule.escape_debug();
        let written = rule.replace('\\', "/");
        let written = written.strip_prefix("./").unwrap_or(&written);
        let mut parts = written.split(NAME);
        let example = if ending.is_empty() { "NAME.cls".into() } else { format!("masks/NAME{ending}") };
        let (Some(before), Some(after), None) = (parts.next(), parts.next(), parts.next()) else {
            return Err(format!("`{shown}` does not say which file is whose (expected `NAME` in it once, as in `{example}`)"));
        };
        if !after.to_lowercase().ends_with(ending) {
            return Err(format!("`{shown}` does not end with `{ending}`"));
        }
        if before.is_empty() && after == ".png" && !ending.is_empty() {
            return Err(format!(
                "`{shown}` calls masks as pictures are called (name a folder, as in `masks/NAME.png`, or a suffix)"
            ));
        }
        Ok(Self { before: before.into(), after: after.into() })
    }

    /// Whether a file is called as these files are.
    pub fn fits(&self, path: &str) -> bool {
        path.strip_prefix(self.before.as_str())
            .and_then(|rest| rest.strip_suffix(self.after.as_str()))
            .is_some_and(|name| !name.is_empty())
    }

    /// The folder that all these files stand in, if they stand in one.
    pub fn folder(&self) -> Option<&str> {
        self.before.rsplit_once('/').map(|(folder, _)| folder)
    }

    /// How the file of a picture may be called, the first first.
    pub fn names(&self, picture: &str) -> Vec<String> {
        let folders = picture.rfind('/').map_or(0, |slash| slash + 1);
        let stem = picture[folders..].rfind('.').filter(|dot| *dot > 0).map_or(picture, |dot| &picture[..folders + dot]);
        let inner = stem.split_once('/').map(|(_, inner)| inner);
        [Some(stem), inner].into_iter().flatten().map(|name| format!("{}{name}{}", self.before, self.after)).collect()
    }
}

impl Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{NAME}{}", self.before, self.after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn files_stand_beside_or_in_a_folder() {
        let names = |rule, picture| Rule::new(rule, ".png").unwrap().names(picture);
        assert_eq!(names("NAME_mask.png", "b.c.png"), ["b.c_mask.png"]);
        assert_eq!(names("./masks/NAME.png", "images/x/b.jpg"), ["masks/images/x/b.png", "masks/x/b.png"]);
        assert_eq!(names("masks\\NAME.png", ".b"), ["masks/.b.png"]);
        let rule = Rule::new("masks/NAME.png", ".png").unwrap();
        assert!(rule.fits("masks/x/a.png") && !rule.fits("a.png") && !rule.fits("masks/.jpg"));
    }

    #[test]
    fn a_rule_names_its_pictures() {
        let unsaid = "does not say which file is whose (expected `NAME` in it once, as in `masks/NAME.png`)";
        let cases = [
            ("masks/*.png", format!("`masks/*.png` {unsaid}")),
            ("NAME/NAME.png", format!("`NAME/NAME.png` {unsaid}")),
            ("NAME_m.jpg", "`NAME_m.jpg` does not end with `.png`".into()),
            (
                "NAME.png",
                "`NAME.png` calls masks as pictures are called (name a folder, as in `masks/NAME.png`, or a suffix)".into(),
            ),
        ];
        for (rule, problem) in cases {
            assert_eq!(Rule::new(rule, ".png").unwrap_err(), problem);
        }
    }

    proptest! {
        #[test]
        fn no_name_makes_it_panic(rule in "[a/.]{0,3}NAME[_.é]{0,3}.png", path in "[aé/._]{0,6}(.png)?") {
            if let Ok(rule) = Rule::new(&rule, ".png") {
                rule.fits(&path);
                prop_assert!(!rule.names(&path).is_empty());
            }
        }
    }
}

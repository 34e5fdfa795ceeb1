//! Masks beside pictures: which mask belongs to which picture, by their names.

use std::collections::{BTreeMap, BTreeSet};

/// What stands for the picture's name in a rule.
const NAME: &str = "NAME";

/// How the mask of a picture is called, as `masks/NAME.png` or `NAME_mask.png`.
///
/// `NAME` is the picture's path without its ending; where there is no such mask, and the picture lies in a folder, the
/// path without its first folder too, so that `images/a/b.jpg` finds `masks/a/b.png`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    before: String,
    after: String,
}

/// Pictures and their masks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pairs {
    /// The mask of each picture.
    pub masks: BTreeMap<String, String>,
    /// Pictures without a mask.
    pub without: Vec<String>,
    /// Masks of no picture.
    pub unused: Vec<String>,
    /// Masks of more than one picture, and these.
    pub shared: BTreeMap<String, Vec<String>>,
}

impl Rule {
    /// Reads a rule.
    ///
    /// # Errors
    /// If `NAME` is not in it once, or masks would be no PNG files, or be called as their pictures are.
    pub fn new(rule: &str) -> Result<Self, String> {
        let shown = rule.escape_debug();
        let written = rule.replace('\\', "/");
        let written = written.strip_prefix("./").unwrap_or(&written);
        let mut parts = written.split(NAME);
        let (Some(before), Some(after), None) = (parts.next(), parts.next(), parts.next()) else {
            return Err(format!("`{shown}` is no rule for masks (expected `NAME` in it once, as in `masks/NAME.png`)"));
        };
        if !after.to_lowercase().ends_with(".png") {
            return Err(format!("`{shown}` ends with no `.png` (masks are PNG files: other formats do not keep numbers)"));
        }
        if before.is_empty() && after.len() == ".png".len() {
            return Err(format!(
                "`{shown}` calls masks as pictures are called (name a folder, as in `masks/NAME.png`, or a suffix)"
            ));
        }
        Ok(Self { before: before.into(), after: after.into() })
    }

    /// Whether a file is called as masks are.
    pub fn is_mask(&self, path: &str) -> bool {
        path.strip_prefix(self.before.as_str())
            .and_then(|rest| rest.strip_suffix(self.after.as_str()))
            .is_some_and(|name| !name.is_empty())
    }

    /// Pairs the files below a folder, whose paths have `/` between folders. A file that is called as masks are is a
    /// mask, all others are pictures.
    pub fn pair<'a>(&self, paths: impl IntoIterator<Item = &'a str>) -> Pairs {
        let (masks, pictures): (BTreeSet<&str>, BTreeSet<&str>) = {
            let (masks, pictures): (Vec<&str>, Vec<&str>) = paths.into_iter().partition(|path| self.is_mask(path));
            (masks.into_iter().collect(), pictures.into_iter().collect())
        };
        let mut pairs = Pairs::default();
        let mut used: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for picture in pictures {
            match self.names(picture).iter().find_map(|name| masks.get(name.as_str())) {
                Some(mask) => {
                    pairs.masks.insert(picture.into(), (*mask).into());
                    used.entry(mask).or_default().push(picture.into());
                }
                None => pairs.without.push(picture.into()),
            }
        }
        pairs.unused = masks.iter().filter(|mask| !used.contains_key(*mask)).map(|mask| (*mask).into()).collect();
        pairs.shared = used.into_iter().filter(|(_, pictures)| pictures.len() > 1).map(|(mask, of)| (mask.into(), of)).collect();
        pairs
    }

    /// How the mask of a picture may be called, the first first.
    fn names(&self, picture: &str) -> Vec<String> {
        let folders = picture.rfind('/').map_or(0, |slash| slash + 1);
        let stem = picture[folders..].rfind('.').filter(|dot| *dot > 0).map_or(picture, |dot| &picture[..folders + dot]);
        let inner = stem.split_once('/').map(|(_, inner)| inner);
        [Some(stem), inner].into_iter().flatten().map(|name| format!("{}{name}{}", self.before, self.after)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn masks(rule: &str, paths: &[&str]) -> Vec<(String, String)> {
        Rule::new(rule).unwrap().pair(paths.iter().copied()).masks.into_iter().collect()
    }

    fn pair(picture: &str, mask: &str) -> (String, String) {
        (picture.into(), mask.into())
    }

    #[test]
    fn masks_stand_beside_or_in_a_folder() {
        let beside = masks("NAME_mask.png", &["x/a.jpg", "x/a_mask.png", "b.c.png", "b.c_mask.png"]);
        assert_eq!(beside, [pair("b.c.png", "b.c_mask.png"), pair("x/a.jpg", "x/a_mask.png")]);
        let folder = masks("./masks/NAME.png", &["a.jpg", "masks/a.png", "images/x/b.jpg", "masks/x/b.png"]);
        assert_eq!(folder, [pair("a.jpg", "masks/a.png"), pair("images/x/b.jpg", "masks/x/b.png")]);
        let nearer = masks("masks\\NAME.png", &["images/b.jpg", "masks/b.png", "masks/images/b.png"]);
        assert_eq!(nearer, [pair("images/b.jpg", "masks/images/b.png")]);
    }

    #[test]
    fn what_has_no_mate_is_listed() {
        let paths = ["a/x.jpg", "b/x.jpg", "c.jpg", "masks/x.png", "masks/d.png"];
        let pairs = Rule::new("masks/NAME.png").unwrap().pair(paths);
        assert_eq!((pairs.without, pairs.unused), (vec!["c.jpg".into()], vec!["masks/d.png".into()]));
        assert_eq!(pairs.shared, BTreeMap::from([("masks/x.png".into(), vec!["a/x.jpg".into(), "b/x.jpg".into()])]));
    }

    #[test]
    fn a_rule_names_its_pictures() {
        let cases = [
            ("masks/*.png", "`masks/*.png` is no rule for masks (expected `NAME` in it once, as in `masks/NAME.png`)"),
            ("NAME/NAME.png", "`NAME/NAME.png` is no rule for masks (expected `NAME` in it once, as in `masks/NAME.png`)"),
            ("NAME_m.jpg", "`NAME_m.jpg` ends with no `.png` (masks are PNG files: other formats do not keep numbers)"),
            ("NAME.png", "`NAME.png` calls masks as pictures are called (name a folder, as in `masks/NAME.png`, or a suffix)"),
        ];
        for (rule, problem) in cases {
            assert_eq!(Rule::new(rule).unwrap_err(), problem);
        }
    }

    proptest! {
        #[test]
        fn no_name_makes_it_panic(rule in "[a/.]{0,3}NAME[_.é]{0,3}.png", paths in proptest::collection::vec("[aé/._]{0,6}(.png)?", 0..6)) {
            if let Ok(rule) = Rule::new(&rule) {
                let pairs = rule.pair(paths.iter().map(String::as_str));
                let pictures: BTreeSet<&String> = paths.iter().filter(|path| !rule.is_mask(path)).collect();
                prop_assert_eq!(pairs.masks.len() + pairs.without.len(), pictures.len());
            }
        }
    }
}

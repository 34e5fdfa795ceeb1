//! What is counted, of pictures on the disk and of those of a dataset alike.

use super::{ClassCount, ColorCount, Range, ShapeCount, SizeCount, Sizes, Stats};
use crate::image::Size;
use crate::source::ContentHash;
use crate::spec::Side;
use crate::spec::fields::Choice;
use crate::statistics::{Spread, Statistics};
use std::collections::BTreeMap;

/// How many of the commonest sizes are told.
const COMMONEST: usize = 10;
/// The level of white.
const WHITE: f64 = 255.0;

/// What is known of a picture, wherever it comes from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Picture<'a> {
    pub(super) path: &'a str,
    pub(super) bytes: u64,
    pub(super) xxh3_128: ContentHash,
    pub(super) format: &'a str,
    pub(super) size: Size,
    pub(super) side: Side,
}

/// What can be told of pictures without their pixels and their labels.
pub(super) fn of_files(pictures: &[Picture<'_>]) -> Stats {
    let mut stats = Stats { pictures: pictures.len() as u64, sizes: sizes(pictures), ..Stats::default() };
    for picture in pictures {
        stats.bytes += picture.bytes;
        *stats.formats.entry(picture.format.into()).or_default() += 1;
        stats.splits.entry(picture.side.word()).or_default().pictures += 1;
    }
    stats.duplicates = paths(&copies(pictures), pictures);
    stats
}

/// The paths of groups of pictures.
pub(super) fn paths(groups: &[Vec<usize>], pictures: &[Picture<'_>]) -> Vec<Vec<String>> {
    groups.iter().map(|group| group.iter().map(|&at| pictures[at].path.into()).collect()).collect()
}

/// Groups of two and more pictures whose files have equal bytes, by their first.
fn copies(pictures: &[Picture<'_>]) -> Vec<Vec<usize>> {
    let mut same: BTreeMap<ContentHash, Vec<usize>> = BTreeMap::new();
    for (at, picture) in pictures.iter().enumerate() {
        same.entry(picture.xxh3_128).or_default().push(at);
    }
    let mut groups: Vec<Vec<usize>> = same.into_values().filter(|group| group.len() > 1).collect();
    groups.sort_unstable();
    groups
}

/// Of groups of pictures that look alike, one of each content, where that leaves two and more.
pub(super) fn of_other_bytes(groups: Vec<Vec<usize>>, pictures: &[Picture<'_>]) -> Vec<Vec<usize>> {
    let distinct = groups.into_iter().map(|mut group| {
        let mut seen = std::collections::BTreeSet::new();
        group.retain(|&at| seen.insert(pictures[at].xxh3_128));
        group
    });
    distinct.filter(|group| group.len() > 1).collect()
}

/// How many of `groups` are on more than one side.
pub(super) fn torn(groups: &[Vec<usize>], pictures: &[Picture<'_>]) -> usize {
    groups.iter().filter(|group| group.iter().any(|&at| pictures[at].side != pictures[group[0]].side)).count()
}

/// Classes with their counts on each side, which are in the order of the `names`.
pub(super) fn classes(names: &[String], by_side: &BTreeMap<Side, Vec<u64>>) -> Vec<ClassCount> {
    let count = |(at, name): (usize, &String)| {
        let splits: BTreeMap<&'static str, u64> = by_side.iter().map(|(side, counts)| (side.word(), counts[at])).collect();
        ClassCount { class: name.clone(), count: splits.values().sum(), splits }
    };
    names.iter().enumerate().map(count).collect()
}

/// The count of the largest class by that of the smallest that is there at all.
pub(super) fn imbalance(classes: &[ClassCount]) -> Option<f64> {
    let counts = || classes.iter().map(|class| class.count).filter(|count| *count > 0);
    Some(counts().max()? as f64 / counts().min()? as f64)
}

/// Mean and spread of what was counted; `None` if nothing was.
pub(super) fn color(counted: &Statistics) -> Option<ColorCount> {
    let channels: &[&str] = if counted.sums.len() == 1 { &["gray"] } else { &["red", "green", "blue"] };
    let sums = counted.sums.iter().zip(&counted.squares);
    let spreads: Vec<Spread> = sums.map(|(sum, squares)| Spread::of(counted.pixels, *sum, *squares)).collect();
    let mean = |white: f64| spreads.iter().map(|spread| spread.mean / white).collect();
    let std = |white: f64| spreads.iter().map(|spread| spread.variance.sqrt() / white).collect();
    (counted.pixels > 0).then(|| ColorCount {
        channels,
        pictures: counted.pictures,
        pixels: counted.pixels,
        mean: mean(WHITE),
        std: std(WHITE),
        mean_level: mean(1.0),
        std_level: std(1.0),
    })
}

fn sizes(pictures: &[Picture<'_>]) -> Option<Sizes> {
    let all = || pictures.iter().map(|picture| picture.size);
    let mut counts: BTreeMap<Size, u64> = BTreeMap::new();
    all().for_each(|size| *counts.entry(size).or_default() += 1);
    let distinct = counts.len() as u64;
    let mut commonest: Vec<SizeCount> =
        counts.into_iter().map(|(Size { width, height }, pictures)| SizeCount { width, height, pictures }).collect();
    commonest.sort_by_key(|size| std::cmp::Reverse(size.pictures));
    commonest.truncate(COMMONEST);
    Some(Sizes {
        width: range(all().map(|size| f64::from(size.width)))?,
        height: range(all().map(|size| f64::from(size.height)))?,
        aspect_ratio: range(all().map(|size| f64::from(size.width) / f64::from(size.height)))?,
        shapes: shapes(all()),
        distinct,
        commonest,
    })
}

fn range(numbers: impl Iterator<Item = f64>) -> Option<Range> {
    let mut sorted: Vec<f64> = numbers.collect();
    sorted.sort_by(f64::total_cmp);
    let (smallest, largest) = (*sorted.first()?, *sorted.last()?);
    let middle = |at: usize| sorted[at / 2];
    Some(Range { smallest, median: (middle(sorted.len() - 1) + middle(sorted.len())) / 2.0, largest })
}

/// How many pictures have which shape.
fn shapes(sizes: impl Iterator<Item = Size>) -> Vec<ShapeCount> {
    let names = ["below 1:2", "1:2 to 3:4", "3:4 to 1:1", "1:1", "1:1 to 4:3", "4:3 to 2:1", "above 2:1"];
    let mut counts = [0; 7];
    for size in sizes {
        let (width, height) = (u64::from(size.width), u64::from(size.height));
        let place = match width.cmp(&height) {
            std::cmp::Ordering::Equal => 3,
            std::cmp::Ordering::Less => usize::from(width * 2 >= height) + usize::from(width * 4 > height * 3),
            std::cmp::Ordering::Greater => 6 - usize::from(height * 2 >= width) - usize::from(height * 4 > width * 3),
        };
        counts[place] += 1;
    }
    names.into_iter().zip(counts).map(|(shape, pictures)| ShapeCount { shape, pictures }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Color;

    fn picture<'a>(path: &'a str, content: &'a str, (width, height): (u32, u32), side: Side) -> Picture<'a> {
        Picture {
            path,
            bytes: 10,
            xxh3_128: ContentHash::of(content.as_bytes()),
            format: "png",
            size: Size::new(width, height),
            side,
        }
    }

    #[test]
    fn files_are_counted() {
        let pictures = [
            picture("a", "2", (4, 2), Side::Train),
            picture("b", "1", (4, 2), Side::Val),
            picture("c", "2", (3, 3), Side::Train),
            picture("d", "1", (1, 8), Side::Train),
        ];
        let stats = of_files(&pictures);
        assert_eq!((stats.pictures, stats.bytes, stats.formats["png"]), (4, 40, 4));
        assert_eq!((stats.splits["train"].pictures, stats.splits["val"].pictures), (3, 1));
        assert_eq!(stats.duplicates, [["a", "c"], ["b", "d"]]);
        let sizes = stats.sizes.unwrap();
        assert_eq!(sizes.width, Range { smallest: 1.0, median: 3.5, largest: 4.0 });
        assert_eq!(sizes.height, Range { smallest: 2.0, median: 2.5, largest: 8.0 });
        assert_eq!(sizes.aspect_ratio, Range { smallest: 0.125, median: 1.5, largest: 2.0 });
        assert_eq!(sizes.distinct, 3);
        assert_eq!(sizes.commonest[0], SizeCount { width: 4, height: 2, pictures: 2 });
        assert!(of_files(&[]).sizes.is_none());
    }

    #[test]
    fn shapes_meet_at_their_ends() {
        let place = |width, height| shapes([Size::new(width, height)].into_iter()).iter().position(|s| s.pictures == 1).unwrap();
        let sizes = [(49, 100), (50, 100), (75, 100), (76, 100), (99, 100), (100, 100)];
        assert_eq!(sizes.map(|(width, height)| place(width, height)), [0, 1, 1, 2, 2, 3]);
        assert_eq!(sizes.map(|(width, height)| place(height, width)), [6, 5, 5, 4, 4, 3]);
    }

    #[test]
    fn copies_count_once_among_those_that_look_alike() {
        let pictures =
            [picture("a", "1", (1, 1), Side::Train), picture("b", "1", (1, 1), Side::Val), picture("c", "2", (1, 1), Side::Val)];
        assert_eq!(of_other_bytes(vec![vec![0, 1]], &pictures), Vec::<Vec<usize>>::new());
        let groups = of_other_bytes(vec![vec![0, 1, 2]], &pictures);
        assert_eq!((&groups[..], torn(&groups, &pictures), torn(&[vec![1, 2]], &pictures)), (&[vec![0, 2]][..], 1, 0));
    }

    #[test]
    fn classes_are_weighed_against_each_other() {
        let names = ["cat", "dog", "owl"].map(String::from);
        let counts = BTreeMap::from([(Side::Train, vec![6, 2, 0]), (Side::Val, vec![1, 0, 0])]);
        let found = classes(&names, &counts);
        assert_eq!((found[0].count, found[0].splits["val"], found[2].count), (7, 1, 0));
        assert_eq!(imbalance(&found), Some(3.5));
        assert_eq!(imbalance(&[]), None);
    }

    #[test]
    fn colors_are_told_as_levels_and_as_shares_of_white() {
        let mut counted = Statistics::new(Color::Rgb);
        assert_eq!(color(&counted), None);
        counted.count(&[0, 51, 255, 102, 51, 255]);
        let found = color(&counted).unwrap();
        assert_eq!((found.mean, found.std), (vec![0.2, 0.2, 1.0], vec![0.2, 0.0, 0.0]));
        assert_eq!((found.mean_level, found.std_level), (vec![51.0, 51.0, 255.0], vec![51.0, 0.0, 0.0]));
    }
}

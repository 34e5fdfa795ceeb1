//! Every row once, in its place.

use super::*;
use crate::source::{ContentHash, Item};
use crate::spec::Overrides;

fn plan(count: usize, shuffle: &str, batches: u64) -> Plan {
    let text = format!(
        r#"{{"version": 1, "epochs": 3, "batch_size": 4, "shuffle": "{shuffle}", "pipeline": [{{"op": "resize", "width": 600, "height": 600}}]}}"#
    );
    let spec = Spec::parse("s.json", &text, &Overrides::default()).unwrap();
    let item = |i| Item {
        path: format!("{i:05}").into(),
        bytes: 1,
        xxh3_128: ContentHash::default(),
        format: "png",
        size: Size::new(1, 1),
        substitute: None,
    };
    let items = (0..count).map(item).collect();
    let source = Source::of_items(".".as_ref(), items);
    Plan::new(&spec, &source, None, (Side::Train, &(0..count).collect::<Vec<_>>()), Sharding::Batches(batches)).unwrap()
}

/// The shards of an epoch, by place.
fn epoch(plan: &Plan, epoch: u64) -> Vec<Shard> {
    let mut all: Vec<Shard> = (0..plan.blocks.count()).flat_map(|block| plan.shards(block, epoch)).collect();
    all.sort_by_key(|shard| shard.index);
    all
}

#[test]
fn every_epoch_holds_every_picture_once_and_only_its_last_batch_is_short() {
    for (count, shuffle) in [(1, "block"), (10, "block"), (2501, "block"), (2501, "global"), (2501, "none"), (2048, "block")] {
        let plan = plan(count, shuffle, 16);
        for at in 0..3 {
            let shards = epoch(&plan, at);
            assert_eq!(shards.len() as u64, plan.shards_per_epoch);
            assert!(shards.iter().enumerate().all(|(i, s)| s.index == i as u64));
            assert!(shards[..shards.len() - 1].iter().all(|s| s.rows.len() == 64), "{count} {shuffle}");
            let mut items: Vec<usize> = shards.into_iter().flat_map(|s| s.rows).map(|row| row.item).collect();
            assert_eq!(items.is_sorted(), shuffle == "none" || count == 1);
            items.sort_unstable();
            assert_eq!(items, (0..count).collect::<Vec<_>>());
        }
    }
}

#[test]
fn any_split_into_workers_covers_every_task_once() {
    let plan = plan(2501, "block", 16);
    let every = |of: u64| -> Vec<(usize, u64)> {
        (1..=of).flat_map(|i| plan.tasks(i, of)).flat_map(|t| t.epochs.map(move |e| (t.block, e))).collect()
    };
    for of in [2, 3, 7, 50] {
        assert_eq!(every(1), every(of));
    }
}

#[test]
fn epochs_differ_in_order() {
    let plan = plan(40, "block", 16);
    assert_ne!(plan.shards(0, 0)[0].rows, plan.shards(0, 1)[0].rows);
}

/// Pictures of classes `a`, `b` and so on, so many of each, and a plan of a balanced side.
fn balanced(counts: &[usize], epochs: u64, balance: &str, batches: u64) -> Result<(Plan, Membership)> {
    let text = format!(
        r#"{{"version": 1, "epochs": {epochs}, "batch_size": 4, "balance": {balance}, "pipeline": [{{"op": "resize", "width": 600, "height": 600}}]}}"#
    );
    let spec = Spec::parse("s.json", &text, &Overrides::default())?;
    let of: Vec<usize> = counts.iter().enumerate().flat_map(|(class, count)| vec![class; *count]).collect();
    let item = |i| Item {
        path: format!("{i:05}").into(),
        bytes: 1,
        xxh3_128: ContentHash::default(),
        format: "png",
        size: Size::new(1, 1),
        substitute: None,
    };
    let items = (0..of.len()).map(item).collect();
    let source = Source::of_items(".".as_ref(), items);
    let names = ('a'..).take(counts.len()).map(String::from).collect();
    let classes = Membership { head: "labels".into(), names, of };
    let all: Vec<usize> = (0..source.items.len()).collect();
    let plan = Plan::new(&spec, &source, Some(&classes), (Side::Train, &all), Sharding::Batches(batches))?;
    Ok((plan, classes))
}

fn rows(plan: &Plan, at: u64) -> Vec<Entry> {
    epoch(plan, at).into_iter().flat_map(|shard| shard.rows).collect()
}

/// How often each of `count` pictures is shown in epochs `of`.
fn shown(plan: &Plan, of: std::ops::Range<u64>, count: usize) -> Vec<u64> {
    let mut times = vec![0; count];
    of.flat_map(|at| rows(plan, at)).for_each(|row| times[row.item] += 1);
    times
}

fn spread(times: &[u64]) -> u64 {
    times.iter().max().unwrap() - times.iter().min().unwrap()
}

#[test]
fn every_class_gets_its_rows_and_shows_its_pictures_equally_often() {
    for (balance, expected) in [
        (r#"{"sampling": "oversample"}"#, [700, 700, 700]),
        (r#"{"sampling": "undersample"}"#, [3, 3, 3]),
        (r#"{"counts": {"a": 2500, "c": 2}}"#, [2500, 41, 2]),
        (r#"{"sampling": "oversample", "epochs": {"b": 11, "a": 1}}"#, [140, 91, 700]),
        (r#"{"batches": "even"}"#, [700, 41, 3]),
    ] {
        let (plan, classes) = balanced(&[700, 41, 3], 5, balance, 16).unwrap();
        assert_eq!(plan.rows_by_class.as_deref(), Some(&expected[..]), "{balance}");
        for at in 0..5 {
            let all = rows(&plan, at);
            let items: Vec<usize> = all.iter().map(|row| row.item).collect();
            assert_eq!(classes.counts_of(&items), expected, "{balance}");
            // Rows of one picture are numbered without gaps.
            let mut copies: BTreeMap<usize, Vec<u64>> = BTreeMap::new();
            all.iter().for_each(|row| copies.entry(row.item).or_default().push(row.copy));
            for numbers in copies.values_mut() {
                numbers.sort_unstable();
                assert_eq!(*numbers, (0..numbers.len() as u64).collect::<Vec<_>>());
            }
            let times = shown(&plan, at..at + 1, 744);
            for class in [&times[..700], &times[700..741], &times[741..]] {
                assert!(spread(class) <= 1, "{balance}");
            }
        }
        let times = shown(&plan, 0..5, 744);
        for class in [&times[..700], &times[700..741], &times[741..]] {
            assert!(spread(class) <= 2, "{balance}: {}", spread(class));
        }
    }
}

#[test]
fn copies_by_class_are_exact_where_rows_are_whole() {
    let (plan, _) = balanced(&[40, 10], 5, r#"{"epochs": {"a": 1, "b": 12}}"#, 1).unwrap();
    let times = shown(&plan, 0..5, 50);
    assert!(times[..40].iter().all(|n| *n == 1) && times[40..].iter().all(|n| *n == 12), "{times:?}");
}

#[test]
fn an_epoch_of_sampled_rows_stays_when_others_are_added() {
    let plan = |epochs| balanced(&[70, 9], epochs, r#"{"sampling": "undersample"}"#, 1).unwrap().0;
    assert_eq!(rows(&plan(2), 1), rows(&plan(9), 1));
}

#[test]
fn even_batches_hold_every_class_in_its_share() {
    let (plan, classes) = balanced(&[700, 41], 3, r#"{"sampling": "oversample", "batches": "even"}"#, 16).unwrap();
    for at in 0..3 {
        let all = rows(&plan, at);
        for batch in all.chunks(4) {
            assert_eq!(batch.iter().filter(|row| classes.of[row.item] == 0).count() * 2, batch.len());
        }
        // And not in turns.
        assert!(all.chunks(4).any(|batch| classes.of[batch[0].item] == classes.of[batch[1].item]));
    }
}

#[test]
fn a_block_has_the_same_pictures_in_every_epoch() {
    let (plan, _) = balanced(&[3000, 410, 7], 4, r#"{"sampling": "oversample"}"#, 16).unwrap();
    assert!(plan.blocks.count() > 1);
    for block in 0..plan.blocks.count() {
        let pictures = plan.block(block);
        for at in 0..4 {
            assert_eq!(plan.rows(block, at).len() as u64, plan.rows_of(block));
            assert!(plan.rows(block, at).iter().all(|row| pictures.contains(&row.item)));
        }
    }
}

#[test]
fn weights_make_classes_weigh_alike() {
    let weight = |balance, at| balanced(&[6, 2], 1, balance, 1).unwrap().0.weight(at);
    assert_eq!(weight(r#"{"sample_weight": "balanced"}"#, 0), Some(8.0 / 12.0));
    assert_eq!(weight(r#"{"sample_weight": "balanced"}"#, 7), Some(2.0));
    assert_eq!(weight(r#"{"sample_weight": "balanced", "sampling": "oversample"}"#, 7), Some(1.0));
    assert_eq!(weight(r#"{"class_weight": {"b": 2.5}}"#, 7), Some(2.5));
    assert_eq!(weight(r#"{"class_weight": {"b": 2.5}}"#, 0), Some(1.0));
    assert_eq!(weight(r#"{"sampling": "oversample"}"#, 0), None);
}

#[test]
fn what_cannot_be_balanced_is_refused() {
    let problem = |balance| balanced(&[6, 0], 1, balance, 1).unwrap_err().to_string();
    assert!(problem(r#"{"counts": {"x": 3}}"#).contains("unknown class `x`"));
    assert!(problem(r#"{"counts": {"b": 3}}"#).contains("has no pictures"));
    assert!(problem(r#"{"counts": {"a": 0}}"#).contains("no rows are left"));
}

use super::*;
use crate::error::Error;
use crate::output::WORK;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Barrier, Mutex};
use tempfile::TempDir;

const TASK: &str = "train-000000-000000-000001";

fn lease_of(owner: &str) -> Lease {
    Lease { owner: owner.into(), beat: 1, seconds: 60 }
}

/// How many of `count` threads that do `attempt` at once win.
fn winners(count: usize, attempt: impl Fn(usize) -> Option<Version> + Sync) -> usize {
    let ready = Barrier::new(count);
    std::thread::scope(|scope| {
        let attempts: Vec<_> = (0..count)
            .map(|number| {
                let (ready, attempt) = (&ready, &attempt);
                scope.spawn(move || {
                    ready.wait();
                    attempt(number)
                })
            })
            .collect();
        attempts.into_iter().map(|thread| thread.join().unwrap()).filter(Option::is_some).count()
    })
}

#[test]
fn of_several_that_take_or_replace_a_lease_at_once_one_does() {
    for round in 0..200 {
        let root = TempDir::new().unwrap();
        let leases = FolderLeases::new(root.path());
        assert_eq!(leases.look(TASK).unwrap(), None);
        assert_eq!(winners(2 + round % 3, |number| leases.take(TASK, &lease_of(&format!("first{number}"))).unwrap()), 1);
        let (lease, version) = leases.look(TASK).unwrap().unwrap();
        assert!(lease.owner.starts_with("first"), "{lease:?}");
        let replace = |number| leases.replace(TASK, &lease_of(&format!("second{number}")), &version).unwrap();
        assert_eq!(winners(2 + round % 3, replace), 1);
        let (lease, now) = leases.look(TASK).unwrap().unwrap();
        assert!(lease.owner.starts_with("second") && now != version, "{lease:?}");
        assert_eq!(leases.replace(TASK, &lease_of("late"), &version).unwrap(), None);
        leases.release(TASK, &now).unwrap();
        assert_eq!(leases.look(TASK).unwrap(), None);
        assert!(held(root.path()).is_empty());
    }
}

#[test]
fn one_that_slept_through_a_takeover_does_not_get_its_lease_back() {
    let root = TempDir::new().unwrap();
    let leases = FolderLeases::new(root.path());
    let slept = leases.take(TASK, &lease_of("slept")).unwrap().unwrap();
    let mut other = leases.replace(TASK, &lease_of("other"), &slept).unwrap().unwrap();
    assert_eq!(leases.replace(TASK, &lease_of("slept"), &slept).unwrap(), None);
    // The numbers that it would take are free again.
    for _ in 0..3 {
        other = leases.replace(TASK, &lease_of("other"), &other).unwrap().unwrap();
        assert_eq!(leases.replace(TASK, &lease_of("slept"), &slept).unwrap(), None);
        assert_eq!(leases.take(TASK, &lease_of("slept")).unwrap(), None);
        assert_eq!(leases.look(TASK).unwrap().unwrap(), (lease_of("other"), other.clone()));
    }
    // What it gives back is what it had.
    leases.release(TASK, &slept).unwrap();
    assert_eq!(held(root.path()), [(TASK.to_string(), lease_of("other"))]);
}

/// A worker called `owner`. Its leases last less than they can say, so that others go by their own.
fn worker<'a>(leases: &'a FolderLeases, owner: &'a str, millis: u64, stop: &'a AtomicUsize) -> Worker<'a> {
    Worker { leases, who: Claimant { owner, lease: Duration::from_millis(millis) }, stop }
}

/// Nobody stops.
static GO_ON: AtomicUsize = AtomicUsize::new(0);

#[test]
fn what_is_damaged_is_taken_over_after_a_lease_of_our_own() {
    for content in ["", "{\"owner\": \"a", "null", "{\"owner\": \"\", \"beat\": 1, \"seconds\": 99999999}"] {
        let root = TempDir::new().unwrap();
        let leases = FolderLeases::new(root.path());
        leases.take(TASK, &lease_of("a")).unwrap();
        let file = root.path().join(WORK).join("leases").join(TASK).join("1");
        assert!(file.is_file());
        std::fs::write(&file, content).unwrap();
        let worker = worker(&leases, "b", 40, &GO_ON);
        let mut seen = None;
        assert_eq!(worker.claim(TASK, &mut seen).unwrap(), None, "{content}");
        let since = Instant::now();
        while worker.claim(TASK, &mut seen).unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
        assert!(since.elapsed() >= Duration::from_millis(39), "{content}: {:?}", since.elapsed());
        assert_eq!(leases.look(TASK).unwrap().unwrap().0.owner, "b");
    }
}

#[test]
fn a_lease_that_is_renewed_is_not_taken_over_however_long_it_takes() {
    let root = TempDir::new().unwrap();
    let leases = FolderLeases::new(root.path());
    let (first, second) = (worker(&leases, "first", 40, &GO_ON), worker(&leases, "second", 900, &GO_ON));
    let version = first.claim(TASK, &mut None).unwrap().unwrap();
    let looks = first.holding(TASK, version, || {
        let (since, mut seen, mut looks) = (Instant::now(), None, 0);
        while since.elapsed() < Duration::from_secs(2) {
            assert_eq!(second.claim(TASK, &mut seen).unwrap(), None);
            looks += 1;
            std::thread::sleep(Duration::from_millis(2));
        }
        if looks > 10 { Ok(()) } else { Err(Error::Usage(looks.to_string())) }
    });
    looks.unwrap();
    assert!(held(root.path()).is_empty(), "given back");
}

#[test]
fn workers_that_come_and_go_do_every_task() {
    let root = TempDir::new().unwrap();
    let leases = FolderLeases::new(root.path());
    let tasks: Vec<Named<usize>> = (0..12).map(|task| Named { name: format!("train-{task:06}"), task }).collect();
    let done: Mutex<BTreeMap<usize, u64>> = Mutex::default();
    let is_there = |task: &usize| Ok(done.lock().unwrap().contains_key(task));
    let make = |task: &usize| {
        // As a build does, which looks again at what is there.
        if !is_there(task)? {
            std::thread::sleep(Duration::from_millis(3));
            *done.lock().unwrap().entry(*task).or_default() += 1;
        }
        Ok(())
    };
    // One that was killed, and one that fails at its first task.
    leases.take(&tasks[5].name, &Lease { seconds: 0, ..lease_of("killed") }).unwrap();
    let failing = worker(&leases, "failing", 500, &GO_ON).run(&tasks, is_there, |_| Err(Error::Usage("no".into())));
    assert_eq!(failing.unwrap_err().to_string(), "no");
    let ended = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for owner in ["a", "b", "c"] {
            let (leases, tasks, ended) = (&leases, &tasks, &ended);
            scope.spawn(move || {
                worker(leases, owner, 500, &GO_ON).run(tasks, is_there, make).unwrap();
                ended.fetch_add(1, Ordering::Relaxed);
            });
        }
    });
    let done = done.into_inner().unwrap();
    assert_eq!((ended.into_inner(), done.len()), (3, 12));
    assert!(done.values().all(|times| *times == 1), "{done:?}");
    assert!(held(root.path()).is_empty());
}

#[test]
fn a_worker_that_waits_heeds_a_signal() {
    let root = TempDir::new().unwrap();
    let leases = FolderLeases::new(root.path());
    let tasks = [Named { name: TASK.into(), task: () }];
    leases.take(TASK, &lease_of("other")).unwrap();
    let stop = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let waits = scope.spawn(|| worker(&leases, "waits", 500, &stop).run(&tasks, |()| Ok(false), |()| Ok(())));
        std::thread::sleep(Duration::from_millis(20));
        stop.store(15, Ordering::Relaxed);
        assert_eq!(waits.join().unwrap().unwrap_err().exit_code(), 143);
    });
}

#[test]
fn blocks_are_cut_into_pieces_only_where_there_are_few() {
    let tasks = |blocks: u64, epochs: u64| blocks * epochs.div_ceil(epochs_of_task(blocks, epochs));
    for (blocks, epochs, count) in [(1, 1, 1), (1, 10, 10), (1, 16, 16), (1, 160, 16), (2, 100, 16), (5, 8, 20), (15, 9, 30)] {
        assert_eq!(tasks(blocks, epochs), count, "{blocks} x {epochs}");
    }
    for (blocks, epochs) in [(16, 1), (16, 100), (1000, 7)] {
        assert_eq!(epochs_of_task(blocks, epochs), epochs);
    }
}

//! What is made next: pieces of a few shards in turn, since two threads that write to one file wait for each other.

use crate::output::OpenShard;
use crate::plan::Entry;
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};

/// A shard that is being made.
#[derive(Debug)]
pub(super) struct Making<'a> {
    /// Where its rows go.
    pub(super) open: OpenShard<'a>,
    /// All rows of its block in its epoch, among which partners are; none if rows are not mixed.
    pub(super) partners: Arc<[Entry]>,
    /// From its first piece until it is handed on.
    pub(super) room: OnceLock<Room>,
}

impl Making<'_> {
    /// Waits for room, if this is its first piece.
    pub(super) fn enter(&self, rooms: &Arc<Rooms>) {
        self.room.get_or_init(|| rooms.take());
    }
}

/// Room for some shards: what is made faster than it can be handed on waits, and does not pile up in memory.
#[derive(Debug)]
pub(super) struct Rooms {
    free: Mutex<usize>,
    freed: Condvar,
}

/// Room for a shard, free again when this is dropped.
#[derive(Debug)]
pub(super) struct Room(Arc<Rooms>);

impl Rooms {
    /// So many.
    pub(super) fn new(count: usize) -> Arc<Self> {
        Arc::new(Self { free: Mutex::new(count), freed: Condvar::new() })
    }

    /// Takes one, once it is free.
    pub(super) fn take(self: &Arc<Self>) -> Room {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let mut free = self.freed.wait_while(free, |free| *free == 0).unwrap_or_else(PoisonError::into_inner);
        *free -= 1;
        drop(free);
        Room(Arc::clone(self))
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.freed.notify_one();
    }
}

/// A piece of a shard: some of its rows.
#[derive(Debug)]
pub(super) struct Part<T> {
    /// The shard; whoever is the last to have it has made the last of it.
    pub(super) making: Arc<T>,
    /// Which of its pieces.
    pub(super) index: usize,
    /// The rows.
    pub(super) rows: Range<usize>,
}

/// Pieces of shards, in an order that the threads have no part in.
#[derive(Debug)]
pub(super) struct Lanes<T, S> {
    /// Those that are not begun, and how many rows each has.
    shards: S,
    /// Those that have rows left, which are told, the one whose turn it is first.
    begun: VecDeque<(Arc<T>, Range<usize>)>,
    /// So many shards are begun at once.
    width: usize,
    rows_of_piece: usize,
}

impl<T, S> Lanes<T, S> {
    /// Pieces of so many rows, of `width` shards in turn.
    pub(super) fn new(shards: S, width: usize, rows_of_piece: usize) -> Self {
        Self { shards, begun: VecDeque::new(), width, rows_of_piece }
    }
}

/// Pieces in their order, shown to `see` while at least [`FORESEEN`] rows are before them, so that what they read can be on its way.
#[derive(Debug)]
pub(super) struct Foreseen<T, I, F> {
    pieces: I,
    /// Those that were shown.
    seen: VecDeque<Part<T>>,
    /// The rows of these.
    rows: usize,
    see: F,
}

/// Rows that are foreseen at least, as many as a bucket has requests on their way.
const FORESEEN: usize = 64;

impl<T, I: Iterator<Item = Part<T>>, F: FnMut(&[Part<T>])> Foreseen<T, I, F> {
    /// Of `pieces`.
    pub(super) fn new(pieces: I, see: F) -> Self {
        Self { pieces, seen: VecDeque::new(), rows: 0, see }
    }

    /// Shows as many rows again, if there are.
    fn look(&mut self) {
        let mut more = Vec::new();
        while self.rows < 2 * FORESEEN {
            let Some(part) = self.pieces.next() else { break };
            self.rows += part.rows.len();
            more.push(part);
        }
        if !more.is_empty() {
            (self.see)(&more);
        }
        self.seen.extend(more);
    }
}

impl<T, I: Iterator<Item = Part<T>>, F: FnMut(&[Part<T>])> Iterator for Foreseen<T, I, F> {
    type Item = Part<T>;

    fn next(&mut self) -> Option<Part<T>> {
        if self.rows < FORESEEN {
            self.look();
        }
        let part = self.seen.pop_front()?;
        self.rows -= part.rows.len();
        Some(part)
    }
}

impl<T, S: Iterator<Item = (T, usize)>> Iterator for Lanes<T, S> {
    type Item = Part<T>;

    fn next(&mut self) -> Option<Part<T>> {
        let another = if self.begun.len() < self.width { self.shards.next() } else { None };
        let another = another.map(|(shard, rows)| (Arc::new(shard), 0..rows));
        let (making, left) = another.or_else(|| self.begun.pop_front())?;
        let end = left.end.min(left.start + self.rows_of_piece);
        if end < left.end {
            self.begun.push_back((Arc::clone(&making), end..left.end));
        }
        Some(Part { making, index: left.start / self.rows_of_piece, rows: left.start..end })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;
    use std::sync::mpsc::channel;
    use std::time::Duration;

    /// Which piece of which shard, and its rows.
    fn parts(width: usize) -> Vec<(char, usize, usize, usize)> {
        let shards = [('a', 5), ('b', 2), ('c', 1), ('d', 4)];
        Lanes::new(shards.into_iter(), width, 2).map(|part| (*part.making, part.index, part.rows.start, part.rows.end)).collect()
    }

    #[test]
    fn shards_take_turns_and_the_next_begins_where_one_ends() {
        let in_turn =
            [('a', 0, 0, 2), ('b', 0, 0, 2), ('c', 0, 0, 1), ('d', 0, 0, 2), ('a', 1, 2, 4), ('d', 1, 2, 4), ('a', 2, 4, 5)];
        assert_eq!(parts(2), in_turn);
        let mut one_by_one = parts(1);
        assert!(one_by_one.is_sorted());
        let mut all = parts(9);
        one_by_one.sort();
        all.sort();
        assert_eq!(all, one_by_one);
    }

    #[test]
    fn whoever_has_the_last_piece_has_the_shard() {
        let mut lanes = Lanes::new([('a', 3)].into_iter(), 1, 2);
        let (first, last) = (lanes.next().unwrap(), lanes.next().unwrap());
        assert_eq!((Arc::into_inner(last.making), Arc::into_inner(first.making)), (None, Some('a')));
    }

    #[test]
    fn pieces_are_shown_long_before_their_turn() {
        for (rows, of_piece) in [(1000, 3), (1000, 100), (50, 7), (1, 1)] {
            let pieces =
                || Lanes::new([('a', rows), ('b', rows / 3), ('c', 2)].into_iter().filter(|(_, rows)| *rows > 0), 2, of_piece);
            let all = |part: &Part<char>| (*part.making, part.rows.clone());
            let (expected, shown) = (pieces().map(|part| all(&part)).collect::<Vec<_>>(), RefCell::new(Vec::new()));
            let total: usize = expected.iter().map(|(_, rows)| rows.len()).sum();
            let mut made = 0;
            let foreseen = Foreseen::new(pieces(), |parts| shown.borrow_mut().extend(parts.iter().map(all)));
            for (part, expected) in foreseen.zip(&expected) {
                assert_eq!(all(&part), *expected);
                let shown: usize = shown.borrow().iter().map(|(_, rows)| rows.len()).sum();
                assert!(shown >= total.min(made + FORESEEN), "{shown} shown when {made} were made");
                assert!(shown < made + 2 * FORESEEN + of_piece, "{shown} shown when {made} were made");
                made += part.rows.len();
            }
            assert_eq!((made, &*shown.borrow()), (total, &expected), "each is shown once");
        }
    }

    #[test]
    fn who_finds_no_room_waits_until_one_is_free() {
        let rooms = Rooms::new(1);
        let room = rooms.take();
        let (tell, told) = channel();
        std::thread::spawn(move || tell.send(rooms.take()));
        assert!(told.recv_timeout(Duration::from_millis(50)).is_err());
        drop(room);
        assert!(told.recv_timeout(Duration::from_secs(60)).is_ok());
    }
}

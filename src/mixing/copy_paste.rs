//! Things that are cut out of another row (Ghiasi et al., "Simple Copy-Paste", 2021).

use super::{Made, Rules};
use crate::kernels::mix::lay_where;
use crate::rng::Key;
use crate::targets::{Hiding, mask};

/// What a mask has where there is nothing.
const BACKGROUND: u32 = 0;

/// Each thing with a box comes over with `chance`: what lies in its outline and, if there are masks, is neither
/// background nor unknown. Where a dataset has no boxes, all of the mask comes over that is neither. The other row's share is that of
/// the pixels.
pub(super) fn apply(chance: f64, row: &mut Made, other: &mut Made, rules: Rules<'_>, key: Key, pasted: &mut Vec<bool>) {
    let size = row.image.size();
    choose(chance, other, key);
    pasted.clear();
    pasted.resize(size.pixels() as usize, !rules.boxes);
    other.carried.cover(size, pasted);
    if other.has_mask() {
        for (pasted, pixel) in pasted.iter_mut().zip(other.mask.bytes().as_chunks().0) {
            let id = mask::id(*pixel);
            *pasted &= id != BACKGROUND && id != rules.ignore_index;
        }
        lay_where(other.mask.bytes(), pasted, row.mask.bytes_mut());
    }
    lay_where(other.image.bytes(), pasted, row.image.bytes_mut());
    let width = size.width as usize;
    row.carried.hides(|x, y| x < size.width && y < size.height && pasted[y as usize * width + x as usize], Hiding::Parts);
    let count = pasted.iter().filter(|pasted| **pasted).count();
    row.take_share(other, count as f64 / size.pixels() as f64);
    row.take_carried(other, rules);
}

/// Leaves the things of `other` that come over.
fn choose(chance: f64, other: &mut Made, key: Key) {
    let stays: Vec<bool> = (0..other.classes.len() as u64).map(|n| key.number(n).rng().chance(chance)).collect();
    other.carried.retain(&stays);
    let mut stays = stays.iter();
    other.classes.retain(|_| stays.next().is_some_and(|stays| *stays));
}

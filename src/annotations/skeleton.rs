//! The key points of a class: their names, what joins them, and which change places in a mirror.

/// The key points that every object of a class has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Skeleton {
    /// Their names, in the order in which they are written; places from 0 count in this order.
    pub names: Vec<String>,
    /// Pairs that are joined by a line, by place.
    pub edges: Vec<[usize; 2]>,
    /// For each point, the place of the one that it is called after the picture is mirrored: itself, if it has no side.
    pub flip: Vec<usize>,
}

/// For each name, the place of its twin of the other side, as `left_eye` has in `right_eye`; else its own place.
///
/// `left` and `right` are taken where they are a word of the name, in small letters, capitals or with a capital.
pub(super) fn flip_pairs(names: &[String]) -> Vec<usize> {
    let twin = |name: &String| names.iter().position(|other| *other == mirrored(name));
    let flip: Vec<usize> = names.iter().enumerate().map(|(own, name)| twin(name).unwrap_or(own)).collect();
    // A name that is there twice must not send two points to one place.
    flip.iter().enumerate().map(|(own, there)| if flip[*there] == own { *there } else { own }).collect()
}

fn mirrored(name: &str) -> String {
    const SIDES: [(&str, &str); 3] = [("left", "right"), ("Left", "Right"), ("LEFT", "RIGHT")];
    let word = |word: &str| {
        let side = SIDES.iter().find_map(|(left, right)| match word {
            _ if word == *left => Some(*right),
            _ if word == *right => Some(*left),
            _ => None,
        });
        side.unwrap_or(word).to_string()
    };
    let parts = name.split_inclusive(|c: char| !c.is_alphanumeric());
    parts
        .map(|part| match part.char_indices().next_back() {
            Some((end, last)) if !last.is_alphanumeric() => word(&part[..end]) + &part[end..],
            _ => word(part),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::flip_pairs;

    fn pairs(names: &[&str]) -> Vec<usize> {
        flip_pairs(&names.iter().map(|name| (*name).to_string()).collect::<Vec<_>>())
    }

    #[test]
    fn sides_change_places() {
        assert_eq!(pairs(&["nose", "left_eye", "right_eye", "Ear Right", "Ear Left", "left_knee"]), [0, 2, 1, 4, 3, 5]);
    }

    #[test]
    fn words_that_hold_a_side_have_none() {
        assert_eq!(pairs(&["leftover", "rightover", "aleft_b", "aright_b"]), [0, 1, 2, 3]);
    }

    #[test]
    fn every_point_keeps_a_place_of_its_own() {
        assert_eq!(pairs(&["left_a", "left_a", "right_a"]), [2, 1, 0]);
    }
}

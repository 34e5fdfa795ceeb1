//! One class for each picture, as balancing takes it.

use super::{Head, Labels, Values};
use crate::error::{Error, Result, unknown};
use crate::spec::{Balance, Spec};

/// The class of every picture, by one head.
#[derive(Clone, Debug)]
pub struct Membership {
    /// What arrays of the head are called.
    pub head: String,
    /// Names of the classes.
    pub names: Vec<String>,
    /// The number of the class of each picture, in the order of the items.
    pub of: Vec<usize>,
}

impl Membership {
    /// What `balance` needs of `labels`; `None` if the spec has none.
    ///
    /// # Errors
    /// If there is no such head, or a picture may have several classes, or none.
    pub fn of_labels(spec: &Spec, labels: &Labels) -> Result<Option<Self>> {
        let Some(balance) = &spec.balance else { return Ok(None) };
        let head = chosen(balance, &labels.heads).map_err(|problem| Error::Spec(vec![format!("balance: {problem}")]))?;
        let Values::One(ids) = &head.values else {
            let problem = "balance: pictures have several classes, or numbers (balance by a head of one class for each picture)";
            return Err(Error::Spec(vec![problem.into()]));
        };
        let of = ids.iter().map(|id| usize::try_from(*id).unwrap_or(0)).collect();
        Ok(Some(Self { head: head.array(), names: head.classes.clone(), of }))
    }

    /// Of how many of the pictures `items` each class is.
    pub fn counts_of(&self, items: &[usize]) -> Vec<u64> {
        let mut counts = vec![0; self.names.len()];
        items.iter().for_each(|&at| counts[self.of[at]] += 1);
        counts
    }
}

fn chosen<'a>(balance: &Balance, heads: &'a [Head]) -> std::result::Result<&'a Head, String> {
    let named = |name: &String| heads.iter().find(|head| head.name.as_ref() == Some(name));
    match &balance.head {
        None => heads.first().ok_or_else(|| "pictures have no labels (say where they come from: labels)".into()),
        Some(name) => named(name).ok_or_else(|| {
            let known: Vec<&str> = heads.iter().filter_map(|head| head.name.as_deref()).collect();
            let unnamed = "labels have one head, without a name: leave `head` out";
            if known.is_empty() { format!("unknown head `{name}` ({unnamed})") } else { unknown("head", name, &known) }
        }),
    }
}

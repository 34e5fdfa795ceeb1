//! Steps made of steps: one of them, some of them, in any order, for some channels, epochs or classes.

use super::step::{Step, draw_all, references_of, sizes_after};
use super::{Chain, Recipe, Row, Taken, Within};
use crate::image::{Size, Sizes};
use crate::ops::References;
use crate::rng::{Key, Rng};
use crate::spec::fields::Whole;

/// The most steps that a choice is made from.
pub const MOST_CHOICES: usize = 256;

/// How steps are put together.
#[derive(Clone, Debug)]
pub enum Composition {
    /// All of them, in order.
    Sequential(Vec<Step>),
    /// One of them, each as often as its weight says.
    OneOf(Choices),
    /// Some of them, in the order in which they are listed.
    SomeOf {
        /// What is chosen from.
        of: Choices,
        /// How many.
        n: Whole,
        /// Whether one may be chosen more than once.
        replace: bool,
    },
    /// Some or all of them, in a drawn order.
    RandomOrder {
        /// The steps.
        steps: Vec<Step>,
        /// How many, if not all.
        n: Option<Whole>,
    },
    /// The first steps with probability `share`, else the second.
    OneOrOther {
        /// How often the first are taken.
        share: f64,
        /// The first.
        first: Vec<Step>,
        /// The second.
        second: Vec<Step>,
    },
    /// All of them, on these channels only.
    Channels {
        /// Red, green, blue.
        channels: [bool; 3],
        /// The steps.
        steps: Vec<Step>,
    },
    /// `n` times one of the steps: what a published policy comes down to.
    Policy {
        /// The word in the spec.
        name: &'static str,
        /// How many are drawn; the same one may come again.
        n: usize,
        /// What is chosen from.
        of: Choices,
    },
    /// The picture, and chains of steps laid over it.
    Augmix(Augmix),
    /// These steps if `when` holds, and others if not.
    When {
        /// What must hold.
        when: When,
        /// The steps.
        steps: Vec<Step>,
        /// The others.
        otherwise: Vec<Step>,
    },
}

/// How [`Composition::Augmix`] lays chains over the picture.
#[derive(Clone, Debug)]
pub struct Augmix {
    /// What a chain is made of.
    pub of: Choices,
    /// How many chains.
    pub width: usize,
    /// How many steps a chain has.
    pub depth: Whole,
    /// The shares are drawn of the Dirichlet law, and what is kept of the beta law, with these parameters.
    pub alpha: f64,
}

/// What is known of a row before it is made.
#[derive(Clone, Debug)]
pub enum When {
    /// The epoch is from the first number to the second.
    Epochs(u64, u64),
    /// The class is one of these.
    Classes(Vec<String>),
}

/// Steps to choose from.
#[derive(Clone, Debug)]
pub struct Choices {
    /// The steps.
    pub steps: Vec<Step>,
    /// How often each is chosen, against the others.
    pub weights: Vec<f64>,
}

impl Choices {
    /// Chooses one of those that are not in `taken`.
    fn choose(&self, rng: &mut Rng, taken: &[u16]) -> usize {
        let left = |i: &usize| !taken.contains(&(*i as u16));
        let weight = |i: usize| self.weights[i];
        let total: f64 = (0..self.steps.len()).filter(left).map(weight).sum();
        let mut at = rng.uniform(0.0, 1.0) * total;
        let mut last = 0;
        for i in (0..self.steps.len()).filter(left).filter(|i| weight(*i) > 0.0) {
            last = i;
            at -= weight(i);
            if at < 0.0 {
                break;
            }
        }
        last
    }
}

impl Composition {
    /// The word in the spec.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Sequential(_) => "sequential",
            Self::OneOf(_) => "one_of",
            Self::SomeOf { .. } => "some_of",
            Self::RandomOrder { .. } => "random_order",
            Self::OneOrOther { .. } => "one_or_other",
            Self::Channels { .. } => "channels",
            Self::Policy { name, .. } => name,
            Self::Augmix(_) => "augmix",
            Self::When { when: When::Epochs(..), .. } => "at_epochs",
            Self::When { when: When::Classes(_), .. } => "on_classes",
        }
    }

    pub(super) fn is_fixed(&self) -> bool {
        match self {
            Self::Sequential(steps) | Self::Channels { steps, .. } => steps.iter().all(Step::is_fixed),
            _ => false,
        }
    }

    pub(super) fn sizes(&self, input: Sizes, at: &str) -> Result<Sizes, String> {
        let name = self.name();
        let list = |field: &str| format!("{at}.{field}");
        match self {
            Self::Sequential(steps) => sizes_after(steps, input, &list("steps")),
            Self::OneOf(of) => of
                .steps
                .iter()
                .enumerate()
                .map(|(i, step)| step.sizes(input, &format!("{at}.of[{i}]")))
                .reduce(|a, b| Ok(a?.hull(b?)))
                .unwrap_or(Ok(input)),
            Self::OneOrOther { first, second, .. } => {
                Ok(sizes_after(first, input, &list("first"))?.hull(sizes_after(second, input, &list("second"))?))
            }
            Self::When { steps, otherwise, .. } => {
                Ok(sizes_after(steps, input, &list("steps"))?.hull(sizes_after(otherwise, input, &list("otherwise"))?))
            }
            Self::SomeOf { of: Choices { steps, .. }, .. }
            | Self::Policy { of: Choices { steps, .. }, .. }
            | Self::Augmix(Augmix { of: Choices { steps, .. }, .. }) => keeping(steps, input, &list("of"), name),
            Self::RandomOrder { steps, .. } | Self::Channels { steps, .. } => keeping(steps, input, &list("steps"), name),
        }
    }

    pub(super) fn draw(&self, key: Key, rng: &mut Rng, row: &Row<'_>, size: Size, recipe: &mut Recipe) -> Size {
        match self {
            Self::Sequential(steps) => draw_all(steps, key, row, size, recipe),
            Self::OneOf(of) => {
                let chosen = of.choose(rng, &[]);
                of.steps[chosen].draw(key.number(chosen as u64), row, size, recipe)
            }
            Self::SomeOf { of, n, replace } => {
                let mut chosen = [0u16; MOST_CHOICES];
                let n = usize::try_from(n.draw(rng)).unwrap_or(0).min(MOST_CHOICES);
                for k in 0..n {
                    chosen[k] = of.choose(rng, if *replace { &[] } else { &chosen[..k] }) as u16;
                }
                chosen[..n].sort_unstable();
                in_order(&of.steps, &chosen[..n], key, row, size, recipe)
            }
            Self::RandomOrder { steps, n } => {
                let mut order: [u16; MOST_CHOICES] = std::array::from_fn(|i| i as u16);
                let n = n.map_or(steps.len(), |n| usize::try_from(n.draw(rng)).unwrap_or(0));
                rng.shuffle(&mut order[..steps.len()]);
                in_order(steps, &order[..n.min(steps.len())], key, row, size, recipe)
            }
            Self::OneOrOther { share, first, second } => {
                // Apart from the keys of the other list, so that an edit of one leaves the other alone.
                let (chosen, word) = if rng.chance(*share) { (first, "first") } else { (second, "second") };
                draw_all(chosen, key.word(word.as_bytes()), row, size, recipe)
            }
            Self::Channels { channels, steps } => {
                let mut inner = Recipe::new();
                draw_all(steps, key, row, size, &mut inner);
                if !inner.is_empty() {
                    recipe.push(Taken::Within(Within::Channels { channels: *channels, steps: inner }));
                }
                size
            }
            Self::Policy { n, of, .. } => (0..*n as u64).fold(size, |size, k| {
                let chosen = of.choose(rng, &[]);
                of.steps[chosen].draw(key.number(k).number(chosen as u64), row, size, recipe)
            }),
            Self::Augmix(augmix) => {
                recipe.push(Taken::Within(augmix.draw(key, rng, row, size)));
                size
            }
            Self::When { when, steps, otherwise } => {
                let (chosen, word) = if when.holds(row) { (steps, "steps") } else { (otherwise, "otherwise") };
                draw_all(chosen, key.word(word.as_bytes()), row, size, recipe)
            }
        }
    }

    pub(super) fn classes<'a>(&'a self, named: &mut Vec<&'a str>) {
        if let Self::When { when: When::Classes(classes), .. } = self {
            named.extend(classes.iter().map(String::as_str));
        }
        self.lists().iter().flat_map(|(_, steps)| *steps).for_each(|step| step.classes(named));
    }

    /// Its steps, by the fields that they stand in.
    pub(super) fn lists(&self) -> [(&'static str, &[Step]); 2] {
        match self {
            Self::Sequential(steps) | Self::RandomOrder { steps, .. } | Self::Channels { steps, .. } => {
                [("steps", steps), ("", &[])]
            }
            Self::OneOf(of) | Self::SomeOf { of, .. } | Self::Policy { of, .. } | Self::Augmix(Augmix { of, .. }) => {
                [("of", &of.steps), ("", &[])]
            }
            Self::OneOrOther { first, second, .. } => [("first", first), ("second", second)],
            Self::When { steps, otherwise, .. } => [("steps", steps), ("otherwise", otherwise)],
        }
    }

    /// Whether it lays the pictures that its steps make over the picture itself.
    pub(super) fn mixes(&self) -> bool {
        matches!(self, Self::Channels { .. } | Self::Augmix(_))
    }

    /// Shows every op that refers to pictures, with its place; `at` is the place of this composition.
    pub(super) fn references(&mut self, at: &str, visit: &mut dyn FnMut(&str, &mut References)) {
        let mut list = |field: &str, steps: &mut [Step]| references_of(steps, &format!("{at}.{field}"), visit);
        match self {
            Self::Sequential(steps) | Self::RandomOrder { steps, .. } | Self::Channels { steps, .. } => list("steps", steps),
            Self::OneOf(of) | Self::SomeOf { of, .. } | Self::Policy { of, .. } | Self::Augmix(Augmix { of, .. }) => {
                list("of", &mut of.steps);
            }
            Self::OneOrOther { first, second, .. } => {
                list("first", first);
                list("second", second);
            }
            Self::When { steps, otherwise, .. } => {
                list("steps", steps);
                list("otherwise", otherwise);
            }
        }
    }
}

impl Augmix {
    fn draw(&self, key: Key, rng: &mut Rng, row: &Row<'_>, size: Size) -> Within {
        let mut halves = [0.0; 2];
        rng.dirichlet(self.alpha, &mut halves);
        let mut shares = vec![0.0; self.width];
        rng.dirichlet(self.alpha, &mut shares);
        let chain = |(share, i): (f64, u64)| {
            let key = key.number(i);
            let mut steps = Recipe::new();
            for k in 0..self.depth.draw(rng).unsigned_abs() {
                let chosen = self.of.choose(rng, &[]);
                self.of.steps[chosen].draw(key.number(k).number(chosen as u64), row, size, &mut steps);
            }
            Chain { share: share * halves[1], steps }
        };
        let chains = shares.into_iter().zip(0..).map(chain).collect();
        Within::Augmix { kept: halves[0], chains }
    }
}

impl When {
    fn holds(&self, row: &Row<'_>) -> bool {
        match self {
            Self::Epochs(from, to) => (*from..=*to).contains(&row.epoch),
            Self::Classes(classes) => classes.iter().any(|class| class == row.class),
        }
    }
}

/// Steps of which any may come first must all keep the size: else it would depend on the draw.
fn keeping(steps: &[Step], input: Sizes, at: &str, name: &str) -> Result<Sizes, String> {
    for (i, step) in steps.iter().enumerate() {
        let after = step.sizes(input, &format!("{at}[{i}]"))?;
        if after != input {
            return Err(format!(
                "{at}[{i}] {}: makes {after} of {input} (steps of {name} keep the size; put those that change it before or after)",
                step.name()
            ));
        }
    }
    Ok(input)
}

/// Decides for the steps in `order`; one that comes again draws again.
fn in_order(steps: &[Step], order: &[u16], key: Key, row: &Row<'_>, size: Size, recipe: &mut Recipe) -> Size {
    order.iter().enumerate().fold(size, |size, (k, chosen)| {
        let own = key.number(u64::from(*chosen));
        let again = order[..k].iter().filter(|before| *before == chosen).count() as u64;
        let own = if again == 0 { own } else { own.word(b"again").number(again) };
        steps[usize::from(*chosen)].draw(own, row, size, recipe)
    })
}

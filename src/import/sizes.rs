//! Which size pictures have after the steps so far: some arguments are pixels where ours are fractions.

use crate::image::{Size, Sizes};
use crate::spec::{Overrides, Spec, VERSION};
use serde_json::{Value, json};

/// Pictures that nobody would crop or pad to one size by chance. If they have one, all have it.
const PROBES: [Size; 2] = [Size::new(3989, 3001), Size::new(2999, 4001)];

/// What becomes of pictures of differing sizes.
#[derive(Clone, Copy, Debug)]
pub struct Sizing([Sizes; 2]);

impl Default for Sizing {
    fn default() -> Self {
        Self(PROBES.map(Sizes::one))
    }
}

impl Sizing {
    /// The size that all pictures have, if they have one.
    pub fn known(&self) -> Option<Size> {
        let [a, b] = self.0.map(Sizes::fixed);
        a.filter(|_| a == b)
    }

    /// After one more step of ours.
    #[must_use]
    pub fn after(self, step: &Value) -> Self {
        let text = json!({"version": VERSION, "pipeline": [step]}).to_string();
        let Ok(spec) = Spec::parse("", &text, &Overrides::default()) else { return self };
        let change = |sizes: Sizes| spec.pipeline.steps.iter().try_fold(sizes, |sizes, step| step.sizes(sizes, "").ok());
        let after = |i: usize| change(self.0[i]).unwrap_or(Sizes::one(PROBES[i]));
        Self([after(0), after(1)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_known_after_a_step_that_makes_it() {
        let any = Sizing::default();
        assert_eq!(any.known(), None);
        let resized = any.after(&json!({"op": "resize", "width": 320, "height": 200}));
        assert_eq!(resized.known(), Some(Size::new(320, 200)));
        let perhaps = resized.after(&json!({"op": "center_crop", "width": 100, "height": 100, "p": 0.5}));
        assert_eq!(perhaps.known(), None);
        assert_eq!(any.after(&json!({"op": "pad", "left": 3})).known(), None);
        assert_eq!(any.after(&json!({"op": "random_crop", "width": 9, "height": 8})).known(), Some(Size::new(9, 8)));
    }
}

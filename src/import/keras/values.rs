//! What values a layer sees: they stand for levels, and layers before may have scaled them.

use crate::import::call::{Call, number};
use crate::import::json::plain;
use serde_json::{Map, Value, json};

/// How values stand to levels: `value = (level rescale - mean) / std`, for each channel.
#[derive(Clone, Debug)]
pub(super) struct Values {
    rescale: f64,
    mean: [f64; 3],
    std: [f64; 3],
}

impl Default for Values {
    fn default() -> Self {
        Self { rescale: 1.0, mean: [0.0; 3], std: [1.0; 3] }
    }
}

impl Values {
    /// The level that `value` stands for, in each channel.
    pub(super) fn levels(&self, value: f64) -> [f64; 3] {
        std::array::from_fn(|c| (value * self.std[c] + self.mean[c]) / self.rescale)
    }

    /// The values of black and white, of the first channel.
    fn ends(&self) -> [f64; 2] {
        [0.0, 255.0].map(|level| (level * self.rescale - self.mean[0]) / self.std[0])
    }

    /// Whether values are levels.
    pub(super) fn are_levels(&self) -> bool {
        self.rescale == 1.0 && self.mean == [0.0; 3] && self.std == [1.0; 3]
    }

    /// What a layer that makes `value scale + offset` leaves.
    fn scale(&mut self, scale: [f64; 3], offset: [f64; 3]) {
        if self.std == [1.0; 3] && scale == [scale[0]; 3] {
            self.rescale *= scale[0];
            self.mean = std::array::from_fn(|c| self.mean[c] * scale[0] - offset[c]);
            return;
        }
        for c in 0..3 {
            self.std[c] /= scale[c];
            self.mean[c] -= offset[c] * self.std[c];
        }
    }

    /// What a layer that makes `(value - mean) / std` leaves.
    fn normalize(&mut self, mean: [f64; 3], std: [f64; 3]) {
        for c in 0..3 {
            self.mean[c] += mean[c] * self.std[c];
            self.std[c] *= std[c];
        }
    }

    /// Says in `output` what becomes of levels.
    pub(super) fn describe(&self, output: &mut Map<String, Value>) {
        // All digits of it: 1/255 decides the last bit of what is made.
        if self.rescale != 1.0 {
            output.insert("rescale".into(), json!(self.rescale));
        }
        for (name, numbers, default) in [("mean", self.mean, 0.0), ("std", self.std, 1.0)] {
            if numbers != [default; 3] {
                // A zero has no sign here.
                let numbers = numbers.map(|number| plain(number + 0.0));
                let alike = numbers.iter().all(|number| *number == numbers[0]);
                output.insert(name.into(), if alike { numbers[0].clone() } else { numbers.to_vec().into() });
            }
        }
    }

    /// Takes `value_range` of a layer whose work depends on it: it must be the range that values have.
    pub(super) fn take_range(&self, call: &mut Call<'_>) {
        if let Some((low, high)) = self.other_range(call) {
            let [black, white] = self.ends().map(plain);
            call.refuse(
                "value_range",
                &format!("[{low}, {high}], but pictures are {black} to {white} here (give it value_range=({black}, {white}))"),
            );
        }
    }

    /// Takes `value_range` of a layer that only cuts by it.
    pub(super) fn take_cut(&self, call: &mut Call<'_>) {
        if let Some((low, high)) = self.other_range(call) {
            let [black, white] = self.ends().map(plain);
            call.note(&format!(
                "value_range is [{low}, {high}], but pictures are {black} to {white} here: what leaves that range Keras lets stand, and rows have it cut"
            ));
        }
    }

    /// Takes `value_range`, and gives it if it is not the range that values have.
    fn other_range(&self, call: &mut Call<'_>) -> Option<(Value, Value)> {
        let (low, high) = call.range("value_range", (0.0, 255.0));
        let near = |value, level: f64| self.levels(value).iter().all(|found| (found - level).abs() < 0.01);
        (!near(low, 0.0) || !near(high, 255.0)).then(|| (plain(low), plain(high)))
    }

    /// Takes a value that something is filled with, and gives a colour; `None` if there is no such level.
    pub(super) fn take_fill(&self, call: &mut Call<'_>, argument: &str) -> Option<Value> {
        let channels = match call.take(argument) {
            None => [0.0; 3],
            Some(Value::Array(list)) if list.len() == 3 && list.iter().all(|value| number(value).is_some()) => {
                std::array::from_fn(|c| number(&list[c]).unwrap_or(0.0))
            }
            Some(value) => match number(&value) {
                Some(one) => [one; 3],
                None => {
                    call.expected(argument, "a number", &value);
                    return None;
                }
            },
        };
        let levels: [f64; 3] = std::array::from_fn(|c| self.levels(channels[c])[c]);
        if levels.iter().any(|level| !(-0.5..255.5).contains(level)) {
            let [black, white] = self.ends().map(plain);
            call.refuse(argument, &format!("stands for no level (pictures are {black} to {white} here)"));
            return None;
        }
        let levels = levels.map(|level| plain((level + 0.5).floor()));
        Some(if levels.iter().all(|level| *level == levels[0]) { levels[0].clone() } else { levels.to_vec().into() })
    }
}

/// Layers that only change what values stand for.
pub(super) const TABLE: &[(&str, &[&str], Convert)] =
    &[("Rescaling", &["scale", "offset"], rescaling), ("Normalization", &["axis", "mean", "variance", "invert"], normalization)];

/// Changes the values.
type Convert = fn(&mut Call<'_>, &mut Values);

fn rescaling(call: &mut Call<'_>, values: &mut Values) {
    let Some(scale) = per_channel(call, "scale") else { return call.refuse("scale", "missing (a number)") };
    let offset = per_channel(call, "offset").unwrap_or([0.0; 3]);
    if scale.iter().any(|scale| *scale <= 0.0) {
        return call.refuse("scale", "not above 0 (rows are multiplied by a positive number)");
    }
    values.scale(scale, offset);
}

fn normalization(call: &mut Call<'_>, values: &mut Values) {
    if call.flag("invert", false) {
        call.refuse("invert", "true: undoes a normalisation (leave the layer out)");
    }
    let last = |axis: &Value| [Some(-1), Some(3)].contains(&axis.as_i64());
    let axis = call.take("axis").unwrap_or(json!(-1));
    let known = match &axis {
        Value::Array(axes) => axes.is_empty() || matches!(axes.as_slice(), [axis] if last(axis)),
        axis => last(axis),
    };
    if !known {
        call.refuse("axis", &format!("{axis}: only the channels, -1, or all values together can be normalised"));
    }
    let (mean, variance) = (per_channel(call, "mean"), per_channel(call, "variance"));
    let (Some(mean), Some(variance)) = (mean, variance) else {
        return call.refuse(
            "mean",
            "is not in the file: adapt() keeps it with the weights (write Normalization(mean=..., variance=...), or give `output` mean and std)",
        );
    };
    // Keras divides by no less than its epsilon.
    let std = variance.map(|variance| variance.max(0.0).sqrt().max(1e-7));
    values.normalize(mean, std);
}

/// Takes a number, or one for each channel, as deep in lists as it may be.
fn per_channel(call: &mut Call<'_>, argument: &str) -> Option<[f64; 3]> {
    let value = call.take(argument)?;
    let mut found = &value;
    while let Value::Array(list) = found
        && let [one] = list.as_slice()
    {
        found = one;
    }
    let numbers = match found {
        Value::Array(list) if list.len() == 3 => {
            let numbers: Option<Vec<f64>> = list.iter().map(number).collect();
            numbers.and_then(|numbers| numbers.try_into().ok())
        }
        one => number(one).map(|one| [one; 3]),
    };
    if numbers.is_none() {
        call.expected(argument, "a number, or one for each of three channels", &value);
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(values: &Values) -> String {
        let mut output = Map::new();
        values.describe(&mut output);
        Value::Object(output).to_string()
    }

    #[test]
    fn rescalings_come_together() {
        let mut values = Values::default();
        values.scale([0.5; 3], [0.0; 3]);
        values.scale([2.0; 3], [-1.0; 3]);
        assert_eq!(values.levels(0.0), [1.0; 3]);
        assert_eq!(described(&values), r#"{"mean":1}"#);
    }

    #[test]
    fn a_normalisation_after_a_rescaling() {
        let mut values = Values::default();
        values.scale([1.0 / 255.0; 3], [0.0; 3]);
        values.normalize([0.5; 3], [0.5, 0.25, 0.2]);
        assert_eq!(described(&values), r#"{"rescale":0.00392156862745098,"mean":0.5,"std":[0.5,0.25,0.2]}"#);
        assert!(values.levels(0.0).iter().all(|level| (level - 127.5).abs() < 1e-9));
    }
}

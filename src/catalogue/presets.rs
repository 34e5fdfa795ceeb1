//! Specs to start with.

use super::known;
use crate::report::Told;
use clap::ValueEnum;
use serde_json::Value;

/// What the pictures are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum Preset {
    /// Photos: random_resized_crop, flip, jitter, as ImageNet is trained on.
    Photos,
    /// Pictures of 32x32: pad, crop, flip, as CIFAR is trained on.
    SmallPictures,
    /// Photos for a pretrained network: mild, normalised with ImageNet's mean and std.
    FineTuning,
    /// Scanned or photographed pages: slight turns, blur, compression.
    Documents,
    /// Gray medical pictures: slight poses, elastic, gamma, noise.
    MedicalGray,
    /// Pictures from above: all eight symmetries.
    Satellite,
    /// A generator of Pillow and SciPy: rotate, zoom, shift, one after the other.
    Scipy,
    /// A tf.data pipeline of tf.image: flip, brightness, contrast.
    TfImage,
    /// A Sequence of Keras layers.
    KerasSequence,
}

impl Preset {
    /// The spec.
    pub fn text(self) -> &'static str {
        match self {
            Self::Photos => include_str!("presets/photos.json"),
            Self::SmallPictures => include_str!("presets/small_pictures.json"),
            Self::FineTuning => include_str!("presets/fine_tuning.json"),
            Self::Documents => include_str!("presets/documents.json"),
            Self::MedicalGray => include_str!("presets/medical_gray.json"),
            Self::Satellite => include_str!("presets/satellite.json"),
            Self::Scipy => include_str!("../../fixtures/specs/scipy.json"),
            Self::TfImage => include_str!("../../fixtures/specs/tf_image.json"),
            Self::KerasSequence => include_str!("../../fixtures/specs/keras_sequence.json"),
        }
    }
}

/// The spec to start with, and a line about each of its ops, since JSON takes no comments.
pub fn preset(preset: Preset) -> Box<dyn Told> {
    Box::new(Start(preset))
}

#[derive(Debug)]
struct Start(Preset);

impl Told for Start {
    fn text(&self) -> String {
        self.0.text().into()
    }

    fn json(&self) -> Value {
        serde_json::from_str(self.0.text()).unwrap_or_default()
    }

    fn notes(&self) -> Vec<String> {
        let text = self.0.text();
        let used = |name: &str| text.contains(&format!("\"op\": \"{name}\""));
        let about = known().into_iter().filter(|known| used(known.name));
        let lines = about.map(|known| format!("{}: {} (prebake ops {})", known.name, known.summary, known.name));
        lines.chain(["every field: docs/spec.md; a look at it: prebake preview INPUT --spec FILE -o sheet.html".into()]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{Overrides, Spec};

    #[test]
    fn every_preset_is_a_spec() {
        for preset in Preset::value_variants() {
            let spec = Spec::parse(&format!("{preset:?}"), preset.text(), &Overrides::default());
            assert!(spec.is_ok(), "{:?}", spec.err());
        }
    }
}

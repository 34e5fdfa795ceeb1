//! `loader`: one file of Python that reads a dataset where the package cannot be installed.
//!
//! It is the package's own source: what reads, and one framework's part, without the one line by which that takes what it needs.

use crate::report::Told;
use clap::ValueEnum;
use serde_json::{Value, json};

/// What reads datasets, with NumPy alone.
const DATASET: &str = include_str!("../python/prebake/_dataset.py");
/// How a framework's part begins the line that only the package needs.
const IN_THE_PACKAGE: &str = "from ._dataset import ";

/// What the printed file loads a dataset into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Framework {
    /// NumPy alone: `open(path)["train"].batches(epoch)`
    Numpy,
    /// Keras 3: `keras_sequence(split)`
    Keras,
    /// tf.data: `tf_dataset(split)`
    Tensorflow,
    /// PyTorch: `torch_dataset(split)`
    Torch,
    /// JAX and Grain: `grain_source(split)`
    #[value(alias = "jax")]
    Grain,
    /// NVIDIA DALI: `dali_files(split)`
    Dali,
}

/// A file of Python, to be printed.
#[derive(Debug)]
struct Loader(String);

/// The loader for a framework.
pub fn loader(framework: Framework) -> Box<dyn Told> {
    let part = match framework {
        Framework::Numpy => None,
        Framework::Keras => Some(include_str!("../python/prebake/_keras.py")),
        Framework::Tensorflow => Some(include_str!("../python/prebake/_tensorflow.py")),
        Framework::Torch => Some(include_str!("../python/prebake/_torch.py")),
        Framework::Grain => Some(include_str!("../python/prebake/_grain.py")),
        Framework::Dali => Some(include_str!("../python/prebake/_dali.py")),
    };
    let part = part.map(|part| part.split_inclusive('\n').filter(|line| !line.starts_with(IN_THE_PACKAGE)).collect::<String>());
    Box::new(Loader([DATASET.to_string()].into_iter().chain(part).collect::<Vec<_>>().join("\n\n")))
}

impl Told for Loader {
    fn text(&self) -> String {
        self.0.clone()
    }

    fn json(&self) -> Value {
        json!({ "loader": self.0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printed_loader_takes_nothing_of_the_package() {
        for framework in Framework::value_variants() {
            let text = loader(*framework).text();
            assert!(text.starts_with(DATASET), "{framework:?}");
            assert!(!text.lines().any(|line| line.trim_start().starts_with("from .")), "{framework:?}");
        }
        assert!(loader(Framework::Keras).text().contains("\ndef keras_sequence("));
        assert_eq!(loader(Framework::Numpy).text(), DATASET);
    }
}

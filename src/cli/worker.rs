//! Which share of a build a run does: as it is told, or as the system that started it says.

use crate::claims::LONGEST;
use crate::error::{Error, Result};
use crate::output::Worker;
use clap::Args;
use clap::builder::RangedI64ValueParser;
use std::time::Duration;

/// Which part of a build a run does.
#[derive(Clone, Copy, Debug, Args)]
pub struct Part {
    /// Build the I-th of N shares, or the one that the environment says: auto, auto/N (Slurm, MPI, Kubernetes, AWS Batch,
    /// HyperQueue); `prebake commit` finishes the dataset
    #[arg(long, value_name = "I/N", value_parser = parse_worker)]
    pub worker: Option<Share>,
    /// Build, block by block, what no other worker does, until all is there; such workers may come and go, and `prebake commit`
    /// finishes the dataset
    #[arg(long, conflicts_with_all = ["worker", "force", "update", "append_epochs"])]
    pub claim: bool,
    /// After so long others take over a block whose worker tells nothing any more
    #[arg(long, value_name = "SECONDS", default_value_t = 60, requires = "claim", allow_negative_numbers = true, value_parser = RangedI64ValueParser::<u64>::new().range(1..=LONGEST as i64))]
    pub lease: u64,
}

impl Part {
    /// The part; a worker that claims is called `owner`, and `variable` reads the environment.
    ///
    /// # Errors
    /// As [`Share::resolve`].
    pub fn resolve<'a>(&self, owner: &'a str, variable: impl Fn(&str) -> Option<String>) -> Result<Option<Worker<'a>>> {
        if self.claim {
            return Ok(Some(Worker::Claims { owner, lease: Duration::from_secs(self.lease) }));
        }
        let share = self.worker.map(|share| share.resolve(variable)).transpose()?;
        Ok(share.map(|(index, of)| Worker::Share(index, of)))
    }
}

/// A share, as `--worker` asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Share {
    /// `I/N`: the I-th of N, from 1.
    Given {
        /// Which, from 1.
        index: u64,
        /// Of how many.
        of: u64,
    },
    /// `auto` or `auto/N`: as the environment says.
    Auto {
        /// Of how many; nothing if the environment is to say that too.
        of: Option<u64>,
    },
}

/// A system that starts workers, and what it tells them.
#[derive(Debug)]
struct System {
    name: &'static str,
    /// The variable that numbers workers.
    index: &'static str,
    /// The variable that counts them, where the system has one.
    count: Option<&'static str>,
    first: First,
}

/// The number of the first worker.
#[derive(Debug)]
enum First {
    /// Always this one.
    Is(u64),
    /// What the one variable says; numbers differ by what the other says, or by 1.
    Told(&'static str, &'static str),
}

/// The first whose `index` is set decides.
///
/// Inner systems come before those that they run in: tasks of HyperQueue inherit the environment of the Slurm job that holds its workers.
/// Arrays come before ranks: a Slurm job gives every task of an array the rank 0 of 1, and MPI programs that `srun` starts have a
/// rank within their own task of the array.
const SYSTEMS: [System; 8] = [
    System { name: "HyperQueue", index: "HQ_TASK_ID", count: None, first: First::Is(1) },
    System {
        name: "Slurm's job array",
        index: "SLURM_ARRAY_TASK_ID",
        count: Some("SLURM_ARRAY_TASK_COUNT"),
        first: First::Told("SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_STEP"),
    },
    System {
        name: "AWS Batch",
        index: "AWS_BATCH_JOB_ARRAY_INDEX",
        count: Some("AWS_BATCH_JOB_ARRAY_SIZE"),
        first: First::Is(0),
    },
    System { name: "a Kubernetes Indexed Job", index: "JOB_COMPLETION_INDEX", count: None, first: First::Is(0) },
    System { name: "Open MPI", index: "OMPI_COMM_WORLD_RANK", count: Some("OMPI_COMM_WORLD_SIZE"), first: First::Is(0) },
    System { name: "MPICH", index: "PMI_RANK", count: Some("PMI_SIZE"), first: First::Is(0) },
    System { name: "MVAPICH", index: "MV2_COMM_WORLD_RANK", count: Some("MV2_COMM_WORLD_SIZE"), first: First::Is(0) },
    System { name: "srun", index: "SLURM_PROCID", count: Some("SLURM_NTASKS"), first: First::Is(0) },
];

impl Share {
    /// Which share it is, from 1, and of how many; `variable` reads the environment. One that is set to nothing counts as not set.
    ///
    /// # Errors
    /// If the environment does not say it, or says what cannot be.
    pub fn resolve(self, variable: impl Fn(&str) -> Option<String>) -> Result<(u64, u64)> {
        let wanted = match self {
            Self::Given { index, of } => return Ok((index, of)),
            Self::Auto { of } => of,
        };
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        match SYSTEMS.iter().find(|system| variable(system.index).is_some()) {
            Some(system) => system.share(wanted, variable),
            None => Err(unknown_to_all()),
        }
    }
}

impl System {
    /// The share of a worker of this system, which says at least its number.
    fn share(&self, wanted: Option<u64>, variable: impl Fn(&str) -> Option<String>) -> Result<(u64, u64)> {
        let Self { name, index, .. } = self;
        let number = |name: &str| variable(name).map(|value| parse(name, &value)).transpose();
        let told = self.count.map(number).transpose()?.flatten();
        let Some(of) = wanted.or(told) else {
            let counts = self.count.map_or("counts no workers".into(), |count| format!("has not set {count}"));
            return Err(Error::Usage(format!(
                "--worker auto: {name} {counts} (write how many there are, as in --worker auto/8)"
            )));
        };
        let (first, step) = match self.first {
            First::Is(first) => (first, 1),
            First::Told(first, step) => (number(first)?.ok_or_else(|| not_set(first, index))?, number(step)?.unwrap_or(1)),
        };
        let given = number(index)?.ok_or_else(|| not_set(index, index))?;
        let place = given.checked_sub(first).filter(|above| step > 0 && above % step == 0).map(|above| above / step);
        match place.filter(|place| *place < of) {
            Some(place) => Ok((place + 1, of)),
            None => {
                let last = first.saturating_add(step.saturating_mul(of.saturating_sub(1)));
                let by = if step > 1 { format!(" in steps of {step}") } else { String::new() };
                let problem = format!("{given} is none of {of} workers, which {name} numbers from {first} to {last}{by}");
                Err(Error::Usage(format!("{index}: {problem} (start all of them, with no gaps, or write --worker I/N)")))
            }
        }
    }
}

fn parse(name: &str, value: &str) -> Result<u64> {
    let wrong =
        || Error::Usage(format!("{name}: `{}` is no number from 0 (mend it, or write --worker I/N)", value.escape_debug()));
    value.parse().map_err(|_| wrong())
}

fn not_set(name: &str, other: &str) -> Error {
    Error::Usage(format!("--worker auto: {other} is set, but {name} is not (set it, or write --worker I/N)"))
}

fn unknown_to_all() -> Error {
    let known: Vec<&str> = SYSTEMS.iter().map(|system| system.index).collect();
    Error::Usage(format!("--worker auto: none of {} is set (write --worker I/N)", known.join(", ")))
}

/// A share from the command line.
pub(super) fn parse_worker(text: &str) -> std::result::Result<Share, String> {
    const EXPECTED: &str = "expected I/N with I from 1 to N, as in 2/3, or auto, or auto/N";
    if text == "auto" {
        return Ok(Share::Auto { of: None });
    }
    let (index, of) = text.split_once('/').ok_or(EXPECTED)?;
    let of: u64 = of.parse().map_err(|_| EXPECTED)?;
    match (index, index.parse()) {
        ("auto", _) if of > 0 => Ok(Share::Auto { of: Some(of) }),
        (_, Ok(index)) if (1..=of).contains(&index) => Ok(Share::Given { index, of }),
        _ => Err(EXPECTED.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `--worker TEXT` means where `set` is all that is set: `NAME=VALUE`, separated by spaces.
    fn share(text: &str, set: &str) -> std::result::Result<(u64, u64), String> {
        let value = |name: &str| Some(set.split(' ').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?.to_string());
        parse_worker(text)?.resolve(value).map_err(|error| {
            assert_eq!(error.exit_code(), 2);
            error.to_string()
        })
    }

    #[test]
    fn shares_are_given() {
        assert_eq!(share("2/3", "HQ_TASK_ID=1"), Ok((2, 3)));
        for wrong in ["0/3", "4/3", "1", "", "auto/0", "auto/", "auto/x", "/3", "automatic", "auto/3/4", "AUTO"] {
            assert!(share(wrong, "").unwrap_err().starts_with("expected I/N"), "{wrong}");
        }
    }

    #[test]
    fn every_system_tells_a_share() {
        let slurm = "SLURM_ARRAY_TASK_COUNT=8 SLURM_ARRAY_TASK_MIN";
        for (text, set, expected) in [
            ("auto", &format!("SLURM_ARRAY_TASK_ID=1 {slurm}=1") as &str, (1, 8)),
            ("auto", &format!("SLURM_ARRAY_TASK_ID=7 {slurm}=0"), (8, 8)),
            ("auto", &format!("SLURM_ARRAY_TASK_ID=24 {slurm}=10 SLURM_ARRAY_TASK_STEP=2"), (8, 8)),
            ("auto/20", &format!("SLURM_ARRAY_TASK_ID=3 {slurm}=1"), (3, 20)),
            ("auto", "AWS_BATCH_JOB_ARRAY_INDEX=0 AWS_BATCH_JOB_ARRAY_SIZE=4", (1, 4)),
            ("auto/4", "AWS_BATCH_JOB_ARRAY_INDEX=3", (4, 4)),
            ("auto/3", "JOB_COMPLETION_INDEX=0", (1, 3)),
            ("auto/3", "JOB_COMPLETION_INDEX=2", (3, 3)),
            ("auto/8", "HQ_TASK_ID=8", (8, 8)),
            ("auto", "OMPI_COMM_WORLD_RANK=1 OMPI_COMM_WORLD_SIZE=2", (2, 2)),
            ("auto", "PMI_RANK=0 PMI_SIZE=2", (1, 2)),
            ("auto", "MV2_COMM_WORLD_RANK=6 MV2_COMM_WORLD_SIZE=7", (7, 7)),
            ("auto", "SLURM_PROCID=3 SLURM_NTASKS=4", (4, 4)),
        ] {
            assert_eq!(share(text, set), Ok(expected), "{text}: {set}");
        }
    }

    #[test]
    fn the_first_of_several_systems_decides() {
        let all = "SLURM_PROCID=0 SLURM_NTASKS=1 MV2_COMM_WORLD_RANK=1 MV2_COMM_WORLD_SIZE=9 PMI_RANK=2 PMI_SIZE=9 \
                   OMPI_COMM_WORLD_RANK=3 OMPI_COMM_WORLD_SIZE=9 JOB_COMPLETION_INDEX=4 AWS_BATCH_JOB_ARRAY_INDEX=5 \
                   SLURM_ARRAY_TASK_ID=6 SLURM_ARRAY_TASK_MIN=0 HQ_TASK_ID=8";
        let mut set: Vec<&str> = all.split_whitespace().collect();
        for system in &SYSTEMS {
            let (index, _) = share("auto/9", &set.join(" ")).unwrap();
            let own = set.iter().position(|pair| pair.starts_with(&format!("{}=", system.index))).unwrap();
            let number: u64 = set[own].split_once('=').unwrap().1.parse().unwrap();
            assert_eq!(index, if system.index == "HQ_TASK_ID" { number } else { number + 1 }, "{}", system.name);
            set.remove(own);
        }
        assert!(share("auto/9", &set.join(" ")).is_err());
    }

    #[test]
    fn what_cannot_be_is_told_with_its_variable_and_a_remedy() {
        for (text, set, parts) in [
            ("auto", "", ["none of HQ_TASK_ID, SLURM_ARRAY_TASK_ID, ", "(write --worker I/N)"]),
            ("auto", "HQ_TASK_ID=", ["none of ", "(write --worker I/N)"]),
            ("auto", "HQ_TASK_ID=1", ["HyperQueue counts no workers", "--worker auto/8"]),
            ("auto", "JOB_COMPLETION_INDEX=1", ["Kubernetes Indexed Job counts no workers", "--worker auto/8"]),
            ("auto", "AWS_BATCH_JOB_ARRAY_INDEX=1", ["has not set AWS_BATCH_JOB_ARRAY_SIZE", "--worker auto/8"]),
            ("auto", "PMI_RANK=1", ["MPICH has not set PMI_SIZE", "--worker auto/8"]),
            ("auto/8", "HQ_TASK_ID=0", ["HQ_TASK_ID: 0 is none of 8 workers", "from 1 to 8 (start"]),
            ("auto/8", "HQ_TASK_ID=9", ["HQ_TASK_ID: 9 is none of 8 workers", "from 1 to 8 (start"]),
            ("auto/2", "JOB_COMPLETION_INDEX=2", ["JOB_COMPLETION_INDEX: 2 is none of 2", "from 0 to 1 (start"]),
            ("auto", "OMPI_COMM_WORLD_RANK=x OMPI_COMM_WORLD_SIZE=2", ["OMPI_COMM_WORLD_RANK: `x` is no number", "--worker I/N"]),
            ("auto", "SLURM_PROCID=0 SLURM_NTASKS=-1", ["SLURM_NTASKS: `-1` is no number", "--worker I/N"]),
            ("auto", "SLURM_PROCID=0 SLURM_NTASKS=0", ["SLURM_PROCID: 0 is none of 0 workers", "--worker I/N"]),
            ("auto/2", "SLURM_ARRAY_TASK_ID=1", ["SLURM_ARRAY_TASK_ID is set, but SLURM_ARRAY_TASK_MIN is not", "--worker I/N"]),
            (
                "auto/4",
                "SLURM_ARRAY_TASK_ID=4 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_STEP=2",
                ["SLURM_ARRAY_TASK_ID: 4 is none of 4 workers", "from 1 to 7 in steps of 2 (start"],
            ),
            ("auto/4", "SLURM_ARRAY_TASK_ID=4 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_STEP=0", ["4 is none of 4", "from 1 to 1"]),
            ("auto/4", "SLURM_ARRAY_TASK_ID=4 SLURM_ARRAY_TASK_MIN=5", ["4 is none of 4 workers", "from 5 to 8"]),
        ] {
            let said = share(text, set).unwrap_err();
            assert!(parts.iter().all(|part| said.contains(part)), "{text}: {set}: {said}");
        }
    }
}

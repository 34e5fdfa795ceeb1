//! Every op with fixed parameters against what the reference libraries made: `fixtures/parity`.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test may panic, and shows its figures")]

mod common;

use common::cases;

#[test]
fn every_case_is_within_its_tolerance() {
    let input = cases::input();
    let mut worse = Vec::new();
    for case in cases::all() {
        let (found, most) = (case.difference(&input), case.tolerance());
        println!("{:<40} mean {:.4} max {:3}  {}", case.name(), found.mean, found.max, case.reference());
        if found.mean > most.mean || found.max > most.max {
            worse.push(format!("{}: mean {:.4}, max {}", case.name(), found.mean, found.max));
        }
    }
    assert!(worse.is_empty(), "beyond their tolerance:\n{}", worse.join("\n"));
}

#[test]
fn every_op_has_a_case() {
    let cases = cases::all();
    for op in prebake::ops::Op::ALL {
        // Of these, distributions hold the law of what they draw, and nothing else is theirs.
        let drawn_only = ["random_crop"].contains(&op.name);
        assert!(drawn_only || cases.iter().any(|case| case.op() == op.name), "{} has no case in fixtures/parity", op.name);
    }
}

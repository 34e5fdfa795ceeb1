//! Systems of linear equations.

/// Solves `system`, a row per equation: as many coefficients as there are rows, and then right-hand sides, which
/// become the solutions. Gauss's and Jordan's elimination with the largest pivot of each column.
pub(super) fn solve(system: &mut [Vec<f64>]) {
    let count = system.len();
    for column in 0..count {
        let mut largest = column;
        for row in column + 1..count {
            if system[row][column].abs() > system[largest][column].abs() {
                largest = row;
            }
        }
        system.swap(column, largest);
        let mut pivot = std::mem::take(&mut system[column]);
        let one = 1.0 / pivot[column];
        pivot[column..].iter_mut().for_each(|p| *p *= one);
        for row in system.iter_mut().filter(|row| !row.is_empty()) {
            let factor = row[column];
            row[column..].iter_mut().zip(&pivot[column..]).for_each(|(r, p)| *r -= factor * p);
        }
        system[column] = pivot;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_solutions_fulfil_the_equations() {
        let equations = [vec![0.0, 2.0, 1.0, 7.0, 1.0], vec![1.0, -1.0, 3.0, 8.0, 0.0], vec![4.0, 1.0, -2.0, 0.0, 2.0]];
        let mut system = equations.clone().to_vec();
        solve(&mut system);
        for row in &equations {
            for side in [3, 4] {
                let sum: f64 = (0..3).map(|i| row[i] * system[i][side]).sum();
                assert!((sum - row[side]).abs() < 1e-12, "{sum} for {}", row[side]);
            }
        }
    }
}

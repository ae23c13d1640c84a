use proptest::prelude::*;

use super::*;

/// The largest sum there is, by trying everything.
fn best_sum(weights: &[Vec<f32>], row: usize, taken: u32) -> f32 {
    let Some(columns) = weights.get(row) else { return 0.0 };
    let with = |(column, weight): (usize, &f32)| {
        let free = *weight > 0.0 && taken & (1 << column) == 0;
        free.then(|| weight + best_sum(weights, row + 1, taken | 1 << column))
    };
    let without = best_sum(weights, row + 1, taken);
    columns.iter().enumerate().filter_map(with).fold(without, f32::max)
}

fn edges(weights: &[Vec<f32>]) -> Vec<Edge> {
    let of_row = |(row, columns): (usize, &Vec<f32>)| {
        let edge = move |(column, &weight)| Edge { row, column, weight };
        columns.iter().enumerate().map(edge).filter(|edge| edge.weight > 0.0).collect::<Vec<_>>()
    };
    weights.iter().enumerate().flat_map(of_row).collect()
}

/// Up to seven by seven; from full to almost empty, and with many equal weights.
fn any_weights() -> impl Strategy<Value = Vec<Vec<f32>>> {
    (0usize..=7, 0usize..=7, 0.0f32..1.0, any::<bool>()).prop_flat_map(
        |(rows, columns, gate, coarse)| {
            let weight = (0.0f32..1.0, 0.0f32..1.0).prop_map(move |(weight, passes)| {
                let weight = if coarse { (weight * 4.0).ceil() / 4.0 } else { weight };
                if passes < gate {
                    0.0
                } else {
                    weight
                }
            });
            prop::collection::vec(prop::collection::vec(weight, columns), rows)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn the_sum_is_the_largest_there_is(problems in prop::collection::vec(any_weights(), 1..4)) {
        // One assigner for all: nothing of one problem may be left in the next.
        let mut assigner = Assigner::default();
        for weights in problems {
            let columns = weights.first().map_or(0, Vec::len);
            let edges = edges(&weights);
            let (mut sum, mut rows_seen, mut columns_seen) = (0.0, 0u32, 0u32);
            for (row, column) in assigner.run((weights.len(), columns), &edges) {
                prop_assert!(weights[row][column] > 0.0, "no edge {} {}", row, column);
                prop_assert!(rows_seen & 1 << row == 0 && columns_seen & 1 << column == 0);
                rows_seen |= 1 << row;
                columns_seen |= 1 << column;
                sum += weights[row][column];
            }
            let best = best_sum(&weights, 0, 0);
            prop_assert!((sum - best).abs() < 1e-5, "{} instead of {}", sum, best);
        }
    }
}

#[test]
fn the_best_pair_gives_way_to_the_best_sum() {
    let weights = vec![vec![0.9, 0.8], vec![0.8, 0.1]];
    let mut assigner = Assigner::default();
    let pairs: Vec<_> = assigner.run((2, 2), &edges(&weights)).collect();
    assert_eq!(pairs, [(0, 1), (1, 0)]);
}

#[test]
fn the_largest_problem_is_solved() {
    let weights = vec![vec![0.5; 300]; 300];
    let mut assigner = Assigner::default();
    assert_eq!(assigner.run((300, 300), &edges(&weights)).count(), 300);
}

//! The reference scans. `simd.rs` must find the same.

/// Finds the best class of every anchor: rows of `scores.len()` values one after the other.
///
/// * `rows` — of each class, which row has its scores.
///
/// NaN never wins; of equal values the first class wins; an anchor of NaNs alone scores −∞.
pub(super) fn best_classes(
    class_rows: &[f32],
    rows: &[u32],
    scores: &mut [f32],
    classes: &mut [u32],
) {
    best_from(0, class_rows, rows, scores, classes);
}

/// [`best_classes`] for the anchors from `start` on.
pub(super) fn best_from(
    start: usize,
    class_rows: &[f32],
    rows: &[u32],
    scores: &mut [f32],
    classes: &mut [u32],
) {
    let anchors = scores.len();
    let (scores, classes) = (&mut scores[start..], &mut classes[start..]);
    scores.fill(f32::NEG_INFINITY);
    classes.fill(0);
    if scores.is_empty() {
        return;
    }
    for (class_id, &row) in rows.iter().enumerate() {
        let row = &class_rows[row as usize * anchors..][start..anchors];
        for ((score, class), &value) in scores.iter_mut().zip(classes.iter_mut()).zip(row) {
            if value > *score {
                *score = value;
                *class = class_id as u32;
            }
        }
    }
}

/// Whether any value is at least `threshold`.
pub(super) fn any_at_least(values: &[f32], threshold: f32) -> bool {
    values.iter().any(|&value| value >= threshold)
}

/// The first of the greatest values and its index; NaN never wins.
pub(super) fn best_class(values: &[f32]) -> (f32, u32) {
    let mut best = (f32::NEG_INFINITY, 0);
    for (class_id, &value) in values.iter().enumerate() {
        if value > best.0 {
            best = (value, class_id as u32);
        }
    }
    best
}

/// [`best_class`] of those values that are at `places`; the index is that of the place.
pub(super) fn best_among(values: &[f32], places: &[u32]) -> (f32, u32) {
    let mut best = (f32::NEG_INFINITY, 0);
    for (class_id, &place) in places.iter().enumerate() {
        let value = values[place as usize];
        if value > best.0 {
            best = (value, class_id as u32);
        }
    }
    best
}

//! Heads of grids: boxes are worked out from the cell that they are of.

use super::boxes::{cxcywh_to_xyxy, Sink};
use super::{scalar, simd, BestClasses};
use crate::head::{GridKind, Level, NANODET_BINS};

/// A cell: column and row of its grid, and its side, px.
type Cell = (f32, f32, f32);

/// Boxes of the cells whose best class is wanted.
///
/// * `best` — of a `ltrb` head: the best class of every cell.
pub(super) fn decode(
    head: &[f32],
    kind: GridKind,
    levels: &[Level],
    classes: usize,
    best: &BestClasses,
    use_simd: bool,
    sink: &mut Sink,
) {
    match kind {
        GridKind::Yolox => {
            for ((anchor, values), (column, row, stride)) in
                head.chunks_exact(5 + classes).enumerate().zip(cells(levels))
            {
                if let Some((score, class_id)) = objectness_score(values, sink) {
                    let x = (values[0] + column) * stride;
                    let y = (values[1] + row) * stride;
                    let (width, height) = (values[2].exp() * stride, values[3].exp() * stride);
                    sink.push(anchor, score, class_id, cxcywh_to_xyxy(x, y, width, height));
                }
            }
        }
        GridKind::Nanodet => {
            let anchors = head.chunks_exact(classes + 4 * NANODET_BINS).enumerate();
            for ((anchor, values), (column, row, stride)) in anchors.zip(cells(levels)) {
                let scores = &values[..classes];
                if let Some((score, class_id)) = best_wanted(scores, use_simd, sink) {
                    let mut bins = values[classes..].chunks_exact(NANODET_BINS);
                    let mut side = || bins.next().map_or(0.0, |bins| expected_bin(bins) * stride);
                    let (left, top, right, bottom) = (side(), side(), side(), side());
                    let (x, y) = (column * stride, row * stride);
                    sink.push(anchor, score, class_id, [x - left, y - top, x + right, y + bottom]);
                }
            }
        }
        GridKind::Ltrb => {
            let anchors = best.scores.len();
            let rows = [0, 1, 2, 3].map(|row| &head[row * anchors..][..anchors]);
            let all = best.scores.iter().zip(&best.classes).enumerate();
            for ((anchor, (&score, &class_id)), (column, row, stride)) in all.zip(cells(levels)) {
                if sink.wants_score(score) && sink.wants_class(class_id) {
                    let [left, top, right, bottom] = rows.map(|row| row[anchor]);
                    // Distances from the cell's corner point.
                    let (x, y) = (column * stride, row * stride);
                    sink.push(anchor, score, class_id, [x - left, y - top, x + right, y + bottom]);
                }
            }
        }
    }
}

fn cells(levels: &[Level]) -> impl Iterator<Item = Cell> + '_ {
    levels.iter().flat_map(|level| {
        (0..level.rows).flat_map(move |row| {
            (0..level.columns).map(move |column| (column as f32, row as f32, level.stride as f32))
        })
    })
}

/// Objectness × best class, for `x, y, w, h, objectness, classes…`.
///
/// Class scores are at most 1, so an objectness below the threshold settles it.
fn objectness_score(values: &[f32], sink: &Sink) -> Option<(f32, u32)> {
    let objectness = values[4];
    if !sink.wants_score(objectness) {
        return None;
    }
    let (class_score, class_id) = scalar::best_class(&values[5..]);
    let score = objectness * class_score;
    (sink.wants_score(score) && sink.wants_class(class_id)).then_some((score, class_id))
}

/// The best of some probabilities. Most anchors have none, which a plain scan finds fastest.
pub(super) fn best_wanted(scores: &[f32], use_simd: bool, sink: &Sink) -> Option<(f32, u32)> {
    let threshold = sink.selection.score_threshold;
    let any = if use_simd {
        simd::any_at_least(scores, threshold)
    } else {
        scalar::any_at_least(scores, threshold)
    };
    if !any {
        return None;
    }
    let (score, class_id) = scalar::best_class(scores);
    (sink.wants_score(score) && sink.wants_class(class_id)).then_some((score, class_id))
}

/// Mean of a distribution over 0, 1, 2… given as logits (softmax, then expectation).
///
/// Source: Li et al., Generalized Focal Loss, 2020 (integral of the box distribution).
fn expected_bin(logits: &[f32]) -> f32 {
    let peak = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let (mut total, mut moment) = (0.0f32, 0.0f32);
    for (bin, &logit) in logits.iter().enumerate() {
        let weight = (logit - peak).exp();
        total += weight;
        moment += weight * bin as f32;
    }
    moment / total
}

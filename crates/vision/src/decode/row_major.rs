//! Heads `[1, anchors, values]`: everything about an anchor side by side.

use super::boxes::{cxcywh_to_xyxy, Sink};
use super::{scalar, simd};
use crate::spec::{HeadKind, HeadShape, NANODET_BINS};

/// Boxes of the anchors whose best class is wanted.
pub(super) fn decode(head: &[f32], shape: &HeadShape, use_simd: bool, sink: &mut Sink) {
    let anchors = head.chunks_exact(shape.values);
    if shape.kind == HeadKind::Yolov5 {
        for (anchor, values) in anchors.enumerate() {
            if let Some((score, class_id)) = objectness_score(values, sink) {
                let xyxy = cxcywh_to_xyxy(values[0], values[1], values[2], values[3]);
                sink.push(anchor, score, class_id, xyxy);
            }
        }
        return;
    }
    let cells = shape.levels.iter().flat_map(|level| {
        (0..level.rows).flat_map(move |row| {
            (0..level.columns).map(move |column| (column as f32, row as f32, level.stride as f32))
        })
    });
    for (anchor, (values, (column, row, stride))) in anchors.zip(cells).enumerate() {
        if shape.kind == HeadKind::Yolox {
            if let Some((score, class_id)) = objectness_score(values, sink) {
                let x = (values[0] + column) * stride;
                let y = (values[1] + row) * stride;
                let (width, height) = (values[2].exp() * stride, values[3].exp() * stride);
                sink.push(anchor, score, class_id, cxcywh_to_xyxy(x, y, width, height));
            }
        } else if let Some((score, class_id)) = class_score(values, shape.classes, use_simd, sink) {
            let mut bins = values[shape.classes..].chunks_exact(NANODET_BINS);
            let mut side = || bins.next().map_or(0.0, |bins| expected_bin(bins) * stride);
            let (left, top, right, bottom) = (side(), side(), side(), side());
            let (x, y) = (column * stride, row * stride);
            sink.push(anchor, score, class_id, [x - left, y - top, x + right, y + bottom]);
        }
    }
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

/// Best class, for `classes…, bins…`. Most anchors have none, which a plain scan finds fastest.
fn class_score(values: &[f32], classes: usize, use_simd: bool, sink: &Sink) -> Option<(f32, u32)> {
    let (values, threshold) = (&values[..classes], sink.selection.score_threshold);
    let any = if use_simd {
        simd::any_at_least(values, threshold)
    } else {
        scalar::any_at_least(values, threshold)
    };
    if !any {
        return None;
    }
    let (score, class_id) = scalar::best_class(values);
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

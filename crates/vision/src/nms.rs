//! Class-aware non-maximum suppression.

use std::cmp::Ordering;

use crate::decode::{Candidate, Xyxy};

/// Candidates looked at: the best so many, the rest is dropped first. Bounds the work at
/// [`MAX_CANDIDATES`] × [`MAX_DETECTIONS`] comparisons however low the threshold is.
pub const MAX_CANDIDATES: usize = 1000;
/// Most detections of one frame, whatever the caller asks for.
pub const MAX_DETECTIONS: usize = 300;

/// Thins `candidates` out in place: sorted by score (ties by anchor), a box dropped when a kept one of
/// its class overlaps it by more than `iou_threshold`, at most `max_detections` left.
///
/// Source: `torchvision.ops.batched_nms` 0.20 (suppress when IoU > threshold).
pub fn nms(candidates: &mut Vec<Candidate>, iou_threshold: f32, max_detections: usize) {
    if candidates.len() > MAX_CANDIDATES {
        candidates.select_nth_unstable_by(MAX_CANDIDATES - 1, by_score);
        candidates.truncate(MAX_CANDIDATES);
    }
    candidates.sort_unstable_by(by_score);
    let limit = max_detections.min(MAX_DETECTIONS);
    let mut kept = 0;
    for index in 0..candidates.len() {
        if kept == limit {
            break;
        }
        let candidate = candidates[index];
        let suppressed = candidates[..kept].iter().any(|better| {
            better.class_id == candidate.class_id
                && iou(&better.xyxy, &candidate.xyxy) > iou_threshold
        });
        if !suppressed {
            candidates[kept] = candidate;
            kept += 1;
        }
    }
    candidates.truncate(kept);
}

/// Intersection over union of two boxes with areas. Scaling an axis does not change it, so it is the
/// same in px and in \[0, 1\].
pub fn iou(a: &Xyxy, b: &Xyxy) -> f32 {
    let width = a.xmax.min(b.xmax) - a.xmin.max(b.xmin);
    let height = a.ymax.min(b.ymax) - a.ymin.max(b.ymin);
    if width <= 0.0 || height <= 0.0 {
        return 0.0;
    }
    let intersection = width * height;
    intersection / (a.area() + b.area() - intersection)
}

fn by_score(a: &Candidate, b: &Candidate) -> Ordering {
    b.score.total_cmp(&a.score).then(a.anchor.cmp(&b.anchor))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(xmin: f32, xmax: f32, score: f32, class_id: u32, anchor: u32) -> Candidate {
        let xyxy = Xyxy { xmin, ymin: 0.0, xmax, ymax: 1.0 };
        Candidate { xyxy, score, class_id, anchor }
    }

    fn anchors(candidates: &[Candidate]) -> Vec<u32> {
        candidates.iter().map(|candidate| candidate.anchor).collect()
    }

    #[test]
    fn a_box_is_dropped_above_the_threshold_and_kept_at_it() {
        // IoU of [0, 0.5] and [0.25, 0.75] is exactly 1/3.
        let pair = [candidate(0.0, 0.5, 0.9, 0, 0), candidate(0.25, 0.75, 0.8, 0, 1)];
        let third = iou(&pair[0].xyxy, &pair[1].xyxy);
        let mut at = pair.to_vec();
        nms(&mut at, third, 300);
        assert_eq!(anchors(&at), [0, 1]);
        let mut above = pair.to_vec();
        nms(&mut above, third - 1e-6, 300);
        assert_eq!(anchors(&above), [0]);
    }

    #[test]
    fn classes_do_not_suppress_each_other_and_ties_go_by_anchor() {
        let mut boxes = vec![
            candidate(0.0, 0.5, 0.7, 1, 5),
            candidate(0.0, 0.5, 0.7, 0, 3),
            candidate(0.0, 0.5, 0.7, 0, 4),
        ];
        nms(&mut boxes, 0.5, 300);
        assert_eq!(anchors(&boxes), [3, 5]);
    }

    #[test]
    fn both_bounds_hold() {
        let spread = |index: u32| candidate(index as f32, index as f32 + 0.5, 0.5, 0, index);
        let mut boxes: Vec<_> = (0..5000).map(spread).collect();
        nms(&mut boxes, 0.5, usize::MAX);
        assert_eq!(anchors(&boxes), (0..300).collect::<Vec<_>>());
        nms(&mut boxes, 0.5, 2);
        assert_eq!(anchors(&boxes), [0, 1]);
    }
}

//! Heads `[1, boxes, 6]`: x0, y0, x1, y1 in model px, score, class. The model has thinned them out.
//!
//! A few hundred boxes, looked at once each: there is nothing for SIMD to do, so this is the reference
//! and the only version.

use super::boxes::Sink;
use crate::spec::END_TO_END_VALUES;

/// The boxes whose score and class are wanted.
///
/// The class comes as a float. What is not a whole number below `classes` gives no box: models fill
/// places that they have no box for with anything, −1 included.
pub(super) fn decode(head: &[f32], classes: usize, sink: &mut Sink) {
    for (anchor, values) in head.chunks_exact(END_TO_END_VALUES).enumerate() {
        let &[x0, y0, x1, y1, score, class] = values else { continue };
        if !sink.wants_score(score) {
            continue;
        }
        if let Some(class_id) = class_id(class, classes) {
            if sink.wants_class(class_id) {
                sink.push(anchor, score, class_id, [x0, y0, x1, y1]);
            }
        }
    }
}

fn class_id(class: f32, classes: usize) -> Option<u32> {
    // False for NaN. Classes are at most 4096, which f32 and f16 tell apart up to 2048.
    let is_class = class >= 0.0 && class < classes as f32 && class.fract() == 0.0;
    is_class.then_some(class as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::{Candidate, Selection};
    use crate::geometry::{Geometry, Placement};

    /// 100 × 50 px in 96 × 64: 48 rows of picture from row 8 on.
    fn found(head: &[f32], class_mask: &[u8]) -> Vec<Candidate> {
        let geometry = Geometry::new((100, 50), (96, 64), Placement::Center);
        let selection = Selection { score_threshold: 0.5, class_mask, geometry };
        let mut candidates = Vec::new();
        let mut sink = Sink { selection: &selection, candidates: &mut candidates };
        decode(head, class_mask.len(), &mut sink);
        candidates
    }

    #[test]
    fn a_box_is_taken_as_it_stands() {
        let all = found(&[24.0, 20.0, 48.0, 32.0, 0.75, 2.0], &[1; 3]);
        assert_eq!(all.len(), 1);
        let Candidate { xyxy, score, class_id, anchor } = all[0];
        assert_eq!((score, class_id, anchor), (0.75, 2, 0));
        assert_eq!([xyxy.xmin, xyxy.ymin, xyxy.xmax, xyxy.ymax], [0.25, 0.25, 0.5, 0.5]);
    }

    #[test]
    fn what_is_no_class_gives_no_box() {
        for class in [-1.0, 0.5, 3.0, 1e9, f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            assert!(found(&[24.0, 20.0, 48.0, 32.0, 0.75, class], &[1; 3]).is_empty(), "{class}");
        }
        assert_eq!(found(&[24.0, 20.0, 48.0, 32.0, 0.75, -0.0], &[1; 3])[0].class_id, 0);
    }

    #[test]
    fn weak_unwanted_and_impossible_boxes_are_left_out() {
        let rows: &[[f32; 6]] = &[
            [24.0, 20.0, 48.0, 32.0, 0.4, 0.0],
            [24.0, 20.0, 48.0, 32.0, f32::NAN, 0.0],
            [24.0, 20.0, 48.0, 32.0, 0.9, 1.0],
            [48.0, 20.0, 24.0, 32.0, 0.9, 0.0],
            [24.0, f32::NAN, 48.0, 32.0, 0.9, 0.0],
            [24.0, 20.0, f32::INFINITY, 32.0, 0.9, 0.0],
            [24.0, 0.0, 48.0, 8.0, 0.9, 0.0],
            [24.0, 20.0, 48.0, 32.0, 0.5, 0.0],
        ];
        let anchors: Vec<u32> =
            found(rows.as_flattened(), &[1, 0]).iter().map(|one| one.anchor).collect();
        assert_eq!(anchors, [7]);
    }
}

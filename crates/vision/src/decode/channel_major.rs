//! Heads `[1, 4 + classes, anchors]`: four rows of box numbers, then the class rows.

use super::boxes::{cxcywh_to_xyxy, Sink};
use crate::spec::{HeadKind, HeadShape};

/// Boxes of the anchors whose best class is wanted.
pub(super) fn decode(
    head: &[f32],
    shape: &HeadShape,
    scores: &[f32],
    classes: &[u32],
    sink: &mut Sink,
) {
    let rows = [0, 1, 2, 3].map(|row| &head[row * shape.anchors..][..shape.anchors]);
    let numbers = |anchor: usize| rows.map(|row| row[anchor]);
    if shape.kind == HeadKind::Yolov8 {
        for (anchor, (&score, &class_id)) in scores.iter().zip(classes).enumerate() {
            if sink.wants_score(score) && sink.wants_class(class_id) {
                let [x, y, width, height] = numbers(anchor);
                sink.push(anchor, score, class_id, cxcywh_to_xyxy(x, y, width, height));
            }
        }
        return;
    }
    // Distances from the cell's corner point.
    let mut anchor = 0;
    for level in &shape.levels {
        for row in 0..level.rows {
            for column in 0..level.columns {
                let (score, class_id) = (scores[anchor], classes[anchor]);
                if sink.wants_score(score) && sink.wants_class(class_id) {
                    let [left, top, right, bottom] = numbers(anchor);
                    let x = column as f32 * level.stride as f32;
                    let y = row as f32 * level.stride as f32;
                    let xyxy = [x - left, y - top, x + right, y + bottom];
                    sink.push(anchor, score, class_id, xyxy);
                }
                anchor += 1;
            }
        }
    }
}

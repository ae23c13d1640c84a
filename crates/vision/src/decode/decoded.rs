//! Heads whose boxes the graph has worked out: one decoder for all of them, as their specification
//! says where what is.

use super::boxes::{cxcywh_to_xyxy, Sink};
use super::{grid, scalar, BestClasses};
use crate::head::{
    Activation, BoxFormat, BoxesReading, ClassIds, Layout, Place, Scores, TensorShape,
};

/// The tensors of one run: `rows` boxes in each.
pub(super) struct Run<'a> {
    head: &'a [f32],
    tensors: &'a [TensorShape],
    rows: usize,
}

/// The same number of every box.
#[derive(Clone, Copy)]
struct Column<'a> {
    /// From the first box's on.
    values: &'a [f32],
    /// To the next box, and to the next number of a box.
    row_step: usize,
    value_step: usize,
}

impl Column<'_> {
    fn at(&self, row: usize, value: usize) -> f32 {
        self.values[row * self.row_step + value * self.value_step]
    }

    fn four(&self, row: usize) -> [f32; 4] {
        [0, 1, 2, 3].map(|value| self.at(row, value))
    }
}

impl<'a> Run<'a> {
    /// * `head` — the head buffer; of each tensor the first `rows` boxes' numbers are there.
    pub fn new(head: &'a [f32], tensors: &'a [TensorShape], rows: usize) -> Self {
        Self { head, tensors, rows }
    }

    fn column(&self, place: Place) -> Column<'a> {
        let TensorShape { offset, values, layout, .. } = self.tensors[place.tensor];
        let (row_step, value_step) = match layout {
            Layout::Rows => (values, 1),
            Layout::Columns => (1, self.rows),
        };
        Column { values: &self.head[offset + place.value * value_step..], row_step, value_step }
    }

    /// From the first class's scores on, of a head of columns.
    pub fn class_rows(&self, reading: &BoxesReading) -> Option<&'a [f32]> {
        match reading.scores {
            Scores::Each { first, .. } => Some(self.column(first).values),
            Scores::One { .. } => None,
        }
    }

    /// How many boxes are any, if the model says so.
    fn live_rows(&self, count: Option<Place>) -> usize {
        let Some(place) = count else { return self.rows };
        // NaN becomes 0, and so does what is negative.
        (self.head[self.tensors[place.tensor].offset] as usize).min(self.rows)
    }
}

/// Boxes whose score and class are wanted.
///
/// * `best` — the best class of every box, where each class's scores lie side by side; not activated.
pub(super) fn decode(
    run: &Run,
    reading: &BoxesReading,
    best: &BestClasses,
    use_simd: bool,
    sink: &mut Sink,
) {
    let boxes = run.column(reading.xyxy);
    let angles = reading.angle.map(|place| run.column(place));
    let objectness = reading.objectness.map(|place| run.column(place));
    let push = |row: usize, score: f32, class_id: u32, sink: &mut Sink| {
        let angle = angles.map(|angles| angles.at(row, 0));
        sink.push(row, score, class_id, to_xyxy(reading, boxes.four(row), angle));
    };
    let rows = run.live_rows(reading.count);
    match reading.scores {
        Scores::One { score, class } => {
            let (scores, classes) = (run.column(score), run.column(class));
            for row in 0..rows {
                let score = activated(scores.at(row, 0), reading.activation);
                if !sink.wants_score(score) {
                    continue;
                }
                if let Some(class_id) = reading.class_ids.class_of(classes.at(row, 0)) {
                    if sink.wants_class(class_id) {
                        push(row, score, class_id, sink);
                    }
                }
            }
        }
        Scores::Each { first, columns } => {
            let scores = run.column(first);
            let is_plain = reading.activation == Activation::None && objectness.is_none();
            if is_plain && reading.layout == Layout::Columns {
                // Thousands of boxes, of which most are of nothing.
                let all = best.scores[..rows].iter().zip(&best.classes);
                for (row, (&score, &class_id)) in all.enumerate() {
                    if sink.wants_score(score) && sink.wants_class(class_id) {
                        push(row, score, class_id, sink);
                    }
                }
                return;
            }
            for row in 0..rows {
                let factor =
                    objectness.map_or(1.0, |all| activated(all.at(row, 0), reading.activation));
                // Class scores are at most 1, so an objectness below the threshold settles it.
                if objectness.is_some() && !sink.wants_score(factor) {
                    continue;
                }
                let found = if reading.layout == Layout::Columns {
                    Some((best.scores[row], best.classes[row]))
                } else {
                    let values = &scores.values[row * scores.row_step..][..columns];
                    best_of(values, &reading.class_ids, (is_plain, use_simd), sink)
                };
                let Some((raw, class_id)) = found else { continue };
                if !sink.wants_class(class_id) {
                    continue;
                }
                let score = factor
                    * match reading.activation {
                        Activation::Softmax => {
                            let all = (0..columns).map(|column| scores.at(row, column));
                            softmax(raw, all, sink.selection.score_threshold)
                        }
                        activation => activated(raw, activation),
                    };
                if sink.wants_score(score) {
                    push(row, score, class_id, sink);
                }
            }
        }
    }
}

/// The best class of a box; `is_plain`: nothing is to be done to its score, so weak ones can be left out.
fn best_of(
    values: &[f32],
    class_ids: &ClassIds,
    (is_plain, use_simd): (bool, bool),
    sink: &Sink,
) -> Option<(f32, u32)> {
    if let Some(first) = class_ids.first {
        let values = &values[first..][..class_ids.all.len()];
        if is_plain {
            return grid::best_wanted(values, use_simd, sink);
        }
        return Some(scalar::best_class(values));
    }
    Some(scalar::best_among(values, &class_ids.all))
}

fn activated(value: f32, activation: Activation) -> f32 {
    match activation {
        Activation::None => value,
        // Of one score alone there is nothing to choose among.
        Activation::Sigmoid | Activation::Softmax => 1.0 / (1.0 + (-value).exp()),
    }
}

/// The share of one logit among all of a box; 0 where it is below `threshold` anyway.
fn softmax(one: f32, all: impl Iterator<Item = f32> + Clone, threshold: f32) -> f32 {
    let peak = all.clone().fold(f32::NEG_INFINITY, f32::max);
    let weight = (one - peak).exp();
    // The sum of all weights is at least 1: most boxes end here.
    if weight < threshold {
        return 0.0;
    }
    weight / all.map(|value| (value - peak).exp()).sum::<f32>()
}

fn to_xyxy(reading: &BoxesReading, [a, b, c, d]: [f32; 4], angle: Option<f32>) -> [f32; 4] {
    let [width, height] = reading.px.map(|px| px as f32);
    match reading.format {
        BoxFormat::Cxcywh => {
            let (w, h) = (c * width, d * height);
            let (w, h) = angle.map_or((w, h), |angle| upright(w, h, angle));
            cxcywh_to_xyxy(a * width, b * height, w, h)
        }
        BoxFormat::Xyxy => [a * width, b * height, c * width, d * height],
        BoxFormat::Yxyx => [b * width, a * height, d * width, c * height],
    }
}

/// Size of the upright box around one that is turned by `angle`, radians.
fn upright(width: f32, height: f32, angle: f32) -> (f32, f32) {
    let (sin, cos) = (angle.sin().abs(), angle.cos().abs());
    (width * cos + height * sin, width * sin + height * cos)
}

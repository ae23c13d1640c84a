//! Boxes on their way out of a head.

use super::Selection;

/// A box as xyxy, in \[0, 1\] of the frame where clipped, and around it where not.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Xyxy {
    /// Left.
    pub xmin: f32,
    /// Top.
    pub ymin: f32,
    /// Right.
    pub xmax: f32,
    /// Bottom.
    pub ymax: f32,
}

impl Xyxy {
    /// The part inside the frame.
    pub fn clipped(&self) -> Self {
        let clip = |value: f32| value.clamp(0.0, 1.0);
        Self {
            xmin: clip(self.xmin),
            ymin: clip(self.ymin),
            xmax: clip(self.xmax),
            ymax: clip(self.ymax),
        }
    }

    /// Width × height.
    pub fn area(&self) -> f32 {
        (self.xmax - self.xmin) * (self.ymax - self.ymin)
    }

    /// The box with `share` of its sides more on each of its sides.
    pub fn with_margin(&self, share: f32) -> Self {
        let (x, y) = (share * (self.xmax - self.xmin), share * (self.ymax - self.ymin));
        Self { xmin: self.xmin - x, ymin: self.ymin - y, xmax: self.xmax + x, ymax: self.ymax + y }
    }

    /// Finite, and with an area inside the frame.
    pub(crate) fn is_usable(&self) -> bool {
        let Self { xmin, ymin, xmax, ymax } = self.clipped();
        let finite =
            [self.xmin, self.ymin, self.xmax, self.ymax].iter().all(|side| side.is_finite());
        finite && xmin < xmax && ymin < ymax
    }
}

/// One box before NMS. Not clipped: NMS compares whole boxes, and clipping comes last.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// The box, normalised to the frame.
    pub xyxy: Xyxy,
    /// 0–1 as the model says; finite.
    pub score: f32,
    /// Class.
    pub class_id: u32,
    /// Index in the head; settles the order of equal scores.
    pub anchor: u32,
}

/// Takes what a head proposes and keeps what is wanted and usable.
pub(super) struct Sink<'a> {
    pub selection: &'a Selection<'a>,
    pub candidates: &'a mut Vec<Candidate>,
}

impl Sink<'_> {
    /// Whether the score is worth working out a box for. NaN is not.
    pub fn wants_score(&self, score: f32) -> bool {
        score >= self.selection.score_threshold && score.is_finite()
    }

    /// Whether the class is among the wanted ones.
    pub fn wants_class(&self, class_id: u32) -> bool {
        self.selection.class_mask.get(class_id as usize).is_some_and(|&allowed| allowed != 0)
    }

    /// Takes a box in model px, as xyxy.
    pub fn push(&mut self, anchor: usize, score: f32, class_id: u32, [x0, y0, x1, y1]: [f32; 4]) {
        let geometry = &self.selection.geometry;
        let xyxy = Xyxy {
            xmin: geometry.to_frame_x(x0),
            ymin: geometry.to_frame_y(y0),
            xmax: geometry.to_frame_x(x1),
            ymax: geometry.to_frame_y(y1),
        };
        if xyxy.is_usable() {
            self.candidates.push(Candidate { xyxy, score, class_id, anchor: anchor as u32 });
        }
    }
}

/// Centre and size to corners.
pub(super) fn cxcywh_to_xyxy(x: f32, y: f32, width: f32, height: f32) -> [f32; 4] {
    let (half_width, half_height) = (width / 2.0, height / 2.0);
    [x - half_width, y - half_height, x + half_width, y + half_height]
}

//! Model head to candidate boxes: one class an anchor, low scores dropped early, boxes normalised to
//! the frame with the padding removed.
//!
//! Whatever is not a usable box is dropped without a word: NaN or infinite numbers, boxes without
//! area or inside out, boxes wholly in the padding.

mod boxes;
mod channel_major;
mod end_to_end;
mod row_major;
mod scalar;
#[cfg(target_arch = "wasm32")]
mod simd;

// Only wasm32 has a twin.
#[cfg(not(target_arch = "wasm32"))]
use scalar as simd;

pub use boxes::{Candidate, Xyxy};

use crate::error::VisionError;
use crate::geometry::Geometry;
use crate::spec::{HeadKind, HeadShape};
use boxes::Sink;

/// Which boxes to take out of a head.
#[derive(Debug, Clone, Copy)]
pub struct Selection<'a> {
    /// Smallest score, 0–1.
    pub score_threshold: f32,
    /// One entry a class; 0 drops the class. An anchor whose best class is dropped gives no box.
    pub class_mask: &'a [u8],
    /// Where the frame lies in the model input.
    pub geometry: Geometry,
}

/// Decodes the heads of one model. Owns its lists; allocates nothing after construction.
#[derive(Debug)]
pub struct Decoder {
    shape: HeadShape,
    simd: bool,
    best: BestClasses,
    candidates: Vec<Candidate>,
}

/// The best class of every anchor of a channel-major head.
#[derive(Debug, Default)]
struct BestClasses {
    scores: Vec<f32>,
    classes: Vec<u32>,
}

impl Decoder {
    /// Makes room for every anchor of the head.
    pub fn new(shape: HeadShape, simd: bool) -> Self {
        let anchors = if shape.is_channel_major() { shape.anchors } else { 0 };
        Self {
            simd,
            best: BestClasses { scores: vec![0.0; anchors], classes: vec![0; anchors] },
            candidates: Vec::with_capacity(shape.anchors),
            shape,
        }
    }

    /// The head this decodes.
    pub fn shape(&self) -> &HeadShape {
        &self.shape
    }

    /// Finds the candidates of one head, in the order of its anchors; gives how many there are.
    ///
    /// * `head` — f32, [`HeadShape::elements`] long, laid out as its [`crate::spec::HeadKind`] says.
    ///
    /// Errors: [`VisionError::HeadLength`].
    pub fn decode(&mut self, head: &[f32], selection: &Selection) -> Result<usize, VisionError> {
        let (actual, expected) = (head.len(), self.shape.elements());
        if actual != expected {
            return Err(VisionError::HeadLength { actual, expected });
        }
        self.candidates.clear();
        let mut sink = Sink { selection, candidates: &mut self.candidates };
        if self.shape.is_channel_major() {
            let BestClasses { scores, classes } = &mut self.best;
            let class_rows = &head[4 * self.shape.anchors..];
            if self.simd {
                simd::best_classes(class_rows, scores, classes);
            } else {
                scalar::best_classes(class_rows, scores, classes);
            }
            channel_major::decode(head, &self.shape, scores, classes, &mut sink);
        } else if self.shape.kind == HeadKind::EndToEnd {
            end_to_end::decode(head, self.shape.classes, &mut sink);
        } else {
            row_major::decode(head, &self.shape, self.simd, &mut sink);
        }
        Ok(self.candidates.len())
    }

    /// What the last [`Decoder::decode`] found; the caller may reorder and drop them.
    pub fn candidates_mut(&mut self) -> &mut Vec<Candidate> {
        &mut self.candidates
    }
}

//! Model head to candidate boxes: one class an anchor, low scores dropped early, boxes normalised to
//! the frame with the padding removed.
//!
//! Whatever is not a usable box is dropped without a word: NaN or infinite numbers, boxes without
//! area or inside out, boxes wholly in the padding.

mod boxes;
mod decoded;
mod grid;
mod scalar;
#[cfg(target_arch = "wasm32")]
mod simd;

// Only wasm32 has a twin.
#[cfg(not(target_arch = "wasm32"))]
use scalar as simd;

pub use boxes::{Candidate, Xyxy};

use crate::error::VisionError;
use crate::geometry::Geometry;
use crate::head::{HeadShape, Reading};
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
    /// Of each class the row of its scores, where they lie side by side.
    class_rows: Vec<u32>,
    best: BestClasses,
    candidates: Vec<Candidate>,
}

/// The best class of every box of a head whose classes' scores lie side by side.
#[derive(Debug, Default)]
struct BestClasses {
    scores: Vec<f32>,
    classes: Vec<u32>,
}

impl BestClasses {
    fn scan(&mut self, class_rows: &[f32], rows: &[u32], boxes: usize, simd: bool) {
        // Never more than at first, so nothing is allocated.
        self.scores.resize(boxes, 0.0);
        self.classes.resize(boxes, 0);
        if simd {
            simd::best_classes(class_rows, rows, &mut self.scores, &mut self.classes);
        } else {
            scalar::best_classes(class_rows, rows, &mut self.scores, &mut self.classes);
        }
    }
}

impl Decoder {
    /// Makes room for every box of the head.
    pub fn new(shape: HeadShape, simd: bool) -> Self {
        let boxes = if shape.is_scanned() { shape.boxes } else { 0 };
        let class_rows = match &shape.reading {
            _ if !shape.is_scanned() => Vec::new(),
            Reading::Grid { .. } => (0..shape.classes as u32).collect(),
            Reading::Boxes(reading) => reading.class_ids.all.clone(),
        };
        Self {
            simd,
            class_rows,
            best: BestClasses { scores: vec![0.0; boxes], classes: vec![0; boxes] },
            candidates: Vec::with_capacity(shape.boxes),
            shape,
        }
    }

    /// The head this decodes.
    pub fn shape(&self) -> &HeadShape {
        &self.shape
    }

    /// Finds the candidates of one head, in the order of its boxes; gives how many there are.
    ///
    /// * `head` — f32, [`HeadShape::elements`] long, each tensor at its offset.
    /// * `rows` — how many boxes this run gave; a tensor of columns has as many numbers a column.
    ///
    /// Errors: [`VisionError::HeadLength`].
    pub fn decode(
        &mut self,
        head: &[f32],
        rows: usize,
        selection: &Selection,
    ) -> Result<usize, VisionError> {
        let (actual, expected) = (head.len(), self.shape.elements());
        if actual != expected {
            return Err(VisionError::HeadLength { actual, expected });
        }
        let most = self.shape.boxes;
        let varies = self.shape.tensors.iter().any(|tensor| tensor.varies);
        if rows > most || (rows < most && !varies) {
            return Err(VisionError::HeadLength { actual: rows, expected: most });
        }
        self.candidates.clear();
        let mut sink = Sink { selection, candidates: &mut self.candidates };
        match &self.shape.reading {
            Reading::Grid { kind, levels } => {
                if self.shape.is_scanned() {
                    self.best.scan(&head[4 * rows..], &self.class_rows, rows, self.simd);
                }
                let (classes, best) = (self.shape.classes, &self.best);
                grid::decode(head, *kind, levels, classes, best, self.simd, &mut sink);
            }
            Reading::Boxes(reading) => {
                let run = decoded::Run::new(head, &self.shape.tensors, rows);
                if self.shape.is_scanned() {
                    let class_rows = run.class_rows(reading).unwrap_or_default();
                    self.best.scan(class_rows, &self.class_rows, rows, self.simd);
                }
                decoded::decode(&run, reading, &self.best, self.simd, &mut sink);
            }
        }
        Ok(self.candidates.len())
    }

    /// What the last [`Decoder::decode`] found; the caller may reorder and drop them.
    pub fn candidates_mut(&mut self) -> &mut Vec<Candidate> {
        &mut self.candidates
    }
}

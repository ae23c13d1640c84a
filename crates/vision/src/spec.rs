//! What a model wants to be fed with, and what comes out of it.

use crate::error::VisionError;
use crate::geometry::Placement;

/// Largest side of a model input, px. Four times the largest detector input in use.
pub const MAX_INPUT_SIDE_PX: u32 = 2560;
/// Largest number of classes: above any public label set.
pub const MAX_CLASSES: u32 = 4096;
/// Largest stride, px.
pub const MAX_STRIDE: u32 = 256;
/// Most strides of one head.
pub const MAX_STRIDES: usize = 8;
/// Most elements of a head: 128 MiB of f32, forty times YOLOv8 at 640.
pub const MAX_HEAD_ELEMENTS: u64 = 32 << 20;
/// Most boxes of an end-to-end head; published ones give 100 to 1000.
pub const MAX_BOXES: u32 = 10_000;

/// Numbers of each box of an end-to-end head.
pub const END_TO_END_VALUES: usize = 6;
/// Bins of each distance in a NanoDet-plus head (`reg_max` 7).
pub const NANODET_BINS: usize = 8;
/// The strides of YOLOv5, v8 and 11 when the specification names none.
const YOLO_STRIDES: [u32; 3] = [8, 16, 32];
/// YOLOv5 puts three anchors into every cell.
const YOLOV5_ANCHORS_PER_CELL: usize = 3;

/// Order of the channels in the tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChannelOrder {
    /// Red first.
    Rgb,
    /// Blue first.
    Bgr,
}

/// The model input: tensor `[1, 3, height_px, width_px]`, f32, planar.
///
/// A pixel 0–255 becomes `(pixel - mean) / std`; the padding goes through the same arithmetic.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct InputSpec {
    /// Width, px.
    pub width_px: u32,
    /// Height, px.
    pub height_px: u32,
    /// Where the picture goes.
    pub placement: Placement,
    /// Value of the padding, 0–255.
    pub pad: f32,
    /// Order of the channels, and so of `mean` and `std`.
    pub order: ChannelOrder,
    /// Taken off each channel, in units of 0–255.
    pub mean: [f32; 3],
    /// Divides each channel; above 0.
    pub std: [f32; 3],
}

impl InputSpec {
    /// Checks every field. Errors: [`VisionError::InputSpec`].
    pub fn check(&self) -> Result<(), VisionError> {
        let refuse = |field, value| Err(VisionError::InputSpec { field, value });
        for (field, side) in [("widthPx", self.width_px), ("heightPx", self.height_px)] {
            if side == 0 || side > MAX_INPUT_SIDE_PX {
                return refuse(field, f64::from(side));
            }
        }
        if !(0.0..=255.0).contains(&self.pad) {
            return refuse("pad", f64::from(self.pad));
        }
        // The bounds keep every tensor value finite; no model is near them.
        if let Some(&mean) = self.mean.iter().find(|mean| !(-1e6..=1e6).contains(*mean)) {
            return refuse("mean", f64::from(mean));
        }
        if let Some(&std) = self.std.iter().find(|std| !(1e-6..=1e6).contains(*std)) {
            return refuse("std", f64::from(std));
        }
        Ok(())
    }
}

/// Which model family wrote the head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeadKind {
    /// `[1, anchors, 5 + classes]`: grid offsets, log sizes, objectness, classes.
    Yolox,
    /// `[1, anchors, 5 + classes]`: cxcywh px, objectness, classes; three anchors a cell.
    Yolov5,
    /// `[1, 4 + classes, anchors]`: cxcywh px, classes. YOLO11 is the same.
    Yolov8,
    /// `[1, 4 + classes, anchors]`: left, top, right, bottom px from the cell's corner, classes.
    Ltrb,
    /// `[1, anchors, classes + 32]`: classes, then four times eight distance bins, in strides from
    /// the cell's corner (NanoDet-plus).
    Nanodet,
    /// `[1, boxes, 6]`: xyxy px, score, class; thinned out in the graph, so without NMS here.
    EndToEnd,
}

/// The model head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeadSpec {
    /// Family.
    pub kind: HeadKind,
    /// Number of classes.
    pub classes: u32,
    /// Cell sizes, px, in the order of the head. Empty: 8, 16, 32.
    pub strides: Vec<u32>,
    /// Boxes of an end-to-end head, 1–10 000; the other heads' follow from the input, and this is not
    /// looked at.
    pub boxes: u32,
}

/// The cells of one stride, row-major.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Level {
    /// Cell size, px.
    pub stride: u32,
    /// Cells in a row.
    pub columns: usize,
    /// Rows.
    pub rows: usize,
}

/// A checked head: its dimensions and levels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeadShape {
    /// Family.
    pub kind: HeadKind,
    /// Number of classes.
    pub classes: usize,
    /// Number of boxes the head proposes.
    pub anchors: usize,
    /// Values for each box.
    pub values: usize,
    /// Cells by stride, in the order of the head.
    pub levels: Vec<Level>,
}

impl HeadSpec {
    /// Works out the dimensions for a model input. Errors: [`VisionError::HeadSpec`].
    pub fn shape(&self, input: &InputSpec) -> Result<HeadShape, VisionError> {
        let refuse = |field, value| Err(VisionError::HeadSpec { field, value });
        if self.classes == 0 || self.classes > MAX_CLASSES {
            return refuse("classes", f64::from(self.classes));
        }
        if self.strides.len() > MAX_STRIDES {
            return refuse("strides.length", self.strides.len() as f64);
        }
        let strides = if self.strides.is_empty() { &YOLO_STRIDES[..] } else { &self.strides[..] };
        if let Some(&stride) = strides.iter().find(|&&stride| stride == 0 || stride > MAX_STRIDE) {
            return refuse("strides", f64::from(stride));
        }
        let levels: Vec<Level> = strides
            .iter()
            .map(|&stride| Level {
                stride,
                columns: input.width_px.div_ceil(stride) as usize,
                rows: input.height_px.div_ceil(stride) as usize,
            })
            .collect();
        // At most 8 levels of 2560 × 2560 cells: far below 2^32, so usize is enough on wasm32.
        let cells: usize = levels.iter().map(|level| level.columns * level.rows).sum();
        let classes = self.classes as usize;
        if self.kind == HeadKind::EndToEnd && (self.boxes == 0 || self.boxes > MAX_BOXES) {
            return refuse("boxes", f64::from(self.boxes));
        }
        let (anchors, values) = match self.kind {
            HeadKind::Yolox => (cells, 5 + classes),
            HeadKind::Yolov5 => (cells * YOLOV5_ANCHORS_PER_CELL, 5 + classes),
            HeadKind::Yolov8 | HeadKind::Ltrb => (cells, 4 + classes),
            HeadKind::Nanodet => (cells, classes + 4 * NANODET_BINS),
            HeadKind::EndToEnd => (self.boxes as usize, END_TO_END_VALUES),
        };
        let elements = anchors as u64 * values as u64;
        if elements > MAX_HEAD_ELEMENTS {
            return refuse("elements", elements as f64);
        }
        Ok(HeadShape { kind: self.kind, classes, anchors, values, levels })
    }
}

impl HeadShape {
    /// Number of f32 in the head.
    pub fn elements(&self) -> usize {
        self.anchors * self.values
    }

    /// Whether the values of one class lie side by side (`[1, values, anchors]`).
    pub fn is_channel_major(&self) -> bool {
        matches!(self.kind, HeadKind::Yolov8 | HeadKind::Ltrb)
    }

    /// Whether the model itself left one box an object, so that none is to be taken away.
    pub fn is_thinned(&self) -> bool {
        self.kind == HeadKind::EndToEnd
    }

    /// The dimensions of the head, without the leading 1.
    pub fn dimensions(&self) -> [usize; 2] {
        if self.is_channel_major() {
            [self.values, self.anchors]
        } else {
            [self.anchors, self.values]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dimensions(kind: HeadKind, side: u32, strides: &[u32]) -> [usize; 2] {
        let input = InputSpec {
            width_px: side,
            height_px: side,
            placement: Placement::Center,
            pad: 114.0,
            order: ChannelOrder::Rgb,
            mean: [0.0; 3],
            std: [255.0; 3],
        };
        let head = HeadSpec { kind, classes: 80, strides: strides.to_vec(), boxes: 300 };
        head.shape(&input).map(|shape| shape.dimensions()).unwrap_or_default()
    }

    #[test]
    fn dimensions_are_those_of_the_published_models() {
        assert_eq!(dimensions(HeadKind::Yolox, 416, &[8, 16, 32]), [3549, 85]);
        assert_eq!(dimensions(HeadKind::Yolov5, 640, &[]), [25200, 85]);
        assert_eq!(dimensions(HeadKind::Yolov8, 640, &[]), [84, 8400]);
        assert_eq!(dimensions(HeadKind::Yolov8, 320, &[]), [84, 2100]);
        assert_eq!(dimensions(HeadKind::Nanodet, 416, &[8, 16, 32, 64]), [3598, 112]);
        assert_eq!(dimensions(HeadKind::Ltrb, 320, &[8, 16, 32, 64]), [84, 2125]);
        assert_eq!(dimensions(HeadKind::EndToEnd, 640, &[]), [300, 6]);
    }

    #[test]
    fn hostile_numbers_are_refused() {
        assert_eq!(dimensions(HeadKind::Yolov8, 320, &[0]), [0, 0]);
        assert_eq!(dimensions(HeadKind::Yolov8, 2560, &[1; 8]), [0, 0]);
        assert_eq!(dimensions(HeadKind::Yolov8, 320, &[8; 9]), [0, 0]);
    }
}

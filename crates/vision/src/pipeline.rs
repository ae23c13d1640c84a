//! The object that owns every buffer of one model's frame path.

use crate::decode::{Decoder, Selection};
use crate::error::VisionError;
use crate::frame::{FrameBuffer, FrameLayout};
use crate::head::{HeadShape, HeadSpec};
use crate::jpeg::Jpeg;
use crate::letterbox::Letterbox;
use crate::nms::{nms, MAX_DETECTIONS};
use crate::picture::{self, Orientation};
use crate::spec::InputSpec;

/// Numbers of one detection: xmin, ymin, xmax, ymax, score, class.
pub const DETECTION_VALUES: usize = 6;

/// Frame → tensor, head → detections, for one model.
///
/// After the first frame of the largest size nothing is allocated any more, but for what decoding a
/// JPEG takes (see [`crate::jpeg`]).
#[derive(Debug)]
pub struct Pipeline {
    letterbox: Letterbox,
    decoder: Decoder,
    jpeg: Jpeg,
    frame: FrameBuffer,
    head: Vec<f32>,
    /// Boxes in it.
    rows: usize,
    class_mask: Vec<u8>,
    detections: Vec<f32>,
}

/// What to report of a head.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DetectOptions {
    /// Smallest score, 0–1.
    pub score_threshold: f32,
    /// Boxes of a class overlapping by more are one, 0–1.
    pub iou_threshold: f32,
    /// Most detections, at least 1; more than [`MAX_DETECTIONS`] is taken as that.
    pub max_detections: u32,
}

impl Pipeline {
    /// Makes every buffer but the frame's. `simd` picks the SIMD128 twins where they exist (wasm32).
    ///
    /// Errors: [`VisionError::InputSpec`], [`VisionError::HeadSpec`].
    pub fn new(input: InputSpec, head: &HeadSpec, simd: bool) -> Result<Self, VisionError> {
        let letterbox = Letterbox::new(input, simd)?;
        let shape = head.shape(&input)?;
        Ok(Self {
            letterbox,
            jpeg: Jpeg::default(),
            frame: FrameBuffer::default(),
            head: vec![0.0; shape.elements()],
            rows: shape.boxes,
            class_mask: vec![1; shape.classes],
            detections: Vec::with_capacity(MAX_DETECTIONS * DETECTION_VALUES),
            decoder: Decoder::new(shape, simd),
        })
    }

    /// The head's dimensions.
    pub fn head_shape(&self) -> &HeadShape {
        self.decoder.shape()
    }

    /// See [`FrameBuffer::room`].
    pub fn frame_mut(&mut self, bytes: usize) -> Result<&mut [u8], VisionError> {
        self.frame.room(bytes)
    }

    /// See [`Jpeg::room`].
    pub fn jpeg_mut(&mut self, bytes: usize) -> Result<&mut [u8], VisionError> {
        self.jpeg.room(bytes)
    }

    /// Decodes the JPEG into the frame buffer; see [`Jpeg::read`].
    pub fn read_jpeg(&mut self, max_side_px: u32) -> Result<FrameLayout, VisionError> {
        self.jpeg.read(&mut self.frame, max_side_px)
    }

    /// Decodes the JPEG, PNG or WebP in the room for a JPEG into the frame buffer, upright; see
    /// [`picture::read`].
    pub fn read_picture(
        &mut self,
        max_side_px: u32,
    ) -> Result<(FrameLayout, Orientation), VisionError> {
        picture::read(&mut self.jpeg, &mut self.frame, max_side_px)
    }

    /// Letterboxes the frame buffer; gives the tensor, valid until the next call.
    ///
    /// Errors: those of [`FrameLayout::check`].
    pub fn letterbox(&mut self, layout: &FrameLayout) -> Result<&[f32], VisionError> {
        self.letterbox.run(self.frame.readable(), layout)?;
        Ok(self.letterbox.tensor())
    }

    /// The tensor of the last frame.
    pub fn tensor(&self) -> &[f32] {
        self.letterbox.tensor()
    }

    /// Where the model's output goes before [`Pipeline::detect`]: each tensor at its offset.
    pub fn head_mut(&mut self) -> &mut [f32] {
        &mut self.head
    }

    /// Says how many boxes are in the head buffer, until it is said anew; at first as many as fit.
    pub fn set_rows(&mut self, rows: usize) {
        self.rows = rows;
    }

    /// One byte a class, 1 at first; 0 drops the class.
    pub fn class_mask_mut(&mut self) -> &mut [u8] {
        &mut self.class_mask
    }

    /// What the last [`Pipeline::nms`] left.
    pub fn detections(&self) -> &[f32] {
        &self.detections
    }

    /// Decodes the head buffer and thins the boxes out: [`Pipeline::decode`], then
    /// [`Pipeline::nms`].
    ///
    /// Errors: [`VisionError::NoFrame`], [`VisionError::DetectOption`].
    pub fn detect(&mut self, options: &DetectOptions) -> Result<&[f32], VisionError> {
        self.decode(options.score_threshold)?;
        self.nms(options.iou_threshold, options.max_detections)
    }

    /// Decodes the head buffer into candidates; gives how many there are.
    ///
    /// Errors: [`VisionError::NoFrame`], [`VisionError::DetectOption`], [`VisionError::HeadLength`].
    pub fn decode(&mut self, score_threshold: f32) -> Result<usize, VisionError> {
        check_share("scoreThreshold", score_threshold)?;
        let geometry = self.letterbox.geometry().ok_or(VisionError::NoFrame)?;
        let selection = Selection { score_threshold, class_mask: &self.class_mask, geometry };
        self.decoder.decode(&self.head, self.rows, &selection)
    }

    /// Thins the candidates of the last [`Pipeline::decode`] out, unless the model has done so; a second call finds those that the
    /// first one left.
    ///
    /// Gives [`DETECTION_VALUES`] numbers a detection, best score first: xyxy in \[0, 1\] of the frame
    /// last letterboxed, score, class. Valid until the next call.
    ///
    /// Errors: [`VisionError::DetectOption`].
    pub fn nms(&mut self, iou_threshold: f32, max_detections: u32) -> Result<&[f32], VisionError> {
        check_share("iouThreshold", iou_threshold)?;
        if max_detections == 0 {
            return Err(VisionError::DetectOption { field: "maxDetections", value: 0.0 });
        }
        // No IoU is above that: boxes of a model that has thinned them out are only sorted.
        let iou_threshold =
            if self.head_shape().is_thinned() { f32::INFINITY } else { iou_threshold };
        let candidates = self.decoder.candidates_mut();
        nms(candidates, iou_threshold, max_detections as usize);
        self.detections.clear();
        for candidate in candidates.iter() {
            let xyxy = candidate.xyxy.clipped();
            self.detections.extend_from_slice(&[
                xyxy.xmin,
                xyxy.ymin,
                xyxy.xmax,
                xyxy.ymax,
                candidate.score,
                candidate.class_id as f32,
            ]);
        }
        Ok(&self.detections)
    }
}

fn check_share(field: &'static str, value: f32) -> Result<(), VisionError> {
    if (0.0..=1.0).contains(&value) {
        return Ok(());
    }
    Err(VisionError::DetectOption { field, value: f64::from(value) })
}

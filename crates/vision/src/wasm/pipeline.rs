//! One model's frame path.

use wasm_bindgen::prelude::*;

use super::frame::{frame_layout, ColorMatrix, ColorRange, PixelFormat};
use super::spec::{HeadSpec, InputSpec};
use super::to_js;
use crate::frame::{Plane, MAX_PLANES};
use crate::head::{Layout, TensorShape};
use crate::pipeline;

/// The buffers and arithmetic of one model; see [`pipeline::Pipeline`].
#[wasm_bindgen]
pub struct Pipeline {
    inner: pipeline::Pipeline,
    planes: [Plane; MAX_PLANES],
}

#[wasm_bindgen]
impl Pipeline {
    /// Makes every buffer but the frame's.
    #[wasm_bindgen(constructor)]
    pub fn new(input: &InputSpec, head: &HeadSpec, simd: bool) -> Result<Pipeline, JsValue> {
        let inner = pipeline::Pipeline::new(input.0, &head.0, simd).map_err(to_js)?;
        Ok(Self { inner, planes: [Plane::default(); MAX_PLANES] })
    }

    /// Makes room for a frame; gives its address. Valid until a larger frame is asked for.
    #[wasm_bindgen(js_name = frameAddress)]
    pub fn frame_address(&mut self, bytes: u32) -> Result<usize, JsValue> {
        let frame = self.inner.frame_mut(bytes as usize).map_err(to_js)?;
        Ok(frame.as_ptr() as usize)
    }

    /// Says where plane `index` lies, for the [`Pipeline::letterbox`] that follows. Indices past the
    /// last plane of any format are left out: the plane count tells.
    #[wasm_bindgen(js_name = setPlane)]
    pub fn set_plane(&mut self, index: usize, offset: u32, stride: u32) {
        if let Some(plane) = self.planes.get_mut(index) {
            *plane = Plane { offset, stride };
        }
    }

    /// Writes the frame buffer into the tensor.
    pub fn letterbox(
        &mut self,
        format: PixelFormat,
        width_px: u32,
        height_px: u32,
        plane_count: usize,
        matrix: ColorMatrix,
        range: ColorRange,
    ) -> Result<(), JsValue> {
        let planes = (self.planes, plane_count);
        let layout = frame_layout(format, (width_px, height_px), planes, matrix, range)?;
        self.inner.letterbox(&layout).map(|_| ()).map_err(to_js)
    }

    /// Makes room for a JPEG file; gives its address. Valid until a larger file is asked for.
    #[wasm_bindgen(js_name = jpegAddress)]
    pub fn jpeg_address(&mut self, bytes: u32) -> Result<usize, JsValue> {
        let file = self.inner.jpeg_mut(bytes as usize).map_err(to_js)?;
        Ok(file.as_ptr() as usize)
    }

    /// Decodes the JPEG into the frame buffer, as RGB without gaps between the rows; gives width and
    /// height, px.
    #[wasm_bindgen(js_name = readJpeg)]
    pub fn read_jpeg(&mut self, max_side_px: u32) -> Result<Vec<u32>, JsValue> {
        let layout = self.inner.read_jpeg(max_side_px).map_err(to_js)?;
        Ok(vec![layout.width_px, layout.height_px])
    }

    /// Decodes the JPEG, PNG or WebP in the room for a JPEG into the frame buffer, as RGB without gaps
    /// between the rows, upright; gives width and height, px, and EXIF's orientation.
    #[wasm_bindgen(js_name = readPicture)]
    pub fn read_picture(&mut self, max_side_px: u32) -> Result<Vec<u32>, JsValue> {
        let (layout, orientation) = self.inner.read_picture(max_side_px).map_err(to_js)?;
        Ok(vec![layout.width_px, layout.height_px, u32::from(orientation.number())])
    }

    /// Address of the tensor: f32, `3 · height · width`. Never moves.
    #[wasm_bindgen(getter, js_name = tensorAddress)]
    pub fn tensor_address(&self) -> usize {
        self.inner.tensor().as_ptr() as usize
    }

    /// Address of the head buffer: f32, the head's tensors one after another. Never moves.
    #[wasm_bindgen(getter, js_name = headAddress)]
    pub fn head_address(&mut self) -> usize {
        self.inner.head_mut().as_ptr() as usize
    }

    /// Of each of the head's tensors four numbers: where it begins in the head buffer (f32), most
    /// boxes, values of a box, 1 if they lie box after box.
    #[wasm_bindgen(getter, js_name = headTensors)]
    pub fn head_tensors(&self) -> Vec<u32> {
        let numbers = |tensor: &TensorShape| {
            let is_rows = tensor.layout == Layout::Rows;
            [tensor.offset as u32, tensor.rows as u32, tensor.values as u32, u32::from(is_rows)]
        };
        self.inner.head_shape().tensors.iter().flat_map(numbers).collect()
    }

    /// See [`pipeline::Pipeline::set_rows`].
    #[wasm_bindgen(js_name = setRows)]
    pub fn set_rows(&mut self, rows: u32) {
        self.inner.set_rows(rows as usize);
    }

    /// Address of the class mask: one byte a class, 1 at first. Never moves.
    #[wasm_bindgen(getter, js_name = classMaskAddress)]
    pub fn class_mask_address(&mut self) -> usize {
        self.inner.class_mask_mut().as_ptr() as usize
    }

    /// Decodes the head buffer; gives the number of candidates.
    pub fn decode(&mut self, score_threshold: f32) -> Result<usize, JsValue> {
        self.inner.decode(score_threshold).map_err(to_js)
    }

    /// Thins the candidates out; gives the number of detections.
    pub fn nms(&mut self, iou_threshold: f32, max_detections: u32) -> Result<usize, JsValue> {
        let detections = self.inner.nms(iou_threshold, max_detections).map_err(to_js)?;
        Ok(detections.len() / pipeline::DETECTION_VALUES)
    }

    /// Address of the detections: six f32 each. Never moves.
    #[wasm_bindgen(getter, js_name = detectionsAddress)]
    pub fn detections_address(&self) -> usize {
        self.inner.detections().as_ptr() as usize
    }
}

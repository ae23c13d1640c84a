//! What JavaScript sees: plain numbers and names in, addresses in WASM memory out.
//!
//! Addresses instead of slices, so that no glue copies anything. Each says how long it is valid; a
//! view made from it must also be made anew once the memory has grown.

use wasm_bindgen::prelude::*;

use crate::error::VisionError;
use crate::frame::{self, Plane, MAX_PLANES};
use crate::pipeline::{self, DetectOptions};
use crate::{geometry, scaler, spec};

/// Makes a JavaScript `Error` with the error's `code`.
fn to_js(error: VisionError) -> JsValue {
    let js_error = js_sys::Error::new(&error.to_string());
    // Setting a property of a fresh object does not fail.
    let _ = js_sys::Reflect::set(&js_error, &"code".into(), &error.code().into());
    js_error.into()
}

fn unknown(what: &'static str) -> JsValue {
    to_js(VisionError::UnknownName { what })
}

/// See [`geometry::Placement`].
#[wasm_bindgen]
#[derive(Clone, Copy)]
pub enum Placement {
    Center = "center",
    TopLeft = "top-left",
    Stretch = "stretch",
}

/// See [`spec::ChannelOrder`].
#[wasm_bindgen]
#[derive(Clone, Copy)]
pub enum ChannelOrder {
    Rgb = "rgb",
    Bgr = "bgr",
}

/// See [`spec::HeadKind`].
#[wasm_bindgen]
#[derive(Clone, Copy)]
pub enum HeadKind {
    Yolox = "yolox",
    Yolov5 = "yolov5",
    Yolov8 = "yolov8",
    Ltrb = "ltrb",
    Nanodet = "nanodet",
}

/// See [`frame::PixelFormat`].
#[wasm_bindgen]
#[derive(Clone, Copy)]
pub enum PixelFormat {
    Rgba = "RGBA",
    Rgbx = "RGBX",
    Bgra = "BGRA",
    Bgrx = "BGRX",
    I420 = "I420",
    Nv12 = "NV12",
    Rgb = "RGB",
}

/// See [`frame::ColorMatrix`].
#[wasm_bindgen]
#[derive(Clone, Copy)]
pub enum ColorMatrix {
    Bt601 = "bt601",
    Bt709 = "bt709",
}

/// See [`frame::ColorRange`].
#[wasm_bindgen]
#[derive(Clone, Copy)]
pub enum ColorRange {
    Limited = "limited",
    Full = "full",
}

/// The model input; see [`spec::InputSpec`].
#[wasm_bindgen]
pub struct InputSpec(spec::InputSpec);

#[wasm_bindgen]
impl InputSpec {
    /// `mean` and `std` must have three numbers each.
    #[wasm_bindgen(constructor)]
    pub fn new(
        width_px: u32,
        height_px: u32,
        placement: Placement,
        pad: f32,
        order: ChannelOrder,
        mean: &[f32],
        std: &[f32],
    ) -> Result<InputSpec, JsValue> {
        let three = |values: &[f32], field| {
            <[f32; 3]>::try_from(values)
                .map_err(|_| to_js(VisionError::InputSpec { field, value: values.len() as f64 }))
        };
        Ok(Self(spec::InputSpec {
            width_px,
            height_px,
            placement: match placement {
                Placement::Center => geometry::Placement::Center,
                Placement::TopLeft => geometry::Placement::TopLeft,
                Placement::Stretch => geometry::Placement::Stretch,
                _ => return Err(unknown("placement")),
            },
            pad,
            order: match order {
                ChannelOrder::Rgb => spec::ChannelOrder::Rgb,
                ChannelOrder::Bgr => spec::ChannelOrder::Bgr,
                _ => return Err(unknown("channel order")),
            },
            mean: three(mean, "mean.length")?,
            std: three(std, "std.length")?,
        }))
    }
}

/// The model head; see [`spec::HeadSpec`].
#[wasm_bindgen]
pub struct HeadSpec(spec::HeadSpec);

#[wasm_bindgen]
impl HeadSpec {
    /// `strides` in px, in the order of the head; empty for 8, 16, 32.
    #[wasm_bindgen(constructor)]
    pub fn new(kind: HeadKind, classes: u32, strides: Vec<u32>) -> Result<HeadSpec, JsValue> {
        let kind = match kind {
            HeadKind::Yolox => spec::HeadKind::Yolox,
            HeadKind::Yolov5 => spec::HeadKind::Yolov5,
            HeadKind::Yolov8 => spec::HeadKind::Yolov8,
            HeadKind::Ltrb => spec::HeadKind::Ltrb,
            HeadKind::Nanodet => spec::HeadKind::Nanodet,
            _ => return Err(unknown("head kind")),
        };
        Ok(Self(spec::HeadSpec { kind, classes, strides }))
    }
}

/// A layout from what JavaScript says; nothing of it is checked but the names.
fn frame_layout(
    format: PixelFormat,
    (width_px, height_px): (u32, u32),
    (planes, plane_count): ([Plane; MAX_PLANES], usize),
    matrix: ColorMatrix,
    range: ColorRange,
) -> Result<frame::FrameLayout, JsValue> {
    Ok(frame::FrameLayout {
        format: match format {
            PixelFormat::Rgba | PixelFormat::Rgbx => frame::PixelFormat::Rgba,
            PixelFormat::Bgra | PixelFormat::Bgrx => frame::PixelFormat::Bgra,
            PixelFormat::I420 => frame::PixelFormat::I420,
            PixelFormat::Nv12 => frame::PixelFormat::Nv12,
            PixelFormat::Rgb => frame::PixelFormat::Rgb,
            _ => return Err(unknown("pixel format")),
        },
        width_px,
        height_px,
        planes,
        plane_count,
        matrix: match matrix {
            ColorMatrix::Bt601 => frame::ColorMatrix::Bt601,
            ColorMatrix::Bt709 => frame::ColorMatrix::Bt709,
            _ => return Err(unknown("colour matrix")),
        },
        range: match range {
            ColorRange::Limited => frame::ColorRange::Limited,
            ColorRange::Full => frame::ColorRange::Full,
            _ => return Err(unknown("colour range")),
        },
    })
}

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

    /// Address of the tensor: f32, `3 · height · width`. Never moves.
    #[wasm_bindgen(getter, js_name = tensorAddress)]
    pub fn tensor_address(&self) -> usize {
        self.inner.tensor().as_ptr() as usize
    }

    /// Address of the head buffer: f32, rows · columns. Never moves.
    #[wasm_bindgen(getter, js_name = headAddress)]
    pub fn head_address(&mut self) -> usize {
        self.inner.head_mut().as_ptr() as usize
    }

    /// First dimension of the head after the leading 1.
    #[wasm_bindgen(getter, js_name = headRows)]
    pub fn head_rows(&self) -> usize {
        self.inner.head_shape().dimensions()[0]
    }

    /// Second dimension of the head after the leading 1.
    #[wasm_bindgen(getter, js_name = headColumns)]
    pub fn head_columns(&self) -> usize {
        self.inner.head_shape().dimensions()[1]
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

/// Scales frames to RGBA pictures; see [`scaler::Scaler`].
#[wasm_bindgen]
pub struct Scaler {
    inner: scaler::Scaler,
    planes: [Plane; MAX_PLANES],
}

#[wasm_bindgen]
impl Scaler {
    /// Makes a scaler without buffers.
    #[wasm_bindgen(constructor)]
    pub fn new(simd: bool) -> Scaler {
        Self { inner: scaler::Scaler::new(simd), planes: [Plane::default(); MAX_PLANES] }
    }

    /// Makes room for a frame; gives its address. Valid until a larger frame is asked for.
    #[wasm_bindgen(js_name = frameAddress)]
    pub fn frame_address(&mut self, bytes: u32) -> Result<usize, JsValue> {
        let frame = self.inner.frame_mut(bytes as usize).map_err(to_js)?;
        Ok(frame.as_ptr() as usize)
    }

    /// As [`Pipeline::set_plane`], for the [`Scaler::scale`] that follows.
    #[wasm_bindgen(js_name = setPlane)]
    pub fn set_plane(&mut self, index: usize, offset: u32, stride: u32) {
        if let Some(plane) = self.planes.get_mut(index) {
            *plane = Plane { offset, stride };
        }
    }

    /// Scales the frame buffer; gives the address of the picture: RGBA8, `4 · height · width`. Valid
    /// until a larger one is asked for.
    #[allow(clippy::too_many_arguments)] // JavaScript passes numbers, not structs.
    pub fn scale(
        &mut self,
        format: PixelFormat,
        width_px: u32,
        height_px: u32,
        plane_count: usize,
        matrix: ColorMatrix,
        range: ColorRange,
        target_width_px: u32,
        target_height_px: u32,
    ) -> Result<usize, JsValue> {
        let planes = (self.planes, plane_count);
        let layout = frame_layout(format, (width_px, height_px), planes, matrix, range)?;
        let target = (target_width_px, target_height_px);
        let picture = self.inner.scale(&layout, target).map_err(to_js)?;
        Ok(picture.as_ptr() as usize)
    }
}

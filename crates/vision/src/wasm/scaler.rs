//! Smaller pictures of frames.

use wasm_bindgen::prelude::*;

use super::frame::{frame_layout, ColorMatrix, ColorRange, PixelFormat};
use super::to_js;
use crate::frame::{Plane, MAX_PLANES};
use crate::scaler;

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

    /// As [`Pipeline::set_plane`](super::pipeline::Pipeline::set_plane), for the [`Scaler::scale`] that follows.
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

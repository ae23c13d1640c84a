//! Frames: the names of formats, and where the planes lie.

use wasm_bindgen::prelude::*;

use super::unknown;
use crate::frame::{self, Plane, MAX_PLANES};

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

/// A layout from what JavaScript says; nothing of it is checked but the names.
pub(super) fn frame_layout(
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

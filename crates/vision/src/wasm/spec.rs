//! Models: what goes in and what comes out.

use wasm_bindgen::prelude::*;

use super::{to_js, unknown};
use crate::error::VisionError;
use crate::{geometry, spec};

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
    EndToEnd = "end-to-end",
}

/// The model input; see [`spec::InputSpec`].
#[wasm_bindgen]
pub struct InputSpec(pub(super) spec::InputSpec);

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
pub struct HeadSpec(pub(super) spec::HeadSpec);

#[wasm_bindgen]
impl HeadSpec {
    /// `strides` in px, in the order of the head; empty for 8, 16, 32. `boxes` of an end-to-end head.
    #[wasm_bindgen(constructor)]
    pub fn new(
        kind: HeadKind,
        classes: u32,
        strides: Vec<u32>,
        boxes: u32,
    ) -> Result<HeadSpec, JsValue> {
        let kind = match kind {
            HeadKind::Yolox => spec::HeadKind::Yolox,
            HeadKind::Yolov5 => spec::HeadKind::Yolov5,
            HeadKind::Yolov8 => spec::HeadKind::Yolov8,
            HeadKind::Ltrb => spec::HeadKind::Ltrb,
            HeadKind::Nanodet => spec::HeadKind::Nanodet,
            HeadKind::EndToEnd => spec::HeadKind::EndToEnd,
            _ => return Err(unknown("head kind")),
        };
        Ok(Self(spec::HeadSpec { kind, classes, strides, boxes }))
    }
}

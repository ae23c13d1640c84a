//! Models: what goes in and what comes out.

use wasm_bindgen::prelude::*;

use super::{to_js, unknown};
use crate::error::VisionError;
use crate::{geometry, head, spec};

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

/// See [`spec::InputLayout`].
#[wasm_bindgen]
#[derive(Clone, Copy)]
pub enum InputLayout {
    Nchw = "nchw",
    Nhwc = "nhwc",
}

/// See [`head::GridKind`].
#[wasm_bindgen]
#[derive(Clone, Copy)]
pub enum GridKind {
    Yolox = "yolox",
    Ltrb = "ltrb",
    Nanodet = "nanodet",
}

/// See [`head::BoxFormat`].
#[wasm_bindgen]
#[derive(Clone, Copy)]
pub enum BoxFormat {
    Cxcywh = "cxcywh",
    Xyxy = "xyxy",
    Yxyx = "yxyx",
}

/// See [`head::BoxUnit`].
#[wasm_bindgen]
#[derive(Clone, Copy)]
pub enum BoxUnit {
    Px = "px",
    Share = "share",
}

/// See [`head::Layout`].
#[wasm_bindgen]
#[derive(Clone, Copy)]
pub enum HeadLayout {
    Rows = "rows",
    Columns = "columns",
}

/// See [`head::Activation`].
#[wasm_bindgen]
#[derive(Clone, Copy)]
pub enum Activation {
    None = "none",
    Sigmoid = "sigmoid",
    Softmax = "softmax",
}

/// See [`head::Part`].
#[wasm_bindgen]
#[derive(Clone, Copy)]
pub enum Part {
    Box = "box",
    Angle = "angle",
    Objectness = "objectness",
    Scores = "scores",
    Score = "score",
    Class = "class",
    Count = "count",
    Skipped = "skipped",
}

/// The model input; see [`spec::InputSpec`].
#[wasm_bindgen]
pub struct InputSpec(pub(super) spec::InputSpec);

#[wasm_bindgen]
impl InputSpec {
    /// `mean` and `std` must have three numbers each.
    #[allow(clippy::too_many_arguments)] // JavaScript passes numbers and names, not structs.
    #[wasm_bindgen(constructor)]
    pub fn new(
        width_px: u32,
        height_px: u32,
        layout: InputLayout,
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
            layout: match layout {
                InputLayout::Nchw => spec::InputLayout::Nchw,
                InputLayout::Nhwc => spec::InputLayout::Nhwc,
                _ => return Err(unknown("input layout")),
            },
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

/// The model head; see [`head::HeadSpec`].
#[wasm_bindgen]
pub struct HeadSpec(pub(super) head::HeadSpec);

#[wasm_bindgen]
impl HeadSpec {
    /// A head of grids. `strides` in px, in the order of the head; empty for 8, 16, 32.
    pub fn grid(kind: GridKind, classes: u32, strides: Vec<u32>) -> Result<HeadSpec, JsValue> {
        let kind = match kind {
            GridKind::Yolox => head::GridKind::Yolox,
            GridKind::Ltrb => head::GridKind::Ltrb,
            GridKind::Nanodet => head::GridKind::Nanodet,
            _ => return Err(unknown("head kind")),
        };
        Ok(Self(head::HeadSpec::Grid(head::GridSpec { kind, classes, strides })))
    }

    /// A head whose boxes the graph has worked out; its tensors' parts are added one by one.
    #[allow(clippy::too_many_arguments)] // JavaScript passes numbers and names, not structs.
    pub fn boxes(
        format: BoxFormat,
        unit: BoxUnit,
        layout: HeadLayout,
        activation: Activation,
        thinned: bool,
        boxes: u32,
        class_ids: Vec<u32>,
    ) -> Result<HeadSpec, JsValue> {
        Ok(Self(head::HeadSpec::Boxes(head::BoxesSpec {
            format: match format {
                BoxFormat::Cxcywh => head::BoxFormat::Cxcywh,
                BoxFormat::Xyxy => head::BoxFormat::Xyxy,
                BoxFormat::Yxyx => head::BoxFormat::Yxyx,
                _ => return Err(unknown("box format")),
            },
            unit: match unit {
                BoxUnit::Px => head::BoxUnit::Px,
                BoxUnit::Share => head::BoxUnit::Share,
                _ => return Err(unknown("box unit")),
            },
            layout: match layout {
                HeadLayout::Rows => head::Layout::Rows,
                HeadLayout::Columns => head::Layout::Columns,
                _ => return Err(unknown("head layout")),
            },
            activation: match activation {
                Activation::None => head::Activation::None,
                Activation::Sigmoid => head::Activation::Sigmoid,
                Activation::Softmax => head::Activation::Softmax,
                _ => return Err(unknown("activation")),
            },
            thinned,
            boxes,
            class_ids,
            tensors: Vec::new(),
        })))
    }

    /// Begins the next tensor. A head of grids has one, and takes no other.
    #[wasm_bindgen(js_name = addTensor)]
    pub fn add_tensor(&mut self) {
        if let head::HeadSpec::Boxes(boxes) = &mut self.0 {
            boxes.tensors.push(Vec::new());
        }
    }

    /// Says what the next `values` numbers of a box are, in the tensor begun last.
    #[wasm_bindgen(js_name = addPart)]
    pub fn add_part(&mut self, part: Part, values: u32) -> Result<(), JsValue> {
        let part = match part {
            Part::Box => head::Part::Box,
            Part::Angle => head::Part::Angle,
            Part::Objectness => head::Part::Objectness,
            Part::Scores => head::Part::Scores,
            Part::Score => head::Part::Score,
            Part::Class => head::Part::Class,
            Part::Count => head::Part::Count,
            Part::Skipped => head::Part::Skipped,
            _ => return Err(unknown("part of a head")),
        };
        if let head::HeadSpec::Boxes(boxes) = &mut self.0 {
            if let Some(tensor) = boxes.tensors.last_mut() {
                tensor.push((part, values));
            }
        }
        Ok(())
    }
}

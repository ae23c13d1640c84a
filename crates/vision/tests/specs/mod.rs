//! Specifications that several tests use; no test uses all of them.
#![allow(dead_code)]

use proptest::prelude::*;
use vision::geometry::Placement;
use vision::head::{Activation, BoxFormat, BoxUnit, Layout};
use vision::spec::{ChannelOrder, InputLayout, InputSpec};

/// An input that holds pixel values as they are.
pub fn plain_input((width_px, height_px): (u32, u32), placement: Placement) -> InputSpec {
    InputSpec {
        width_px,
        height_px,
        layout: InputLayout::Nchw,
        placement,
        pad: 0.0,
        order: ChannelOrder::Rgb,
        mean: [0.0; 3],
        std: [1.0; 3],
    }
}

/// How the boxes of a head are given.
pub fn any_reading() -> impl Strategy<Value = (BoxFormat, BoxUnit, Layout, Activation)> {
    (
        prop_oneof![Just(BoxFormat::Cxcywh), Just(BoxFormat::Xyxy), Just(BoxFormat::Yxyx)],
        prop_oneof![Just(BoxUnit::Px), Just(BoxUnit::Share)],
        prop_oneof![Just(Layout::Rows), Just(Layout::Columns)],
        prop_oneof![Just(Activation::None), Just(Activation::Sigmoid), Just(Activation::Softmax)],
    )
}

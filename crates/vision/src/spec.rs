//! What a model wants to be fed with.

use crate::error::VisionError;
use crate::geometry::Placement;

/// Largest side of a model input, px. Four times the largest detector input in use.
pub const MAX_INPUT_SIDE_PX: u32 = 2560;
/// Order of the channels in the tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChannelOrder {
    /// Red first.
    Rgb,
    /// Blue first.
    Bgr,
}

/// Order of the tensor's axes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputLayout {
    /// `[3, height_px, width_px]`: a plane for each colour.
    Nchw,
    /// `[height_px, width_px, 3]`: the colours of a pixel side by side.
    Nhwc,
}

/// The model input: a tensor of f32, see [`InputLayout`].
///
/// A pixel 0–255 becomes `(pixel - mean) / std`; the padding goes through the same arithmetic.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct InputSpec {
    /// Width, px.
    pub width_px: u32,
    /// Height, px.
    pub height_px: u32,
    /// Order of the axes.
    pub layout: InputLayout,
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

//! In place of `picture/` where the feature `pictures` is off: every file is refused.

use crate::error::VisionError;
use crate::frame::{FrameBuffer, FrameLayout};
use crate::jpeg::Jpeg;

/// How a camera was held; of no picture.
#[derive(Debug, Clone, Copy)]
pub struct Orientation(u8);

impl Orientation {
    /// The number.
    pub fn number(self) -> u8 {
        self.0
    }
}

/// Errors: [`VisionError::JpegUnsupported`].
pub fn read(
    jpeg: &mut Jpeg,
    frame: &mut FrameBuffer,
    max_side_px: u32,
) -> Result<(FrameLayout, Orientation), VisionError> {
    jpeg.read(frame, max_side_px).map(|layout| (layout, Orientation(1)))
}

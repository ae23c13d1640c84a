//! In place of `jpeg/` where the feature `pictures` is off, for browsers, which have decoders of their own:
//! every file is refused.

use crate::error::VisionError;
use crate::frame::{FrameBuffer, FrameLayout};

const REFUSED: VisionError =
    VisionError::JpegUnsupported { what: "this build of the core reads none" };

/// Takes no file.
#[derive(Debug, Default)]
pub struct Jpeg {}

impl Jpeg {
    /// Errors: [`VisionError::JpegUnsupported`].
    pub fn room(&mut self, _bytes: usize) -> Result<&mut [u8], VisionError> {
        Err(REFUSED)
    }

    /// Errors: [`VisionError::JpegUnsupported`].
    pub fn read(
        &mut self,
        _frame: &mut FrameBuffer,
        _max_side_px: u32,
    ) -> Result<FrameLayout, VisionError> {
        Err(REFUSED)
    }
}

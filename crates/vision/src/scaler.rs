//! Frame to a smaller RGBA picture, for what is sent away to be looked at elsewhere.

use crate::color::Normalisation;
use crate::error::VisionError;
use crate::frame::{FrameBuffer, FrameLayout};
use crate::resample::Resampler;

/// Largest side of a scaled picture, px: that of the largest model input.
pub const MAX_TARGET_SIDE_PX: u32 = crate::spec::MAX_INPUT_SIDE_PX;

/// Bytes of one RGBA pixel.
const PIXEL_BYTES: usize = 4;

/// Scales frames; samples where the letterbox does. Owns the frame buffer and the picture.
///
/// After the first frame of the largest size nothing is allocated any more.
#[derive(Debug)]
pub struct Scaler {
    frame: FrameBuffer,
    resampler: Resampler,
    /// Three colours of one row, side by side.
    row: Vec<f32>,
    picture: Vec<u8>,
    picture_bytes: usize,
}

impl Scaler {
    /// Makes a scaler without buffers. `simd` picks the SIMD128 twin where it exists (wasm32).
    pub fn new(simd: bool) -> Self {
        Self {
            frame: FrameBuffer::default(),
            resampler: Resampler::with_capacity(0, 0, simd),
            row: Vec::new(),
            picture: Vec::new(),
            picture_bytes: 0,
        }
    }

    /// See [`FrameBuffer::room`].
    pub fn frame_mut(&mut self, bytes: usize) -> Result<&mut [u8], VisionError> {
        self.frame.room(bytes)
    }

    /// The last picture.
    pub fn picture(&self) -> &[u8] {
        &self.picture[..self.picture_bytes]
    }

    /// Scales the frame in the frame buffer to exactly `target` (width, height) px, whatever its
    /// aspect ratio; gives RGBA8, row-major, alpha 255, valid until the next call.
    ///
    /// Errors: [`VisionError::TargetSize`], those of [`FrameLayout::check`]; the picture is then as
    /// it was.
    pub fn scale(
        &mut self,
        layout: &FrameLayout,
        target: (u32, u32),
    ) -> Result<&[u8], VisionError> {
        let (width, height) = target;
        let refused = VisionError::TargetSize { width, height, max: MAX_TARGET_SIDE_PX };
        let sides = 1..=MAX_TARGET_SIDE_PX;
        if !sides.contains(&width) || !sides.contains(&height) {
            return Err(refused);
        }
        layout.check(self.frame.len())?;
        let (row_px, rows) = (width as usize, height as usize);
        let (row_bytes, bytes) = (row_px * PIXEL_BYTES, row_px * rows * PIXEL_BYTES);
        if self.picture.len() < bytes {
            let missing = bytes - self.picture.len();
            self.picture.try_reserve_exact(missing).map_err(|_| refused)?;
            self.picture.resize(bytes, 0);
        }
        self.picture_bytes = bytes;
        if self.row.len() < 3 * row_px {
            self.row.resize(3 * row_px, 0.0);
        }
        self.resampler.prepare(layout, target);
        let factors = Normalisation::identity().factors(layout);
        let buffer = self.frame.readable();
        let (red, rest) = self.row.split_at_mut(row_px);
        let (green, rest) = rest.split_at_mut(row_px);
        let blue = &mut rest[..row_px];
        for (y, out) in self.picture[..bytes].chunks_exact_mut(row_bytes).enumerate() {
            self.resampler.row(buffer, layout, &factors, y, [red, green, blue]);
            self.resampler.pack_rgba([red, green, blue], out);
        }
        Ok(self.picture())
    }
}

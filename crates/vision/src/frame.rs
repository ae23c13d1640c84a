//! How the pixels of a frame lie in its buffer, and the check that they do.

use crate::error::VisionError;

/// Largest side of a frame, px.
pub const MAX_FRAME_SIDE_PX: u32 = 8192;
/// Largest frame buffer: 8192 × 8192 RGBA.
pub const MAX_FRAME_BYTES: usize = 256 << 20;
/// Readable bytes that follow every frame, so that 16-byte loads at its last pixel stay inside.
pub const FRAME_SLACK_BYTES: usize = 32;
/// Most planes of a format.
pub const MAX_PLANES: usize = 3;

/// Order of the bytes; the names are those of WebCodecs, which has no RGB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PixelFormat {
    /// 4 bytes a pixel, red first; the fourth is not looked at, so RGBX is the same.
    Rgba,
    /// 3 bytes a pixel, red first: what decoders of pictures give.
    Rgb,
    /// 4 bytes a pixel, blue first; BGRX is the same.
    Bgra,
    /// Planes Y, U, V; U and V at half the size each way, rounded up.
    I420,
    /// Planes Y and UV (interleaved); UV at half the size each way, rounded up.
    Nv12,
}

impl PixelFormat {
    /// Number of planes.
    pub fn plane_count(self) -> usize {
        match self {
            Self::Rgba | Self::Bgra | Self::Rgb => 1,
            Self::Nv12 => 2,
            Self::I420 => 3,
        }
    }

    /// Bytes of one row and number of rows of a plane, for a frame of `width` × `height` px.
    fn plane_size(self, plane: usize, width: u32, height: u32) -> (u32, u32) {
        match (self, plane) {
            (Self::Rgba | Self::Bgra, _) => (width * 4, height),
            (Self::Rgb, _) => (width * 3, height),
            (_, 0) => (width, height),
            (Self::I420, _) => (width.div_ceil(2), height.div_ceil(2)),
            (Self::Nv12, _) => (width.div_ceil(2) * 2, height.div_ceil(2)),
        }
    }
}

/// The matrix that made Y, U and V out of R, G and B.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColorMatrix {
    /// ITU-R BT.601: most cameras and WebRTC video.
    Bt601,
    /// ITU-R BT.709: HD video.
    Bt709,
}

/// The part of 0–255 that Y, U and V use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColorRange {
    /// Y 16–235, U and V 16–240.
    Limited,
    /// 0–255.
    Full,
}

/// Where one plane lies in the frame buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Plane {
    /// First byte.
    pub offset: u32,
    /// Bytes from row to row.
    pub stride: u32,
}

/// A frame as its source describes it. Nothing in it is trusted before [`FrameLayout::check`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameLayout {
    /// Order of the bytes.
    pub format: PixelFormat,
    /// Width, px.
    pub width_px: u32,
    /// Height, px.
    pub height_px: u32,
    /// The first `plane_count` count.
    pub planes: [Plane; MAX_PLANES],
    /// Planes given.
    pub plane_count: usize,
    /// Colour matrix; not looked at for RGB formats.
    pub matrix: ColorMatrix,
    /// Colour range; not looked at for RGB formats.
    pub range: ColorRange,
}

/// Room for one frame, with the slack behind it. Grows, never shrinks.
#[derive(Debug, Default)]
pub struct FrameBuffer {
    bytes: Vec<u8>,
    frame_bytes: usize,
}

impl FrameBuffer {
    /// Room for a frame of `bytes` bytes; old contents may stay.
    ///
    /// Errors: [`VisionError::FrameBytes`].
    pub fn room(&mut self, bytes: usize) -> Result<&mut [u8], VisionError> {
        let refused = VisionError::FrameBytes { bytes, max: MAX_FRAME_BYTES };
        if bytes > MAX_FRAME_BYTES {
            return Err(refused);
        }
        let needed = bytes + FRAME_SLACK_BYTES;
        if self.bytes.len() < needed {
            // The only size that a frame's source decides: memory may be short on a phone.
            self.bytes.try_reserve_exact(needed - self.bytes.len()).map_err(|_| refused)?;
            self.bytes.resize(needed, 0);
        }
        self.frame_bytes = bytes;
        Ok(&mut self.bytes[..bytes])
    }

    /// Bytes of the frame.
    pub fn len(&self) -> usize {
        self.frame_bytes
    }

    /// Whether there is no frame.
    pub fn is_empty(&self) -> bool {
        self.frame_bytes == 0
    }

    /// The frame, then [`FRAME_SLACK_BYTES`] bytes that may hold anything.
    pub fn readable(&self) -> &[u8] {
        // Before the first `room` there is no slack either: an empty frame then.
        &self.bytes[..(self.frame_bytes + FRAME_SLACK_BYTES).min(self.bytes.len())]
    }
}

impl FrameLayout {
    /// Checks that every pixel described lies within `frame_bytes`.
    ///
    /// Errors: [`VisionError::FrameSize`], [`VisionError::PlaneCount`],
    /// [`VisionError::PlaneStride`], [`VisionError::PlaneBounds`].
    pub fn check(&self, frame_bytes: usize) -> Result<(), VisionError> {
        let (width, height, max) = (self.width_px, self.height_px, MAX_FRAME_SIDE_PX);
        if width == 0 || height == 0 || width > max || height > max {
            return Err(VisionError::FrameSize { width, height, max });
        }
        let expected = self.format.plane_count();
        if self.plane_count != expected {
            return Err(VisionError::PlaneCount { actual: self.plane_count, expected });
        }
        for (plane, &Plane { offset, stride }) in self.planes.iter().take(expected).enumerate() {
            let (row_bytes, rows) = self.format.plane_size(plane, width, height);
            if stride < row_bytes {
                return Err(VisionError::PlaneStride { plane, stride, row_bytes });
            }
            // 2^32 · 2^13 at most: u64 cannot overflow.
            let end =
                u64::from(offset) + u64::from(stride) * u64::from(rows - 1) + u64::from(row_bytes);
            if end > frame_bytes as u64 {
                return Err(VisionError::PlaneBounds { plane, end, frame_bytes });
            }
        }
        Ok(())
    }
}

//! The one error type of the crate.

use thiserror::Error;

/// Everything this crate can refuse. [`VisionError::code`] is the name that callers branch on.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum VisionError {
    /// The model input described is outside the bounds, or holds a number that is not usable.
    #[error("Cannot use this model input: {field} is {value}")]
    InputSpec {
        /// The field of the specification.
        field: &'static str,
        /// Its value.
        value: f64,
    },
    /// The model head described is outside the bounds.
    #[error("Cannot use this model head: {field} is {value}")]
    HeadSpec {
        /// The field of the specification.
        field: &'static str,
        /// Its value.
        value: f64,
    },
    /// A name that is none of the known ones, for example a pixel format.
    #[error("Cannot use an unknown {what}")]
    UnknownName {
        /// What the name should have been.
        what: &'static str,
    },
    /// The frame is empty or larger than the bound.
    #[error("Cannot use a frame of this size: {width}x{height} px, each side must be 1 to {max}")]
    FrameSize {
        /// Width, px.
        width: u32,
        /// Height, px.
        height: u32,
        /// The bound, px.
        max: u32,
    },
    /// The frame buffer asked for is larger than the bound, or than the memory left.
    #[error("Cannot make a frame buffer of {bytes} bytes: at most {max}, memory permitting")]
    FrameBytes {
        /// Bytes asked for.
        bytes: usize,
        /// The bound, bytes.
        max: usize,
    },
    /// The frame does not have the number of planes its format has.
    #[error("Cannot read the frame: it has {actual} planes, its format has {expected}")]
    PlaneCount {
        /// Planes given.
        actual: usize,
        /// Planes of the format.
        expected: usize,
    },
    /// A row of the plane is longer than its stride.
    #[error("Cannot read plane {plane}: the stride is {stride} bytes, a row has {row_bytes}")]
    PlaneStride {
        /// Index of the plane.
        plane: usize,
        /// Bytes from row to row.
        stride: u32,
        /// Bytes of one row.
        row_bytes: u32,
    },
    /// The plane does not fit into the frame buffer.
    #[error("Cannot read plane {plane}: it ends at byte {end}, the frame has {frame_bytes}")]
    PlaneBounds {
        /// Index of the plane.
        plane: usize,
        /// One past its last byte.
        end: u64,
        /// Bytes of the frame.
        frame_bytes: usize,
    },
    /// The model's output does not have the number of elements the head has.
    #[error("Cannot decode the head: it has {actual} elements, expected {expected}")]
    HeadLength {
        /// Elements given.
        actual: usize,
        /// Elements of the head.
        expected: usize,
    },
    /// A threshold or bound of the detection is not usable.
    #[error("Cannot detect with this {field}: {value}")]
    DetectOption {
        /// The option.
        field: &'static str,
        /// Its value.
        value: f64,
    },
    /// A threshold or bound of the tracker is not usable.
    #[error("Cannot track with this {field}: {value}")]
    TrackOption {
        /// The option.
        field: &'static str,
        /// Its value.
        value: f64,
    },
    /// The size asked of the scaler is outside the bounds, or larger than the memory left.
    #[error(
        "Cannot scale to {width}x{height} px: each side must be 1 to {max}, memory permitting"
    )]
    TargetSize {
        /// Width, px.
        width: u32,
        /// Height, px.
        height: u32,
        /// The bound, px.
        max: u32,
    },
    /// The JPEG file is larger than the bound.
    #[error("Cannot read a JPEG of {bytes} bytes: at most {max}")]
    JpegBytes {
        /// Bytes of the file.
        bytes: usize,
        /// The bound, bytes.
        max: usize,
    },
    /// The JPEG file ends before its picture does.
    #[error("Cannot read the JPEG: it ends early")]
    JpegTruncated,
    /// The bytes are no JPEG file, or a damaged one.
    #[error("Cannot read the JPEG: {reason}")]
    JpegFormat {
        /// What is wrong with it.
        reason: String,
    },
    /// The JPEG file is of a kind that is not read here.
    #[error("Cannot read this kind of JPEG: {what}")]
    JpegUnsupported {
        /// What it has that is not read.
        what: &'static str,
    },
    /// The JPEG's picture is empty or larger than the bounds, by its header.
    #[error(
        "Cannot read a JPEG of {width}x{height} px: each side must be 1 to {max}, \
        and at most {max_pixels} px in all"
    )]
    JpegSize {
        /// Width, px.
        width: u32,
        /// Height, px.
        height: u32,
        /// The bound of a side, px.
        max: u32,
        /// The bound of the picture, px.
        max_pixels: u32,
    },
    /// The bytes are no PNG or WebP file, or a damaged one, or one that is not read here.
    #[error("Cannot read the picture: {reason}")]
    PictureFormat {
        /// What is wrong with it.
        reason: String,
    },
    /// The picture is empty or larger than the bounds, by its header.
    #[error(
        "Cannot read a picture of {width}x{height} px: each side must be 1 to {max}, \
        and at most {max_pixels} px in all"
    )]
    PictureSize {
        /// Width, px.
        width: u32,
        /// Height, px.
        height: u32,
        /// The bound of a side, px.
        max: u32,
        /// The bound of the picture, px.
        max_pixels: u32,
    },
    /// Boxes were asked for before any frame: there is no geometry to map them back with.
    #[error("Cannot detect before the first letterbox")]
    NoFrame,
}

impl VisionError {
    /// The stable name of the error. The TypeScript face lists the same names.
    pub fn code(&self) -> &'static str {
        match self {
            Self::InputSpec { .. } => "input-spec",
            Self::HeadSpec { .. } => "head-spec",
            Self::UnknownName { .. } => "unknown-name",
            Self::FrameSize { .. } => "frame-size",
            Self::FrameBytes { .. } => "frame-bytes",
            Self::PlaneCount { .. } => "plane-count",
            Self::PlaneStride { .. } => "plane-stride",
            Self::PlaneBounds { .. } => "plane-bounds",
            Self::HeadLength { .. } => "head-length",
            Self::DetectOption { .. } => "detect-option",
            Self::TrackOption { .. } => "track-option",
            Self::TargetSize { .. } => "target-size",
            Self::JpegBytes { .. } => "jpeg-bytes",
            Self::JpegTruncated => "jpeg-truncated",
            Self::JpegFormat { .. } => "jpeg-format",
            Self::JpegUnsupported { .. } => "jpeg-unsupported",
            Self::JpegSize { .. } => "jpeg-size",
            Self::PictureFormat { .. } => "picture-format",
            Self::PictureSize { .. } => "picture-size",
            Self::NoFrame => "no-frame",
        }
    }
}

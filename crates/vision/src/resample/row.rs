//! What one output row is made from: the rows that scalar and SIMD twin both take.

use super::taps::RowTaps;
use crate::frame::Plane;

/// The two source rows of one plane that make one output row.
///
/// Both slices run from the row's first byte to the end of the frame buffer, slack included.
#[derive(Clone, Copy)]
pub(crate) struct SourceRow<'a> {
    pub top: &'a [u8],
    pub bottom: &'a [u8],
    pub weights: [i32; 2],
}

impl<'a> SourceRow<'a> {
    /// `skip`: bytes before the first sample of interest, for interleaved planes.
    pub fn new(buffer: &'a [u8], plane: Plane, taps: &RowTaps, skip: usize) -> Self {
        let start = |row: usize| plane.offset as usize + row * plane.stride as usize + skip;
        Self {
            top: &buffer[start(taps.first)..],
            bottom: &buffer[start(taps.second)..],
            weights: taps.weights,
        }
    }
}

/// Source rows of Y, U and V.
#[derive(Clone, Copy)]
pub(crate) struct YuvRow<'a> {
    pub y: SourceRow<'a>,
    pub u: SourceRow<'a>,
    pub v: SourceRow<'a>,
}

/// One row of the scaled picture, as three planes of equal length.
pub(crate) type ColorRow<'a> = [&'a mut [f32]; 3];

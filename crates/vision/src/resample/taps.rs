//! Where each column and row of the scaled picture samples the source.
//!
//! Source: bilinear as OpenCV INTER_LINEAR (half-pixel centres, edge clamp, 11-bit weights). Unlike
//! OpenCV, sums are not rounded back to 8 bits on the way to f32.

use crate::color::WEIGHT_BITS;

/// Output columns handled at once by the SIMD twin.
pub(crate) const GROUP: usize = 4;
/// Weight of a tap that counts alone.
const FULL_WEIGHT: i16 = 1 << WEIGHT_BITS;
/// A swizzle index that gives 0.
const NO_BYTE: u8 = 0x80;

/// One axis of a plane: how many samples it has and how many make the scaled picture.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Axis {
    /// Frame side, px.
    pub source_px: u32,
    /// Side of the scaled picture, px.
    pub target_px: u32,
    /// Whether the plane has half the frame's resolution (rounded up), as chroma has.
    pub halved: bool,
}

impl Axis {
    /// First tap and weight of the second, for one output position. The second tap is the next
    /// sample; at the far edge the first is the last but one, so that it exists.
    ///
    /// Chroma samples are taken to lie midway between luma samples (as JPEG and libyuv do).
    fn tap(&self, index: u32) -> (u32, i16) {
        let samples = if self.halved { self.source_px.div_ceil(2) } else { self.source_px };
        let px = (f64::from(index) + 0.5) * f64::from(self.source_px) / f64::from(self.target_px);
        let position = if self.halved { px / 2.0 } else { px } - 0.5;
        let last = f64::from(samples - 1);
        if samples == 1 || position <= 0.0 {
            (0, 0)
        } else if position >= last {
            (samples - 2, FULL_WEIGHT)
        } else {
            let first = position.floor();
            let weight = ((position - first) * f64::from(FULL_WEIGHT)).round();
            (first as u32, weight as i16)
        }
    }
}

/// Taps of one output row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RowTaps {
    pub first: usize,
    pub second: usize,
    pub weights: [i32; 2],
}

/// Taps of every output column of one plane.
#[derive(Debug, Default)]
pub(crate) struct Columns {
    /// Byte of the first tap within a row. Never falls from one column to the next.
    pub offsets: Vec<u32>,
    /// Weights of the first and the second tap.
    pub weights: Vec<[i16; 2]>,
    /// Bytes from the first tap to the second.
    pub step: usize,
    /// For each whole group of [`GROUP`] columns: the swizzle that turns the 16 bytes at the
    /// group's first tap into four pairs of 16-bit samples.
    pub patterns: Vec<[u8; 16]>,
    /// Whether 16 bytes reach the taps of every group; `patterns` is empty otherwise.
    pub compact: bool,
}

impl Columns {
    /// Tables for up to `capacity` columns, without contents.
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            offsets: Vec::with_capacity(capacity),
            weights: Vec::with_capacity(capacity),
            patterns: Vec::with_capacity(capacity / GROUP),
            ..Self::default()
        }
    }

    /// Fills the tables anew; allocates only past the capacity. `step`: bytes from sample to sample.
    pub fn rebuild(&mut self, axis: Axis, step: usize) {
        self.step = step;
        self.offsets.clear();
        self.weights.clear();
        for index in 0..axis.target_px {
            let (first, weight) = axis.tap(index);
            self.offsets.push(first * step as u32);
            self.weights.push([FULL_WEIGHT - weight, weight]);
        }
        self.patterns.clear();
        // A pair of samples is wider than 2 bytes where colours are interleaved four by four: the
        // SIMD twin reads such pixels one by one.
        self.compact = step <= 2
            && self
                .offsets
                .chunks_exact(GROUP)
                .all(|group| (group[GROUP - 1] - group[0]) as usize + step < 16);
        if self.compact {
            self.patterns.extend(self.offsets.chunks_exact(GROUP).map(|group| {
                let mut pattern = [NO_BYTE; 16];
                for (lane, offset) in group.iter().enumerate() {
                    let near = (offset - group[0]) as u8;
                    pattern[lane * 4] = near;
                    pattern[lane * 4 + 2] = near + step as u8;
                }
                pattern
            }));
        }
    }
}

/// Fills `rows` with the taps of every output row; allocates only past its capacity.
pub(crate) fn rebuild_rows(rows: &mut Vec<RowTaps>, axis: Axis) {
    let samples = if axis.halved { axis.source_px.div_ceil(2) } else { axis.source_px } as usize;
    rows.clear();
    for index in 0..axis.target_px {
        let (first, weight) = axis.tap(index);
        rows.push(RowTaps {
            first: first as usize,
            second: (first as usize + 1).min(samples - 1),
            weights: [i32::from(FULL_WEIGHT - weight), i32::from(weight)],
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_use_half_pixel_centres_and_clamp_at_the_edges() {
        let mut columns = Columns::default();
        columns.rebuild(Axis { source_px: 2, target_px: 4, halved: false }, 1);
        assert_eq!(columns.offsets, [0, 0, 0, 0]);
        // Positions −0.25 (clamped), 0.25, 0.75, 1.25 (clamped).
        assert_eq!(columns.weights, [[2048, 0], [1536, 512], [512, 1536], [0, 2048]]);
        assert!(columns.compact);
    }

    #[test]
    fn groups_wider_than_sixteen_bytes_have_no_pattern() {
        let mut columns = Columns::default();
        columns.rebuild(Axis { source_px: 1920, target_px: 320, halved: false }, 1);
        assert!(!columns.compact && columns.patterns.is_empty());
    }

    #[test]
    fn a_single_sample_is_read_alone() {
        let mut rows = Vec::new();
        rebuild_rows(&mut rows, Axis { source_px: 1, target_px: 3, halved: true });
        assert!(rows.iter().all(|row| *row == RowTaps { first: 0, second: 0, weights: [2048, 0] }));
    }
}

//! Small luma pictures: what is kept of a frame to follow objects in.

use crate::error::VisionError;
use crate::frame::{Plane, MAX_FRAME_SIDE_PX};

/// The longer side of a small picture is about so many px: the nearest that whole blocks of the frame
/// give. At 160, 20 px of a 640 px frame are 5, the least that a match is sure of.
const LONG_SIDE_PX: u32 = 160;
/// Sizes of each picture: whole, half, a quarter. Large objects are matched in the smaller ones.
pub(super) const LEVELS: usize = 3;

/// A frame's Y plane in its buffer, and how it is turned for display.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LumaFrame {
    /// Width as stored, px.
    pub width_px: u32,
    /// Height as stored, px.
    pub height_px: u32,
    /// Where the plane is.
    pub plane: Plane,
    /// Clockwise quarter turns for display; what is above three counts again from 0.
    pub quarter_turns: u32,
}

impl LumaFrame {
    /// Checks that every pixel described lies within `frame_bytes`.
    pub(super) fn check(&self, frame_bytes: usize) -> Result<(), VisionError> {
        let (width, height, max) = (self.width_px, self.height_px, MAX_FRAME_SIDE_PX);
        if width == 0 || height == 0 || width > max || height > max {
            return Err(VisionError::FrameSize { width, height, max });
        }
        let Plane { offset, stride } = self.plane;
        if stride < width {
            return Err(VisionError::PlaneStride { plane: 0, stride, row_bytes: width });
        }
        let end = u64::from(offset) + u64::from(stride) * u64::from(height - 1) + u64::from(width);
        if end > frame_bytes as u64 {
            return Err(VisionError::PlaneBounds { plane: 0, end, frame_bytes });
        }
        Ok(())
    }

    /// Side of the blocks that become one small pixel.
    fn block(&self) -> usize {
        let longer = self.width_px.max(self.height_px);
        // A frame narrower than a block's side has one all the same.
        let most = self.width_px.min(self.height_px);
        ((longer + LONG_SIDE_PX / 2) / LONG_SIDE_PX).clamp(1, most) as usize
    }
}

/// One size of a picture.
#[derive(Debug, Clone, Copy)]
pub(super) struct Level<'a> {
    pub width: usize,
    pub height: usize,
    /// Row-major, without gaps.
    pub luma: &'a [u8],
}

/// A frame's luma, reduced. Its buffers are used again for the next.
#[derive(Debug, Default)]
pub(super) struct Picture {
    pub time_ms: f64,
    sizes: [(usize, usize); LEVELS],
    luma: [Vec<u8>; LEVELS],
}

impl Picture {
    /// Size (width, height), px.
    pub fn size(&self) -> (usize, usize) {
        self.sizes[0]
    }

    /// The picture at 1 / 2^`level` of its size.
    pub fn level(&self, level: usize) -> Level<'_> {
        let (width, height) = self.sizes[level];
        Level { width, height, luma: &self.luma[level] }
    }

    /// Takes in a checked frame: means of its blocks, turned for display.
    pub fn read(&mut self, bytes: &[u8], frame: &LumaFrame, scratch: &mut Scratch) {
        let size = reduce(bytes, frame, scratch);
        self.sizes[0] = turn(&scratch.reduced, size, frame.quarter_turns, &mut self.luma[0]);
        for level in 1..LEVELS {
            let (larger, smaller) = self.luma.split_at_mut(level);
            self.sizes[level] = halve(&larger[level - 1], self.sizes[level - 1], &mut smaller[0]);
        }
    }
}

/// What reading a frame needs beside the picture.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    columns: Vec<u16>,
    reduced: Vec<u8>,
}

/// Means of whole blocks; what is left over at the right and at the bottom is not looked at. Gives the
/// size.
fn reduce(bytes: &[u8], frame: &LumaFrame, scratch: &mut Scratch) -> (usize, usize) {
    let block = frame.block();
    let (width, height) = (frame.width_px as usize / block, frame.height_px as usize / block);
    let (offset, stride) = (frame.plane.offset as usize, frame.plane.stride as usize);
    let used = width * block;
    let Scratch { columns, reduced } = scratch;
    columns.resize(used, 0);
    reduced.clear();
    // A block is at most 51 rows high: its columns' sums fit.
    let area = (block * block) as u32;
    for y in 0..height {
        columns.fill(0);
        for row in 0..block {
            let at = offset + (y * block + row) * stride;
            for (sum, &value) in columns.iter_mut().zip(&bytes[at..at + used]) {
                *sum += u16::from(value);
            }
        }
        reduced.extend(columns.chunks_exact(block).map(|sums| {
            let sum: u32 = sums.iter().map(|&sum| u32::from(sum)).sum();
            ((sum + area / 2) / area) as u8
        }));
    }
    (width, height)
}

/// Turns a picture clockwise; gives its size then.
fn turn(
    from: &[u8],
    (width, height): (usize, usize),
    quarter_turns: u32,
    into: &mut Vec<u8>,
) -> (usize, usize) {
    into.clear();
    match quarter_turns % 4 {
        0 => into.extend_from_slice(from),
        1 => {
            for x in 0..width {
                into.extend((0..height).rev().map(|y| from[y * width + x]));
            }
            return (height, width);
        }
        2 => into.extend(from.iter().rev()),
        _ => {
            for x in (0..width).rev() {
                into.extend((0..height).map(|y| from[y * width + x]));
            }
            return (height, width);
        }
    }
    (width, height)
}

/// Means of two by two; a picture of one row or column keeps it.
fn halve(from: &[u8], (width, height): (usize, usize), into: &mut Vec<u8>) -> (usize, usize) {
    let (columns, rows) = ((width / 2).max(1), (height / 2).max(1));
    into.clear();
    for y in 0..rows {
        let upper = &from[2 * y * width..][..width];
        let lower = &from[(2 * y + 1).min(height - 1) * width..][..width];
        into.extend((0..columns).map(|x| {
            let (left, right) = (2 * x, (2 * x + 1).min(width - 1));
            let sum = [upper[left], upper[right], lower[left], lower[right]];
            (sum.iter().map(|&value| u16::from(value)).sum::<u16>().div_ceil(4)) as u8
        }));
    }
    (columns, rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(width_px: u32, height_px: u32, stride: u32) -> LumaFrame {
        let plane = Plane { offset: 3, stride };
        LumaFrame { width_px, height_px, plane, quarter_turns: 0 }
    }

    fn read(bytes: &[u8], frame: &LumaFrame) -> Picture {
        let mut picture = Picture::default();
        picture.read(bytes, frame, &mut Scratch::default());
        picture
    }

    #[test]
    fn blocks_become_their_means() {
        let frame = frame(320, 240, 330);
        let mut bytes = vec![9; 3 + 330 * 240];
        // The block at (1, 0).
        for (at, value) in [(3 + 2, 10), (3 + 3, 20), (3 + 332, 30), (3 + 333, 41)] {
            bytes[at] = value;
        }
        let picture = read(&bytes, &frame);
        assert_eq!(picture.size(), (160, 120));
        assert_eq!(picture.level(0).luma[..3], [9, 25, 9]);
        assert_eq!((picture.level(1).width, picture.level(2).height), (80, 30));
    }

    #[test]
    fn a_turned_frame_is_kept_upright() {
        // 1 2 3
        // 4 5 6
        let mut bytes = vec![0; 3];
        bytes.extend([1, 2, 3, 4, 5, 6]);
        for (quarter_turns, size, luma) in [
            (0, (3, 2), [1, 2, 3, 4, 5, 6]),
            (1, (2, 3), [4, 1, 5, 2, 6, 3]),
            (2, (3, 2), [6, 5, 4, 3, 2, 1]),
            (3, (2, 3), [3, 6, 2, 5, 1, 4]),
        ] {
            let picture = read(&bytes, &LumaFrame { quarter_turns, ..frame(3, 2, 3) });
            assert_eq!((picture.size(), picture.level(0).luma), (size, &luma[..]));
        }
    }

    #[test]
    fn no_frame_makes_much() {
        for side in [1, 8, 100, 239, 240, 241, 400, 640, 8192] {
            for other in [1, 7, side / 3 + 1, side] {
                let frame = frame(side, other, side);
                let picture = read(&vec![7; 3 + (side * other) as usize], &frame);
                let (width, height) = picture.size();
                assert!(width >= 1 && height >= 1, "{side} {other}");
                assert!(width * height <= 240 * 240, "{side} {other}: {width} {height}");
                assert!(picture.level(2).luma.iter().all(|&value| value == 7));
            }
        }
    }
}

//! What a picture shows at the points of a grid, between its pixels too.

use super::ncc::UNIT;
use super::picture::{Level, Picture, LEVELS};

/// Parts of a pixel that samples are taken at.
const PARTS: i32 = 64;
/// From products of parts to [`UNIT`]s.
const SHIFT: u32 = (PARTS * PARTS / UNIT).trailing_zeros();

/// Points in a picture, as far apart down as across.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grid {
    /// The first point: the centre of a picture's first pixel is at 0.5.
    pub left: f32,
    pub top: f32,
    /// From point to point, px of the picture.
    pub step: f32,
    /// How many there are.
    pub width: usize,
    pub height: usize,
}

impl Grid {
    /// The grid with this centre and size.
    pub fn around((x, y): (f32, f32), step: f32, (width, height): (usize, usize)) -> Self {
        let first = |centre: f32, count: usize| centre - step * (count as f32 - 1.0) / 2.0;
        Self { left: first(x, width), top: first(y, height), step, width, height }
    }
}

/// Where one column or row of a grid lies: the pixel before it, and how far on it is.
#[derive(Debug, Clone, Copy, Default)]
struct Tap {
    at: usize,
    next: usize,
    part: i32,
}

/// Most columns of a grid.
const MAX_COLUMNS: usize = 64;

fn tap(position: f32, length: usize) -> Tap {
    // Outside, the picture goes on as it is at its border.
    let clamped = (position - 0.5).clamp(0.0, (length - 1) as f32);
    let whole = clamped as usize;
    let part = ((clamped - whole as f32) * PARTS as f32) as i32;
    Tap { at: whole, next: (whole + 1).min(length - 1), part }
}

/// Writes the grid's samples, [`UNIT`]s of a grey level, in rows `stride` apart.
pub(super) fn sample(picture: &Picture, grid: &Grid, into: &mut [i16], stride: usize) {
    // The size of the picture that has about one pixel for each point: none is passed over.
    let mut level = 0;
    let mut scale = 1.0;
    while level + 1 < LEVELS && grid.step * scale >= 1.7 {
        level += 1;
        scale /= 2.0;
    }
    let Level { width, height, luma } = picture.level(level);
    let mut columns = [Tap::default(); MAX_COLUMNS];
    let columns = &mut columns[..grid.width];
    for (x, column) in columns.iter_mut().enumerate() {
        *column = tap((grid.left + grid.step * x as f32) * scale, width);
    }
    for (y, out) in into.chunks_mut(stride).take(grid.height).enumerate() {
        let row = tap((grid.top + grid.step * y as f32) * scale, height);
        let upper = &luma[row.at * width..][..width];
        let lower = &luma[row.next * width..][..width];
        for (column, value) in columns.iter().zip(out.iter_mut()) {
            let at = |pixels: &[u8]| {
                let (left, right) = (i32::from(pixels[column.at]), i32::from(pixels[column.next]));
                left * PARTS + (right - left) * column.part
            };
            let (above, below) = (at(upper), at(lower));
            *value = ((above * PARTS + (below - above) * row.part) >> SHIFT) as i16;
        }
    }
}

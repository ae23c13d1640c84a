//! Normalised cross-correlation: where in a window a template is seen.
//!
//! Values are grey levels times [`UNIT`], so that a template of the largest size sums up in 32 bits and
//! sampling between pixels loses little. All sums are of integers: the twins agree bit by bit.

mod scalar;
#[cfg(target_arch = "wasm32")]
mod simd;

// Only wasm32 has a twin.
#[cfg(not(target_arch = "wasm32"))]
use scalar as simd;

use super::picture::Picture;
use super::sample::{sample, Grid};

/// Largest side of a template, px of it.
pub(super) const MAX_TEMPLATE: usize = 32;
/// Furthest that is looked to each side, px of the template.
pub(super) const MAX_REACH: usize = 16;
/// Places in a row that a template may be at, at most.
pub(super) const MAX_PLACES: usize = 2 * MAX_REACH + 1;
/// What one grey level is.
pub(super) const UNIT: i32 = 4;

const LANES: usize = 8;
const MAX_WINDOW: usize = MAX_TEMPLATE + 2 * MAX_REACH;
/// A row of the window: loads of whole lanes at its last places end inside.
const WINDOW_STRIDE: usize = MAX_WINDOW + LANES;

/// Below this standard deviation, grey levels, there is nothing to be recognised: it is the camera's noise.
const FLAT: f64 = 2.5;

/// A patch of a picture, to be found again in others.
#[derive(Debug, Clone)]
pub(super) struct Template {
    pub width: usize,
    pub height: usize,
    /// Row length: a multiple of [`LANES`]; zeros past the width.
    stride: usize,
    values: [i16; MAX_TEMPLATE * MAX_TEMPLATE],
    sum: i64,
    /// n² times the variance.
    spread: i64,
}

impl Default for Template {
    fn default() -> Self {
        let values = [0; MAX_TEMPLATE * MAX_TEMPLATE];
        Self { width: 0, height: 0, stride: 0, values, sum: 0, spread: 0 }
    }
}

impl Template {
    /// Takes what the grid shows, at most [`MAX_TEMPLATE`] a side.
    pub fn cut(&mut self, picture: &Picture, grid: &Grid) {
        self.width = grid.width;
        self.height = grid.height;
        self.stride = grid.width.next_multiple_of(LANES);
        self.values.fill(0);
        sample(picture, grid, &mut self.values, self.stride);
        self.measure();
    }

    /// Mixes in `share` of what is at the window's place (x, y).
    pub fn renew(&mut self, window: &Window, (x, y): (usize, usize), share: f32) {
        for row in 0..self.height {
            let seen = window.row(y + row, x);
            let own = &mut self.values[row * self.stride..][..self.width];
            for (value, &seen) in own.iter_mut().zip(seen) {
                let difference = f32::from(seen) - f32::from(*value);
                *value += (difference * share).round() as i16;
            }
        }
        self.measure();
    }

    /// Whether there is anything in it to be recognised by.
    pub fn is_flat(&self) -> bool {
        is_flat(self.spread, self.count())
    }

    fn measure(&mut self) {
        let (mut sum, mut squares) = (0i64, 0i64);
        for &value in &self.values[..self.stride * self.height] {
            sum += i64::from(value);
            squares += i64::from(value) * i64::from(value);
        }
        self.sum = sum;
        self.spread = self.count() * squares - sum * sum;
    }

    fn count(&self) -> i64 {
        (self.width * self.height) as i64
    }

    fn row(&self, row: usize) -> &[i16] {
        &self.values[row * self.stride..][..self.stride]
    }
}

fn is_flat(spread: i64, count: i64) -> bool {
    let least = FLAT * f64::from(UNIT) * count as f64;
    (spread as f64) < least * least
}

/// Where a template is looked for, in its own px.
#[derive(Debug)]
pub(super) struct Window {
    width: usize,
    height: usize,
    values: [i16; WINDOW_STRIDE * MAX_WINDOW],
    /// Sums over all that is above and to the left, with a row and a column of zeros before them. Of
    /// squares they may wrap: differences do not.
    sums: Vec<u32>,
    squares: Vec<u32>,
}

impl Default for Window {
    fn default() -> Self {
        let size = (MAX_WINDOW + 1) * (MAX_WINDOW + 1);
        let values = [0; WINDOW_STRIDE * MAX_WINDOW];
        Self { width: 0, height: 0, values, sums: vec![0; size], squares: vec![0; size] }
    }
}

impl Window {
    /// Takes what the grid shows.
    pub fn cut(&mut self, picture: &Picture, grid: &Grid) {
        self.width = grid.width;
        self.height = grid.height;
        sample(picture, grid, &mut self.values, WINDOW_STRIDE);
        let line = grid.width + 1;
        self.sums[..line].fill(0);
        self.squares[..line].fill(0);
        for y in 0..grid.height {
            let row = &self.values[y * WINDOW_STRIDE..][..grid.width];
            let (above, at) = (y * line, (y + 1) * line);
            let (mut sum, mut square) = (0u32, 0u32);
            self.sums[at] = 0;
            self.squares[at] = 0;
            for (x, &value) in row.iter().enumerate() {
                let value = value as u32;
                sum += value;
                square = square.wrapping_add(value * value);
                self.sums[at + x + 1] = self.sums[above + x + 1] + sum;
                self.squares[at + x + 1] = self.squares[above + x + 1].wrapping_add(square);
            }
        }
    }

    /// How many places there are for a template, across and down.
    fn places(&self, template: &Template) -> (usize, usize) {
        (self.width + 1 - template.width, self.height + 1 - template.height)
    }

    /// From (x, row) on, to the end of the values.
    fn row(&self, row: usize, x: usize) -> &[i16] {
        let at = row * WINDOW_STRIDE;
        &self.values[at + x..at + WINDOW_STRIDE]
    }

    /// n² times the variance of what a template at (x, y) covers, and the sum.
    fn spread(&self, template: &Template, x: usize, y: usize) -> (i64, i64) {
        let line = self.width + 1;
        let (top, bottom) = (y * line, (y + template.height) * line);
        let (left, right) = (x, x + template.width);
        let over = |sums: &[u32]| {
            sums[bottom + right]
                .wrapping_sub(sums[bottom + left])
                .wrapping_sub(sums[top + right])
                .wrapping_add(sums[top + left])
        };
        let (sum, squares) = (i64::from(over(&self.sums)), i64::from(over(&self.squares)));
        (template.count() * squares - sum * sum, sum)
    }
}

/// How alike a template and the window are at every place. Owns the buffers.
#[derive(Debug)]
pub(super) struct Matcher {
    simd: bool,
    pub window: Window,
    sums: Vec<i32>,
    scores: Vec<f32>,
    columns: usize,
    rows: usize,
}

impl Matcher {
    /// `simd` picks the SIMD128 twin; off wasm32 there is none and the reference runs.
    pub fn new(simd: bool) -> Self {
        let size = MAX_PLACES * MAX_PLACES;
        let (sums, scores) = (vec![0; size], vec![0.0; size]);
        Self { simd, window: Window::default(), sums, scores, columns: 0, rows: 0 }
    }

    /// Compares a template with what the grid shows of a picture: the template's size and the same
    /// number of places to each side.
    pub fn compare(&mut self, template: &Template, picture: &Picture, grid: &Grid) {
        self.window.cut(picture, grid);
        if self.simd {
            simd::correlate(template, &self.window, &mut self.sums);
        } else {
            scalar::correlate(template, &self.window, &mut self.sums);
        }
        (self.columns, self.rows) = self.window.places(template);
        let count = template.count();
        for y in 0..self.rows {
            for x in 0..self.columns {
                let at = y * MAX_PLACES + x;
                let (spread, sum) = self.window.spread(template, x, y);
                self.scores[at] = if is_flat(spread, count) {
                    0.0
                } else {
                    let shared = count * i64::from(self.sums[at]) - template.sum * sum;
                    shared as f32 / ((template.spread as f32).sqrt() * (spread as f32).sqrt())
                };
            }
        }
    }

    /// The place (x, y) that is most alike, when `doubt` is taken off for each square of the
    /// distance from the middle, as a share of the way to the edge.
    pub fn best(&self, doubt: f32) -> (usize, usize) {
        let (middle_x, middle_y) = ((self.columns / 2) as f32, (self.rows / 2) as f32);
        let scale = |middle: f32| if middle > 0.0 { 1.0 / (middle * middle) } else { 0.0 };
        let (scale_x, scale_y) = (scale(middle_x), scale(middle_y));
        let mut best = (f32::NEG_INFINITY, (self.columns / 2, self.rows / 2));
        for y in 0..self.rows {
            for x in 0..self.columns {
                let (dx, dy) = (x as f32 - middle_x, y as f32 - middle_y);
                let far = dx * dx * scale_x + dy * dy * scale_y;
                let score = self.scores[y * MAX_PLACES + x] - doubt * far;
                if score > best.0 {
                    best = (score, (x, y));
                }
            }
        }
        best.1
    }

    /// How alike it is at a place: −1 to 1.
    pub fn score(&self, (x, y): (usize, usize)) -> f32 {
        self.scores[y * MAX_PLACES + x]
    }

    /// Where the peak is from the middle, px of the template, by a parabola through its neighbours.
    pub fn peak(&self, (x, y): (usize, usize)) -> (f32, f32) {
        let at = |x: usize, y: usize| self.scores[y * MAX_PLACES + x];
        let mut peak = (x as f32 - (self.columns / 2) as f32, y as f32 - (self.rows / 2) as f32);
        if x > 0 && x + 1 < self.columns {
            peak.0 += vertex(at(x - 1, y), at(x, y), at(x + 1, y));
        }
        if y > 0 && y + 1 < self.rows {
            peak.1 += vertex(at(x, y - 1), at(x, y), at(x, y + 1));
        }
        peak
    }
}

/// Where the parabola through −1, 0 and 1 is highest, as long as it is near 0.
pub(super) fn vertex(before: f32, at: f32, after: f32) -> f32 {
    let bend = before - 2.0 * at + after;
    if bend >= -1e-6 {
        return 0.0;
    }
    (0.5 * (before - after) / bend).clamp(-0.5, 0.5)
}

//! The reference: plain Rust, one column at a time. `simd.rs` must give the same bits.

use std::ops::Range;

use super::row::{ColorRow, SourceRow, YuvRow};
use super::taps::Columns;
use crate::color::{ColorFactors, RgbFactors, YuvFactors};

/// Writes one row from Y, U and V. `out` is red, green, blue, each as long as the tables.
pub(crate) fn yuv_row(
    row: &YuvRow,
    luma: &Columns,
    chroma: &Columns,
    factors: &YuvFactors,
    out: &mut ColorRow,
) {
    yuv_columns(row, luma, chroma, factors, 0..luma.offsets.len(), out);
}

/// Writes one row from pixels of 3 or 4 bytes. `out` and `factors` are in the order of the bytes.
pub(crate) fn rgb_row(
    row: &SourceRow,
    columns: &Columns,
    factors: &RgbFactors,
    out: &mut ColorRow,
) {
    rgb_columns(row, columns, factors, 0..columns.offsets.len(), out);
}

/// Rounds a row to RGBA bytes, alpha 255. `colors` are red, green, blue in 0–255.
pub(crate) fn pack_rgba(colors: [&[f32]; 3], out: &mut [u8]) {
    pack_columns(colors, 0..colors[0].len(), out);
}

/// [`pack_rgba`] for some of the columns.
pub(super) fn pack_columns(colors: [&[f32]; 3], range: Range<usize>, out: &mut [u8]) {
    let [red, green, blue] = colors;
    // The cast cuts off, and keeps to 0–255.
    let byte = |value: f32| (value + 0.5) as u8;
    for x in range {
        let pixel = [byte(red[x]), byte(green[x]), byte(blue[x]), u8::MAX];
        out[4 * x..4 * x + 4].copy_from_slice(&pixel);
    }
}

/// [`yuv_row`] for some of the columns.
pub(super) fn yuv_columns(
    row: &YuvRow,
    luma: &Columns,
    chroma: &Columns,
    factors: &YuvFactors,
    range: Range<usize>,
    out: &mut ColorRow,
) {
    let [red, green, blue] = out;
    for x in range {
        let y = sample(&row.y, luma, x, 0) as f32;
        let u = sample(&row.u, chroma, x, 0) as f32;
        let v = sample(&row.v, chroma, x, 0) as f32;
        let ColorFactors { bias, low, high, .. } = factors.red;
        red[x] = clamp(y * factors.red.y + v * factors.red.v + bias, low, high);
        let ColorFactors { bias, low, high, .. } = factors.green;
        let green_sum = y * factors.green.y + u * factors.green.u + v * factors.green.v;
        green[x] = clamp(green_sum + bias, low, high);
        let ColorFactors { bias, low, high, .. } = factors.blue;
        blue[x] = clamp(y * factors.blue.y + u * factors.blue.u + bias, low, high);
    }
}

/// [`rgb_row`] for some of the columns.
pub(super) fn rgb_columns(
    row: &SourceRow,
    columns: &Columns,
    factors: &RgbFactors,
    range: Range<usize>,
    out: &mut ColorRow,
) {
    for x in range {
        for (byte, plane) in out.iter_mut().enumerate() {
            let sum = sample(row, columns, x, byte) as f32;
            plane[x] = sum * factors.scale[byte] + factors.bias[byte];
        }
    }
}

/// Bilinear sum in fixed point, 2 · 11 fractional bits; at most 255 · 2^22, so i32 holds it.
#[inline(always)]
fn sample(row: &SourceRow, columns: &Columns, x: usize, byte: usize) -> i32 {
    let near = columns.offsets[x] as usize + byte;
    let far = near + columns.step;
    let [near_weight, far_weight] = columns.weights[x].map(i32::from);
    let top = i32::from(row.top[near]) * near_weight + i32::from(row.top[far]) * far_weight;
    let bottom =
        i32::from(row.bottom[near]) * near_weight + i32::from(row.bottom[far]) * far_weight;
    top * row.weights[0] + bottom * row.weights[1]
}

/// Compares in the order that `pmax` and `pmin` do, so that the twins agree bit for bit.
#[inline(always)]
fn clamp(value: f32, low: f32, high: f32) -> f32 {
    let raised = if value < low { low } else { value };
    if high < raised {
        high
    } else {
        raised
    }
}

//! The SIMD128 twin of `scalar.rs`: four columns at once, the rest by the reference.
//!
//! Integer sums are exact and the float operations are the reference's, in its order and without
//! fused multiply-add, so that every bit agrees.
//!
//! Memory: each row slice runs to the end of the frame buffer. [`fits`] makes sure once a row that
//! 16 bytes from the last tap are inside it; offsets never fall, so all loads are.
#![allow(unsafe_code)]

use core::arch::wasm32::*;

use super::row::{ColorRow, SourceRow, YuvRow};
use super::scalar;
use super::taps::{Columns, GROUP};
use crate::color::{ColorFactors, RgbFactors, YuvFactors};

/// Bytes that one load may read.
const LOAD_BYTES: usize = 16;

/// Writes one row from Y, U and V. `out` is red, green, blue, each as long as the tables.
#[target_feature(enable = "simd128")]
pub(crate) fn yuv_row(
    row: &YuvRow,
    luma: &Columns,
    chroma: &Columns,
    factors: &YuvFactors,
    out: &mut ColorRow,
) {
    let columns = luma.offsets.len();
    let safe = fits(&row.y, luma) && fits(&row.u, chroma) && fits(&row.v, chroma);
    let whole = if safe { columns / GROUP * GROUP } else { 0 };
    let mut x = 0;
    while x < whole {
        let y = samples(&row.y, luma, x);
        let u = samples(&row.u, chroma, x);
        let v = samples(&row.v, chroma, x);
        let ColorFactors { y: fy, v: fv, .. } = factors.red;
        let red = f32x4_add(scaled(y, fy), scaled(v, fv));
        store(out[0], x, clamped(red, &factors.red));
        let ColorFactors { y: fy, u: fu, v: fv, .. } = factors.green;
        let green = f32x4_add(f32x4_add(scaled(y, fy), scaled(u, fu)), scaled(v, fv));
        store(out[1], x, clamped(green, &factors.green));
        let ColorFactors { y: fy, u: fu, .. } = factors.blue;
        let blue = f32x4_add(scaled(y, fy), scaled(u, fu));
        store(out[2], x, clamped(blue, &factors.blue));
        x += GROUP;
    }
    scalar::yuv_columns(row, luma, chroma, factors, whole..columns, out);
}

/// Writes one row from pixels of 3 or 4 bytes. `out` and `factors` are in the order of the bytes.
#[target_feature(enable = "simd128")]
pub(crate) fn rgb_row(
    row: &SourceRow,
    columns: &Columns,
    factors: &RgbFactors,
    out: &mut ColorRow,
) {
    if columns.step == 3 {
        pixel_row::<3>(row, columns, factors, out);
    } else {
        pixel_row::<4>(row, columns, factors, out);
    }
}

/// [`rgb_row`] for pixels of `BYTES` bytes, 3 or 4.
#[inline]
#[target_feature(enable = "simd128")]
fn pixel_row<const BYTES: usize>(
    row: &SourceRow,
    columns: &Columns,
    factors: &RgbFactors,
    out: &mut ColorRow,
) {
    let count = columns.offsets.len();
    let whole = if fits(row, columns) { count / GROUP * GROUP } else { 0 };
    let mut x = 0;
    while x < whole {
        let a = pixel::<BYTES>(row, columns, x);
        let b = pixel::<BYTES>(row, columns, x + 1);
        let c = pixel::<BYTES>(row, columns, x + 2);
        let d = pixel::<BYTES>(row, columns, x + 3);
        // Four pixels of four sums to three planes of four columns.
        let ab = i32x4_shuffle::<0, 4, 1, 5>(a, b);
        let cd = i32x4_shuffle::<0, 4, 1, 5>(c, d);
        let ab_high = i32x4_shuffle::<2, 6, 3, 7>(a, b);
        let cd_high = i32x4_shuffle::<2, 6, 3, 7>(c, d);
        let planes = [
            i64x2_shuffle::<0, 2>(ab, cd),
            i64x2_shuffle::<1, 3>(ab, cd),
            i64x2_shuffle::<0, 2>(ab_high, cd_high),
        ];
        for (byte, sums) in planes.into_iter().enumerate() {
            let scale = f32x4_splat(factors.scale[byte]);
            let bias = f32x4_splat(factors.bias[byte]);
            let value = f32x4_add(f32x4_mul(f32x4_convert_i32x4(sums), scale), bias);
            store(out[byte], x, value);
        }
        x += GROUP;
    }
    scalar::rgb_columns(row, columns, factors, whole..count, out);
}

/// Rounds a row to RGBA bytes, alpha 255. `colors` are red, green, blue in 0–255.
#[target_feature(enable = "simd128")]
pub(crate) fn pack_rgba(colors: [&[f32]; 3], out: &mut [u8]) {
    let count = colors[0].len();
    let whole = count / GROUP * GROUP;
    let mut x = 0;
    while x < whole {
        // Values end at 255, so that each fits its byte of the four.
        let [red, green, blue] = colors.map(|plane| rounded(plane, x));
        let pixels = v128_or(
            v128_or(red, i32x4_shl(green, 8)),
            v128_or(i32x4_shl(blue, 16), u32x4_splat(0xff00_0000)),
        );
        let group: &mut [u8] = &mut out[4 * x..4 * (x + GROUP)];
        // SAFETY: four pixels are 16 bytes.
        unsafe { v128_store(group.as_mut_ptr().cast(), pixels) }
        x += GROUP;
    }
    scalar::pack_columns(colors, whole..count, out);
}

/// Four values rounded to integers in 0–255.
#[inline]
#[target_feature(enable = "simd128")]
fn rounded(plane: &[f32], x: usize) -> v128 {
    let group: &[f32] = &plane[x..x + GROUP];
    // SAFETY: four f32 are 16 bytes.
    let values = unsafe { v128_load(group.as_ptr().cast()) };
    let whole = u32x4_trunc_sat_f32x4(f32x4_add(values, f32x4_splat(0.5)));
    u32x4_min(whole, u32x4_splat(255))
}

/// Whether every load of a row lies inside its slices.
fn fits(row: &SourceRow, columns: &Columns) -> bool {
    let end = columns.offsets.last().map_or(0, |&last| last as usize + LOAD_BYTES);
    end <= row.top.len() && end <= row.bottom.len()
}

/// Bilinear sums of four columns of a one-sample plane, as f32.
#[inline]
#[target_feature(enable = "simd128")]
fn samples(row: &SourceRow, columns: &Columns, x: usize) -> v128 {
    let weights = load_weights(columns, x);
    let (top, bottom) = if columns.compact {
        let near = columns.offsets[x] as usize;
        let pattern = columns.patterns[x / GROUP].as_ptr();
        // SAFETY: a pattern has 16 bytes; `fits` held for the row, and `near` is at most its last
        // offset.
        let (pattern, top, bottom) = unsafe {
            (
                v128_load(pattern.cast()),
                v128_load(row.top.as_ptr().add(near).cast()),
                v128_load(row.bottom.as_ptr().add(near).cast()),
            )
        };
        (i8x16_swizzle(top, pattern), i8x16_swizzle(bottom, pattern))
    } else {
        (gather(row.top, columns, x), gather(row.bottom, columns, x))
    };
    f32x4_convert_i32x4(weighted(row, weights, top, bottom))
}

/// The pairs of four columns whose taps lie further apart than one load reaches.
#[inline]
#[target_feature(enable = "simd128")]
fn gather(row: &[u8], columns: &Columns, x: usize) -> v128 {
    let step = columns.step;
    let pair = |lane: usize| {
        let near = columns.offsets[x + lane] as usize;
        // One 32-bit value that reads as two 16-bit samples.
        i32::from(row[near]) | i32::from(row[near + step]) << 16
    };
    i32x4(pair(0), pair(1), pair(2), pair(3))
}

/// Bilinear sums of the bytes of one pixel, as i32; the fourth may be anything.
#[inline]
#[target_feature(enable = "simd128")]
fn pixel<const BYTES: usize>(row: &SourceRow, columns: &Columns, x: usize) -> v128 {
    let near = columns.offsets[x] as usize;
    let [left, right] = columns.weights[x];
    // SAFETY: `fits` held for the row, and `near` is at most its last offset.
    let (top, bottom) = unsafe {
        (
            v128_load64_zero(row.top.as_ptr().add(near).cast()),
            v128_load64_zero(row.bottom.as_ptr().add(near).cast()),
        )
    };
    let weights = i32x4_splat(i32::from(left) | i32::from(right) << 16);
    weighted(row, weights, pixel_pairs::<BYTES>(top), pixel_pairs::<BYTES>(bottom))
}

/// Two neighbouring pixels to four pairs of 16-bit samples, byte by byte.
#[inline]
#[target_feature(enable = "simd128")]
fn pixel_pairs<const BYTES: usize>(pixels: v128) -> v128 {
    // Byte 8 of a 64-bit load is 0.
    if BYTES == 3 {
        i8x16_shuffle::<0, 8, 3, 8, 1, 8, 4, 8, 2, 8, 5, 8, 8, 8, 8, 8>(pixels, pixels)
    } else {
        i8x16_shuffle::<0, 8, 4, 8, 1, 8, 5, 8, 2, 8, 6, 8, 3, 8, 7, 8>(pixels, pixels)
    }
}

/// Pairs of samples to fixed-point sums: across, then down.
#[inline]
#[target_feature(enable = "simd128")]
fn weighted(row: &SourceRow, weights: v128, top: v128, bottom: v128) -> v128 {
    let top = i32x4_mul(i32x4_dot_i16x8(top, weights), i32x4_splat(row.weights[0]));
    let bottom = i32x4_mul(i32x4_dot_i16x8(bottom, weights), i32x4_splat(row.weights[1]));
    i32x4_add(top, bottom)
}

/// Weights of four columns as eight 16-bit lanes.
#[inline]
#[target_feature(enable = "simd128")]
fn load_weights(columns: &Columns, x: usize) -> v128 {
    let group: &[[i16; 2]] = &columns.weights[x..x + GROUP];
    // SAFETY: four pairs of i16 are 16 bytes.
    unsafe { v128_load(group.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "simd128")]
fn scaled(value: v128, factor: f32) -> v128 {
    f32x4_mul(value, f32x4_splat(factor))
}

/// Adds the bias and clamps; `pmax` and `pmin` compare as the reference does.
#[inline]
#[target_feature(enable = "simd128")]
fn clamped(sum: v128, factors: &ColorFactors) -> v128 {
    let value = f32x4_add(sum, f32x4_splat(factors.bias));
    f32x4_pmin(f32x4_pmax(value, f32x4_splat(factors.low)), f32x4_splat(factors.high))
}

#[inline]
#[target_feature(enable = "simd128")]
fn store(plane: &mut [f32], x: usize, value: v128) {
    let group: &mut [f32] = &mut plane[x..x + GROUP];
    // SAFETY: four f32 are 16 bytes.
    unsafe { v128_store(group.as_mut_ptr().cast(), value) }
}

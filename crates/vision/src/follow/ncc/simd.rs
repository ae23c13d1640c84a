//! The SIMD128 twin of `scalar.rs`: eight products at once, at four places side by side, so that each
//! load of the template serves four. Sums of integers are exact in any order.
#![allow(unsafe_code)]

use core::arch::wasm32::*;

use super::scalar;
use super::{Template, Window, LANES, MAX_PLACES};

/// Places looked at side by side.
const ABREAST: usize = 4;

/// See [`super::correlate`].
#[target_feature(enable = "simd128")]
pub(super) fn correlate(template: &Template, window: &Window, sums: &mut [i32]) {
    let (columns, rows) = window.places(template);
    let whole = columns / ABREAST * ABREAST;
    for y in 0..rows {
        for x in (0..whole).step_by(ABREAST) {
            let found = four(template, window, x, y);
            sums[y * MAX_PLACES + x..][..ABREAST].copy_from_slice(&found);
        }
        for x in whole..columns {
            sums[y * MAX_PLACES + x] = scalar::place(template, window, x, y);
        }
    }
}

/// The sums at four places, beginning at `x`.
#[inline]
#[target_feature(enable = "simd128")]
fn four(template: &Template, window: &Window, x: usize, y: usize) -> [i32; ABREAST] {
    let mut totals = [i32x4_splat(0); ABREAST];
    for row in 0..template.height {
        let ours = template.row(row);
        // As long as the template's row at the last of the four places.
        let theirs = &window.row(y + row, x)[..ours.len() + ABREAST - 1];
        for at in (0..ours.len()).step_by(LANES) {
            // SAFETY: `ours` is a multiple of `LANES` long, and `theirs` longer by the places.
            unsafe {
                let values = v128_load(ours.as_ptr().add(at).cast());
                for (place, total) in totals.iter_mut().enumerate() {
                    let seen = v128_load(theirs.as_ptr().add(at + place).cast());
                    *total = i32x4_add(*total, i32x4_dot_i16x8(values, seen));
                }
            }
        }
    }
    totals.map(|total| {
        i32x4_extract_lane::<0>(total)
            + i32x4_extract_lane::<1>(total)
            + i32x4_extract_lane::<2>(total)
            + i32x4_extract_lane::<3>(total)
    })
}

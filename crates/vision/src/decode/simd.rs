//! The SIMD128 twin of `scalar.rs`. Comparisons alone, so the results are the same bits.
#![allow(unsafe_code)]

use core::arch::wasm32::*;

use super::scalar;

/// Anchors of one block: four vectors, one 64-byte line of each class row.
const BLOCK: usize = 16;
const LANES: usize = 4;

/// See [`scalar::best_classes`].
#[target_feature(enable = "simd128")]
pub(super) fn best_classes(
    class_rows: &[f32],
    rows: &[u32],
    scores: &mut [f32],
    classes: &mut [u32],
) {
    let anchors = scores.len();
    let whole = anchors / BLOCK * BLOCK;
    for start in (0..whole).step_by(BLOCK) {
        let mut best = [f32x4_splat(f32::NEG_INFINITY); BLOCK / LANES];
        let mut best_class = [i32x4_splat(0); BLOCK / LANES];
        for (class_id, &row) in rows.iter().enumerate() {
            let class = i32x4_splat(class_id as i32);
            let block = &class_rows[row as usize * anchors + start..][..BLOCK];
            for (lane, group) in block.chunks_exact(LANES).enumerate() {
                let value = load(group);
                let better = f32x4_gt(value, best[lane]);
                best[lane] = v128_bitselect(value, best[lane], better);
                best_class[lane] = v128_bitselect(class, best_class[lane], better);
            }
        }
        let scores = scores[start..start + BLOCK].chunks_exact_mut(LANES);
        let classes = classes[start..start + BLOCK].chunks_exact_mut(LANES);
        for (lane, (scores, classes)) in scores.zip(classes).enumerate() {
            // SAFETY: both chunks hold four 4-byte numbers: 16 bytes.
            unsafe {
                v128_store(scores.as_mut_ptr().cast(), best[lane]);
                v128_store(classes.as_mut_ptr().cast(), best_class[lane]);
            }
        }
    }
    scalar::best_from(whole, class_rows, rows, scores, classes);
}

/// See [`scalar::any_at_least`].
#[target_feature(enable = "simd128")]
pub(super) fn any_at_least(values: &[f32], threshold: f32) -> bool {
    let limit = f32x4_splat(threshold);
    let groups = values.chunks_exact(LANES);
    let rest = groups.remainder();
    let mut found = i32x4_splat(0);
    for group in groups {
        found = v128_or(found, f32x4_ge(load(group), limit));
    }
    v128_any_true(found) || scalar::any_at_least(rest, threshold)
}

/// Loads the four values of a chunk of [`LANES`].
#[inline]
#[target_feature(enable = "simd128")]
fn load(group: &[f32]) -> v128 {
    debug_assert_eq!(group.len(), LANES);
    // SAFETY: every caller passes a chunk of exactly four f32: 16 bytes.
    unsafe { v128_load(group.as_ptr().cast()) }
}

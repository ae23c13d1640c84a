//! The reference: every product one after another.

use super::{Template, Window, MAX_PLACES};

/// See [`super::correlate`].
pub(super) fn correlate(template: &Template, window: &Window, sums: &mut [i32]) {
    let (columns, rows) = window.places(template);
    for y in 0..rows {
        for x in 0..columns {
            sums[y * MAX_PLACES + x] = place(template, window, x, y);
        }
    }
}

/// The sum of products at one place.
pub(super) fn place(template: &Template, window: &Window, x: usize, y: usize) -> i32 {
    let rows = (0..template.height).map(|row| (template.row(row), window.row(y + row, x)));
    rows.map(|(ours, theirs)| {
        let products = ours.iter().zip(theirs).map(|(&a, &b)| i32::from(a) * i32::from(b));
        products.sum::<i32>()
    })
    .sum()
}

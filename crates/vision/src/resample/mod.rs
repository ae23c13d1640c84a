//! Bilinear resampling of a frame, row by row: the one implementation behind letterbox and scaler.

mod row;
mod scalar;
#[cfg(target_arch = "wasm32")]
mod simd;
mod taps;

// Only wasm32 has a twin.
#[cfg(not(target_arch = "wasm32"))]
use scalar as simd;

use crate::color::Factors;
use crate::frame::{FrameLayout, PixelFormat};
pub(crate) use row::ColorRow;
use row::{SourceRow, YuvRow};
use taps::{rebuild_rows, Axis, Columns, RowTaps};

/// What the tables depend on. Strides, offsets and colour space do not change them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shape {
    width_px: u32,
    height_px: u32,
    format: PixelFormat,
    target: (u32, u32),
}

/// Samples the rows of a scaled picture. Owns the tables of where to sample.
#[derive(Debug)]
pub(crate) struct Resampler {
    simd: bool,
    shape: Option<Shape>,
    columns: Columns,
    rows: Vec<RowTaps>,
    chroma_columns: Columns,
    chroma_rows: Vec<RowTaps>,
}

impl Resampler {
    /// Tables for scaled pictures of up to `width` × `height` px; larger ones make them grow. `simd`
    /// picks the SIMD128 twin; off wasm32 there is none and the reference runs.
    pub fn with_capacity(width: usize, height: usize, simd: bool) -> Self {
        Self {
            simd,
            shape: None,
            columns: Columns::with_capacity(width),
            rows: Vec::with_capacity(height),
            chroma_columns: Columns::with_capacity(width),
            chroma_rows: Vec::with_capacity(height),
        }
    }

    /// Brings the tables up to date with a checked layout and the size (width, height) of the scaled
    /// picture, px, at least 1; gives whether anything had changed.
    pub fn prepare(&mut self, layout: &FrameLayout, target: (u32, u32)) -> bool {
        let FrameLayout { width_px, height_px, format, .. } = *layout;
        let shape = Some(Shape { width_px, height_px, format, target });
        if self.shape == shape {
            return false;
        }
        let across = Axis { source_px: width_px, target_px: target.0, halved: false };
        let down = Axis { source_px: height_px, target_px: target.1, halved: false };
        let (step, chroma_step) = match format {
            PixelFormat::Rgba | PixelFormat::Bgra => (4, None),
            PixelFormat::Rgb => (3, None),
            PixelFormat::I420 => (1, Some(1)),
            PixelFormat::Nv12 => (1, Some(2)),
        };
        self.columns.rebuild(across, step);
        rebuild_rows(&mut self.rows, down);
        if let Some(step) = chroma_step {
            self.chroma_columns.rebuild(Axis { halved: true, ..across }, step);
            rebuild_rows(&mut self.chroma_rows, Axis { halved: true, ..down });
        }
        self.shape = shape;
        true
    }

    /// Writes row `y` of the scaled picture.
    ///
    /// * `buffer` — the frame, then [`crate::frame::FRAME_SLACK_BYTES`] bytes that may hold anything.
    /// * `layout` — the one last prepared for.
    /// * `factors` — made for this layout.
    /// * `out` — red, green, blue, each as long as the scaled picture is wide.
    pub fn row(
        &self,
        buffer: &[u8],
        layout: &FrameLayout,
        factors: &Factors,
        y: usize,
        mut out: ColorRow,
    ) {
        match factors {
            Factors::Rgb(factors) => {
                if layout.format == PixelFormat::Bgra {
                    // From the order of the colours to that of the bytes.
                    out.reverse();
                }
                let row = SourceRow::new(buffer, layout.planes[0], &self.rows[y], 0);
                if self.simd {
                    simd::rgb_row(&row, &self.columns, factors, &mut out);
                } else {
                    scalar::rgb_row(&row, &self.columns, factors, &mut out);
                }
            }
            Factors::Yuv(factors) => {
                let [y_plane, u_plane, third] = layout.planes;
                // In NV12, V follows U byte by byte in the same plane.
                let (v_plane, v_skip) =
                    if layout.format == PixelFormat::Nv12 { (u_plane, 1) } else { (third, 0) };
                let chroma_taps = &self.chroma_rows[y];
                let row = YuvRow {
                    y: SourceRow::new(buffer, y_plane, &self.rows[y], 0),
                    u: SourceRow::new(buffer, u_plane, chroma_taps, 0),
                    v: SourceRow::new(buffer, v_plane, chroma_taps, v_skip),
                };
                let (luma, chroma) = (&self.columns, &self.chroma_columns);
                if self.simd {
                    simd::yuv_row(&row, luma, chroma, factors, &mut out);
                } else {
                    scalar::yuv_row(&row, luma, chroma, factors, &mut out);
                }
            }
        }
    }

    /// Rounds a row to bytes: RGBA, alpha 255. `colors` are red, green, blue in 0–255, `out` has
    /// four bytes for each of their pixels.
    pub fn pack_rgba(&self, colors: [&[f32]; 3], out: &mut [u8]) {
        if self.simd {
            simd::pack_rgba(colors, out);
        } else {
            scalar::pack_rgba(colors, out);
        }
    }
}

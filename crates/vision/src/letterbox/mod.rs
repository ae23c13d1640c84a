//! Frame to tensor in one pass: colour conversion, bilinear resize, placement, padding, scaling.

mod row;
mod scalar;
#[cfg(target_arch = "wasm32")]
mod simd;
mod taps;

// Only wasm32 has a twin.
#[cfg(not(target_arch = "wasm32"))]
use scalar as simd;

use crate::color::Normalisation;
use crate::error::VisionError;
use crate::frame::{FrameLayout, PixelFormat, FRAME_SLACK_BYTES};
use crate::geometry::Geometry;
use crate::spec::InputSpec;
use row::{SourceRow, TensorRow, YuvRow};
use taps::{rebuild_rows, Axis, Columns, RowTaps};

/// What the tables depend on. Strides, offsets and colour space do not change them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Source {
    width_px: u32,
    height_px: u32,
    format: PixelFormat,
}

/// Turns frames into the tensor of one model. Owns the tensor and the tables.
///
/// Tables and padding are written when the source's size or format changes, and then only; nothing
/// is allocated after construction.
#[derive(Debug)]
pub struct Letterbox {
    spec: InputSpec,
    normalisation: Normalisation,
    simd: bool,
    tensor: Vec<f32>,
    source: Option<(Source, Geometry)>,
    columns: Columns,
    rows: Vec<RowTaps>,
    chroma_columns: Columns,
    chroma_rows: Vec<RowTaps>,
}

impl Letterbox {
    /// Makes the tensor and the tables. `simd` picks the SIMD128 twin; off wasm32 there is none and
    /// the reference runs.
    ///
    /// Errors: [`VisionError::InputSpec`].
    pub fn new(spec: InputSpec, simd: bool) -> Result<Self, VisionError> {
        spec.check()?;
        let (width, height) = (spec.width_px as usize, spec.height_px as usize);
        Ok(Self {
            spec,
            normalisation: Normalisation::new(&spec),
            simd,
            tensor: vec![0.0; 3 * width * height],
            source: None,
            columns: Columns::with_capacity(width),
            rows: Vec::with_capacity(height),
            chroma_columns: Columns::with_capacity(width),
            chroma_rows: Vec::with_capacity(height),
        })
    }

    /// The tensor `[1, 3, height_px, width_px]`, planar f32. Holds the last frame letterboxed.
    pub fn tensor(&self) -> &[f32] {
        &self.tensor
    }

    /// Where the last frame lies in the tensor; `None` before the first.
    pub fn geometry(&self) -> Option<Geometry> {
        self.source.map(|(_, geometry)| geometry)
    }

    /// Writes a frame into the tensor.
    ///
    /// * `buffer` — the frame, then [`FRAME_SLACK_BYTES`] bytes that may hold anything.
    ///
    /// Errors: those of [`FrameLayout::check`]; the tensor is then as it was.
    pub fn run(&mut self, buffer: &[u8], layout: &FrameLayout) -> Result<(), VisionError> {
        layout.check(buffer.len().saturating_sub(FRAME_SLACK_BYTES))?;
        let geometry = self.prepare(layout);
        match layout.format {
            PixelFormat::Rgba | PixelFormat::Bgra => self.run_rgb(buffer, layout, geometry),
            PixelFormat::I420 | PixelFormat::Nv12 => self.run_yuv(buffer, layout, geometry),
        }
        Ok(())
    }

    /// Brings tables and padding up to date with the source.
    fn prepare(&mut self, layout: &FrameLayout) -> Geometry {
        let FrameLayout { width_px, height_px, format, .. } = *layout;
        let source = Source { width_px, height_px, format };
        if let Some((known, geometry)) = self.source {
            if known == source {
                return geometry;
            }
        }
        let model = (self.spec.width_px, self.spec.height_px);
        let geometry = Geometry::new((width_px, height_px), model, self.spec.placement);
        let across = Axis { source_px: width_px, target_px: geometry.width, halved: false };
        let down = Axis { source_px: height_px, target_px: geometry.height, halved: false };
        let (step, chroma_step) = match format {
            PixelFormat::Rgba | PixelFormat::Bgra => (4, None),
            PixelFormat::I420 => (1, Some(1)),
            PixelFormat::Nv12 => (1, Some(2)),
        };
        self.columns.rebuild(across, step);
        rebuild_rows(&mut self.rows, down);
        if let Some(step) = chroma_step {
            self.chroma_columns.rebuild(Axis { halved: true, ..across }, step);
            rebuild_rows(&mut self.chroma_rows, Axis { halved: true, ..down });
        }
        self.fill_padding();
        self.source = Some((source, geometry));
        geometry
    }

    fn fill_padding(&mut self) {
        let plane_len = self.tensor.len() / 3;
        let pad = f64::from(self.spec.pad);
        for (color, &plane) in self.normalisation.plane.iter().enumerate() {
            let value = self.normalisation.apply(color, pad);
            self.tensor[plane * plane_len..][..plane_len].fill(value);
        }
    }

    fn run_rgb(&mut self, buffer: &[u8], layout: &FrameLayout, geometry: Geometry) {
        let mut factors = self.normalisation.rgb();
        let mut plane = self.normalisation.plane;
        if layout.format == PixelFormat::Bgra {
            // From the order of the colours to that of the bytes.
            plane.reverse();
            factors.scale.reverse();
            factors.bias.reverse();
        }
        let model_width = self.spec.width_px as usize;
        for (y, taps) in self.rows.iter().enumerate() {
            let row = SourceRow::new(buffer, layout.planes[0], taps, 0);
            let mut out = tensor_row(&mut self.tensor, model_width, geometry, y, plane);
            if self.simd {
                simd::rgb_row(&row, &self.columns, &factors, &mut out);
            } else {
                scalar::rgb_row(&row, &self.columns, &factors, &mut out);
            }
        }
    }

    fn run_yuv(&mut self, buffer: &[u8], layout: &FrameLayout, geometry: Geometry) {
        let factors = self.normalisation.yuv(layout);
        let [y_plane, u_plane, third] = layout.planes;
        // In NV12, V follows U byte by byte in the same plane.
        let (v_plane, v_skip) =
            if layout.format == PixelFormat::Nv12 { (u_plane, 1) } else { (third, 0) };
        let (model_width, plane) = (self.spec.width_px as usize, self.normalisation.plane);
        let (luma, chroma) = (&self.columns, &self.chroma_columns);
        for (y, (taps, chroma_taps)) in self.rows.iter().zip(&self.chroma_rows).enumerate() {
            let row = YuvRow {
                y: SourceRow::new(buffer, y_plane, taps, 0),
                u: SourceRow::new(buffer, u_plane, chroma_taps, 0),
                v: SourceRow::new(buffer, v_plane, chroma_taps, v_skip),
            };
            let mut out = tensor_row(&mut self.tensor, model_width, geometry, y, plane);
            if self.simd {
                simd::yuv_row(&row, luma, chroma, &factors, &mut out);
            } else {
                scalar::yuv_row(&row, luma, chroma, &factors, &mut out);
            }
        }
    }
}

/// Row `y` of the scaled picture in the tensor, its planes in the order `plane`: either `[0, 1, 2]`
/// or the reverse.
fn tensor_row(
    tensor: &mut [f32],
    model_width: usize,
    geometry: Geometry,
    y: usize,
    plane: [usize; 3],
) -> TensorRow<'_> {
    let plane_len = tensor.len() / 3;
    let start = (geometry.pad_y as usize + y) * model_width + geometry.pad_x as usize;
    let end = start + geometry.width as usize;
    let (first, rest) = tensor.split_at_mut(plane_len);
    let (second, third) = rest.split_at_mut(plane_len);
    let (first, second, third) =
        (&mut first[start..end], &mut second[start..end], &mut third[start..end]);
    if plane[0] == 0 {
        [first, second, third]
    } else {
        [third, second, first]
    }
}

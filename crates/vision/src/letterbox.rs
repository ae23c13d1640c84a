//! Frame to tensor in one pass: colour conversion, bilinear resize, placement, padding, scaling.

use crate::color::Normalisation;
use crate::error::VisionError;
use crate::frame::{FrameLayout, FRAME_SLACK_BYTES};
use crate::geometry::Geometry;
use crate::resample::{ColorRow, Resampler};
use crate::spec::{InputLayout, InputSpec};

/// Turns frames into the tensor of one model. Owns the tensor and the tables.
///
/// Tables and padding are written when the source's size or format changes, and then only; nothing
/// is allocated after construction.
#[derive(Debug)]
pub struct Letterbox {
    spec: InputSpec,
    normalisation: Normalisation,
    resampler: Resampler,
    tensor: Vec<f32>,
    /// Three planes of one row, for tensors in which the colours of a pixel are side by side.
    row: Vec<f32>,
    geometry: Option<Geometry>,
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
            resampler: Resampler::with_capacity(width, height, simd),
            tensor: vec![0.0; 3 * width * height],
            row: vec![0.0; if spec.layout == InputLayout::Nhwc { 3 * width } else { 0 }],
            geometry: None,
        })
    }

    /// The tensor, f32, its axes in the order of [`InputSpec::layout`]. Holds the last frame letterboxed.
    pub fn tensor(&self) -> &[f32] {
        &self.tensor
    }

    /// Where the last frame lies in the tensor; `None` before the first.
    pub fn geometry(&self) -> Option<Geometry> {
        self.geometry
    }

    /// Writes a frame into the tensor.
    ///
    /// * `buffer` — the frame, then [`FRAME_SLACK_BYTES`] bytes that may hold anything.
    ///
    /// Errors: those of [`FrameLayout::check`]; the tensor is then as it was.
    pub fn run(&mut self, buffer: &[u8], layout: &FrameLayout) -> Result<(), VisionError> {
        layout.check(buffer.len().saturating_sub(FRAME_SLACK_BYTES))?;
        let source = (layout.width_px, layout.height_px);
        let model = (self.spec.width_px, self.spec.height_px);
        let geometry = Geometry::new(source, model, self.spec.placement);
        if self.resampler.prepare(layout, (geometry.width, geometry.height)) {
            self.fill_padding();
        }
        self.geometry = Some(geometry);
        let factors = self.normalisation.factors(layout);
        let (model_width, plane) = (self.spec.width_px as usize, self.normalisation.plane);
        for y in 0..geometry.height as usize {
            if self.spec.layout == InputLayout::Nhwc {
                let picture_width = geometry.width as usize;
                let planes = planes_of(&mut self.row[..3 * picture_width], plane);
                self.resampler.row(buffer, layout, &factors, y, planes);
                let start = (geometry.pad_y as usize + y) * model_width + geometry.pad_x as usize;
                let pixels = &mut self.tensor[3 * start..][..3 * picture_width];
                interleave(&self.row[..3 * picture_width], pixels);
            } else {
                let out = tensor_row(&mut self.tensor, model_width, geometry, y, plane);
                self.resampler.row(buffer, layout, &factors, y, out);
            }
        }
        Ok(())
    }

    fn fill_padding(&mut self) {
        let plane_len = self.tensor.len() / 3;
        let pad = f64::from(self.spec.pad);
        for (color, &plane) in self.normalisation.plane.iter().enumerate() {
            let value = self.normalisation.apply(color, pad);
            if self.spec.layout == InputLayout::Nhwc {
                self.tensor.iter_mut().skip(plane).step_by(3).for_each(|one| *one = value);
            } else {
                self.tensor[plane * plane_len..][..plane_len].fill(value);
            }
        }
    }
}

/// Three planes of one row, in the order `plane`: either `[0, 1, 2]` or the reverse.
fn planes_of(row: &mut [f32], plane: [usize; 3]) -> ColorRow<'_> {
    let width = row.len() / 3;
    let (first, rest) = row.split_at_mut(width);
    let (second, third) = rest.split_at_mut(width);
    if plane[0] == 0 {
        [first, second, third]
    } else {
        [third, second, first]
    }
}

/// Planes side by side to pixels side by side; both of the same length.
fn interleave(planes: &[f32], pixels: &mut [f32]) {
    let width = planes.len() / 3;
    for (x, pixel) in pixels.chunks_exact_mut(3).enumerate() {
        pixel[0] = planes[x];
        pixel[1] = planes[width + x];
        pixel[2] = planes[2 * width + x];
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
) -> ColorRow<'_> {
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

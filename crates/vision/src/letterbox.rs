//! Frame to tensor in one pass: colour conversion, bilinear resize, placement, padding, scaling.

use crate::color::Normalisation;
use crate::error::VisionError;
use crate::frame::{FrameLayout, FRAME_SLACK_BYTES};
use crate::geometry::Geometry;
use crate::resample::{ColorRow, Resampler};
use crate::spec::InputSpec;

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
            geometry: None,
        })
    }

    /// The tensor `[1, 3, height_px, width_px]`, planar f32. Holds the last frame letterboxed.
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
            let out = tensor_row(&mut self.tensor, model_width, geometry, y, plane);
            self.resampler.row(buffer, layout, &factors, y, out);
        }
        Ok(())
    }

    fn fill_padding(&mut self) {
        let plane_len = self.tensor.len() / 3;
        let pad = f64::from(self.spec.pad);
        for (color, &plane) in self.normalisation.plane.iter().enumerate() {
            let value = self.normalisation.apply(color, pad);
            self.tensor[plane * plane_len..][..plane_len].fill(value);
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

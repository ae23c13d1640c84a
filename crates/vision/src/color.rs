//! Colour arithmetic folded into one multiply-add per term.
//!
//! Resampling gives sums in fixed point ([`WEIGHT_BITS`] bits each way); the factors here take the
//! fixed point, the colour matrix, the mean and the standard deviation in one step.

use crate::frame::{ColorMatrix, ColorRange, FrameLayout, PixelFormat};
use crate::spec::{ChannelOrder, InputSpec};

/// Bits of a resampling weight: the two of a pair add up to `1 << WEIGHT_BITS`. OpenCV uses 11 too.
pub(crate) const WEIGHT_BITS: u32 = 11;

/// Value of one step of the fixed-point sum, in units of 0–255.
const FIXED_POINT: f64 = 1.0 / (1u64 << (2 * WEIGHT_BITS)) as f64;

/// How a pixel value 0–255 becomes a tensor value, by colour (red, green, blue).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Normalisation {
    /// Index of each colour's plane in the tensor.
    pub plane: [usize; 3],
    scale: [f64; 3],
    bias: [f64; 3],
}

impl Normalisation {
    pub fn new(spec: &InputSpec) -> Self {
        let plane = match spec.order {
            ChannelOrder::Rgb => [0, 1, 2],
            ChannelOrder::Bgr => [2, 1, 0],
        };
        let scale = plane.map(|channel| 1.0 / f64::from(spec.std[channel]));
        let bias =
            plane.map(|channel| -f64::from(spec.mean[channel]) / f64::from(spec.std[channel]));
        Self { plane, scale, bias }
    }

    /// Leaves pixel values as they are.
    pub fn identity() -> Self {
        Self { plane: [0, 1, 2], scale: [1.0; 3], bias: [0.0; 3] }
    }

    /// The tensor value of a pixel value, for one colour.
    pub fn apply(&self, color: usize, pixel: f64) -> f32 {
        (pixel * self.scale[color] + self.bias[color]) as f32
    }

    /// Factors for the sums that a frame of this layout gives.
    pub fn factors(&self, layout: &FrameLayout) -> Factors {
        match layout.format {
            PixelFormat::Rgba | PixelFormat::Rgb => Factors::Rgb(self.rgb()),
            PixelFormat::Bgra => {
                let mut factors = self.rgb();
                factors.scale.reverse();
                factors.bias.reverse();
                Factors::Rgb(factors)
            }
            PixelFormat::I420 | PixelFormat::Nv12 => Factors::Yuv(self.yuv(layout)),
        }
    }

    fn rgb(&self) -> RgbFactors {
        RgbFactors {
            scale: self.scale.map(|scale| (scale * FIXED_POINT) as f32),
            bias: self.bias.map(|bias| bias as f32),
        }
    }

    /// Source: ITU-R BT.601-7 and BT.709-6 (luma weights, limited-range quantisation).
    fn yuv(&self, layout: &FrameLayout) -> YuvFactors {
        let (red_luma, blue_luma) = match layout.matrix {
            ColorMatrix::Bt601 => (0.299, 0.114),
            ColorMatrix::Bt709 => (0.2126, 0.0722),
        };
        let green_luma = 1.0 - red_luma - blue_luma;
        let (luma, black, chroma) = match layout.range {
            ColorRange::Limited => (255.0 / 219.0, 16.0, 255.0 / 224.0),
            ColorRange::Full => (1.0, 0.0, 1.0),
        };
        let red_v = 2.0 * (1.0 - red_luma) * chroma;
        let blue_u = 2.0 * (1.0 - blue_luma) * chroma;
        let green_u = -blue_u * blue_luma / green_luma;
        let green_v = -red_v * red_luma / green_luma;
        // Pixel value of each colour at Y = U = V = 0.
        let origin = [-red_v, -green_u - green_v, -blue_u].map(|sum| sum * 128.0 - luma * black);
        let factor = |color: usize, value: f64| (value * self.scale[color] * FIXED_POINT) as f32;
        let color = |index: usize, u: f64, v: f64| ColorFactors {
            y: factor(index, luma),
            u: factor(index, u),
            v: factor(index, v),
            bias: self.apply(index, origin[index]),
            low: self.apply(index, 0.0),
            high: self.apply(index, 255.0),
        };
        YuvFactors {
            red: color(0, 0.0, red_v),
            green: color(1, green_u, green_v),
            blue: color(2, blue_u, 0.0),
        }
    }
}

/// Factors for the sums of one frame.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Factors {
    /// In the order of the pixel's bytes.
    Rgb(RgbFactors),
    Yuv(YuvFactors),
}

/// `tensor = sum · scale + bias`, by colour.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RgbFactors {
    pub scale: [f32; 3],
    pub bias: [f32; 3],
}

/// `tensor = clamp(y · Y + u · U + v · V + bias, low, high)`, summed from left to right.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ColorFactors {
    pub y: f32,
    pub u: f32,
    pub v: f32,
    pub bias: f32,
    pub low: f32,
    pub high: f32,
}

/// Factors of the three colours. Red does not look at U, nor blue at V.
#[derive(Debug, Clone, Copy)]
pub(crate) struct YuvFactors {
    pub red: ColorFactors,
    pub green: ColorFactors,
    pub blue: ColorFactors,
}

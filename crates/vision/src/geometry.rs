//! Where the picture lies in the model input, and the way back.

/// Where the scaled picture goes in the model input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    /// Aspect ratio kept, padding shared out between the sides.
    Center,
    /// Aspect ratio kept, padding at the right and at the bottom.
    TopLeft,
    /// Aspect ratio given up, no padding.
    Stretch,
}

/// The rectangle of the model input that the picture covers.
///
/// All in model px. `pad_x + width` never passes the model's width, likewise for the height.
///
/// Source: the behaviour of the letterbox that YOLOv5 and its successors are trained with (gain is the
/// smaller of the two ratios, size rounded with halves to even, left and top padding rounded after
/// taking off 0.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Geometry {
    /// Padding at the left, px.
    pub pad_x: u32,
    /// Padding at the top, px.
    pub pad_y: u32,
    /// Width of the scaled picture, px, at least 1.
    pub width: u32,
    /// Height of the scaled picture, px, at least 1.
    pub height: u32,
}

impl Geometry {
    /// Places a source of `source` (width, height) px in a model input of `model` px.
    ///
    /// All four numbers must be at least 1; the callers have checked that.
    pub fn new(source: (u32, u32), model: (u32, u32), placement: Placement) -> Self {
        let (model_width, model_height) = model;
        if placement == Placement::Stretch {
            return Self { pad_x: 0, pad_y: 0, width: model_width, height: model_height };
        }
        let (source_width, source_height) = (f64::from(source.0), f64::from(source.1));
        let gain =
            (f64::from(model_width) / source_width).min(f64::from(model_height) / source_height);
        let scaled =
            |side: f64, limit: u32| ((side * gain).round_ties_even() as u32).clamp(1, limit);
        let width = scaled(source_width, model_width);
        let height = scaled(source_height, model_height);
        if placement == Placement::TopLeft {
            return Self { pad_x: 0, pad_y: 0, width, height };
        }
        let pad = |outer: u32, inner: u32| (f64::from(outer - inner) / 2.0 - 0.1).round() as u32;
        Self { pad_x: pad(model_width, width), pad_y: pad(model_height, height), width, height }
    }

    /// Maps an x coordinate from model px to \[0, 1\] of the frame. Not clipped.
    pub fn to_frame_x(&self, x: f32) -> f32 {
        (x - self.pad_x as f32) / self.width as f32
    }

    /// Maps a y coordinate from model px to \[0, 1\] of the frame. Not clipped.
    pub fn to_frame_y(&self, y: f32) -> f32 {
        (y - self.pad_y as f32) / self.height as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn centre_shares_the_padding_and_rounds_the_odd_pixel_up_on_the_far_side() {
        let geometry = Geometry::new((1280, 720), (416, 416), Placement::Center);
        assert_eq!(geometry, Geometry { pad_x: 0, pad_y: 91, width: 416, height: 234 });
        // 15 px of padding: 7 above (7.4 rounded), 8 below.
        let odd = Geometry::new((640, 625), (640, 640), Placement::Center);
        assert_eq!((odd.pad_y, odd.height), (7, 625));
    }

    #[test]
    fn half_a_pixel_goes_to_the_even_side() {
        // 282.5 px wide: one more would shift what models trained so are sensitive to.
        let geometry = Geometry::new((565, 640), (320, 320), Placement::Center);
        assert_eq!((geometry.width, geometry.pad_x), (282, 19));
    }

    #[test]
    fn top_left_and_stretch_have_no_offset() {
        let corner = Geometry::new((810, 1080), (416, 416), Placement::TopLeft);
        assert_eq!(corner, Geometry { pad_x: 0, pad_y: 0, width: 312, height: 416 });
        let stretch = Geometry::new((810, 1080), (320, 256), Placement::Stretch);
        assert_eq!((stretch.width, stretch.height), (320, 256));
    }

    #[test]
    fn a_line_of_pixels_keeps_at_least_one_row() {
        let geometry = Geometry::new((8192, 1), (320, 320), Placement::Center);
        assert_eq!((geometry.width, geometry.height), (320, 1));
    }
}

//! Boxes in a small picture.

use crate::decode::Xyxy;

/// A box by its centre and sides, px of a small picture. May reach past the picture.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Area {
    pub x: f32,
    pub y: f32,
    pub width: f32,
    pub height: f32,
}

impl Area {
    /// From shares of a picture of this size.
    pub fn of(xyxy: &Xyxy, (width, height): (usize, usize)) -> Self {
        let (width, height) = (width as f32, height as f32);
        Self {
            x: (xyxy.xmin + xyxy.xmax) / 2.0 * width,
            y: (xyxy.ymin + xyxy.ymax) / 2.0 * height,
            width: (xyxy.xmax - xyxy.xmin) * width,
            height: (xyxy.ymax - xyxy.ymin) * height,
        }
    }

    /// In shares of a picture of this size. Not clipped.
    pub fn xyxy(&self, (width, height): (usize, usize)) -> Xyxy {
        let (width, height) = (width as f32, height as f32);
        Xyxy {
            xmin: (self.x - self.width / 2.0) / width,
            ymin: (self.y - self.height / 2.0) / height,
            xmax: (self.x + self.width / 2.0) / width,
            ymax: (self.y + self.height / 2.0) / height,
        }
    }

    /// `share` of each side, about the same centre.
    pub fn scaled(&self, share: f32) -> Self {
        Self { width: self.width * share, height: self.height * share, ..*self }
    }

    /// With sides of at least so many px, about the same centre.
    pub fn at_least(&self, px: f32) -> Self {
        Self { width: self.width.max(px), height: self.height.max(px), ..*self }
    }

    /// The part inside a picture of this size; its sides may be 0.
    pub fn clipped(&self, (width, height): (usize, usize)) -> Self {
        let side = |centre: f32, side: f32, limit: usize| {
            let limit = limit as f32;
            let (first, last) = (centre - side / 2.0, centre + side / 2.0);
            let (first, last) = (first.clamp(0.0, limit), last.clamp(0.0, limit));
            ((first + last) / 2.0, last - first)
        };
        let (x, width) = side(self.x, self.width, width);
        let (y, height) = side(self.y, self.height, height);
        Self { x, y, width, height }
    }

    /// Width × height.
    pub fn size(&self) -> f32 {
        self.width * self.height
    }
}

/// Which sides of a box lie on the picture's border, where the object goes on unseen. They stay there
/// while the rest of the box moves: the border is what hides the object.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Pins {
    left: bool,
    top: bool,
    right: bool,
    bottom: bool,
}

/// A box that ends so near to the border, as a share of the picture, ends at it.
const AT_BORDER: f32 = 0.012;

impl Pins {
    pub fn of(xyxy: &Xyxy) -> Self {
        Self {
            left: xyxy.xmin < AT_BORDER,
            top: xyxy.ymin < AT_BORDER,
            right: xyxy.xmax > 1.0 - AT_BORDER,
            bottom: xyxy.ymax > 1.0 - AT_BORDER,
        }
    }

    /// The box with its pinned sides at the border, and the others inside.
    pub fn apply(&self, xyxy: &Xyxy) -> Xyxy {
        let inside = xyxy.clipped();
        Xyxy {
            xmin: if self.left { 0.0 } else { inside.xmin },
            ymin: if self.top { 0.0 } else { inside.ymin },
            xmax: if self.right { 1.0 } else { inside.xmax },
            ymax: if self.bottom { 1.0 } else { inside.ymax },
        }
    }
}

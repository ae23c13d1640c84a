//! Head specifications, checked and worked out for the size of an input.

use super::{
    Activation, BoxFormat, BoxUnit, BoxesSpec, GridKind, GridSpec, HeadSpec, Layout, Part,
    MAX_BOXES, MAX_CLASSES, MAX_HEAD_ELEMENTS, MAX_PARTS, MAX_PART_VALUES, MAX_STRIDE, MAX_STRIDES,
    MAX_TENSORS, NANODET_BINS,
};
use crate::error::VisionError;
use crate::spec::InputSpec;

/// The strides of a grid when the specification names none.
const USUAL_STRIDES: [u32; 3] = [8, 16, 32];

/// The cells of one stride, row-major.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Level {
    /// Cell size, px.
    pub stride: u32,
    /// Cells in a row.
    pub columns: usize,
    /// Rows.
    pub rows: usize,
}

/// One output tensor, without its batch axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TensorShape {
    /// Where it begins in the head buffer.
    pub offset: usize,
    /// Boxes.
    pub rows: usize,
    /// Whether a run may give fewer.
    pub varies: bool,
    /// Numbers of a box.
    pub values: usize,
    /// How it lies in memory.
    pub layout: Layout,
}

impl TensorShape {
    /// Number of f32 in it, at most.
    pub fn elements(&self) -> usize {
        self.rows * self.values
    }
}

/// A checked head: where everything is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeadShape {
    /// Number of classes.
    pub classes: usize,
    /// Most boxes.
    pub boxes: usize,
    /// One after another in the head buffer.
    pub tensors: Vec<TensorShape>,
    /// What their numbers are.
    pub(crate) reading: Reading,
}

/// How the numbers of a head are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reading {
    Grid { kind: GridKind, levels: Vec<Level> },
    Boxes(BoxesReading),
}

/// A number of each box: the first of them, and the way to the next one and to the next box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub tensor: usize,
    pub value: usize,
}

/// Where the scores of boxes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scores {
    /// One for each of so many classes.
    Each { first: Place, columns: usize },
    /// One, and its class.
    One { score: Place, class: Place },
}

/// How decoded boxes are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BoxesReading {
    pub format: BoxFormat,
    /// To model px.
    pub px: [u32; 2],
    pub activation: Activation,
    pub layout: Layout,
    pub thinned: bool,
    pub class_ids: ClassIds,
    pub xyxy: Place,
    pub angle: Option<Place>,
    pub objectness: Option<Place>,
    pub scores: Scores,
    pub count: Option<Place>,
}

/// The numbers that classes have in a head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClassIds {
    /// Ascending.
    pub all: Vec<u32>,
    /// The first, where they follow one another without a gap.
    pub first: Option<usize>,
}

impl ClassIds {
    fn new(all: Vec<u32>) -> Self {
        let is_run = all.windows(2).all(|pair| pair[1] == pair[0] + 1);
        let first = all.first().filter(|_| is_run).map(|&id| id as usize);
        Self { all, first }
    }

    /// The class of a number that came as a float; `None` for what is no class's.
    pub fn class_of(&self, id: f32) -> Option<u32> {
        // False for NaN. f32 has every whole number up to 2^24, f16 those up to 2048.
        if !(id >= 0.0 && id < MAX_PART_VALUES as f32 && id.fract() == 0.0) {
            return None;
        }
        self.all.binary_search(&(id as u32)).ok().map(|class| class as u32)
    }
}

impl HeadSpec {
    /// Works out the shape for a model input. Errors: [`VisionError::HeadSpec`].
    pub fn shape(&self, input: &InputSpec) -> Result<HeadShape, VisionError> {
        let shape = match self {
            Self::Grid(grid) => grid.shape(input),
            Self::Boxes(boxes) => boxes.shape(input),
        }?;
        let elements: u64 =
            shape.tensors.iter().map(|one| one.rows as u64 * one.values as u64).sum();
        if elements > MAX_HEAD_ELEMENTS {
            return refuse("elements", elements as f64);
        }
        Ok(shape)
    }
}

fn refuse<T>(field: &'static str, value: f64) -> Result<T, VisionError> {
    Err(VisionError::HeadSpec { field, value })
}

impl GridSpec {
    fn shape(&self, input: &InputSpec) -> Result<HeadShape, VisionError> {
        if self.classes == 0 || self.classes > MAX_CLASSES {
            return refuse("classes", f64::from(self.classes));
        }
        if self.strides.len() > MAX_STRIDES {
            return refuse("strides.length", self.strides.len() as f64);
        }
        let strides = if self.strides.is_empty() { &USUAL_STRIDES[..] } else { &self.strides[..] };
        if let Some(&stride) = strides.iter().find(|&&stride| stride == 0 || stride > MAX_STRIDE) {
            return refuse("strides", f64::from(stride));
        }
        let levels: Vec<Level> = strides
            .iter()
            .map(|&stride| Level {
                stride,
                columns: input.width_px.div_ceil(stride) as usize,
                rows: input.height_px.div_ceil(stride) as usize,
            })
            .collect();
        // At most 8 levels of 2560 × 2560 cells: far below 2^32, so usize is enough on wasm32.
        let rows: usize = levels.iter().map(|level| level.columns * level.rows).sum();
        let classes = self.classes as usize;
        let (values, layout) = match self.kind {
            GridKind::Yolox => (5 + classes, Layout::Rows),
            GridKind::Ltrb => (4 + classes, Layout::Columns),
            GridKind::Nanodet => (classes + 4 * NANODET_BINS, Layout::Rows),
        };
        let tensor = TensorShape { offset: 0, rows, varies: false, values, layout };
        let reading = Reading::Grid { kind: self.kind, levels };
        Ok(HeadShape { classes, boxes: rows, tensors: vec![tensor], reading })
    }
}

impl BoxesSpec {
    fn shape(&self, input: &InputSpec) -> Result<HeadShape, VisionError> {
        let classes = self.class_ids.len();
        if classes == 0 || classes > MAX_CLASSES as usize {
            return refuse("classes", classes as f64);
        }
        if let Some(pair) = self.class_ids.windows(2).find(|pair| pair[0] >= pair[1]) {
            return refuse("classIds", f64::from(pair[1]));
        }
        if self.boxes == 0 || self.boxes > MAX_BOXES {
            return refuse("boxes", f64::from(self.boxes));
        }
        if self.tensors.is_empty() || self.tensors.len() > MAX_TENSORS {
            return refuse("tensors.length", self.tensors.len() as f64);
        }
        let mut found = Found::default();
        let mut tensors = Vec::with_capacity(self.tensors.len());
        let mut offset = 0;
        for (tensor, parts) in self.tensors.iter().enumerate() {
            if parts.is_empty() || parts.len() > MAX_PARTS {
                return refuse("parts.length", parts.len() as f64);
            }
            let mut values = 0;
            for &(part, width) in parts {
                if width == 0 || width > MAX_PART_VALUES {
                    return refuse("part.values", f64::from(width));
                }
                found.add(part, width, Place { tensor, value: values })?;
                values += width as usize;
            }
            let is_count = parts[0].0 == Part::Count;
            if is_count && parts.len() > 1 {
                return refuse("count.parts", parts.len() as f64);
            }
            let rows = if is_count { 1 } else { self.boxes as usize };
            let shape =
                TensorShape { offset, rows, varies: !is_count, values, layout: self.layout };
            // At most 2^18 boxes of 2^16 values in each of 4: only a u64 holds all of that.
            if rows as u64 * values as u64 > MAX_HEAD_ELEMENTS {
                return refuse("elements", rows as f64 * values as f64);
            }
            offset += shape.elements();
            tensors.push(shape);
        }
        let scores = found.scores(&self.class_ids)?;
        let Some(xyxy) = found.xyxy else { return refuse("box", 0.0) };
        if found.angle.is_some() && self.format != BoxFormat::Cxcywh {
            return refuse("angle", 1.0);
        }
        let px = match self.unit {
            BoxUnit::Px => [1, 1],
            BoxUnit::Share => [input.width_px, input.height_px],
        };
        let reading = Reading::Boxes(BoxesReading {
            format: self.format,
            px,
            activation: self.activation,
            layout: self.layout,
            thinned: self.thinned,
            class_ids: ClassIds::new(self.class_ids.clone()),
            xyxy,
            angle: found.angle,
            objectness: found.objectness,
            scores,
            count: found.count,
        });
        Ok(HeadShape { classes, boxes: self.boxes as usize, tensors, reading })
    }
}

/// What the parts of a head's tensors were, each at most once.
#[derive(Default)]
struct Found {
    xyxy: Option<Place>,
    angle: Option<Place>,
    objectness: Option<Place>,
    each: Option<(Place, u32)>,
    score: Option<Place>,
    class: Option<Place>,
    count: Option<Place>,
}

impl Found {
    fn add(&mut self, part: Part, width: u32, place: Place) -> Result<(), VisionError> {
        let (slot, wanted) = match part {
            Part::Skipped => return Ok(()),
            Part::Scores => {
                let before = self.each.replace((place, width));
                return if before.is_none() { Ok(()) } else { refuse("scores", 2.0) };
            }
            Part::Box => (&mut self.xyxy, 4),
            Part::Angle => (&mut self.angle, 1),
            Part::Objectness => (&mut self.objectness, 1),
            Part::Score => (&mut self.score, 1),
            Part::Class => (&mut self.class, 1),
            Part::Count => (&mut self.count, 1),
        };
        if width != wanted {
            return refuse("part.values", f64::from(width));
        }
        if slot.replace(place).is_some() {
            return refuse("parts", 2.0);
        }
        Ok(())
    }

    fn scores(&self, class_ids: &[u32]) -> Result<Scores, VisionError> {
        match (self.each, self.score, self.class) {
            (Some((first, columns)), None, None) => match class_ids.last() {
                Some(&last) if last >= columns => refuse("classIds", f64::from(last)),
                _ => Ok(Scores::Each { first, columns: columns as usize }),
            },
            (None, Some(score), Some(class)) => Ok(Scores::One { score, class }),
            _ => refuse("scores", 0.0),
        }
    }
}

impl HeadShape {
    /// Number of f32 in the head, at most.
    pub fn elements(&self) -> usize {
        self.tensors.iter().map(TensorShape::elements).sum()
    }

    /// Whether the model itself left one box an object, so that none is to be taken away.
    pub fn is_thinned(&self) -> bool {
        matches!(&self.reading, Reading::Boxes(boxes) if boxes.thinned)
    }

    /// Whether the best class of all boxes is looked for at once: it is fastest where each class's
    /// scores lie side by side.
    pub(crate) fn is_scanned(&self) -> bool {
        match &self.reading {
            Reading::Grid { kind, .. } => *kind == GridKind::Ltrb,
            Reading::Boxes(BoxesReading { layout, scores, .. }) => {
                *layout == Layout::Columns && matches!(scores, Scores::Each { .. })
            }
        }
    }
}

#[cfg(test)]
mod tests;

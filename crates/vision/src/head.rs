//! What comes out of a model: which numbers lie where in its output tensors.
//!
//! Two kinds of heads: of a grid, whose boxes are worked out from their cells ([`GridSpec`]), and those
//! whose boxes the model's graph has worked out ([`BoxesSpec`]), whatever family they are of.

mod shape;

pub(crate) use shape::{BoxesReading, ClassIds, Place, Reading, Scores};
pub use shape::{HeadShape, Level, TensorShape};

/// Largest number of classes: above any public label set.
pub const MAX_CLASSES: u32 = 4096;
/// Largest stride, px.
pub const MAX_STRIDE: u32 = 256;
/// Most strides of one head.
pub const MAX_STRIDES: usize = 8;
/// Most elements of a head: 128 MiB of f32, forty times YOLOv8 at 640.
pub const MAX_HEAD_ELEMENTS: u64 = 32 << 20;
/// Most boxes of a head: YOLOv8 with a stride of 4 at 1280 gives half as many.
pub const MAX_BOXES: u32 = 1 << 18;
/// Most tensors that a head is made of.
pub const MAX_TENSORS: usize = 4;
/// Most parts of one tensor.
pub const MAX_PARTS: usize = 8;
/// Most numbers of a part: masks' coefficients, keypoints, classes that have no name.
pub const MAX_PART_VALUES: u32 = 8192;

/// Bins of each distance in a NanoDet-plus head (`reg_max` 7).
pub const NANODET_BINS: usize = 8;

/// The model head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeadSpec {
    /// Boxes are worked out here, from cells.
    Grid(GridSpec),
    /// The graph has worked them out.
    Boxes(BoxesSpec),
}

/// What the numbers of a cell are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GridKind {
    /// `[1, cells, 5 + classes]`: grid offsets, log sizes, objectness, classes.
    Yolox,
    /// `[1, 4 + classes, cells]`: left, top, right, bottom px from the cell's corner, classes.
    Ltrb,
    /// `[1, cells, classes + 32]`: classes, then four times eight distance bins, in strides from
    /// the cell's corner (NanoDet-plus).
    Nanodet,
}

/// A head of grids of cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GridSpec {
    /// What the numbers of a cell are.
    pub kind: GridKind,
    /// Number of classes.
    pub classes: u32,
    /// Cell sizes, px, in the order of the head. Empty: 8, 16, 32.
    pub strides: Vec<u32>,
}

/// Which four numbers make a box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BoxFormat {
    /// Centre and size.
    Cxcywh,
    /// Corners, x first.
    Xyxy,
    /// Corners, y first, as TensorFlow has them.
    Yxyx,
}

/// What the numbers of a box are counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BoxUnit {
    /// Pixels of the model input.
    Px,
    /// Shares of the model input's sides.
    Share,
}

/// How a tensor of several numbers a box lies in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// `[boxes, values]`: box after box.
    Rows,
    /// `[values, boxes]`: all boxes' first values, then all their second ones.
    Columns,
}

/// What is still to be done to scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// They are probabilities.
    None,
    /// Logits, each by itself.
    Sigmoid,
    /// Logits of one choice among all of a box, what is no class included.
    Softmax,
}

/// What some numbers of a box are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Four numbers, see [`BoxFormat`].
    Box,
    /// Radians, by which a box of centre and size is turned: the upright box around it is given.
    Angle,
    /// Factor of all scores.
    Objectness,
    /// A score for each class, and maybe for more than those.
    Scores,
    /// The score of the box's one class.
    Score,
    /// The number of that class.
    Class,
    /// In a tensor of its own, one number: how many of the boxes are any.
    Count,
    /// Looked at by nobody.
    Skipped,
}

/// A head whose boxes the graph has worked out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoxesSpec {
    /// Which four numbers make a box.
    pub format: BoxFormat,
    /// What they are counted in.
    pub unit: BoxUnit,
    /// Of the tensors with several numbers a box.
    pub layout: Layout,
    /// Of objectness and scores.
    pub activation: Activation,
    /// Whether the model leaves one box an object, so that none is to be taken away.
    pub thinned: bool,
    /// Most boxes; a run may give fewer.
    pub boxes: u32,
    /// For each class its place among the scores, or its number. Ascending.
    pub class_ids: Vec<u32>,
    /// What the tensors are made of, in order: parts and how many numbers each has.
    pub tensors: Vec<Vec<(Part, u32)>>,
}

//! One round of pairing: detections with the tracks they continue.

use crate::decode::Xyxy;
use crate::nms::iou;

use super::assign::{Assigner, Edge};
use super::track::Track;

/// A usable detection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Observation {
    /// Which of the input.
    pub index: usize,
    pub xyxy: Xyxy,
    pub score: f32,
    pub class_id: u32,
    /// Below the user's threshold.
    pub weak: bool,
    /// It has found its track.
    pub taken: bool,
}

/// Who takes part.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Round {
    /// Every track; detections that are not weak.
    Strong,
    /// Tracks that would be lost without; weak detections.
    Weak,
    /// Tracks seen once, `dt_s` ago; detections that are not weak and belong to none. Boxes are
    /// compared with a margin, because where such an object went is not known.
    Fresh { dt_s: f32 },
}

/// How the margin around both boxes grows, in their sides per second, and where it ends. At 5 frames
/// a second what is small and fast has left its box by the next, and would never get an id.
const MARGIN_PER_S: f32 = 3.0;
const MAX_MARGIN: f32 = 0.5;

impl Round {
    fn takes_track(&self, track: &Track) -> bool {
        match self {
            Self::Strong => true,
            Self::Weak => track.wants_weak(),
            Self::Fresh { .. } => track.id == 0 && !track.seen,
        }
    }

    fn takes(&self, observation: &Observation) -> bool {
        !observation.taken && observation.weak == matches!(self, Self::Weak)
    }

    fn iou(&self, a: &Xyxy, b: &Xyxy) -> f32 {
        let Self::Fresh { dt_s } = self else { return iou(a, b) };
        let margin = (MARGIN_PER_S * dt_s).min(MAX_MARGIN);
        iou(&a.with_margin(margin), &b.with_margin(margin))
    }
}

/// Worth of a pair that just passes the gate: above 0, so that it is better than none.
const LEAST_WEIGHT: f32 = 0.01;

/// Pairs tracks with detections. Owns the lists for it.
#[derive(Debug, Default)]
pub(super) struct Matcher {
    /// Indices of the tracks that take part.
    rows: Vec<usize>,
    /// Indices of the detections that take part.
    columns: Vec<usize>,
    edges: Vec<Edge>,
    assigner: Assigner,
    pairs: Vec<(usize, usize)>,
}

impl Matcher {
    /// Gives the pairs `(track, observation)`, as indices of the lists, by track.
    ///
    /// Of one class and with an IoU of at least `min_iou`; worth more the further they overlap, and
    /// the surer the detection is.
    pub fn pairs(
        &mut self,
        tracks: &[Track],
        observations: &[Observation],
        round: Round,
        min_iou: f32,
    ) -> &[(usize, usize)] {
        let Self { rows, columns, edges, assigner, pairs } = self;
        rows.clear();
        rows.extend((0..tracks.len()).filter(|&index| round.takes_track(&tracks[index])));
        columns.clear();
        let wanted = (0..observations.len()).filter(|&index| round.takes(&observations[index]));
        columns.extend(wanted);
        edges.clear();
        for (row, &track) in rows.iter().enumerate() {
            let track = &tracks[track];
            for (column, &observation) in columns.iter().enumerate() {
                let Observation { xyxy, score, class_id, .. } = &observations[observation];
                if *class_id != track.class_id {
                    continue;
                }
                let iou = round.iou(&track.predicted, xyxy);
                if iou > 0.0 && iou >= min_iou {
                    let weight = (iou - min_iou + LEAST_WEIGHT) * (0.5 + score);
                    edges.push(Edge { row, column, weight });
                }
            }
        }
        pairs.clear();
        let found = assigner.run((rows.len(), columns.len()), edges);
        pairs.extend(found.map(|(row, column)| (rows[row], columns[column])));
        pairs
    }
}

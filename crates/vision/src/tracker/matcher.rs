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
    /// Tracks last seen `dt_s` ago, in the frame before; detections that are not weak. Both belong to none
    /// so far: such an object is new, or has turned. So boxes are compared where they were seen, with a
    /// margin, because where it went is not known.
    Turned { dt_s: f32 },
}

/// How the margin around both boxes grows, in their sides per second, and where it ends. At 5 frames
/// a second what is small and fast has left its box by the next, and would never get an id.
const MARGIN_PER_S: f32 = 3.0;
const MAX_MARGIN: f32 = 0.5;
/// Least IoU of such boxes where the object is known: that it was missed is as likely as that it turned,
/// and what is found near it is then something else.
const TURNED_MIN_IOU: f32 = 0.3;

impl Round {
    fn takes_track(&self, track: &Track) -> bool {
        match self {
            Self::Strong => true,
            Self::Weak => track.wants_weak(),
            Self::Turned { .. } => !track.lost && !track.seen,
        }
    }

    fn takes(&self, observation: &Observation) -> bool {
        !observation.taken && observation.weak == matches!(self, Self::Weak)
    }

    /// Least IoU with a track, of which the round asks `min_iou` as a rule.
    fn least(&self, track: &Track, min_iou: f32) -> f32 {
        let is_turned = matches!(self, Self::Turned { .. }) && track.id != 0;
        if is_turned {
            TURNED_MIN_IOU.max(min_iou)
        } else {
            min_iou
        }
    }

    /// A track's box as it is compared.
    fn place(&self, track: &Track) -> Xyxy {
        self.compared(if matches!(self, Self::Turned { .. }) {
            &track.last
        } else {
            &track.predicted
        })
    }

    /// A box as it is compared.
    fn compared(&self, xyxy: &Xyxy) -> Xyxy {
        match self {
            Self::Turned { dt_s } => xyxy.with_margin((MARGIN_PER_S * dt_s).min(MAX_MARGIN)),
            _ => *xyxy,
        }
    }
}

/// Worth of a pair that just passes the gate: above 0, so that it is better than none.
const LEAST_WEIGHT: f32 = 0.01;

/// A track or detection that takes part: no more than the comparison of all with all looks at.
#[derive(Debug, Clone, Copy)]
struct Party {
    index: usize,
    class_id: u32,
    xyxy: Xyxy,
    /// Least IoU of its pair.
    least: f32,
}

/// Pairs tracks with detections. Owns the lists for it.
#[derive(Debug, Default)]
pub(super) struct Matcher {
    /// The tracks that take part.
    rows: Vec<Party>,
    /// The detections that take part.
    columns: Vec<Party>,
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
        rows.extend(tracks.iter().enumerate().filter(|(_, track)| round.takes_track(track)).map(
            |(index, track)| Party {
                index,
                class_id: track.class_id,
                xyxy: round.place(track),
                least: round.least(track, min_iou),
            },
        ));
        columns.clear();
        columns.extend(observations.iter().enumerate().filter(|(_, one)| round.takes(one)).map(
            |(index, one)| Party {
                index,
                class_id: one.class_id,
                xyxy: round.compared(&one.xyxy),
                least: min_iou,
            },
        ));
        edges.clear();
        for (row, track) in rows.iter().enumerate() {
            for (column, found) in columns.iter().enumerate() {
                // Most are far apart, and comparisons cost less than the IoU's minima.
                if track.xyxy.xmin > found.xyxy.xmax || found.xyxy.xmin > track.xyxy.xmax {
                    continue;
                }
                let iou = iou(&track.xyxy, &found.xyxy);
                if iou > 0.0 && iou >= track.least && track.class_id == found.class_id {
                    let sure = 0.5 + observations[found.index].score;
                    let weight = (iou - min_iou + LEAST_WEIGHT) * sure;
                    edges.push(Edge { row, column, weight });
                }
            }
        }
        pairs.clear();
        let found = assigner.run((rows.len(), columns.len()), edges);
        pairs.extend(found.map(|(row, column)| (rows[row].index, columns[column].index)));
        pairs
    }
}

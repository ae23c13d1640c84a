//! Detections → objects with ids and velocities, over the frames of a stream.
//!
//! A Kalman filter for each box, and rounds of pairing: the strong detections with every track, the weak
//! ones with the tracks that would be lost without, the strong ones left over with what was seen only
//! once, or has turned.
//!
//! Source: SORT (Bewley 2016), ByteTrack (Zhang 2022), the last round C-BIoU (Yang 2023). Unlike there,
//! a step is as long as the caller's clock says, and a class keeps to itself.

mod assign;
mod kalman;
mod matcher;
mod track;

pub use track::{MAX_SPEED, VELOCITY_VALUES};

use crate::decode::Xyxy;
use crate::error::VisionError;
use crate::pipeline::DETECTION_VALUES;
use matcher::{Matcher, Observation, Round};
use track::Track;

/// Most objects followed at once, and most detections of a frame that are looked at, the best first.
/// While there are so many, no new one is begun. Pairing many boxes that all lie on each other costs
/// their number cubed: 4 ms for so many, ten times that for all that NMS may leave.
pub const MAX_TRACKS: usize = 128;
/// Most that an object can be missed before it is given up, ms.
pub const MAX_LOST_MS: f64 = 10_000.0;

/// How detections are told to be of one object.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrackerOptions {
    /// Longest that an object goes unseen and keeps its id, ms: above 0, at most [`MAX_LOST_MS`].
    pub max_lost_ms: f64,
    /// Smallest IoU of a detection with where its object should be, 0–1.
    pub min_iou: f32,
    /// The same for a weak detection.
    pub weak_min_iou: f32,
}

impl Default for TrackerOptions {
    fn default() -> Self {
        Self { max_lost_ms: 1000.0, min_iou: 0.2, weak_min_iou: 0.5 }
    }
}

/// Follows objects through the frames of one stream.
///
/// It reads no clock: each frame says its time, and the steps between may be of any length.
/// Deterministic; after construction nothing is allocated but when more objects touch than ever.
#[derive(Debug)]
pub struct Tracker {
    options: TrackerOptions,
    tracks: Vec<Track>,
    last_id: u32,
    /// The latest time of any frame, ms.
    time_ms: Option<f64>,
    input: Vec<f32>,
    ids: Vec<u32>,
    velocities: Vec<f32>,
    observations: Vec<Observation>,
    matcher: Matcher,
}

impl Tracker {
    /// Makes a tracker that knows nothing yet.
    ///
    /// Errors: [`VisionError::TrackOption`].
    pub fn new(options: TrackerOptions) -> Result<Self, VisionError> {
        let TrackerOptions { max_lost_ms, min_iou, weak_min_iou } = options;
        if !(max_lost_ms > 0.0 && max_lost_ms <= MAX_LOST_MS) {
            return Err(VisionError::TrackOption { field: "maxLostMs", value: max_lost_ms });
        }
        check_share("minIou", min_iou)?;
        check_share("weakMinIou", weak_min_iou)?;
        Ok(Self {
            options,
            tracks: Vec::with_capacity(MAX_TRACKS),
            last_id: 0,
            time_ms: None,
            input: vec![0.0; MAX_TRACKS * DETECTION_VALUES],
            ids: vec![0; MAX_TRACKS],
            velocities: vec![0.0; MAX_TRACKS * VELOCITY_VALUES],
            observations: Vec::with_capacity(MAX_TRACKS),
            matcher: Matcher::default(),
        })
    }

    /// Where a frame's detections go before [`Tracker::update`]: [`DETECTION_VALUES`] numbers each, as
    /// [`crate::pipeline::Pipeline::nms`] gives them, at most
    /// [`MAX_TRACKS`].
    pub fn input_mut(&mut self) -> &mut [f32] {
        &mut self.input
    }

    /// Id of each detection's object; 0: none known. A weak detection has one only if it continues
    /// an object already known.
    pub fn ids(&self) -> &[u32] {
        &self.ids
    }

    /// Velocity of each detection's object, [`VELOCITY_VALUES`] numbers each; zeros where none is
    /// known.
    pub fn velocities(&self) -> &[f32] {
        &self.velocities
    }

    /// Forgets every object; ids begin at 1 again.
    pub fn reset(&mut self) {
        self.tracks.clear();
        self.last_id = 0;
        self.time_ms = None;
    }

    /// Takes in the first `count` detections of the input, best score first, of the frame at
    /// `time_ms`, on any steady clock. Those with a score below `score_threshold` are the weak ones:
    /// they continue objects, and neither begin nor confirm any. Boxes that are not usable are
    /// passed over.
    ///
    /// A time that is not later than the last one, or not a number, is taken as the last one; one
    /// that is earlier by more than `max_lost_ms` is of a clock set back: every object is forgotten,
    /// and ids go on.
    ///
    /// Errors: [`VisionError::TrackOption`].
    pub fn update(
        &mut self,
        count: usize,
        score_threshold: f32,
        time_ms: f64,
    ) -> Result<(), VisionError> {
        check_share("scoreThreshold", score_threshold)?;
        self.read(count, score_threshold);
        let (time_ms, dt_s) = self.advance(time_ms);
        self.pair(Round::Strong, time_ms);
        self.pair(Round::Weak, time_ms);
        self.pair(Round::Turned { dt_s }, time_ms);
        self.retire();
        self.begin(time_ms);
        Ok(())
    }

    /// Input → observations; clears the output.
    fn read(&mut self, count: usize, score_threshold: f32) {
        let count = count.min(MAX_TRACKS);
        self.ids.fill(0);
        self.velocities.fill(0.0);
        self.observations.clear();
        let rows = self.input.chunks_exact(DETECTION_VALUES).take(count);
        for (index, row) in rows.enumerate() {
            let &[xmin, ymin, xmax, ymax, score, class] = row else { continue };
            let xyxy = Xyxy { xmin, ymin, xmax, ymax };
            if !xyxy.is_usable() || !score.is_finite() {
                continue;
            }
            self.observations.push(Observation {
                index,
                xyxy: xyxy.clipped(),
                score: score.clamp(0.0, 1.0),
                class_id: class as u32,
                weak: score < score_threshold,
                taken: false,
            });
        }
    }

    /// Moves every track on to the frame's time, dropping those unseen for too long; gives that time
    /// as it is taken, and the step to it in s.
    fn advance(&mut self, time_ms: f64) -> (f64, f32) {
        let max_lost_ms = self.options.max_lost_ms;
        let now_ms = match self.time_ms {
            last_ms if !time_ms.is_finite() => last_ms.unwrap_or(0.0),
            Some(last_ms) if time_ms < last_ms - max_lost_ms => {
                self.tracks.clear();
                self.time_ms = None;
                time_ms
            }
            Some(last_ms) => time_ms.max(last_ms),
            None => time_ms,
        };
        self.tracks.retain(|track| now_ms - track.seen_ms <= max_lost_ms);
        let dt_s = ((now_ms - self.time_ms.unwrap_or(now_ms)) / 1000.0) as f32;
        for track in &mut self.tracks {
            track.predict(dt_s);
        }
        self.time_ms = Some(now_ms);
        (now_ms, dt_s)
    }

    /// Pairs tracks with detections and takes in what is found.
    fn pair(&mut self, round: Round, time_ms: f64) {
        let Self { options, tracks, observations, matcher, .. } = self;
        let weak = matches!(round, Round::Weak);
        let min_iou = if weak { options.weak_min_iou } else { options.min_iou };
        for &(track, observation) in matcher.pairs(tracks, observations, round, min_iou) {
            let (track, observation) = (&mut tracks[track], &mut observations[observation]);
            track.correct(&observation.xyxy, weak, time_ms);
            observation.taken = true;
            if track.id == 0 {
                // After all 32 bits it begins again: no one remembers the first.
                self.last_id = self.last_id.checked_add(1).unwrap_or(1);
                track.id = self.last_id;
            }
            let at = observation.index;
            self.ids[at] = track.id;
            let velocity = &mut self.velocities[at * VELOCITY_VALUES..][..VELOCITY_VALUES];
            velocity.copy_from_slice(&track.velocity());
        }
    }

    /// Marks the tracks that were not seen as lost; those seen only once are dropped.
    fn retire(&mut self) {
        self.tracks.retain(|track| track.seen || track.id != 0);
        for track in &mut self.tracks {
            track.lost = !track.seen;
        }
    }

    /// Begins a track with each strong detection that belongs to none, best first.
    fn begin(&mut self, time_ms: f64) {
        let new = self.observations.iter().filter(|found| !found.weak && !found.taken);
        for found in new.take(MAX_TRACKS - self.tracks.len()) {
            self.tracks.push(Track::new(&found.xyxy, found.class_id, time_ms));
        }
    }
}

fn check_share(field: &'static str, value: f32) -> Result<(), VisionError> {
    if (0.0..=1.0).contains(&value) {
        return Ok(());
    }
    Err(VisionError::TrackOption { field, value: f64::from(value) })
}

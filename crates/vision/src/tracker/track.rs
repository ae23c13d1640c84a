//! One object followed over time.

use crate::decode::Xyxy;

use super::kalman::{Axis, Noise};

/// Numbers of a box's velocity: of its centre (x, y) and of its size (width, height), in shares of
/// the frame per second.
pub const VELOCITY_VALUES: usize = 4;

/// Fastest that a box is said to move or grow: ten frames a second.
pub const MAX_SPEED: f32 = 10.0;

/// Smallest side of a predicted box, so that it always has an area.
const MIN_SIDE: f32 = 1e-4;

/// Standard deviations, as shares of the box's size (√area): a near object moves and jitters by more
/// of the frame than a far one.
struct Scale {
    measured: f32,
    velocity: f32,
    drift: f32,
}

const CENTRE: Scale = Scale { measured: 0.025, velocity: 5.0, drift: 0.5 };
/// Sizes change slowly, and are measured worse: both edges jitter.
const SIZE: Scale = Scale { measured: 0.04, velocity: 0.5, drift: 0.1 };
/// Half a pixel of 640, which no detector is better than: standard deviation, share of the frame.
const FLOOR: f32 = 0.5 / 640.0;
/// How much worse a weak detection is measured: standard deviation.
const WEAK: f32 = 2.0;

impl Scale {
    fn noise(&self, size: f32, trust: f32) -> Noise {
        let square = |value: f32| value * value;
        Noise {
            measured: square((self.measured * size + FLOOR) * trust),
            velocity: square(self.velocity * size + FLOOR),
            drift: square(self.drift * size + FLOOR),
        }
    }
}

/// An object: its class, its box as centre and size, and what is known of its life.
#[derive(Debug, Clone, Copy)]
pub(super) struct Track {
    pub class_id: u32,
    /// 0 until it was seen twice.
    pub id: u32,
    /// Seen in the frame at hand.
    pub seen: bool,
    /// Not seen in the frame before.
    pub lost: bool,
    /// When it was last seen, ms on the caller's clock.
    pub seen_ms: f64,
    /// Where it was last seen.
    pub last: Xyxy,
    /// Where it should be in the frame at hand.
    pub predicted: Xyxy,
    x: Axis,
    y: Axis,
    width: Axis,
    height: Axis,
}

impl Track {
    /// Begins with a detection.
    pub fn new(xyxy: &Xyxy, class_id: u32, time_ms: f64) -> Self {
        let [x, y, width, height] = cxcywh(xyxy);
        let size = (width * height).sqrt();
        let (centre, side) = (CENTRE.noise(size, 1.0), SIZE.noise(size, 1.0));
        Self {
            class_id,
            id: 0,
            seen: true,
            lost: false,
            seen_ms: time_ms,
            last: *xyxy,
            predicted: *xyxy,
            x: Axis::new(x, &centre),
            y: Axis::new(y, &centre),
            width: Axis::new(width, &side),
            height: Axis::new(height, &side),
        }
    }

    /// Moves on by `dt_s`. The size of a lost one stays as it is, as in ByteTrack: it would grow
    /// out of proportion or vanish.
    pub fn predict(&mut self, dt_s: f32) {
        self.seen = false;
        let size = self.size();
        let (centre, side) = (CENTRE.noise(size, 1.0), SIZE.noise(size, 1.0));
        self.x.predict(dt_s, &centre);
        self.y.predict(dt_s, &centre);
        if self.lost {
            (self.width.velocity, self.height.velocity) = (0.0, 0.0);
        }
        self.width.predict(dt_s, &side);
        self.height.predict(dt_s, &side);
        let half_width = self.width.position.max(MIN_SIDE) / 2.0;
        let half_height = self.height.position.max(MIN_SIDE) / 2.0;
        self.predicted = Xyxy {
            xmin: self.x.position - half_width,
            ymin: self.y.position - half_height,
            xmax: self.x.position + half_width,
            ymax: self.y.position + half_height,
        };
    }

    /// Takes in the detection of the frame at hand.
    pub fn correct(&mut self, xyxy: &Xyxy, weak: bool, time_ms: f64) {
        let size = self.size();
        let trust = if weak { WEAK } else { 1.0 };
        let (centre, side) = (CENTRE.noise(size, trust), SIZE.noise(size, trust));
        let dt_s = ((time_ms - self.seen_ms) / 1000.0) as f32;
        let [x, y, width, height] = cxcywh(xyxy);
        self.x.correct(x, dt_s, &centre);
        self.y.correct(y, dt_s, &centre);
        self.width.correct(width, dt_s, &side);
        self.height.correct(height, dt_s, &side);
        for axis in [&mut self.x, &mut self.y, &mut self.width, &mut self.height] {
            axis.velocity = axis.velocity.clamp(-MAX_SPEED, MAX_SPEED);
        }
        self.last = *xyxy;
        self.seen_ms = time_ms;
        self.seen = true;
    }

    /// See [`VELOCITY_VALUES`].
    pub fn velocity(&self) -> [f32; VELOCITY_VALUES] {
        [self.x.velocity, self.y.velocity, self.width.velocity, self.height.velocity]
    }

    /// Whether it would be lost without a weak detection.
    pub fn wants_weak(&self) -> bool {
        self.id != 0 && !self.lost && !self.seen
    }

    fn size(&self) -> f32 {
        (self.width.position.max(MIN_SIDE) * self.height.position.max(MIN_SIDE)).sqrt()
    }
}

/// Corners to centre and size.
fn cxcywh(xyxy: &Xyxy) -> [f32; 4] {
    let Xyxy { xmin, ymin, xmax, ymax } = xyxy;
    [(xmin + xmax) / 2.0, (ymin + ymax) / 2.0, xmax - xmin, ymax - ymin]
}

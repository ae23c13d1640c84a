//! A scene of moving objects as a detector sees them, and how well a tracker follows them.

use vision::decode::{Candidate, Xyxy};
use vision::nms::nms;
use vision::pipeline::DETECTION_VALUES;
use vision::tracker::{Tracker, VELOCITY_VALUES};
use vision::VisionError;

pub const SCORE_THRESHOLD: f32 = 0.4;
const WEAK_THRESHOLD: f32 = 0.1;
const NMS_IOU: f32 = 0.5;

/// Random numbers that are the same on every run. Source: xorshift64*, Vigna 2016.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// From 0 up to 1.
    pub fn share(&mut self) -> f32 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 40) as f32 / (1u64 << 24) as f32
    }

    pub fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.share()
    }

    /// Normal, mean 0, standard deviation 1: near enough as a sum of twelve.
    pub fn normal(&mut self) -> f32 {
        (0..12).map(|_| self.share()).sum::<f32>() - 6.0
    }
}

/// An object: where it is at a time in s, as cxcywh in shares of the frame; `None`: out of sight.
pub struct Object {
    pub class_id: u32,
    pub path: Box<dyn Fn(f32) -> Option<[f32; 4]>>,
}

/// What the detector does wrong.
#[derive(Debug, Clone, Copy)]
pub struct Faults {
    /// Share of the frames in which an object is not found.
    pub missed: f32,
    /// Share of the frames in which an object's score begins to dip below the threshold, for four
    /// frames.
    pub dips: f32,
    /// False alarms in a frame, on average.
    pub false_alarms: f32,
    /// Standard deviation of each edge, as a share of the box's side; one px of 640 is added.
    pub jitter: f32,
}

pub const NO_FAULTS: Faults = Faults { missed: 0.0, dips: 0.0, false_alarms: 0.0, jitter: 0.0 };

/// How well a scene was followed.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Figures {
    pub frames: usize,
    /// Objects in sight, summed over the frames.
    pub seen: usize,
    /// Of these, without an id in their frame.
    pub missed: usize,
    /// False alarms with an id.
    pub false_tracks: usize,
    /// Times that an object's id became another.
    pub switches: usize,
    /// Times that an object was without an id, between two frames with one.
    pub fragments: usize,
    /// Ids given.
    pub ids: usize,
}

impl Figures {
    /// Multiple object tracking accuracy. Source: CLEAR MOT, Bernardin 2008; an object's detection is
    /// known to be its own, so nothing is left to be matched.
    pub fn mota(&self) -> f32 {
        1.0 - (self.missed + self.false_tracks + self.switches) as f32 / self.seen as f32
    }
}

impl std::ops::AddAssign for Figures {
    fn add_assign(&mut self, other: Self) {
        self.frames += other.frames;
        self.seen += other.seen;
        self.missed += other.missed;
        self.false_tracks += other.false_tracks;
        self.switches += other.switches;
        self.fragments += other.fragments;
        self.ids += other.ids;
    }
}

/// A detection of an object (its index), or a false alarm.
type Source = Option<usize>;

/// Detections of one frame, best first.
pub struct Frame {
    pub time_ms: f64,
    pub detections: Vec<(Candidate, Source)>,
}

/// Frames for `seconds`, `step_ms` apart with a tenth more or less.
pub fn frames(
    objects: &[Object],
    (seconds, step_ms): (f32, f32),
    faults: &Faults,
    seed: u64,
) -> Vec<Frame> {
    let mut random = Random::new(seed);
    let mut dips = vec![0; objects.len()];
    let mut time_s = 0.0;
    let mut frames = Vec::new();
    while time_s < seconds {
        let mut found: Vec<(Candidate, Source)> = Vec::new();
        for (index, object) in objects.iter().enumerate() {
            if random.share() < faults.dips {
                dips[index] = 4;
            }
            let dips = dips[index] > 0 && {
                dips[index] -= 1;
                true
            };
            let Some(cxcywh) = (object.path)(time_s) else { continue };
            let score = if dips { random.between(0.15, 0.35) } else { random.between(0.5, 0.9) };
            let xyxy = seen(cxcywh, faults.jitter, &mut random);
            if random.share() >= faults.missed && xyxy.area() > 0.0 {
                found.push((candidate(xyxy, score, object.class_id, found.len()), Some(index)));
            }
        }
        let mut alarms = faults.false_alarms;
        while random.share() < alarms {
            alarms -= 1.0;
            found.push((false_alarm(found.len(), &mut random), None));
        }
        let detections = after_nms(&found);
        frames.push(Frame { time_ms: f64::from(time_s) * 1000.0, detections });
        time_s += step_ms * random.between(0.9, 1.1) / 1000.0;
    }
    frames
}

fn false_alarm(index: usize, random: &mut Random) -> Candidate {
    let [x, y] = [random.share(), random.share()];
    let [width, height] = [random.between(0.03, 0.23), random.between(0.03, 0.33)];
    let xyxy = seen([x, y, width, height], 0.0, random);
    candidate(xyxy, random.between(0.1, 0.6), 0, index)
}

/// What the detector reports of what it found.
fn after_nms(found: &[(Candidate, Source)]) -> Vec<(Candidate, Source)> {
    let mut kept: Vec<Candidate> = found.iter().map(|(candidate, _)| *candidate).collect();
    nms(&mut kept, NMS_IOU, 300);
    kept.retain(|candidate| candidate.score >= WEAK_THRESHOLD);
    kept.into_iter().map(|one| (one, found[one.anchor as usize].1)).collect()
}

fn candidate(xyxy: Xyxy, score: f32, class_id: u32, index: usize) -> Candidate {
    Candidate { xyxy, score, class_id, anchor: index as u32 }
}

/// The box as the detector gives it: in the frame, with noise.
fn seen([x, y, width, height]: [f32; 4], jitter: f32, random: &mut Random) -> Xyxy {
    let pixel = if jitter > 0.0 { 1.0 / 640.0 } else { 0.0 };
    let mut edge = |at: f32, side: f32| at + random.normal() * (jitter * side + pixel);
    Xyxy {
        xmin: edge(x - width / 2.0, width),
        ymin: edge(y - height / 2.0, height),
        xmax: edge(x + width / 2.0, width),
        ymax: edge(y + height / 2.0, height),
    }
    .clipped()
}

/// Gives the tracker one frame.
pub fn update(tracker: &mut Tracker, frame: &Frame) -> Result<(), VisionError> {
    let rows = tracker.input_mut().chunks_exact_mut(DETECTION_VALUES);
    for (row, (found, _)) in rows.zip(&frame.detections) {
        let Xyxy { xmin, ymin, xmax, ymax } = found.xyxy;
        row.copy_from_slice(&[xmin, ymin, xmax, ymax, found.score, found.class_id as f32]);
    }
    tracker.update(frame.detections.len(), SCORE_THRESHOLD, frame.time_ms)
}

/// Velocity of the detection at `index` of the last frame.
pub fn velocity(tracker: &Tracker, index: usize) -> [f32; VELOCITY_VALUES] {
    let mut velocity = [0.0; VELOCITY_VALUES];
    velocity.copy_from_slice(&tracker.velocities()[index * VELOCITY_VALUES..][..VELOCITY_VALUES]);
    velocity
}

/// Runs the tracker over the frames; `weak`: whether it gets the weak detections too.
pub fn follow(
    tracker: &mut Tracker,
    objects: &[Object],
    frames: &[Frame],
    weak: bool,
) -> Result<Figures, VisionError> {
    let mut figures = Figures::default();
    let mut last_ids = vec![0; objects.len()];
    let mut had_id = vec![true; objects.len()];
    for frame in frames {
        figures.frames += 1;
        let given = |(found, _): &&(Candidate, Source)| weak || found.score >= SCORE_THRESHOLD;
        let detections = frame.detections.iter().filter(given).copied().collect();
        let frame = Frame { time_ms: frame.time_ms, detections };
        update(tracker, &frame)?;
        let mut ids = vec![0; objects.len()];
        for ((_, source), &id) in frame.detections.iter().zip(tracker.ids()) {
            match source {
                Some(object) => ids[*object] = id,
                None => figures.false_tracks += usize::from(id != 0),
            }
            figures.ids = figures.ids.max(id as usize);
        }
        for (index, object) in objects.iter().enumerate() {
            let id = ids[index];
            if (object.path)((frame.time_ms / 1000.0) as f32).is_some() {
                figures.seen += 1;
                figures.missed += usize::from(id == 0);
            }
            if id != 0 && last_ids[index] != 0 {
                figures.switches += usize::from(id != last_ids[index]);
                figures.fragments += usize::from(!had_id[index]);
            }
            had_id[index] = id != 0;
            if id != 0 {
                last_ids[index] = id;
            }
        }
    }
    Ok(figures)
}

/// Objects that wander about the frame, each at its own pace and size.
pub fn wanderers(count: usize, seed: u64) -> Vec<Object> {
    let mut random = Random::new(seed);
    let wanderer = |random: &mut Random| {
        let [x, y] = [random.between(0.2, 0.8), random.between(0.2, 0.8)];
        let [reach_x, reach_y] = [random.between(0.1, 0.4), random.between(0.05, 0.2)];
        let [rate_x, rate_y] = [random.between(0.3, 1.2), random.between(0.3, 1.2)];
        let [phase_x, phase_y] = [random.between(0.0, 6.3), random.between(0.0, 6.3)];
        let size = random.between(0.05, 0.15);
        let path = move |time_s: f32| {
            let grown = size * (1.0 + 0.2 * (0.5 * time_s + phase_y).sin());
            let x = x + reach_x * (rate_x * time_s + phase_x).sin();
            let y = y + reach_y * (rate_y * time_s + phase_y).sin();
            Some([x, y, grown, 1.6 * grown])
        };
        Object { class_id: 0, path: Box::new(path) }
    };
    (0..count).map(|_| wanderer(&mut random)).collect()
}

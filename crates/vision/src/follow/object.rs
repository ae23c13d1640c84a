//! The life of an object that is followed.

use crate::decode::Xyxy;

use super::cursor::{Cursor, UNSEEN};
use super::ring::{Ring, RING};

/// Seen as surely as this, an object is there and in view.
const SURE: f32 = 0.7;
/// Detection that misses what is surely in view so often, and for so long, denies it. Once is a frame
/// that was blurred; and a fast model misses twice within a blink.
const MAX_DENIALS: u32 = 2;
const MIN_DENIED_MS: f64 = 250.0;
/// Without a detection, it is followed no longer than this, ms.
const MAX_ALONE_MS: f64 = 2000.0;
/// Neither detected nor seen, it is gone after this, ms.
const MAX_UNSEEN_MS: f64 = 500.0;
/// How much of a detection goes into its place; the rest is the object's own, which jitters less.
const FOUND_SHARE: f32 = 0.85;

/// What a detector found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    pub xyxy: Xyxy,
    pub score: f32,
    pub class_id: u32,
    /// Shares of the picture per second, as far as its tracker knows.
    pub velocity: (f32, f32),
}

/// Where an object was in one picture.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Seen {
    frame: u64,
    /// In shares of the picture, as shown.
    pub xyxy: Xyxy,
    /// Px per second.
    velocity: (f32, f32),
    confidence: f32,
}

/// An object. Two cursors: while a late result is carried forward, the place known before it is shown.
#[derive(Debug, Clone)]
pub(super) struct Object {
    pub found: Found,
    /// At the newest picture, or on the way there; `None` before the first result has caught up.
    pub live: Option<Cursor>,
    /// From the last result's picture on.
    pub redo: Option<Cursor>,
    /// Results that had it, and time of the last one's frame.
    pub hits: u32,
    pub hit_ms: f64,
    /// Results since then that had it not though it was surely in view.
    denials: u32,
    /// Time of the first frame since then whose result had it not.
    pub missed_ms: Option<f64>,
    /// Time of the last picture that it was seen in.
    seen_ms: f64,
    /// By the picture's number, modulo the ring.
    history: [Seen; RING],
}

impl Object {
    /// Begins with a detection in a kept picture.
    pub fn new(found: &Found, frame: u64, ring: &Ring) -> Self {
        let mut object = Self {
            found: *found,
            live: None,
            redo: None,
            hits: 0,
            hit_ms: 0.0,
            denials: 0,
            missed_ms: None,
            seen_ms: 0.0,
            history: [Seen { frame: u64::MAX, ..Seen::default() }; RING],
        };
        object.hit(found, frame, ring);
        object
    }

    /// Where it was in a picture; in one that it was not followed to yet, where it should be.
    pub fn at(&self, frame: u64, ring: &Ring) -> Option<Seen> {
        if let Some(seen) = self.noted(frame) {
            return Some(seen);
        }
        let live = self.live.as_ref().filter(|live| live.frame < frame)?;
        let from = self.noted(live.frame)?;
        let picture = ring.get(frame)?;
        let (width, height) = picture.size();
        let dt_s = ((picture.time_ms - ring.time_ms(live.frame)?) / 1000.0) as f32;
        let x = live.velocity.0 * dt_s / width as f32;
        let y = live.velocity.1 * dt_s / height as f32;
        let Xyxy { xmin, ymin, xmax, ymax } = from.xyxy;
        let xyxy = Xyxy { xmin: xmin + x, ymin: ymin + y, xmax: xmax + x, ymax: ymax + y };
        Some(Seen { frame, xyxy, ..from })
    }

    fn noted(&self, frame: u64) -> Option<Seen> {
        let seen = self.history[frame as usize % RING];
        (seen.frame == frame).then_some(seen)
    }

    /// A result of this picture's frame has it.
    pub fn hit(&mut self, found: &Found, frame: u64, ring: &Ring) {
        let Some(picture) = ring.get(frame) else { return };
        let (width, height) = picture.size();
        let mut place = *found;
        let mut velocity = (found.velocity.0 * width as f32, found.velocity.1 * height as f32);
        if let Some(own) = self.at(frame, ring) {
            place.xyxy = mix(&own.xyxy, &found.xyxy, FOUND_SHARE);
            // Pixels know of a turn before the motion model does.
            if own.confidence > UNSEEN {
                velocity = own.velocity;
            }
        }
        self.found = *found;
        self.hits += 1;
        self.hit_ms = picture.time_ms;
        self.seen_ms = self.seen_ms.max(picture.time_ms);
        self.denials = 0;
        self.missed_ms = None;
        let mut cursor = self.redo.take().unwrap_or_default();
        let pins = super::area::Pins::of(&found.xyxy);
        cursor.begin(frame, picture, &place.xyxy, pins);
        cursor.velocity = velocity;
        self.note(&cursor, ring);
        if ring.newest() == Some(frame) {
            self.live = Some(cursor);
        } else {
            self.redo = Some(cursor);
        }
    }

    /// A result of this picture's frame has it not; gives whether it is still believed in.
    pub fn miss(&mut self, frame: u64, ring: &Ring) -> bool {
        let Some(time_ms) = ring.time_ms(frame) else { return true };
        // What was seen only once was nothing.
        if self.hits < 2 {
            return false;
        }
        let missed_ms = *self.missed_ms.get_or_insert(time_ms);
        if self.at(frame, ring).is_some_and(|seen| seen.confidence >= SURE) {
            self.denials += 1;
        }
        self.denials < MAX_DENIALS || time_ms - missed_ms < MIN_DENIED_MS
    }

    /// Whether it may still be there at the time of the newest picture.
    pub fn lives(&self, now_ms: f64) -> bool {
        let is_unseen = now_ms - self.seen_ms > MAX_UNSEEN_MS;
        now_ms - self.hit_ms <= MAX_ALONE_MS && !(self.missed_ms.is_some() && is_unseen)
    }

    /// Writes down where a cursor is, unless a newer result says otherwise.
    pub fn note(&mut self, cursor: &Cursor, ring: &Ring) {
        let Some(picture) = ring.get(cursor.frame) else { return };
        if cursor.confidence >= UNSEEN {
            self.seen_ms = self.seen_ms.max(picture.time_ms);
        }
        let size = picture.size();
        self.history[cursor.frame as usize % RING] = Seen {
            frame: cursor.frame,
            xyxy: cursor.xyxy(size),
            velocity: cursor.velocity,
            confidence: cursor.confidence,
        };
    }

    /// The same for a picture between two that was passed over.
    pub fn note_between(&mut self, before: u64, cursor: &Cursor) {
        let (Some(from), Some(to)) = (self.noted(before), self.noted(cursor.frame)) else { return };
        let frame = before + 1;
        let xyxy = mix(&from.xyxy, &to.xyxy, 0.5);
        self.history[frame as usize % RING] = Seen { frame, xyxy, ..to };
    }

    /// What it is worth to be followed exactly: the large and the sure first.
    pub fn weight(&self) -> f32 {
        self.found.score * self.found.xyxy.area().max(0.0).sqrt()
    }
}

fn mix(from: &Xyxy, to: &Xyxy, share: f32) -> Xyxy {
    let mixed = |a: f32, b: f32| a + (b - a) * share;
    Xyxy {
        xmin: mixed(from.xmin, to.xmin),
        ymin: mixed(from.ymin, to.ymin),
        xmax: mixed(from.xmax, to.xmax),
        ymax: mixed(from.ymax, to.ymax),
    }
}

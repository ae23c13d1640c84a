//! Boxes carried from the frame they were found in to the newest one, by what is seen in between.
//!
//! A detector answers late. [`Follower`] keeps a small luma picture of every frame of the last
//! [`KEPT_MS`]; a late result's boxes are carried forward through those pictures, one after another, by
//! normalised cross-correlation round where each object should be. What is not seen goes on by its
//! velocity, slower and slower. The work is done in slices, so that whoever calls can paint between.
//!
//! Source: Lewis 1995, "Fast Normalized Cross-Correlation"; the rest by measurement (`bench/follow`).

mod area;
mod cursor;
mod ncc;
mod object;
mod pairs;
mod picture;
mod ring;
mod sample;

pub use picture::LumaFrame;
pub use ring::KEPT_MS;

use crate::decode::Xyxy;
use crate::error::VisionError;
use crate::frame::FrameBuffer;
use crate::nms::iou;
use cursor::Cursor;
use ncc::Matcher;
use object::{Found, Object};
use pairs::Pairing;
use ring::Ring;

/// Most objects followed at once, and most detections of a result that are looked at, the best first.
pub const MAX_OBJECTS: usize = 64;
/// Numbers of a detection given to [`Follower::add_result`]: box (xyxy) in shares of the frame, score,
/// class, velocity of the centre (x, y) in shares of the frame per second.
pub const FOUND_VALUES: usize = 8;
/// Numbers of an object: box (xyxy) in shares of the frame, score, class, confidence (0–1), velocity
/// of the centre (x, y) in shares of the frame per second, ms since the frame of the last result that had it,
/// ms that its box is behind the newest frame, and whether (1) the last result has it not.
pub const OBJECT_VALUES: usize = 12;

/// A result belongs to the kept picture nearest to it, if that is no further off than this, ms.
const MAX_APART_MS: f64 = 40.0;
/// Pictures no further apart than this can be passed over one by one while catching up, ms.
const MAX_STRIDE_MS: f64 = 70.0;
/// Objects of a class are rivals when one is no further from the other than this share of its sides.
const RIVAL_MARGIN: f32 = 0.3;
/// An object that the last result has not is not shown over one that it has.
const SAME_PLACE_IOU: f32 = 0.4;

/// Follows objects through the frames of one stream.
///
/// It reads no clock: frames and results say the time of their frame, ms on one steady clock of the
/// caller's. Deterministic. All buffers are its own and used again.
#[derive(Debug)]
pub struct Follower {
    bytes: FrameBuffer,
    ring: Ring,
    matcher: Matcher,
    objects: Vec<Object>,
    input: Vec<f32>,
    found: Vec<Found>,
    pairing: Pairing,
    order: Vec<usize>,
    output: Vec<f32>,
    output_count: usize,
    result_ms: f64,
    fallen_back: u64,
}

impl Follower {
    /// Makes a follower that has seen nothing. `simd` picks the SIMD128 twin where it exists (wasm32).
    pub fn new(simd: bool) -> Self {
        Self {
            bytes: FrameBuffer::default(),
            ring: Ring::default(),
            matcher: Matcher::new(simd),
            objects: Vec::with_capacity(MAX_OBJECTS),
            input: vec![0.0; MAX_OBJECTS * FOUND_VALUES],
            found: Vec::with_capacity(MAX_OBJECTS),
            pairing: Pairing::default(),
            order: Vec::with_capacity(MAX_OBJECTS),
            output: vec![0.0; MAX_OBJECTS * OBJECT_VALUES],
            output_count: 0,
            result_ms: f64::NEG_INFINITY,
            fallen_back: 0,
        }
    }

    /// Room for the planes of a frame. See [`FrameBuffer::room`].
    pub fn frame_mut(&mut self, bytes: usize) -> Result<&mut [u8], VisionError> {
        self.bytes.room(bytes)
    }

    /// Where a result's detections go before [`Follower::add_result`]: [`FOUND_VALUES`] numbers each.
    pub fn input_mut(&mut self) -> &mut [f32] {
        &mut self.input
    }

    /// Keeps a small picture of the frame in the frame buffer, taken at `time_ms`. One that is not later
    /// than the last is passed over; one of another shape than the last forgets everything before it.
    ///
    /// Errors: [`VisionError::FrameSize`], [`VisionError::PlaneStride`], [`VisionError::PlaneBounds`].
    pub fn add_frame(&mut self, frame: &LumaFrame, time_ms: f64) -> Result<(), VisionError> {
        let newest = self.ring.newest();
        let last_ms = newest.and_then(|newest| self.ring.time_ms(newest));
        if !time_ms.is_finite() || last_ms.is_some_and(|last_ms| time_ms <= last_ms) {
            return Ok(());
        }
        let is_behind =
            |object: &&Object| object.live.as_ref().is_some_and(|live| Some(live.frame) < newest);
        self.fallen_back += self.objects.iter().filter(is_behind).count() as u64;
        let bytes = self.bytes.readable();
        self.ring.add(&bytes[..self.bytes.len()], frame, time_ms)?;
        let ring = &self.ring;
        self.objects.retain_mut(|object| {
            // Of pictures that are gone nothing can be compared any more.
            object.live.take_if(|live| ring.get(live.frame).is_none());
            object.redo.take_if(|redo| ring.get(redo.frame).is_none());
            (object.live.is_some() || object.redo.is_some()) && object.lives(time_ms)
        });
        Ok(())
    }

    /// Takes in the first `count` detections of the input, of the frame at `time_ms`, which may be long
    /// past. Gives `false`, and does nothing, when no picture of about that time is kept, or when a
    /// later result is known. Boxes that are not usable are passed over.
    ///
    /// [`Follower::step`] then carries them forward; until it has, objects stay where they were.
    pub fn add_result(&mut self, count: usize, time_ms: f64) -> bool {
        let is_late = time_ms.is_nan() || time_ms < self.result_ms;
        let Some(frame) = self.ring.nearest(time_ms, MAX_APART_MS).filter(|_| !is_late) else {
            return false;
        };
        self.result_ms = time_ms;
        self.read(count);
        let Self { ring, objects, found, pairing, .. } = self;
        pairing.run(found, objects, frame, ring);
        let mut number = 0;
        objects.retain_mut(|object| {
            let of = pairing.found_of[number];
            number += 1;
            match of {
                Some(index) => object.hit(&found[index], frame, ring),
                // It began after this frame, and is no news to it.
                None if object.hit_ms > time_ms => (),
                None => return object.miss(frame, ring),
            }
            true
        });
        for (index, found) in found.iter().enumerate() {
            if pairing.object_of[index].is_none() && objects.len() < MAX_OBJECTS {
                objects.push(Object::new(found, frame, ring));
            }
        }
        true
    }

    fn read(&mut self, count: usize) {
        self.found.clear();
        for row in self.input.chunks_exact(FOUND_VALUES).take(count) {
            let &[xmin, ymin, xmax, ymax, score, class, x, y] = row else { continue };
            let xyxy = Xyxy { xmin, ymin, xmax, ymax };
            if !xyxy.is_usable() || !score.is_finite() {
                continue;
            }
            let speed = |value: f32| if value.is_finite() { value.clamp(-10.0, 10.0) } else { 0.0 };
            self.found.push(Found {
                xyxy: xyxy.clipped(),
                score: score.clamp(0.0, 1.0),
                class_id: class as u32,
                velocity: (speed(x), speed(y)),
            });
        }
    }

    /// Follows objects further, until all are at the newest frame or about `matches` comparisons
    /// are done; gives whether anything is left to do. What was already shown comes first, then what the
    /// last result said; of each the large and sure.
    pub fn step(&mut self, matches: u32) -> bool {
        let Some(newest) = self.ring.newest() else { return false };
        let mut left = i64::from(matches);
        let Self { ring, matcher, objects, order, .. } = self;
        order.clear();
        order.extend(0..objects.len());
        order.sort_by(|&a, &b| objects[b].weight().total_cmp(&objects[a].weight()));
        for is_redo in [false, true] {
            for &number in order.iter() {
                let object = &mut objects[number];
                let place = if is_redo { &mut object.redo } else { &mut object.live };
                let Some(mut cursor) = place.take() else { continue };
                while cursor.frame < newest && left > 0 {
                    let rival = has_rival(objects, number, &cursor, ring);
                    let object = &mut objects[number];
                    let matches = advance(object, &mut cursor, newest, ring, matcher, rival);
                    left -= i64::from(matches);
                }
                let object = &mut objects[number];
                if is_redo && cursor.frame < newest {
                    object.redo = Some(cursor);
                } else {
                    // A result that has caught up takes the place of what was known before.
                    object.live = Some(cursor);
                }
            }
        }
        let is_behind =
            |cursor: &Option<Cursor>| cursor.as_ref().is_some_and(|cursor| cursor.frame < newest);
        objects.iter().any(|object| is_behind(&object.live) || is_behind(&object.redo))
    }

    /// The objects as far as they are followed by now, [`OBJECT_VALUES`] numbers each; see
    /// [`Follower::objects`].
    pub fn collect(&mut self) -> usize {
        self.output_count = 0;
        let Some(newest) = self.ring.newest() else { return 0 };
        let now_ms = self.ring.time_ms(newest).unwrap_or(0.0);
        for object in &self.objects {
            let Some(live) = &object.live else { continue };
            let Some(picture) = self.ring.get(live.frame) else { continue };
            let size = picture.size();
            let xyxy = live.xyxy(size);
            if !xyxy.is_usable() || (object.missed_ms.is_some() && self.is_covered(object, &xyxy)) {
                continue;
            }
            let values = [
                xyxy.xmin,
                xyxy.ymin,
                xyxy.xmax,
                xyxy.ymax,
                object.found.score,
                object.found.class_id as f32,
                live.confidence,
                live.velocity.0 / size.0 as f32,
                live.velocity.1 / size.1 as f32,
                (now_ms - object.hit_ms) as f32,
                (now_ms - picture.time_ms) as f32,
                f32::from(u8::from(object.missed_ms.is_some())),
            ];
            let at = self.output_count * OBJECT_VALUES;
            self.output[at..at + OBJECT_VALUES].copy_from_slice(&values);
            self.output_count += 1;
        }
        self.output_count
    }

    /// What [`Follower::collect`] last gave.
    pub fn objects(&self) -> &[f32] {
        &self.output[..self.output_count * OBJECT_VALUES]
    }

    /// How often an object was not brought to a frame before the next one came.
    pub fn fallen_back(&self) -> u64 {
        self.fallen_back
    }

    /// Forgets every picture and object; buffers and counts stay.
    pub fn reset(&mut self) {
        self.ring.clear();
        self.objects.clear();
        self.result_ms = f64::NEG_INFINITY;
        self.output_count = 0;
    }

    /// Forgets every object: the next results are of something else.
    pub fn reset_objects(&mut self) {
        self.objects.clear();
        self.result_ms = f64::NEG_INFINITY;
        self.output_count = 0;
    }

    /// Whether an object that the last result has is in the same place.
    fn is_covered(&self, object: &Object, xyxy: &Xyxy) -> bool {
        self.objects.iter().any(|other| {
            let Some(live) = &other.live else { return false };
            let Some(picture) = self.ring.get(live.frame) else { return false };
            other.missed_ms.is_none()
                && other.found.class_id == object.found.class_id
                && iou(&live.xyxy(picture.size()), xyxy) > SAME_PLACE_IOU
        })
    }
}

/// Whether another object of the class is so near that one may be taken for the other.
fn has_rival(objects: &[Object], number: usize, cursor: &Cursor, ring: &Ring) -> bool {
    let Some(picture) = ring.get(cursor.frame) else { return false };
    let near = cursor.xyxy(picture.size()).with_margin(RIVAL_MARGIN);
    let class_id = objects[number].found.class_id;
    objects.iter().enumerate().any(|(other, object)| {
        other != number
            && object.found.class_id == class_id
            && object.at(cursor.frame, ring).is_some_and(|seen| iou(&seen.xyxy, &near) > 0.0)
    })
}

/// Takes a cursor one step further; gives the matches that took, at least 1.
fn advance(
    object: &mut Object,
    cursor: &mut Cursor,
    newest: u64,
    ring: &Ring,
    matcher: &mut Matcher,
    has_rival: bool,
) -> u32 {
    let before = cursor.frame;
    let apart_ms = |next: u64| Some(ring.time_ms(next)? - ring.time_ms(before)?);
    let is_far = before + 2 <= newest;
    let is_dense = apart_ms(before + 2).is_some_and(|ms| ms <= MAX_STRIDE_MS);
    let next = if is_far && is_dense { before + 2 } else { before + 1 };
    let (Some(from), Some(to)) = (ring.get(before), ring.get(next)) else {
        cursor.frame = newest;
        return 1;
    };
    let matches = cursor.advance(from, (next, to), matcher, has_rival);
    object.note(cursor, ring);
    if next == before + 2 {
        object.note_between(before, cursor);
    }
    matches.max(1)
}

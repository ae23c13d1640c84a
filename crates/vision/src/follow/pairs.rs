//! Which detections are of which objects, at the time of the detections' own frame.

use crate::nms::iou;

use super::object::{Found, Object};
use super::ring::Ring;

/// Least overlap of a detection with where its object was in that very frame.
const MIN_IOU: f32 = 0.3;
/// The same for one of another class: detectors take a van for a car and back.
const MIN_IOU_OTHER_CLASS: f32 = 0.6;

/// Pairs by overlap, the best first. Owns its lists.
#[derive(Debug, Default)]
pub(super) struct Pairing {
    candidates: Vec<(f32, usize, usize)>,
    /// For each detection the object that it is of, and the other way round.
    pub object_of: Vec<Option<usize>>,
    pub found_of: Vec<Option<usize>>,
}

impl Pairing {
    /// Pairs what was found in a picture with the objects as they were in it.
    pub fn run(&mut self, found: &[Found], objects: &[Object], frame: u64, ring: &Ring) {
        let Self { candidates, object_of, found_of } = self;
        object_of.clear();
        object_of.resize(found.len(), None);
        found_of.clear();
        found_of.resize(objects.len(), None);
        candidates.clear();
        for (number, object) in objects.iter().enumerate() {
            let Some(seen) = object.at(frame, ring) else { continue };
            for (index, one) in found.iter().enumerate() {
                let overlap = iou(&seen.xyxy, &one.xyxy);
                let is_same = object.found.class_id == one.class_id;
                if overlap >= if is_same { MIN_IOU } else { MIN_IOU_OTHER_CLASS } {
                    // Of another class only what nothing else explains.
                    let worth = if is_same { overlap } else { overlap - 1.0 };
                    candidates.push((worth, number, index));
                }
            }
        }
        candidates.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
        for &(_, number, index) in candidates.iter() {
            if object_of[index].is_none() && found_of[number].is_none() {
                object_of[index] = Some(number);
                found_of[number] = Some(index);
            }
        }
    }
}

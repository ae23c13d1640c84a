//! Objects followed over the frames of a stream.

use wasm_bindgen::prelude::*;

use super::to_js;
use crate::tracker::{self, TrackerOptions};

/// Follows objects; see [`tracker::Tracker`].
#[wasm_bindgen]
pub struct Tracker(tracker::Tracker);

#[wasm_bindgen]
impl Tracker {
    /// See [`TrackerOptions`].
    #[wasm_bindgen(constructor)]
    pub fn new(max_lost_ms: f64, min_iou: f32, weak_min_iou: f32) -> Result<Tracker, JsValue> {
        let options = TrackerOptions { max_lost_ms, min_iou, weak_min_iou };
        tracker::Tracker::new(options).map(Self).map_err(to_js)
    }

    /// Address of the input: six f32 a detection, for as many as are looked at. Never moves.
    #[wasm_bindgen(getter, js_name = inputAddress)]
    pub fn input_address(&mut self) -> usize {
        self.0.input_mut().as_ptr() as usize
    }

    /// Takes in the first `count` detections of the input.
    pub fn update(
        &mut self,
        count: usize,
        score_threshold: f32,
        time_ms: f64,
    ) -> Result<(), JsValue> {
        self.0.update(count, score_threshold, time_ms).map_err(to_js)
    }

    /// Address of the ids: one u32 a detection, 0 for none. Never moves.
    #[wasm_bindgen(getter, js_name = idsAddress)]
    pub fn ids_address(&self) -> usize {
        self.0.ids().as_ptr() as usize
    }

    /// Address of the velocities: four f32 a detection. Never moves.
    #[wasm_bindgen(getter, js_name = velocitiesAddress)]
    pub fn velocities_address(&self) -> usize {
        self.0.velocities().as_ptr() as usize
    }

    /// Forgets every object.
    pub fn reset(&mut self) {
        self.0.reset();
    }
}

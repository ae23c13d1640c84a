//! Boxes carried on through the pictures since their frame.

use wasm_bindgen::prelude::*;

use super::to_js;
use crate::follow::{self, LumaFrame};
use crate::frame::Plane;

/// Follows objects by what is seen; see [`follow::Follower`].
#[wasm_bindgen]
pub struct Follower(follow::Follower);

#[wasm_bindgen]
impl Follower {
    /// Makes a follower without pictures.
    #[wasm_bindgen(constructor)]
    pub fn new(simd: bool) -> Follower {
        Self(follow::Follower::new(simd))
    }

    /// Makes room for a frame; gives its address. Valid until a larger frame is asked for.
    #[wasm_bindgen(js_name = frameAddress)]
    pub fn frame_address(&mut self, bytes: u32) -> Result<usize, JsValue> {
        let frame = self.0.frame_mut(bytes as usize).map_err(to_js)?;
        Ok(frame.as_ptr() as usize)
    }

    /// Keeps a small picture of the frame in the frame buffer.
    #[wasm_bindgen(js_name = addFrame)]
    pub fn add_frame(
        &mut self,
        width_px: u32,
        height_px: u32,
        offset: u32,
        stride: u32,
        quarter_turns: u32,
        time_ms: f64,
    ) -> Result<(), JsValue> {
        let plane = Plane { offset, stride };
        let frame = LumaFrame { width_px, height_px, plane, quarter_turns };
        self.0.add_frame(&frame, time_ms).map_err(to_js)
    }

    /// Address of the input: eight f32 a detection, for as many as are looked at. Never moves.
    #[wasm_bindgen(getter, js_name = inputAddress)]
    pub fn input_address(&mut self) -> usize {
        self.0.input_mut().as_ptr() as usize
    }

    /// Takes in the first `count` detections of the input.
    #[wasm_bindgen(js_name = addResult)]
    pub fn add_result(&mut self, count: usize, time_ms: f64) -> bool {
        self.0.add_result(count, time_ms)
    }

    /// Does about `matches` comparisons; gives whether more are to be done.
    pub fn step(&mut self, matches: u32) -> bool {
        self.0.step(matches)
    }

    /// Writes the objects down; gives how many there are.
    pub fn collect(&mut self) -> usize {
        self.0.collect()
    }

    /// Address of the objects that were last written down: twelve f32 each. Never moves.
    #[wasm_bindgen(getter, js_name = objectsAddress)]
    pub fn objects_address(&self) -> usize {
        self.0.objects().as_ptr() as usize
    }

    /// How often an object was not brought to a frame before the next one came.
    #[wasm_bindgen(getter, js_name = fallenBack)]
    pub fn fallen_back(&self) -> f64 {
        self.0.fallen_back() as f64
    }

    /// Forgets every picture and object.
    pub fn reset(&mut self) {
        self.0.reset();
    }

    /// Forgets every object.
    #[wasm_bindgen(js_name = resetObjects)]
    pub fn reset_objects(&mut self) {
        self.0.reset_objects();
    }
}

//! What JavaScript sees: plain numbers and names in, addresses in WASM memory out.
//!
//! Addresses instead of slices, so that no glue copies anything. Each says how long it is valid; a
//! view made from it must also be made anew once the memory has grown.

mod follower;
mod frame;
mod pipeline;
mod scaler;
mod spec;
mod tracker;

use wasm_bindgen::JsValue;

use crate::error::VisionError;

/// Makes a JavaScript `Error` with the error's `code`.
fn to_js(error: VisionError) -> JsValue {
    let js_error = js_sys::Error::new(&error.to_string());
    // Setting a property of a fresh object does not fail.
    let _ = js_sys::Reflect::set(&js_error, &"code".into(), &error.code().into());
    js_error.into()
}

fn unknown(what: &'static str) -> JsValue {
    to_js(VisionError::UnknownName { what })
}

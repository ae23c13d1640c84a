//! Pixel and box arithmetic of Peerlens: the same in the viewer's browser and on the server.
//!
//! [`pipeline::Pipeline`] is the way in: it owns the buffers and runs `letterbox → (model) → decode →
//! nms`; a picture file may stand before it. [`tracker::Tracker`] comes after it, one for each stream: ids and
//! velocities. [`follow::Follower`] brings late boxes to the newest frame. [`scaler::Scaler`] makes the small pictures that are sent away. `wasm/` is the
//! JavaScript surface of it; `mod.ts` beside the crate is the face that programs use.
//!
//! Every function takes hostile input: wrong lengths, sizes and numbers end in a [`VisionError`] or
//! an empty result, never in a panic.
#![deny(missing_docs)]
#![deny(unsafe_code)]

mod color;
pub mod decode;
pub mod error;
pub mod follow;
pub mod frame;
pub mod geometry;
pub mod head;
#[cfg_attr(not(feature = "pictures"), path = "no_jpeg.rs")]
pub mod jpeg;
pub mod letterbox;
pub mod nms;
#[cfg_attr(not(feature = "pictures"), path = "no_picture.rs")]
pub mod picture;
pub mod pipeline;
mod resample;
pub mod scaler;
pub mod spec;
pub mod tracker;
#[cfg(target_arch = "wasm32")]
mod wasm;

pub use error::VisionError;

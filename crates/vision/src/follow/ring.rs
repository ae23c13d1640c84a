//! The small pictures of the last frames.

use crate::error::VisionError;

use super::picture::{LumaFrame, Picture, Scratch};

/// Pictures kept: 1.5 s at 30 frames a second, and a few more.
pub(super) const RING: usize = 48;
/// No picture older than this is kept, ms.
pub const KEPT_MS: f64 = 1500.0;

/// The last pictures, each with a number that goes up by one. Buffers are used again.
#[derive(Debug, Default)]
pub(super) struct Ring {
    pictures: Vec<Picture>,
    scratch: Scratch,
    /// Number of the next picture, and of the oldest that is kept.
    next: u64,
    oldest: u64,
}

impl Ring {
    /// Number of the newest picture.
    pub fn newest(&self) -> Option<u64> {
        (self.next > self.oldest).then(|| self.next - 1)
    }

    /// The picture of this number, while it is kept.
    pub fn get(&self, number: u64) -> Option<&Picture> {
        let kept = number >= self.oldest && number < self.next;
        kept.then(|| &self.pictures[number as usize % RING])
    }

    /// Time of a kept picture, ms.
    pub fn time_ms(&self, number: u64) -> Option<f64> {
        self.get(number).map(|picture| picture.time_ms)
    }

    /// Number of the kept picture that is nearest to a time, if one is as near as that.
    pub fn nearest(&self, time_ms: f64, apart_ms: f64) -> Option<u64> {
        let apart = |number: &u64| (self.pictures[*number as usize % RING].time_ms - time_ms).abs();
        let nearest = (self.oldest..self.next).min_by(|a, b| apart(a).total_cmp(&apart(b)))?;
        (apart(&nearest) <= apart_ms).then_some(nearest)
    }

    /// Takes in the frame at `time_ms`, which is later than all before it.
    pub fn add(
        &mut self,
        bytes: &[u8],
        frame: &LumaFrame,
        time_ms: f64,
    ) -> Result<(), VisionError> {
        frame.check(bytes.len())?;
        if self.pictures.len() < RING {
            self.pictures.resize_with(RING, Picture::default);
        }
        let size_before = self.newest().and_then(|newest| self.get(newest)).map(Picture::size);
        let picture = &mut self.pictures[self.next as usize % RING];
        picture.read(bytes, frame, &mut self.scratch);
        picture.time_ms = time_ms;
        if size_before.is_some_and(|size| size != picture.size()) {
            // Of another size, nothing is where it was.
            self.oldest = self.next;
        }
        self.next += 1;
        self.oldest = self.oldest.max(self.next.saturating_sub(RING as u64));
        while self.time_ms(self.oldest).is_some_and(|oldest_ms| oldest_ms < time_ms - KEPT_MS) {
            self.oldest += 1;
        }
        Ok(())
    }

    /// Forgets all pictures; numbers go on.
    pub fn clear(&mut self) {
        self.oldest = self.next;
    }
}

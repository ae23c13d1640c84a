//! One object carried from picture to picture.

use crate::decode::Xyxy;

use super::area::{Area, Pins};
use super::ncc::{vertex, Matcher, Template, MAX_REACH, MAX_TEMPLATE};
use super::picture::Picture;
use super::sample::Grid;

/// The part of a box that is looked for: the rest is mostly background.
const PATCH: f32 = 0.85;
/// A patch takes in what is around it up to this side, px: what is tiny shows too little of itself.
const LEAST_PATCH_PX: f32 = 5.0;
/// One that the border leaves less of is not looked for.
const MIN_PATCH_PX: f32 = 3.0;
/// Small patches are sampled more finely, to have so many px of the template along their longer side.
const MIN_TEMPLATE: f32 = 8.0;
/// How far is looked, px of a picture 160 wide: and so much more for each second.
const REACH_PX: f32 = 2.0;
const REACH_PX_PER_S: f32 = 90.0;
/// And so much of the box's shorter side.
const REACH_SIDE: f32 = 0.2;
/// How much further when it was not seen there.
const WIDE: f32 = 2.2;
/// What being at the edge of what is looked at counts against a place.
const DOUBT: f32 = 0.12;
/// The same where another of its class is near, which may look the same: its velocity then says more.
const RIVAL_DOUBT: f32 = 1.0;
/// Below this it is looked for once more, further off.
const UNSURE: f32 = 0.7;
/// Below this it was not seen.
pub(super) const UNSEEN: f32 = 0.5;
/// How much of its velocity what is not seen keeps in a 30th of a second.
const COAST: f32 = 0.93;
const COAST_STEP_S: f32 = 1.0 / 30.0;
/// How much larger or smaller it is looked for at every step. At every second one, what grew by as much as
/// a car that comes near was lost.
const SCALE: f32 = 1.035;
/// The template takes in what is seen between these: it is the object, and has changed.
const RENEW_ABOVE: f32 = 0.6;
const RENEW_BELOW: f32 = 0.9;
const RENEW_SHARE: f32 = 0.3;
/// How much of a step's own velocity is believed; less where it may be another's.
const VELOCITY_SHARE: f32 = 0.5;
const RIVAL_VELOCITY_SHARE: f32 = 0.3;
/// When so much of the patch is outside, what is still inside is looked for instead.
const OUTSIDE: f32 = 0.15;

/// Where an object is in one picture, and how it is known again in the next.
#[derive(Debug, Clone, Default)]
pub(super) struct Cursor {
    /// The picture's number.
    pub frame: u64,
    /// The whole box, also where it reaches past the border.
    pub area: Area,
    pub pins: Pins,
    /// Px of the small picture per second.
    pub velocity: (f32, f32),
    /// How alike it was when it was last looked for, 0–1.
    pub confidence: f32,
    template: Template,
    /// Centre of the patch from that of the box, and step of the template's grid; px.
    offset: (f32, f32),
    step: f32,
}

impl Cursor {
    /// Begins where it was found in a picture; `false` if there is too little to be followed by.
    pub fn begin(&mut self, frame: u64, picture: &Picture, xyxy: &Xyxy, pins: Pins) -> bool {
        self.frame = frame;
        self.area = Area::of(xyxy, picture.size());
        self.pins = pins;
        self.confidence = 1.0;
        self.cut(picture)
    }

    /// The box as it is shown, in shares of the picture.
    pub fn xyxy(&self, size: (usize, usize)) -> Xyxy {
        self.pins.apply(&self.area.xyxy(size))
    }

    /// Goes on to a later picture; gives how many matches that took.
    ///
    /// * `has_rival` — another of its class is near.
    pub fn advance(
        &mut self,
        from: &Picture,
        (frame, to): (u64, &Picture),
        matcher: &mut Matcher,
        has_rival: bool,
    ) -> u32 {
        let dt_s = ((to.time_ms - from.time_ms) / 1000.0).max(1e-3) as f32;
        self.frame = frame;
        let step_by = (self.velocity.0 * dt_s, self.velocity.1 * dt_s);
        if self.is_leaving(step_by, to.size()) && !self.cut(from) {
            return self.coast(step_by, dt_s, 0);
        }
        if self.template.is_flat() {
            return self.coast(step_by, dt_s, 0);
        }
        let narrow = self.reach(dt_s, to.size().0);
        let wide = |reach: usize| ((reach as f32 * WIDE) as usize).min(MAX_REACH);
        let mut matches = 1;
        let doubt = if has_rival { RIVAL_DOUBT } else { DOUBT };
        let mut place = self.look(step_by, narrow, to, matcher, doubt);
        if matcher.score(place) < UNSURE && wide(narrow) > narrow {
            matches += 1;
            place = self.look(step_by, wide(narrow), to, matcher, doubt);
        }
        let score = matcher.score(place);
        if score < UNSEEN {
            self.confidence = score.max(0.0);
            return self.coast(step_by, dt_s, matches);
        }
        let (dx, dy) = matcher.peak(place);
        if !has_rival && score > RENEW_ABOVE && score < RENEW_BELOW {
            self.template.renew(&matcher.window, place, RENEW_SHARE);
        }
        self.confidence = score.min(1.0);
        let share = if has_rival { RIVAL_VELOCITY_SHARE } else { VELOCITY_SHARE };
        self.move_by((step_by.0 + dx * self.step, step_by.1 + dy * self.step), dt_s, share);
        if score > RENEW_ABOVE {
            matches += self.rescale(score, to, matcher);
        }
        matches
    }

    fn move_by(&mut self, (x, y): (f32, f32), dt_s: f32, share: f32) {
        self.area.x += x;
        self.area.y += y;
        self.velocity.0 += share * (x / dt_s - self.velocity.0);
        self.velocity.1 += share * (y / dt_s - self.velocity.1);
    }

    /// Goes on as before, slower and slower.
    fn coast(&mut self, (x, y): (f32, f32), dt_s: f32, matches: u32) -> u32 {
        self.area.x += x;
        self.area.y += y;
        let kept = COAST.powf(dt_s / COAST_STEP_S);
        self.velocity = (self.velocity.0 * kept, self.velocity.1 * kept);
        matches
    }

    /// How far to look, px of the template.
    fn reach(&self, dt_s: f32, width: usize) -> usize {
        let by_time = (REACH_PX + REACH_PX_PER_S * dt_s) * width as f32 / 160.0;
        let reach = by_time + REACH_SIDE * self.area.width.min(self.area.height);
        ((reach / self.step).ceil() as usize).clamp(1, MAX_REACH)
    }

    /// Compares the template with what is around where it should be; gives the best place.
    fn look(
        &self,
        (x, y): (f32, f32),
        reach: usize,
        to: &Picture,
        matcher: &mut Matcher,
        doubt: f32,
    ) -> (usize, usize) {
        let centre = self.patch_centre();
        self.compare((centre.0 + x, centre.1 + y), self.step, reach, to, matcher);
        matcher.best(doubt)
    }

    fn compare(
        &self,
        centre: (f32, f32),
        step: f32,
        reach: usize,
        to: &Picture,
        matcher: &mut Matcher,
    ) {
        let size = (self.template.width + 2 * reach, self.template.height + 2 * reach);
        matcher.compare(&self.template, to, &Grid::around(centre, step, size));
    }

    /// Looks whether it is larger or smaller than it was; gives the matches that took.
    fn rescale(&mut self, score: f32, to: &Picture, matcher: &mut Matcher) -> u32 {
        let centre = self.patch_centre();
        let mut at = |step: f32| {
            self.compare(centre, step, 1, to, matcher);
            let place = matcher.best(0.0);
            matcher.score(place)
        };
        let (smaller, larger) = (at(self.step / SCALE), at(self.step * SCALE));
        // Where neither is better, the peak of the three is nearer than a whole step.
        let by = if smaller > score && smaller >= larger {
            -1.0
        } else if larger > score {
            1.0
        } else {
            vertex(smaller, score, larger)
        };
        let factor = SCALE.powf(by);
        self.step *= factor;
        self.offset = (self.offset.0 * factor, self.offset.1 * factor);
        self.area.width *= factor;
        self.area.height *= factor;
        2
    }

    fn patch_centre(&self) -> (f32, f32) {
        (self.area.x + self.offset.0, self.area.y + self.offset.1)
    }

    /// Whether much of the patch will be outside, where it would be compared with nothing.
    fn is_leaving(&self, (x, y): (f32, f32), size: (usize, usize)) -> bool {
        let (width, height) =
            (self.template.width as f32 * self.step, self.template.height as f32 * self.step);
        let centre = self.patch_centre();
        let patch = Area { x: centre.0 + x, y: centre.1 + y, width, height };
        patch.clipped(size).size() < (1.0 - OUTSIDE) * patch.size()
    }

    /// Takes the template from what is inside of the patch.
    fn cut(&mut self, picture: &Picture) -> bool {
        let patch = self.area.scaled(PATCH).at_least(LEAST_PATCH_PX).clipped(picture.size());
        if patch.width < MIN_PATCH_PX || patch.height < MIN_PATCH_PX {
            self.template = Template::default();
            self.confidence = 0.0;
            return false;
        }
        let longer = patch.width.max(patch.height);
        let count = longer.clamp(MIN_TEMPLATE, MAX_TEMPLATE as f32);
        self.step = longer / count;
        let side = |px: f32| ((px / self.step).round() as usize).clamp(3, MAX_TEMPLATE);
        let size = (side(patch.width), side(patch.height));
        self.offset = (patch.x - self.area.x, patch.y - self.area.y);
        self.template.cut(picture, &Grid::around((patch.x, patch.y), self.step, size));
        true
    }
}

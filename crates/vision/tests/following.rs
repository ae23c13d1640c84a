//! Following over rendered scenes: small pictures in, boxes out.

use vision::follow::{Follower, LumaFrame, FOUND_VALUES, MAX_OBJECTS, OBJECT_VALUES};
use vision::frame::Plane;
use vision::VisionError;

const WIDTH: usize = 160;
const HEIGHT: usize = 120;
const STEP_MS: f64 = 100.0 / 3.0;

/// Numbers in [0, 1), the same for the same seed.
struct Random(u32);

impl Random {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as f32 / (1 << 24) as f32
    }
}

/// Smooth noise at any point.
struct Texture {
    knots: Vec<f32>,
    grain: f32,
    mean: f32,
    contrast: f32,
}

impl Texture {
    fn new(random: &mut Random, grain: f32, mean: f32, contrast: f32) -> Self {
        Self { knots: (0..64 * 64).map(|_| random.next() - 0.5).collect(), grain, mean, contrast }
    }

    fn at(&self, x: f32, y: f32) -> f32 {
        let (u, v) = (x / self.grain + 20.0, y / self.grain + 20.0);
        let (i, j) = (u.floor(), v.floor());
        let (a, b) = (u - i, v - j);
        let knot = |x: f32, y: f32| self.knots[(y as usize % 64) * 64 + x as usize % 64];
        let upper = knot(i, j) * (1.0 - a) + knot(i + 1.0, j) * a;
        let lower = knot(i, j + 1.0) * (1.0 - a) + knot(i + 1.0, j + 1.0) * a;
        self.mean + self.contrast * (upper * (1.0 - b) + lower * b)
    }
}

/// A rectangle with its own texture.
struct Thing {
    skin: Texture,
    width: f32,
    height: f32,
}

struct World {
    random: Random,
    ground: Texture,
    bytes: Vec<u8>,
    follower: Follower,
}

impl World {
    fn new(seed: u32) -> Self {
        let mut random = Random(seed);
        let ground = Texture::new(&mut random, 9.0, 110.0, 120.0);
        let bytes = vec![0; WIDTH * HEIGHT];
        Self { random, ground, bytes, follower: Follower::new(true) }
    }

    fn thing(&mut self, contrast: f32) -> Thing {
        let mean = 70.0 + 100.0 * self.random.next();
        let skin = Texture::new(&mut self.random, 5.0, mean, contrast);
        Thing { skin, width: 18.0, height: 24.0 }
    }

    /// Shows things with their centres at these points.
    fn show(&mut self, frame: usize, things: &[(&Thing, f32, f32)]) -> Result<(), VisionError> {
        for y in 0..HEIGHT {
            for x in 0..WIDTH {
                let (px, py) = (x as f32 + 0.5, y as f32 + 0.5);
                let mut value = self.ground.at(px, py);
                for (thing, cx, cy) in things {
                    let (dx, dy) = (px - cx, py - cy);
                    if dx.abs() < thing.width / 2.0 && dy.abs() < thing.height / 2.0 {
                        value = thing.skin.at(dx, dy);
                    }
                }
                value += 6.0 * (self.random.next() - 0.5);
                self.bytes[y * WIDTH + x] = value.clamp(0.0, 255.0) as u8;
            }
        }
        self.follower.frame_mut(self.bytes.len())?.copy_from_slice(&self.bytes);
        self.follower.add_frame(&layout(), frame as f64 * STEP_MS)
    }

    fn find(&mut self, frame: usize, boxes: &[[f32; 4]]) -> bool {
        let rows = self.follower.input_mut().chunks_exact_mut(FOUND_VALUES);
        for (row, xyxy) in rows.zip(boxes) {
            row[..4].copy_from_slice(xyxy);
            row[4..].copy_from_slice(&[0.9, 0.0, 0.0, 0.0]);
        }
        self.follower.add_result(boxes.len(), frame as f64 * STEP_MS)
    }

    fn catch_up(&mut self) {
        while self.follower.step(50) {}
    }

    /// Centres in px, and whether the last result has them not.
    fn seen(&mut self) -> Vec<(f32, f32, bool)> {
        self.follower.collect();
        let of = |row: &[f32]| {
            let x = (row[0] + row[2]) / 2.0 * WIDTH as f32;
            (x, (row[1] + row[3]) / 2.0 * HEIGHT as f32, row[11] == 1.0)
        };
        self.follower.objects().chunks_exact(OBJECT_VALUES).map(of).collect()
    }
}

fn layout() -> LumaFrame {
    let plane = Plane { offset: 0, stride: WIDTH as u32 };
    LumaFrame { width_px: WIDTH as u32, height_px: HEIGHT as u32, plane, quarter_turns: 0 }
}

fn xyxy(thing: &Thing, x: f32, y: f32) -> [f32; 4] {
    let (width, height) = (WIDTH as f32, HEIGHT as f32);
    let (half_x, half_y) = (thing.width / 2.0, thing.height / 2.0);
    [(x - half_x) / width, (y - half_y) / height, (x + half_x) / width, (y + half_y) / height]
        .map(|side| side.clamp(0.0, 1.0))
}

/// Shows a path to a follower that hears of frame 0 at frame `late`; gives how far off it is then, px.
fn late_by(late: usize, seed: u32, path: impl Fn(f32) -> (f32, f32)) -> Result<f32, VisionError> {
    let mut world = World::new(seed);
    let thing = world.thing(120.0);
    let at = |frame: usize| path(frame as f32 * STEP_MS as f32 / 1000.0);
    for frame in 0..=late {
        let (x, y) = at(frame);
        world.show(frame, &[(&thing, x, y)])?;
    }
    let (x, y) = at(0);
    assert!(world.find(0, &[xyxy(&thing, x, y)]));
    world.catch_up();
    let seen = world.seen();
    assert_eq!(seen.len(), 1);
    let (x, y) = at(late);
    Ok((seen[0].0 - x).hypot(seen[0].1 - y))
}

#[test]
fn a_late_box_goes_where_its_object_went() -> Result<(), VisionError> {
    for seed in 1..=8 {
        let turn = |s: f32| (40.0 + 60.0 * s.min(0.5) - 60.0 * (s - 0.5).max(0.0), 60.0);
        let stop = |s: f32| (40.0 + 80.0 * s.min(0.4), 50.0 + 20.0 * s.min(0.4));
        let still = |_: f32| (70.0, 60.0);
        assert!(late_by(30, seed, turn)? < 1.5, "turn, {seed}");
        assert!(late_by(30, seed, stop)? < 1.5, "stop, {seed}");
        assert!(late_by(30, seed, still)? < 1.0, "still, {seed}");
    }
    Ok(())
}

#[test]
fn each_new_frame_moves_the_box() -> Result<(), VisionError> {
    let mut world = World::new(5);
    let thing = world.thing(120.0);
    let at = |frame: usize| (30.0 + 2.0 * frame as f32, 60.0);
    for frame in 0..40 {
        let (x, y) = at(frame);
        world.show(frame, &[(&thing, x, y)])?;
        if frame == 0 {
            world.find(0, &[xyxy(&thing, x, y)]);
        }
        world.catch_up();
        let seen = world.seen();
        assert!((seen[0].0 - x).abs() < 1.5, "{frame}: {seen:?}");
    }
    Ok(())
}

#[test]
fn behind_a_bar_it_goes_on_and_is_found_again() -> Result<(), VisionError> {
    let mut world = World::new(9);
    let thing = world.thing(120.0);
    let bar = Thing { width: 14.0, height: 120.0, ..world.thing(60.0) };
    for frame in 0..45 {
        let x = 30.0 + 2.2 * frame as f32;
        world.show(frame, &[(&thing, x, 60.0), (&bar, 80.0, 60.0)])?;
        if frame % 15 == 0 && frame != 15 && frame != 30 {
            world.find(frame, &[xyxy(&thing, x, 60.0)]);
        }
        world.catch_up();
    }
    let seen = world.seen();
    assert!((seen[0].0 - (30.0 + 2.2 * 44.0)).abs() < 4.0, "{seen:?}");
    Ok(())
}

#[test]
fn alike_things_that_pass_each_other_keep_a_box_each() -> Result<(), VisionError> {
    let mut world = World::new(11);
    let thing = world.thing(120.0);
    let at = |frame: usize| (30.0 + 2.0 * frame as f32, 130.0 - 2.0 * frame as f32);
    for frame in 0..50 {
        let (a, b) = at(frame);
        world.show(frame, &[(&thing, a, 45.0), (&thing, b, 72.0)])?;
        if frame == 0 {
            world.find(0, &[xyxy(&thing, a, 45.0), xyxy(&thing, b, 72.0)]);
        }
        world.catch_up();
    }
    let (a, b) = at(49);
    let seen = world.seen();
    assert!((seen[0].0 - a).abs() < 2.0 && (seen[1].0 - b).abs() < 2.0, "{seen:?}");
    Ok(())
}

#[test]
fn what_is_flat_goes_by_its_velocity_alone() -> Result<(), VisionError> {
    let mut world = World::new(3);
    let mut thing = world.thing(0.0);
    thing.width = 40.0;
    thing.height = 40.0;
    world.show(0, &[(&thing, 60.0, 60.0)])?;
    world.find(0, &[xyxy(&thing, 60.0, 60.0)]);
    for frame in 1..10 {
        world.show(frame, &[(&thing, 60.0, 60.0)])?;
        world.catch_up();
    }
    let seen = world.seen();
    assert!((seen[0].0 - 60.0).abs() < 3.0, "{seen:?}");
    Ok(())
}

#[test]
fn what_is_tiny_goes_with_what_is_around_it() -> Result<(), VisionError> {
    let mut world = World::new(31);
    let mut thing = world.thing(60.0);
    thing.width = 4.0;
    thing.height = 2.5;
    let around = Thing { width: 200.0, height: 200.0, ..world.thing(120.0) };
    let at = |frame: usize| (60.0 + 1.5 * frame as f32, 40.0 + 8.0 * (frame as f32 * 0.3).sin());
    for frame in 0..20 {
        let (x, y) = at(frame);
        world.show(frame, &[(&around, x, y), (&thing, x, y)])?;
        if frame == 0 {
            world.find(0, &[xyxy(&thing, x, y)]);
        }
    }
    world.catch_up();
    let (x, y) = at(19);
    let seen = world.seen();
    assert!((seen[0].0 - x).hypot(seen[0].1 - y) < 1.0, "{seen:?} {x} {y}");
    Ok(())
}

#[test]
fn a_box_at_the_border_stays_there_while_its_object_leaves() -> Result<(), VisionError> {
    let mut world = World::new(7);
    let thing = world.thing(120.0);
    let at = |frame: usize| 148.0 + 0.6 * frame as f32;
    for frame in 0..12 {
        world.show(frame, &[(&thing, at(frame), 60.0)])?;
        if frame == 4 {
            world.find(4, &[xyxy(&thing, at(4), 60.0)]);
        }
        world.catch_up();
    }
    let truth = xyxy(&thing, at(11), 60.0);
    world.follower.collect();
    let found = &world.follower.objects()[..4];
    assert_eq!(found[2], 1.0);
    assert!((found[0] - truth[0]).abs() < 2.0 / WIDTH as f32, "{found:?} {truth:?}");
    Ok(())
}

#[test]
fn a_camera_that_shakes_takes_no_box_off() -> Result<(), VisionError> {
    let mut world = World::new(13);
    let thing = world.thing(120.0);
    for frame in 0..40 {
        let shake = 5.0 * (frame as f32 * 1.1).sin();
        world.show(frame, &[(&thing, 60.0 + shake + frame as f32, 60.0 - shake)])?;
        if frame == 0 {
            world.find(0, &[xyxy(&thing, 60.0, 60.0)]);
        }
    }
    world.catch_up();
    let (x, y) = (99.0 + 5.0 * (39.0f32 * 1.1).sin(), 60.0 - 5.0 * (39.0f32 * 1.1).sin());
    let seen = world.seen();
    assert!((seen[0].0 - x).hypot(seen[0].1 - y) < 2.0, "{seen:?} {x} {y}");
    Ok(())
}

/// Shows a thing that stands, and gives the frames after which it is still followed.
fn frames_followed(results: &[(usize, bool)]) -> Result<Vec<bool>, VisionError> {
    let mut world = World::new(17);
    let thing = world.thing(120.0);
    let mut followed = Vec::new();
    for frame in 0..=results.last().map_or(0, |last| last.0) {
        world.show(frame, &[(&thing, 60.0, 60.0)])?;
        let boxes = [xyxy(&thing, 60.0, 60.0)];
        if let Some(&(_, has)) = results.iter().find(|result| result.0 == frame) {
            world.find(frame, if has { &boxes } else { &[] });
        }
        world.catch_up();
        followed.push(!world.seen().is_empty());
    }
    Ok(results.iter().map(|&(frame, _)| followed[frame]).collect())
}

#[test]
fn detection_that_denies_what_is_in_view_twice_is_believed() -> Result<(), VisionError> {
    let missed_once = [(0, true), (10, true), (20, false), (30, true)];
    assert_eq!(frames_followed(&missed_once)?, [true; 4]);
    let denied = [(0, true), (10, true), (20, false), (30, false)];
    assert_eq!(frames_followed(&denied)?, [true, true, true, false]);
    let in_a_blink = [(0, true), (1, true), (2, false), (3, false), (4, false), (5, true)];
    assert_eq!(frames_followed(&in_a_blink)?, [true; 6]);
    let found_once = [(0, true), (10, false)];
    assert_eq!(frames_followed(&found_once)?, [true, false]);
    Ok(())
}

#[test]
fn results_out_of_order_or_older_than_the_pictures_are_refused() -> Result<(), VisionError> {
    let mut world = World::new(19);
    let thing = world.thing(120.0);
    let boxes = [xyxy(&thing, 60.0, 60.0)];
    assert!(!world.find(0, &boxes), "no picture");
    for frame in 0..60 {
        world.show(frame, &[(&thing, 60.0, 60.0)])?;
    }
    assert!(!world.find(5, &boxes), "too old");
    assert!(world.find(40, &boxes));
    assert!(!world.find(30, &boxes), "older than the last");
    assert!(!world.follower.add_result(0, f64::NAN));
    Ok(())
}

#[test]
fn work_is_done_in_slices_and_what_is_not_done_is_counted() -> Result<(), VisionError> {
    let mut world = World::new(23);
    let thing = world.thing(120.0);
    let centres: Vec<_> =
        (0..12).map(|i| (20.0 + 38.0 * (i % 4) as f32, 20.0 + 40.0 * (i / 4) as f32)).collect();
    let things: Vec<_> = centres.iter().map(|&(x, y)| (&thing, x, y)).collect();
    for frame in 0..10 {
        world.show(frame, &things)?;
    }
    let boxes: Vec<_> = centres.iter().map(|&(x, y)| xyxy(&thing, x, y)).collect();
    world.find(0, &boxes);
    let mut slices = 1;
    while world.follower.step(10) {
        slices += 1;
    }
    assert!(slices > 5, "{slices}");
    assert_eq!(world.seen().len(), 12);
    assert_eq!(world.follower.fallen_back(), 0);
    world.show(10, &things)?;
    world.follower.step(4);
    world.show(11, &things)?;
    let fallen = world.follower.fallen_back();
    assert!((6..12).contains(&fallen), "{fallen}");
    Ok(())
}

#[test]
fn another_size_or_a_reset_forgets_everything() -> Result<(), VisionError> {
    let mut world = World::new(29);
    let thing = world.thing(120.0);
    let boxes = [xyxy(&thing, 60.0, 60.0)];
    world.show(0, &[(&thing, 60.0, 60.0)])?;
    world.find(0, &boxes);
    assert_eq!(world.seen().len(), 1);
    let turned = LumaFrame { quarter_turns: 1, ..layout() };
    world.follower.add_frame(&turned, 50.0)?;
    assert_eq!(world.seen().len(), 0);
    assert!(!world.find(0, &boxes));
    world.follower.reset();
    world.show(0, &[(&thing, 60.0, 60.0)])?;
    assert!(world.find(0, &boxes), "time begins anew");
    world.follower.reset_objects();
    assert_eq!(world.seen().len(), 0);
    Ok(())
}

#[test]
fn nothing_hostile_makes_it_fall() -> Result<(), VisionError> {
    let mut follower = Follower::new(true);
    follower.frame_mut(100)?;
    let frame = |width_px, height_px, offset, stride| LumaFrame {
        width_px,
        height_px,
        plane: Plane { offset, stride },
        quarter_turns: 7,
    };
    for bad in [
        frame(0, 10, 0, 10),
        frame(10, 9000, 0, 10),
        frame(10, 10, 0, 9),
        frame(10, 10, 1, 10),
        frame(10, 10, u32::MAX, u32::MAX),
    ] {
        assert!(follower.add_frame(&bad, 0.0).is_err(), "{bad:?}");
    }
    for (time_ms, size) in [(0.0, 10), (f64::NAN, 10), (33.0, 1), (66.0, 3), (99.0, 3)] {
        follower.add_frame(&frame(size, size, 0, size), time_ms)?;
        let rows = follower.input_mut().chunks_exact_mut(FOUND_VALUES);
        let odd = [f32::NAN, f32::INFINITY, -1.0, 0.0, 0.4, 1.0, 9.0, f32::MIN_POSITIVE];
        for (index, row) in rows.enumerate() {
            for (at, value) in row.iter_mut().enumerate() {
                *value = odd[(index * 3 + at * (index / 7 + 1)) % odd.len()];
            }
            if index % 2 == 0 {
                row.copy_from_slice(&[0.0, 0.1, 1.0, 0.9, 0.5, 1.0, f32::NAN, 1e30]);
            }
        }
        follower.add_result(MAX_OBJECTS + 5, time_ms);
        while follower.step(3) {}
        follower.collect();
        assert!(follower.objects().iter().all(|value| value.is_finite()));
    }
    Ok(())
}

//! The life of a track: birth, id, loss, end, and what time has to do with it.

use vision::pipeline::DETECTION_VALUES;
use vision::tracker::{Tracker, TrackerOptions, MAX_TRACKS, VELOCITY_VALUES};
use vision::VisionError;

const THRESHOLD: f32 = 0.4;
const STRONG: f32 = 0.8;
const WEAK: f32 = 0.2;

/// A detection: centre of a square with a side of 0.1, score, class.
type Seen = (f32, f32, u32);

struct Stream(Tracker);

impl Stream {
    fn new(options: TrackerOptions) -> Result<Self, VisionError> {
        Tracker::new(options).map(Self)
    }

    /// Ids of the frame's detections.
    fn see(&mut self, time_ms: f64, seen: &[Seen]) -> Result<Vec<u32>, VisionError> {
        let rows = self.0.input_mut().chunks_exact_mut(DETECTION_VALUES);
        for (row, &(x, score, class_id)) in rows.zip(seen) {
            row.copy_from_slice(&[x - 0.05, 0.45, x + 0.05, 0.55, score, class_id as f32]);
        }
        self.0.update(seen.len(), THRESHOLD, time_ms)?;
        Ok(self.0.ids()[..seen.len()].to_vec())
    }

    fn velocity_x(&self) -> f32 {
        self.0.velocities()[0]
    }
}

fn stream() -> Result<Stream, VisionError> {
    Stream::new(TrackerOptions::default())
}

#[test]
fn an_id_comes_with_the_second_sighting_in_a_row() -> Result<(), VisionError> {
    let mut stream = stream()?;
    let one = [(0.5, STRONG, 0)];
    assert_eq!(stream.see(0.0, &one)?, [0]);
    assert_eq!(stream.see(100.0, &[])?, []);
    assert_eq!(stream.see(200.0, &one)?, [0]);
    assert_eq!(stream.see(300.0, &one)?, [1]);
    assert_eq!(stream.see(400.0, &one)?, [1]);
    Ok(())
}

#[test]
fn a_lost_one_is_found_again_for_as_long_as_was_said() -> Result<(), VisionError> {
    let one = [(0.5, STRONG, 0)];
    for (found_ms, ids) in [(1100.0, [1]), (1101.0, [0])] {
        let mut stream = stream()?;
        stream.see(0.0, &one)?;
        stream.see(100.0, &one)?;
        stream.see(600.0, &[])?;
        assert_eq!(stream.see(found_ms, &one)?, ids, "{found_ms}");
        assert_eq!(stream.see(found_ms + 100.0, &one)?, [ids[0].max(1) + 1 - ids[0]]);
    }
    Ok(())
}

#[test]
fn weak_detections_continue_and_do_nothing_else() -> Result<(), VisionError> {
    let mut stream = stream()?;
    let (strong, weak) = ([(0.5, STRONG, 0)], [(0.5, WEAK, 0)]);
    // Neither birth …
    assert_eq!((stream.see(0.0, &weak)?, stream.see(100.0, &weak)?), (vec![0], vec![0]));
    // … nor id …
    assert_eq!((stream.see(200.0, &strong)?, stream.see(300.0, &weak)?), (vec![0], vec![0]));
    // … nor return of the lost; but what is there stays there.
    assert_eq!((stream.see(400.0, &strong)?, stream.see(500.0, &strong)?), (vec![0], vec![1]));
    assert_eq!((stream.see(600.0, &weak)?, stream.see(700.0, &weak)?), (vec![1], vec![1]));
    assert_eq!((stream.see(800.0, &[])?, stream.see(900.0, &weak)?), (vec![], vec![0]));
    assert_eq!(stream.see(1000.0, &strong)?, [1]);
    Ok(())
}

#[test]
fn a_weak_detection_does_not_displace_a_strong_one() -> Result<(), VisionError> {
    let mut stream = stream()?;
    stream.see(0.0, &[(0.5, STRONG, 0)])?;
    stream.see(100.0, &[(0.5, STRONG, 0)])?;
    assert_eq!(stream.see(200.0, &[(0.53, STRONG, 0), (0.5, WEAK, 0)])?, [1, 0]);
    Ok(())
}

#[test]
fn classes_keep_to_themselves() -> Result<(), VisionError> {
    let mut stream = stream()?;
    stream.see(0.0, &[(0.5, STRONG, 3)])?;
    assert_eq!(stream.see(100.0, &[(0.5, STRONG, 4)])?, [0]);
    assert_eq!(stream.see(200.0, &[(0.5, STRONG, 3), (0.5, STRONG, 4)])?, [0, 1]);
    assert_eq!(stream.see(300.0, &[(0.5, STRONG, 3), (0.5, STRONG, 4)])?, [2, 1]);
    Ok(())
}

#[test]
fn a_time_that_is_no_later_is_the_last_time() -> Result<(), VisionError> {
    let mut stream = stream()?;
    for frame in 0..5 {
        stream.see(f64::from(frame) * 100.0, &[(0.3 + 0.02 * frame as f32, STRONG, 0)])?;
    }
    let velocity = stream.velocity_x();
    assert!((velocity - 0.2).abs() < 0.01, "{velocity}");
    for time_ms in [400.0, 250.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(stream.see(time_ms, &[(0.38, STRONG, 0)])?, [1], "{time_ms}");
        assert!((stream.velocity_x() - velocity).abs() < 0.01, "{time_ms}");
    }
    assert_eq!(stream.see(500.0, &[(0.4, STRONG, 0)])?, [1]);
    assert!((stream.velocity_x() - velocity).abs() < 0.01);
    Ok(())
}

#[test]
fn a_clock_set_back_ends_all_tracks_and_no_id_comes_twice() -> Result<(), VisionError> {
    let mut stream = stream()?;
    let one = [(0.5, STRONG, 0)];
    stream.see(1e9, &one)?;
    assert_eq!(stream.see(1e9 + 100.0, &one)?, [1]);
    assert_eq!((stream.see(0.0, &one)?, stream.see(100.0, &one)?), (vec![0], vec![2]));
    stream.0.reset();
    assert_eq!((stream.see(0.0, &one)?, stream.see(100.0, &one)?), (vec![0], vec![1]));
    Ok(())
}

#[test]
fn steps_may_be_of_any_length() -> Result<(), VisionError> {
    let mut stream = stream()?;
    let mut time_ms = 0.0;
    for step_ms in [0.0, 33.0, 120.0, 61.0, 250.0, 17.0, 90.0, 400.0] {
        time_ms += step_ms;
        stream.see(time_ms, &[(0.2 + 4e-4 * time_ms as f32, STRONG, 0)])?;
    }
    assert_eq!(stream.0.ids()[0], 1);
    assert!((stream.velocity_x() - 0.4).abs() < 0.01, "{}", stream.velocity_x());
    Ok(())
}

#[test]
fn there_are_no_more_tracks_than_the_bound() -> Result<(), VisionError> {
    let mut stream = stream()?;
    // Each is of a class of its own: nothing touches.
    let crowd = |first: u32| (first..first + MAX_TRACKS as u32).map(|class| (0.5, STRONG, class));
    let (first, second) = (crowd(0).collect::<Vec<_>>(), crowd(1000).collect::<Vec<_>>());
    stream.see(0.0, &first)?;
    assert_eq!(stream.see(100.0, &first)?, (1..=MAX_TRACKS as u32).collect::<Vec<_>>());
    // The lost ones hold their places until they have aged out.
    assert_eq!(
        (stream.see(200.0, &second)?, stream.see(300.0, &second)?),
        (vec![0; MAX_TRACKS], vec![0; MAX_TRACKS])
    );
    stream.see(1101.0, &second)?;
    let ids = stream.see(1200.0, &second)?;
    assert_eq!(ids, (MAX_TRACKS as u32 + 1..=2 * MAX_TRACKS as u32).collect::<Vec<_>>());
    assert_eq!(stream.0.velocities().len(), MAX_TRACKS * VELOCITY_VALUES);
    Ok(())
}

#[test]
fn options_out_of_range_are_refused() {
    let usual = TrackerOptions::default();
    for options in [
        TrackerOptions { max_lost_ms: 0.0, ..usual },
        TrackerOptions { max_lost_ms: f64::NAN, ..usual },
        TrackerOptions { max_lost_ms: f64::INFINITY, ..usual },
        TrackerOptions { min_iou: 1.1, ..usual },
        TrackerOptions { weak_min_iou: f32::NAN, ..usual },
    ] {
        let refused = Tracker::new(options).err();
        assert_eq!(refused.map(|error| error.code()), Some("track-option"), "{options:?}");
    }
}

//! JPEG files as they come from strangers: a picture or an error by name, never a panic.
//!
//! `data/*.jpg` are one picture of 40 × 24 px, a colour gradient with some noise, as libjpeg-turbo
//! writes it: baseline 4:2:0, the same progressive, and grey.

use proptest::prelude::*;
use vision::frame::FrameBuffer;
use vision::jpeg::{Jpeg, MAX_JPEG_BYTES};
use vision::VisionError;

const BASELINE: &[u8] = include_bytes!("data/baseline.jpg");
const PROGRESSIVE: &[u8] = include_bytes!("data/progressive.jpg");
const GREY: &[u8] = include_bytes!("data/grey.jpg");
const FILES: [&[u8]; 3] = [BASELINE, PROGRESSIVE, GREY];

/// Longest side that the tests allow: a mutated header must not make them slow.
const MAX_SIDE_PX: u32 = 300;

/// Width, height and RGB of a file.
fn read(file: &[u8]) -> Result<(u32, u32, Vec<u8>), VisionError> {
    let (mut jpeg, mut frame) = (Jpeg::default(), FrameBuffer::default());
    jpeg.room(file.len())?.copy_from_slice(file);
    let layout = jpeg.read(&mut frame, MAX_SIDE_PX)?;
    layout.check(frame.len())?;
    Ok((layout.width_px, layout.height_px, frame.readable()[..frame.len()].to_vec()))
}

/// The error's name, "picture" without one.
fn outcome(file: &[u8]) -> &'static str {
    read(file).map_or_else(|error| error.code(), |_| "picture")
}

fn is_named(outcome: &str) -> bool {
    ["picture", "jpeg-truncated", "jpeg-format", "jpeg-unsupported", "jpeg-size"].contains(&outcome)
}

/// The file with `bytes` in place of those at `at`.
fn patched(file: &[u8], at: usize, bytes: &[u8]) -> Vec<u8> {
    let mut patched = file.to_vec();
    patched[at..at + bytes.len()].copy_from_slice(bytes);
    patched
}

/// Where the body of the first segment with this marker code begins.
fn body_of(file: &[u8], code: u8) -> usize {
    let marker = [0xff, code];
    file.windows(2).position(|pair| pair == marker).map_or(0, |at| at + 4)
}

#[test]
fn the_three_kinds_are_read() -> Result<(), VisionError> {
    let (width, height, baseline) = read(BASELINE)?;
    assert_eq!((width, height, baseline.len()), (40, 24, 40 * 24 * 3));
    // Both ways of coding hold the same coefficients.
    assert_eq!(read(PROGRESSIVE)?.2, baseline);
    let (.., grey) = read(GREY)?;
    assert!(grey.chunks(3).all(|pixel| pixel == [pixel[0]; 3]));
    // The gradient: red to the right, green downwards.
    assert!(baseline[3 * 39] > 200 && baseline[3 * 40 * 23 + 1] > 200 && baseline[0] < 40);
    Ok(())
}

#[test]
fn a_file_can_be_read_again_and_may_have_bytes_after_it() -> Result<(), VisionError> {
    let (mut jpeg, mut frame) = (Jpeg::default(), FrameBuffer::default());
    jpeg.room(BASELINE.len() + 9)?[..BASELINE.len()].copy_from_slice(BASELINE);
    for _ in 0..2 {
        jpeg.read(&mut frame, 40)?;
        assert_eq!(frame.readable()[..frame.len()], read(BASELINE)?.2);
    }
    Ok(())
}

#[test]
fn a_file_cut_off_anywhere_is_truncated() {
    for file in FILES {
        for end in 0..file.len() {
            assert_eq!(outcome(&file[..end]), "jpeg-truncated", "after {end} bytes");
        }
    }
}

#[test]
fn a_baseline_file_cut_off_and_closed_is_no_picture() {
    // The first row of blocks; in the last one, padding may pass for blocks that are nearly empty.
    let scan_at = body_of(BASELINE, 0xda) + 10;
    for end in scan_at..scan_at + (BASELINE.len() - scan_at) / 3 {
        let mut file = BASELINE[..end].to_vec();
        if file.last() == Some(&0xff) {
            file.push(0);
        }
        file.extend([0xff, 0xd9]);
        // The padding may also turn out to be no code at all.
        let refused = ["jpeg-truncated", "jpeg-format"].contains(&outcome(&file));
        assert!(refused, "after {end} bytes");
    }
}

#[test]
fn a_size_out_of_bounds_is_refused_from_the_header() {
    let at = body_of(BASELINE, 0xc0) + 1;
    for (size, expected) in [
        ([0xff, 0xff, 0xff, 0xff], "jpeg-size"),
        ([0, 0, 0, 40], "jpeg-size"),
        ([0, 24, 0, 0], "jpeg-size"),
        ([1, 45, 0, 40], "jpeg-size"),
    ] {
        assert_eq!(outcome(&patched(BASELINE, at, &size)), expected);
    }
    let (mut jpeg, mut frame) = (Jpeg::default(), FrameBuffer::default());
    let file = patched(BASELINE, at, &[0x10, 0x00, 0x10, 0x01]);
    let refused = jpeg.room(file.len()).map(|room| room.copy_from_slice(&file));
    assert_eq!(refused, Ok(()));
    let refused = jpeg.read(&mut frame, u32::MAX).map_err(|error| error.code());
    assert_eq!(refused, Err("jpeg-size"), "16 MP and one column");
    assert!(frame.is_empty());
    assert_eq!(jpeg.room(MAX_JPEG_BYTES + 1).map_err(|error| error.code()), Err("jpeg-bytes"));
}

#[test]
fn kinds_that_are_not_read_are_named() {
    let frame_at = body_of(BASELINE, 0xc0);
    let marker_at = frame_at - 3;
    for code in [0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcc, 0xcd, 0xce, 0xcf, 0xdc, 0xde] {
        let file = patched(BASELINE, marker_at, &[code]);
        assert_eq!(outcome(&file), "jpeg-unsupported", "marker {code:x}");
    }
    assert_eq!(outcome(&patched(BASELINE, frame_at, &[12])), "jpeg-unsupported");
    for sampling in [0x00, 0x14, 0x41, 0x44, 0xff] {
        let file = patched(BASELINE, frame_at + 7, &[sampling]);
        assert_eq!(outcome(&file), "jpeg-unsupported", "sampling {sampling:x}");
    }
    // The frame header of four colours, as CMYK has it.
    let mut four = BASELINE[..frame_at].to_vec();
    four[frame_at - 1] = 20;
    four.extend([8, 0, 24, 0, 40, 4, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0, 4, 0x11, 0]);
    assert_eq!(outcome(&four), "jpeg-unsupported");
    // RGB, by Adobe's marker.
    let mut rgb = vec![0xff, 0xd8, 0xff, 0xee, 0, 14];
    rgb.extend(b"Adobe\0\x64\0\0\0\0\0");
    rgb.extend(&BASELINE[2..]);
    assert_eq!(outcome(&rgb), "jpeg-unsupported");
    rgb[17] = 1;
    assert_eq!(outcome(&rgb), "picture");
}

#[test]
fn what_is_no_jpeg_is_said_to_be_none() {
    for file in [&b"\x89PNG\r\n"[..], b"GIF89a", b"\xff\xd8hello", b"\xff\xd8\xff\xd9", b"{}"] {
        assert_eq!(outcome(file), "jpeg-format");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn mutated_files_give_a_picture_or_a_named_error(
        file in 0usize..FILES.len(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        cut in prop::option::weighted(0.2, any::<prop::sample::Index>()),
    ) {
        let mut bytes = FILES[file].to_vec();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let Some(cut) = cut {
            // Closed properly, so that it gets as far as the decoder.
            bytes.truncate(cut.index(bytes.len()));
            bytes.extend([0xff, 0xd9]);
        }
        prop_assert!(is_named(outcome(&bytes)));
    }

    #[test]
    fn random_bytes_give_a_named_error(
        head in 0usize..40,
        bytes in proptest::collection::vec(any::<u8>(), 0..600),
    ) {
        let mut file = BASELINE[..head].to_vec();
        file.extend(bytes);
        prop_assert!(is_named(outcome(&file)));
    }
}

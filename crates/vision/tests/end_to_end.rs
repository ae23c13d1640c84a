//! Heads that need no NMS: all that is a box comes out, the best first, and nothing else.

use proptest::prelude::*;
use vision::frame::{ColorMatrix, ColorRange, FrameLayout, PixelFormat, Plane};
use vision::geometry::Placement;
use vision::nms::MAX_DETECTIONS;
use vision::pipeline::{DetectOptions, Pipeline, DETECTION_VALUES};
use vision::spec::{ChannelOrder, HeadKind, HeadSpec, InputSpec, END_TO_END_VALUES, MAX_BOXES};
use vision::VisionError;

const SIDE_PX: u32 = 64;
const CLASSES: u32 = 5;

fn pipeline(boxes: u32) -> Result<Pipeline, VisionError> {
    let input = InputSpec {
        width_px: SIDE_PX,
        height_px: SIDE_PX,
        placement: Placement::Center,
        pad: 0.0,
        order: ChannelOrder::Rgb,
        mean: [0.0; 3],
        std: [1.0; 3],
    };
    let head = HeadSpec { kind: HeadKind::EndToEnd, classes: CLASSES, strides: vec![], boxes };
    let mut pipeline = Pipeline::new(input, &head, true)?;
    let plane = Plane { offset: 0, stride: SIDE_PX * 4 };
    pipeline.frame_mut((SIDE_PX * SIDE_PX * 4) as usize)?;
    pipeline.letterbox(&FrameLayout {
        format: PixelFormat::Rgba,
        width_px: SIDE_PX,
        height_px: SIDE_PX,
        planes: [plane; 3],
        plane_count: 1,
        matrix: ColorMatrix::Bt601,
        range: ColorRange::Full,
    })?;
    Ok(pipeline)
}

/// Rows of which most are boxes; many lie on one another.
fn any_row() -> impl Strategy<Value = [f32; END_TO_END_VALUES]> {
    let odd = prop_oneof![Just(f32::NAN), Just(-1.0), Just(0.5), Just(5.0), Just(f32::INFINITY)];
    let class = prop_oneof![6 => (0u32..CLASSES).prop_map(|class| class as f32), 1 => odd];
    let corner = (0u32..8, 0u32..8, 1u32..8, 1u32..8);
    (corner, 0.0f32..1.0, class).prop_map(|((x, y, width, height), score, class)| {
        [x, y, x + width, y + height]
            .map(|side| side as f32 * 4.0)
            .into_iter()
            .chain([score, class])
            .collect::<Vec<_>>()
            .try_into()
            .unwrap_or_default()
    })
}

proptest! {
    #[test]
    fn every_box_comes_out_and_none_is_taken_for_another(
        rows in proptest::collection::vec(any_row(), 1..40),
        score_threshold in 0.0f32..1.0,
        iou_threshold in 0.0f32..=1.0,
    ) {
        let mut pipeline = pipeline(rows.len() as u32)?;
        pipeline.head_mut().copy_from_slice(rows.as_flattened());
        let options = DetectOptions { score_threshold, iou_threshold, max_detections: u32::MAX };
        let found = pipeline.detect(&options)?;
        let mut expected: Vec<_> = rows
            .iter()
            .filter(|row| row[4] >= score_threshold)
            .filter(|row| (0..CLASSES).any(|class| row[5] == class as f32))
            .collect();
        expected.sort_by(|a, b| b[4].total_cmp(&a[4]));
        prop_assert_eq!(found.len(), expected.len() * DETECTION_VALUES);
        for (one, row) in found.chunks(DETECTION_VALUES).zip(expected) {
            prop_assert_eq!((one[4], one[5]), (row[4], row[5]));
            for (side, px) in one.iter().zip(&row[..4]) {
                prop_assert!((side - px / SIDE_PX as f32).abs() < 1e-6);
            }
        }
    }
}

#[test]
fn the_number_of_boxes_is_bounded() -> Result<(), VisionError> {
    for boxes in [0, MAX_BOXES + 1, u32::MAX] {
        assert_eq!(pipeline(boxes).err().map(|error| error.code()), Some("head-spec"), "{boxes}");
    }
    let mut most = pipeline(MAX_BOXES)?;
    most.head_mut().chunks_mut(END_TO_END_VALUES).enumerate().for_each(|(index, row)| {
        row.copy_from_slice(&[0.0, 0.0, 32.0, 32.0, index as f32 / MAX_BOXES as f32, 0.0]);
    });
    let options = DetectOptions { score_threshold: 0.0, iou_threshold: 0.0, max_detections: 300 };
    assert_eq!(most.detect(&options)?.len(), MAX_DETECTIONS * DETECTION_VALUES);
    Ok(())
}

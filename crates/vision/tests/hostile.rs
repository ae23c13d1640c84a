//! Input made to break things: errors by name or empty results, never a panic.

mod specs;

use std::collections::HashMap;

use proptest::prelude::*;
use specs::{any_reading, plain_input};
use vision::frame::{ColorMatrix, ColorRange, FrameLayout, PixelFormat, Plane};
use vision::geometry::Placement;
use vision::head::{BoxesSpec, GridKind, GridSpec, HeadSpec, Part};
use vision::pipeline::{DetectOptions, Pipeline, DETECTION_VALUES};
use vision::spec::{ChannelOrder, InputLayout, InputSpec};
use vision::tracker::{Tracker, TrackerOptions, MAX_SPEED, VELOCITY_VALUES};

fn any_number() -> impl Strategy<Value = f32> {
    prop_oneof![
        any::<f32>(),
        0.0f32..1.0,
        Just(f32::NAN),
        Just(f32::INFINITY),
        Just(f32::NEG_INFINITY),
        Just(f32::MAX),
        Just(0.0),
        Just(114.0),
    ]
}

/// Mostly sizes that pass, now and then one that must not.
fn any_size(most: u32) -> impl Strategy<Value = u32> {
    prop_oneof![6 => 1..most, 1 => Just(0), 1 => any::<u32>()]
}

fn any_placement() -> impl Strategy<Value = Placement> {
    prop_oneof![Just(Placement::Center), Just(Placement::TopLeft), Just(Placement::Stretch)]
}

fn any_part() -> impl Strategy<Value = (Part, u32)> {
    prop_oneof![
        3 => Just((Part::Box, 4)),
        3 => (1u32..20).prop_map(|columns| (Part::Scores, columns)),
        2 => Just((Part::Score, 1)),
        2 => Just((Part::Class, 1)),
        1 => Just((Part::Objectness, 1)),
        1 => Just((Part::Angle, 1)),
        1 => Just((Part::Count, 1)),
        1 => (any_size(40)).prop_map(|values| (Part::Skipped, values)),
        1 => any::<u32>().prop_map(|values| (Part::Box, values)),
    ]
}

/// Tensors as families have them, and heaps of parts.
fn any_tensors() -> impl Strategy<Value = Vec<Vec<(Part, u32)>>> {
    let xyxy = (Part::Box, 4);
    let usual = (1u32..20, 1u32..4).prop_flat_map(move |(columns, skipped)| {
        let (scores, rest) = ((Part::Scores, columns), (Part::Skipped, skipped));
        let (score, class) = ((Part::Score, 1), (Part::Class, 1));
        prop_oneof![
            Just(vec![vec![xyxy, (Part::Objectness, 1), scores, rest]]),
            Just(vec![vec![xyxy, scores, (Part::Angle, 1)]]),
            Just(vec![vec![xyxy], vec![scores]]),
            Just(vec![vec![xyxy, score, class, rest]]),
            Just(vec![vec![xyxy], vec![class], vec![score], vec![(Part::Count, 1)]]),
        ]
    });
    let any = proptest::collection::vec(proptest::collection::vec(any_part(), 0..6), 0..5);
    prop_oneof![3 => usual, 1 => any]
}

fn any_grid() -> impl Strategy<Value = HeadSpec> {
    let kind = prop_oneof![Just(GridKind::Yolox), Just(GridKind::Ltrb), Just(GridKind::Nanodet)];
    let strides = proptest::collection::vec(any_size(64), 0..10);
    (kind, any_size(20), strides)
        .prop_map(|(kind, classes, strides)| HeadSpec::Grid(GridSpec { kind, classes, strides }))
}

prop_compose! {
    fn any_boxes()(
        (format, unit, layout, activation) in any_reading(),
        thinned in any::<bool>(),
        boxes in any_size(400),
        ids in proptest::collection::btree_set(any_size(24), 0..20),
        tensors in any_tensors(),
    ) -> HeadSpec {
        let class_ids = ids.into_iter().collect();
        HeadSpec::Boxes(
            BoxesSpec { format, unit, layout, activation, thinned, boxes, class_ids, tensors },
        )
    }
}

prop_compose! {
    fn any_input()(
        width_px in any_size(96),
        height_px in any_size(96),
        layout in prop_oneof![Just(InputLayout::Nchw), Just(InputLayout::Nhwc)],
        placement in any_placement(),
        pad in prop_oneof![3 => 0.0f32..=255.0, 1 => any_number()],
        mean in prop_oneof![3 => Just([0.0; 3]), 1 => proptest::array::uniform3(any_number())],
        std in prop_oneof![3 => Just([255.0; 3]), 1 => proptest::array::uniform3(any_number())],
    ) -> InputSpec {
        InputSpec { width_px, height_px, layout, placement, pad, order: ChannelOrder::Bgr, mean, std }
    }
}

prop_compose! {
    fn any_layout()(
        format in prop_oneof![
            Just(PixelFormat::Rgba),
            Just(PixelFormat::Bgra),
            Just(PixelFormat::Rgb),
            Just(PixelFormat::I420),
            Just(PixelFormat::Nv12),
        ],
        width_px in any_size(64),
        height_px in any_size(64),
        planes in proptest::array::uniform3((any_size(4096), any_size(300))),
        extra_plane in prop_oneof![9 => Just(0usize), 1 => 0usize..9],
    ) -> FrameLayout {
        FrameLayout {
            format,
            width_px,
            height_px,
            planes: planes.map(|(offset, stride)| Plane { offset, stride }),
            plane_count: format.plane_count() + extra_plane,
            matrix: ColorMatrix::Bt709,
            range: ColorRange::Limited,
        }
    }
}

/// Steps of a clock, ms: as they should be, and as they should not.
fn any_step() -> impl Strategy<Value = f64> {
    prop_oneof![
        6 => 0.0f64..300.0,
        1 => Just(0.0),
        1 => 0.0f64..1e-3,
        1 => -1e4f64..1e4,
        1 => any::<f64>(),
        1 => Just(f64::NAN),
    ]
}

/// Rows of a frame: mostly boxes in the frame, of few classes, so that some are of one object.
fn any_rows() -> impl Strategy<Value = Vec<[f32; DETECTION_VALUES]>> {
    let usual = (0.0f32..0.8, 0.0f32..0.8, 0.0f32..0.4, 0.0f32..0.4, 0.0f32..1.0, 0u32..2);
    let row = prop_oneof![
        9 => usual.prop_map(|(x, y, width, height, score, class_id)| {
            [x, y, x + width, y + height, score, class_id as f32]
        }),
        1 => prop::array::uniform6(any_number()),
    ];
    prop::collection::vec(row, 0..24)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_pipeline_refuses_or_works(
        input in any_input(),
        head in prop_oneof![1 => any_grid(), 2 => any_boxes()],
        rows in prop_oneof![2 => Just(usize::MAX), 2 => 0usize..400, 1 => any::<usize>()],
        frame_bytes in 0usize..40_000,
        layout in any_layout(),
        numbers in proptest::collection::vec(any_number(), 1..64),
        score_threshold in any_number(),
        iou_threshold in any_number(),
        max_detections in any_size(400),
    ) {
        let Ok(mut pipeline) = Pipeline::new(input, &head, true) else { return Ok(()) };
        pipeline.frame_mut(frame_bytes)?.fill(200);
        let framed = pipeline.letterbox(&layout).map(<[f32]>::to_vec);
        if let Ok(tensor) = &framed {
            prop_assert!(tensor.iter().all(|value| value.is_finite()));
        }
        let (classes, boxes) = (pipeline.head_shape().classes, pipeline.head_shape().boxes);
        let rows = if rows == usize::MAX { boxes } else { rows };
        pipeline.set_rows(rows);
        for (value, number) in pipeline.head_mut().iter_mut().zip(numbers.iter().cycle()) {
            *value = *number;
        }
        let options = DetectOptions { score_threshold, iou_threshold, max_detections };
        let detected = pipeline.detect(&options);
        prop_assert!(framed.is_ok() || detected.is_err(), "boxes without a frame");
        prop_assert!(rows <= boxes || detected.is_err(), "{} boxes of {}", rows, boxes);
        for detection in detected.iter().flat_map(|found| found.chunks(DETECTION_VALUES)) {
            let [xmin, ymin, xmax, ymax, score, class] = detection else {
                return Err(TestCaseError::fail("an incomplete detection"));
            };
            prop_assert!(0.0 <= *xmin && xmin < xmax && *xmax <= 1.0);
            prop_assert!(0.0 <= *ymin && ymin < ymax && *ymax <= 1.0);
            prop_assert!(score.is_finite() && *score >= score_threshold);
            prop_assert!(class.fract() == 0.0 && (0.0..classes as f32).contains(class));
        }
    }

    #[test]
    fn frame_buffers_of_any_size_are_given_or_refused(
        bytes in prop_oneof![0usize..1 << 20, (256usize << 20) + 1..usize::MAX],
    ) {
        let input = plain_input((8, 8), Placement::Center);
        let head = GridSpec { kind: GridKind::Ltrb, classes: 1, strides: vec![] };
        let mut pipeline = Pipeline::new(input, &HeadSpec::Grid(head), false)?;
        match pipeline.frame_mut(bytes) {
            Ok(frame) => prop_assert_eq!((frame.len(), bytes < 1 << 20), (bytes, true)),
            Err(error) => prop_assert_eq!(error.code(), "frame-bytes"),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(250))]

    #[test]
    fn a_tracker_gives_numbers_in_bounds_and_no_id_twice(
        frames in prop::collection::vec((any_rows(), any_step()), 1..40),
        score_threshold in prop_oneof![9 => 0.0f32..=1.0, 1 => any_number()],
        excess in prop_oneof![9 => Just(0usize), 1 => any::<usize>()],
        max_lost_ms in 1.0f64..2000.0,
    ) {
        let options = TrackerOptions { max_lost_ms, min_iou: 0.0, weak_min_iou: 0.0 };
        let mut tracker = Tracker::new(options)?;
        let mut time_ms = 0.0f64;
        // Of each id: the class, and the frame it was last in.
        let mut known: HashMap<u32, (u32, usize)> = HashMap::new();
        for (index, (rows, step_ms)) in frames.iter().enumerate() {
            time_ms += step_ms;
            let (given, rest) = tracker.input_mut().split_at_mut(rows.as_flattened().len());
            given.copy_from_slice(rows.as_flattened());
            rest.fill(0.0);
            let count = rows.len().saturating_add(excess);
            if tracker.update(count, score_threshold, time_ms).is_err() {
                prop_assert!(!(0.0..=1.0).contains(&score_threshold));
                return Ok(());
            }
            if !time_ms.is_finite() {
                time_ms = 0.0;
            }
            let newest = known.keys().copied().max().unwrap_or(0);
            let numbers = tracker.velocities().chunks(VELOCITY_VALUES).zip(tracker.ids());
            for ((velocity, &id), row) in numbers.zip(rows) {
                let in_bounds = |value: &f32| value.abs() <= if id == 0 { 0.0 } else { MAX_SPEED };
                prop_assert!(velocity.iter().all(in_bounds), "{:?}", velocity);
                if id == 0 {
                    continue;
                }
                let class_id = row[5] as u32;
                match known.insert(id, (class_id, index)) {
                    Some((class_before, before)) => {
                        prop_assert_eq!(class_id, class_before);
                        prop_assert!(before < index, "id {} twice in a frame", id);
                    }
                    None => prop_assert!(id > newest, "id {} after {}", id, newest),
                }
            }
        }
    }
}

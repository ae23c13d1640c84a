//! Heads whose boxes the graph has worked out, of every make, against a slow reading of the same
//! numbers that knows boxes one by one and no memory layout. Long for that reading, which is all one.

mod specs;

use proptest::prelude::*;
use specs::{any_reading, plain_input};
use vision::frame::{ColorMatrix, ColorRange, FrameLayout, PixelFormat, Plane};
use vision::geometry::Placement;
use vision::head::{Activation, BoxFormat, BoxUnit, BoxesSpec, HeadSpec, Layout, Part, MAX_BOXES};
use vision::nms::MAX_DETECTIONS;
use vision::pipeline::{DetectOptions, Pipeline, DETECTION_VALUES};
use vision::VisionError;

const WIDTH_PX: u32 = 64;
const HEIGHT_PX: u32 = 32;
/// What the corners of a box are shares of.
const SIDES: [f32; 4] = [64.0, 32.0, 64.0, 32.0];

/// One box as a model means it.
#[derive(Debug, Clone)]
struct Made {
    /// Corners, px.
    xyxy: [f32; 4],
    /// Of each place among the scores.
    scores: Vec<f32>,
    objectness: f32,
    /// What the model says its class is, where it says one.
    class: f32,
    score: f32,
}

fn any_box(columns: usize) -> impl Strategy<Value = Made> {
    let odd = prop_oneof![Just(f32::NAN), Just(-1.0), Just(0.5), Just(1e9), Just(f32::INFINITY)];
    let class = prop_oneof![6 => (0..columns as u32).prop_map(|id| id as f32), 1 => odd];
    (
        (0u32..12, 0u32..6, 1u32..4, 1u32..2),
        proptest::collection::vec(-4.0f32..4.0, columns),
        -4.0f32..4.0,
        class,
        -4.0f32..4.0,
    )
        .prop_map(|((x, y, width, height), scores, objectness, class, score)| Made {
            xyxy: [x, y, x + width, y + height].map(|side| side as f32 * 4.0),
            scores,
            objectness,
            class,
            score,
        })
}

#[derive(Debug, Clone)]
struct Case {
    spec: BoxesSpec,
    boxes: Vec<Made>,
    /// How many of them count, where the head has a count.
    count: usize,
}

fn any_case() -> impl Strategy<Value = Case> {
    (4usize..9).prop_flat_map(|columns| {
        let ids = proptest::collection::btree_set(0..columns as u32, 1..=columns);
        let scores = (Part::Scores, columns as u32);
        let (xyxy, score, class) = ((Part::Box, 4), (Part::Score, 1), (Part::Class, 1));
        let tensors = prop_oneof![
            Just(vec![vec![xyxy, scores]]),
            Just(vec![vec![xyxy, (Part::Objectness, 1), scores, (Part::Skipped, 3)]]),
            Just(vec![vec![xyxy], vec![scores]]),
            Just(vec![vec![scores], vec![xyxy]]),
            Just(vec![vec![xyxy, score, class, (Part::Skipped, 2)]]),
            Just(vec![vec![xyxy, score], vec![class]]),
            Just(vec![vec![xyxy], vec![class], vec![score], vec![(Part::Count, 1)]]),
        ];
        let boxes = proptest::collection::vec(any_box(columns), 0..40);
        (any_reading(), 0u32..5, tensors, ids, boxes, 0usize..40).prop_map(
            move |((format, unit, layout, activation), spare, tensors, ids, boxes, count)| Case {
                spec: BoxesSpec {
                    format,
                    unit,
                    layout,
                    activation,
                    thinned: true,
                    boxes: boxes.len() as u32 + spare + 1,
                    class_ids: ids.into_iter().collect(),
                    tensors,
                },
                boxes,
                count,
            },
        )
    })
}

impl Case {
    fn has(&self, wanted: Part) -> bool {
        self.spec.tensors.iter().flatten().any(|&(part, _)| part == wanted)
    }

    /// The numbers of one part of one box.
    fn numbers(&self, part: (Part, u32), made: &Made) -> Vec<f32> {
        let whole = if self.spec.unit == BoxUnit::Px { [1.0; 4] } else { SIDES };
        let [x0, y0, x1, y1] = std::array::from_fn(|side| made.xyxy[side] / whole[side]);
        match part {
            (Part::Box, _) => match self.spec.format {
                BoxFormat::Cxcywh => vec![(x0 + x1) / 2.0, (y0 + y1) / 2.0, x1 - x0, y1 - y0],
                BoxFormat::Xyxy => vec![x0, y0, x1, y1],
                BoxFormat::Yxyx => vec![y0, x0, y1, x1],
            },
            (Part::Objectness, _) => vec![made.objectness],
            (Part::Scores, _) => made.scores.clone(),
            (Part::Score, _) => vec![made.score],
            (Part::Class, _) => vec![made.class],
            (_, width) => vec![9.0; width as usize],
        }
    }

    /// Writes the tensors as the specification lays them out.
    fn write(&self, pipeline: &mut Pipeline) {
        let shapes = pipeline.head_shape().tensors.clone();
        let rows = self.boxes.len();
        for (parts, shape) in self.spec.tensors.iter().zip(&shapes) {
            let tensor = &mut pipeline.head_mut()[shape.offset..][..shape.elements()];
            tensor.fill(f32::NAN);
            if parts[0].0 == Part::Count {
                tensor[0] = self.count as f32;
                continue;
            }
            for (row, made) in self.boxes.iter().enumerate() {
                let numbers = parts.iter().flat_map(|&part| self.numbers(part, made));
                for (value, number) in numbers.enumerate() {
                    let at = match self.spec.layout {
                        Layout::Rows => row * shape.values + value,
                        Layout::Columns => value * rows + row,
                    };
                    tensor[at] = number;
                }
            }
        }
        pipeline.set_rows(rows);
    }

    /// Score and class of a box as their definitions say, in f64.
    fn judged(&self, made: &Made) -> Option<(f64, usize)> {
        let sigmoid = |value: f32| 1.0 / (1.0 + (-f64::from(value)).exp());
        let is_raw = self.spec.activation == Activation::None;
        let activated = |value: f32| if is_raw { f64::from(value) } else { sigmoid(value) };
        let ids = &self.spec.class_ids;
        if !self.has(Part::Scores) {
            let class = ids.iter().position(|&id| made.class == id as f32)?;
            return Some((activated(made.score), class));
        }
        let all: f64 = made.scores.iter().map(|&score| f64::from(score).exp()).sum();
        let of = |id: u32| {
            let score = made.scores[id as usize];
            match self.spec.activation {
                Activation::Softmax => f64::from(score).exp() / all,
                _ => activated(score),
            }
        };
        let mut best = (of(ids[0]), 0);
        for (class, &id) in ids.iter().enumerate() {
            if of(id) > best.0 {
                best = (of(id), class);
            }
        }
        let weight = if self.has(Part::Objectness) { activated(made.objectness) } else { 1.0 };
        Some((weight * best.0, best.1))
    }
}

fn pipeline(spec: &BoxesSpec) -> Result<Pipeline, VisionError> {
    let input = plain_input((WIDTH_PX, HEIGHT_PX), Placement::Stretch);
    let mut pipeline = Pipeline::new(input, &HeadSpec::Boxes(spec.clone()), true)?;
    pipeline.frame_mut((WIDTH_PX * HEIGHT_PX * 4) as usize)?;
    pipeline.letterbox(&FrameLayout {
        format: PixelFormat::Rgba,
        width_px: WIDTH_PX,
        height_px: HEIGHT_PX,
        planes: [Plane { offset: 0, stride: WIDTH_PX * 4 }; 3],
        plane_count: 1,
        matrix: ColorMatrix::Bt601,
        range: ColorRange::Full,
    })?;
    Ok(pipeline)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn every_box_comes_out_as_the_model_means_it(
        case in any_case(),
        score_threshold in 0.05f32..1.0,
        iou_threshold in 0.0f32..=1.0,
    ) {
        let mut pipeline = pipeline(&case.spec)?;
        case.write(&mut pipeline);
        let options = DetectOptions { score_threshold, iou_threshold, max_detections: u32::MAX };
        let found = pipeline.detect(&options)?;
        let live = if case.has(Part::Count) { case.count.min(case.boxes.len()) } else { case.boxes.len() };
        let mut expected: Vec<_> = case.boxes[..live]
            .iter()
            .filter_map(|made| case.judged(made).map(|judged| (made, judged)))
            // An objectness that is too low by itself settles it, whatever classes score above 1.
            .filter(|(made, _)| {
                let share = match case.spec.activation {
                    Activation::None => made.objectness,
                    _ => 1.0 / (1.0 + (-made.objectness).exp()),
                };
                share >= score_threshold || !case.has(Part::Objectness)
            })
            .filter(|(_, (score, _))| *score >= f64::from(score_threshold))
            .collect();
        // Not told apart by f32: neither is asked for.
        let near = |score: f64| (score - f64::from(score_threshold)).abs() < 1e-5;
        prop_assume!(!case.boxes.iter().filter_map(|made| case.judged(made)).any(|(score, _)| near(score)));
        expected.sort_by(|a, b| b.1.0.total_cmp(&a.1.0));
        // Nor for the order of two.
        let apart = |pair: &[(_, (f64, _))]| pair[0].1.0 - pair[1].1.0;
        prop_assume!(expected.windows(2).all(|pair| apart(pair) == 0.0 || apart(pair) > 1e-6));
        prop_assert_eq!(found.len(), expected.len() * DETECTION_VALUES);
        for (one, (made, (score, class))) in found.chunks(DETECTION_VALUES).zip(expected) {
            prop_assert!((f64::from(one[4]) - score).abs() < 1e-4 * score.max(1.0), "{} {}", one[4], score);
            prop_assert_eq!(one[5], class as f32);
            for ((side, px), whole) in one.iter().zip(made.xyxy).zip(SIDES) {
                prop_assert!((side - px / whole).abs() < 1e-5, "{:?} {:?}", one, made.xyxy);
            }
        }
    }

    #[test]
    fn a_turned_box_lies_in_the_upright_one(
        centre in (10.0f32..54.0, 10.0f32..22.0),
        size in (1.0f32..8.0, 1.0f32..8.0),
        angle in -7.0f32..7.0,
    ) {
        let spec = BoxesSpec {
            format: BoxFormat::Cxcywh,
            layout: Layout::Columns,
            thinned: false,
            class_ids: vec![0],
            tensors: vec![vec![(Part::Box, 4), (Part::Scores, 1), (Part::Angle, 1)]],
            ..thinned(1)
        };
        let mut pipeline = pipeline(&spec)?;
        pipeline.head_mut().copy_from_slice(&[centre.0, centre.1, size.0, size.1, 0.5, angle]);
        let options = DetectOptions { score_threshold: 0.4, iou_threshold: 0.5, max_detections: 9 };
        let found = pipeline.detect(&options)?;
        let corners = [(-0.5, -0.5), (-0.5, 0.5), (0.5, -0.5), (0.5, 0.5f32)].map(|(a, b)| {
            let (x, y) = (a * size.0, b * size.1);
            (centre.0 + x * angle.cos() - y * angle.sin(), centre.1 + x * angle.sin() + y * angle.cos())
        });
        let least = |value: fn(&(f32, f32)) -> f32| corners.iter().map(value).fold(f32::MAX, f32::min);
        let most = |value: fn(&(f32, f32)) -> f32| corners.iter().map(value).fold(f32::MIN, f32::max);
        let wanted = [least(|c| c.0), least(|c| c.1), most(|c| c.0), most(|c| c.1)];
        for ((side, px), whole) in found.iter().zip(wanted).zip(SIDES) {
            prop_assert!((side - (px / whole).clamp(0.0, 1.0)).abs() < 1e-4);
        }
    }
}

fn thinned(boxes: u32) -> BoxesSpec {
    BoxesSpec {
        format: BoxFormat::Xyxy,
        unit: BoxUnit::Px,
        layout: Layout::Rows,
        activation: Activation::None,
        thinned: true,
        boxes,
        class_ids: vec![0, 1],
        tensors: vec![vec![(Part::Box, 4), (Part::Score, 1), (Part::Class, 1)]],
    }
}

#[test]
fn the_number_of_boxes_is_bounded() -> Result<(), VisionError> {
    for boxes in [0, MAX_BOXES + 1, u32::MAX] {
        let refused = pipeline(&thinned(boxes)).err().map(|error| error.code());
        assert_eq!(refused, Some("head-spec"), "{boxes}");
    }
    let mut most = pipeline(&thinned(10_000))?;
    most.head_mut().chunks_mut(6).enumerate().for_each(|(index, row)| {
        row.copy_from_slice(&[0.0, 0.0, 32.0, 32.0, index as f32 / 1e4, 0.0]);
    });
    let options = DetectOptions { score_threshold: 0.0, iou_threshold: 0.0, max_detections: 300 };
    assert_eq!(most.detect(&options)?.len(), MAX_DETECTIONS * DETECTION_VALUES);
    for (rows, code) in [(10_000, None), (0, None), (10_001, Some("head-length"))] {
        most.set_rows(rows);
        assert_eq!(most.detect(&options).err().map(|error| error.code()), code, "{rows}");
    }
    most.set_rows(0);
    assert_eq!(most.detect(&options)?.len(), 0);
    Ok(())
}

#[test]
fn what_is_no_count_counts_nothing() -> Result<(), VisionError> {
    let mut spec = thinned(2);
    spec.tensors.push(vec![(Part::Count, 1)]);
    let mut pipeline = pipeline(&spec)?;
    let row = [0.0, 0.0, 32.0, 16.0, 0.75, 1.0];
    let options = DetectOptions { score_threshold: 0.5, iou_threshold: 0.5, max_detections: 9 };
    for (count, boxes) in
        [(f32::NAN, 0), (-1.0, 0), (0.0, 0), (1.0, 1), (1.9, 1), (1e9, 2), (f32::INFINITY, 2)]
    {
        pipeline.head_mut().copy_from_slice(&[&row[..], &row[..], &[count]].concat());
        let found = pipeline.detect(&options)?.len() / DETECTION_VALUES;
        assert_eq!(found, boxes, "{count}");
    }
    Ok(())
}

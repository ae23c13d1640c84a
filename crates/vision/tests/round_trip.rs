//! Into the model input and back: a point of the frame stays where it was.

mod specs;

use proptest::prelude::*;
use specs::plain_input;
use vision::decode::{Decoder, Selection};
use vision::geometry::{Geometry, Placement};
use vision::head::{GridKind, GridSpec, HeadSpec};
use vision::VisionError;

const PLACEMENTS: [Placement; 3] = [Placement::Center, Placement::TopLeft, Placement::Stretch];

proptest! {
    #[test]
    fn the_picture_lies_inside_the_model_and_maps_back(
        source in (1u32..=8192, 1u32..=8192),
        model in (1u32..=2560, 1u32..=2560),
        placement in 0usize..3,
        point in (0.0f32..=1.0, 0.0f32..=1.0),
    ) {
        let geometry = Geometry::new(source, model, PLACEMENTS[placement]);
        let Geometry { pad_x, pad_y, width, height } = geometry;
        prop_assert!(width >= 1 && height >= 1);
        prop_assert!(pad_x + width <= model.0 && pad_y + height <= model.1);
        let x = pad_x as f32 + point.0 * width as f32;
        let y = pad_y as f32 + point.1 * height as f32;
        // One step of f32 at 2560 px, seen from a picture one px wide.
        prop_assert!((geometry.to_frame_x(x) - point.0).abs() <= 2.5e-4 / width as f32 + 1e-6);
        prop_assert!((geometry.to_frame_y(y) - point.1).abs() <= 2.5e-4 / height as f32 + 1e-6);
    }
}

fn small_decoder() -> Result<Decoder, VisionError> {
    let head = GridSpec { kind: GridKind::Ltrb, classes: 2, strides: vec![16] };
    Ok(Decoder::new(HeadSpec::Grid(head).shape(&plain_input((32, 32), Placement::Center))?, true))
}

#[test]
fn a_box_is_found_where_it_is_in_the_frame() -> Result<(), VisionError> {
    let mut decoder = small_decoder()?;
    // 64 × 32 px in 32 × 32: rows 8 to 24 are picture.
    let geometry = Geometry::new((64, 32), (32, 32), Placement::Center);
    let selection = Selection { score_threshold: 0.5, class_mask: &[1, 1], geometry };
    // Four cells; the last has its corner at (16, 16) and reaches 8, 4, 16, 8 px.
    let mut head = [0.0f32; 4 * 6];
    for (row, value) in [8.0, 4.0, 16.0, 8.0, 0.2, 0.9].into_iter().enumerate() {
        head[row * 4 + 3] = value;
    }
    assert_eq!(decoder.decode(&head, 4, &selection)?, 1);
    let found = decoder.candidates_mut();
    let xyxy = found[0].xyxy;
    assert_eq!([xyxy.xmin, xyxy.ymin, xyxy.xmax, xyxy.ymax], [0.25, 0.25, 1.0, 1.0]);
    assert_eq!((found[0].class_id, found[0].score), (1, 0.9));
    Ok(())
}

#[test]
fn a_head_of_another_length_is_refused() -> Result<(), VisionError> {
    let geometry = Geometry::new((32, 32), (32, 32), Placement::Center);
    let selection = Selection { score_threshold: 0.5, class_mask: &[1, 1], geometry };
    for length in [0, 23, 25, 1 << 16] {
        let refused = small_decoder()?.decode(&vec![0.0; length], 4, &selection).err();
        assert_eq!(refused, Some(VisionError::HeadLength { actual: length, expected: 24 }));
    }
    Ok(())
}

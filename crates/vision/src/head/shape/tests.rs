use super::*;
use crate::geometry::Placement;
use crate::spec::ChannelOrder;

fn input(side: u32) -> InputSpec {
    InputSpec {
        width_px: side,
        height_px: side,
        layout: crate::spec::InputLayout::Nchw,
        placement: Placement::Center,
        pad: 114.0,
        order: ChannelOrder::Rgb,
        mean: [0.0; 3],
        std: [255.0; 3],
    }
}

fn grid(kind: GridKind, side: u32, strides: &[u32]) -> [usize; 2] {
    let head = HeadSpec::Grid(GridSpec { kind, classes: 80, strides: strides.to_vec() });
    head.shape(&input(side)).map_or([0, 0], |head| [head.tensors[0].rows, head.tensors[0].values])
}

/// The parts of some tensors.
type Tensors<'a> = &'a [&'a [(Part, u32)]];

fn boxes(tensors: Tensors, class_ids: &[u32]) -> Result<HeadShape, VisionError> {
    let spec = BoxesSpec {
        format: BoxFormat::Xyxy,
        unit: BoxUnit::Px,
        layout: Layout::Rows,
        activation: Activation::None,
        thinned: true,
        boxes: 100,
        class_ids: class_ids.to_vec(),
        tensors: tensors.iter().map(|parts| parts.to_vec()).collect(),
    };
    HeadSpec::Boxes(spec).shape(&input(320))
}

#[test]
fn dimensions_are_those_of_the_published_models() {
    assert_eq!(grid(GridKind::Yolox, 416, &[8, 16, 32]), [3549, 85]);
    assert_eq!(grid(GridKind::Nanodet, 416, &[8, 16, 32, 64]), [3598, 112]);
    assert_eq!(grid(GridKind::Ltrb, 320, &[8, 16, 32, 64]), [2125, 84]);
    assert_eq!(grid(GridKind::Ltrb, 320, &[]), [2100, 84]);
}

#[test]
fn tensors_follow_one_another() -> Result<(), VisionError> {
    let shape = boxes(
        &[&[(Part::Box, 4)], &[(Part::Class, 1)], &[(Part::Score, 1)], &[(Part::Count, 1)]],
        &[1, 2, 5],
    )?;
    let places: Vec<_> = shape.tensors.iter().map(|one| (one.offset, one.elements())).collect();
    assert_eq!(places, [(0, 400), (400, 100), (500, 100), (600, 1)]);
    assert_eq!((shape.classes, shape.elements(), shape.is_thinned()), (3, 601, true));
    Ok(())
}

#[test]
fn hostile_numbers_are_refused() {
    assert_eq!(grid(GridKind::Yolox, 320, &[0]), [0, 0]);
    assert_eq!(grid(GridKind::Yolox, 2560, &[1; 8]), [0, 0]);
    assert_eq!(grid(GridKind::Yolox, 320, &[8; 9]), [0, 0]);
    let xyxy = (Part::Box, 4);
    let whole: &[(Part, u32)] = &[xyxy, (Part::Scores, 80)];
    assert!(boxes(&[whole], &[0, 79]).is_ok());
    let refused: &[(Tensors, &[u32])] = &[
        (&[], &[0]),
        (&[whole], &[]),
        (&[whole], &[0, 80]),
        (&[whole], &[3, 3]),
        (&[whole, whole], &[0]),
        (&[&[xyxy]], &[0]),
        (&[&[xyxy, (Part::Score, 1)]], &[0]),
        (&[&[(Part::Scores, 80)]], &[0]),
        (&[&[(Part::Box, 3), (Part::Scores, 80)]], &[0]),
        (&[&[xyxy, (Part::Scores, 80), (Part::Class, 1)]], &[0]),
        (&[&[xyxy, (Part::Scores, 80), (Part::Skipped, 0)]], &[0]),
        (&[&[xyxy, (Part::Scores, 80), (Part::Skipped, u32::MAX)]], &[0]),
        (&[&[xyxy, (Part::Scores, 80), (Part::Angle, 1)]], &[0]),
        (&[&[(Part::Count, 1), xyxy, (Part::Scores, 80)]], &[0]),
        (&[whole, &[]], &[0]),
    ];
    for (tensors, class_ids) in refused {
        let code = boxes(tensors, class_ids).err().map(|error| error.code());
        assert_eq!(code, Some("head-spec"), "{tensors:?} {class_ids:?}");
    }
}

//! Picture files as they come from strangers: a picture or an error by name, never a panic.

use image_webp::{ColorType as WebpColor, WebPEncoder};
use png::{BitDepth, ColorType};
use proptest::prelude::*;
use vision::frame::FrameBuffer;
use vision::jpeg::Jpeg;
use vision::{picture, VisionError};

const JPEG: &[u8] = include_bytes!("data/baseline.jpg");
/// Longest side that the tests allow: a mutated header must not make them slow.
const MAX_SIDE_PX: u32 = 300;
const WIDTH_PX: u32 = 7;
const HEIGHT_PX: u32 = 5;

#[derive(Debug, PartialEq)]
struct Read {
    size: (u32, u32),
    orientation: u8,
    rgb: Vec<u8>,
}

fn read(file: &[u8]) -> Result<Read, VisionError> {
    let (mut jpeg, mut frame) = (Jpeg::default(), FrameBuffer::default());
    jpeg.room(file.len())?.copy_from_slice(file);
    let (layout, orientation) = picture::read(&mut jpeg, &mut frame, MAX_SIDE_PX)?;
    layout.check(frame.len())?;
    let rgb = frame.readable()[..frame.len()].to_vec();
    let size = (layout.width_px, layout.height_px);
    Ok(Read { size, orientation: orientation.number(), rgb })
}

/// The error's name, "picture" without one.
fn outcome(file: &[u8]) -> &'static str {
    read(file).map_or_else(|error| error.code(), |_| "picture")
}

/// `values` bytes a pixel, each another.
fn pixels(values: u32) -> Vec<u8> {
    (0..WIDTH_PX * HEIGHT_PX * values).map(|at| (at * 7 + 3) as u8).collect()
}

type Change<'a> = &'a dyn Fn(&mut png::Info<'static>);

fn png_file(color: ColorType, depth: BitDepth, data: &[u8], change: Change) -> Vec<u8> {
    let mut file = Vec::new();
    let mut info = png::Info::with_size(WIDTH_PX, HEIGHT_PX);
    info.color_type = color;
    info.bit_depth = depth;
    change(&mut info);
    let encoder = png::Encoder::with_info(&mut file, info).expect("a kind of PNG");
    let mut writer = encoder.write_header().expect("a header");
    writer.write_image_data(data).expect("as many bytes as it has");
    writer.finish().expect("an end");
    file
}

fn webp_file(color: WebpColor, data: &[u8], exif: Option<Vec<u8>>) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = WebPEncoder::new(&mut file);
    if let Some(exif) = exif {
        encoder.set_exif_metadata(exif);
    }
    encoder.encode(data, WIDTH_PX, HEIGHT_PX, color).expect("a WebP");
    file
}

/// EXIF that says nothing else.
fn exif(number: u8) -> Vec<u8> {
    let mut bytes = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    bytes.extend([number, 0, 0, 0, 0, 0, 0]);
    bytes
}

fn jpeg_with(exif: &[u8]) -> Vec<u8> {
    let length = (exif.len() + 8) as u16;
    [&JPEG[..2], &[0xff, 0xe1], &length.to_be_bytes(), b"Exif\0\0", exif, &JPEG[2..]].concat()
}

fn blended(value: u8, alpha: u8) -> u8 {
    let (value, alpha) = (f64::from(value), f64::from(alpha) / 255.0);
    (value * alpha + 255.0 * (1.0 - alpha)).round() as u8
}

#[test]
fn png_of_every_kind_is_read() -> Result<(), VisionError> {
    let plain: Change = &|_| {};
    let rgb = pixels(3);
    let size = (WIDTH_PX, HEIGHT_PX);
    let expected = Read { size, orientation: 1, rgb: rgb.clone() };
    assert_eq!(read(&png_file(ColorType::Rgb, BitDepth::Eight, &rgb, plain))?, expected);
    let wide: Vec<u8> = rgb.iter().flat_map(|&value| [value, 99]).collect();
    assert_eq!(read(&png_file(ColorType::Rgb, BitDepth::Sixteen, &wide, plain))?, expected);
    let grey = pixels(1);
    let greys: Vec<u8> = grey.iter().flat_map(|&value| [value; 3]).collect();
    assert_eq!(read(&png_file(ColorType::Grayscale, BitDepth::Eight, &grey, plain))?.rgb, greys);
    let rgba = pixels(4);
    let on_white: Vec<u8> =
        rgba.chunks(4).flat_map(|pixel| [0, 1, 2].map(|at| blended(pixel[at], pixel[3]))).collect();
    assert_eq!(read(&png_file(ColorType::Rgba, BitDepth::Eight, &rgba, plain))?.rgb, on_white);
    let indices: Vec<u8> = grey.iter().map(|&value| value % 2).collect();
    let palette: Change = &|info| {
        info.palette = Some(vec![10, 20, 30, 200, 210, 220].into());
        info.trns = Some(vec![255, 0].into());
    };
    let shown: Vec<u8> =
        indices.iter().flat_map(|&at| if at == 0 { [10, 20, 30] } else { [255; 3] }).collect();
    assert_eq!(read(&png_file(ColorType::Indexed, BitDepth::Eight, &indices, palette))?.rgb, shown);
    Ok(())
}

#[test]
fn webp_is_read_with_and_without_alpha() -> Result<(), VisionError> {
    assert_eq!(read(&webp_file(WebpColor::Rgb8, &pixels(3), None))?.rgb, pixels(3));
    let rgba = pixels(4);
    let on_white: Vec<u8> =
        rgba.chunks(4).flat_map(|pixel| [0, 1, 2].map(|at| blended(pixel[at], pixel[3]))).collect();
    assert_eq!(read(&webp_file(WebpColor::Rgba8, &rgba, None))?.rgb, on_white);
    Ok(())
}

#[test]
fn a_picture_is_turned_as_its_exif_says() -> Result<(), VisionError> {
    let rgb = pixels(3);
    let with_exif: Change = &|info| info.exif_metadata = Some(exif(6).into());
    for file in [
        png_file(ColorType::Rgb, BitDepth::Eight, &rgb, with_exif),
        webp_file(WebpColor::Rgb8, &rgb, Some(exif(6))),
    ] {
        let found = read(&file)?;
        assert_eq!((found.size, found.orientation), ((HEIGHT_PX, WIDTH_PX), 6));
        // The first pixel on screen is that at the bottom left of the file.
        let at = ((HEIGHT_PX - 1) * WIDTH_PX * 3) as usize;
        assert_eq!(found.rgb[..3], rgb[at..at + 3]);
    }
    let (plain, turned) = (read(JPEG)?, read(&jpeg_with(&exif(3)))?);
    assert_eq!((plain.orientation, turned.orientation), (1, 3));
    let backwards: Vec<u8> = plain.rgb.chunks(3).rev().flatten().copied().collect();
    assert_eq!((turned.size, turned.rgb), (plain.size, backwards));
    Ok(())
}

#[test]
fn what_is_too_large_is_refused_by_its_header() {
    let size: Change = &|info| {
        info.width = MAX_SIDE_PX + 1;
        info.height = 1;
    };
    let row = vec![0; (MAX_SIDE_PX + 1) as usize];
    assert_eq!(
        outcome(&png_file(ColorType::Grayscale, BitDepth::Eight, &row, size)),
        "picture-size"
    );
    assert_eq!(outcome(b"GIF89a and so on"), "jpeg-format");
    assert_eq!(outcome(b"RIFF"), "jpeg-format");
    assert_eq!(outcome(b"RIFF\xff\xff\xff\xffWEBPVP8 "), "picture-format");
}

proptest! {
    #[test]
    fn broken_files_have_a_name(
        kind in 0usize..3,
        at in any::<prop::sample::Index>(),
        value in any::<u8>(),
        cut in any::<prop::sample::Index>(),
        is_cut in any::<bool>(),
    ) {
        let with_exif: Change = &|info| info.exif_metadata = Some(exif(5).into());
        let mut file = match kind {
            0 => png_file(ColorType::Rgba, BitDepth::Eight, &pixels(4), with_exif),
            1 => webp_file(WebpColor::Rgba8, &pixels(4), Some(exif(5))),
            _ => jpeg_with(&exif(5)),
        };
        let at = at.index(file.len());
        file[at] = value;
        if is_cut {
            file.truncate(cut.index(file.len()));
        }
        let found = outcome(&file);
        prop_assert!(
            found == "picture" || found.starts_with("jpeg-") || found.starts_with("picture-"),
            "{found}"
        );
    }
}

//! Pictures as other programs send them: JPEG, PNG or WebP by their first bytes; RGB in the frame
//! buffer, turned as their EXIF says.
//!
//! The decoders of PNG and WebP are the ones of the image-rs project. Both are told the bounds before
//! they allocate, and here they run in the memory of the core like everything else. Where a picture is
//! transparent, white shows through.

mod orientation;

use std::borrow::Cow;
use std::io::Cursor;

use image_webp::WebPDecoder;
use png::{BitDepth, ColorType, Limits, Transformations};

use crate::error::VisionError;
use crate::frame::{
    ColorMatrix, ColorRange, FrameBuffer, FrameLayout, PixelFormat, Plane, MAX_FRAME_SIDE_PX,
    MAX_PLANES,
};
use crate::jpeg::{Jpeg, MAX_JPEG_PIXELS};
use orientation::orientation_of;
pub use orientation::Orientation;

/// Bytes of one RGB pixel.
const PIXEL_BYTES: usize = 3;
/// What a decoder may take beside the pixels: its tables and rows, and metadata.
const MAX_DECODER_BYTES: usize = 16 << 20;

const PNG_START: &[u8] = b"\x89PNG\r\n\x1a\n";
const RIFF_START: &[u8] = b"RIFF";
const WEBP_AT: usize = 8;
const WEBP: &[u8] = b"WEBP";

/// Decodes the file in the room of `jpeg` into `frame`: RGB, rows without gaps, upright.
///
/// `max_side_px` bounds either side, and [`MAX_JPEG_PIXELS`] the picture.
///
/// Errors: those of [`Jpeg::read`]; [`VisionError::PictureFormat`], [`VisionError::PictureSize`]. The
/// frame then holds anything.
pub fn read(
    jpeg: &mut Jpeg,
    frame: &mut FrameBuffer,
    max_side_px: u32,
) -> Result<(FrameLayout, Orientation), VisionError> {
    let max_side_px = max_side_px.min(MAX_FRAME_SIDE_PX);
    let file = jpeg.file();
    let (width_px, height_px, orientation) = if file.starts_with(PNG_START) {
        read_png(file, frame, max_side_px)?
    } else if file.starts_with(RIFF_START) && file[WEBP_AT.min(file.len())..].starts_with(WEBP) {
        read_webp(file, frame, max_side_px)?
    } else {
        let FrameLayout { width_px, height_px, .. } = jpeg.read(frame, max_side_px)?;
        (width_px, height_px, jpeg.exif().map_or(Orientation::UPRIGHT, orientation_of))
    };
    let bytes = (width_px * height_px) as usize * PIXEL_BYTES;
    let (width_px, height_px) = orientation.turn(frame.room(bytes)?, (width_px, height_px));
    let mut planes = [Plane::default(); MAX_PLANES];
    planes[0].stride = width_px * PIXEL_BYTES as u32;
    let layout = FrameLayout {
        format: PixelFormat::Rgb,
        width_px,
        height_px,
        planes,
        plane_count: 1,
        matrix: ColorMatrix::Bt601,
        range: ColorRange::Full,
    };
    Ok((layout, orientation))
}

type Upright = (u32, u32, Orientation);

fn read_png(
    file: &[u8],
    frame: &mut FrameBuffer,
    max_side_px: u32,
) -> Result<Upright, VisionError> {
    let limits = Limits { bytes: MAX_DECODER_BYTES };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(file), limits);
    decoder.set_transformations(Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(broken)?;
    let (width_px, height_px) = checked(reader.info().size(), max_side_px)?;
    let (color, depth) = reader.output_color_type();
    let bytes = reader.output_buffer_size().ok_or_else(|| too_large(reader.info().size()))?;
    if depth != BitDepth::Eight {
        return Err(broken("other than 8 bits"));
    }
    let pixels = frame.room((width_px * height_px) as usize * PIXEL_BYTES)?;
    if color == ColorType::Rgb {
        reader.next_frame(pixels).map_err(broken)?;
    } else {
        let mut decoded = vec![0; bytes];
        reader.next_frame(&mut decoded).map_err(broken)?;
        match color {
            ColorType::Rgba => on_white::<4>(&decoded, pixels, |[r, g, b, a]| ([r, g, b], a)),
            ColorType::GrayscaleAlpha => on_white::<2>(&decoded, pixels, |[y, a]| ([y; 3], a)),
            ColorType::Grayscale => on_white::<1>(&decoded, pixels, |[y]| ([y; 3], u8::MAX)),
            ColorType::Rgb | ColorType::Indexed => return Err(broken("a palette")),
        }
    }
    let exif = reader.info().exif_metadata.as_deref().map(Cow::Borrowed);
    Ok((width_px, height_px, oriented(exif)))
}

fn read_webp(
    file: &[u8],
    frame: &mut FrameBuffer,
    max_side_px: u32,
) -> Result<Upright, VisionError> {
    let mut decoder = WebPDecoder::new(Cursor::new(file)).map_err(broken)?;
    decoder.set_memory_limit(MAX_DECODER_BYTES);
    let (width_px, height_px) = checked(decoder.dimensions(), max_side_px)?;
    if decoder.is_animated() {
        return Err(broken("it is a moving one"));
    }
    let bytes = decoder.output_buffer_size().ok_or_else(|| too_large(decoder.dimensions()))?;
    let pixels = frame.room((width_px * height_px) as usize * PIXEL_BYTES)?;
    if decoder.has_alpha() {
        let mut decoded = vec![0; bytes];
        decoder.read_image(&mut decoded).map_err(broken)?;
        on_white::<4>(&decoded, pixels, |[r, g, b, a]| ([r, g, b], a));
    } else {
        decoder.read_image(pixels).map_err(broken)?;
    }
    let exif = decoder.exif_metadata().ok().flatten().map(Cow::Owned);
    Ok((width_px, height_px, oriented(exif)))
}

fn oriented(exif: Option<Cow<'_, [u8]>>) -> Orientation {
    exif.map_or(Orientation::UPRIGHT, |exif| orientation_of(&exif))
}

fn checked((width, height): (u32, u32), max_side_px: u32) -> Result<(u32, u32), VisionError> {
    let sides = 1..=max_side_px;
    if sides.contains(&width) && sides.contains(&height) && width * height <= MAX_JPEG_PIXELS {
        return Ok((width, height));
    }
    Err(VisionError::PictureSize { width, height, max: max_side_px, max_pixels: MAX_JPEG_PIXELS })
}

fn too_large((width, height): (u32, u32)) -> VisionError {
    VisionError::PictureSize { width, height, max: 0, max_pixels: MAX_JPEG_PIXELS }
}

fn broken(reason: impl ToString) -> VisionError {
    VisionError::PictureFormat { reason: reason.to_string() }
}

/// Pixels of `N` bytes as RGB on white.
fn on_white<const N: usize>(
    decoded: &[u8],
    pixels: &mut [u8],
    split: impl Fn([u8; N]) -> ([u8; 3], u8),
) {
    let white = u16::from(u8::MAX);
    let whole = decoded.as_chunks::<N>().0;
    for (&from, to) in whole.iter().zip(pixels.as_chunks_mut::<PIXEL_BYTES>().0) {
        let (rgb, alpha) = split(from);
        let alpha = u16::from(alpha);
        *to = rgb.map(|value| {
            ((u16::from(value) * alpha + white * (white - alpha) + white / 2) / white) as u8
        });
    }
}

//! JPEG to RGB, in the frame buffer.
//!
//! `structure.rs` decides what is decoded at all, and refuses the rest by name; only then does
//! zune-jpeg see the file. It is told to be strict: a file that ends early is an error, not half a
//! picture. (Progressive data that are cut off but closed with an end marker are taken as they are:
//! they are what a coarser picture looks like.) Nothing is turned: `picture/` does so,
//! by the EXIF that is found here.
//!
//! What zune-jpeg allocates for each picture, and gives back before [`Jpeg::read`] returns: the
//! Huffman tables, for baseline some rows of blocks and for progressive all coefficients (two bytes
//! each, up to six bytes a pixel). Bytes in, pixels out and the list of segments are reused.

mod structure;

use zune_jpeg::errors::DecodeErrors;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use crate::error::VisionError;
use crate::frame::{
    ColorMatrix, ColorRange, FrameBuffer, FrameLayout, PixelFormat, Plane, MAX_FRAME_SIDE_PX,
    MAX_PLANES,
};
use structure::MAX_SCANS;

/// Largest file, bytes: several times a 1280 × 720 picture at quality 1.
pub const MAX_JPEG_BYTES: usize = 2 << 20;
/// Largest picture, px: 16 MP.
pub const MAX_JPEG_PIXELS: u32 = 16 << 20;

/// What the segment of EXIF begins with.
pub(crate) const EXIF_START: &[u8] = b"Exif\0\0";

/// Zeros that take the place of the end marker: as many as the decoder reads ahead.
const PADDING_BYTES: usize = 8;
/// Bytes of the end marker.
const MARKER_BYTES: usize = 2;

/// Bytes of one RGB pixel.
const PIXEL_BYTES: u32 = 3;

/// Room for a JPEG file, and the decoder.
#[derive(Debug, Default)]
pub struct Jpeg {
    bytes: Vec<u8>,
    file_bytes: usize,
    /// Where the marker codes of the segments lie that the decoder should not look into.
    skipped: Vec<usize>,
}

impl Jpeg {
    /// Room for a file of `bytes` bytes; old contents may stay. Grows, never shrinks.
    ///
    /// Errors: [`VisionError::JpegBytes`].
    pub fn room(&mut self, bytes: usize) -> Result<&mut [u8], VisionError> {
        if bytes > MAX_JPEG_BYTES {
            return Err(VisionError::JpegBytes { bytes, max: MAX_JPEG_BYTES });
        }
        let needed = bytes + PADDING_BYTES;
        if self.bytes.len() < needed {
            self.bytes.resize(needed, 0);
        }
        self.file_bytes = bytes;
        Ok(&mut self.bytes[..bytes])
    }

    /// The file.
    pub fn file(&self) -> &[u8] {
        &self.bytes[..self.file_bytes]
    }

    /// EXIF of the file that was read last, from its TIFF header on.
    pub fn exif(&self) -> Option<&[u8]> {
        self.skipped.iter().find_map(|&at| {
            let length: [u8; 2] = self.bytes.get(at + 1..at + 3)?.try_into().ok()?;
            let body = self.bytes.get(at + 3..at + 1 + usize::from(u16::from_be_bytes(length)))?;
            body.strip_prefix(EXIF_START)
        })
    }

    /// Decodes the file into `frame`: RGB, rows without gaps.
    ///
    /// Reads baseline and progressive files, grey or YCbCr; `max_side_px` bounds either side, and
    /// [`MAX_JPEG_PIXELS`] the picture. Bytes after the end of the picture are not looked at.
    ///
    /// Errors: [`VisionError::JpegTruncated`], [`VisionError::JpegFormat`],
    /// [`VisionError::JpegUnsupported`], [`VisionError::JpegSize`], [`VisionError::FrameBytes`]; the
    /// frame then holds anything.
    pub fn read(
        &mut self,
        frame: &mut FrameBuffer,
        max_side_px: u32,
    ) -> Result<FrameLayout, VisionError> {
        let max_side_px = max_side_px.min(MAX_FRAME_SIDE_PX);
        let file = &mut self.bytes[..self.file_bytes];
        let picture = structure::check(file, max_side_px, &mut self.skipped)?;
        // As comments, the decoder passes them over: it would keep copies of EXIF, XMP and ICC, and
        // read colour spaces out of them that the check has settled already.
        for &at in &self.skipped {
            file[at] = structure::COMMENT;
        }
        let (width_px, height_px) = (picture.width_px, picture.height_px);
        let side = max_side_px as usize;
        let options = DecoderOptions::default()
            .set_strict_mode(true)
            .set_max_width(side)
            .set_max_height(side)
            .jpeg_set_max_scans(MAX_SCANS)
            .jpeg_set_out_colorspace(ColorSpace::RGB);
        let pixels = frame.room((width_px * height_px * PIXEL_BYTES) as usize)?;
        let decode = |file: &[u8], pixels: &mut [u8]| {
            JpegDecoder::new_with_options(ZCursor::new(file), options).decode_into(pixels)
        };
        if picture.ends_with_scan {
            // At the end marker the decoder would make up all that is missing; past the end of the
            // file it complains as soon as a row of blocks is missing.
            let scan_end = picture.end - MARKER_BYTES;
            let padding = scan_end..scan_end + PADDING_BYTES;
            let mut covered = [0; PADDING_BYTES];
            covered.copy_from_slice(&self.bytes[padding.clone()]);
            self.bytes[padding.clone()].fill(0);
            let decoded = decode(&self.bytes[..padding.end], pixels);
            self.bytes[padding].copy_from_slice(&covered);
            decoded
        } else {
            decode(&file[..picture.end], pixels)
        }
        .map_err(from_decoder)?;
        let mut planes = [Plane::default(); MAX_PLANES];
        planes[0].stride = width_px * PIXEL_BYTES;
        Ok(FrameLayout {
            format: PixelFormat::Rgb,
            width_px,
            height_px,
            planes,
            plane_count: 1,
            matrix: ColorMatrix::Bt601,
            range: ColorRange::Full,
        })
    }
}

fn from_decoder(error: DecodeErrors) -> VisionError {
    match error {
        DecodeErrors::ExhaustedData | DecodeErrors::FormatStatic("Premature end of buffer") => {
            VisionError::JpegTruncated
        }
        error => VisionError::JpegFormat { reason: error.to_string() },
    }
}

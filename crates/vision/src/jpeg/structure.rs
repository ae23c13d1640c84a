//! What a JPEG file is made of, checked before anything is decoded or allocated for it.
//!
//! Source: ITU-T T.81 annex B (segments, frame and scan headers).

use super::MAX_JPEG_PIXELS;
use crate::error::VisionError;

/// Most scans of a progressive file; encoders write about ten. Each may be a few bytes long and
/// costs a pass over the picture all the same.
pub(super) const MAX_SCANS: usize = 32;

const START_OF_IMAGE: [u8; 2] = [0xff, 0xd8];
const END_OF_IMAGE: u8 = 0xd9;
const START_OF_SCAN: u8 = 0xda;
const QUANTISATION_TABLES: u8 = 0xdb;
const HUFFMAN_TABLES: u8 = 0xc4;
const RESTART_INTERVAL: u8 = 0xdd;
const ADOBE: u8 = 0xee;
/// Marker code of a comment.
pub(super) const COMMENT: u8 = 0xfe;
const PROGRESSIVE_FRAME: u8 = 0xc2;

/// One sample each way, as a frame header has it.
const NOT_HALVED: u8 = 0x11;
/// Samplings of luma that cameras, browsers and encoders use: 4:4:4, 4:4:0, 4:2:2, 4:2:0.
const LUMA_SAMPLINGS: [u8; 4] = [NOT_HALVED, 0x12, 0x21, 0x22];

/// A picture that the decoder may be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Picture {
    pub width_px: u32,
    pub height_px: u32,
    /// One past its end-of-image marker.
    pub end: usize,
    /// Whether the end marker follows on the one scan and nothing but the picture's size says how
    /// long that is: baseline, without restart markers.
    pub ends_with_scan: bool,
}

/// A frame header.
struct Frame {
    progressive: bool,
    width_px: u32,
    height_px: u32,
    /// One or three.
    component_ids: ComponentIds,
}

/// One byte each, in the order of the frame.
#[derive(Clone, Copy)]
struct ComponentIds {
    bytes: [u8; 3],
    len: usize,
}

impl ComponentIds {
    fn as_slice(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

/// Walks the whole file. Leaves in `skipped` where the marker codes lie of segments that say nothing
/// the decoder needs, and sets a grey picture's sampling, which means nothing, to none.
///
/// Errors: [`VisionError::JpegTruncated`], [`VisionError::JpegFormat`],
/// [`VisionError::JpegUnsupported`], [`VisionError::JpegSize`].
pub(super) fn check(
    file: &mut [u8],
    max_side_px: u32,
    skipped: &mut Vec<usize>,
) -> Result<Picture, VisionError> {
    skipped.clear();
    let start = &file[..file.len().min(START_OF_IMAGE.len())];
    if !START_OF_IMAGE.starts_with(start) {
        return broken("it does not begin as one");
    }
    let mut at = START_OF_IMAGE.len();
    let mut frame: Option<Frame> = None;
    let mut adobe_transform = None;
    let mut scans = 0;
    let mut scan_end = 0;
    let mut restarts = false;
    loop {
        if byte(file, at)? != 0xff {
            return broken("bytes between its segments");
        }
        at += 1;
        while byte(file, at)? == 0xff {
            at += 1;
        }
        let code_at = at;
        let code = byte(file, code_at)?;
        at += 1;
        if code == END_OF_IMAGE {
            let Some(Frame { width_px, height_px, progressive, .. }) = frame.filter(|_| scans > 0)
            else {
                return broken("no picture in it");
            };
            let ends_with_scan = !progressive && !restarts && scan_end + 2 == at;
            return Ok(Picture { width_px, height_px, end: at, ends_with_scan });
        }
        if code < 0xc0 || (0xd0..=0xd8).contains(&code) {
            return broken("a marker where none may be");
        }
        let length = usize::from(word(file, at)?);
        if length < 2 {
            return broken("a segment without a length");
        }
        let (body_at, end) = (at + 2, at + length);
        if end > file.len() {
            return Err(VisionError::JpegTruncated);
        }
        let body = &file[body_at..end];
        at = end;
        match code {
            0xc0..=0xc2 => {
                if frame.is_some() {
                    return broken("two frames");
                }
                let found = frame_header(code, body, max_side_px)?;
                if found.component_ids.len == 1 {
                    file[body_at + 7] = NOT_HALVED;
                }
                frame = Some(found);
            }
            HUFFMAN_TABLES | QUANTISATION_TABLES => {}
            RESTART_INTERVAL => restarts = true,
            START_OF_SCAN => {
                let Some(frame) = &frame else { return broken("a scan before its frame") };
                let is_rgb = adobe_transform == Some(0) || frame.component_ids.as_slice() == b"RGB";
                if frame.component_ids.len == 3 && is_rgb {
                    return unsupported("RGB without a colour transform");
                }
                scans += 1;
                if scans > if frame.progressive { MAX_SCANS } else { 1 } {
                    return broken("more scans than it may have");
                }
                scan_header(frame, body)?;
                at = end_of_entropy_coded(file, at)?;
                scan_end = at;
            }
            0xc3 | 0xc7 => return unsupported("lossless coding"),
            0xc5 | 0xc6 | 0xde | 0xdf => return unsupported("hierarchical coding"),
            0xc8..=0xcf => return unsupported("arithmetic coding"),
            0xdc => return unsupported("a height that comes after the picture"),
            _ => {
                if code == ADOBE && body.starts_with(b"Adobe") {
                    adobe_transform = body.get(11).copied();
                }
                skipped.push(code_at);
            }
        }
    }
}

/// Body of a frame header: precision, height, width, number of components; then for each component
/// its id, sampling and table.
fn frame_header(code: u8, body: &[u8], max_side_px: u32) -> Result<Frame, VisionError> {
    let [precision, h1, h0, w1, w0, components, specs @ ..] = body else {
        return broken("a short frame header");
    };
    if *precision != 8 {
        return unsupported("samples of other than 8 bits");
    }
    let height_px = u32::from(u16::from_be_bytes([*h1, *h0]));
    let width_px = u32::from(u16::from_be_bytes([*w1, *w0]));
    let sides = 1..=max_side_px;
    if !sides.contains(&width_px)
        || !sides.contains(&height_px)
        || width_px * height_px > MAX_JPEG_PIXELS
    {
        return Err(VisionError::JpegSize {
            width: width_px,
            height: height_px,
            max: max_side_px,
            max_pixels: MAX_JPEG_PIXELS,
        });
    }
    let components = usize::from(*components);
    if specs.len() != 3 * components {
        return broken("a frame header of the wrong length");
    }
    let mut component_ids = ComponentIds { bytes: [0; 3], len: components };
    match components {
        1 => {}
        3 => {
            let sampled = specs[1] == NOT_HALVED || LUMA_SAMPLINGS.contains(&specs[1]);
            if !sampled || specs[4] != NOT_HALVED || specs[7] != NOT_HALVED {
                return unsupported("its chroma sampling");
            }
        }
        4 => return unsupported("CMYK or YCCK"),
        _ => return unsupported("its number of colours"),
    }
    for (index, spec) in specs.chunks_exact(3).enumerate() {
        if component_ids.bytes[..index].contains(&spec[0]) {
            return broken("two components of one name");
        }
        component_ids.bytes[index] = spec[0];
    }
    Ok(Frame { progressive: code == PROGRESSIVE_FRAME, width_px, height_px, component_ids })
}

/// Body of a scan header: number of components; for each its id and tables; then what part of the
/// coefficients it has.
fn scan_header(frame: &Frame, body: &[u8]) -> Result<(), VisionError> {
    let [components, rest @ ..] = body else { return broken("a short scan header") };
    let components = usize::from(*components);
    if components == 0 || rest.len() != 2 * components + 3 {
        return broken("a scan header of the wrong length");
    }
    let ids = frame.component_ids.as_slice();
    if !frame.progressive && components != ids.len() {
        return unsupported("a scan for each colour");
    }
    // In the order of the frame, and each once.
    let mut left = ids.iter();
    for spec in rest[..2 * components].chunks_exact(2) {
        if !left.any(|&id| id == spec[0]) {
            return broken("a scan of a component that is not there");
        }
    }
    if frame.progressive && components > 1 && rest[2 * components..][..2] != [0, 0] {
        return broken("a scan that mixes components");
    }
    Ok(())
}

/// Where the first marker after entropy-coded data begins: not a stuffed byte, not a restart.
fn end_of_entropy_coded(file: &[u8], mut at: usize) -> Result<usize, VisionError> {
    loop {
        let rest = file.get(at..).unwrap_or_default();
        let found = rest.iter().position(|&byte| byte == 0xff);
        at += found.ok_or(VisionError::JpegTruncated)?;
        match byte(file, at + 1)? {
            0x00 | 0xd0..=0xd7 => at += 2,
            0xff => at += 1,
            _ => return Ok(at),
        }
    }
}

fn byte(file: &[u8], at: usize) -> Result<u8, VisionError> {
    file.get(at).copied().ok_or(VisionError::JpegTruncated)
}

fn word(file: &[u8], at: usize) -> Result<u16, VisionError> {
    Ok(u16::from_be_bytes([byte(file, at)?, byte(file, at + 1)?]))
}

fn broken<T>(reason: &str) -> Result<T, VisionError> {
    Err(VisionError::JpegFormat { reason: reason.to_owned() })
}

fn unsupported<T>(what: &'static str) -> Result<T, VisionError> {
    Err(VisionError::JpegUnsupported { what })
}

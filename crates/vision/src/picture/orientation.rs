//! How a camera was held, as EXIF has it, and the picture turned by it.
//!
//! Source: EXIF 2.32 section 4.6.4 (tag 0x0112), TIFF 6.0 section 2 (the directory it is in).

use super::PIXEL_BYTES;
use crate::jpeg::EXIF_START;

const ORIENTATION_TAG: u16 = 0x0112;
const SHORT: u16 = 3;
/// Of a TIFF header, and of one entry of a directory.
const HEADER_BYTES: usize = 8;
const ENTRY_BYTES: usize = 12;

/// EXIF's number for it, 1 to 8. It says where the first row and the first column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Orientation(u8);

impl Orientation {
    /// Nothing is to be turned.
    pub const UPRIGHT: Self = Self(1);

    /// The number.
    pub fn number(self) -> u8 {
        self.0
    }

    /// Turns a picture of RGB without gaps; gives its size then.
    pub(super) fn turn(self, pixels: &mut [u8], size: (u32, u32)) -> (u32, u32) {
        if self == Self::UPRIGHT {
            return size;
        }
        let (width, height) = (size.0 as usize, size.1 as usize);
        let is_across = self.0 >= 5;
        let (to_width, to_height) = if is_across { (height, width) } else { (width, height) };
        let from = pixels.to_vec();
        for (at, to) in pixels.as_chunks_mut::<PIXEL_BYTES>().0.iter_mut().enumerate() {
            let (x, y) = (at % to_width, at / to_width);
            let (from_x, from_y) = match self.0 {
                2 => (width - 1 - x, y),
                3 => (width - 1 - x, height - 1 - y),
                4 => (x, height - 1 - y),
                5 => (y, x),
                6 => (y, height - 1 - x),
                7 => (width - 1 - y, height - 1 - x),
                _ => (width - 1 - y, x),
            };
            let start = (from_y * width + from_x) * PIXEL_BYTES;
            to.copy_from_slice(&from[start..start + PIXEL_BYTES]);
        }
        (to_width as u32, to_height as u32)
    }
}

/// What EXIF says. What cannot be read is upright.
pub(super) fn orientation_of(exif: &[u8]) -> Orientation {
    // In JPEG it has letters before it; many programs put them into other files too.
    number_in(exif.strip_prefix(EXIF_START).unwrap_or(exif))
        .map_or(Orientation::UPRIGHT, Orientation)
}

fn number_in(exif: &[u8]) -> Option<u8> {
    let is_little = match exif.get(..4)? {
        b"II*\0" => true,
        b"MM\0*" => false,
        _ => return None,
    };
    let short = |bytes: &[u8], at: usize| -> Option<u16> {
        let two = bytes.get(at..at + 2)?.try_into().ok()?;
        Some(if is_little { u16::from_le_bytes(two) } else { u16::from_be_bytes(two) })
    };
    let offset: [u8; 4] = exif.get(4..HEADER_BYTES)?.try_into().ok()?;
    let offset = if is_little { u32::from_le_bytes(offset) } else { u32::from_be_bytes(offset) };
    let directory = exif.get(offset as usize..)?;
    let entries = directory.get(2..)?.as_chunks::<ENTRY_BYTES>().0;
    let entry = entries
        .iter()
        .take(usize::from(short(directory, 0)?))
        .find(|entry| short(&entry[..], 0) == Some(ORIENTATION_TAG))?;
    if short(&entry[..], 2)? != SHORT {
        return None;
    }
    let number = short(&entry[..], 8)?;
    (1..=8).contains(&number).then_some(number as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture of 3 × 2 px, each a letter.
    fn turned(number: u8) -> (String, (u32, u32)) {
        let mut pixels: Vec<u8> = b"abcdef".iter().flat_map(|&letter| [letter; 3]).collect();
        let size = Orientation(number).turn(&mut pixels, (3, 2));
        (pixels.iter().step_by(3).map(|&letter| char::from(letter)).collect(), size)
    }

    #[test]
    fn each_orientation_is_turned_upright() {
        let expected =
            ["abcdef", "cbafed", "fedcba", "defabc", "adbecf", "daebfc", "fcebda", "cfbead"];
        for (number, letters) in (1..).zip(expected) {
            let size = if number < 5 { (3, 2) } else { (2, 3) };
            assert_eq!(turned(number), (letters.to_string(), size), "{number}");
        }
    }

    fn exif(is_little: bool, tag: u16, kind: u16, value: u16) -> Vec<u8> {
        let short = |value: u16| if is_little { value.to_le_bytes() } else { value.to_be_bytes() };
        let long = |value: u32| if is_little { value.to_le_bytes() } else { value.to_be_bytes() };
        let mut bytes = if is_little { b"II*\0".to_vec() } else { b"MM\0*".to_vec() };
        bytes.extend(long(8));
        bytes.extend(short(2));
        bytes.extend([0; ENTRY_BYTES]);
        bytes.extend([short(tag), short(kind)].concat());
        bytes.extend(long(1));
        bytes.extend([short(value), short(0)].concat());
        bytes
    }

    #[test]
    fn the_number_is_read_in_both_byte_orders() {
        for is_little in [true, false] {
            let plain = exif(is_little, ORIENTATION_TAG, SHORT, 6);
            assert_eq!(orientation_of(&plain).number(), 6);
            assert_eq!(orientation_of(&[EXIF_START, &plain].concat()).number(), 6);
        }
    }

    #[test]
    fn what_cannot_be_read_is_upright() {
        let good = exif(true, ORIENTATION_TAG, SHORT, 6);
        for cut in 0..good.len() - 2 {
            assert_eq!(orientation_of(&good[..cut]), Orientation::UPRIGHT, "{cut}");
        }
        for (tag, kind, value) in [(0x0113, 3, 6), (0x0112, 4, 6), (0x0112, 3, 0), (0x0112, 3, 9)] {
            assert_eq!(orientation_of(&exif(false, tag, kind, value)), Orientation::UPRIGHT);
        }
        let mut far = good;
        far[4..8].fill(0xff);
        assert_eq!(orientation_of(&far), Orientation::UPRIGHT);
    }
}

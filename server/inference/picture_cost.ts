/** Largest side of a picture of `/api/detect`, px: a phone's photograph. */
export const MAX_PICTURE_SIDE_PX = 4096;

/** The same of a WebP, whose decoder takes five times as long for a pixel as that of JPEG. */
export const MAX_WEBP_SIDE_PX = 2048;

/** Most scans of a JPEG that is taken. Browsers write one, other programs about ten. */
export const MAX_SCANS = 16;

/** Of a picture in several scans: each goes over all its pixels. */
const MAX_SCANNED_PX = 32 << 20;

/** "RIFF", and "WEBP" behind its length. */
const WEBP_START = [[0, 0x52], [1, 0x49], [2, 0x46], [3, 0x46], [8, 0x57], [9, 0x45]] as const;

/** One, and that of the small picture in the metadata of a photograph. */
const PLAIN_SCANS = 2;

/**
 * How many scans a JPEG can have at most, which is more than it has where other data look like one. Files of
 * other kinds have none.
 */
export function scansIn(jpeg: Uint8Array): number {
  if (jpeg[0] !== 0xff) return 0;
  let scans = 0;
  for (let at = jpeg.indexOf(0xff); at !== -1; at = jpeg.indexOf(0xff, at + 1)) {
    if (jpeg[at + 1] === 0xda) scans += 1;
  }
  return scans;
}

/** The largest side of a picture that is taken; `null`: it is not taken whatever its size. */
export function maxSidePxFor(file: Uint8Array): number | null {
  const isWebp = WEBP_START.every(([at, byte]) => file[at] === byte);
  return isWebp ? MAX_WEBP_SIDE_PX : maxSidePxOf(scansIn(file));
}

/** The largest side of a picture in so many scans; `null`: it has too many. */
export function maxSidePxOf(scans: number): number | null {
  if (scans > MAX_SCANS) return null;
  if (scans <= PLAIN_SCANS) return MAX_PICTURE_SIDE_PX;
  return Math.min(MAX_PICTURE_SIDE_PX, Math.floor(Math.sqrt(MAX_SCANNED_PX / scans)));
}

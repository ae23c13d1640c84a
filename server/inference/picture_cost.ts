/** Largest side of a picture of `/api/detect`, px: a phone's photograph. */
export const MAX_PICTURE_SIDE_PX = 4096;

/** Most scans of a JPEG that is taken. Browsers write one, other programs about ten. */
export const MAX_SCANS = 16;

/** Of a picture in several scans: each goes over all its pixels. */
const MAX_SCANNED_PX = 32 << 20;

/** One, and that of the small picture in the metadata of a photograph. */
const PLAIN_SCANS = 2;

/** How many scans a JPEG can have at most, which is more than it has where other data look like one. */
export function scansIn(jpeg: Uint8Array): number {
  let scans = 0;
  for (let at = jpeg.indexOf(0xff); at !== -1; at = jpeg.indexOf(0xff, at + 1)) {
    if (jpeg[at + 1] === 0xda) scans += 1;
  }
  return scans;
}

/** The largest side of a picture in so many scans; `null`: it has too many. */
export function maxSidePxOf(scans: number): number | null {
  if (scans > MAX_SCANS) return null;
  if (scans <= PLAIN_SCANS) return MAX_PICTURE_SIDE_PX;
  return Math.min(MAX_PICTURE_SIDE_PX, Math.floor(Math.sqrt(MAX_SCANNED_PX / scans)));
}

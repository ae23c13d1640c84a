/** Code of a track's format, as in `hvc1`. Source: ISO/IEC 14496-12, sample descriptions. */
export type SampleFormat = string;

/** The description of a long film is some MB; more is not looked at. */
const MAX_MOOV_BYTES = 16 * 1024 * 1024;

/** Boxes at the top of a file; one in pieces has thousands, and its description comes first. */
const MAX_TOP_BOXES = 64;

const HEADER_BYTES = 8;
const LARGE_HEADER_BYTES = 16;

/** Boxes inside of which a track's formats are. */
const OUTER = new Set(["trak", "mdia", "minf", "stbl"]);

/** Names of what browsers often cannot play. */
const NAMES: Readonly<Record<SampleFormat, string>> = {
  hvc1: "HEVC (H.265)",
  hev1: "HEVC (H.265)",
  dvh1: "Dolby Vision (HEVC)",
  dvhe: "Dolby Vision (HEVC)",
  av01: "AV1",
  avc1: "H.264",
  avc3: "H.264",
  mp4v: "MPEG-4 Visual",
  apch: "ProRes",
  apcn: "ProRes",
  apcs: "ProRes",
  apco: "ProRes",
  ap4h: "ProRes",
};

/** The same in Matroska and WebM, by the ids of their tracks. */
const MATROSKA_NAMES: Readonly<Record<string, string>> = {
  "V_MPEGH/ISO/HEVC": "HEVC (H.265)",
  "V_MPEG4/ISO/AVC": "H.264",
  "V_MPEG4/ISO/ASP": "MPEG-4 Visual",
  "V_MPEG2": "MPEG-2",
  "V_PRORES": "ProRes",
  "V_AV1": "AV1",
  "V_VP9": "VP9",
  "V_VP8": "VP8",
};

/** First bytes of Matroska and WebM. */
const EBML_MAGIC = 0x1a45dfa3;

/** Their tracks are described before the first picture. */
const MATROSKA_HEAD_BYTES = 64 * 1024;

/** What the picture of a MOV, MP4, MKV or WebM file is coded as, for people; `null`: it is not known. */
export async function videoCodecOf(file: Blob): Promise<string | null> {
  const head = await file.slice(0, MATROSKA_HEAD_BYTES).arrayBuffer();
  if (head.byteLength >= 4 && new DataView(head).getUint32(0) === EBML_MAGIC) {
    const text = new TextDecoder("latin1").decode(head);
    const id = Object.keys(MATROSKA_NAMES).find((id) => text.includes(id));
    return id === undefined ? null : MATROSKA_NAMES[id]!;
  }
  const formats = await sampleFormats(file);
  return formats.map((format) => NAMES[format]).find((name) => name !== undefined) ?? null;
}

async function sampleFormats(file: Blob): Promise<SampleFormat[]> {
  let at = 0;
  for (let box = 0; box < MAX_TOP_BOXES && at + HEADER_BYTES <= file.size; box++) {
    const head = new DataView(await file.slice(at, at + LARGE_HEADER_BYTES).arrayBuffer());
    const { type, headerBytes, sizeBytes } = boxAt(head, 0, file.size - at);
    if (sizeBytes < headerBytes) return [];
    if (type === "moov") {
      if (sizeBytes > MAX_MOOV_BYTES) return [];
      const moov = file.slice(at + headerBytes, at + sizeBytes);
      return formatsIn(new DataView(await moov.arrayBuffer()), 0, moov.size);
    }
    at += sizeBytes;
  }
  return [];
}

/** Formats in the boxes between two places. */
function formatsIn(view: DataView, from: number, to: number): SampleFormat[] {
  const formats: SampleFormat[] = [];
  for (let at = from; at + HEADER_BYTES <= to;) {
    const { type, headerBytes, sizeBytes } = boxAt(view, at, to - at);
    if (sizeBytes < headerBytes || at + sizeBytes > to) break;
    const inside = at + headerBytes;
    if (OUTER.has(type)) formats.push(...formatsIn(view, inside, at + sizeBytes));
    // Version, flags and a count, then the first entry: its size and its format.
    else if (type === "stsd" && sizeBytes >= headerBytes + 16) {
      formats.push(codeAt(view, inside + 12));
    }
    at += sizeBytes;
  }
  return formats;
}

function boxAt(view: DataView, at: number, restBytes: number) {
  if (view.byteLength - at < HEADER_BYTES) return { type: "", headerBytes: 1, sizeBytes: 0 };
  const size = view.getUint32(at);
  const type = codeAt(view, at + 4);
  if (size === 0) return { type, headerBytes: HEADER_BYTES, sizeBytes: restBytes };
  if (size !== 1) return { type, headerBytes: HEADER_BYTES, sizeBytes: size };
  const isWhole = view.byteLength - at >= LARGE_HEADER_BYTES;
  const sizeBytes = isWhole ? Number(view.getBigUint64(at + 8)) : 0;
  return { type, headerBytes: LARGE_HEADER_BYTES, sizeBytes };
}

function codeAt(view: DataView, at: number): string {
  return String.fromCharCode(...new Uint8Array(view.buffer, view.byteOffset + at, 4));
}

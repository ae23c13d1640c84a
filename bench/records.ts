// Records of the link, written from `server/protocol/README.md` and not from its code: the bench is a
// stranger to the app. `records_test.ts` holds the two against each other.

/** Bytes before the content. */
const HEADER_BYTES = 8;

/** One record. */
export interface LinkRecord {
  readonly topic: number;
  readonly content: string | Uint8Array<ArrayBuffer>;
}

/** A record as bytes. Topic 0: what is said of link and room. */
export function recordOf(content: string | Uint8Array, topic = 0): Uint8Array<ArrayBuffer> {
  const isText = typeof content === "string";
  const bytes = isText ? new TextEncoder().encode(content) : content;
  const record = new Uint8Array(HEADER_BYTES + bytes.length);
  const view = new DataView(record.buffer);
  view.setUint16(0, topic, true);
  view.setUint8(2, isText ? 1 : 2);
  view.setUint32(4, bytes.length, true);
  record.set(bytes, HEADER_BYTES);
  return record;
}

/** The first record in some bytes, and how many it takes; `null`: it is not whole yet. */
export function firstRecord(
  bytes: Uint8Array,
): { record: LinkRecord | null; length: number } | null {
  if (bytes.length < HEADER_BYTES) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [topic, kind] = [view.getUint16(0, true), view.getUint8(2)];
  const length = HEADER_BYTES + view.getUint32(4, true);
  if (bytes.length < length) return null;
  const content = bytes.slice(HEADER_BYTES, length);
  if (kind === 0) return { record: null, length };
  return {
    record: { topic, content: kind === 1 ? new TextDecoder().decode(content) : content },
    length,
  };
}

/** A text about link or room as JSON; `null`: it is something else, or nothing. */
export function messageIn(bytes: Uint8Array): unknown {
  const record = firstRecord(bytes)?.record;
  return record?.topic === 0 && typeof record.content === "string"
    ? JSON.parse(record.content)
    : null;
}

/** Bytes before the picture. */
const FRAME_HEADER_BYTES = 36;

/** A frame for the server as one chunk, captured at no known time. */
export function frameChunkOf(
  { frameId, widthPx, heightPx, jpeg }: {
    readonly frameId: number;
    readonly widthPx: number;
    readonly heightPx: number;
    readonly jpeg: Uint8Array;
  },
): Uint8Array<ArrayBuffer> {
  const chunk = new Uint8Array(FRAME_HEADER_BYTES + jpeg.length);
  const view = new DataView(chunk.buffer);
  view.setUint8(0, 2);
  view.setUint16(4, 1, true);
  view.setUint16(6, widthPx, true);
  view.setUint16(8, heightPx, true);
  view.setUint32(12, frameId, true);
  view.setUint32(16, jpeg.length, true);
  view.setFloat64(24, NaN, true);
  chunk.set(jpeg, FRAME_HEADER_BYTES);
  return chunk;
}

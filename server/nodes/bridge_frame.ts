import { MAX_RECORD_BYTES, RECORD_HEADER_BYTES } from "@/protocol";

/**
 * What nodes say to each other of one bridged link, as one message of the bus. Little-endian:
 *
 * | offset | type | field |
 * |---|---|---|
 * | 0 | u8 | version: 1 |
 * | 1 | u8 | kind: 0 part of a record, 1 a record or its last part, 2 nothing, 3 the end |
 * | 2 | u8 | from: 0 the node that has the page's link, 1 the room's home |
 * | 3 | u8 | 0 |
 * | 4 | u32 | number of the link on the page's node |
 * | 8 | u32 | how many parts were sent before, modulo 2³² |
 * | 12 | u32 | bytes of content that the page has been given, or the home taken, modulo 2³² |
 * | 16 | | sender's node id: 22 characters |
 * | 38 | … | content |
 */
export interface BridgeFrame {
  readonly kind: BridgeFrameKind;
  readonly from: "bridge" | "home";
  readonly node: NodeId;
  readonly link: number;
  readonly seq: number;
  readonly takenBytes: number;
  readonly content: Uint8Array;
}

/** See {@linkcode BridgeFrame}. */
export type BridgeFrameKind = "part" | "record" | "nothing" | "end";

/** Names one start of one node: 128 random bits in base64url, as all our ids. */
export type NodeId = string & { readonly __brand: "NodeId" };

const VERSION = 1;
const KINDS: readonly BridgeFrameKind[] = ["part", "record", "nothing", "end"];
const SIDES = ["bridge", "home"] as const;
const NODE_CHARS = 22;
/** Bytes before the content. */
export const BRIDGE_HEADER_BYTES = 16 + NODE_CHARS;
/** Longest record as a whole. */
export const MAX_WHOLE_BYTES = RECORD_HEADER_BYTES + MAX_RECORD_BYTES;

/** Whether a text is the id of a node. */
export function isNodeId(text: unknown): text is NodeId {
  return typeof text === "string" && /^[A-Za-z0-9_-]{22}$/.test(text);
}

/** Writes one frame. */
export function encodeBridgeFrame(frame: BridgeFrame): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(BRIDGE_HEADER_BYTES + frame.content.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, VERSION);
  view.setUint8(1, KINDS.indexOf(frame.kind));
  view.setUint8(2, SIDES.indexOf(frame.from));
  view.setUint32(4, frame.link, true);
  view.setUint32(8, frame.seq, true);
  view.setUint32(12, frame.takenBytes, true);
  new TextEncoder().encodeInto(frame.node, bytes.subarray(16));
  bytes.set(frame.content, BRIDGE_HEADER_BYTES);
  return bytes;
}

/** Reads one; `null`: it is none of ours, or of another version. The content is a view. */
export function decodeBridgeFrame(bytes: Uint8Array): BridgeFrame | null {
  if (bytes.length < BRIDGE_HEADER_BYTES) return null;
  if (bytes.length > BRIDGE_HEADER_BYTES + MAX_WHOLE_BYTES) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kind = KINDS[view.getUint8(1)];
  const from = SIDES[view.getUint8(2)];
  const node = String.fromCharCode(...bytes.subarray(16, BRIDGE_HEADER_BYTES));
  if (view.getUint8(0) !== VERSION || view.getUint8(3) !== 0 || !isNodeId(node)) return null;
  if (kind === undefined || from === undefined) return null;
  return {
    kind,
    from,
    node,
    link: view.getUint32(4, true),
    seq: view.getUint32(8, true),
    takenBytes: view.getUint32(12, true),
    content: bytes.subarray(BRIDGE_HEADER_BYTES),
  };
}

import { joinBytes } from "@/protocol";
import { type BridgeFrame, type BridgeFrameKind, MAX_WHOLE_BYTES } from "./bridge_frame.ts";

/**
 * One end of one bridged link. The bus loses what it cannot deliver, so parts are numbered: a page is
 * given what was said, in its order and to some point, or its link ends and it comes again. Never changed.
 */
export interface BridgeEnd {
  /** Parts sent, and of the other side taken; modulo 2³². */
  readonly sentParts: number;
  readonly takenParts: number;
  /** Bytes of content that were sent here, and that the other side says it is rid of; modulo 2³². */
  readonly sentBytes: number;
  readonly settledBytes: number;
  /** Bytes of content that came, and what the other side was told of them; modulo 2³². */
  readonly cameBytes: number;
  readonly toldBytes: number;
  /** Of a record that is not whole yet. */
  readonly parts: readonly Uint8Array[];
}

/** An end that has neither said nor heard anything. */
export const FRESH_END: BridgeEnd = {
  sentParts: 0,
  takenParts: 0,
  sentBytes: 0,
  settledBytes: 0,
  cameBytes: 0,
  toldBytes: 0,
  parts: [],
};

/** A frame without what is the same for all of a link. */
export type BridgePart = Pick<BridgeFrame, "kind" | "seq" | "takenBytes" | "content">;

/** What a frame comes to. `gap`: something before it was lost, or it makes no record: the link is over. */
export type BridgeEvent =
  | { readonly kind: "none" }
  | { readonly kind: "record"; readonly record: Uint8Array }
  | { readonly kind: "end" }
  | { readonly kind: "gap" };

/** Bytes that were sent and are not with the page yet, or not with the home. */
export function waitingBytes({ sentBytes, settledBytes }: BridgeEnd): number {
  return minus(sentBytes, settledBytes);
}

/** Splits a record into parts that the bus takes. */
export function sendRecord(
  before: BridgeEnd,
  record: Uint8Array,
  maxPartBytes: number,
): { readonly end: BridgeEnd; readonly parts: readonly BridgePart[] } {
  const parts: BridgePart[] = [];
  let end = before;
  for (let at = 0; at < record.length; at += maxPartBytes) {
    const content = record.subarray(at, at + maxPartBytes);
    const kind: BridgeFrameKind = at + content.length < record.length ? "part" : "record";
    parts.push({ kind, seq: end.sentParts, takenBytes: end.toldBytes, content });
    end = {
      ...end,
      sentParts: plus(end.sentParts, 1),
      sentBytes: plus(end.sentBytes, content.length),
    };
  }
  return { end, parts };
}

/**
 * Tells the other side what is gone from here, if that is news.
 * @param keptBytes Of what came: those that still wait for the page.
 */
export function tellTaken(
  end: BridgeEnd,
  keptBytes: number,
): { readonly end: BridgeEnd; readonly part: BridgePart | null } {
  // A page's socket also holds what it was told by this node itself.
  const kept = Math.min(keptBytes, minus(end.cameBytes, end.toldBytes));
  const toldBytes = minus(end.cameBytes, kept);
  if (toldBytes === end.toldBytes) return { end, part: null };
  const part = {
    kind: "nothing",
    seq: end.sentParts,
    takenBytes: toldBytes,
    content: NO_BYTES,
  } as const;
  return { end: { ...end, toldBytes }, part };
}

/** The last word. */
export function endPart(end: BridgeEnd): BridgePart {
  return { kind: "end", seq: end.sentParts, takenBytes: end.toldBytes, content: NO_BYTES };
}

/** Takes a part of the other side. */
export function takePart(
  before: BridgeEnd,
  { kind, seq, takenBytes, content }: BridgePart,
): { readonly end: BridgeEnd; readonly event: BridgeEvent } {
  const settles = minus(takenBytes, before.settledBytes) <= waitingBytes(before);
  const end = settles ? { ...before, settledBytes: takenBytes } : before;
  const ahead = minus(seq, end.takenParts);
  if (kind === "nothing") {
    return { end, event: { kind: ahead === 0 || isBehind(ahead) ? "none" : "gap" } };
  }
  // Sent twice, or overtaken by its end: it was taken already.
  if (isBehind(ahead)) return { end, event: { kind: "none" } };
  if (kind === "end") return { end, event: { kind: "end" } };
  const bytes = end.parts.reduce((sum, part) => sum + part.length, content.length);
  if (ahead !== 0 || bytes > MAX_WHOLE_BYTES) return { end, event: { kind: "gap" } };
  const next = {
    ...end,
    takenParts: plus(end.takenParts, 1),
    cameBytes: plus(end.cameBytes, content.length),
  };
  if (kind === "part") {
    return { end: { ...next, parts: [...end.parts, content] }, event: { kind: "none" } };
  }
  const record = end.parts.length === 0 ? content : joinBytes([...end.parts, content]);
  return { end: { ...next, parts: [] }, event: { kind: "record", record } };
}

const NO_BYTES = new Uint8Array(0);

function plus(a: number, b: number): number {
  return (a + b) >>> 0;
}

function minus(a: number, b: number): number {
  return (a - b) >>> 0;
}

function isBehind(ahead: number): boolean {
  return ahead > 0x7fff_ffff;
}

import type { RelayFrameErrorCode } from "@/protocol";

/** Why a frame did not reach a viewer. */
export type RelayDropCause =
  /** A newer one came while it waited for its turn. */
  | "replaced"
  /** The phone sends more of them, or more bytes, than it may. */
  | "too-fast"
  /** Not newer than one that came before. */
  | "stale"
  /** Nobody wants frames of this phone now. */
  | "no-viewer"
  /** The viewer went away while it waited. */
  | "viewer-gone";

/** What passed through since the server started. Plain, for health pages and metrics. */
export interface RelayCounters {
  /** Of phones, as they came. */
  framesReceived: number;
  /** To viewers: a frame for two of them counts twice. */
  framesSent: number;
  framesAcked: number;
  framesDropped: Partial<Record<RelayDropCause, number>>;
  bytesReceived: number;
  bytesSent: number;
  /** Messages of the two channels between phone and viewer, and those of them that were lost. */
  messagesPassed: number;
  messagesDropped: number;
  /** Frames that were none, by what was wrong. */
  framesRefused: Partial<Record<RelayFrameErrorCode | "not-a-phone", number>>;
}

/** Nothing yet. */
export function noRelayCounts(): RelayCounters {
  return {
    framesReceived: 0,
    framesSent: 0,
    framesAcked: 0,
    framesDropped: {},
    bytesReceived: 0,
    bytesSent: 0,
    messagesPassed: 0,
    messagesDropped: 0,
    framesRefused: {},
  };
}

/** One more of a kind. */
export function countOne<K extends string>(of: Partial<Record<K, number>>, kind: K): void {
  of[kind] = (of[kind] ?? 0) + 1;
}

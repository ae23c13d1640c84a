import { RELAY_FRAME_ERROR_CODES } from "@/protocol";

/** Why a frame did not reach a viewer. */
const RELAY_DROP_CAUSES = [
  /** A newer one came while it waited for its turn. */
  "replaced",
  /** The phone sends more of them, or more bytes, than it may. */
  "too-fast",
  /** Not newer than one that came before. */
  "stale",
  /** Nobody wants frames of this phone now. */
  "no-viewer",
  /** The viewer went away while it waited. */
  "viewer-gone",
] as const;

/** Why what came is no frame to be passed on. */
const RELAY_REFUSALS = [...RELAY_FRAME_ERROR_CODES, "not-a-phone"] as const;

/** What passed through since the server started. Plain, for health pages and metrics. */
export interface RelayCounters {
  /** Of phones, as they came. */
  framesReceived: number;
  /** To viewers: a frame for two of them counts twice. */
  framesSent: number;
  framesAcked: number;
  readonly framesDropped: Record<(typeof RELAY_DROP_CAUSES)[number], number>;
  bytesReceived: number;
  bytesSent: number;
  /** Messages of the two channels between phone and viewer, and those of them that were lost. */
  messagesPassed: number;
  messagesDropped: number;
  /** Viewers that were refused, as there were too many. */
  viewersRefused: number;
  /** Frames that were none, by what was wrong. */
  readonly framesRefused: Record<(typeof RELAY_REFUSALS)[number], number>;
}

/** Nothing yet. */
export function noRelayCounts(): RelayCounters {
  return {
    framesReceived: 0,
    framesSent: 0,
    framesAcked: 0,
    framesDropped: none(RELAY_DROP_CAUSES),
    bytesReceived: 0,
    bytesSent: 0,
    messagesPassed: 0,
    messagesDropped: 0,
    viewersRefused: 0,
    framesRefused: none(RELAY_REFUSALS),
  };
}

function none<K extends string>(kinds: readonly K[]): Record<K, number> {
  return Object.fromEntries(kinds.map((kind) => [kind, 0])) as Record<K, number>;
}

import type { Instance, RoomId, StreamSettings } from "@/protocol";
import type { StreamKey } from "../inference/ipc.ts";
import { roomShare } from "../signaling/room_share.ts";
import type { Viewer } from "../signaling/stream_events.ts";

/**
 * A viewer whose signalling is lost keeps its streams this long: frames and results do not need it,
 * and after a moment without Wi-Fi it comes back. Longer than the server takes to notice the loss,
 * short enough that a page that will not come back frees its places.
 */
export const STREAM_KEEP_MS = 30_000;

/** How many streams there may be. */
export interface StreamLimits {
  /** Of all. One room gets its {@linkcode roomShare} of them. */
  readonly maxStreams: number;
  /** Of one peer in one room. Two: a stream and the one that replaces it. */
  readonly maxStreamsPerViewer: number;
}

/** One stream of frames and whose it is. */
export interface OpenStream {
  /** Never used twice, so that nothing meant for a closed stream reaches another. */
  readonly key: StreamKey;
  readonly viewer: Viewer;
  /** The viewer's own name for it. */
  readonly stream: Instance;
  readonly settings: StreamSettings;
}

/**
 * Which viewer owns which stream. No sockets and no clock: times are arguments, and what was closed
 * is returned. A viewer finds its own streams only.
 */
export class StreamRegistry {
  readonly #limits: StreamLimits;
  readonly #streams = new Map<StreamKey, OpenStream>();
  readonly #keys = new Map<string, StreamKey>();
  /** Since when viewers with streams are away, by {@linkcode nameOf}. */
  readonly #awaySinceMs = new Map<string, number>();
  #lastKey = 0;

  constructor(limits: StreamLimits) {
    this.#limits = limits;
  }

  /** Opens a stream, or changes the settings of the one of that name. */
  open(
    viewer: Viewer,
    { stream, settings }: Pick<OpenStream, "stream" | "settings">,
  ): OpenStream | "too-many-streams" {
    const present = this.find(viewer, stream);
    if (present !== undefined) return this.#keep({ ...present, settings });
    const own = this.#where(({ viewer: other }) => isSamePeer(other, viewer));
    const { maxStreams } = this.#limits;
    if (
      this.#streams.size >= maxStreams ||
      this.ofRoom(viewer.roomId).length >= roomShare(maxStreams) ||
      own.length >= this.#limits.maxStreamsPerViewer
    ) return "too-many-streams";
    return this.#keep({ key: `s${++this.#lastKey}` as StreamKey, viewer, stream, settings });
  }

  /** The viewer's stream of that name. */
  find(viewer: Viewer, stream: Instance): OpenStream | undefined {
    const key = this.#keys.get(nameOf(viewer, stream));
    return key && this.#streams.get(key);
  }

  /** The stream of a key. */
  get(key: StreamKey): OpenStream | undefined {
    return this.#streams.get(key);
  }

  /** The streams of one room. */
  ofRoom(roomId: RoomId): OpenStream[] {
    return this.#where(({ viewer }) => viewer.roomId === roomId);
  }

  /** Every stream. */
  all(): OpenStream[] {
    return [...this.#streams.values()];
  }

  /** Closes one stream; `undefined` if it is not open. */
  close(key: StreamKey): OpenStream | undefined {
    const open = this.#streams.get(key);
    if (open === undefined) return undefined;
    this.#streams.delete(key);
    this.#keys.delete(nameOf(open.viewer, open.stream));
    if (this.#where(({ viewer }) => isSamePage(viewer, open.viewer)).length === 0) {
      this.#awaySinceMs.delete(nameOf(open.viewer));
    }
    return open;
  }

  /** A viewer is there (again). Streams of an older load of its page are closed and returned. */
  present(viewer: Viewer): OpenStream[] {
    this.#awaySinceMs.delete(nameOf(viewer));
    return this.#closeAll(({ viewer: other }) =>
      isSamePeer(other, viewer) && !isSamePage(other, viewer)
    );
  }

  /** A viewer is not there. `left` closes its streams, `lost` keeps them for a while. */
  absent(viewer: Viewer, reason: "left" | "lost", nowMs: number): OpenStream[] {
    const isOwn = ({ viewer: other }: OpenStream) => isSamePage(other, viewer);
    if (reason === "left") return this.#closeAll(isOwn);
    if (this.#where(isOwn).length > 0) this.#awaySinceMs.set(nameOf(viewer), nowMs);
    return [];
  }

  /** Closes the streams of viewers that were away for too long. */
  sweep(nowMs: number): OpenStream[] {
    return this.#closeAll(({ viewer }) => {
      const sinceMs = this.#awaySinceMs.get(nameOf(viewer));
      return sinceMs !== undefined && nowMs - sinceMs >= STREAM_KEEP_MS;
    });
  }

  #keep(open: OpenStream): OpenStream {
    this.#streams.set(open.key, open);
    this.#keys.set(nameOf(open.viewer, open.stream), open.key);
    return open;
  }

  #closeAll(closes: (open: OpenStream) => boolean): OpenStream[] {
    const closed = this.#where(closes);
    for (const { key } of closed) this.close(key);
    return closed;
  }

  /** There are few streams, bounded by `maxStreams`: searching all of them is quick. */
  #where(matches: (open: OpenStream) => boolean): OpenStream[] {
    return [...this.#streams.values()].filter(matches);
  }
}

function isSamePeer(a: Viewer, b: Viewer): boolean {
  return a.roomId === b.roomId && a.peerId === b.peerId;
}

function isSamePage(a: Viewer, b: Viewer): boolean {
  return isSamePeer(a, b) && a.instance === b.instance;
}

/** Ids have one length each, so joining them is unambiguous. */
function nameOf({ roomId, peerId, instance }: Viewer, stream = ""): string {
  return roomId + peerId + instance + stream;
}

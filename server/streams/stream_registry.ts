import type { Instance, RelayedSource, RoomId, StreamSettings } from "@/protocol";
import type { StreamKey } from "../inference/ipc.ts";
import { holderOf, keyOf, type PageName, type RoomPage } from "../link/page.ts";
import { hasPlaceFor, type StreamLimits } from "../base/limits.ts";

/** One stream of frames and whose it is. */
export interface OpenStream {
  /** Never used twice, so that nothing meant for a closed stream reaches another. */
  readonly key: StreamKey;
  readonly viewer: RoomPage;
  /** The viewer's own name for it. */
  readonly stream: Instance;
  readonly settings: StreamSettings;
  /** Whose relayed pictures are its frames; `null`: the viewer sends them. */
  readonly relayed: RelayedSource | null;
}

/** What a viewer wants of a stream. */
export type WantedStream = Omit<OpenStream, "key" | "viewer">;

/** Which viewer owns which stream. A viewer finds its own streams only. */
export class StreamRegistry {
  readonly #limits: StreamLimits;
  readonly #streams = new Map<StreamKey, OpenStream>();
  readonly #keys = new Map<string, StreamKey>();
  #lastKey = 0;

  constructor(limits: StreamLimits) {
    this.#limits = limits;
  }

  /** Opens a stream, or changes the settings of the one of that name. */
  open(viewer: RoomPage, wanted: WantedStream): OpenStream | "too-many-streams" {
    const present = this.find(viewer, wanted.stream);
    if (present !== undefined) return this.#keep({ ...present, ...wanted });
    const own = this.ofRoom(viewer.roomId).filter((other) => other.viewer.peerId === viewer.peerId);
    const { maxStreams, maxStreamsPerViewer } = this.#limits;
    const held = this.all().map((open) => holderOf(open.viewer));
    const hasPlace = own.length < maxStreamsPerViewer &&
      hasPlaceFor(holderOf(viewer), maxStreams, held);
    if (!hasPlace) return "too-many-streams";
    return this.#keep({ key: `s${++this.#lastKey}` as StreamKey, viewer, ...wanted });
  }

  /** The viewer's stream of that name. */
  find(viewer: PageName, stream: Instance): OpenStream | undefined {
    const key = this.#keys.get(nameOf(viewer, stream));
    return key && this.#streams.get(key);
  }

  /** The stream of a key. */
  get(key: StreamKey): OpenStream | undefined {
    return this.#streams.get(key);
  }

  /** The streams of one room. */
  ofRoom(roomId: RoomId): OpenStream[] {
    // There are few, bounded by `maxStreams`: searching all of them is quick.
    return this.all().filter(({ viewer }) => viewer.roomId === roomId);
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
    return open;
  }

  #keep(open: OpenStream): OpenStream {
    this.#streams.set(open.key, open);
    this.#keys.set(nameOf(open.viewer, open.stream), open.key);
    return open;
  }
}

/** Ids have one length each, so joining them is unambiguous. */
function nameOf(viewer: PageName, stream: Instance): string {
  return keyOf(viewer) + stream;
}

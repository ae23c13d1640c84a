import {
  type CameraName,
  FramePace,
  frameResultSchema,
  type LabelledDetection,
  parseJson,
  type PeerId,
  type RelayFrame,
  type RoomId,
  type StreamSettings,
} from "@/protocol";
import * as v from "valibot";
import type { Account } from "../inference/account.ts";
import type { ChildMessage, StreamKey } from "../inference/ipc.ts";
import { accountOf, wholeChunk } from "./frame_chunk.ts";
import type { InferenceProcess } from "./inference_process.ts";
import type { OpenStream } from "./stream_registry.ts";

/** What streams of cameras of the server need of those. */
export interface CameraFrames {
  /** Which camera a peer of a room is; `null`: it is none. */
  cameraOf(roomId: RoomId, peer: PeerId): CameraName | null;
  /** Tells what was found on one of its frames, for {@linkcode CameraStreams.burn}. */
  boxes(camera: CameraName, rtpTimestamp: number, boxes: readonly LabelledDetection[]): void;
  /** Has its frames given to {@linkcode CameraStreams.frame}, so many ms apart; `null`: none. */
  tap(camera: CameraName, minIntervalMs: number | null): void;
}

/** What streams of cameras stand on, and whom they tell. */
export interface CameraStreamsOptions {
  readonly cameras: CameraFrames;
  readonly process: InferenceProcess;
  /** A text of the process for one who shares its stream. */
  deliver(stream: StreamKey, text: string): void;
  readonly nowMs: () => number;
}

/** Pictures with boxes drawn in come this far apart: each frame costs a run of the model. */
const BURN_INTERVAL_MS = 1000 / 15;

/** A stream that the process ended is opened again after this long; one that only moves, sooner. */
const REOPEN_MS = { ended: 2_000, restarting: 250 };

/** One stream of one camera in the process, for all who want the same of it. */
interface Shared {
  readonly key: StreamKey;
  readonly name: string;
  readonly camera: CameraName;
  readonly settings: StreamSettings;
  /** That of the first who took it, or of the first whom the server trusts. */
  account: Account;
  /** Streams of viewers, and how far apart each wants frames. */
  readonly takers: Map<StreamKey, number>;
  readonly pace: FramePace;
  isOpen: boolean;
  openFromMs: number;
}

/**
 * Frames of cameras of the server, which are here already: each is examined once for all who want the same
 * of it, whatever room they are in, and all get the result.
 */
export class CameraStreams {
  readonly #options: CameraStreamsOptions;
  readonly #shared = new Map<string, Shared>();
  readonly #byKey = new Map<StreamKey, Shared>();
  /** By the stream of a viewer. */
  readonly #of = new Map<StreamKey, Shared>();
  readonly #roomOf = new Map<StreamKey, RoomId>();
  #lastKey = 0;

  constructor(options: CameraStreamsOptions) {
    this.#options = options;
  }

  /** Streams in the process. */
  get size(): number {
    return this.#shared.size;
  }

  /** A viewer's stream is so from now on. Says whether a camera's frames are what it is for. */
  set(open: OpenStream): boolean {
    const { relayed, settings, viewer: { roomId }, key } = open;
    const phone = relayed?.phone ?? null;
    const camera = phone === null ? null : this.#options.cameras.cameraOf(roomId, phone);
    const name = camera === null ? null : nameOf(camera, settings);
    if (this.#of.get(key)?.name !== name) this.forget(key);
    if (camera === null || name === null) return false;
    const shared = this.#share({ camera, name, settings, account: accountOf(open.viewer) });
    shared.takers.set(key, relayed!.minIntervalMs);
    this.#of.set(key, shared);
    this.#roomOf.set(key, roomId);
    this.#tap(camera);
    return true;
  }

  /** A camera has gone from a room: nobody there is told any more what is found in it. */
  left(roomId: RoomId, camera: CameraName): void {
    for (const [key, shared] of [...this.#of]) {
      if (shared.camera === camera && this.#roomOf.get(key) === roomId) this.forget(key);
    }
  }

  /** A viewer's stream has ended. */
  forget(key: StreamKey): void {
    const shared = this.#of.get(key);
    if (shared === undefined) return;
    this.#of.delete(key);
    this.#roomOf.delete(key);
    shared.takers.delete(key);
    if (shared.takers.size === 0) {
      this.#shared.delete(shared.name);
      this.#byKey.delete(shared.key);
      this.#options.process.send({ kind: "close", stream: shared.key });
    }
    this.#tap(shared.camera);
  }

  /**
   * What is found on a camera's frames is to be drawn into them. @param settings By what it is looked for;
   * `null`: nothing is to be.
   */
  burn(camera: CameraName, settings: StreamSettings | null): void {
    const key = burnKeyOf(camera);
    this.forget(key);
    if (settings === null) return;
    const name = nameOf(camera, settings);
    // The operator's own: a camera of that kind is.
    const account = { address: "this server", room: "none", isTrusted: true };
    const shared = this.#share({ camera, name, settings, account });
    shared.takers.set(key, BURN_INTERVAL_MS);
    this.#of.set(key, shared);
    this.#tap(camera);
  }

  /** The process that examines them is another one, and knows of no stream. */
  lost(): void {
    for (const shared of this.#shared.values()) shared.isOpen = false;
  }

  /** The camera process is another one and knows of no tap. */
  tapAgain(): void {
    for (const camera of new Set([...this.#shared.values()].map((one) => one.camera))) {
      this.#tap(camera);
    }
  }

  /** A frame of a camera; its id is the RTP timestamp that viewers know it by. */
  frame(camera: CameraName, frame: RelayFrame): void {
    const { process, nowMs } = this.#options;
    for (const shared of this.#shared.values()) {
      if (shared.camera !== camera || !this.#isReady(shared)) continue;
      shared.pace.set(intervalOf(shared));
      if (nowMs() < shared.pace.turnAtMs!) continue;
      shared.pace.taken(nowMs());
      const message = { kind: "message", stream: shared.key, text: null } as const;
      process.send(message, wholeChunk(frame, 0));
    }
  }

  /** Takes what the process says of a stream of these; `false`: it is none. */
  onMessage(message: Extract<ChildMessage, { stream: StreamKey }>): boolean {
    const shared = this.#byKey.get(message.stream);
    if (shared === undefined) return false;
    if (message.kind === "ended") {
      shared.isOpen = false;
      const isMoved = message.cause === "restarting";
      shared.openFromMs = this.#options.nowMs() + REOPEN_MS[isMoved ? "restarting" : "ended"];
    } else if (message.kind === "message") {
      for (const key of shared.takers.keys()) {
        if (key === burnKeyOf(shared.camera)) this.#tellBoxes(shared.camera, message.text);
        else this.#options.deliver(key, message.text);
      }
    }
    return true;
  }

  #tellBoxes(camera: CameraName, text: string): void {
    const parsed = v.safeParse(frameResultSchema, parseJson(text));
    if (!parsed.success) return;
    const { frame_id, detections } = parsed.output;
    this.#options.cameras.boxes(camera, Number(frame_id), detections);
  }

  #share(what: Pick<Shared, "camera" | "name" | "settings" | "account">): Shared {
    const known = this.#shared.get(what.name);
    if (known !== undefined) {
      if (what.account.isTrusted && !known.account.isTrusted) {
        // A stranger's share of the lanes is not what an owner waits for.
        known.account = what.account;
        known.isOpen = false;
      }
      return known;
    }
    const shared: Shared = {
      ...what,
      key: `c${++this.#lastKey}` as StreamKey,
      takers: new Map(),
      pace: new FramePace(),
      isOpen: false,
      openFromMs: -Infinity,
    };
    this.#shared.set(shared.name, shared);
    this.#byKey.set(shared.key, shared);
    return shared;
  }

  /** Opens it where it is not open. */
  #isReady(shared: Shared): boolean {
    const { process, nowMs } = this.#options;
    if (shared.isOpen) return true;
    if (process.state.kind !== "ready" || nowMs() < shared.openFromMs) return false;
    const { key, settings, account } = shared;
    process.send({ kind: "settings", stream: key, settings, account });
    shared.isOpen = true;
    return true;
  }

  #tap(camera: CameraName): void {
    const intervals = [...this.#shared.values()].filter((one) => one.camera === camera)
      .map(intervalOf);
    this.#options.cameras.tap(camera, intervals.length === 0 ? null : Math.min(...intervals));
  }
}

/** Stands among the streams of viewers for those who have boxes drawn into a camera's picture. */
function burnKeyOf(camera: CameraName): StreamKey {
  return `burned ${camera}` as StreamKey;
}

/** As often as the one who wants most. */
function intervalOf({ takers }: Shared): number {
  return Math.min(...takers.values());
}

function nameOf(camera: CameraName, settings: StreamSettings): string {
  const { modelId, scoreThreshold, iouThreshold, classes } = settings;
  return JSON.stringify([camera, modelId, scoreThreshold, iouThreshold, classes]);
}

import * as v from "valibot";
import {
  type FrameDropCause,
  type FromInferenceMessage,
  type StreamSettings,
  toInferenceSchema,
} from "@/protocol";
import type { Counters } from "./counters.ts";
import type { Dispatcher } from "./dispatcher.ts";
import { type CompleteFrame, Intake } from "./intake.ts";
import type { LaneResult } from "./lane_messages.ts";
import { modelIdOf } from "./model_store.ts";
import type { Owner } from "./scheduler.ts";
import { toResult } from "./result.ts";
import { type ObjectTracker, StreamTracker } from "./stream_tracker.ts";
import { TokenBucket } from "../base/token_bucket.ts";

/** Takes texts back to the viewer. */
export interface Transport {
  /** @returns Whether the text went out. */
  send(text: string): boolean;
}

/** What a stream works with. */
export interface StreamDeps {
  readonly counters: Counters;
  readonly dispatcher: Dispatcher;
  /** Whose the stream is. */
  readonly owner: Owner;
  readonly now: () => number;
  /** The stream's own; freed with it. */
  readonly tracker: ObjectTracker;
  /** Of the frames that pages make for the models there are. */
  readonly maxSidePx: () => number;
  /** Class names of a loaded model in class order. */
  labels(name: string): readonly string[];
  /** Takes a copy of each result while the stream is tapped. */
  readonly onResult: (text: string) => void;
}

/** A frame that a lane is done with. */
interface Done {
  readonly frame: Omit<CompleteFrame, "jpeg">;
  readonly lane: LaneResult;
  readonly queueMs: number;
  readonly settings: StreamSettings;
}

/** Clock pings come a few a second at most. */
const TEXT_RATE = { perSecond: 20, burst: 40 };

/** A clock ping has some 40. */
const MAX_TEXT_CHARS = 256;

/** One viewer's frames in, results out, each over the transport that its frame came over. */
export class Stream {
  readonly #key: string;
  readonly #deps: StreamDeps;
  readonly #intake: Intake;
  readonly #tracker: StreamTracker;
  readonly #textRate = new TokenBucket(TEXT_RATE);
  #isTapped = false;
  #isClosed = false;
  #lastMessageMs: number;

  constructor(key: string, deps: StreamDeps) {
    this.#key = key;
    this.#deps = deps;
    this.#intake = new Intake(deps.maxSidePx);
    this.#tracker = new StreamTracker(deps.tracker);
    this.#lastMessageMs = deps.now();
    deps.dispatcher.open(key, deps.owner);
  }

  /** When the viewer was heard of last, ms since the epoch. */
  get lastMessageMs(): number {
    return this.#lastMessageMs;
  }

  /** Whether results are copied to the parent. */
  set isTapped(on: boolean) {
    this.#isTapped = on;
  }

  /** Notes that the viewer is there. */
  touch(): void {
    this.#lastMessageMs = this.#deps.now();
  }

  /** Takes a frame's chunk, or what is to be one. The bytes are the stream's to keep. */
  onChunk(bytes: Uint8Array, transport: Transport): void {
    const { counters, now } = this.#deps;
    const receiveTimeMs = now();
    this.#lastMessageMs = receiveTimeMs;
    counters.bytesReceived += bytes.length;
    const { begun, complete, drops } = this.#intake.push(bytes, receiveTimeMs);
    counters.framesReceived += begun;
    for (const { frameId, cause } of drops) this.#drop(frameId, cause, transport);
    if (complete !== null) this.#submit(complete, transport);
  }

  /** Takes a text: a clock ping, or nothing of ours. */
  onText(text: string, transport: Transport): void {
    const { counters, now } = this.#deps;
    const timeMs = now();
    this.#lastMessageMs = timeMs;
    counters.bytesReceived += text.length;
    const ping = this.#textRate.take(timeMs) ? parsePing(text) : null;
    if (ping === null) {
      counters.messagesRefused += 1;
      return;
    }
    this.#send({ type: "clock-pong", nonce: ping.nonce, time_ms: timeMs }, transport);
  }

  /** Gives up frames whose chunks are overdue. @param transport Where to tell so. */
  sweep(transport: Transport): void {
    const drops = this.#intake.sweep(this.#deps.now());
    for (const { frameId, cause } of drops) this.#drop(frameId, cause, transport);
  }

  /** Ends it; frames in work come to nothing. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#tracker.free();
    for (const { cause } of this.#intake.sweep(Infinity)) this.#deps.counters.drop(cause);
    this.#deps.dispatcher.close(this.#key);
  }

  #submit(frame: CompleteFrame, transport: Transport): void {
    // The callbacks hold `facts` and not the JPEG, which may be long gone when they are called.
    const { jpeg, ...facts } = frame;
    this.#deps.dispatcher.submit(this.#key, {
      ...facts,
      jpeg,
      isFollowed: true,
      isPicture: false,
      onDone: (lane, queueMs, settings) => {
        const frameMs = lane.inferenceTimeMs - facts.receiveTimeMs;
        this.#deps.counters.processed(lane, { queueMs, frameMs });
        if (!this.#isClosed) this.#finish({ frame: facts, lane, queueMs, settings }, transport);
      },
      onDrop: (cause) => this.#drop(facts.frameId, cause, transport),
    });
  }

  #finish({ frame, lane, queueMs, settings }: Done, transport: Transport): void {
    const { modelId: name, scoreThreshold } = settings;
    const labels = this.#deps.labels(name);
    const modelId = modelIdOf(name);
    const result = toResult(
      { frame, lane, modelId, labels, queueMs },
      (detections) => this.#tracker.follow({ frame, detections, modelId: name, scoreThreshold }),
    );
    this.#deps.counters.lasted("post", result.stages_ms["post"]);
    const text = this.#send(result, transport);
    if (this.#isTapped && text !== null) this.#deps.onResult(text);
  }

  #drop(frameId: number | null, cause: FrameDropCause, transport: Transport): void {
    this.#deps.counters.drop(cause);
    if (frameId === null) return;
    this.#send({ type: "drop", frame_id: String(frameId), cause }, transport);
  }

  /** @returns The text; `null` when the stream is closed. */
  #send(message: FromInferenceMessage, transport: Transport): string | null {
    if (this.#isClosed) return null;
    const text = JSON.stringify(message);
    if (transport.send(text)) this.#deps.counters.bytesSent += text.length;
    else this.#deps.counters.resultsUnsent += 1;
    return text;
  }
}

function parsePing(text: string): { nonce: number } | null {
  if (text.length > MAX_TEXT_CHARS) return null;
  try {
    const result = v.safeParse(toInferenceSchema, JSON.parse(text));
    return result.success ? result.output : null;
  } catch {
    return null;
  }
}

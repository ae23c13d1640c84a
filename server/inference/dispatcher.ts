import { type FrameDropCause, MAX_FRAMES_IN_FLIGHT, type StreamSettings } from "@/protocol";
import type { Lane } from "./lane.ts";
import type { FromLane, LaneFailure, LaneResult } from "./lane_messages.ts";
import { type Owner, Scheduler, type Turn } from "./scheduler.ts";

/** Frames of a source whose end is not told at once; a sender that keeps to its window has fewer. */
const MAX_OVERTAKEN = 2 * MAX_FRAMES_IN_FLIGHT;

/** While streams run, pictures have one part of lane time in so many. */
const PICTURE_PART = 4;

/** A stream runs that sent a frame since. */
const STREAM_RUNS_MS = 1_000;

/** One frame on its way through the lanes. Times are ms since the epoch. */
export interface Job {
  readonly jpeg: Uint8Array<ArrayBuffer>;
  /** As its sender says, px; `null` when it says nothing. */
  readonly widthPx: number | null;
  readonly heightPx: number | null;
  /** See `LaneJob`. */
  readonly isFollowed: boolean;
  /** Of no stream. One is in work at a time, and then streams have their turns. */
  readonly isPicture: boolean;
  readonly receiveTimeMs: number;
  readonly expiresAtMs: number;
  /** Called once, unless the process ends: with a result, or with why there is none. */
  readonly onDone: (result: LaneResult, queueMs: number, settings: StreamSettings) => void;
  /** May be kept after the rest of the job; it should not hold the JPEG. */
  readonly onDrop: (cause: FrameDropCause) => void;
}

/** What the dispatcher works with. */
export interface DispatcherOptions {
  readonly lanes: readonly Pick<Lane, "ask">[];
  readonly now: () => number;
  /** @default {setTimeout} */
  readonly later?: (run: () => void, delayMs: number) => void;
  /** Why a frame failed, for the log. */
  readonly onFailure: (message: string) => void;
}

/**
 * Frames of all sources to the lanes, by the {@linkcode Scheduler}'s turns. At most one frame of a source is in work and one
 * waits; at most as many are in work as there are lanes.
 *
 * Frames are run one by one, also where a model's batch axis is dynamic: on a CPU a batch is no
 * faster. YOLOv5n 640×640, ms a frame in batches of 1, 2 and 4: 28.5, 29.1, 29.8 with one thread;
 * 16.8, 16.9, 18.6 with two.
 */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #scheduler = new Scheduler<string, Job>();
  readonly #settings = new Map<string, StreamSettings>();
  #lanes: readonly Pick<Lane, "ask">[];
  #idle: Pick<Lane, "ask">[];
  /** Called when the frames in work are done; `null`: frames are not held back. */
  #onHeld: (() => void) | null = null;
  #contended = 0;
  #lastStreamMs = -Infinity;
  /** Sources with a frame in work. */
  readonly #inWork = new Set<string>();
  /** By source: what to call for frames that were superseded and whose sender does not know yet. */
  readonly #overtaken = new Map<string, Job["onDrop"][]>();

  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.#lanes = options.lanes;
    this.#idle = [...options.lanes];
  }

  /** Takes up a source. Its frames wait until it has settings. */
  open(source: string, owner: Owner): void {
    this.#scheduler.open(source, owner);
  }

  /** What to do with the source's frames from the next one on. */
  setSettings(source: string, settings: StreamSettings): void {
    this.#settings.set(source, settings);
    if (!this.#inWork.has(source)) this.#scheduler.release(source);
    this.#pump();
  }

  /** Lets a source go, and with it the frame that waits. */
  close(source: string): void {
    this.#tellOvertaken(source);
    this.#scheduler.close(source)?.onDrop("superseded");
    this.#settings.delete(source);
  }

  /**
   * Takes a frame of an open source. The sender of one that it supersedes is told when this one's
   * turn comes: told at once, it would send the next one at once, and a server with more to do than
   * it can would make its viewers send more than ever.
   */
  submit(source: string, job: Job): void {
    if (!job.isPicture) this.#lastStreamMs = this.#options.now();
    const superseded = this.#scheduler.offer(source, job);
    if (superseded !== null) {
      const overtaken = this.#overtaken.get(source) ?? [];
      this.#overtaken.set(source, overtaken);
      overtaken.push(superseded.onDrop);
      if (overtaken.length > MAX_OVERTAKEN) overtaken.shift()!("superseded");
    }
    this.#pump();
    if (this.#idle.length === 0 && this.#onHeld === null && !this.#inWork.has(source)) {
      this.#contended += 1;
    }
  }

  /** Begins no frame from now on; resolves when none is in work. */
  hold(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onHeld = resolve;
    this.#tellHeld();
    return promise;
  }

  /** Goes on, with these lanes. To be called after {@linkcode Dispatcher.hold} has resolved. */
  go(lanes: readonly Pick<Lane, "ask">[]): void {
    this.#lanes = lanes;
    this.#idle = [...lanes];
    this.#onHeld = null;
    this.#pump();
  }

  /** Frames that came while every lane was busy, although none of their own source was in work. */
  get contended(): number {
    return this.#contended;
  }

  /** Gives up what has waited too long, even while no lane becomes free. */
  sweep(): void {
    for (const { stream, frame } of this.#scheduler.expire(this.#options.now())) {
      this.#tellOvertaken(stream);
      frame.onDrop("expired");
    }
  }

  /** Frames that wait now. */
  get waiting(): number {
    return this.#scheduler.waiting;
  }

  #pump(): void {
    if (this.#idle.length === 0 || this.#onHeld !== null) return;
    this.sweep();
    while (this.#idle.length > 0) {
      const next = this.#scheduler.take();
      if (next === null) return;
      void this.#work(this.#idle.pop()!, next);
    }
  }

  /** A picture may be as costly as many frames, and a lane is not to be had back before it is done. */
  #restFromPictures(laneMs: number): void {
    const { now, later = setTimeout } = this.#options;
    const goOn = () => {
      this.#scheduler.holdsPictures = false;
      this.#pump();
    };
    if (now() - this.#lastStreamMs > STREAM_RUNS_MS) goOn();
    else later(goOn, (PICTURE_PART - 1) * laneMs);
  }

  #tellHeld(): void {
    if (this.#idle.length === this.#lanes.length) this.#onHeld?.();
  }

  #tellOvertaken(source: string): void {
    const overtaken = this.#overtaken.get(source);
    this.#overtaken.delete(source);
    for (const onDrop of overtaken ?? []) onDrop("superseded");
  }

  async #work(
    lane: Pick<Lane, "ask">,
    { stream: source, frame: job, spend }: Turn<string, Job>,
  ): Promise<void> {
    const startMs = this.#options.now();
    const queueMs = startMs - job.receiveTimeMs;
    const settings = this.#settings.get(source)!;
    const { jpeg, widthPx, heightPx, isFollowed, isPicture } = job;
    this.#inWork.add(source);
    if (job.isPicture) this.#scheduler.holdsPictures = true;
    this.#tellOvertaken(source);
    const frame = { jpeg, widthPx, heightPx, settings, isFollowed, isPicture };
    const answer = await lane.ask({ kind: "frame", job: frame }, [jpeg.buffer])
      .catch((error): FromLane => ({ kind: "failed", message: String(error) }));
    const laneMs = this.#options.now() - startMs;
    spend(laneMs);
    if (job.isPicture) this.#restFromPictures(laneMs);
    this.#inWork.delete(source);
    this.#idle.push(lane);
    this.#tellHeld();
    if (this.#settings.has(source)) this.#scheduler.release(source);
    this.#pump();
    if (answer.kind === "done") return job.onDone(answer.result, queueMs, settings);
    const { cause, message } = failureOf(answer);
    if (cause === "failed") this.#options.onFailure(message);
    job.onDrop(cause);
  }
}

function failureOf(answer: Exclude<FromLane, { kind: "done" }>): LaneFailure {
  if (answer.kind === "undone") return answer.failure;
  const message = answer.kind === "failed" ? answer.message : `Unexpected ${answer.kind}`;
  return { cause: "failed", message };
}

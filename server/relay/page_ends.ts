import {
  type Bucket,
  framesAfter,
  type FromRelayTopic,
  MAX_RELAY_IN_FLIGHT,
  type PeerId,
  type RelayFrame,
  takeToken,
} from "@/protocol";
import type { Topic } from "../link/bulk.ts";
import type { RoomPage } from "../link/page.ts";
import type { RelayCounters } from "./counters.ts";
import { FRAME_RATE, KIB_RATE } from "./limits.ts";

/** One page's end of a relay, on the server's side. Times: ms, never going back. */
abstract class PageEnd {
  readonly page: RoomPage;
  readonly topic: Topic;
  protected readonly counters: RelayCounters;
  #isReady = false;
  /** Since when the page does not hear it. */
  #sinceMs: number;

  constructor(
    page: RoomPage,
    { topic, counters, nowMs }: { topic: Topic; counters: RelayCounters; nowMs: number },
  ) {
    this.page = page;
    this.topic = topic;
    this.counters = counters;
    this.#sinceMs = nowMs;
  }

  /** Whether the page hears its topic now. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** The page hears its topic. */
  ready(): void {
    this.#isReady = true;
  }

  /** The page has lost its bulk link. */
  unlinked(nowMs: number): void {
    this.#isReady = false;
    this.#sinceMs = nowMs;
  }

  /** For how long the page has not heard its topic. */
  unheardForMs(nowMs: number): number {
    return this.#isReady ? 0 : nowMs - this.#sinceMs;
  }

  /** Sends, and says whether the page hears it. */
  say(message: FromRelayTopic): boolean {
    return this.#isReady && this.topic.send(JSON.stringify(message));
  }
}

/** A frame, and the record that it came as. */
export interface PassedFrame {
  readonly frame: RelayFrame;
  readonly message: Uint8Array<ArrayBuffer>;
}

/** A viewer of one phone: at most two frames are on their way to it, and the newest one waits. */
export class ViewerEnd extends PageEnd {
  readonly phone: PhoneEnd;
  readonly #onSent: (frame: RelayFrame) => void;
  #waiting: PassedFrame | null = null;
  #inFlight: readonly number[] = [];
  #acked: number | null = null;

  constructor(
    page: RoomPage,
    { phone, onSent, ...how }: ConstructorParameters<typeof PageEnd>[1] & {
      readonly phone: PhoneEnd;
      /** Told of each frame that goes out, after that. */
      readonly onSent: (frame: RelayFrame) => void;
    },
  ) {
    super(page, how);
    this.phone = phone;
    this.#onSent = onSent;
  }

  /** The newest frame that it is done with. */
  get acked(): number | null {
    return this.#acked;
  }

  /** Whether no frame waits for it or is on its way to it. */
  get isIdle(): boolean {
    return this.#waiting === null && this.#inFlight.length === 0;
  }

  override ready(): void {
    super.ready();
    this.#pump();
  }

  override unlinked(nowMs: number): void {
    this.#inFlight = [];
    super.unlinked(nowMs);
  }

  /** A frame for it: now, or when there is room; the one that waited is lost. */
  offer(frame: PassedFrame): void {
    if (this.#waiting !== null) this.counters.framesDropped.replaced += 1;
    this.#waiting = frame;
    this.#pump();
  }

  /** It is done with this frame and those before. Of frames that it never got nothing is believed. */
  ack(frameId: number): void {
    if (!this.#inFlight.includes(frameId)) return;
    const left = this.#inFlight.filter((id) => framesAfter(id, frameId) > 0);
    this.counters.framesAcked += this.#inFlight.length - left.length;
    this.#inFlight = left;
    this.#acked = frameId;
    this.#pump();
  }

  /** It goes: what waited for it is lost. */
  leave(): void {
    if (this.#waiting !== null) this.counters.framesDropped["viewer-gone"] += 1;
    this.#waiting = null;
    this.#inFlight = [];
    this.topic.close();
  }

  #pump(): void {
    const passed = this.#waiting;
    if (passed === null || !this.isReady) return;
    if (this.#inFlight.length >= MAX_RELAY_IN_FLIGHT) return;
    this.#waiting = null;
    this.#inFlight = [...this.#inFlight, passed.frame.frameId];
    this.counters.framesSent += 1;
    this.counters.bytesSent += passed.message.length;
    this.topic.send(passed.message);
    this.#onSent(passed.frame);
  }
}

/** A phone whose frames are wanted, and by whom. */
export class PhoneEnd extends PageEnd {
  readonly viewers = new Map<PeerId, ViewerEnd>();
  #frames: Bucket = null;
  #kib: Bucket = null;
  #last: number | null = null;
  #settled: number | null = null;

  override ready(): void {
    super.ready();
    this.tellViewers();
  }

  /** Takes a frame for all viewers. */
  receive(passed: PassedFrame, nowMs: number): void {
    const { framesDropped } = this.counters;
    const { frame: { frameId }, message } = passed;
    if (this.#last !== null && framesAfter(frameId, this.#last) <= 0) {
      framesDropped.stale += 1;
      return;
    }
    this.#last = frameId;
    if (!this.#mayTake(message.length, nowMs)) {
      framesDropped["too-fast"] += 1;
      return;
    }
    if (this.viewers.size === 0) framesDropped["no-viewer"] += 1;
    for (const viewer of this.viewers.values()) viewer.offer(passed);
    this.settle();
  }

  /** Tells the phone which frames are dealt with: by the quickest viewer, or by all that are left. */
  settle(): void {
    const viewers = [...this.viewers.values()];
    const done = viewers.every((viewer) => viewer.isIdle)
      ? this.#last
      : viewers.map(({ acked }) => acked).reduce(newest, null);
    if (done === null || newest(done, this.#settled) === this.#settled) return;
    this.#settled = done;
    this.say({ type: "ack", frame: done });
  }

  /** Tells the phone who gets its frames. */
  tellViewers(): void {
    this.say({ type: "viewers", viewers: [...this.viewers.keys()] });
  }

  #mayTake(bytes: number, nowMs: number): boolean {
    const frames = takeToken(this.#frames, FRAME_RATE, nowMs);
    this.#frames = frames.bucket;
    if (frames.waitMs > 0) return false;
    const kib = takeToken(this.#kib, KIB_RATE, nowMs, Math.ceil(bytes / 1024));
    this.#kib = kib.bucket;
    return kib.waitMs === 0;
  }
}

function newest(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return framesAfter(a, b) > 0 ? a : b;
}

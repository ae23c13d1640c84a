import {
  framesAfter,
  MAX_RELAY_IN_FLIGHT,
  type PeerId,
  RELAY_SILENCE_MS,
  type RelayCloseReason,
} from "@/protocol";
import { type Bucket, take } from "../signaling/rate_limit.ts";
import type { Viewer } from "../signaling/stream_events.ts";
import { countOne, type RelayCounters } from "./counters.ts";
import { FRAME_RATE, KIB_RATE, MAX_WIRE_BACKLOG_BYTES, TEXT_RATE } from "./limits.ts";
import type { RelayWire } from "./wire.ts";

/** One page's place in a relay, with its wire while it has one. Times: ms, never going back. */
export abstract class Seat {
  readonly page: Viewer;
  protected readonly counters: RelayCounters;
  #wire: RelayWire | null = null;
  #heardMs: number;
  #texts: Bucket = null;

  constructor(page: Viewer, { counters, nowMs }: { counters: RelayCounters; nowMs: number }) {
    this.page = page;
    this.counters = counters;
    this.#heardMs = nowMs;
  }

  /** Its wire; `null`: not opened yet, or lost. */
  get wire(): RelayWire | null {
    return this.#wire;
  }

  /** Takes a wire; an older one is closed. */
  attach(wire: RelayWire, nowMs: number): void {
    this.close("replaced");
    this.#wire = wire;
    this.#heardMs = nowMs;
  }

  /** Its wire has ended by itself. */
  detach(nowMs: number): void {
    this.#wire = null;
    this.#heardMs = nowMs;
  }

  /** Ends its wire, if there is one. */
  close(reason: RelayCloseReason): void {
    const wire = this.#wire;
    if (wire === null) return;
    this.#wire = null;
    countOne(this.counters.wiresClosed, reason);
    wire.close(reason);
  }

  /** Notes a sign of life; whether one more text message may be taken. */
  hear(nowMs: number, isText: boolean): boolean {
    this.#heardMs = nowMs;
    if (!isText) return true;
    const { bucket, waitMs } = take(this.#texts, TEXT_RATE, nowMs);
    this.#texts = bucket;
    return waitMs === 0;
  }

  /** Whether nothing was heard for so long; of a seat without a wire, since it lost it. */
  isSilent(nowMs: number, afterMs = RELAY_SILENCE_MS): boolean {
    return nowMs - this.#heardMs >= afterMs;
  }

  /** Sends, and says whether there was a wire that takes it. */
  send(message: string | Uint8Array<ArrayBuffer>): boolean {
    if (this.#wire === null) return false;
    this.#wire.send(message);
    if (this.#wire !== null && this.#wire.bufferedBytes() > MAX_WIRE_BACKLOG_BYTES) {
      this.close("backlog");
    }
    return true;
  }
}

interface WaitingFrame {
  readonly frameId: number;
  readonly message: Uint8Array<ArrayBuffer>;
}

/** A viewer of one phone: at most two frames are on their way to it, and the newest one waits. */
export class ViewerSeat extends Seat {
  readonly phone: PhoneSeat;
  #waiting: WaitingFrame | null = null;
  #inFlight: readonly number[] = [];
  #acked: number | null = null;

  constructor(page: Viewer, phone: PhoneSeat, how: { counters: RelayCounters; nowMs: number }) {
    super(page, how);
    this.phone = phone;
  }

  /** The newest frame that it is done with. */
  get acked(): number | null {
    return this.#acked;
  }

  /** Whether no frame waits for it or is on its way to it. */
  get isIdle(): boolean {
    return this.#waiting === null && this.#inFlight.length === 0;
  }

  override attach(wire: RelayWire, nowMs: number): void {
    // What was under way on the older wire is not coming any more.
    this.#inFlight = [];
    super.attach(wire, nowMs);
  }

  override detach(nowMs: number): void {
    this.#inFlight = [];
    super.detach(nowMs);
  }

  /** A frame for it: now, or when there is room; the one that waited is lost. */
  offer(frame: WaitingFrame): void {
    if (this.#waiting !== null) countOne(this.counters.framesDropped, "replaced");
    this.#waiting = frame;
    this.pump();
  }

  /** It is done with this frame and those before. Of frames that it never got nothing is believed. */
  ack(frameId: number): void {
    if (!this.#inFlight.includes(frameId)) return;
    const left = this.#inFlight.filter((id) => framesAfter(id, frameId) > 0);
    this.counters.framesAcked += this.#inFlight.length - left.length;
    this.#inFlight = left;
    this.#acked = frameId;
    this.pump();
  }

  /** Sends what waits if there is room. */
  pump(): void {
    const frame = this.#waiting;
    if (frame === null || this.wire === null) return;
    if (this.#inFlight.length >= MAX_RELAY_IN_FLIGHT) return;
    this.#waiting = null;
    this.#inFlight = [...this.#inFlight, frame.frameId];
    this.counters.framesSent += 1;
    this.counters.bytesSent += frame.message.length;
    this.send(frame.message);
  }

  /** It goes: what waited for it is lost. */
  leave(): void {
    if (this.#waiting !== null) countOne(this.counters.framesDropped, "viewer-gone");
    this.#waiting = null;
    this.#inFlight = [];
  }
}

/** A phone whose frames are wanted, and by whom. */
export class PhoneSeat extends Seat {
  readonly viewers = new Map<PeerId, ViewerSeat>();
  #frames: Bucket = null;
  #kib: Bucket = null;
  #last: number | null = null;
  #settled: number | null = null;

  /** Takes a frame for all viewers. @param frameId From its header, which is the caller's to check. */
  receive(frameId: number, message: Uint8Array<ArrayBuffer>, nowMs: number): void {
    const { framesDropped } = this.counters;
    if (this.#last !== null && framesAfter(frameId, this.#last) <= 0) {
      return countOne(framesDropped, "stale");
    }
    this.#last = frameId;
    if (!this.#mayTake(message.length, nowMs)) return countOne(framesDropped, "too-fast");
    if (this.viewers.size === 0) countOne(framesDropped, "no-viewer");
    for (const viewer of this.viewers.values()) viewer.offer({ frameId, message });
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
    this.send(JSON.stringify({ type: "ack", frame: done }));
  }

  /** Tells the phone who gets its frames. */
  tellViewers(): void {
    this.send(JSON.stringify({ type: "viewers", viewers: [...this.viewers.keys()] }));
  }

  #mayTake(bytes: number, nowMs: number): boolean {
    const frames = take(this.#frames, FRAME_RATE, nowMs);
    this.#frames = frames.bucket;
    if (frames.waitMs > 0) return false;
    const kib = take(this.#kib, KIB_RATE, nowMs, Math.ceil(bytes / 1024));
    this.#kib = kib.bucket;
    return kib.waitMs === 0;
  }
}

function newest(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return framesAfter(a, b) > 0 ? a : b;
}

import { encodeFrame, type FrameDropMessage, type FrameResultMessage } from "@/protocol";
import { SendWindow } from "./send_window.ts";
import type { StreamLink } from "./link.ts";

/** Frames to send over and over. */
export interface Recording {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly jpegs: readonly Uint8Array[];
}

/** What one stream saw while it was measured. Columns of equal length, a value a result, ms. */
export interface StreamResult {
  readonly processed: number;
  /** Offered and never sent, because a newer frame took the place. */
  readonly replaced: number;
  /** Sent and never answered. */
  readonly lost: number;
  /** Given up by the server, by its own words. */
  readonly drops: Readonly<Record<string, number>>;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly columns: Readonly<Record<string, readonly number[]>>;
  /** The text of the last result; `null` when there was none. */
  readonly lastResult: string | null;
}

/** Larger than any frame of a recording: each is one message. */
const MAX_MESSAGE_BYTES = 200_000;

/** Twice what a frame may be old; what is answered later is worth nothing. */
const ANSWER_TIMEOUT_MS = 1_000;

/** A link that is behind by more gets no further frame: it would come late. */
const MAX_BUFFERED_BYTES = 128 * 1024;

const nowMs = () => performance.timeOrigin + performance.now();

/** How a stream sends. */
export interface LoadStreamOptions {
  /** The next frame as soon as there is room, without a clock. */
  readonly isGreedy: boolean;
  /** Frames on their way at most. */
  readonly windowFrames: number;
}

/** One stream under load. Counts only between {@linkcode LoadStream.begin} and {@linkcode LoadStream.end}. */
export class LoadStream {
  readonly #link: StreamLink;
  readonly #recording: Recording;
  readonly #window: SendWindow<number>;
  readonly #isGreedy: boolean;
  #nextId = 0;
  #isMeasured = false;
  #isStopped = false;
  #before = { replaced: 0, lost: 0 };
  #processed = 0;
  #bytesSent = 0;
  #bytesReceived = 0;
  #lastResult: string | null = null;
  readonly #drops: Record<string, number> = {};
  readonly #columns: Record<string, number[]> = {};

  constructor(
    link: StreamLink,
    recording: Recording,
    { isGreedy, windowFrames }: LoadStreamOptions,
  ) {
    this.#window = new SendWindow(windowFrames, ANSWER_TIMEOUT_MS);
    this.#link = link;
    this.#recording = recording;
    this.#isGreedy = isGreedy;
    link.results.onMessage((text) => {
      if (typeof text === "string" && !this.#isStopped) this.#onText(text);
    });
  }

  /** Offers a frame taken now, and lets go of frames that got no answer. */
  tick(): void {
    this.#window.expire(nowMs());
    if (this.#isGreedy) return this.#fill();
    this.#window.offer(nowMs());
    this.#send();
  }

  /** Counts from now on. */
  begin(): void {
    this.#isMeasured = true;
    this.#before = { replaced: this.#window.replaced, lost: this.#window.lost };
  }

  /** Stops, and answers what was counted. */
  end(): StreamResult {
    this.#isStopped = true;
    const { replaced, lost } = this.#window;
    return {
      processed: this.#processed,
      replaced: replaced - this.#before.replaced,
      lost: lost - this.#before.lost,
      drops: this.#drops,
      bytesSent: this.#bytesSent,
      bytesReceived: this.#bytesReceived,
      columns: this.#columns,
      lastResult: this.#lastResult,
    };
  }

  #fill(): void {
    while (this.#window.hasRoom) {
      this.#window.offer(nowMs());
      if (!this.#send()) return;
    }
  }

  #send(): boolean {
    if (this.#link.frames.bufferedAmount() > MAX_BUFFERED_BYTES) return false;
    const atMs = nowMs();
    const frameId = this.#nextId;
    const captureTimeMs = this.#window.take(frameId, atMs);
    if (captureTimeMs === null) return false;
    this.#nextId += 1;
    const { widthPx, heightPx, jpegs } = this.#recording;
    const jpeg = jpegs[frameId % jpegs.length]!;
    const ageMs = Math.round(atMs - captureTimeMs);
    const frame = { frameId, widthPx, heightPx, captureTimeMs, captureClock: null, ageMs, jpeg };
    const [message] = encodeFrame(frame, MAX_MESSAGE_BYTES);
    if (message === undefined) return false;
    if (this.#isMeasured) this.#bytesSent += message.length;
    return this.#link.frames.sendMessageBinary(message);
  }

  #onText(text: string): void {
    const answer: FrameResultMessage | FrameDropMessage = JSON.parse(text);
    // Others are about no frame.
    if (!("frame_id" in answer)) return;
    const slot = this.#window.settle(Number(answer.frame_id));
    if (slot !== null && this.#isMeasured) {
      this.#bytesReceived += text.length;
      if ("cause" in answer) this.#drops[answer.cause] = (this.#drops[answer.cause] ?? 0) + 1;
      else {
        this.#processed += 1;
        this.#lastResult = text;
        this.#note("server", answer.inference_ts - answer.recv_ts);
        this.#note("queue", answer.queue_ms);
        this.#note("round_trip", nowMs() - slot.sentAtMs);
        for (const [stage, ms] of Object.entries(answer.stages_ms)) this.#note(stage, ms);
      }
    }
    if (this.#isGreedy) this.#fill();
    else this.#send();
  }

  #note(column: string, ms: number): void {
    (this.#columns[column] ??= []).push(ms);
  }
}

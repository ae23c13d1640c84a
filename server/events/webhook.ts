import {
  EVENT_LOSS_CAUSES,
  type EventLossCause,
  type EventOutcome,
  type RoomId,
  type ZoneEvent,
} from "@/protocol";
import type { Log } from "../base/log.ts";
import { OutcomeBook } from "./outcome_book.ts";
import { RoomQueue } from "./room_queue.ts";
import type { WebhookConfig } from "../base/webhook_config.ts";
import { type Attempt, attempt, toMessage, type WebhookMessage } from "./webhook_request.ts";

/** Events that wait while one is sent: with their pictures some 18 MB. */
export const MAX_QUEUE = 64;

/** Pauses before the next tries; a receiver that restarts is back by then. */
const PAUSES_MS = [1_000, 3_000, 9_000];

/** No receiver may hold the queue up for longer. */
const MAX_PAUSE_MS = 30_000;

/** Counts go into the log this often, if they changed. */
const LOG_MS = 60_000;

/** What events are sent with. */
export interface WebhookOptions {
  readonly config: WebhookConfig;
  readonly log: Log;
  /** @default {globalThis.fetch} */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** Ms since the epoch, by which the receiver tells how old a request is. @default {Date.now} */
  readonly now?: () => number;
  /** Waits; ends early with the signal. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly timeoutMs?: number;
}

/** Totals since the start. */
export interface WebhookCounts {
  readonly waiting: number;
  readonly delivered: number;
  readonly lost: Readonly<Record<EventLossCause, number>>;
}

interface Waiting {
  readonly roomId: RoomId;
  readonly message: WebhookMessage;
}

/**
 * Sends events to the one configured address: one at a time, each room's in order, several tries each. The
 * queue is bounded and shared fairly by rooms. Nothing is kept on disk.
 */
export class Webhook {
  readonly #options:
    & Required<Omit<WebhookOptions, "timeoutMs">>
    & Pick<WebhookOptions, "timeoutMs">;
  readonly #book = new OutcomeBook();
  readonly #lost = Object.fromEntries(EVENT_LOSS_CAUSES.map((cause) => [cause, 0])) as Record<
    EventLossCause,
    number
  >;
  readonly #stop = new AbortController();
  readonly #queue = new RoomQueue<Waiting>(MAX_QUEUE);
  #isSending = false;
  #delivered = 0;
  /** Of the last event; a change of it is told. */
  #isWell: boolean | null = null;
  #logged = "";
  #loggedAtMs = 0;

  constructor(options: WebhookOptions) {
    this.#options = {
      fetch: (url, init) => fetch(url, init),
      now: Date.now,
      pause: sleep,
      ...options,
    };
  }

  /** Takes an event. One that is known already, and not lost, is not sent twice. */
  offer(roomId: RoomId, event: ZoneEvent): void {
    const known = this.#book.get(roomId, event.id);
    if (known !== undefined && known.state !== "lost") return;
    if (this.#stop.signal.aborted) return this.#loose(roomId, event.id, "closed", null);
    this.#book.set(roomId, { id: event.id, state: "waiting" });
    const out = this.#queue.push({ roomId, message: toMessage(roomId, event) });
    if (out !== null) this.#loose(out.roomId, out.message.id, "overflow", null);
    void this.#work();
  }

  /** What has become of a room's newest events. */
  outcomes(roomId: RoomId): readonly EventOutcome[] {
    return this.#book.of(roomId);
  }

  get counts(): WebhookCounts {
    const waiting = this.#queue.size + (this.#isSending ? 1 : 0);
    return { waiting, delivered: this.#delivered, lost: { ...this.#lost } };
  }

  /** To be called about once a second. */
  sweep(): void {
    if (performance.now() - this.#loggedAtMs >= LOG_MS) this.#logCounts();
  }

  /** Sends nothing any more. */
  close(): void {
    this.#stop.abort();
    for (const { roomId, message } of this.#queue.drain()) {
      this.#loose(roomId, message.id, "closed", null);
    }
    this.#logCounts();
  }

  async #work(): Promise<void> {
    if (this.#isSending) return;
    this.#isSending = true;
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      await this.#deliver(next);
    }
    this.#isSending = false;
  }

  async #deliver({ roomId, message }: Waiting): Promise<void> {
    const { signal } = this.#stop;
    for (const pauseMs of [...PAUSES_MS, null]) {
      const result = await this.#try(message);
      if (result.kind === "delivered") return this.#done(roomId, message.id, result.status);
      const { status } = result;
      if (signal.aborted) return this.#loose(roomId, message.id, "closed", status);
      if (result.kind === "final" || pauseMs === null) {
        this.#tell(false, { cause: result.cause, status });
        return this.#loose(roomId, message.id, result.cause, status);
      }
      await this.#options.pause(Math.min(MAX_PAUSE_MS, result.afterMs ?? pauseMs), signal);
      if (signal.aborted) return this.#loose(roomId, message.id, "closed", status);
    }
  }

  #try(message: WebhookMessage): Promise<Attempt> {
    const { config, fetch, now, timeoutMs } = this.#options;
    const { signal } = this.#stop;
    return attempt(config, message, {
      fetch,
      nowMs: now(),
      signal,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    });
  }

  #done(roomId: RoomId, id: string, status: number): void {
    this.#delivered += 1;
    this.#book.set(roomId, { id, state: "delivered", status });
    this.#tell(true, { status });
  }

  #loose(roomId: RoomId, id: string, cause: EventLossCause, status: number | null): void {
    this.#lost[cause] += 1;
    this.#book.set(roomId, { id, state: "lost", cause, status });
  }

  #tell(isWell: boolean, facts: Readonly<Record<string, string | number | null>>): void {
    if (isWell === this.#isWell) return;
    this.#isWell = isWell;
    const { log, config } = this.#options;
    const fields = { host: config.host, ...facts };
    if (isWell) log.info("webhook works", fields);
    else log.warn("webhook fails", fields);
  }

  #logCounts(): void {
    const { log } = this.#options;
    this.#loggedAtMs = performance.now();
    const { waiting, delivered, lost } = this.counts;
    const losses = Object.fromEntries(Object.entries(lost).filter(([, count]) => count > 0));
    const total = JSON.stringify([delivered, losses]);
    if (total === this.#logged || delivered + Object.keys(losses).length === 0) return;
    this.#logged = total;
    log.info("webhook counts", { waiting, delivered, ...losses });
  }
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    }, { once: true });
  });
}

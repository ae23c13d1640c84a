import { type EventOutcome, parseEventOutcomes, type ZoneEvent } from "@/protocol";
import type { Timers } from "../base/timers.ts";
import { LOSS_SENTENCES } from "./delivery_words.ts";
import type { DeliveryView } from "./zones_state.ts";

/** Events that wait on this page; more come only when objects flood a zone. */
export const MAX_WAITING = 32;

/** The server is asked this often what became of those it took. */
const ASK_MS = 1_500;

/** A server that has not spoken of an event for so long will not. */
const MAX_ASKED_MS = 120_000;

/** Pauses before the next tries to reach the server. */
const PAUSES_MS = [1_000, 3_000];

/** What events are sent with, and who is told. */
export interface EventSenderOptions {
  readonly timers: Timers;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** Of the room's events. */
  readonly url: string;
  /** The owner's. */
  readonly token: string;
  onDelivery(id: string, delivery: DeliveryView): void;
}

/** Sends events to the server, one after the other, and asks what the webhook said to them. */
export class EventSender {
  readonly #options: EventSenderOptions;
  #queue: ZoneEvent[] = [];
  /** Those that the server took, and when it last spoke of them. */
  readonly #taken = new Map<string, number>();
  #isOn = false;
  #isSending = false;
  /** Ends what is under way when it is switched off. */
  #abort = new AbortController();
  #askTimer: number | undefined;

  constructor(options: EventSenderOptions) {
    this.#options = options;
  }

  /** Off, nothing leaves any more: not what waits either. */
  set(isOn: boolean): void {
    if (isOn === this.#isOn) return;
    this.#isOn = isOn;
    if (isOn) return;
    this.#abort.abort();
    this.#abort = new AbortController();
    for (const { id } of this.#queue) this.#lost(id, "Sending was switched off.");
    this.#queue = [];
  }

  /** Sends an event, unless it is switched off. */
  add(event: ZoneEvent): void {
    if (!this.#isOn) return;
    this.#options.onDelivery(event.id, { kind: "sending" });
    this.#queue.push(event);
    if (this.#queue.length > MAX_WAITING) {
      this.#lost(this.#queue.shift()!.id, "Too many at once: newer events took its place.");
    }
    void this.#work();
  }

  async #work(): Promise<void> {
    if (this.#isSending) return;
    this.#isSending = true;
    for (let event = this.#queue.shift(); event !== undefined; event = this.#queue.shift()) {
      await this.#send(event, this.#abort.signal);
    }
    this.#isSending = false;
  }

  async #send(event: ZoneEvent, signal: AbortSignal): Promise<void> {
    for (const pauseMs of [...PAUSES_MS, null]) {
      if (signal.aborted) return this.#lost(event.id, "Sending was switched off.");
      const answer = await this.#ask("POST", { body: JSON.stringify(event), signal });
      if (answer?.ok) {
        this.#taken.set(event.id, this.#options.timers.nowMs());
        return this.#askSoon();
      }
      if (signal.aborted) continue;
      const isFinal = answer !== null && answer.status !== 429 && answer.status < 500;
      if (isFinal || pauseMs === null) return this.#lost(event.id, await refusalOf(answer));
      await answer?.body?.cancel();
      await this.#pause(pauseMs);
    }
    this.#lost(event.id, "Sending was switched off.");
  }

  #askSoon(): void {
    this.#askTimer ??= this.#options.timers.setTimeout(() => {
      this.#askTimer = undefined;
      void this.#askOutcomes();
    }, ASK_MS);
  }

  async #askOutcomes(): Promise<void> {
    const answer = await this.#ask("GET", {});
    if (answer?.ok) {
      const outcomes = await answer.json().then(parseEventOutcomes).catch(() => []);
      for (const outcome of outcomes) this.#settle(outcome);
    } else await answer?.body?.cancel();
    const { timers } = this.#options;
    for (const [id, spokenMs] of this.#taken) {
      if (timers.nowMs() - spokenMs > MAX_ASKED_MS) {
        this.#lost(id, "The server did not report the outcome.");
      }
    }
    if (this.#taken.size > 0) this.#askSoon();
  }

  #settle(outcome: EventOutcome): void {
    if (!this.#taken.has(outcome.id)) return;
    if (outcome.state === "waiting") {
      this.#taken.set(outcome.id, this.#options.timers.nowMs());
      return;
    }
    this.#taken.delete(outcome.id);
    if (outcome.state === "delivered") {
      return this.#options.onDelivery(outcome.id, { kind: "delivered" });
    }
    const status = outcome.status === null ? "" : ` (status ${outcome.status})`;
    this.#lost(outcome.id, `${LOSS_SENTENCES[outcome.cause]}${status}.`);
  }

  #lost(id: string, why: string): void {
    this.#taken.delete(id);
    this.#options.onDelivery(id, { kind: "lost", why });
  }

  /** `null`: the server was not reached. */
  async #ask(method: string, init: RequestInit): Promise<Response | null> {
    const { fetch, url, token } = this.#options;
    const headers = {
      Authorization: `Bearer ${token}`,
      ...(init.body === undefined ? {} : { "Content-Type": "application/json" }),
    };
    return await fetch(url, { ...init, method, headers }).catch(() => null);
  }

  #pause(forMs: number): Promise<void> {
    return new Promise((resolve) => this.#options.timers.setTimeout(resolve, forMs));
  }
}

/** The server's own sentence where it gives one. */
async function refusalOf(answer: Response | null): Promise<string> {
  if (answer === null) return "The server could not be reached.";
  const body = await answer.json().catch(() => null) as { message?: unknown } | null;
  const message = typeof body?.message === "string" ? body.message.slice(0, 200) : null;
  return message === null ? `The server answered ${answer.status}.` : `${message}.`;
}

import type { Instance } from "@/protocol";
import type { Log } from "../base/log.ts";
import type { WatchPage } from "../base/page_events.ts";
import type { Timers } from "../base/timers.ts";
import { listen, send, type WorkerHandle } from "../base/worker_handle.ts";
import { backoffMs, EARLY_PAUSES } from "./backoff.ts";
import type { FromBulk, ToBulk } from "./bulk_messages.ts";
import type { OpenTopic } from "./topic.ts";
import type { TransportAttempt, TransportMemory } from "./transport_choice.ts";

/** What the page's side of a bulk link is given, and whom it tells. */
export interface BulkHostOptions {
  /** Origin of the server. */
  readonly origin: string;
  /** Makes a Worker for it that has not been sent anything yet. */
  startWorker(): WorkerHandle;
  readonly transports: Pick<TransportMemory, "history">;
  readonly timers: Timers;
  readonly watchPage: WatchPage;
  readonly log: Log;
  /** Asks the server for a ticket, on the control link. */
  askForTicket(): void;
  /** There are topics now, or none any more. */
  onUse(isUsed: boolean): void;
}

/**
 * This page's topics, and the Worker that has the bulk link, for as long as there are any. It keeps the
 * ports of topics until the Worker runs: on a poor network its file may come at the second try.
 */
export class BulkHost {
  readonly #options: BulkHostOptions;
  readonly #topics = new Map<number, Omit<Extract<ToBulk, { kind: "open" }>, "kind">>();
  #worker: WorkerHandle | null = null;
  #isReady = false;
  #failures = 0;
  #timer: number | undefined;
  #stopWatching = () => {};
  #lastId = 0;

  constructor(options: BulkHostOptions) {
    this.#options = options;
  }

  /** See {@linkcode OpenTopic}. */
  readonly open: OpenTopic = (topic, bytesPort) => {
    const { port1, port2 } = new MessageChannel();
    const id = ++this.#lastId;
    const isFirst = this.#topics.size === 0;
    this.#topics.set(id, { id, topic, port: port2, bytesPort: bytesPort ?? null });
    if (isFirst) this.#begin();
    else if (this.#isReady) this.#give(id);
    return { port: port1, close: () => this.#close(id) };
  };

  /** The server gave a ticket. */
  ticket(ticket: Instance): void {
    this.#say({ kind: "ticket", ticket });
  }

  /** See `Bulk.wake`. */
  wake(wasSilent: boolean): void {
    this.#say({ kind: "wake", wasSilent });
  }

  /** The control link has learned something of transports. */
  note(attempt: TransportAttempt): void {
    this.#say({ kind: "attempt", attempt });
  }

  /** Ends the link and all topics. */
  close(): void {
    if (this.#topics.size === 0) return;
    this.#topics.clear();
    this.#end();
  }

  #close(id: number): void {
    if (!this.#topics.delete(id)) return;
    if (this.#topics.size === 0) this.#end();
    else this.#say({ kind: "close", id });
  }

  #begin(): void {
    this.#stopWatching = this.#options.watchPage({
      onWake: () => this.#say({ kind: "page", event: "wake" }),
      onNetworkChange: () => this.#say({ kind: "page", event: "network-change" }),
    });
    this.#start();
    this.#options.onUse(true);
  }

  #start(): void {
    const { startWorker, timers, log } = this.#options;
    const worker = startWorker();
    this.#worker = worker;
    listen<FromBulk>(worker, {
      onMessage: (message) => {
        if (worker === this.#worker) this.#onMessage(message);
      },
      onDeath: (message) => {
        log(`bulk link's worker: ${message}`);
        // Once it runs, it outlives what it throws.
        if (worker !== this.#worker || this.#isReady) return;
        this.#worker = null;
        worker.terminate();
        const pauseMs = backoffMs(EARLY_PAUSES, this.#failures++);
        this.#timer = timers.setTimeout(() => this.#start(), pauseMs);
      },
    });
  }

  #onMessage(message: FromBulk): void {
    if (message.kind === "ticket-wanted") return this.#options.askForTicket();
    const { origin, transports } = this.#options;
    this.#isReady = true;
    this.#failures = 0;
    const pageOriginMs = performance.timeOrigin;
    this.#say({ kind: "start", origin, pageOriginMs, transports: transports.history });
    for (const id of this.#topics.keys()) this.#give(id);
  }

  #give(id: number): void {
    const topic = this.#topics.get(id)!;
    const ports = [topic.port, ...topic.bytesPort === null ? [] : [topic.bytesPort]];
    this.#say({ kind: "open", ...topic }, ports as Transferable[]);
  }

  #say(message: ToBulk, transfer: Transferable[] = []): void {
    if (this.#worker !== null && this.#isReady) send<ToBulk>(this.#worker, message, transfer);
  }

  #end(): void {
    this.#options.timers.clearTimeout(this.#timer);
    this.#stopWatching();
    if (this.#isReady) this.#say({ kind: "end" });
    else this.#worker?.terminate();
    this.#worker = null;
    this.#isReady = false;
    this.#options.onUse(false);
  }
}

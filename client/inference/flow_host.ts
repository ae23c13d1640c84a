import type { PortLike, WorkerHandle } from "../base/worker_handle.ts";
import { listen, send } from "../base/worker_handle.ts";
import type { DetectorState, FrameFeed } from "./detector.ts";
import type { FromFlow, ToFlow } from "./flow_messages.ts";
import type { TakeTopic, TopicTakerEvents } from "./frame_stream.ts";
import type { FeedReply } from "./worker_messages.ts";

/** What such a Worker tells its page besides what the host acts on itself. */
export type FlowNews = Exclude<FromFlow, FeedReply | { readonly kind: "topic" | "failed" }>;

/** What a host is made of, and whom it tells. */
export interface FlowHostOptions {
  /** Makes a Worker of server mode that has not been sent anything yet. */
  startWorker(): WorkerHandle;
  /** What each Worker is told first. */
  first(): { readonly message: ToFlow; readonly transfer: Transferable[] };
  onNews(news: FlowNews): void;
  /** The Worker died, and all that it was told and given is lost. Another one starts. */
  onRestart(): void;
  /** The host is of no use any more. */
  onFailed(state: Extract<DetectorState, { kind: "failed" }>): void;
}

/** The page's side of a Worker of server mode, which it replaces once when it dies. */
export class FlowHost {
  readonly #options: FlowHostOptions;
  #worker: WorkerHandle | null = null;
  #isReady = false;
  #feed: FrameFeed | null = null;
  /** The topic that the Worker has, and whom to tell of it. */
  #topic: { readonly id: number; readonly events: TopicTakerEvents } | null = null;
  #lastTopic = 0;
  #hasRestarted = false;

  constructor(options: FlowHostOptions) {
    this.#options = options;
    this.#start();
  }

  /** Whether it has said that it is ready. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** Hands a topic on to the Worker. */
  readonly takeTopic: TakeTopic = (port: PortLike, events) => {
    const id = ++this.#lastTopic;
    this.#topic = { id, events };
    this.send({ kind: "topic", id, port }, [port as Transferable]);
  };

  /** @throws {DOMException} If something cannot be transferred in this browser. */
  send(message: ToFlow, transfer: Transferable[] = []): void {
    if (this.#worker !== null) send<ToFlow>(this.#worker, message, transfer);
  }

  /** Has the Worker get frames from there, as soon as it is ready; `null`: none. */
  setFeed(feed: FrameFeed | null): void {
    this.#feed?.detach();
    this.send({ kind: "stop" });
    this.#feed = feed;
    this.#attach();
  }

  /** The end. */
  close(): void {
    this.#drop();
    this.#feed = null;
  }

  #start(): void {
    const { startWorker, first } = this.#options;
    this.#worker = startWorker();
    listen<FromFlow>(this.#worker, {
      onMessage: (message) => this.#onMessage(message),
      onDeath: (message) => this.#onDeath(message),
    });
    const { message, transfer } = first();
    this.send(message, transfer);
  }

  #attach(): void {
    const worker = this.#worker;
    if (worker === null || !this.#isReady) return;
    this.#feed?.attach((message, transfer) => send<ToFlow>(worker, message, transfer));
  }

  #drop(): void {
    this.#feed?.detach();
    this.#worker?.terminate();
    this.#worker = null;
    this.#isReady = false;
  }

  #onDeath(message: string): void {
    this.#drop();
    const { onFailed, onRestart } = this.#options;
    if (this.#hasRestarted) return onFailed({ kind: "failed", code: "crashed", message });
    this.#hasRestarted = true;
    this.#start();
    onRestart();
    this.#topic?.events.onGone();
  }

  #onMessage(message: FromFlow): void {
    const { onNews, onFailed } = this.#options;
    switch (message.kind) {
      case "accepted":
        return this.#feed?.onAccepted();
      case "unreadable":
        return this.#feed?.onUnreadable();
      case "topic":
        return this.#onTopic(message);
      case "failed":
        return onFailed(message);
      case "ready":
        this.#isReady = true;
        onNews(message);
        return this.#attach();
      default:
        return onNews(message);
    }
  }

  #onTopic({ id, transport }: Extract<FromFlow, { kind: "topic" }>): void {
    if (id !== this.#topic?.id) return;
    const { events } = this.#topic;
    if (transport === null) events.onClose();
    else events.onOpen(transport);
  }
}

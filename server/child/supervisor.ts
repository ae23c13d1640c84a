import { Child, type ChildCommand } from "./child_process.ts";
import type { ChildTalk, LifeMessage } from "./ipc.ts";
import { StatsTotal } from "./stats_total.ts";
import {
  RESTART_REASONS,
  type RestartReason,
  superviseStep,
  type SupervisorInput,
  type SupervisorState,
} from "./supervisor_state.ts";
import type { LaneRules } from "./write_queue.ts";

/** The clock is looked at this often. */
const TICK_MS = 25;

/** Whom the supervisor tells. */
export interface SupervisorEvents<Talk extends ChildTalk> {
  /** A child is ready and knows of nothing but its greeting. */
  onReady(): void;
  /** `binary`: a copy, and the receiver's to keep; empty when there is none. */
  onMessage(message: Talk["from"], binary: Uint8Array<ArrayBuffer>): void;
  /** The child that was ready has ended, and all that it kept with it. */
  onLost(): void;
  /** There will be none any more, before it is mended and the server started again. */
  onUnable(): void;
}

/** What a supervisor is given. */
export interface SupervisorOptions<Talk extends ChildTalk> {
  /** What the process is called in the log. */
  readonly name: string;
  /** How to start a child. `facts`: what an earlier one found out, so that it need not again. */
  readonly command: (facts: Talk["facts"] | null) => ChildCommand;
  /** What a child is told first, and again when that has changed. */
  readonly greeting: () => Talk["to"];
  readonly lanes: LaneRules<Talk["to"]>;
  /** Of one child and the next. */
  readonly addTotals: (before: Talk["totals"], present: Talk["totals"]) => Talk["totals"];
  readonly log: (
    level: "debug" | "info" | "warn" | "error",
    event: string,
    fields?: Readonly<Record<string, unknown>>,
  ) => void;
}

/** Keeps one process of ours running: decides by {@linkcode superviseStep}, and does it. */
export class Supervisor<Talk extends ChildTalk> {
  readonly #options: SupervisorOptions<Talk>;
  #state: SupervisorState<Talk["facts"]> = {
    kind: "starting",
    sinceMs: performance.now(),
    heardMs: null,
    failures: 0,
  };
  #child: Child<Talk["to"], Talk["from"] | LifeMessage<Talk>> | null = null;
  #stats: Talk["stats"] | null = null;
  readonly #totals: StatsTotal<Talk["totals"]>;
  #facts: Talk["facts"] | null = null;
  #droppedBefore = 0;
  readonly #restarts = new Map<RestartReason, number>();
  #timer: ReturnType<typeof setInterval> | undefined;
  #events: SupervisorEvents<Talk> | null = null;

  constructor(options: SupervisorOptions<Talk>) {
    this.#options = options;
    this.#totals = new StatsTotal(options.addTotals);
  }

  /** How the process is. */
  get state(): SupervisorState<Talk["facts"]> {
    return this.#state;
  }

  /** The last heartbeat of the present child; `null` before it. */
  get stats(): Talk["stats"] | null {
    return this.#stats;
  }

  /** What all children counted, until their last heartbeats; `null` before the first. */
  get totals(): Talk["totals"] | null {
    return this.#totals.read();
  }

  /** Since the start of the server. */
  get counts(): { readonly restarts: number; readonly messagesDropped: number } {
    const messagesDropped = this.#droppedBefore + (this.#child?.dropped ?? 0);
    const restarts = [...this.#restarts.values()].reduce((sum, count) => sum + count, 0);
    return { restarts, messagesDropped };
  }

  /** The restarts since the start of the server, by reason. */
  restarts(): ReadonlyMap<RestartReason, number> {
    return new Map(RESTART_REASONS.map((reason) => [reason, this.#restarts.get(reason) ?? 0]));
  }

  /** Starts the first child. */
  start(events: SupervisorEvents<Talk>): void {
    this.#events = events;
    let dueMs = performance.now() + TICK_MS;
    this.#timer = setInterval(() => {
      const lateMs = performance.now() - dueMs;
      dueMs = performance.now() + TICK_MS;
      this.#step({ kind: "tick", lateMs });
    }, TICK_MS);
    this.#spawn();
  }

  /** Hands a message to the child; without one that is ready, it is dropped. */
  send(message: Talk["to"], binary?: Uint8Array): void {
    if (this.#state.kind === "ready") this.#child?.send(message, binary);
  }

  /** Tells the child, ready or not, how its greeting reads now. */
  greetAgain(): void {
    this.#child?.send(this.#options.greeting());
  }

  /** Ends the child for good, and resolves when it is gone. */
  async stop(): Promise<void> {
    const child = this.#child;
    clearInterval(this.#timer);
    this.#step({ kind: "stop" });
    await child?.gone();
  }

  #spawn(): void {
    const { name, command, greeting, lanes, log } = this.#options;
    try {
      this.#child = new Child(command(this.#facts), lanes, {
        onMessage: (message, binary) => this.#onMessage(message, binary),
        onStderr: (text) => log("warn", `${name} says`, { text }),
        onEnd: (reason, cause) => this.#step({ kind: "ended", reason, cause }),
      });
      this.#child.send(greeting());
      log("info", `${name} started`, { pid: this.#child.pid });
    } catch (error) {
      const message = `it cannot be started: ${error instanceof Error ? error.message : error}`;
      // Everything else may pass: the system has no memory or no process left at the moment.
      const isFinal = error instanceof Deno.errors.NotCapable;
      this.#step(
        isFinal
          ? { kind: "unable", message }
          : { kind: "ended", reason: "not-started", cause: message },
      );
    }
  }

  #onMessage(message: Talk["from"] | LifeMessage<Talk>, binary: Uint8Array<ArrayBuffer>): void {
    if (!isOfLife<Talk>(message)) return this.#events?.onMessage(message, binary);
    switch (message.kind) {
      case "ready":
        return this.#step({ kind: "ready", facts: message.facts });
      case "facts":
        this.#facts = message.facts;
        return this.#step({ kind: "facts", facts: message.facts });
      case "unable":
        return this.#step({ kind: "unable", message: message.message });
      case "heartbeat":
        this.#stats = message.stats;
        this.#totals.heard(message.stats);
        return this.#step({ kind: "heard" });
      case "log":
        return this.#options.log(message.level, message.event, message.fields);
    }
  }

  #step(input: WithoutTime<SupervisorInput<Talk["facts"]>>): void {
    const before = this.#state;
    const { state, action } = superviseStep(before, { ...input, nowMs: performance.now() });
    this.#state = state;
    if (action === "kill") this.#kill();
    else if (action === "start") this.#spawn();
    if (state.kind !== before.kind) this.#tell(before, state);
  }

  #kill(): void {
    this.#droppedBefore += this.#child?.dropped ?? 0;
    this.#child?.kill();
    this.#child = null;
    this.#stats = null;
    this.#totals.ended();
  }

  #tell(before: SupervisorState, state: SupervisorState<Talk["facts"]>): void {
    const { name, log } = this.#options;
    switch (state.kind) {
      case "ready":
        this.#facts = state.facts;
        this.#events?.onReady();
        break;
      case "restarting":
        this.#restarts.set(state.reason, (this.#restarts.get(state.reason) ?? 0) + 1);
        log("error", `${name} restarts`, { cause: state.cause, failures: state.failures });
        break;
      case "unable":
        log("error", `${name} unable`, { reason: state.message });
        this.#events?.onUnable();
        break;
    }
    if (before.kind === "ready") this.#events?.onLost();
  }
}

type WithoutTime<T> = T extends unknown ? Omit<T, "nowMs"> : never;

const LIFE = new Set<string>(
  ["ready", "facts", "unable", "heartbeat", "log"] satisfies LifeMessage<ChildTalk>["kind"][],
);

function isOfLife<Talk extends ChildTalk>(
  message: Talk["from"] | LifeMessage<Talk>,
): message is LifeMessage<Talk> {
  return LIFE.has(message.kind);
}

import {
  type KeepingLimits,
  superviseStep,
  type SupervisorInput,
  type SupervisorState,
} from "../child/supervisor_state.ts";

/** What something that is kept running tells. What an earlier run says is not heard. */
export interface KeeperTold {
  /** It does what it is for. */
  heard(): void;
  /** It ended, and why, in words for a person. */
  ended(cause: string): void;
}

/** What is kept running, and how. */
export interface KeeperOptions {
  readonly limits: KeepingLimits;
  /** @throws {Error} With `unable` in place, never to be tried again before somebody wants it anew. */
  open(told: KeeperTold): { close(): void };
  /** In words, if what `open` threw can only be mended by a person; `null`: it is tried again. */
  unable(error: unknown): string | null;
  onChange(): void;
}

/** How it is: `null`, not wanted. */
export type KeeperState = SupervisorState<null> | null;

/**
 * Keeps one thing running while it is wanted: starts it, gives it up when it is silent, and starts it
 * again, later each time. Decides as the supervisor of processes does.
 */
export class Keeper {
  readonly #options: KeeperOptions;
  #state: KeeperState = null;
  #run: { close(): void } | null = null;
  #problem: string | null = null;

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  /** How it is. */
  get state(): KeeperState {
    return this.#state;
  }

  /** Why it does not do what it is for, in words; `null`: it does, or nothing is known against it. */
  get problem(): string | null {
    return this.#state?.kind === "ready" ? null : this.#problem;
  }

  /** Whether there is a run, which may not have done anything yet. */
  get isRunning(): boolean {
    return this.#run !== null;
  }

  /** It is wanted, or not any more. */
  want(isWanted: boolean): void {
    if (isWanted === (this.#state !== null)) return;
    if (!isWanted) return this.#end();
    this.#problem = null;
    this.#state = { kind: "starting", sinceMs: performance.now(), heardMs: null, failures: 0 };
    this.#open();
    this.#options.onChange();
  }

  /** Ends this run and starts another at once: it is to be another way. */
  restart(): void {
    if (this.#state === null) return;
    this.#end();
    this.want(true);
  }

  /** To be called several times a second. @param lateMs How much later than it was due. */
  tick(lateMs: number): void {
    this.#step({ kind: "tick", lateMs });
  }

  #end(): void {
    this.#run?.close();
    this.#run = null;
    this.#state = null;
    this.#options.onChange();
  }

  #open(): void {
    let isStale = false;
    const told: KeeperTold = {
      heard: () => {
        if (isStale) return;
        if (this.#state?.kind === "ready") this.#step({ kind: "heard" });
        else this.#step({ kind: "ready", facts: null });
      },
      ended: (cause) => {
        if (!isStale) this.#step({ kind: "ended", reason: "exited", cause });
      },
    };
    try {
      const run = this.#options.open(told);
      this.#run = {
        close() {
          isStale = true;
          run.close();
        },
      };
    } catch (error) {
      const message = this.#options.unable(error);
      this.#step(
        message === null
          ? { kind: "ended", reason: "not-started", cause: String(error) }
          : { kind: "unable", message },
      );
    }
  }

  #step(input: WithoutTime<SupervisorInput<null>>): void {
    const before = this.#state;
    if (before === null) return;
    const timed = { ...input, nowMs: performance.now() };
    const { state, action } = superviseStep<null>(before, timed, this.#options.limits);
    this.#state = state;
    if (state.kind === "restarting") this.#problem = state.cause;
    if (state.kind === "unable") this.#problem = state.message;
    if (action === "kill") {
      this.#run?.close();
      this.#run = null;
    } else if (action === "start") {
      this.#open();
    }
    if (this.#state?.kind !== before.kind) this.#options.onChange();
  }
}

type WithoutTime<T> = T extends unknown ? Omit<T, "nowMs"> : never;

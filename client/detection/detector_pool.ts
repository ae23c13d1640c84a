import type { ServedModel } from "@/protocol";
import type { Timers } from "../base/timers.ts";
import type {
  Detector,
  DetectorEvents,
  DetectorState,
  FrameFeed,
  Side,
} from "../inference/detector.ts";
import type { Effort } from "../inference/effort.ts";
import type { DetectionSettings, FrameResult } from "../inference/worker_messages.ts";

/** A detector that is not used is kept this long, so that changing back takes no time. */
export const KEEP_WARM_MS = 60_000;

/** The same when none is used: plain video is chosen to save work. */
export const KEEP_WARM_OFF_MS = 15_000;

/** What each detector is made of. */
export interface DetectorParts {
  readonly model: ServedModel;
  readonly settings: DetectionSettings;
  readonly events: DetectorEvents;
}

/** What a pool is given, and whom it tells. */
export interface DetectorPoolOptions {
  readonly timers: Timers;
  readonly create: Readonly<Record<Side, (parts: DetectorParts) => Detector>>;
  /** The state of any of the two; `null`: it is gone. */
  onState(side: Side, state: DetectorState | null): void;
  /** Of the one in use only. */
  onResult(side: Side, result: FrameResult): void;
  onLoss(side: Side, ageMs: number): void;
}

interface Entry {
  readonly detector: Detector;
  state: DetectorState | null;
  idleTimer: number | undefined;
}

/** What is wanted of a pool. */
export interface PoolWish {
  /** Gets the frames. */
  readonly active: Side | null;
  /** Is to be there although it gets none. */
  readonly warm: readonly Side[];
}

const SIDES: readonly Side[] = ["local", "server"];

/** At most one detector of each side, of which at most one gets frames. */
export class DetectorPool {
  readonly #options: DetectorPoolOptions;
  readonly #entries: Record<Side, Entry | null> = { local: null, server: null };
  #model: ServedModel | null = null;
  #settings: DetectionSettings | null = null;
  #wish: PoolWish = { active: null, warm: [] };
  #makeFeed: (() => FrameFeed) | null = null;

  constructor(options: DetectorPoolOptions) {
    this.#options = options;
  }

  /** How a detector is; `null` when there is none. */
  state(side: Side): DetectorState | null {
    return this.#entries[side]?.state ?? null;
  }

  /** See {@linkcode Detector.expectedMs}; `null` also when there is none. */
  expectedMs(side: Side): number | null {
    return this.#entries[side]?.detector.expectedMs ?? null;
  }

  /** Another model ends both; other settings are passed on. */
  setModel(model: ServedModel | null, settings: DetectionSettings): void {
    this.#settings = settings;
    if (isSameModel(model, this.#model)) {
      for (const side of SIDES) this.#entries[side]?.detector.setSettings(settings);
      return;
    }
    for (const side of SIDES) this.#close(side);
    this.#model = model;
    this.#apply();
  }

  /** Says who gets the frames from now on. */
  use(wish: PoolWish): void {
    const before = this.#wish.active;
    const { active } = wish;
    this.#wish = wish;
    if (before !== active && before !== null) this.#entries[before]?.detector.setFeed(null);
    const isThere = active !== null && this.#entries[active] !== null;
    this.#apply();
    // A new one got its frames when it was made.
    if (before !== active && isThere) this.#feedActive();
  }

  /** Where the frames come from; `null`: there are none. */
  setFeed(makeFeed: (() => FrameFeed) | null): void {
    this.#makeFeed = makeFeed;
    for (const side of SIDES) if (side !== this.#wish.active) this.#prepare(side);
    this.#feedActive();
  }

  /** How much work the one in use may make. */
  setEffort(effort: Effort): void {
    const { active } = this.#wish;
    if (active !== null) this.#entries[active]?.detector.setEffort(effort);
  }

  /** Ends both. */
  close(): void {
    for (const side of SIDES) this.#close(side);
  }

  #apply(): void {
    const { active, warm } = this.#wish;
    for (const side of SIDES) {
      if (side === active || warm.includes(side)) this.#open(side);
      else this.#letCool(side);
    }
  }

  #feedActive(): void {
    const { active } = this.#wish;
    if (active === null) return;
    this.#entries[active]?.detector.setFeed(this.#makeFeed?.() ?? null);
  }

  #open(side: Side): void {
    const { timers, create, onState, onResult, onLoss } = this.#options;
    const present = this.#entries[side];
    if (present !== null) {
      timers.clearTimeout(present.idleTimer);
      present.idleTimer = undefined;
      return;
    }
    if (this.#model === null || this.#settings === null) return;
    const isPresent = () => this.#entries[side] === entry;
    const isActive = () => isPresent() && this.#wish.active === side;
    const events: DetectorEvents = {
      onState: (state) => {
        if (!isPresent()) return;
        entry.state = state;
        onState(side, state);
      },
      onResult: (result) => {
        if (isActive()) onResult(side, result);
      },
      onLoss: (ageMs) => {
        if (isActive()) onLoss(side, ageMs);
      },
    };
    const parts = { model: this.#model, settings: this.#settings, events };
    const detector = create[side](parts);
    const entry: Entry = { detector, state: null, idleTimer: undefined };
    this.#entries[side] = entry;
    if (this.#wish.active === side) this.#feedActive();
    else this.#prepare(side);
  }

  /** What it would take it is to say as for the present frames. */
  #prepare(side: Side): void {
    // Of one that cools down nobody asks.
    if (!this.#wish.warm.includes(side)) return;
    const feed = this.#makeFeed?.();
    if (feed !== undefined) this.#entries[side]?.detector.expectFrames?.(feed.relayed ?? null);
  }

  #letCool(side: Side): void {
    const { timers } = this.#options;
    const entry = this.#entries[side];
    if (entry === null || entry.idleTimer !== undefined) return;
    // Chosen again, it is to be tried again.
    if (entry.state?.kind === "failed") return this.#close(side);
    const keepMs = this.#wish.active === null ? KEEP_WARM_OFF_MS : KEEP_WARM_MS;
    entry.idleTimer = timers.setTimeout(() => this.#close(side), keepMs);
  }

  #close(side: Side): void {
    const entry = this.#entries[side];
    if (entry === null) return;
    this.#options.timers.clearTimeout(entry.idleTimer);
    this.#entries[side] = null;
    entry.detector.close();
    this.#options.onState(side, null);
  }
}

/** What of a model its detector and its boxes depend on. */
type ModelUse = Pick<ServedModel, "id" | "sha256" | "input" | "head" | "labels">;

/**
 * Whether two are one model: the same bytes can be used in two ways, under two ids or one after the
 * other under one, and an id can come to mean other bytes while the page is open.
 */
export function isSameModel(a: ModelUse | null, b: ModelUse | null): boolean {
  if (a === null || b === null || a === b) return a === b;
  return a.id === b.id && a.sha256 === b.sha256 && useOf(a) === useOf(b);
}

function useOf({ input, head, labels }: ModelUse): string {
  return JSON.stringify([input, head, labels]);
}

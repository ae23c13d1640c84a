import { effect } from "@preact/signals";
import type { EventSnapshot, ServedModel } from "@/protocol";
import type { Timers } from "../base/timers.ts";
import type { FrameResult } from "../inference/worker_messages.ts";
import type { FrameKey } from "../time/frame_key.ts";
import type { CaptureOf } from "../metrics/sample_log.ts";
import type { EventSender } from "./event_sender.ts";
import { toEvent, withDelivery, withEvent } from "./zone_events.ts";
import type { ZoneMemory } from "./zone_memory.ts";
import { type Crossing, ZoneWatch } from "./zone_watch.ts";
import type { DeliveryView, ZonesState } from "./zones_state.ts";
import type { Zone } from "./zone.ts";

/** Pictures that may be in work at once; a flood of events does without. */
const MAX_SNAPSHOTS = 4;

/** Longer than the synced view ever waits; then an event goes without a picture. */
const MAX_WAIT_MS = 3_000;

/** What zones are kept with. */
export interface ZoneKeeperOptions {
  readonly state: ZonesState;
  readonly timers: Timers;
  readonly captureOf: CaptureOf;
  /** The picture with the boxes of this frame, or of a later one; `null`: there is none. */
  takeSnapshot(key: FrameKey | null): Promise<EventSnapshot | null>;
}

/** Counts what the zones see, and makes events of it. */
export class ZoneKeeper {
  readonly #options: ZoneKeeperOptions;
  readonly #watch = new ZoneWatch();
  #sender: Pick<EventSender, "add"> | null = null;
  #snapshots = 0;

  constructor(options: ZoneKeeperOptions) {
    this.#options = options;
    const { state } = options;
    effect(() => {
      this.#watch.setZones(state.zones.value);
      this.#showCounts();
    });
  }

  /** Begins with these zones; from then on what a person changes is remembered. */
  start(zones: readonly Zone[], memory: ZoneMemory): void {
    const { state } = this.#options;
    state.zones.value = zones;
    let before = zones;
    effect(() => {
      const after = state.zones.value;
      if (after !== before) memory.set(after);
      before = after;
    });
  }

  /** Where events go from now on, besides the list. */
  setSender(sender: Pick<EventSender, "add"> | null): void {
    this.#sender = sender;
  }

  /** A frame was processed. */
  addResult(result: FrameResult, model: Pick<ServedModel, "id" | "labels"> | null): void {
    if (this.#options.state.zones.peek().length === 0) return;
    const labels = model?.labels ?? [];
    const receivedAtMs = result.grabbedAtMs - result.waitedMs;
    const crossings = this.#watch.add({ ...result, receivedAtMs }, labels)
      .filter(({ kind, zone }) => zone.kinds.includes(kind));
    this.#showCounts();
    if (crossings.length > 0) void this.#tell(crossings, result, model);
  }

  /** Nothing is in the picture any more, as far as anybody knows. */
  clearNow(): void {
    this.#watch.clearNow();
    this.#showCounts();
  }

  /** Another camera, or another model. */
  clear(): void {
    this.#watch.clear();
    this.#showCounts();
  }

  /** Counts from now on. */
  resetCounts(): void {
    this.#watch.resetCounts();
    this.#showCounts();
  }

  /** The sender knows more of an event. */
  readonly noteDelivery = (id: string, delivery: DeliveryView): void => {
    const { events, totals } = this.#options.state;
    events.value = withDelivery(events.peek(), id, delivery);
    if (delivery.kind !== "delivered" && delivery.kind !== "lost") return;
    const before = totals.peek();
    totals.value = { ...before, [delivery.kind]: before[delivery.kind] + 1 };
  };

  /** All crossings of one result share one picture. */
  async #tell(
    crossings: readonly Crossing[],
    result: FrameResult,
    model: Pick<ServedModel, "id" | "labels"> | null,
  ): Promise<void> {
    const { captureOf, state } = this.#options;
    const receivedAtMs = result.grabbedAtMs - result.waitedMs;
    const capture = captureOf(result.key, receivedAtMs);
    const snapshot = await this.#snapshot(result.key);
    for (const crossing of crossings) {
      const event = toEvent(crossing, {
        capture,
        modelId: model?.id ?? null,
        labels: model?.labels ?? [],
        snapshot,
      });
      state.events.value = withEvent(state.events.peek(), { event, delivery: { kind: "kept" } });
      this.#sender?.add(event);
    }
  }

  async #snapshot(key: FrameKey | null): Promise<EventSnapshot | null> {
    if (this.#snapshots >= MAX_SNAPSHOTS) return null;
    this.#snapshots += 1;
    const { timers, takeSnapshot } = this.#options;
    const late = Promise.withResolvers<null>();
    const timer = timers.setTimeout(() => late.resolve(null), MAX_WAIT_MS);
    try {
      return await Promise.race([takeSnapshot(key), late.promise]);
    } catch {
      return null;
    } finally {
      timers.clearTimeout(timer);
      this.#snapshots -= 1;
    }
  }

  #showCounts(): void {
    const { counts } = this.#options.state;
    const next = this.#watch.counts();
    // Most results change nothing; an equal list would draw the panel anew.
    if (JSON.stringify(next) !== JSON.stringify(counts.peek())) counts.value = next;
  }
}

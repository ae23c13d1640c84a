import { type EventSnapshot, randomSecret, type ZoneEvent } from "@/protocol";
import type { CaptureTime } from "../time/capture_time.ts";
import type { DeliveryView, ListedEvent } from "./zones_state.ts";
import { type Crossing, labelOf } from "./zone_watch.ts";

/** Events that the page keeps, with their pictures: some 14 MB at the most. */
export const MAX_EVENTS = 50;

/** What is known of an event besides the crossing itself. */
export interface EventContext {
  readonly capture: CaptureTime;
  readonly modelId: string | null;
  /** Of the model, in class order. */
  readonly labels: readonly string[];
  readonly snapshot: EventSnapshot | null;
}

/** An event as it is listed, saved and sent. */
export function toEvent(
  { kind, zone, found, lost }: Crossing,
  { capture, modelId, labels, snapshot }: EventContext,
): ZoneEvent {
  const { xmin, ymin, xmax, ymax } = found.box;
  return {
    id: randomSecret(),
    kind,
    lost,
    zone: { id: zone.id, name: zone.name },
    label: labelOf(found, labels).slice(0, 100) || "unnamed",
    track_id: found.trackId!,
    score: rounded(unit(found.score), 4),
    box: { xmin: share(xmin), ymin: share(ymin), xmax: share(xmax), ymax: share(ymax) },
    capture_ts: rounded(capture.timeMs, 1),
    capture_clock: capture.clock,
    clock_error_ms: capture.errorMs === null ? null : rounded(capture.errorMs, 1),
    model_id: modelId,
    snapshot,
  };
}

/** Puts an event before the others; the oldest goes where there are too many. */
export function withEvent(
  events: readonly ListedEvent[],
  added: ListedEvent,
): readonly ListedEvent[] {
  return [added, ...events].slice(0, MAX_EVENTS);
}

/** Notes what became of an event, if it is still listed. */
export function withDelivery(
  events: readonly ListedEvent[],
  id: string,
  delivery: DeliveryView,
): readonly ListedEvent[] {
  return events.map((listed) => listed.event.id === id ? { ...listed, delivery } : listed);
}

/** One JSON text a line, the oldest first; each as the webhook would get it. */
export function eventsToNdjson(events: readonly ListedEvent[]): string {
  return events.toReversed().map(({ event }) => `${JSON.stringify(event)}\n`).join("");
}

/** The picture as an image's address. */
export function snapshotUrl({ type, data }: EventSnapshot): string {
  return `data:${type};base64,${data}`;
}

function share(value: number): number {
  return rounded(unit(value), 5);
}

function unit(value: number): number {
  return Math.min(1, Math.max(0, value));
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

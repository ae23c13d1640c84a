import { signal } from "@preact/signals";
import type { ZoneEvent } from "@/protocol";
import type { Polygon } from "./geometry.ts";
import type { Zone } from "./zone.ts";
import type { ZoneCount } from "./zone_watch.ts";

/** What a person is doing with the zones' shapes. */
export type EditorView =
  | { readonly kind: "idle" }
  /** Corners so far. */
  | { readonly kind: "drawing"; readonly corners: Polygon }
  | { readonly kind: "shaping"; readonly zoneId: string };

/** Where an event is on its way to the webhook. */
export type DeliveryView =
  /** Nobody asked for it to be sent. */
  | { readonly kind: "kept" }
  | { readonly kind: "sending" }
  | { readonly kind: "delivered" }
  /** `why`: a sentence. */
  | { readonly kind: "lost"; readonly why: string };

/** An event as the page lists it. */
export interface ListedEvent {
  readonly event: ZoneEvent;
  readonly delivery: DeliveryView;
}

/** Size of the camera's picture. */
export interface PictureSize {
  readonly widthPx: number;
  readonly heightPx: number;
}

/** Whether events can be sent on, and whether they are. */
export interface WebhookView {
  /** `null`: none is configured, or this page may not use it. */
  readonly host: string | null;
  readonly isOn: boolean;
}

/** Events so far, by what became of them. */
export interface EventTotals {
  readonly delivered: number;
  readonly lost: number;
}

/** Everything that the page shows of zones. */
export function createZonesState() {
  return {
    zones: signal<readonly Zone[]>([]),
    editor: signal<EditorView>({ kind: "idle" }),
    /** Why a shape was not taken, as a sentence; `null` while all is well. */
    problem: signal<string | null>(null),
    /** In the order of the zones. */
    counts: signal<readonly ZoneCount[]>([]),
    /** The newest first. */
    events: signal<readonly ListedEvent[]>([]),
    totals: signal<EventTotals>({ delivered: 0, lost: 0 }),
    /** `null`: there is none now. */
    picture: signal<PictureSize | null>(null),
    webhook: signal<WebhookView>({ host: null, isOn: false }),
  };
}

/** See {@linkcode createZonesState}. */
export type ZonesState = ReturnType<typeof createZonesState>;

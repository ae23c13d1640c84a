import type { EventKind } from "@/protocol";
import type { TrackedDetection } from "@/vision";
import { contains, footOf } from "./geometry.ts";
import { watches, type Zone } from "./zone.ts";

/** An object has entered once it was found inside in so many results, … */
export const ENTER_RESULTS = 2;
/** … and the last of them is so much later than the first. One box that jumps is no visit. */
export const ENTER_MS = 200;
/** It has left once it was found outside for so long: a step on the line is no leave. */
export const LEAVE_MS = 300;
/** It has left, too, when nobody has found it for so long, wherever it is, … */
export const LOST_MS = 1_000;
/** … in so many results at the least: where they come seldom, one of them says little. */
export const LOST_RESULTS = 2;

/** One result, as far as zones are concerned. */
export interface WatchedResult {
  readonly detections: readonly TrackedDetection[];
  /** Under the threshold, but known: they say where an object is as well. */
  readonly weak: readonly TrackedDetection[];
  /** See `FrameResult`: with another one, ids begin anew. */
  readonly trackEpoch: number | null;
  /** When the frame came to this page: ms on a clock that does not go back. */
  readonly receivedAtMs: number;
}

/** An object entered or left a zone. */
export interface Crossing {
  readonly kind: EventKind;
  readonly zone: Zone;
  /** As it was found last. */
  readonly found: TrackedDetection;
  /** Of `leave`: nobody saw it go. */
  readonly lost: boolean;
}

/** Objects of one class in a zone. */
export interface ZoneClassCount {
  readonly label: string;
  /** Standing in it in the newest result. */
  readonly now: number;
  /** That have entered since the start, or the last reset. */
  readonly entered: number;
}

/** What a zone has counted. */
export interface ZoneCount {
  readonly zoneId: string;
  readonly now: number;
  readonly entered: number;
  readonly left: number;
  /** Every class that was seen in it. */
  readonly classes: readonly ZoneClassCount[];
}

/** One object and one zone. */
interface Visit {
  isInside: boolean;
  /** Found on the other side than `isInside` says, since then and so often; `null`: on that side. */
  otherSinceMs: number | null;
  otherResults: number;
  lastSeenMs: number;
  /** Results since then. */
  missed: number;
  found: TrackedDetection;
}

/** Memory of one zone. */
class ZoneBook {
  zone: Zone;
  readonly visits = new Map<number, Visit>();
  readonly now = new Map<string, number>();
  readonly entered = new Map<string, number>();
  left = 0;

  constructor(zone: Zone) {
    this.zone = zone;
  }

  reset(): void {
    this.entered.clear();
    this.left = 0;
  }

  get count(): ZoneCount {
    const labels = new Set([...this.now.keys(), ...this.entered.keys()]);
    const classes = Array.from(labels, (label): ZoneClassCount => ({
      label,
      now: this.now.get(label) ?? 0,
      entered: this.entered.get(label) ?? 0,
    }));
    classes.sort((a, b) =>
      b.now - a.now || b.entered - a.entered || a.label.localeCompare(b.label)
    );
    return {
      zoneId: this.zone.id,
      now: sum(this.now),
      entered: sum(this.entered),
      left: this.left,
      classes,
    };
  }
}

/**
 * Follows objects into zones and out of them. Pure: time comes with the results, of their frames'
 * receipt, which is steady where a capture time may jump when its source changes. An object that
 * stands in a zone when it is found first enters it, too. When ids begin anew nobody knows who is
 * who: visits end without a word, and whoever is found inside then enters again. Memory does not
 * grow: an object that is lost is forgotten.
 */
export class ZoneWatch {
  #books: ZoneBook[] = [];
  #epoch: number | null = null;
  #newestMs = -Infinity;

  /** Watches these zones; one that keeps its id and corners keeps its counts. */
  setZones(zones: readonly Zone[]): void {
    this.#books = zones.map((zone) => {
      const known = this.#books.find((book) => book.zone.id === zone.id);
      if (known === undefined) return new ZoneBook(zone);
      const isSame = sameWatch(known.zone, zone);
      known.zone = zone;
      if (isSame) return known;
      // Who is in it, is another question now; what it has counted stays counted.
      known.visits.clear();
      known.now.clear();
      return known;
    });
  }

  /** Takes the newest result; `labels`: its model's, in class order. */
  add(result: WatchedResult, labels: readonly string[]): readonly Crossing[] {
    const { detections, weak, trackEpoch, receivedAtMs } = result;
    // Overtaken on its way.
    if (receivedAtMs < this.#newestMs) return [];
    if (trackEpoch !== this.#epoch) this.#forgetVisits();
    this.#epoch = trackEpoch;
    this.#newestMs = receivedAtMs;
    const all = [...detections, ...weak];
    return this.#books.flatMap((book) => addTo(book, all, { labels, nowMs: receivedAtMs }));
  }

  /** Nothing is in the picture any more, as far as anybody knows. Visits go on. */
  clearNow(): void {
    for (const { now } of this.#books) now.clear();
  }

  /** Another camera or another model: whoever is found from now on is somebody else. */
  clear(): void {
    this.clearNow();
    this.#forgetVisits();
    this.#newestMs = -Infinity;
  }

  /** Counts from now on; who is inside stays inside. */
  resetCounts(): void {
    for (const book of this.#books) book.reset();
  }

  /** In the order of the zones. */
  counts(): readonly ZoneCount[] {
    return this.#books.map(({ count }) => count);
  }

  #forgetVisits(): void {
    for (const { visits } of this.#books) visits.clear();
  }
}

function addTo(
  book: ZoneBook,
  all: readonly TrackedDetection[],
  { labels, nowMs }: { readonly labels: readonly string[]; readonly nowMs: number },
): Crossing[] {
  const { zone, visits } = book;
  const crossings: Crossing[] = [];
  book.now.clear();
  for (const found of all) {
    const label = labelOf(found, labels);
    if (!watches(zone, label)) continue;
    const isInside = contains(zone.points, footOf(found.box));
    if (isInside) raise(book.now, label);
    const visit = found.trackId === null ? null : visitOf(book, found, nowMs);
    if (visit === null || !step(visit, { isInside, nowMs })) continue;
    if (visit.isInside) raise(book.entered, label);
    else book.left += 1;
    crossings.push({ kind: visit.isInside ? "enter" : "leave", zone, found, lost: false });
  }
  for (const [id, visit] of visits) {
    if (visit.lastSeenMs === nowMs) continue;
    visit.missed += 1;
    if (nowMs - visit.lastSeenMs <= LOST_MS || visit.missed < LOST_RESULTS) continue;
    visits.delete(id);
    if (!visit.isInside) continue;
    book.left += 1;
    crossings.push({ kind: "leave", zone, found: visit.found, lost: true });
  }
  return crossings;
}

function visitOf({ visits }: ZoneBook, found: TrackedDetection, nowMs: number): Visit {
  const known = visits.get(found.trackId!);
  if (known !== undefined) {
    known.lastSeenMs = nowMs;
    known.missed = 0;
    known.found = found;
    return known;
  }
  const visit: Visit = {
    isInside: false,
    otherSinceMs: null,
    otherResults: 0,
    lastSeenMs: nowMs,
    missed: 0,
    found,
  };
  visits.set(found.trackId!, visit);
  return visit;
}

/** @returns Whether the visit began or ended. */
function step(
  visit: Visit,
  { isInside, nowMs }: { readonly isInside: boolean; readonly nowMs: number },
): boolean {
  if (isInside === visit.isInside) {
    visit.otherSinceMs = null;
    visit.otherResults = 0;
    return false;
  }
  visit.otherSinceMs ??= nowMs;
  visit.otherResults += 1;
  const forMs = nowMs - visit.otherSinceMs;
  const isSure = isInside
    ? visit.otherResults >= ENTER_RESULTS && forMs >= ENTER_MS
    : forMs >= LEAVE_MS;
  if (!isSure) return false;
  visit.isInside = isInside;
  visit.otherSinceMs = null;
  visit.otherResults = 0;
  return true;
}

/** What a class is called, also one that the model's labels do not name. */
export function labelOf(
  { classId }: Pick<TrackedDetection, "classId">,
  labels: readonly string[],
): string {
  return labels[classId] ?? `class ${classId}`;
}

function sameWatch(a: Zone, b: Zone): boolean {
  return JSON.stringify([a.points, a.classes]) === JSON.stringify([b.points, b.classes]);
}

function raise(counts: Map<string, number>, label: string): void {
  counts.set(label, (counts.get(label) ?? 0) + 1);
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((total, count) => total + count, 0);
}

import { EVENT_KINDS } from "@/protocol";
import { middleOf, movedBy, type Point, type Polygon, rectangle, snapped } from "./geometry.ts";
import { cleanName, faultOf, freeNames, MAX_CORNERS, MAX_ZONES, type Zone } from "./zone.ts";
import type { ZonesState } from "./zones_state.ts";

/** What a person may set of a zone besides its shape. */
export type ZoneChange = Partial<Pick<Zone, "kinds" | "classes">>;

/**
 * Draws and changes zones. A shape whose sides cross is never taken: what is drawn stays to be
 * mended, what is moved stays where it was.
 */
export class ZoneEditor {
  readonly #state: Pick<ZonesState, "zones" | "editor" | "problem">;

  constructor(state: Pick<ZonesState, "zones" | "editor" | "problem">) {
    this.#state = state;
  }

  /** Begins a new zone. */
  draw(): void {
    if (this.#isFull()) return;
    this.#say(null);
    this.#state.editor.value = { kind: "drawing", corners: [] };
  }

  /** The next corner. One too many ends the drawing, as far as that makes a zone. */
  addCorner(at: Point): void {
    const corners = this.#corners();
    if (corners === null) return;
    if (corners.length >= MAX_CORNERS) return this.finish();
    this.#say(null);
    this.#state.editor.value = { kind: "drawing", corners: [...corners, snapped(at)] };
  }

  /** Takes the last corner back. */
  undoCorner(): void {
    const corners = this.#corners();
    if (corners === null) return;
    this.#say(null);
    this.#state.editor.value = { kind: "drawing", corners: corners.slice(0, -1) };
  }

  /** The drawn corners become a zone. */
  finish(): void {
    const corners = this.#corners();
    if (corners !== null) this.#add(corners);
  }

  /** A rectangle, drawn in one go. */
  finishRectangle(from: Point, to: Point): void {
    if (this.#corners() !== null) this.#add(rectangle(snapped(from), snapped(to)));
  }

  /** For those who do not draw: a rectangle in the middle, whose corners can be moved by keys. */
  addInMiddle(): void {
    if (this.#isFull()) return;
    this.#add(rectangle({ x: 0.3, y: 0.3 }, { x: 0.7, y: 0.8 }));
    const added = this.#state.zones.peek().at(-1);
    if (added !== undefined) this.shape(added.id);
  }

  /** Gives a zone's corners handles. */
  shape(zoneId: string): void {
    this.#say(null);
    this.#state.editor.value = { kind: "shaping", zoneId };
  }

  /** Neither draws nor shapes; what was drawn and is no zone yet is gone. */
  stop(): void {
    this.#say(null);
    this.#state.editor.value = { kind: "idle" };
  }

  /** Moves one corner. */
  moveCorner(zoneId: string, index: number, to: Point): void {
    this.#reshape(zoneId, (points) => points.with(index, snapped(to)));
  }

  /** Moves a corner a little, by a key. */
  nudgeCorner(zoneId: string, index: number, by: Point): void {
    const clamp = (value: number) => Math.min(1, Math.max(0, value));
    this.#reshape(zoneId, (points) => {
      const { x, y } = points[index]!;
      return points.with(index, { x: clamp(x + by.x), y: clamp(y + by.y) });
    });
  }

  /** Moves a whole zone so that its middle comes near `to`. */
  moveZone(zoneId: string, to: Point): void {
    this.#reshape(zoneId, (points) => {
      const middle = middleOf(points);
      return movedBy(points, to.x - middle.x, to.y - middle.y);
    });
  }

  /** @returns The name that the zone has then: an empty one is not taken. */
  rename(zoneId: string, text: string): string {
    const name = cleanName(text).trim();
    const before = this.#state.zones.peek().find(({ id }) => id === zoneId)?.name ?? "";
    if (name === "") return before;
    this.#change(zoneId, (zone) => ({ ...zone, name }));
    return name;
  }

  /** Sets what counts in a zone, and what is listed of it. */
  set(zoneId: string, change: ZoneChange): void {
    this.#change(zoneId, (zone) => ({ ...zone, ...change }));
  }

  /** Forgets a zone with all that it has counted. */
  remove(zoneId: string): void {
    const { zones, editor } = this.#state;
    zones.value = zones.peek().filter(({ id }) => id !== zoneId);
    const view = editor.peek();
    if (view.kind === "shaping" && view.zoneId === zoneId) this.stop();
  }

  #corners(): Polygon | null {
    const view = this.#state.editor.peek();
    return view.kind === "drawing" ? view.corners : null;
  }

  #isFull(): boolean {
    const isFull = this.#state.zones.peek().length >= MAX_ZONES;
    if (isFull) this.#say(`There are already ${MAX_ZONES} zones. Delete one first.`);
    return isFull;
  }

  #add(points: Polygon): void {
    const { zones, editor } = this.#state;
    const fault = faultOf(points);
    if (fault !== null) return this.#say(fault);
    const before = zones.peek();
    zones.value = [...before, { ...freeNames(before), points, kinds: EVENT_KINDS, classes: null }];
    editor.value = { kind: "idle" };
    this.#say(null);
  }

  #reshape(zoneId: string, change: (points: Polygon) => Polygon): void {
    this.#change(zoneId, (zone) => {
      const points = change(zone.points);
      const fault = faultOf(points);
      this.#say(fault);
      return fault === null ? { ...zone, points } : zone;
    });
  }

  #change(zoneId: string, change: (zone: Zone) => Zone): void {
    const { zones } = this.#state;
    const before = zones.peek();
    const after = before.map((zone) => zone.id === zoneId ? change(zone) : zone);
    if (after.some((zone, index) => zone !== before[index])) zones.value = after;
  }

  #say(problem: string | null): void {
    this.#state.problem.value = problem;
  }
}

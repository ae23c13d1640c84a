import { EVENT_KINDS, type EventKind, MAX_ZONE_ID_CHARS, MAX_ZONE_NAME_CHARS } from "@/protocol";
import * as v from "valibot";
import { areaOf, isCrossed, type Polygon } from "./geometry.ts";

/** A part of the picture in which objects are counted. */
export interface Zone {
  /** Names it among the zones of this page. */
  readonly id: string;
  readonly name: string;
  /** In the camera's picture, 0–1, unmirrored. */
  readonly points: Polygon;
  /** What is listed, and sent. */
  readonly kinds: readonly EventKind[];
  /** Names of the classes that count; `null`: all. */
  readonly classes: readonly string[] | null;
}

/** More are not told apart on a picture. */
export const MAX_ZONES = 8;
/** Fewer corners make no area, more are not drawn by hand. */
export const MIN_CORNERS = 3;
/** See {@linkcode MIN_CORNERS}. */
export const MAX_CORNERS = 12;

/** Share of the picture; a smaller zone is a slip of the hand. */
export const MIN_AREA = 0.0005;

const MAX_CLASSES = 100;

const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));

/** Free of what separates zones in a link. */
const nameSchema = v.pipe(
  v.string(),
  v.minLength(1),
  v.maxLength(MAX_ZONE_NAME_CHARS),
  v.check((name) => name === cleanName(name)),
);

const pointsSchema = v.pipe(
  v.array(v.object({ x: share, y: share })),
  v.check((points) => faultOf(points) === null),
);

const zoneSchema = v.object({
  id: v.pipe(v.string(), v.regex(/^[a-z0-9-]+$/), v.maxLength(MAX_ZONE_ID_CHARS)),
  name: nameSchema,
  points: pointsSchema,
  kinds: v.pipe(v.array(v.picklist(EVENT_KINDS)), v.maxLength(EVENT_KINDS.length)),
  classes: v.nullable(
    v.pipe(v.array(v.pipe(v.string(), v.maxLength(100))), v.maxLength(MAX_CLASSES)),
  ),
});

/** Why corners make no zone, as a sentence; `null`: they do. */
export function faultOf(points: Polygon): string | null {
  if (points.length < MIN_CORNERS) return "A zone needs three corners.";
  if (points.length > MAX_CORNERS) return `A zone has at most ${MAX_CORNERS} corners.`;
  if (isCrossed(points)) return "The sides of a zone may not cross.";
  return areaOf(points) < MIN_AREA ? "This zone is too small." : null;
}

/** Keeps of anything the zones that can be used, and no two of one id. */
export function readZones(value: unknown): readonly Zone[] {
  if (!Array.isArray(value)) return [];
  const zones = new Map<string, Zone>();
  for (const entry of value.slice(0, MAX_ZONES)) {
    const result = v.safeParse(zoneSchema, entry);
    if (result.success && !zones.has(result.output.id)) zones.set(result.output.id, result.output);
  }
  return [...zones.values()];
}

/** A name as it is kept; empty: it is none. */
export function cleanName(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replaceAll(/[\u0000-\u001f\u007f:;]/g, " ").slice(0, MAX_ZONE_NAME_CHARS);
}

/** The first name and id that no zone has yet. */
export function freeNames(zones: readonly Zone[]): Pick<Zone, "id" | "name"> {
  let number = 1;
  const isTaken = () =>
    zones.some(({ id, name }) => id === `z${number}` || name === `Zone ${number}`);
  while (isTaken()) number += 1;
  return { id: `z${number}`, name: `Zone ${number}` };
}

/** Whether a class counts in a zone. */
export function watches({ classes }: Pick<Zone, "classes">, label: string): boolean {
  return classes === null || classes.includes(label);
}

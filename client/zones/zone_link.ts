import { EVENT_KINDS } from "@/protocol";
import type { Polygon } from "./geometry.ts";
import { MAX_CORNERS, MAX_ZONES, readZones, type Zone } from "./zone.ts";

/** Longer than eight zones of twelve corners with names; what is longer is not looked at. */
const MAX_CHARS = 4_000;

/** Corners in a link are in thousandths of the picture. */
const SCALE = 1000;

/** For all classes; no class is called so. */
const ALL = "*";

/**
 * Zones as a link carries them: `name:x,y,x,y,x,y:kinds:classes;…`, places in thousandths, kinds
 * by their first letters, classes `*` or by name.
 */
export function zonesToText(zones: readonly Zone[]): string {
  return zones.map(({ name, points, kinds, classes }) => {
    const places = points.flatMap(({ x, y }) => [x, y]).map((value) => Math.round(value * SCALE));
    const letters = kinds.map((kind) => kind[0]).join("");
    const named = classes?.filter((label) => !/[,:;]/.test(label)) ?? [ALL];
    return [name, places.join(","), letters, named.join(",")].join(":");
  }).join(";");
}

/** Reads {@linkcode zonesToText}; a zone that is not whole is as if it were not there. */
export function zonesOfText(text: string): readonly Zone[] {
  if (text.length > MAX_CHARS) return [];
  return readZones(
    text.split(";", MAX_ZONES).map((zone, index) => {
      const [name = "", places = "", letters = "", classes = ALL] = zone.split(":", 4);
      return {
        id: `z${index + 1}`,
        name,
        points: pointsOf(places),
        kinds: EVENT_KINDS.filter((kind) => letters.includes(kind[0]!)),
        classes: classes === ALL ? null : classes.split(",").filter((label) => label !== ""),
      };
    }),
  );
}

function pointsOf(text: string): Polygon {
  const values = text.split(",", 2 * MAX_CORNERS + 1)
    .map((number) => /^\d{1,4}$/.test(number) ? Number(number) / SCALE : NaN);
  if (values.length % 2 === 1) return [];
  return Array.from(
    { length: values.length / 2 },
    (_, at) => ({ x: values[2 * at]!, y: values[2 * at + 1]! }),
  );
}

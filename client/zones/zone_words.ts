import type { ZoneEvent } from "@/protocol";
import type { ZoneCount } from "./zone_watch.ts";

/** What a zone has counted, short enough for the picture; empty before anything was counted. */
export function countWords(count: ZoneCount | undefined): string {
  return count === undefined ? "" : `${count.now} now, ${count.entered} entered`;
}

/** The same by class. */
export function classWords({ classes }: ZoneCount): string {
  return classes.map(({ label, now, entered }) => `${label} ${now} / ${entered}`).join(", ");
}

/** What happened, as a sentence without a full stop. */
export function eventWords({ kind, lost, label, zone }: ZoneEvent): string {
  if (kind === "enter") return `${label} entered ${zone.name}`;
  return lost ? `${label} was lost in ${zone.name}` : `${label} left ${zone.name}`;
}

import { resolve } from "node:path";
import { spreadOf } from "../client/base/quantiles.ts";
import { machineFacts } from "./machine.ts";
import { ROOT } from "./server.ts";

/** Of the formatter's lines; a comma may follow. */
const LINE_CHARS = 100;

/**
 * Writes figures with when and on what machine they were measured.
 * @param name Of the bench, and of its file in `bench/results`.
 * @param output Another path.
 * @returns Words that say where they are.
 */
export async function writeFigures(
  name: string,
  figures: object,
  output?: string,
): Promise<string> {
  const path = output ?? `bench/results/${name}.json`;
  const head = { schema: 1, "measured_at": new Date().toISOString(), machine: machineFacts() };
  await writeWhole(resolve(ROOT, path), toJson({ ...head, ...figures }));
  return `Written to ${path}\n`;
}

/** JSON with objects and lists of plain values on one line each where they fit, as the formatter leaves them. */
export function toJson(value: unknown): string {
  const text = JSON.stringify(value, undefined, 2);
  const plain = /^( *(?:"(?:[^"\\]|\\.)*": )?)([[{])\n([^[\]{}]*)\n *([\]}])/gm;
  return `${
    text.replaceAll(plain, (whole, head: string, open: string, items: string, close: string) => {
      const space = open === "{" ? " " : "";
      const line = head + open + space + items.trim().replaceAll(/\n */g, " ") + space + close;
      return line.length < LINE_CHARS ? line : whole;
    })
  }\n`;
}

/** Writes a file that is there whole or not at all. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const parent = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : ".";
  await Deno.mkdir(parent, { recursive: true });
  const draft = `${path}.${Deno.pid}.part`;
  await Deno.writeTextFile(draft, text);
  await Deno.rename(draft, path);
}

/** To so many digits after the point. */
export function round(value: number, digits = 3): number {
  return Number(value.toFixed(digits));
}

/** As {@linkcode round}. */
export function roundOrNull(value: number | null, digits = 3): number | null {
  return value === null ? null : round(value, digits);
}

/** Median and P95 to so many digits after the point; `null` of nothing. */
export function roundedSpread(values: readonly number[], digits: number) {
  const { median, p95 } = spreadOf(values);
  return { median: roundOrNull(median, digits), p95: roundOrNull(p95, digits) };
}

import { MAX_CLASSES } from "@/protocol";
import { usableNames } from "./class_names.ts";
import type { OnnxFacts } from "./onnx_file.ts";

/** What Ultralytics' exporters write into their files. What is not there, or not readable, is `null`. */
export interface ExportFacts {
  /** `detect`, `segment`, `pose`, `classify`, `obb`. */
  readonly task: string | null;
  /** Class names in class order. */
  readonly names: readonly string[] | null;
  /** What was changed about the names, as a sentence; `null`: nothing. */
  readonly namesNote: string | null;
  /** Size that the model was exported for. */
  readonly sizePx: { readonly widthPx: number; readonly heightPx: number } | null;
  /** SPDX identifier. */
  readonly licence: string | null;
}

const LICENCES = ["AGPL-3.0", "GPL-3.0", "Apache-2.0", "MIT", "BSD-3-Clause"];

/** Reads them from a file's metadata, which is text in the notation of Python. */
export function readExport({ metadata }: Pick<OnnxFacts, "metadata">): ExportFacts {
  const task = metadata.get("task") ?? null;
  const licence = metadata.get("license") ?? "";
  const raw = parseNames(metadata.get("names") ?? "");
  const names = raw !== null && raw.length <= MAX_CLASSES ? usableNames(raw) : null;
  return {
    task: task !== null && /^[a-z]{1,32}$/.test(task) ? task : null,
    names: names?.names ?? null,
    namesNote: names?.note ?? null,
    sizePx: parseSize(metadata.get("imgsz") ?? ""),
    licence: LICENCES.find((known) => licence.startsWith(known)) ?? null,
  };
}

/** `[height, width]`, or one number for both. */
function parseSize(text: string): ExportFacts["sizePx"] {
  const match = /^[[(]?\s*(\d{2,4})\s*(?:,\s*(\d{2,4})\s*)?[\])]?$/.exec(text.trim());
  if (match === null) return null;
  const heightPx = Number(match[1]);
  return { heightPx, widthPx: Number(match[2] ?? match[1]) };
}

/**
 * Class names: `{0: 'person', 1: "hot dog"}` or `['person', 'hot dog']`, with Python's escapes.
 * `null` if it is neither, or a number is missing or there twice.
 */
export function parseNames(text: string): string[] | null {
  const trimmed = text.trim();
  const isMap = trimmed.startsWith("{") && trimmed.endsWith("}");
  const isList = trimmed.startsWith("[") && trimmed.endsWith("]");
  if (!isMap && !isList) return null;
  const item = isMap
    ? /\s*(\d{1,4})\s*:\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*(,|$)/sy
    : /\s*()(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*(,|$)/sy;
  const inner = trimmed.slice(1, -1).trim().replace(/,$/, "");
  const names: string[] = [];
  for (let at = 0; at < inner.length;) {
    item.lastIndex = at;
    const match = item.exec(inner);
    if (match === null) return null;
    at = item.lastIndex;
    const number = isMap ? Number(match[1]) : names.length;
    if (names[number] !== undefined) return null;
    names[number] = unescape(match[2] ?? match[3] ?? "");
  }
  return names.length > 0 && Object.keys(names).length === names.length ? names : null;
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r" };

function unescape(text: string): string {
  return text.replace(
    /\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|(.))/gis,
    (_, byte?: string, code?: string, char?: string) =>
      char === undefined ? String.fromCharCode(parseInt(byte ?? code!, 16)) : ESCAPES[char] ?? char,
  );
}

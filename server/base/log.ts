import { LogPace } from "./log_pace.ts";
import { hideSecrets } from "./log_privacy.ts";

/** From most to least talkative. */
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
/** See {@linkcode LOG_LEVELS}. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** `json`: one JSON object a line. `text`: for a person at a terminal. */
export const LOG_FORMATS = ["json", "text"] as const;
/** See {@linkcode LOG_FORMATS}. */
export type LogFormat = (typeof LOG_FORMATS)[number];

/**
 * Facts of one log line. Rooms and peers by `logName()`; never a token, a fragment, or a URL that
 * carries one. What slips through all the same is hidden, see {@linkcode hideSecrets}.
 */
export type LogFields = Readonly<Record<string, string | number | boolean | null>>;

/** Where log lines go. */
export interface LogOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Takes one line with its line feed. */
  readonly write: (line: string, level: LogLevel) => void;
  /** Ms since the Unix epoch. */
  readonly now?: () => number;
}

/**
 * One line per change in something's life, and nothing that can happen more than about once a
 * second per peer: those are `debug`.
 */
export class Log {
  readonly #options: LogOptions;
  readonly #pace = new LogPace();
  #leftOut = 0;

  constructor(options: LogOptions) {
    this.#options = options;
  }

  /** Lines left out since the start; see {@linkcode LogPace}. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /** What explains a fault when somebody looks for it: refusals, addresses. */
  debug(event: string, fields?: LogFields): void {
    this.#write("debug", event, fields);
  }

  /** Something began or ended. */
  info(event: string, fields?: LogFields): void {
    this.#write("info", event, fields);
  }

  /** Something is not as it should be, and the server goes on. */
  warn(event: string, fields?: LogFields): void {
    this.#write("warn", event, fields);
  }

  /** Something failed that should not have. */
  error(event: string, fields?: LogFields): void {
    this.#write("error", event, fields);
  }

  #write(level: LogLevel, event: string, given: LogFields = {}): void {
    if (LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(this.#options.level)) return;
    // Debug lines are asked for, to see each.
    const leftOut = level === "debug" ? 0 : this.#pace.admit(event, given, performance.now());
    if (leftOut === null) {
      this.#leftOut += 1;
      return;
    }
    const time = new Date((this.#options.now ?? Date.now)()).toISOString();
    const fields = toShow(leftOut > 0 ? { ...given, leftOut } : given);
    this.#options.write(
      this.#options.format === "json"
        ? `${toJson({ time, level, event, ...fields })}\n`
        : `${time.slice(11, 19)} ${level.padEnd(5)} ${event}${toText(fields)}\n`,
      level,
    );
  }
}

/** How {@linkcode stderrLog} writes. */
export interface StderrOptions {
  readonly level: LogLevel;
  /** `auto`: JSON unless a person is looking at it. */
  readonly format: LogFormat | "auto";
  /** What of the console is exported by OpenTelemetry; see `ServerConfig.telemetry`. */
  readonly telemetry: "capture" | "replace" | "ignore" | null;
}

/** A log that writes to standard error, and where Deno exports the console, to that. */
export function stderrLog({ level, format, telemetry }: StderrOptions): Log {
  const encoder = new TextEncoder();
  const isPrinted = telemetry !== "capture";
  const isExported = telemetry === "capture" || telemetry === "replace";
  const { console } = globalThis;
  return new Log({
    level,
    format: format !== "auto" ? format : Deno.stderr.isTerminal() ? "text" : "json",
    write: (line, lineLevel) => {
      if (isPrinted) Deno.stderr.writeSync(encoder.encode(line));
      // Deno's exporter takes logs from here only, and prints them itself unless told not to.
      if (isExported) console[lineLevel](line.trimEnd());
    },
  });
}

/** Longest value that is shown; a stack is some 2 kB. */
const MAX_VALUE_CHARS = 4_000;

/** What is in every line; a field of that name (of a library's message, say) stands beside it. */
const OWN_NAMES: ReadonlySet<string> = new Set(["time", "level", "event"]);

function toShow(fields: LogFields): LogFields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      OWN_NAMES.has(name) ? `${name}_` : name,
      typeof value === "string" ? hideSecrets(name, value.slice(0, MAX_VALUE_CHARS)) : value,
    ]),
  );
}

function toText(fields: LogFields): string {
  // Quoted as JSON where it holds a control character or a space, so that a line stays one line.
  return Object.entries(fields).map(([name, value]) =>
    typeof value === "string" && /^[\x21-\x7e]+$/.test(value)
      ? ` ${name}=${value}`
      : ` ${name}=${toJson(value)}`
  ).join("");
}

/** What JSON leaves as it is and terminals act on: C1 controls, other line ends, turns of direction. */
const ACTIVE = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** As JSON, in characters that stand for themselves. */
function toJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    ACTIVE,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** What a process of ours says, as fields of a log, which are one level deep. */
export function plainFields(fields: Readonly<Record<string, unknown>>): LogFields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      ["string", "number", "boolean"].includes(typeof value)
        ? value as string | number | boolean
        : JSON.stringify(value) ?? null,
    ]),
  );
}

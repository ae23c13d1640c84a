/** From most to least talkative. */
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
/** See {@linkcode LOG_LEVELS}. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** `json`: one JSON object a line. `text`: for a person at a terminal. */
export const LOG_FORMATS = ["json", "text"] as const;
/** See {@linkcode LOG_FORMATS}. */
export type LogFormat = (typeof LOG_FORMATS)[number];

/** Facts of one log line. Never a token, a fragment, or a URL that carries one. */
export type LogFields = Readonly<Record<string, string | number | boolean | null>>;

/** Where log lines go. */
export interface LogOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Takes one line with its line feed. */
  readonly write: (line: string) => void;
  /** Ms since the Unix epoch. */
  readonly now?: () => number;
}

/**
 * One line per change in something's life, and nothing that can happen more than about once a
 * second per peer: those are `debug`.
 */
export class Log {
  readonly #options: LogOptions;

  constructor(options: LogOptions) {
    this.#options = options;
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

  #write(level: LogLevel, event: string, fields: LogFields = {}): void {
    if (LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(this.#options.level)) return;
    const time = new Date((this.#options.now ?? Date.now)()).toISOString();
    this.#options.write(
      this.#options.format === "json"
        ? `${JSON.stringify({ time, level, event, ...fields })}\n`
        : `${time.slice(11, 19)} ${level.padEnd(5)} ${event}${toText(fields)}\n`,
    );
  }
}

/** A log that writes to standard error. `auto`: JSON unless a person is looking at it. */
export function stderrLog(level: LogLevel, format: LogFormat | "auto" = "auto"): Log {
  const encoder = new TextEncoder();
  return new Log({
    level,
    format: format !== "auto" ? format : Deno.stderr.isTerminal() ? "text" : "json",
    write: (line) => void Deno.stderr.writeSync(encoder.encode(line)),
  });
}

function toText(fields: LogFields): string {
  // Quoted as JSON where it holds a control character or a space, so that a line stays one line.
  return Object.entries(fields).map(([name, value]) =>
    typeof value === "string" && /^[\x21-\x7e]+$/.test(value)
      ? ` ${name}=${value}`
      : ` ${name}=${JSON.stringify(value)}`
  ).join("");
}

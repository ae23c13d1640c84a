import { KeyedLimiter } from "./rate_limit.ts";

/** Lines of one cause: more tell nothing new, and fill a disk. */
const CAUSE_RATE = { perSecond: 1, burst: 30 };

/** Lines of one event, whatever its causes: some of their words come from outside. */
const EVENT_RATE = { perSecond: 5, burst: 150 };

/** Causes told apart; the one not seen for longest goes first. */
const MAX_CAUSES = 256;

/** What tells one cause of an event from another, where a line has it. */
const CAUSE_FIELDS = ["reason", "code", "cause"] as const;

/** Longest part of them that does; what comes behind varies with what was asked. */
const MAX_CAUSE_CHARS = 40;

/** Which lines of a log are written, so that nobody who sets one off makes it grow as they like. */
export class LogPace {
  readonly #causes = new KeyedLimiter(CAUSE_RATE, MAX_CAUSES);
  readonly #events = new KeyedLimiter(EVENT_RATE, MAX_CAUSES);
  /** By event: those are words of our own, so few. */
  readonly #leftOut = new Map<string, number>();

  /**
   * `null`: the line is left out. Otherwise how many of its event were left out since the last one.
   * @param nowMs On a clock that does not go backwards.
   */
  admit(event: string, fields: Readonly<Record<string, unknown>>, nowMs: number): number | null {
    const leftOut = this.#leftOut.get(event) ?? 0;
    // In this order: what one cause has too many of is not taken from the event's others.
    const isLeftOut = this.#causes.take(causeOf(event, fields), nowMs) > 0 ||
      this.#events.take(event, nowMs) > 0;
    if (isLeftOut) {
      this.#leftOut.set(event, leftOut + 1);
      return null;
    }
    this.#leftOut.delete(event);
    return leftOut;
  }
}

function causeOf(event: string, fields: Readonly<Record<string, unknown>>): string {
  const causes = CAUSE_FIELDS.map((name) => fields[name] ?? "");
  // Numbers, and what stands in quotes, are of one request each.
  return [event, ...causes].map((text) =>
    String(text).split(/["'`]/)[0]!.replaceAll(/[^A-Za-z ]+/g, "").slice(0, MAX_CAUSE_CHARS)
  ).join("|");
}

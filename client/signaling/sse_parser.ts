/** One event of a `text/event-stream`. */
export interface SseEvent {
  /** `message` where the stream names none. */
  readonly event: string;
  readonly data: string;
}

/** A line or an event longer than this is not from our server. UTF-16 units. */
export const MAX_SSE_CHARS = 256 * 1024;

/**
 * Turns the pieces of an event stream, cut anywhere, into events. Comments and unknown fields are
 * dropped. Source: HTML Standard, section 9.2.6 "Interpreting an event stream".
 */
export class SseParser {
  #rest = "";
  #event = "";
  #data: string[] = [];
  #dataChars = 0;
  #isStart = true;

  /** The events that `chunk` completes. @throws {RangeError} If one exceeds the limit. */
  push(chunk: string): SseEvent[] {
    let text = this.#rest + chunk;
    if (this.#isStart && text.length > 0) {
      if (text.startsWith("\uFEFF")) text = text.slice(1);
      this.#isStart = false;
    }
    const events: SseEvent[] = [];
    let start = 0;
    for (let at = 0; at < text.length; at++) {
      const char = text[at];
      if (char !== "\n" && char !== "\r") continue;
      // A CR at the end may be half of a CRLF: it is decided with the next piece.
      if (char === "\r" && at === text.length - 1) break;
      this.#line(text.slice(start, at), events);
      if (char === "\r" && text[at + 1] === "\n") at++;
      start = at + 1;
    }
    this.#rest = text.slice(start);
    bounded(this.#rest.length);
    return events;
  }

  #line(line: string, events: SseEvent[]): void {
    if (line === "") {
      if (this.#data.length > 0) {
        events.push({ event: this.#event || "message", data: this.#data.join("\n") });
      }
      this.#event = "";
      this.#data = [];
      this.#dataChars = 0;
      return;
    }
    const colon = line.indexOf(":");
    const field = colon === -1 ? line : line.slice(0, colon);
    let value = colon === -1 ? "" : line.slice(colon + 1);
    if (value.startsWith(" ")) value = value.slice(1);
    if (field === "event") this.#event = value;
    if (field !== "data") return;
    this.#dataChars += value.length + 1;
    bounded(this.#dataChars);
    this.#data.push(value);
  }
}

function bounded(chars: number): void {
  if (chars > MAX_SSE_CHARS) throw new RangeError(`Cannot read event stream: ${chars} characters`);
}

import type { FromClientMessage } from "@/protocol";
import { type Carrier, type CarrierOptions, parsed } from "./carrier.ts";
import { SseParser } from "./sse_parser.ts";

/** Names the session of a stream when sending to it. */
export const SESSION_HEADER = "X-Peerlens-Session";

/** Messages in one POST; the server takes no more. */
export const MAX_BATCH = 32;

/** Only small requests ask to survive the page. */
const MAX_KEEPALIVE_CHARS = 4 * 1024;

/** Waiting messages beyond this mean that nothing gets through: the carrier counts as lost. */
const MAX_WAITING = 256;

/** The fallback where no WebSocket gets through: a streamed answer down, POST requests up. */
export function openSseCarrier(options: CarrierOptions): Carrier {
  const carrier = new SseCarrier(options);
  void carrier.run();
  return carrier;
}

class SseCarrier implements Carrier {
  readonly #options: CarrierOptions;
  readonly #abort = new AbortController();
  #session: string | null = null;
  #waiting: FromClientMessage[] = [];
  #isSending = false;
  #isOver = false;

  constructor(options: CarrierOptions) {
    this.#options = options;
  }

  async run(): Promise<void> {
    try {
      const response = await this.#post("/api/signal/stream", this.#options.join);
      const isStream = response.headers.get("content-type")?.startsWith("text/event-stream");
      if (!isStream) this.#refusal(await response.text());
      else if (response.body !== null) await this.#read(response.body);
    } catch {
      // Whatever ended the stream, the next step is the same: reconnect.
    }
    this.#end();
  }

  send(message: FromClientMessage): void {
    if (this.#isOver) return;
    this.#waiting.push(message);
    if (this.#waiting.length > MAX_WAITING) this.#end();
    else void this.#flush();
  }

  close(): void {
    this.#isOver = true;
    // What is on its way up (a `leave`) outlives the stream: only the stream is aborted.
    this.#abort.abort();
  }

  async #read(body: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    const parser = new SseParser();
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done || this.#isOver) return;
      for (const { event, data } of parser.push(value)) {
        if (event === "session") {
          this.#session = data;
          void this.#flush();
          continue;
        }
        const message = parsed(data, this.#options.log);
        if (message !== null && !this.#isOver) this.#options.events.onMessage(message);
      }
    }
  }

  /** One request at a time keeps the order; what gathers meanwhile goes together. */
  async #flush(): Promise<void> {
    if (this.#isSending || this.#session === null) return;
    this.#isSending = true;
    try {
      while (this.#waiting.length > 0) {
        const batch = this.#waiting.splice(0, MAX_BATCH);
        const response = await this.#post("/api/signal/send", batch, this.#session);
        if (!response.ok) throw new Error(`Cannot send: ${response.status}`);
        await response.body?.cancel();
      }
    } catch {
      this.#end();
    } finally {
      this.#isSending = false;
    }
  }

  #post(path: string, body: unknown, session?: string): Promise<Response> {
    const headers: Record<string, string> = { "Content-Type": "application/json" };
    if (session !== undefined) headers[SESSION_HEADER] = session;
    const text = JSON.stringify(body);
    return fetch(new URL(path, this.#options.origin), {
      method: "POST",
      headers,
      body: text,
      cache: "no-store",
      // A `leave` must survive the page, the stream must not. Browsers allow 64 KiB of `keepalive`.
      ...(session === undefined
        ? { signal: this.#abort.signal }
        : { keepalive: text.length <= MAX_KEEPALIVE_CHARS }),
    });
  }

  #refusal(text: string): void {
    const message = parsed(text, this.#options.log);
    if (message?.type === "error" && !this.#isOver) this.#options.events.onMessage(message);
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#abort.abort();
    this.#options.events.onClose();
  }
}

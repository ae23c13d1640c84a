import {
  encodeRecord,
  fromRelayWireSchema,
  MAX_RELAY_FRAME_BYTES,
  parse,
  RecordReader,
  type RelayCloseReason,
} from "@/protocol";
import type { Wire, WireEvents } from "./wire.ts";

/** Names a wire in its POSTs. */
const SESSION_HEADER = "X-Peerlens-Session";

/** Texts that wait for the POST under way; beyond, the way is dead. */
const MAX_WAITING = 256;

/** The way where no WebSocket gets through: a streamed answer down, POSTs up, one after another. */
export function openStreamWire(origin: string, ticket: string, events: WireEvents): Wire {
  const wire = new StreamWire(origin, events);
  void wire.run(ticket);
  return wire;
}

class StreamWire implements Wire {
  readonly #origin: string;
  readonly #events: WireEvents;
  readonly #abort = new AbortController();
  #session: string | null = null;
  #waiting: Uint8Array<ArrayBuffer>[] = [];
  #bufferedBytes = 0;
  #isSending = false;
  #isOver = false;
  #reason: RelayCloseReason | null = null;

  constructor(origin: string, events: WireEvents) {
    this.#origin = origin;
    this.#events = events;
  }

  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  async run(ticket: string): Promise<void> {
    try {
      const response = await this.#post("/api/relay/stream", ticket);
      if (response.ok && response.body !== null) await this.#read(response.body);
    } catch {
      // Whatever ended the stream, the next step is the same.
    }
    this.#end();
  }

  send(message: string | Uint8Array<ArrayBuffer>): void {
    if (this.#isOver) return;
    const record = encodeRecord(message);
    this.#waiting.push(record);
    this.#bufferedBytes += record.length;
    if (this.#waiting.length > MAX_WAITING) this.#end();
    else void this.#flush();
  }

  close(): void {
    this.#isOver = true;
    this.#abort.abort();
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    const records = new RecordReader((message) => {
      if (!this.#isOver) this.#receive(message);
    });
    const reader = body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done || this.#isOver) return;
      records.push(value);
    }
  }

  #receive(message: string | Uint8Array<ArrayBuffer>): void {
    if (typeof message !== "string") return this.#events.onFrame(message);
    let text;
    try {
      text = parse(fromRelayWireSchema, message);
    } catch {
      return;
    }
    if (text.type === "closed") {
      this.#reason = text.reason;
      return;
    }
    if (text.type === "opened") {
      this.#session = text.session ?? null;
      void this.#flush();
    }
    this.#events.onText(text);
  }

  /** What gathers while one POST is under way goes together, up to a frame and something beside it. */
  async #flush(): Promise<void> {
    if (this.#isSending || this.#session === null) return;
    this.#isSending = true;
    try {
      while (this.#waiting.length > 0 && !this.#isOver) {
        const batch: Uint8Array<ArrayBuffer>[] = [];
        let bytes = 0;
        while (this.#waiting[0] !== undefined) {
          bytes += this.#waiting[0].length;
          if (batch.length > 0 && bytes > MAX_RELAY_FRAME_BYTES) break;
          batch.push(this.#waiting.shift()!);
        }
        const response = await this.#post("/api/relay/send", new Blob(batch), this.#session);
        await response.body?.cancel();
        if (!response.ok) throw new Error(`Cannot send: ${response.status}`);
        this.#bufferedBytes -= batch.reduce((sum, { length }) => sum + length, 0);
      }
    } catch {
      this.#end();
    } finally {
      this.#isSending = false;
    }
  }

  #post(path: string, body: BodyInit, session?: string): Promise<Response> {
    return fetch(new URL(path, this.#origin), {
      method: "POST",
      headers: session === undefined ? {} : { [SESSION_HEADER]: session },
      body,
      cache: "no-store",
      signal: this.#abort.signal,
    });
  }

  #end(): void {
    if (this.#isOver) return;
    this.close();
    this.#events.onClose(this.#reason);
  }
}

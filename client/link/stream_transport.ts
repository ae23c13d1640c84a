import { LINK_HEADER, LINK_PATHS, LINK_TOPIC, MAX_RECORD_BYTES, RecordReader } from "@/protocol";
import type { Transport, TransportOptions } from "./transport.ts";

/** What gathers while a POST is under way goes together, up to so much. */
const MAX_BATCH_BYTES = 256 * 1024;

/** Only small requests ask to survive the page: browsers allow 64 KiB of them. */
const MAX_KEEPALIVE_BYTES = 4 * 1024;

/** Waiting records beyond this mean that nothing gets through: the transport counts as lost. */
const MAX_WAITING = 256;

/** A server that has no room for a body now took nothing of it. It is asked this often, more slowly each time. */
const MAX_TRIES = 5;
const NO_ROOM = { status: 503, pauseMs: 200 };

/** Where no WebSocket gets through: a streamed answer down, POSTs up, one after another. */
export function openStreamTransport(options: TransportOptions): Transport {
  const transport = new StreamTransport(options);
  void transport.run();
  return transport;
}

class StreamTransport implements Transport {
  /** Its first request has it. */
  readonly hasSpoken = true;
  readonly #options: TransportOptions;
  readonly #abort = new AbortController();
  #id: string | null = null;
  #waiting: Uint8Array<ArrayBuffer>[] = [];
  #bufferedBytes = 0;
  #isSending = false;
  #isOver = false;

  constructor(options: TransportOptions) {
    this.#options = options;
  }

  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  async run(): Promise<void> {
    try {
      const response = await this.#post(LINK_PATHS.stream, this.#options.first);
      const id = response.headers.get(LINK_HEADER);
      if (response.ok && response.body !== null && id !== null) {
        this.#id = id;
        void this.#flush();
        await this.#read(response.body);
      } else this.#refusal(await response.text());
    } catch {
      // Whatever ended the stream, the next step is the same: reconnect.
    }
    this.#end();
  }

  send(record: Uint8Array<ArrayBuffer>): void {
    if (this.#isOver) return;
    this.#waiting.push(record);
    this.#bufferedBytes += record.length;
    if (this.#waiting.length > MAX_WAITING) this.#end();
    else void this.#flush();
  }

  close(): void {
    this.#isOver = true;
    // Of what is on its way up, a `leave` outlives the stream, and pictures do not.
    this.#waiting = this.#waiting.filter(({ length }) => length <= MAX_KEEPALIVE_BYTES);
    this.#abort.abort();
  }

  async #read(body: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    const records = new RecordReader(MAX_RECORD_BYTES, (record) => {
      if (!this.#isOver) this.#options.events.onRecord(record);
    });
    const reader = body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done || this.#isOver) return;
      records.push(value);
    }
  }

  /** One request at a time keeps the order. */
  async #flush(): Promise<void> {
    if (this.#isSending || this.#id === null) return;
    this.#isSending = true;
    try {
      while (this.#waiting.length > 0) {
        const batch = this.#nextBatch();
        await this.#sendBatch(new Blob(batch), this.#id);
        this.#bufferedBytes -= bytesOf(batch);
      }
    } catch {
      this.#end();
    } finally {
      this.#isSending = false;
    }
  }

  async #sendBatch(batch: Blob, id: string): Promise<void> {
    for (let tries = 1;; tries++) {
      const response = await this.#post(LINK_PATHS.send, batch, id);
      await response.body?.cancel();
      if (response.ok) return;
      if (response.status !== NO_ROOM.status || tries === MAX_TRIES || this.#isOver) {
        throw new Error(`Cannot send: ${response.status}`);
      }
      await new Promise((resolve) => setTimeout(resolve, tries * NO_ROOM.pauseMs));
    }
  }

  #nextBatch(): Uint8Array<ArrayBuffer>[] {
    const batch = [this.#waiting.shift()!];
    while (this.#waiting.length > 0) {
      if (bytesOf(batch) + this.#waiting[0]!.length > MAX_BATCH_BYTES) break;
      batch.push(this.#waiting.shift()!);
    }
    return batch;
  }

  #post(path: string, body: Blob | Uint8Array<ArrayBuffer>, id?: string): Promise<Response> {
    const bytes = body instanceof Blob ? body.size : body.length;
    const isSmall = id !== undefined && bytes <= MAX_KEEPALIVE_BYTES;
    return fetch(new URL(path, this.#options.origin), {
      method: "POST",
      headers: id === undefined ? {} : { [LINK_HEADER]: id },
      body,
      cache: "no-store",
      ...(isSmall ? { keepalive: true } : { signal: this.#abort.signal }),
    });
  }

  /** What the server says before there is a stream is a message as JSON. */
  #refusal(text: string): void {
    if (this.#isOver) return;
    this.#options.events.onRecord({ topic: LINK_TOPIC, data: text });
  }

  #end(): void {
    if (this.#isOver) return;
    this.close();
    this.#options.events.onClose();
  }
}

function bytesOf(records: readonly Uint8Array[]): number {
  return records.reduce((sum, { length }) => sum + length, 0);
}

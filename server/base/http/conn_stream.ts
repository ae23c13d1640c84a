import { Buffer } from "node:buffer";
import { Duplex } from "node:stream";

/** Read at once from the network. */
const READ_BYTES = 64 * 1024;

/** A peer that takes nothing of what waits for it for this long is gone. */
const STALL_MS = 30_000;

/** One that has ended on our side is cut off after this. */
const LINGER_MS = 500;

/** Why a connection was ended by us though nothing was said of its end. */
export type CutCause =
  /** Its TLS, or the head of a request, did not come in time. */
  | "too-slow"
  /** The head of a request is longer than it may be. */
  | "too-large"
  /** More requests at a time than one that waits for answers sends. */
  | "too-many-requests"
  /** No request came for so long. */
  | "idle"
  /** It does not take what waits for it. */
  | "stalled";

/** Connections that were ended so. */
export type CutCounts = Record<CutCause, number>;

/** Nothing yet. */
export function noCuts(): CutCounts {
  return { "too-slow": 0, "too-large": 0, "too-many-requests": 0, idle: 0, stalled: 0 };
}

/**
 * A connection as `node:http` takes it. Deno's own `node:net` server accepts as fast as it can and is
 * gone for good, without a word, once there is no descriptor left; so connections are accepted by
 * `Deno.listen`, one after the other, and wrapped.
 */
export class ConnStream extends Duplex {
  readonly #conn: Deno.Conn;
  #cutFor: CutCause | null = null;
  #isReading = false;
  #isCut = false;
  #onReadEnd: () => void = () => {};
  #idleMs = 0;
  #idle: ReturnType<typeof setTimeout> | undefined;

  constructor(conn: Deno.Conn) {
    super({ allowHalfOpen: true, emitClose: true });
    this.#conn = conn;
  }

  /** Why it was cut first; `null`: it was not, or for no bound of ours. */
  get cutFor(): CutCause | null {
    return this.#cutFor;
  }

  /** Ends it at once, whatever is still under way. */
  cut(cause: CutCause | null = null): void {
    if (!this.#isCut && !this.destroyed) this.#cutFor = cause;
    this.#isCut = true;
    if (this.destroyed) this.#close();
    else this.destroy();
  }

  override _read(): void {
    if (!this.#isReading) void this.#readOn();
  }

  override _write(
    chunk: Uint8Array,
    _encoding: string,
    done: (error?: Error | null) => void,
  ): void {
    this.#send(chunk).then(() => done(), done);
  }

  override _final(done: (error?: Error | null) => void): void {
    // The other side may have gone first.
    this.#conn.closeWrite().then(() => done(), () => done());
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearTimeout(this.#idle);
    const close = () => {
      this.#close();
      done(error);
    };
    if (error !== null || this.#isCut || this.readableEnded) close();
    else this.#linger().then(close);
  }

  /** As of `net.Socket`: `timeout` when nothing came or went for so long. */
  setTimeout(ms: number, onTimeout?: () => void): this {
    this.#idleMs = ms;
    if (onTimeout !== undefined) this.once("timeout", onTimeout);
    this.#touch();
    return this;
  }

  /** As of `net.Socket`; Deno's own connections have both as they should be. */
  setNoDelay(): this {
    return this;
  }

  /** As of `net.Socket`. */
  setKeepAlive(): this {
    return this;
  }

  /** As of `net.Socket`. */
  ref(): this {
    return this;
  }

  /** As of `net.Socket`. */
  unref(): this {
    return this;
  }

  /** As of `net.Socket`. */
  destroySoon(): void {
    if (this.writableFinished) return void this.destroy();
    this.once("finish", () => this.destroy());
    this.end();
  }

  async #readOn(): Promise<void> {
    this.#isReading = true;
    try {
      for (;;) {
        const buffer = new Uint8Array(READ_BYTES);
        const bytes = await this.#conn.read(buffer);
        if (this.destroyed) {
          if (bytes === null) return;
          continue;
        }
        this.#touch();
        if (bytes === null) return void this.push(null);
        if (!this.push(Buffer.from(buffer.buffer, 0, bytes))) return;
      }
    } catch {
      // Reset, or closed by us: nothing that anybody could be told.
      this.cut();
    } finally {
      this.#isReading = false;
      this.#onReadEnd();
    }
  }

  /**
   * Reads away for a moment what still comes: closed before that, the system would take back the answer
   * that has just been given.
   */
  async #linger(): Promise<void> {
    // First: closing waits behind what the other side does not take.
    const late = setTimeout(() => this.#close(), LINGER_MS);
    await this.#conn.closeWrite().catch(() => {});
    const ended = new Promise<void>((resolve) => void (this.#onReadEnd = resolve));
    if (!this.#isReading) void this.#readOn();
    await ended;
    clearTimeout(late);
  }

  #close(): void {
    try {
      this.#conn.close();
    } catch {
      // Closed already.
    }
  }

  async #send(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length;) {
      const stalled = setTimeout(() => this.cut("stalled"), STALL_MS);
      try {
        at += await this.#conn.write(chunk.subarray(at));
      } finally {
        clearTimeout(stalled);
      }
      this.#touch();
    }
  }

  #touch(): void {
    clearTimeout(this.#idle);
    if (this.#idleMs > 0 && !this.destroyed) {
      this.#idle = setTimeout(() => this.emit("timeout"), this.#idleMs);
    }
  }
}

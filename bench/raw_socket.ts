// A WebSocket client whose every byte is its own.
import { connect, type Socket } from "node:net";
import { recordOf } from "./records.ts";

/** A frame as it came, or as it shall be sent. */
export interface RawFrame {
  readonly opcode: number;
  readonly payload: Uint8Array;
}

/** Where to connect, and as whom. */
export interface RawTarget {
  /** @default {"127.0.0.1"} */
  readonly host?: string;
  readonly port: number;
  /** Source address: 127.0.0.0/8 is all this machine, so one program can be many clients. */
  readonly localAddress?: string;
}

/** What an upgrade asks for; the right one unless told otherwise. */
export interface RawUpgrade extends RawTarget {
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string | null>>;
}

/** Opcodes of RFC 6455. */
export const OP = { text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** Bytes that have come and were not looked at yet; never more than what a test waits for. */
export class RawSocket {
  readonly #socket: Socket;
  #bytes = new Uint8Array(0);
  #ended = false;
  #wake = () => {};

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (chunk: Uint8Array) => {
      const joined = new Uint8Array(this.#bytes.length + chunk.length);
      joined.set(this.#bytes);
      joined.set(chunk, this.#bytes.length);
      this.#bytes = joined;
      this.#wake();
    });
    const end = () => {
      this.#ended = true;
      this.#wake();
    };
    socket.on("end", end).on("close", end).on("error", end);
  }

  /** Opens a TCP connection. @throws {Error} If nobody answers. */
  static open(
    { host = "127.0.0.1", port, localAddress = "127.0.0.1" }: RawTarget,
  ): Promise<RawSocket> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host, localAddress, noDelay: true });
      socket.once("connect", () => {
        socket.off("error", reject);
        resolve(new RawSocket(socket));
      });
      socket.once("error", reject);
    });
  }

  /** Whether the other end has closed. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Resolves when the bytes are written, or the connection is gone. */
  write(bytes: Uint8Array | string): Promise<void> {
    if (this.#ended || this.#socket.destroyed) return Promise.resolve();
    return new Promise((resolve) => this.#socket.write(bytes, () => resolve()));
  }

  /** Takes nothing more from the network: what comes waits at the other end. */
  stopReading(): void {
    this.#socket.pause();
  }

  /** The next bytes as soon as `parse` finds something in them; `null`: the end, or too late. */
  async read<T>(
    parse: (bytes: Uint8Array) => { readonly value: T; readonly length: number } | null,
    timeoutMs: number,
  ): Promise<T | null> {
    const deadline = performance.now() + timeoutMs;
    while (true) {
      const found = parse(this.#bytes);
      if (found !== null) {
        this.#bytes = this.#bytes.slice(found.length);
        return found.value;
      }
      const leftMs = deadline - performance.now();
      if (this.#ended || leftMs <= 0) return null;
      await this.#change(leftMs);
    }
  }

  /** Whether the other end closes in time. */
  async waitForEnd(timeoutMs: number): Promise<boolean> {
    const deadline = performance.now() + timeoutMs;
    while (!this.#ended && performance.now() < deadline) {
      await this.#change(deadline - performance.now());
    }
    return this.#ended;
  }

  close(): void {
    this.#socket.destroy();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #change(timeoutMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = () => {};
  }
}

/** Status line and headers of an answer. */
export interface RawHead {
  readonly status: number;
  readonly text: string;
}

/** Reads up to the empty line. */
export function readHead(socket: RawSocket, timeoutMs = 5_000): Promise<RawHead | null> {
  return socket.read((bytes) => {
    const text = new TextDecoder("latin1").decode(bytes);
    const end = text.indexOf("\r\n\r\n");
    if (end < 0) return null;
    const head = text.slice(0, end);
    return {
      value: { status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]), text: head },
      length: end + 4,
    };
  }, timeoutMs);
}

/** The text of an upgrade; a header that is `null` is left out. */
export function upgradeText({ port, path = "/api/link", headers = {} }: RawUpgrade): string {
  const all: Record<string, string | null> = {
    "Host": `localhost:${port}`,
    "Origin": `http://localhost:${port}`,
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16)))),
    ...headers,
  };
  const lines = Object.entries(all).filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}: ${value}\r\n`);
  return `GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`;
}

/** Opens a WebSocket, or says with which status it was refused; `null`: no answer. */
export async function openRaw(
  upgrade: RawUpgrade,
): Promise<{ socket: RawSocket; status: number | null }> {
  const socket = await RawSocket.open(upgrade);
  await socket.write(upgradeText(upgrade));
  return { socket, status: (await readHead(socket))?.status ?? null };
}

/** A whole message as a frame, masked as a client's has to be. */
export function encodeFrame({ opcode, payload }: RawFrame): Uint8Array {
  const { length } = payload;
  const extended = length < 126 ? 0 : length < 65536 ? 2 : 8;
  const head = new Uint8Array(2 + extended + 4);
  head[0] = 0x80 | opcode;
  head[1] = 0x80 | (extended === 0 ? length : extended === 2 ? 126 : 127);
  const view = new DataView(head.buffer);
  if (extended === 2) view.setUint16(2, length);
  if (extended === 8) view.setBigUint64(2, BigInt(length));
  const bytes = new Uint8Array(head.length + length);
  bytes.set(head);
  bytes.set(payload, head.length);
  const mask = crypto.getRandomValues(new Uint8Array(4));
  bytes.set(mask, head.length - 4);
  for (let i = 0; i < length; i++) bytes[head.length + i]! ^= mask[i & 3]!;
  return bytes;
}

/** The next frame of the server; `null`: the end, or too late. */
export function readFrame(socket: RawSocket, timeoutMs = 3_000): Promise<RawFrame | null> {
  return socket.read((bytes) => {
    if (bytes.length < 2) return null;
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const short = bytes[1]! & 0x7f;
    const start = short === 126 ? 4 : short === 127 ? 10 : 2;
    if (bytes.length < start) return null;
    const length = short === 126
      ? view.getUint16(2)
      : short === 127
      ? Number(view.getBigUint64(2))
      : short;
    if (bytes.length < start + length) return null;
    const value = { opcode: bytes[0]! & 15, payload: bytes.slice(start, start + length) };
    return { value, length: start + length };
  }, timeoutMs);
}

/** A frame with a record. Topic 0: what is said of link and room. */
export function recordFrame(content: string | Uint8Array, topic = 0): Uint8Array {
  return encodeFrame({ opcode: OP.binary, payload: recordOf(content, topic) });
}

/** Code and reason in the payload of a close frame; `null`: it holds none. */
export function closeCode({ payload }: RawFrame): number | null {
  return payload.length < 2 ? null : payload[0]! << 8 | payload[1]!;
}

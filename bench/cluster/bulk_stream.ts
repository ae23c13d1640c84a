import type { StreamSettings } from "@/protocol";
import { encodeFrame, OP, readFrame } from "../raw_socket.ts";
import { firstRecord, frameChunkOf, recordOf } from "../records.ts";
import { newRoom, RawPeer, secret, type ServerMessage } from "../room_client.ts";

/** A frame to send over and over. */
export interface Picture {
  readonly jpeg: Uint8Array;
  readonly widthPx: number;
  readonly heightPx: number;
}

/** What one stream saw since it was told to count. */
export interface BulkCounts {
  results: number;
  drops: number;
  readonly roundTripsMs: number[];
  /** What of those was not spent on examining the frame, by the server's own times. */
  readonly waysMs: number[];
}

/** Nothing yet. */
export function noCounts(): BulkCounts {
  return { results: 0, drops: 0, roundTripsMs: [], waysMs: [] };
}

const OPEN_MS = 20_000;

/** The server closes a link that has been silent three times as long. */
const PING_MS = 8_000;

/** Longer than a link is ever silent. */
const SILENCE_MS = 60_000;

/** A viewer's stream whose frames go over its bulk link: the way that leads over NATS. */
export class BulkStream {
  readonly #control: RawPeer;
  readonly #bulk: RawPeer;
  readonly #topic: number;
  readonly #sentMs = new Map<number, number>();
  readonly #waiters = new Map<number, (isResult: boolean) => void>();
  readonly #pings: ReturnType<typeof setInterval>;
  #isClosed = false;
  counts: BulkCounts = noCounts();

  #nextId = 1;

  private constructor(control: RawPeer, bulk: RawPeer, topic: number) {
    this.#control = control;
    this.#bulk = bulk;
    this.#topic = topic;
    let nonce = 0;
    this.#pings = setInterval(() => {
      for (const peer of [control, bulk]) void peer.send({ type: "ping", nonce: nonce++ });
    }, PING_MS);
    void this.#read();
    void this.#hear();
  }

  /**
   * Joins a room of its own and opens a stream. Not by Deno's WebSocket, which (2.9) holds the end of a
   * long message back until its beginning was confirmed: 40 ms on this very computer, which no browser does.
   * @throws {Error} If the server refuses.
   */
  static async open(
    { http }: { readonly http: number },
    settings: StreamSettings,
  ): Promise<BulkStream> {
    const target = {
      port: http,
      path: "/api/link",
      headers: { Origin: `http://localhost:${http}`, Host: `localhost:${http}` },
    };
    const { peer: control } = await RawPeer.join(target, await newRoom(), "owner");
    await control.send({
      type: "inference",
      stream: secret(),
      body: { kind: "settings", settings },
    });
    const { body } = await untilType(control, "inference");
    if (body?.kind !== "opened") throw new Error(`Cannot open stream: ${JSON.stringify(body)}`);
    await control.send({ type: "ticket-request" });
    const { ticket } = await untilType(control, "ticket");
    const bulk = await RawPeer.open(target);
    await bulk.send({ type: "open", ticket });
    await untilType(bulk, "opened");
    return new BulkStream(control, bulk, (body as unknown as { topic: number }).topic);
  }

  /** Sends a frame. @returns Whether it became a result, once that is known. */
  examine({ jpeg, widthPx, heightPx }: Picture): Promise<boolean> {
    const frameId = this.#nextId++;
    this.#sentMs.set(frameId, performance.now());
    const payload = recordOf(frameChunkOf({ frameId, widthPx, heightPx, jpeg }), this.#topic);
    void this.#bulk.socket.write(encodeFrame({ opcode: OP.binary, payload }));
    return new Promise((resolve) => this.#waiters.set(frameId, resolve));
  }

  /** Keeps so many frames under way until it is stopped. @returns Stops it. */
  flow(picture: Picture, windowFrames: number): () => void {
    let isStopped = false;
    const next = async () => {
      while (!isStopped) await this.examine(picture);
    };
    for (let n = 0; n < windowFrames; n++) void next();
    return () => void (isStopped = true);
  }

  /** Leaves. */
  close(): void {
    this.#isClosed = true;
    clearInterval(this.#pings);
    this.#control.close();
    this.#bulk.close();
  }

  async #read(): Promise<void> {
    while (!this.#isClosed) {
      const frame = await readFrame(this.#bulk.socket, SILENCE_MS);
      if (frame === null || frame.opcode === OP.close) return;
      if (frame.opcode === OP.binary) this.#take(frame.payload);
    }
  }

  /** Nothing of it is of interest, but that it answers the server's pings. */
  async #hear(): Promise<void> {
    while (!this.#isClosed && await this.#control.next(SILENCE_MS) !== null);
  }

  #take(bytes: Uint8Array): void {
    const record = firstRecord(bytes)?.record;
    if (record?.topic !== this.#topic || typeof record.content !== "string") return;
    const answer = JSON.parse(record.content);
    if (!("frame_id" in answer)) return;
    const frameId = Number(answer.frame_id);
    const isResult = answer.type !== "drop";
    const sentMs = this.#sentMs.get(frameId);
    this.#sentMs.delete(frameId);
    if (isResult) {
      this.counts.results += 1;
      const roundTripMs = performance.now() - (sentMs ?? NaN);
      this.counts.roundTripsMs.push(roundTripMs);
      this.counts.waysMs.push(roundTripMs - (answer.inference_ts - answer.recv_ts));
    } else this.counts.drops += 1;
    this.#waiters.get(frameId)?.(isResult);
    this.#waiters.delete(frameId);
  }
}

async function untilType(peer: RawPeer, type: string): Promise<ServerMessage> {
  for (;;) {
    const message = await peer.next(OPEN_MS);
    if (message === null) throw new Error(`No ${type} in ${OPEN_MS} ms`);
    if (message.type === "error") throw new Error(`Refused: ${message.code}`);
    if (message.type === type) return message;
  }
}

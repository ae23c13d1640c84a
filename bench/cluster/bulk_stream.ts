import type { FromServerMessage, StreamSettings, ToStreamMessage } from "@/protocol";
import { firstRecord, frameChunkOf, messageIn, recordOf } from "../records.ts";
import { joinMessage, newRoom, secret } from "../room_secrets.ts";

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

/** A viewer's stream whose frames go over its bulk link: the way that leads over NATS. */
export class BulkStream {
  readonly #control: WebSocket;
  readonly #bulk: WebSocket;
  readonly #topic: number;
  readonly #sentMs = new Map<number, number>();
  readonly #waiters = new Map<number, (isResult: boolean) => void>();
  #nextId = 1;
  counts: BulkCounts = noCounts();

  private constructor(control: WebSocket, bulk: WebSocket, topic: number) {
    this.#control = control;
    this.#bulk = bulk;
    this.#topic = topic;
    bulk.onmessage = ({ data }) => this.#take(new Uint8Array(data));
  }

  /** Joins a room of its own and opens a stream. @throws {Error} If the server refuses. */
  static async open(origin: string, settings: StreamSettings): Promise<BulkStream> {
    const control = await openSocket(origin);
    const next = messagesOf(control);
    const room = await newRoom();
    say(control, joinMessage(room, "owner"));
    await next("joined");
    const stream = secret() as ToStreamMessage["stream"];
    say(control, { type: "inference", stream, body: { kind: "settings", settings } });
    const { body } = await next("inference");
    if (body.kind !== "opened") throw new Error(`Cannot open stream: ${JSON.stringify(body)}`);
    say(control, { type: "ticket-request" });
    const { ticket } = await next("ticket");
    const bulk = await openSocket(origin);
    const opened = messagesOf(bulk);
    say(bulk, { type: "open", ticket });
    await opened("opened");
    return new BulkStream(control, bulk, body.topic);
  }

  /** Sends a frame. @returns Whether it became a result, once that is known. */
  examine({ jpeg, widthPx, heightPx }: Picture): Promise<boolean> {
    const frameId = this.#nextId++;
    this.#sentMs.set(frameId, performance.now());
    this.#bulk.send(recordOf(frameChunkOf({ frameId, widthPx, heightPx, jpeg }), this.#topic));
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
    this.#control.close();
    this.#bulk.close();
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

function say(socket: WebSocket, message: unknown): void {
  socket.send(recordOf(JSON.stringify(message)));
}

function openSocket(origin: string): Promise<WebSocket> {
  // Deno takes headers here, which the DOM's types, shared with the pages' code, do not know.
  const headers = { headers: { Origin: origin } } as unknown as string[];
  const socket = new WebSocket(`${origin.replace("http", "ws")}/api/link`, headers);
  socket.binaryType = "arraybuffer";
  return new Promise((resolve, reject) => {
    socket.onopen = () => resolve(socket);
    socket.onerror = () => reject(new Error(`Cannot reach ${origin}`));
  });
}

/** Answers the next message of a type, as they come. */
function messagesOf(socket: WebSocket) {
  const seen: FromServerMessage[] = [];
  let wake = () => {};
  socket.onmessage = ({ data }) => {
    const message = messageIn(new Uint8Array(data)) as FromServerMessage | null;
    if (message !== null) seen.push(message);
    wake();
  };
  return async <T extends FromServerMessage["type"]>(type: T) => {
    const deadline = performance.now() + OPEN_MS;
    for (;;) {
      const at = seen.findIndex((message) => message.type === type || message.type === "error");
      const [message] = at === -1 ? [] : seen.splice(at, 1);
      if (message?.type === "error") throw new Error(`Refused: ${message.code}`);
      if (message !== undefined) return message as Extract<FromServerMessage, { type: T }>;
      if (performance.now() > deadline) throw new Error(`No ${type} in ${OPEN_MS} ms`);
      await new Promise<void>((resolve) => {
        wake = resolve;
        setTimeout(resolve, 100);
      });
    }
  };
}

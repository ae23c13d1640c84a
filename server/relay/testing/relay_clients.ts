import assert from "node:assert/strict";
import { encodeRecord, type FromRelayMessage, type FromRelayWire, RecordReader } from "@/protocol";
import {
  type CarrierClient,
  joinOf,
  newRoom,
  openSocket,
} from "../../signaling/carrier_clients.ts";
import { SESSION_HEADER } from "../../signaling/sse.ts";

/** A page's end of a wire, whichever carries it. */
export interface WireClient extends AsyncDisposable {
  /** The next text, as JSON, or frame; `"closed REASON"` once it is closed. */
  next(): Promise<FromRelayWire | Uint8Array | string>;
  /** Answers once it is handed to the network. */
  send(message: object | string | Uint8Array<ArrayBuffer>): Promise<void>;
}

/** Opens a wire with a ticket. */
export type OpenWire = (origin: string, ticket: string) => Promise<WireClient>;

/** What came, and those who wait for it. */
class Queue<T> {
  readonly #items: T[] = [];
  readonly #waiting: ((item: T) => void)[] = [];

  push(item: T): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#items.push(item);
    else waiting(item);
  }

  next(): Promise<T> {
    const item = this.#items.shift();
    if (item !== undefined) return Promise.resolve(item);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}

function textOf(message: object | string): string {
  return typeof message === "string" ? message : JSON.stringify(message);
}

/** Over a WebSocket. */
export const openSocketWire: OpenWire = async (origin, ticket) => {
  const url = `${origin.replace("http", "ws")}/api/relay`;
  const socket = new WebSocket(url, { headers: { Origin: origin } });
  socket.binaryType = "arraybuffer";
  const queue = new Queue<FromRelayWire | Uint8Array | string>();
  socket.onmessage = ({ data }) =>
    queue.push(typeof data === "string" ? JSON.parse(data) : new Uint8Array(data));
  const closed = new Promise<void>((resolve) =>
    socket.onclose = ({ reason }) => {
      queue.push(`closed ${reason}`);
      resolve();
    }
  );
  socket.onerror = (event) => event.preventDefault();
  await new Promise<void>((resolve) => socket.onopen = () => resolve());
  if (ticket !== "") socket.send(ticket);
  return {
    next: () => queue.next(),
    send(message) {
      socket.send(message instanceof Uint8Array ? message : textOf(message));
      return Promise.resolve();
    },
    async [Symbol.asyncDispose]() {
      socket.close();
      await closed;
    },
  };
};

/** Over a streamed answer and POSTs. */
export const openStreamWire: OpenWire = async (origin, ticket) => {
  const abort = new AbortController();
  const headers = { Origin: origin };
  const queue = new Queue<FromRelayWire | Uint8Array | string>();
  const session = Promise.withResolvers<string>();
  const response = await fetch(`${origin}/api/relay/stream`, {
    method: "POST",
    body: ticket,
    headers,
    signal: abort.signal,
  });
  assert.equal(response.status, 200);
  const records = new RecordReader((message) => {
    if (typeof message !== "string") return queue.push(message);
    const text: FromRelayWire = JSON.parse(message);
    if (text.type === "closed") return queue.push(`closed ${text.reason}`);
    if (text.type !== "opened") return queue.push(text);
    session.resolve(text.session!);
    queue.push({ type: "opened" });
  });
  const reading = (async () => {
    for await (const piece of response.body!) records.push(piece);
  })().catch(() => {});
  return {
    next: () => queue.next(),
    async send(message) {
      const body = encodeRecord(message instanceof Uint8Array ? message : textOf(message));
      const answer = await fetch(`${origin}/api/relay/send`, {
        method: "POST",
        body,
        headers: { ...headers, [SESSION_HEADER]: await session.promise },
      });
      await answer.body?.cancel();
    },
    async [Symbol.asyncDispose]() {
      abort.abort();
      await reading;
    },
  };
};

/** A page in signalling that has to do with relays. */
export class RelayPageClient implements AsyncDisposable {
  readonly client: CarrierClient;
  readonly self: { readonly id: string; readonly instance: string };

  private constructor(client: CarrierClient, self: RelayPageClient["self"]) {
    this.client = client;
    this.self = self;
  }

  /** Joins a room. */
  static async join(
    origin: string,
    role: "owner" | "viewer" | "phone",
    room: ReturnType<typeof newRoom>,
  ): Promise<RelayPageClient> {
    const client = await openSocket(origin);
    await client.sendText(JSON.stringify(joinOf(room, role)));
    const joined = await client.next();
    assert.ok(joined?.type === "joined", JSON.stringify(joined));
    return new RelayPageClient(client, joined.self);
  }

  /** The next that it is told about a relay. */
  async next(): Promise<FromRelayMessage["body"]> {
    for (;;) {
      const message = await this.client.next();
      assert.ok(message !== null, "the carrier has ended");
      if (message.type === "relay") return message.body;
      if (message.type === "error") assert.fail(message.code);
    }
  }

  /** The next is a ticket. */
  async ticket(): Promise<string> {
    const body = await this.next();
    assert.ok(body.kind === "ticket", JSON.stringify(body));
    return body.ticket;
  }

  /** Says something about a relay. */
  say(body: object): Promise<void> {
    return this.client.sendText(JSON.stringify({ type: "relay", body }));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.client.drop();
  }
}

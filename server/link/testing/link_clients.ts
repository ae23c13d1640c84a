import assert from "node:assert/strict";
import {
  decodeRecord,
  encodeRecord,
  type FromServerMessage,
  type Join,
  LINK_HEADER,
  LINK_PATHS,
  LINK_TOPIC,
  type LinkRecord,
  MAX_RECORD_BYTES,
  parseFromServer,
  PROTOCOL_VERSION,
  randomSecret,
  type RecordData,
  RecordReader,
  type Role,
  type Token,
} from "@/protocol";
import { roomIdOf } from "../../rooms/tokens.ts";

/** A page's end of one link, as plain as can be, for the tests that both transports pass. */
export interface LinkClient extends AsyncDisposable {
  /** Sends a text about link or room as it is. */
  sendText(text: string): Promise<void>;
  /** Sends on a topic. */
  send(topic: number, data: string | Uint8Array): Promise<void>;
  /** Sends bytes that need be no record. */
  sendBytes(bytes: Uint8Array): Promise<void>;
  /** The next message about link or room; `null` when the link has ended. */
  next(): Promise<FromServerMessage | null>;
  /** The next that comes on another topic; `null` when the link has ended. */
  nextData(): Promise<LinkRecord | null>;
  /** Ends the link without a word. */
  drop(): Promise<void>;
}

/** Makes a client of one kind. */
export type OpenClient = (origin: string) => Promise<LinkClient>;

/** Secrets of one room. */
export interface RoomKeys {
  readonly roomId: string;
  readonly tokens: Readonly<Record<Role, string>>;
}

/** Fresh secrets for a room. */
export function newRoom(): RoomKeys {
  const tokens = { owner: randomSecret(), viewer: randomSecret(), phone: randomSecret() };
  return { roomId: roomIdOf(tokens.owner as Token), tokens };
}

/** The join message of a role; an owner's creates the room. */
export function joinOf(
  room: RoomKeys,
  role: Role,
  change: Partial<Record<keyof Join, unknown>> = {},
) {
  const create = { viewToken: room.tokens.viewer, joinToken: room.tokens.phone };
  return {
    type: "join",
    version: PROTOCOL_VERSION,
    roomId: room.roomId,
    role,
    token: room.tokens[role],
    identity: randomSecret(),
    instance: randomSecret(),
    ...(role === "owner" ? { create, madeHere: true } : {}),
    ...change,
  };
}

/** What waits for whoever asks, and askers that wait. */
class Queue<T> {
  readonly #items: (T | null)[] = [];
  readonly #waiting: ((item: T | null) => void)[] = [];
  #isOver = false;

  push(item: T | null): void {
    if (this.#isOver) return;
    this.#isOver = item === null;
    const waiting = this.#isOver ? this.#waiting.splice(0) : this.#waiting.splice(0, 1);
    if (waiting.length === 0) this.#items.push(item);
    for (const settle of waiting) settle(item);
  }

  next(): Promise<T | null> {
    const item = this.#items.shift();
    if (item !== undefined) return Promise.resolve(item);
    if (this.#isOver) return Promise.resolve(null);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}

/** What came, by what it is about. */
class Inbox {
  readonly messages = new Queue<FromServerMessage>();
  readonly records = new Queue<LinkRecord>();

  push(record: LinkRecord): void {
    if (record.topic !== LINK_TOPIC) this.records.push(record);
    else this.messages.push(parseFromServer(record.data as string));
  }

  end(): void {
    this.messages.push(null);
    this.records.push(null);
  }
}

/** A WebSocket with an `Origin`, as a browser's has, and with what else a browser may send. */
export async function openSocket(
  origin: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<LinkClient & { socket: WebSocket }> {
  const url = `${origin.replace("http", "ws")}${LINK_PATHS.socket}`;
  const socket = new WebSocket(url, { headers: { Origin: origin, ...headers } });
  socket.binaryType = "arraybuffer";
  const inbox = new Inbox();
  const closed = new Promise<void>((resolve) => socket.onclose = () => resolve());
  socket.onmessage = ({ data }) => {
    const record = decodeRecord(new Uint8Array(data), MAX_RECORD_BYTES);
    if (record !== null) inbox.push(record);
  };
  closed.then(() => inbox.end());
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = reject;
  });
  socket.onerror = (event) => event.preventDefault();
  const drop = () => {
    if (socket.readyState <= WebSocket.OPEN) socket.close();
    return closed;
  };
  const sendBytes = (bytes: Uint8Array) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(bytes as Uint8Array<ArrayBuffer>);
    return Promise.resolve();
  };
  return { socket, ...clientOf(inbox, sendBytes), drop, [Symbol.asyncDispose]: drop };
}

/** A streamed answer down and POST requests up. */
export function openPosts(origin: string): Promise<LinkClient> {
  const inbox = new Inbox();
  let session: Promise<string> | undefined;
  const stop = new AbortController();
  const post = (path: string, body: Uint8Array, headers: Record<string, string> = {}) =>
    fetch(`${origin}${path}`, {
      method: "POST",
      body: body as Uint8Array<ArrayBuffer>,
      headers: { Origin: origin, ...headers },
    });
  let reading = Promise.resolve();
  const open = async (first: Uint8Array): Promise<string> => {
    const response = await post(LINK_PATHS.stream, first);
    if (response.status !== 200) {
      inbox.messages.push(parseFromServer(await response.text()));
      inbox.end();
      return "";
    }
    const reader = response.body!.getReader();
    stop.signal.addEventListener("abort", () => reader.cancel().catch(() => {}));
    const records = new RecordReader(MAX_RECORD_BYTES, (record) => inbox.push(record));
    reading = (async () => {
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        records.push(part.value);
      }
    })().catch(() => {}).finally(() => inbox.end());
    return response.headers.get(LINK_HEADER)!;
  };
  const sendBytes = async (bytes: Uint8Array) => {
    // The first one opens the stream.
    if (session === undefined) return void await (session = open(bytes));
    const headers = { [LINK_HEADER]: await session };
    await (await post(LINK_PATHS.send, bytes, headers)).body?.cancel();
  };
  const drop = async () => {
    await session;
    stop.abort();
    await reading;
  };
  return Promise.resolve({
    ...clientOf(inbox, sendBytes),
    drop,
    [Symbol.asyncDispose]: drop,
  });
}

function clientOf(inbox: Inbox, sendBytes: (bytes: Uint8Array) => Promise<void>) {
  return {
    sendBytes,
    send: (topic: number, data: string | Uint8Array) => sendBytes(encodeRecord(topic, data)),
    sendText: (text: string) => sendBytes(encodeRecord(LINK_TOPIC, text)),
    next: () => inbox.messages.next(),
    nextData: () => inbox.records.next(),
  };
}

/** A page in its room, with one bulk link if it asks for it. */
export class PageClient implements AsyncDisposable {
  readonly control: LinkClient;
  readonly self: { readonly id: string; readonly instance: string };
  readonly #open: OpenClient;
  readonly #origin: string;
  #bulk: LinkClient | null = null;

  private constructor(
    control: LinkClient,
    how: { self: PageClient["self"]; open: OpenClient; origin: string },
  ) {
    this.control = control;
    this.self = how.self;
    this.#open = how.open;
    this.#origin = how.origin;
  }

  /** Joins a room. @param open Of both links. */
  static async join(
    origin: string,
    join: ReturnType<typeof joinOf>,
    open: OpenClient = openSocket,
  ): Promise<PageClient> {
    const control = await open(origin);
    await control.sendText(JSON.stringify(join));
    const joined = await control.next();
    assert.ok(joined?.type === "joined", JSON.stringify(joined));
    return new PageClient(control, { self: joined.self, open, origin });
  }

  /** Says something on its control link. */
  say(message: object): Promise<void> {
    return this.control.sendText(JSON.stringify(message));
  }

  /** The next message of a type on its control link; others are passed over. */
  async next<T extends FromServerMessage["type"]>(
    type: T,
  ): Promise<Extract<FromServerMessage, { type: T }>> {
    for (;;) {
      const message = await this.control.next();
      assert.ok(message !== null, "the link has ended");
      if (message.type === type) return message as Extract<FromServerMessage, { type: T }>;
      if (message.type === "error") assert.fail(message.code);
    }
  }

  /** A fresh ticket. */
  async ticket(): Promise<string> {
    await this.say({ type: "ticket-request" });
    return (await this.next("ticket")).ticket;
  }

  /** Its bulk link; opened now if it was not. */
  async bulk(): Promise<LinkClient> {
    this.#bulk ??= await openBulk(this.#origin, await this.ticket(), this.#open);
    return this.#bulk;
  }

  /** Ends its bulk link without a word. */
  async dropBulk(): Promise<void> {
    const bulk = this.#bulk;
    this.#bulk = null;
    await bulk?.drop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dropBulk();
    await this.control.drop();
  }
}

/** Opens a bulk link with a ticket, which must be good. */
export async function openBulk(
  origin: string,
  ticket: string,
  open: OpenClient = openSocket,
): Promise<LinkClient> {
  const bulk = await open(origin);
  await bulk.sendText(JSON.stringify({ type: "open", ticket }));
  const opened = await bulk.next();
  assert.equal(opened?.type, "opened", JSON.stringify(opened));
  return bulk;
}

/** A text of a topic as JSON. */
export function jsonOf(data: RecordData | undefined): unknown {
  assert.equal(typeof data, "string");
  return JSON.parse(data as string);
}

import {
  type FromServerMessage,
  type Join,
  parseFromServer,
  PROTOCOL_VERSION,
  randomSecret,
  type Role,
  type Token,
} from "@/protocol";
import { SESSION_HEADER } from "./sse.ts";
import { roomIdOf } from "./tokens.ts";

/** A page's end of one carrier, as plain as can be, for the tests that both carriers pass. */
export interface CarrierClient extends AsyncDisposable {
  /** Sends a frame as it is. Over SSE the first one opens the stream. */
  sendText(text: string): Promise<void>;
  /** The next message of the server; `null` when the carrier has ended. */
  next(): Promise<FromServerMessage | null>;
  /** Ends the carrier without a word. */
  drop(): Promise<void>;
}

/** Makes a client of one kind. */
export type OpenClient = (origin: string) => Promise<CarrierClient>;

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
    ...(role === "owner" ? { create } : {}),
    ...change,
  };
}

/** Messages that wait for whoever asks, and askers that wait for messages. */
class Inbox {
  readonly #messages: (FromServerMessage | null)[] = [];
  readonly #waiting: ((message: FromServerMessage | null) => void)[] = [];
  #over = false;

  push(message: FromServerMessage | null): void {
    if (this.#over) return;
    this.#over = message === null;
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#messages.push(message);
    else waiting(message);
  }

  next(): Promise<FromServerMessage | null> {
    const message = this.#messages.shift();
    if (message !== undefined) return Promise.resolve(message);
    if (this.#over) return Promise.resolve(null);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}

/** A WebSocket with an `Origin`, as a browser's has, and with what else a browser may send. */
export async function openSocket(
  origin: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<CarrierClient & { socket: WebSocket }> {
  const url = `${origin.replace("http", "ws")}/api/signal`;
  const socket = new WebSocket(url, { headers: { Origin: origin, ...headers } });
  const inbox = new Inbox();
  const closed = new Promise<void>((resolve) => socket.onclose = () => resolve());
  socket.onmessage = ({ data }) => inbox.push(parseFromServer(data));
  closed.then(() => inbox.push(null));
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = reject;
  });
  socket.onerror = (event) => event.preventDefault();
  const drop = () => {
    if (socket.readyState <= WebSocket.OPEN) socket.close();
    return closed;
  };
  return {
    socket,
    sendText: (text) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
      return Promise.resolve();
    },
    next: () => inbox.next(),
    drop,
    [Symbol.asyncDispose]: drop,
  };
}

/** An event stream down and POST requests up. */
export function openSse(origin: string): Promise<CarrierClient> {
  const inbox = new Inbox();
  let session: Promise<string> | undefined;
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  const post = (path: string, body: string, headers: Record<string, string> = {}) =>
    fetch(`${origin}${path}`, { method: "POST", body, headers: { Origin: origin, ...headers } });
  const open = async (join: string): Promise<string> => {
    const response = await post("/api/signal/stream", join);
    if (response.status !== 200) {
      inbox.push(parseFromServer(await response.text()));
      inbox.push(null);
      return "";
    }
    reader = response.body!.getReader();
    return await new Promise((resolve) => void readEvents(reader!, { inbox, onSession: resolve }));
  };
  const drop = async () => {
    await session;
    await reader?.cancel().catch(() => {});
  };
  return Promise.resolve({
    sendText: async (text) => {
      if (session === undefined) return void await (session = open(text));
      const headers = { [SESSION_HEADER]: await session };
      await (await post("/api/signal/send", text, headers)).body?.cancel();
    },
    next: () => inbox.next(),
    drop,
    [Symbol.asyncDispose]: drop,
  });
}

async function readEvents(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  { inbox, onSession }: { inbox: Inbox; onSession: (id: string) => void },
): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    const blocks = (rest + decoder.decode(part.value, { stream: true })).split("\n\n");
    rest = blocks.pop()!;
    for (const block of blocks) {
      const data = block.match(/^data: (.*)$/m)?.[1];
      if (data === undefined) continue;
      if (block.startsWith("event: session")) onSession(data);
      else inbox.push(parseFromServer(data));
    }
  }
  inbox.push(null);
}

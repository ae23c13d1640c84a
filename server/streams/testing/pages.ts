import assert from "node:assert/strict";
import type { FromStreamMessage } from "@/protocol";
import {
  type CarrierClient,
  joinOf,
  newRoom,
  openSocket,
} from "../../signaling/carrier_clients.ts";
import { aboutStream, SETTINGS } from "./fake_process.ts";

/** A viewer's page with one open stream, as far as the server can tell. */
export interface StreamingPage extends AsyncDisposable {
  readonly room: ReturnType<typeof newRoom>;
  readonly client: CarrierClient;
  readonly stream: string;
  /** The next thing that the server says about a stream. */
  next(): Promise<FromStreamMessage["body"]>;
  /** A fresh ticket for `/api/frames`. */
  ticket(): Promise<string>;
}

/** Joins a room of its own and opens a stream. */
export async function openStreamingPage(
  origin: string,
  { modelId = SETTINGS.modelId, stream = "S".repeat(22) } = {},
): Promise<StreamingPage> {
  const room = newRoom();
  const client = await openSocket(origin);
  const next = async () => {
    let message = await client.next();
    // Which models there are is told to every viewer.
    while (message?.type === "models") message = await client.next();
    assert.ok(message?.type === "inference", JSON.stringify(message));
    return message.body;
  };
  await client.sendText(JSON.stringify(joinOf(room, "owner")));
  assert.equal((await client.next())?.type, "joined");
  const settings = { ...SETTINGS, modelId };
  await client.sendText(JSON.stringify(aboutStream(stream, { kind: "settings", settings })));
  const opened = await next();
  assert.equal(opened.kind, "opened", JSON.stringify(opened));
  const ticket = async () => {
    await client.sendText(JSON.stringify(aboutStream(stream, { kind: "ticket" })));
    const body = await next();
    assert.ok(body.kind === "ticket", JSON.stringify(body));
    return body.ticket;
  };
  return { room, client, stream, next, ticket, [Symbol.asyncDispose]: () => client.drop() };
}

/** A page's end of `/api/frames`. */
export interface FramesClient extends AsyncDisposable {
  readonly socket: WebSocket;
  /** The next text; `"closed CODE REASON"` once it is closed. */
  next(): Promise<string>;
}

/** Opens `/api/frames` and says nothing yet. */
export async function openFrames(origin: string): Promise<FramesClient> {
  const url = `${origin.replace("http", "ws")}/api/frames`;
  const socket = new WebSocket(url, { headers: { Origin: origin } });
  const queue: string[] = [];
  let wake = () => {};
  const push = (text: string) => {
    queue.push(text);
    wake();
  };
  socket.onmessage = ({ data }) => push(data);
  const closed = new Promise<void>((resolve) => {
    socket.onclose = ({ code, reason }) => {
      push(`closed ${code} ${reason}`);
      resolve();
    };
  });
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = reject;
  });
  socket.onerror = (event) => event.preventDefault();
  return {
    socket,
    next: async () => {
      while (queue.length === 0) await new Promise<void>((resolve) => wake = resolve);
      return queue.shift()!;
    },
    [Symbol.asyncDispose]: async () => {
      socket.close();
      await closed;
    },
  };
}

import assert from "node:assert/strict";
import type { FromStreamMessage } from "@/protocol";
import {
  joinOf,
  type LinkClient,
  newRoom,
  type OpenClient,
  openSocket,
  PageClient,
} from "../../link/testing/link_clients.ts";
import { aboutStream, SETTINGS } from "./fake_process.ts";

/** A viewer's page with one open stream, as far as the server can tell. */
export interface StreamingPage extends AsyncDisposable {
  readonly room: ReturnType<typeof newRoom>;
  readonly page: PageClient;
  readonly client: LinkClient;
  readonly stream: string;
  /** Of the stream on the page's bulk link. */
  readonly topic: number;
  /** The next thing that the server says about a stream. */
  next(): Promise<FromStreamMessage["body"]>;
  /** Opens its bulk link for the stream. @param of Another topic than it had at first. */
  openFrames(of?: number): Promise<FramesClient>;
}

/** A page's end of its stream's topic. */
export interface FramesClient {
  readonly bulk: LinkClient;
  send(data: string | Uint8Array): Promise<void>;
  /** The next text; `closed CODE` when the link was closed with that refusal. */
  next(): Promise<string>;
}

/** Joins a room of its own and opens a stream. @param open Of both links. */
export async function openStreamingPage(
  origin: string,
  { modelId = SETTINGS.modelId, stream = "S".repeat(22), open = openSocket as OpenClient } = {},
): Promise<StreamingPage> {
  const room = newRoom();
  const page = await PageClient.join(origin, joinOf(room, "owner"), open);
  const next = async () => (await page.next("inference")).body;
  const settings = { ...SETTINGS, modelId };
  await page.say(aboutStream(stream, { kind: "settings", settings }));
  const opened = await next();
  assert.ok(opened.kind === "opened", JSON.stringify(opened));
  const { topic } = opened;
  const openFrames = async (of = topic): Promise<FramesClient> => {
    const bulk = await page.bulk();
    return {
      bulk,
      send: (data) => bulk.send(of, data),
      next: async () => {
        const record = await bulk.nextData();
        if (record !== null) return String(record.data);
        const refusal = await bulk.next();
        return `closed ${refusal?.type === "error" ? refusal.code : ""}`;
      },
    };
  };
  return {
    room,
    page,
    client: page.control,
    stream,
    topic,
    next,
    openFrames,
    [Symbol.asyncDispose]: () => page[Symbol.asyncDispose](),
  };
}

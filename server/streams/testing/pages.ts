import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import * as v from "valibot";
import {
  encodeFrame,
  type FrameResultMessage,
  frameResultSchema,
  type FromStreamMessage,
} from "@/protocol";
import { frameOf, type Picture } from "../../inference/testing/test_child.ts";
import {
  joinOf,
  type LinkClient,
  newRoom,
  type OpenClient,
  openSocket,
  PageClient,
} from "../../link/testing/link_clients.ts";
import { aboutStream, SETTINGS } from "./fake_process.ts";

/** A model that is always here. */
export const MODEL = "nanodet-m";

/** A JPEG of 600×400 in which it finds a cup on a table. */
export const PICTURE = fileURLToPath(
  new URL("../../../models/pictures/coffee.jpg", import.meta.url),
);

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
  /** Asks for its stream with that model, again or anew. */
  ask(modelId?: string): Promise<void>;
  /** As a page does when its stream was ended. @returns Its topic now. */
  reopen(): Promise<number>;
  /** Has one picture examined outside the stream. */
  detect(picture: Uint8Array, type?: string): Promise<Response>;
  /** Opens its bulk link for the stream. @param of Another topic than it had at first. */
  openFrames(of?: number): Promise<FramesClient>;
}

/** A page's end of its stream's topic. */
export interface FramesClient {
  readonly bulk: LinkClient;
  send(data: string | Uint8Array): Promise<void>;
  /** Sends a picture as a viewer's frame, its clock unknown. */
  sendFrame(frameId: number, picture: Picture): Promise<void>;
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
  const ask = async (id = modelId) => {
    const settings = { ...SETTINGS, modelId: id };
    await page.say(aboutStream(stream, { kind: "settings", settings }));
  };
  const reopen = async () => {
    await ask();
    const opened = await next();
    assert.ok(opened.kind === "opened", JSON.stringify(opened));
    return opened.topic;
  };
  const topic = await reopen();
  const openFrames = async (of = topic): Promise<FramesClient> => {
    const bulk = await page.bulk();
    return {
      bulk,
      send: (data) => bulk.send(of, data),
      sendFrame: async (frameId, picture) => {
        for (const chunk of encodeFrame(frameOf(frameId, picture), 65_536)) {
          await bulk.send(of, chunk);
        }
      },
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
    ask,
    reopen,
    detect: (body, type = "image/jpeg") =>
      fetch(`${origin}/api/detect?score=0.3&iou=0.5`, {
        method: "POST",
        headers: {
          "Authorization": `Bearer ${room.tokens.viewer}`,
          "X-Peerlens-Room": room.roomId,
          "Content-Type": type,
        },
        body: body as Uint8Array<ArrayBuffer>,
      }),
    openFrames,
    [Symbol.asyncDispose]: () => page[Symbol.asyncDispose](),
  };
}

/** A result, checked. */
export function resultOf(text: string): FrameResultMessage {
  return v.parse(frameResultSchema, JSON.parse(text));
}

/** Detections as they are without the objects that they belong to. */
export function untracked({ detections }: FrameResultMessage) {
  return detections.map(({ track_id: _id, velocity: _velocity, ...found }) => found);
}

/** The next result of a room's, as {@linkcode Response} of `/api/rooms/:room/detections`. */
export async function nextWatched({ body }: Response): Promise<FrameResultMessage> {
  let lines = "";
  for await (const text of body!.pipeThrough(new TextDecoderStream())) {
    lines += text;
    if (lines.trim() !== "") break;
  }
  return resultOf(lines.trim());
}

import { fileURLToPath } from "node:url";
import { encode } from "jpeg-js";
import * as v from "valibot";
import {
  encodeFrame,
  type FrameDropMessage,
  type FrameResultMessage,
  fromInferenceSchema,
  type OutgoingFrame,
  type StreamSettings,
} from "@/protocol";
import { loadCatalog } from "../../../models/catalog.ts";
import { HOME } from "../../../models/manifest.ts";
import { CHILD_FLAGS, type ChildConfig } from "../child_config.ts";
import { inferencePermissions } from "../inference_permissions.ts";
import { encodeIpc } from "../../child/ipc.ts";
import { TestProcess } from "../../child/testing/test_process.ts";
import type { FromChild, StreamKey, ToChild } from "../ipc.ts";
import type { Account } from "../account.ts";
import type { OfferedModels } from "../model_store.ts";

/** What the tests of the child process stand on: a real one, and pictures for it. */

/** What streams ask for unless a test says otherwise. */
export const SETTINGS: StreamSettings = {
  modelId: "nanodet-m",
  scoreThreshold: 0.35,
  iouThreshold: 0.5,
  classes: null,
};

/** Any stream's name. */
export const KEY = "viewer/stream" as StreamKey;

/** Whoever it is. */
export const ACCOUNT: Account = { address: "a", room: "r", isTrusted: false };

const FOLDERS = (Deno.env.get("PEERLENS_MODELS") ?? "").split(":").filter((path) => path !== "");

/** Every model at hand. */
export async function childModels(): Promise<OfferedModels> {
  const { present } = await loadCatalog(FOLDERS);
  return { models: present, defaultModelId: SETTINGS.modelId };
}

/** A configuration without calibration. */
export function childConfig(over: Partial<ChildConfig> = {}): ChildConfig {
  return {
    modelFolders: [fileURLToPath(HOME), ...FOLDERS],
    executionProvider: "cpu",
    rtcPorts: null,
    publicHost: null,
    host: "127.0.0.1",
    maxStreams: 4,
    layout: { sessions: 1, threads: 2 },
    ...over,
  };
}

/** A running child, with exactly the permissions that it is given by the server. */
export class TestChild extends TestProcess<ToChild, FromChild> {
  /** It has been told of its models. */
  readonly #told: Promise<void>;

  constructor(config: ChildConfig, offered = childModels()) {
    const entry = new URL("../main.ts", import.meta.url).href;
    // As the server starts it: with its telemetry, onnxruntime 1.30 overflows a Worker's stack at times.
    super([
      ...["run", ...CHILD_FLAGS, ...inferencePermissions(config)],
      ...[entry, JSON.stringify(config)],
    ], { ORT_DISABLE_TELEMETRY: "1" });
    this.#told = offered.then((models) =>
      super.sendBytes(encodeIpc({ kind: "models", ...models } satisfies ToChild))
    );
  }

  override async sendBytes(bytes: Uint8Array): Promise<void> {
    await this.#told;
    await super.sendBytes(bytes);
  }

  /** Sends a frame's chunks as they come over the stream's WebSocket. */
  async sendFrame(frame: OutgoingFrame, stream = KEY): Promise<void> {
    for (const chunk of encodeFrame(frame, 16_384)) {
      await this.send({ kind: "message", stream, text: null }, chunk);
    }
  }

  /** Opens a stream. */
  async open(
    settings: StreamSettings = SETTINGS,
    stream = KEY,
    account = ACCOUNT,
  ): Promise<void> {
    const since = this.received.length;
    await this.send({ kind: "settings", stream, settings, account });
    await this.kind("opened", since);
  }

  /** What came back over the WebSocket for a frame: a result or a drop. */
  async answerTo(frameId: number): Promise<FrameResultMessage | FrameDropMessage> {
    return await this.next((message) => {
      if (message.kind !== "message") return undefined;
      const answer = v.parse(fromInferenceSchema, JSON.parse(message.text));
      return "frame_id" in answer && answer.frame_id === String(frameId) && answer;
    });
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await this.#told.catch(() => undefined);
    await super[Symbol.asyncDispose]();
  }
}

/** A frame as a viewer sends it, with its clock unknown. */
export function frameOf(frameId: number, picture: Picture): OutgoingFrame {
  return { frameId, ...picture, captureTimeMs: null, captureClock: null, ageMs: 0 };
}

/** A JPEG and its size. */
export interface Picture {
  readonly jpeg: Uint8Array;
  readonly widthPx: number;
  readonly heightPx: number;
}

/** A JPEG of a colour gradient: nothing to be found in it, but a picture all the same. */
export function gradient(widthPx: number, heightPx: number): Picture {
  const data = new Uint8Array(widthPx * heightPx * 4);
  for (let at = 0; at < data.length; at += 4) {
    const x = (at / 4) % widthPx;
    data.set([x & 255, (at / widthPx) & 255, (x * 7) & 255, 255], at);
  }
  return { jpeg: toJpeg(data, widthPx, heightPx), widthPx, heightPx };
}

function toJpeg(data: Uint8Array, width: number, height: number): Uint8Array {
  return Uint8Array.from(encode({ data, width, height }, 75).data);
}

import { MAX_JPEG_BYTES, type StreamSettings } from "@/protocol";
import type { Counters } from "./counters.ts";
import type { Dispatcher } from "./dispatcher.ts";
import type { Account } from "./account.ts";
import { type FromChild, MAX_PENDING_PICTURES, PICTURE_TIMEOUT_MS } from "./ipc.ts";
import type { ModelStore } from "./model_store.ts";
import { toResult } from "./result.ts";

/** What pictures are worked on with. */
export interface PicturesDeps {
  readonly counters: Counters;
  readonly dispatcher: Dispatcher;
  readonly models: ModelStore;
  readonly now: () => number;
  readonly send: (message: FromChild) => boolean;
}

/** Single pictures outside any stream; each has its turn among the streams. */
export class Pictures {
  readonly #deps: PicturesDeps;
  readonly #open = new Set<number>();

  constructor(deps: PicturesDeps) {
    this.#deps = deps;
  }

  /** Examines one JPEG, which is then no longer the caller's. */
  async detect(
    request: number,
    { settings, account }: { readonly settings: StreamSettings; readonly account: Account },
    jpeg: Uint8Array<ArrayBuffer>,
  ): Promise<void> {
    const { counters, dispatcher, models, now, send } = this.#deps;
    const source = `picture:${request}`;
    const receiveTimeMs = now();
    counters.framesReceived += 1;
    counters.bytesReceived += jpeg.length;
    const name = models.nameOf(settings.modelId, source);
    const end = () => {
      this.#open.delete(request);
      dispatcher.close(source);
      if (name !== null) models.release(name, source);
    };
    const onDrop = (cause: Extract<FromChild, { kind: "undetected" }>["cause"]) => {
      counters.drop(cause);
      end();
      send({ kind: "undetected", request, cause });
    };
    if (jpeg.length > MAX_JPEG_BYTES) return onDrop("bad-jpeg");
    if (this.#open.size >= MAX_PENDING_PICTURES) return onDrop("too-fast");
    this.#open.add(request);
    dispatcher.open(source, account);
    const loaded = name === null
      ? "unknown-model"
      : await models.use(name, source, account).catch(() => "unavailable" as const);
    if (loaded === "too-fast") return onDrop("too-fast");
    if (name === null || typeof loaded === "string") return onDrop("failed");
    dispatcher.setSettings(source, { ...settings, modelId: name });
    dispatcher.submit(source, {
      jpeg,
      widthPx: null,
      heightPx: null,
      receiveTimeMs,
      expiresAtMs: receiveTimeMs + PICTURE_TIMEOUT_MS,
      isFollowed: false,
      isPicture: true,
      onDone: (lane, queueMs) => {
        const frameMs = lane.inferenceTimeMs - receiveTimeMs;
        counters.processed(lane, { queueMs, frameMs });
        const labels = models.labels(name);
        end();
        const { modelId } = settings;
        const times = { captureTimeMs: null, captureClock: null, receiveTimeMs };
        const frame = { frameId: request >>> 0, ...times };
        const parts = { frame, lane, modelId, labels, queueMs };
        const result = toResult(parts, null);
        counters.lasted("post", result.stages_ms["post"]);
        send({ kind: "detected", request, result });
      },
      onDrop,
    });
  }
}

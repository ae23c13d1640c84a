import type { ServedModel } from "@/protocol";
import { epochMs } from "../base/epoch.ts";
import {
  type BrowserFacts,
  mayTryWebGpu,
  threadsAfterCrash,
  wasmThreads,
  webGpuWins,
} from "./backend_choice.ts";
import type { BackendMemory } from "./backend_memory.ts";
import { type Detector, type DetectorEvents, type FrameFeed, paceMessage } from "./detector.ts";
import type { Effort } from "./effort.ts";
import { listen, send, type WorkerHandle } from "./worker_host.ts";
import type {
  Backend,
  DetectionSettings,
  DetectorErrorCode,
  FrameResult,
  FromWorker,
} from "./worker_messages.ts";

/** What a detector is made of, and whom it tells. */
export interface LocalDetectorOptions extends DetectorEvents {
  readonly model: ServedModel;
  readonly settings: DetectionSettings;
  readonly facts: BrowserFacts;
  readonly memory: BackendMemory;
  /** Makes a Worker that has not been sent anything yet. */
  startWorker(): WorkerHandle;
}

/** A Worker that gives no sign of life for this long while frames flow is taken for dead. */
const HANG_MS = 20_000;

/** Failures that fewer threads may cure; the others would only fail again. */
const CURABLE: ReadonlySet<DetectorErrorCode> = new Set([
  "crashed",
  "out-of-memory",
  "backend-failed",
]);

/**
 * Detection in this browser: owns the Worker that owns the onnxruntime session. A Worker that dies
 * is replaced once, with half its threads. WebGPU is tried in a second Worker beside the first and
 * takes over where it measures faster, so that its failure costs nothing.
 */
export class LocalDetector implements Detector {
  readonly #options: LocalDetectorOptions;
  #settings: DetectionSettings;
  #effort: Effort | null = null;
  #worker: WorkerHandle | null = null;
  #probe: WorkerHandle | null = null;
  #feed: FrameFeed | null = null;
  #threads: number;
  #isReady = false;
  #warmRunMs: number | null = null;
  #hasRestarted = false;
  /** Frames that came before are of another source; ms since the epoch. */
  #fedSinceMs = -Infinity;
  #watchdog: ReturnType<typeof setTimeout> | undefined;

  constructor(options: LocalDetectorOptions) {
    this.#options = options;
    this.#settings = options.settings;
    const { facts, memory, model } = options;
    this.#threads = wasmThreads(facts);
    const best = mayTryWebGpu(facts) ? memory.recall(model.sha256) : null;
    this.#start(best ?? "wasm");
  }

  /** The model's own warm median here. */
  get expectedMs(): number | null {
    return this.#warmRunMs;
  }

  /** Takes frames from `feed` instead of the present one; `null` for none. */
  setFeed(feed: FrameFeed | null): void {
    this.#fedSinceMs = epochMs();
    this.#feed?.detach();
    if (this.#worker !== null) send(this.#worker, { kind: "stop" });
    this.#feed = feed;
    this.#attach();
  }

  /** Applies from the next frame on. */
  setSettings(settings: DetectionSettings): void {
    this.#settings = settings;
    for (const worker of [this.#worker, this.#probe]) {
      if (worker !== null) send(worker, { kind: "settings", settings });
    }
  }

  setEffort(effort: Effort): void {
    const wasPaused = this.#isPaused;
    this.#effort = effort;
    this.#sendEffort();
    // From now on it is to answer again.
    if (wasPaused && !this.#isPaused && this.#isReady && this.#feed !== null) this.#watch();
  }

  /** Ends the Worker; the detector is of no use afterwards. */
  close(): void {
    this.#drop();
    this.#dropProbe();
    this.#feed = null;
  }

  #start(backend: Backend): void {
    this.#worker = this.#options.startWorker();
    listen(this.#worker, this.#ownEvents());
    this.#load(this.#worker, backend);
  }

  #ownEvents() {
    return {
      onMessage: (message: FromWorker) => this.#onMessage(message),
      onDeath: (message: string) => this.#onFailure({ kind: "failed", code: "crashed", message }),
    };
  }

  #load(worker: WorkerHandle, backend: Backend): void {
    send(worker, { kind: "settings", settings: this.#settings });
    send(worker, { kind: "load", model: this.#options.model, backend, threads: this.#threads });
  }

  #onMessage(message: FromWorker): void {
    switch (message.kind) {
      case "progress":
        return this.#options.onState({ ...message, kind: "loading" });
      case "ready":
        this.#onReady(message);
        return this.#tryWebGpu(message);
      case "accepted":
        return this.#feed?.onAccepted();
      case "result":
        this.#watch();
        return this.#onResult(message.result);
      case "failed":
        return this.#onFailure(message);
    }
  }

  /** One that was in work when the source changed would be drawn over another's picture. */
  #onResult(result: FrameResult): void {
    if (result.grabbedAtMs - result.waitedMs >= this.#fedSinceMs) this.#options.onResult(result);
  }

  #onReady(message: Extract<FromWorker, { kind: "ready" }>): void {
    this.#isReady = true;
    this.#warmRunMs = message.warmRunMs;
    this.#sendEffort();
    this.#options.onState(message);
    this.#attach();
  }

  #onFailure(failure: Extract<FromWorker, { kind: "failed" }>): void {
    this.#drop();
    const { memory, model, onState } = this.#options;
    if (!CURABLE.has(failure.code)) return onState(failure);
    if (this.#hasRestarted) {
      const advice = "Close other tabs or choose a smaller model, then reload.";
      return onState({ ...failure, message: `${failure.message} ${advice}` });
    }
    this.#hasRestarted = true;
    // Two Workers starting at once is the last thing that a browser short of memory needs.
    this.#dropProbe();
    this.#threads = threadsAfterCrash(this.#threads) ?? 1;
    memory.remember(model.sha256, "wasm");
    onState({ kind: "restarting", message: failure.message });
    this.#start("wasm");
  }

  /** Loads the model on WebGPU in a Worker of its own and changes over if that is faster. */
  #tryWebGpu({ backend, warmRunMs }: Extract<FromWorker, { kind: "ready" }>): void {
    const { facts, memory, model } = this.#options;
    if (backend !== "wasm" || this.#probe !== null || !mayTryWebGpu(facts)) return;
    if (memory.recall(model.sha256) !== null) return;
    const probe = this.#options.startWorker();
    this.#probe = probe;
    listen(probe, {
      onDeath: () => this.#endProbe(),
      onMessage: (message) => {
        if (message.kind === "failed") return this.#endProbe();
        if (message.kind !== "ready") return;
        if (webGpuWins(message.warmRunMs, warmRunMs)) this.#promoteProbe(message);
        else this.#endProbe();
      },
    });
    this.#load(probe, "webgpu");
  }

  #endProbe(): void {
    this.#dropProbe();
    this.#options.memory.remember(this.#options.model.sha256, "wasm");
  }

  #dropProbe(): void {
    this.#probe?.terminate();
    this.#probe = null;
  }

  #promoteProbe(message: Extract<FromWorker, { kind: "ready" }>): void {
    this.#drop();
    this.#worker = this.#probe!;
    this.#probe = null;
    this.#options.memory.remember(this.#options.model.sha256, "webgpu");
    listen(this.#worker, this.#ownEvents());
    this.#onReady(message);
  }

  #sendEffort(): void {
    if (this.#worker === null || this.#effort === null) return;
    send(this.#worker, { kind: "size", level: this.#effort.sizeLevel });
    send(this.#worker, paceMessage(this.#effort));
  }

  /** It is given no frames: its silence means nothing. */
  get #isPaused(): boolean {
    return this.#effort?.minIntervalMs === null;
  }

  #attach(): void {
    const worker = this.#worker;
    if (worker === null || !this.#isReady || this.#feed === null) return;
    this.#feed.attach((message, transfer) => send(worker, message, transfer));
    this.#watch();
  }

  /** Expects a sign of life within {@linkcode HANG_MS}, counted from each one. */
  #watch(): void {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => {
      if (this.#isPaused || !this.#feed?.isFlowing()) return this.#watch();
      const message = "Detection stopped answering.";
      this.#onFailure({ kind: "failed", code: "crashed", message });
    }, HANG_MS);
  }

  #drop(): void {
    clearTimeout(this.#watchdog);
    this.#feed?.detach();
    this.#worker?.terminate();
    this.#worker = null;
    this.#isReady = false;
    this.#warmRunMs = null;
  }
}

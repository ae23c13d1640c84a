import type { ServedModel } from "@/protocol";
import { epochMs } from "../base/epoch.ts";
import type { Timers } from "../base/timers.ts";
import { listen, send, type WorkerHandle } from "../base/worker_handle.ts";
import {
  type BrowserFacts,
  mayTryWebGpu,
  threadCandidates,
  threadsAfterCrash,
  webGpuWins,
} from "./backend_choice.ts";
import type { BackendMemory } from "./backend_memory.ts";
import { type Detector, type DetectorEvents, type FrameFeed, paceMessage } from "./detector.ts";
import type { Effort } from "./effort.ts";
import { StartWatch } from "./start_watch.ts";
import { ThreadTrials } from "./thread_trials.ts";
import type {
  Backend,
  DetectionSettings,
  DetectorErrorCode,
  FrameResult,
  FromWorker,
  ToWorker,
} from "./worker_messages.ts";

/** What a detector is made of, and whom it tells. */
export interface LocalDetectorOptions extends DetectorEvents {
  readonly model: ServedModel;
  readonly settings: DetectionSettings;
  readonly facts: BrowserFacts;
  readonly memory: BackendMemory;
  readonly timers: Timers;
  /** Makes a Worker that has not been sent anything yet. */
  startWorker(): WorkerHandle;
}

type Ready = Extract<FromWorker, { kind: "ready" }>;

/** A Worker with a model that can be given frames. */
interface ReadyWorker {
  readonly worker: WorkerHandle;
  readonly ready: Ready;
}

/** A Worker that gives no sign of life for this long while frames flow is taken for dead. */
const HANG_MS = 20_000;

/** How long a start may take, ms; many times what it takes, and short enough to be waited for. */
const START_MS = { runtime: 6_000, model: 60_000 };

/** The same when it took too long once: this device may be that slow. */
const PATIENT_START_MS = { runtime: 120_000, model: 120_000 };

/** Failures that another Worker may cure; the others would only fail again. */
const CURABLE: ReadonlySet<DetectorErrorCode> = new Set([
  "crashed",
  "stalled",
  "out-of-memory",
  "backend-failed",
]);

/**
 * Detection in this browser: owns the Worker that owns the onnxruntime session. A Worker that dies is
 * replaced once, with half its threads; one that does not start, once with as many. WebGPU is tried in a
 * second Worker beside the first and takes over where it measures faster, so that its failure costs
 * nothing. So are other numbers of threads, while frames flow; see {@linkcode ThreadTrials}. Long, because
 * it alone says which Worker has the frames.
 */
export class LocalDetector implements Detector {
  readonly #options: LocalDetectorOptions;
  #settings: DetectionSettings;
  #effort: Effort | null = null;
  #worker: WorkerHandle | null = null;
  /** What it said of itself; `null`: it is loading. */
  #ready: Ready | null = null;
  /** Is loading, to be measured against the other. */
  #probe: WorkerHandle | null = null;
  /** Has no frames while another is tried in its place. */
  #resting: ReadyWorker | null = null;
  readonly #trials: ThreadTrials;
  #feed: FrameFeed | null = null;
  #threads: number;
  #hasRestarted = false;
  #hasStalled = false;
  /** Of the last Worker that was started to take the frames. */
  #startWatch: StartWatch | null = null;
  /** Of the last one that was started beside it. */
  #probeWatch: StartWatch | null = null;
  /** Frames that came before are of another source; ms since the epoch. */
  #fedSinceMs = -Infinity;
  #watchdog: number | undefined;

  constructor(options: LocalDetectorOptions) {
    this.#options = options;
    this.#settings = options.settings;
    const { facts, memory, model, timers } = options;
    const known = memory.recall(model.sha256);
    const candidates = threadCandidates(facts);
    this.#trials = new ThreadTrials({ candidates, isKnown: known?.threads != null, timers });
    // What was found where threads were possible says nothing of where they are not.
    this.#threads = candidates.length === 1 ? candidates[0] : known?.threads ?? candidates[0];
    this.#start(known?.backend === "webgpu" && mayTryWebGpu(facts) ? "webgpu" : "wasm");
  }

  /** The model's own warm median here. */
  get expectedMs(): number | null {
    return this.#ready?.warmRunMs ?? null;
  }

  /** Takes frames from `feed` instead of the present one; `null` for none. */
  setFeed(feed: FrameFeed | null): void {
    this.#abandonTrial();
    this.#fedSinceMs = epochMs();
    this.#feed?.detach();
    if (this.#worker !== null) send<ToWorker>(this.#worker, { kind: "stop" });
    this.#feed = feed;
    this.#attach();
  }

  /** Applies from the next frame on. */
  setSettings(settings: DetectionSettings): void {
    this.#settings = settings;
    for (const worker of [this.#worker, this.#probe, this.#resting?.worker]) {
      if (worker != null) send<ToWorker>(worker, { kind: "settings", settings });
    }
  }

  setEffort(effort: Effort): void {
    const wasPaused = this.#isPaused;
    const isOtherPace = effort.minIntervalMs !== this.#effort?.minIntervalMs;
    const mayTry = this.#ready?.backend === "wasm" && !this.#hasRestarted;
    if (isOtherPace && mayTry) this.#trials.paceChanged();
    this.#effort = effort;
    this.#sendEffort();
    // From now on it is to answer again.
    if (wasPaused && !this.#isPaused && this.#ready !== null && this.#feed !== null) this.#watch();
  }

  /** Ends the Worker; the detector is of no use afterwards. */
  close(): void {
    this.#drop();
    this.#endTrial();
    this.#feed = null;
  }

  #start(backend: Backend): void {
    this.#worker = this.#options.startWorker();
    this.#startWatch = this.#watchStart(() => {
      const message = `${this.#options.model.title} did not start.`;
      this.#onFailure({ kind: "failed", code: "stalled", message });
    });
    listen<FromWorker>(this.#worker, this.#ownEvents());
    this.#load(this.#worker, backend, this.#threads);
  }

  #watchStart(onStalled: () => void): StartWatch {
    const limits = this.#hasStalled ? PATIENT_START_MS : START_MS;
    return new StartWatch(this.#options.timers, limits, onStalled);
  }

  #ownEvents() {
    return {
      onMessage: (message: FromWorker) => this.#onMessage(message),
      onDeath: (message: string) => this.#onFailure({ kind: "failed", code: "crashed", message }),
    };
  }

  #load(worker: WorkerHandle, backend: Backend, threads: number): void {
    send<ToWorker>(worker, { kind: "settings", settings: this.#settings });
    send<ToWorker>(worker, { kind: "load", model: this.#options.model, backend, threads });
  }

  #onMessage(message: FromWorker): void {
    this.#startWatch?.heard(message);
    switch (message.kind) {
      case "starts":
        return;
      case "progress":
        return this.#options.onState({ ...message, kind: "loading" });
      case "ready":
        this.#onReady(message);
        return this.#tryWebGpu(message);
      case "accepted":
        return this.#feed?.onAccepted();
      case "unreadable":
        return this.#feed?.onUnreadable();
      case "result":
        this.#watch();
        return this.#onResult(message.result);
      case "failed":
        return this.#onFailure(message);
    }
  }

  /** One that was in work when the source changed would be drawn over another's picture. */
  #onResult(result: FrameResult): void {
    if (result.grabbedAtMs - result.waitedMs < this.#fedSinceMs) return;
    this.#options.onResult(result);
    if (this.#probe === null && this.#ready?.backend === "wasm") this.#tryThreads(result);
  }

  #onReady(message: Ready): void {
    this.#ready = message;
    this.#sendEffort();
    this.#options.onState(message);
    this.#attach();
  }

  #onFailure(failure: Extract<FromWorker, { kind: "failed" }>): void {
    this.#drop();
    // Two Workers starting at once is the last thing that a browser short of memory needs.
    this.#endTrial();
    const { onState } = this.#options;
    if (!CURABLE.has(failure.code)) return onState(failure);
    const isStalled = failure.code === "stalled";
    if (isStalled ? this.#hasStalled : this.#hasRestarted) {
      const advice = "Close other tabs or choose a smaller model, then reload.";
      return onState({ ...failure, message: `${failure.message} ${advice}` });
    }
    if (isStalled) this.#hasStalled = true;
    else this.#useFewerThreads();
    onState({ kind: "restarting", message: failure.message });
    this.#start("wasm");
  }

  #useFewerThreads(): void {
    const { memory, model } = this.#options;
    this.#hasRestarted = true;
    this.#threads = threadsAfterCrash(this.#threads) ?? 1;
    this.#trials.settle();
    memory.remember(model.sha256, { backend: "wasm", threads: this.#threads });
  }

  /** Loads the model on WebGPU in a Worker of its own and changes over if that is faster. */
  #tryWebGpu({ backend, warmRunMs }: Ready): void {
    const { facts, memory, model } = this.#options;
    if (backend !== "wasm" || this.#probe !== null || !mayTryWebGpu(facts)) return;
    if (memory.recall(model.sha256) !== null) return;
    this.#startProbe("webgpu", this.#threads, (probe) => {
      const isFaster = probe !== null && webGpuWins(probe.ready.warmRunMs, warmRunMs);
      memory.remember(model.sha256, { backend: isFaster ? "webgpu" : "wasm", threads: null });
      if (!isFaster) return probe?.worker.terminate();
      this.#drop();
      this.#trials.settle();
      this.#take(probe);
      this.#options.onState(probe.ready);
    });
  }

  /** Watches how fresh results are, and tries other numbers of threads one after another. */
  #tryThreads(result: FrameResult): void {
    const step = this.#trials.add(result, this.#threads);
    if (step === null) return;
    if (step.isBetter === true) this.#keepTried();
    if (step.isBetter === false) this.#bringBack();
    if (step.next === null) return this.#threadsFound();
    this.#startProbe("wasm", step.next, (probe) => {
      if (probe === null) return this.#threadsFound();
      this.#resting = { worker: this.#worker!, ready: this.#ready! };
      this.#take(probe);
      this.#trials.begin();
    });
  }

  #keepTried(): void {
    this.#resting?.worker.terminate();
    this.#resting = null;
    this.#threads = this.#ready!.threads;
    this.#options.onState(this.#ready!);
  }

  #bringBack(): void {
    const resting = this.#resting;
    // It may have died meanwhile.
    if (resting === null) return this.#keepTried();
    this.#worker?.terminate();
    this.#resting = null;
    this.#take(resting);
  }

  /** Another source shows other things, and perhaps none at all for a long time. */
  #abandonTrial(): void {
    if (this.#resting !== null) this.#bringBack();
    if (this.#trials.isTrying) this.#endTrial();
    this.#trials.abandon();
  }

  #threadsFound(): void {
    this.#endTrial();
    const isMeasured = this.#trials.settle();
    const { memory, model } = this.#options;
    if (isMeasured) memory.remember(model.sha256, { backend: "wasm", threads: this.#threads });
  }

  /** Loads the model in a Worker beside the present one. `then` gets it, or `null` if that failed. */
  #startProbe(
    backend: Backend,
    threads: number,
    then: (probe: ReadyWorker | null) => void,
  ): void {
    const worker = this.#options.startWorker();
    this.#probe = worker;
    const failed = () => {
      watch.stop();
      worker.terminate();
      this.#probe = null;
      then(null);
    };
    const watch = this.#watchStart(failed);
    this.#probeWatch = watch;
    listen<FromWorker>(worker, {
      onDeath: failed,
      onMessage: (message) => {
        watch.heard(message);
        if (message.kind === "failed") return failed();
        if (message.kind !== "ready") return;
        this.#probe = null;
        then({ worker, ready: message });
      },
    });
    this.#load(worker, backend, threads);
  }

  /** Gives this Worker the frames, in place of the present one. */
  #take({ worker, ready }: ReadyWorker): void {
    this.#feed?.detach();
    if (this.#resting !== null) {
      const { worker: other } = this.#resting;
      send<ToWorker>(other, { kind: "stop" });
      const gone = () => {
        other.terminate();
        if (this.#resting?.worker === other) this.#resting = null;
      };
      listen<FromWorker>(other, {
        onDeath: gone,
        onMessage: ({ kind }) => {
          if (kind === "failed") gone();
        },
      });
    }
    this.#worker = worker;
    this.#ready = ready;
    listen<FromWorker>(worker, this.#ownEvents());
    this.#sendEffort();
    this.#attach();
  }

  #endTrial(): void {
    this.#probeWatch?.stop();
    this.#probe?.terminate();
    this.#probe = null;
    this.#resting?.worker.terminate();
    this.#resting = null;
  }

  #sendEffort(): void {
    if (this.#worker === null || this.#effort === null) return;
    send<ToWorker>(this.#worker, { kind: "size", level: this.#effort.sizeLevel });
    send<ToWorker>(this.#worker, paceMessage(this.#effort));
  }

  /** It is given no frames: its silence means nothing. */
  get #isPaused(): boolean {
    return this.#effort?.minIntervalMs === null;
  }

  #attach(): void {
    const worker = this.#worker;
    if (worker === null || this.#ready === null || this.#feed === null) return;
    this.#feed.attach((message, transfer) => send<ToWorker>(worker, message, transfer));
    this.#watch();
  }

  /** Expects a sign of life within {@linkcode HANG_MS}, counted from each one. */
  #watch(): void {
    const { timers } = this.#options;
    timers.clearTimeout(this.#watchdog);
    this.#watchdog = timers.setTimeout(() => {
      if (this.#isPaused || !this.#feed?.isFlowing()) return this.#watch();
      const message = "Detection stopped answering.";
      this.#onFailure({ kind: "failed", code: "crashed", message });
    }, HANG_MS);
  }

  #drop(): void {
    this.#startWatch?.stop();
    this.#options.timers.clearTimeout(this.#watchdog);
    this.#feed?.detach();
    this.#worker?.terminate();
    this.#worker = null;
    this.#ready = null;
  }
}

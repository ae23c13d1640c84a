import type { FromLane, ToLane } from "./lane_messages.ts";

/** Far beyond what any request takes: frames take some 10 ms, the largest model about a second. */
const STUCK_MS: Readonly<Record<ToLane["kind"], number>> = {
  frame: 5_000,
  measure: 10_000,
  unload: 10_000,
  // A GPU is set up for the first model on it.
  load: 60_000,
};

/** More than a core needs besides the pictures that its model sees; its memory never becomes less. */
const SPARE_BYTES = 24 << 20;

/** More than it needs for each pixel of those: tensor, frame, coefficients. */
const BYTES_PER_PX = 32;

/** A Worker that runs one model at a time, seen from the main thread. Requests are answered in order. */
export class ModelWorker {
  readonly #worker: Worker;
  /** Those not answered yet, in order. */
  readonly #waiting: {
    readonly kind: ToLane["kind"];
    readonly resolve: (answer: FromLane) => void;
    /** When its turn came. */
    atMs: number;
  }[] = [];

  /** For the largest of its models so far. */
  #enoughBytes = 0;
  #swollenMs: number | null = null;

  /** @param onBroken Called when the Worker ended by an error, which should not happen. */
  constructor(onBroken: (message: string) => void) {
    this.#worker = new Worker(new URL("./lane_worker.ts", import.meta.url), { type: "module" });
    this.#worker.onmessage = ({ data }: MessageEvent<FromLane>) => {
      if (data.kind === "broken") return onBroken(data.message);
      if ("coreBytes" in data && data.coreBytes > this.#enoughBytes) {
        this.#swollenMs ??= performance.now();
      }
      this.#waiting.shift()?.resolve(data);
      const [next] = this.#waiting;
      if (next !== undefined) next.atMs = performance.now();
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      onBroken(event.message);
    };
  }

  /** Whether something that was asked is not answered yet. */
  get isBusy(): boolean {
    return this.#waiting.length > 0;
  }

  /** Whether the request in work takes longer than it ever should: native code hangs. */
  get isStuck(): boolean {
    const [first] = this.#waiting;
    return first !== undefined && performance.now() - first.atMs > STUCK_MS[first.kind];
  }

  /** Since when it has much memory that it does not need, ms on this thread's clock; `null`: it has not. */
  get swollenMs(): number | null {
    return this.#swollenMs;
  }

  /** Sends a request, with what it hands over. */
  ask(request: ToLane, transfer: Transferable[] = []): Promise<FromLane> {
    if (request.kind === "load") {
      const { widthPx, heightPx } = request.model.entry.input;
      const enoughBytes = SPARE_BYTES + widthPx * heightPx * BYTES_PER_PX;
      this.#enoughBytes = Math.max(this.#enoughBytes, enoughBytes);
    }
    return new Promise((resolve) => {
      // First: what cannot be sent is not waited for.
      this.#worker.postMessage(request, transfer);
      this.#waiting.push({ kind: request.kind, resolve, atMs: performance.now() });
    });
  }

  /** Ends the Worker. What waits is never answered. */
  close(): void {
    this.#worker.terminate();
  }
}

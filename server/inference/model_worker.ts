import type { FromLane, ToLane } from "./lane_messages.ts";

/** Far beyond what any request takes: frames take some 10 ms, the largest model about a second. */
const STUCK_MS: Readonly<Record<ToLane["kind"], number>> = {
  frame: 5_000,
  measure: 10_000,
  unload: 10_000,
  // A GPU is set up for the first model on it.
  load: 60_000,
};

/** A Worker that runs one model, seen from the main thread. Requests are answered in order. */
export class ModelWorker {
  readonly #worker: Worker;
  /** Those not answered yet, in order. */
  readonly #waiting: {
    readonly kind: ToLane["kind"];
    readonly resolve: (answer: FromLane) => void;
    /** When its turn came. */
    atMs: number;
  }[] = [];

  /** @param onBroken Called when the Worker ended by an error, which should not happen. */
  constructor(onBroken: (message: string) => void) {
    this.#worker = new Worker(new URL("./lane_worker.ts", import.meta.url), { type: "module" });
    this.#worker.onmessage = ({ data }: MessageEvent<FromLane>) => {
      if (data.kind === "broken") return onBroken(data.message);
      this.#waiting.shift()?.resolve(data);
      const [next] = this.#waiting;
      if (next !== undefined) next.atMs = performance.now();
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      onBroken(event.message);
    };
  }

  /** Whether the request in work takes longer than it ever should: native code hangs. */
  get isStuck(): boolean {
    const [first] = this.#waiting;
    return first !== undefined && performance.now() - first.atMs > STUCK_MS[first.kind];
  }

  /** Sends a request, with what it hands over. */
  ask(request: ToLane, transfer: Transferable[] = []): Promise<FromLane> {
    return new Promise((resolve) => {
      // First: what cannot be sent is not waited for.
      this.#worker.postMessage(request, transfer);
      this.#waiting.push({ kind: request.kind, resolve, atMs: performance.now() });
    });
  }

  /** Resolves when all that was asked so far is answered. */
  async idle(): Promise<void> {
    while (this.#waiting.length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  /** Ends the Worker. What waits is never answered. */
  close(): void {
    this.#worker.terminate();
  }
}

import type { FromLane, ToLane } from "./lane_messages.ts";
import { ModelWorker } from "./model_worker.ts";

type Load = Extract<ToLane, { kind: "load" }>;

/** Workers without a model that are kept for the next ones; more come about only in between. */
const MAX_SPARE = 2;

/**
 * A place for one frame at a time. Each of its models has a Worker of its own: frames of the others go
 * on while one is loaded. Its Worker is used again for another: Deno leaks two descriptors with each
 * Worker that ends after it had native code, so somebody who changes models would use them up.
 */
export class Lane {
  readonly #onBroken: (message: string) => void;
  readonly #workers = new Map<string, ModelWorker>();
  /** Of models that come or go. */
  readonly #others = new Set<ModelWorker>();
  readonly #spare: ModelWorker[] = [];
  #isEnding = false;

  /** @param onBroken Called when a Worker ended by an error, which should not happen. */
  constructor(onBroken: (message: string) => void) {
    this.#onBroken = onBroken;
  }

  /** See {@linkcode ModelWorker.isStuck}. */
  get isStuck(): boolean {
    return this.#all().some((worker) => worker.isStuck);
  }

  /**
   * A model whose Worker has had much memory to give back since then; see {@linkcode ModelWorker.swollenMs}.
   * @param counts Others than these are passed over.
   */
  swollenSince(
    beforeMs: number,
    counts: (modelId: string) => boolean = () => true,
  ): string | undefined {
    const found = [...this.#workers].find(([id, { swollenMs }]) =>
      swollenMs !== null && swollenMs <= beforeMs && counts(id)
    );
    return found?.[0];
  }

  /**
   * Sends a request, with what it hands over. A model that is loaded anew takes over when it is
   * ready. Unloading cannot fail: what does not let go by itself is ended.
   */
  async ask(request: ToLane, transfer: Transferable[] = []): Promise<FromLane> {
    if (this.#isEnding) return await new Promise(() => {});
    switch (request.kind) {
      case "load":
        return await this.#load(request);
      case "unload":
        await this.#end(request.modelId);
        return { kind: "unloaded" };
      case "measure":
        return await this.#askModel(request.modelId, request);
      case "frame":
        return await this.#askModel(request.job.settings.modelId, request, transfer);
    }
  }

  /**
   * Sends a request whose answer is of one kind.
   * @throws {Error} With the lane's words, if it failed.
   */
  async expect<K extends FromLane["kind"]>(
    request: ToLane,
    kind: K,
  ): Promise<Extract<FromLane, { kind: K }>> {
    const answer = await this.ask(request);
    if (answer.kind === kind) return answer as Extract<FromLane, { kind: K }>;
    throw new Error(answer.kind === "failed" ? answer.message : `Unexpected ${answer.kind}`);
  }

  /** Resolves when all that was asked so far is done. What is asked from now on is never answered. */
  async end(): Promise<void> {
    this.#isEnding = true;
    while (this.#all().some((worker) => worker.isBusy)) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** Ends it. What waits is never answered. */
  close(): void {
    for (const worker of [...this.#all(), ...this.#spare.splice(0)]) worker.close();
    this.#workers.clear();
    this.#others.clear();
  }

  #all(): ModelWorker[] {
    return [...this.#workers.values(), ...this.#others];
  }

  async #askModel(
    modelId: string,
    request: ToLane,
    transfer: Transferable[] = [],
  ): Promise<FromLane> {
    const worker = this.#workers.get(modelId);
    if (worker !== undefined) return await worker.ask(request, transfer);
    return { kind: "failed", message: `Cannot run ${modelId}: not loaded` };
  }

  async #load(request: Load): Promise<FromLane> {
    const { id } = request.model.entry;
    const worker = this.#spare.pop() ?? new ModelWorker(this.#onBroken);
    this.#others.add(worker);
    const answer = await worker.ask(request);
    // Closed meanwhile.
    if (!this.#others.delete(worker)) return { kind: "failed", message: "The lane is closed" };
    if (answer.kind !== "loaded") {
      this.#release(worker);
      return answer;
    }
    const before = this.#end(id);
    this.#workers.set(id, worker);
    await before;
    return answer;
  }

  /** Lets a model's frames in work finish, and takes no more. */
  async #end(modelId: string): Promise<void> {
    const worker = this.#workers.get(modelId);
    if (worker === undefined) return;
    this.#workers.delete(modelId);
    this.#others.add(worker);
    const { kind } = await worker.ask({ kind: "unload", modelId });
    // Closed meanwhile.
    if (!this.#others.delete(worker)) return;
    if (kind === "unloaded") this.#release(worker);
    else worker.close();
  }

  /** Keeps a Worker that has no model any more; one with much memory gives that back with its end. */
  #release(worker: ModelWorker): void {
    if (worker.swollenMs === null && this.#spare.length < MAX_SPARE) this.#spare.push(worker);
    else worker.close();
  }
}

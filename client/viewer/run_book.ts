import { signal } from "@preact/signals";
import type { ServedModel } from "@/protocol";
import type { DetectorState, Side } from "../inference/detector.ts";
import type { RunMemory } from "../inference/run_memory.ts";

/** Measured run times of the models, alone and at their largest size: of this browser, and of the server. */
export class RunBook {
  /** Grows with everything noted. */
  readonly revision = signal(0);
  readonly #memory: RunMemory;
  /** For as long as the page lives: another day the server may be another computer. */
  readonly #server = new Map<string, number>();

  constructor(memory: RunMemory) {
    this.#memory = memory;
  }

  /** Ms; `null`: not measured there. */
  timeOf(side: Side, model: ServedModel): number | null {
    return side === "local" ? this.#memory.recall(model) : this.#server.get(model.sha256) ?? null;
  }

  /** A detector of this model says how it is. */
  note(side: Side, model: ServedModel, state: DetectorState): void {
    const runMs = state.kind === "ready"
      ? state.warmRunMs
      : state.kind === "connected"
      ? state.runMs
      : null;
    if (runMs === null || runMs === this.timeOf(side, model)) return;
    if (side === "local") this.#memory.remember(model, runMs);
    else this.#server.set(model.sha256, runMs);
    this.revision.value += 1;
  }
}

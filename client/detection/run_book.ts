import { signal } from "@preact/signals";
import type { ServedModel } from "@/protocol";
import type { DetectorState, Side } from "../inference/detector.ts";
import type { RunMemory } from "../inference/run_memory.ts";

/** Measured run times of the models, alone and at their largest size: of this browser, and of the server. */
export class RunBook {
  readonly #memory: RunMemory;
  /** For as long as the page lives: another day the server may be another computer. */
  readonly #server = new Map<string, number>();
  /** Grows with everything noted. */
  readonly #revision = signal(0);

  constructor(memory: RunMemory) {
    this.#memory = memory;
  }

  /** Ms; `null`: not measured there. What is drawn with it is drawn again when more is known. */
  timeOf(side: Side, model: ServedModel): number | null {
    void this.#revision.value;
    return this.#peek(side, model);
  }

  /** A detector of this model says how it is. */
  note(side: Side, model: ServedModel, state: DetectorState): void {
    const runMs = warmRunOf(state);
    if (runMs === null || runMs === this.#peek(side, model)) return;
    if (side === "local") this.#memory.remember(model, runMs);
    else this.#server.set(model.sha256, runMs);
    this.#revision.value += 1;
  }

  #peek(side: Side, model: ServedModel): number | null {
    if (side === "local") return this.#memory.recall(model);
    return this.#server.get(model.sha256) ?? null;
  }
}

/** How long the model runs where a detector is, warm and alone, ms; `null`: not known, or not yet. */
export function warmRunOf(state: DetectorState | null): number | null {
  if (state?.kind === "ready") return state.warmRunMs;
  return state?.kind === "connected" ? state.runMs : null;
}

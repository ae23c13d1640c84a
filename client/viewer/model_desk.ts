import {
  type AddFlags,
  type ModelJob,
  modelJobAnswerSchema,
  modelRefusalSchema,
  type ModelStock,
  modelStockSchema,
} from "@/protocol";
import * as v from "valibot";
import type { Timers } from "../base/timers.ts";
import type { ModelsState } from "./models_state.ts";

/** What the desk works with. */
export interface ModelDeskOptions {
  readonly state: Pick<ModelsState, "stock" | "ownJobs" | "problem">;
  readonly timers: Pick<Timers, "setTimeout">;
  readonly fetch: (url: string, init?: RequestInit) => Promise<Response>;
}

/** While something goes on it is asked for so often. */
const ASK_MS = 400;

const SILENT = "The server does not answer.";

/** The owner's way to the models of the server's computer: what there is, and changes of it. */
export class ModelDesk {
  readonly #options: ModelDeskOptions;
  /** Files on their way. */
  #sending = 0;
  /** That were taken, by job: there may be more to say about them. */
  readonly #files = new Map<number, File>();
  #isStale = false;
  #isAsking = false;

  constructor(options: ModelDeskOptions) {
    this.#options = options;
  }

  /** Asks for what there is, and goes on asking while something changes. */
  refresh(): void {
    this.#isStale = true;
    if (!this.#isAsking) void this.#ask();
  }

  /** Downloads a model. @param acceptedLicence What the person agreed to; `null`: nothing was asked. */
  async pull(id: string, acceptedLicence: string | null): Promise<void> {
    const body = JSON.stringify({ id, ...(acceptedLicence === null ? {} : { acceptedLicence }) });
    const headers = { "Content-Type": "application/json" };
    await this.#change("/api/models/pull", { method: "POST", headers, body });
  }

  /** Sends a file of the person's own; the server checks and tries it. @param flags Of `models add`. */
  async add(file: File, flags: AddFlags = {}): Promise<void> {
    const headers = { "Content-Type": "application/octet-stream" };
    const query = new URLSearchParams({ file: file.name.slice(-300), ...flags });
    this.#sending += 1;
    this.refresh();
    const job = await this.#change(`/api/models/add?${query}`, {
      method: "POST",
      headers,
      body: file,
    });
    if (job !== null) this.#files.set(job, file);
    this.#sending -= 1;
    this.refresh();
  }

  /** Adds the file of a job once more, with flags. */
  async addAgain(job: number, flags: AddFlags): Promise<void> {
    const file = this.#files.get(job);
    if (file !== undefined) await this.add(file, flags);
  }

  /** Deletes a model that was pulled or added. */
  async remove(id: string): Promise<void> {
    await this.#change(`/api/models/${encodeURIComponent(id)}`, { method: "DELETE" });
  }

  /** Ends a change before its time. */
  async cancel(job: number): Promise<void> {
    await this.#change(`/api/models/jobs/${job}`, { method: "DELETE" });
  }

  /** @returns The job, if there is one. */
  async #change(url: string, init: RequestInit): Promise<number | null> {
    const { state, fetch } = this.#options;
    state.problem.value = null;
    const answer = await fetch(url, init).then((response) => response.json()).catch(() => null);
    const accepted = v.safeParse(modelJobAnswerSchema, answer);
    const job = accepted.success ? accepted.output.job.id : null;
    if (job === null) state.problem.value = answer === null ? SILENT : refusalWords(answer);
    else state.ownJobs.value = new Set([...state.ownJobs.peek(), job]);
    this.refresh();
    return job;
  }

  async #ask(): Promise<void> {
    this.#isAsking = true;
    while (this.#isStale || this.#isBusy) {
      this.#isStale = false;
      await this.#read();
      if (!this.#isBusy || this.#isStale) continue;
      await new Promise<void>((resolve) => void this.#options.timers.setTimeout(resolve, ASK_MS));
    }
    this.#isAsking = false;
  }

  get #isBusy(): boolean {
    const { stock } = this.#options.state;
    return this.#sending > 0 || stock.peek()?.jobs.some(isUnderWay) === true;
  }

  async #read(): Promise<void> {
    const { state, fetch } = this.#options;
    const answer = await fetch("/api/models").then((response) => response.json()).catch(() => null);
    const stock = v.safeParse(modelStockSchema, answer);
    // Without it nothing is under way for all we know, so a silent server is not asked for ever.
    state.stock.value = stock.success ? keepSame(state.stock.peek(), stock.output) : null;
    if (!stock.success) state.problem.value = answer === null ? SILENT : refusalWords(answer);
  }
}

/** Whether a job is not over. */
export function isUnderWay({ state }: ModelJob): boolean {
  return state === "waiting" || state === "running";
}

/** An unchanged document stays the same object, so that nothing is drawn again for nothing. */
function keepSame(before: ModelStock | null, after: ModelStock): ModelStock {
  return JSON.stringify(before) === JSON.stringify(after) ? before! : after;
}

function refusalWords(answer: unknown): string {
  const refusal = v.safeParse(modelRefusalSchema, answer);
  return refusal.success ? `${refusal.output.message}.` : "Cannot read the server's answer.";
}

import type { ModelJob } from "@/protocol";
import type { LauncherLink } from "./launcher_link.ts";
import type { ModelReport, ModelTask } from "./orders.ts";

/** Jobs that may wait behind the one that runs; an uploaded file waits on the disk. */
export const MAX_WAITING_JOBS = 4;

/** Jobs that are over and still told of. */
const KEPT_JOBS = 16;

/** Exit status of a command that was stopped. */
const INTERRUPTED = 130;

interface Entry {
  job: ModelJob;
  /** `null`: what is to be done is on its way. */
  task: ModelTask | null;
  /** Called once when it is over. */
  readonly onEnd: () => void;
  isCancelled: boolean;
}

/** Jobs by kind and how they ended. */
export type JobCounts = readonly {
  readonly kind: ModelJob["kind"];
  readonly outcome: "done" | "failed" | "cancelled";
  readonly count: number;
}[];

const OUTCOMES = ["done", "failed", "cancelled"] as const;
const KINDS = ["pull", "add", "remove"] as const;

/** Changes of the models, one after another, by the hands of the launcher. */
export class ModelJobs {
  readonly #link: LauncherLink;
  readonly #onOver: (job: ModelJob) => void;
  /** In the order of asking. */
  readonly #entries: Entry[] = [];
  readonly #counts = new Map<string, number>();
  #lastId = 0;

  /** @param onOver Told of every job that is over. */
  constructor(link: LauncherLink, onOver: (job: ModelJob) => void = () => {}) {
    this.#link = link;
    this.#onOver = onOver;
    link.onReport = (report) => report === null ? this.#lost() : this.#hear(report);
  }

  /** Whether anything can be changed. */
  get canChange(): boolean {
    return this.#link.isOpen;
  }

  /** All that are told of, the newest last. */
  get all(): ModelJob[] {
    return this.#entries.map(({ job }) => job);
  }

  /** Since the start of the server. */
  get counts(): JobCounts {
    return KINDS.flatMap((kind) =>
      OUTCOMES.map((outcome) => ({
        kind,
        outcome,
        count: this.#counts.get(`${kind} ${outcome}`) ?? 0,
      }))
    );
  }

  /** `undefined`: there is none, or it is long over. */
  find(id: number): ModelJob | undefined {
    return this.#entries.find(({ job }) => job.id === id)?.job;
  }

  /**
   * Takes a place for a job, whose task may follow. `null`: all are taken.
   * @param about What is known of it.
   * @param onEnd Called once when it is over.
   */
  open(
    about: Pick<ModelJob, "kind" | "modelId" | "file">,
    task: ModelTask | null,
    onEnd: () => void = () => {},
  ): ModelJob | null {
    const open = this.#entries.filter(({ job }) => !isOver(job));
    const running = open.filter(({ job }) => job.state === "running").length;
    if (open.length - running >= MAX_WAITING_JOBS) return null;
    const id = ++this.#lastId;
    const progress = { receivedBytes: null, totalBytes: null };
    const job: ModelJob = { id, ...about, state: "waiting", ...progress, words: "" };
    this.#entries.push({ job, task, onEnd, isCancelled: false });
    this.#pump();
    return this.find(id)!;
  }

  /** What an open job is to do is here. @returns The job as it is now. */
  give(id: number, task: ModelTask): ModelJob {
    const entry = this.#entries.find(({ job }) => job.id === id)!;
    entry.task = task;
    this.#pump();
    return entry.job;
  }

  /** How much of what a job needs has come. */
  progress(id: number, receivedBytes: number, totalBytes: number | null): void {
    const entry = this.#entries.find(({ job }) => job.id === id);
    if (entry !== undefined) entry.job = { ...entry.job, receivedBytes, totalBytes };
  }

  /** Ends a job before its time; one that runs may still come to its end. @returns It, if it is there. */
  cancel(id: number, words = "Cancelled."): ModelJob | undefined {
    const entry = this.#entries.find(({ job }) => job.id === id);
    if (entry === undefined || isOver(entry.job)) return entry?.job;
    entry.isCancelled = true;
    if (entry.job.state === "running") this.#link.send({ kind: "cancel", job: id });
    else this.#end(entry, "cancelled", { words });
    return entry.job;
  }

  #hear(report: ModelReport): void {
    if (report.kind === "present") return this.#pump();
    const entry = this.#entries.find(({ job }) => job.id === report.job);
    if (entry?.job.state !== "running") return;
    if (report.kind === "progress") {
      const { receivedBytes, totalBytes } = report;
      entry.job = { ...entry.job, receivedBytes, totalBytes };
      return;
    }
    const { code, words } = report;
    const modelId = report.modelId ?? entry.job.modelId;
    const isStopped = code === INTERRUPTED || (code !== 0 && entry.isCancelled);
    const state = code === 0 ? "done" : isStopped ? "cancelled" : "failed";
    this.#end(entry, state, { modelId, words });
  }

  /** The launcher is gone, and with it whatever it did. */
  #lost(): void {
    for (const entry of [...this.#entries]) {
      if (!isOver(entry.job)) this.#end(entry, "failed", { words: "The launcher is gone." });
    }
  }

  #pump(): void {
    if (!this.#link.isOpen || this.#entries.some(({ job }) => job.state === "running")) return;
    const next = this.#entries.find(({ job, task }) => job.state === "waiting" && task !== null);
    if (next === undefined) return;
    const progress = { receivedBytes: null, totalBytes: null };
    next.job = { ...next.job, state: "running", ...progress };
    this.#link.send({ kind: "run", job: next.job.id, task: next.task! });
  }

  #end(entry: Entry, state: (typeof OUTCOMES)[number], over: Partial<ModelJob>): void {
    entry.job = { ...entry.job, ...over, state };
    const name = `${entry.job.kind} ${state}`;
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
    entry.onEnd();
    this.#onOver(entry.job);
    const ended = this.#entries.filter(({ job }) => isOver(job));
    for (const old of ended.slice(0, -KEPT_JOBS)) {
      this.#entries.splice(this.#entries.indexOf(old), 1);
    }
    this.#pump();
  }
}

function isOver({ state }: ModelJob): boolean {
  return state !== "waiting" && state !== "running";
}

import type { Progress } from "./fetch_bytes.ts";
import type { LoadPart } from "./worker_messages.ts";

/** The parts that are downloaded, in the order in which they are shown. */
const DOWNLOADS = ["runtime", "model"] as const;

type Download = (typeof DOWNLOADS)[number];

/**
 * Tells of parts that are loaded at the same time as of one after another: each is told of until it is
 * there, then the next one, from where it has come to meanwhile.
 */
export class LoadProgress {
  readonly #tell: (progress: Progress & { part: LoadPart }) => void;
  readonly #latest = new Map<Download, Progress>();
  readonly #done = new Set<Download>();

  constructor(tell: (progress: Progress & { part: LoadPart }) => void) {
    this.#tell = tell;
  }

  /** A part has come so far. */
  add(part: Download, progress: Progress): void {
    this.#latest.set(part, progress);
    if (this.#shown === part) this.#tell({ part, ...progress });
  }

  /** A part is there; after the last one the model is started. */
  end(part: Download): void {
    const before = this.#shown;
    this.#done.add(part);
    const next = this.#shown;
    if (next === before) return;
    if (next === undefined) {
      this.#tell({ part: "warm-up", loadedBytes: 0, totalBytes: null, cached: false });
      return;
    }
    const latest = this.#latest.get(next);
    if (latest !== undefined) this.#tell({ part: next, ...latest });
  }

  get #shown(): Download | undefined {
    return DOWNLOADS.find((part) => !this.#done.has(part));
  }
}

import { createHmac } from "node:crypto";

/**
 * The subjects of the bus, all of them, in one place. Whoever may read NATS's own figures sees subjects:
 * so they hold no token and no room, but names made from those.
 */

/** What all subjects begin with. One NATS account belongs to one Peerlens. */
const ROOT = "peerlens";

/** Without a secret of the cluster: long random ids cannot be guessed from their names all the same. */
const NO_SECRET = "peerlens";

/** Enough that no two of anything meet. */
const NAME_CHARS = 26;

/** Makes names of what may not be read; the same on all nodes that have the same secret. */
export class SubjectNames {
  readonly #secret: string;

  constructor(secret: string | null) {
    this.#secret = secret ?? NO_SECRET;
  }

  /** @param kind What it is, so that two kinds of things never share a name. */
  of(kind: string, id: string): string {
    const mac = createHmac("sha256", this.#secret).update(`${kind}\n${id}`).digest("base64url");
    return mac.replaceAll(/[-_]/g, "").slice(0, NAME_CHARS);
  }
}

/** A subject of ours. Its parts are words, names and random ids: nothing with a dot or a space. */
export function subject(...parts: readonly string[]): string {
  return [ROOT, ...parts].join(".");
}

/** Names one run of a node or a worker. No secret, and in a log it does not look like one. */
export function newNodeId(): string {
  return crypto.getRandomValues(new Uint8Array(10)).toHex();
}

/** Inference workers, and the nodes that have frames examined by them. */
export const WORKER_SUBJECTS = {
  /** What every worker says of itself several times a second. */
  announcements: subject("worker", "announce"),
  /** Asks a worker for one of its models, by id: announcements are too short for that. */
  models: (worker: string) => subject("worker", worker, "models"),
  /** Asks for a part of a model's file, which a page then has from a node that lacks it. */
  modelPart: (worker: string) => subject("worker", worker, "file"),
  /** A node's messages to a worker's inference process. */
  toWorker: (worker: string, node: string) => subject("worker", worker, "to", node),
  toWorkerFromAll: (worker: string) => subject("worker", worker, "to", "*"),
  /** The process's messages to that node. */
  toNode: (worker: string, node: string) => subject("worker", worker, "from", node),
  toNodeFromAll: (node: string) => subject("worker", "*", "from", node),
} as const;

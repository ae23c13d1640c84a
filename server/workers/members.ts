import * as v from "valibot";
import { parseJson } from "@/protocol";
import type { Bus } from "../bus/bus.ts";
import { WORKER_SUBJECTS } from "../bus/subjects.ts";
import { INFERENCE_LANES, type InferenceFacts, type ToChild } from "../inference/ipc.ts";
import {
  ANNOUNCE_MS,
  type Announcement,
  announcementSchema,
  type FromWorker,
  MAX_ANNOUNCEMENT_BYTES,
  type ModelPart,
  type ToWorker,
  WORKER_SILENCE_MS,
  type WorkerModel,
  workerModelSchema,
  WORKERS_VERSION,
} from "./messages.ts";
import { decodePart } from "./parts.ts";
import { newSessionId, Session } from "./session.ts";

/** How long a worker is waited for that is to describe a model. */
const MODEL_TIMEOUT_MS = 2_000;

/** Workers of one Peerlens; more are not looked at. */
export const MAX_WORKERS = 512;

/** What is told of workers. */
export interface WorkersEvents {
  /** One has come, changed or gone. */
  onChange(): void;
  onMessage(worker: Worker, message: FromWorker, binary: Uint8Array<ArrayBuffer>): void;
  /** What it had of us is gone. It may be there all the same. */
  onLost(worker: Worker, cause: string): void;
}

/** One worker, as this node knows it. */
export interface Worker {
  readonly id: string;
  readonly name: string;
  /** What it said last. */
  readonly said: Announcement;
  /** When that was, on a clock that does not go backwards. */
  readonly heardMs: number;
  /** Where it can be used: what runs its models. */
  readonly facts: InferenceFacts | null;
  send(message: Exclude<ToChild, { kind: "models" }>, binary?: Uint8Array): void;
  /** Frames that did not go out to it, by cause. */
  readonly dropped: Readonly<Record<"slow" | "away", number>>;
}

class KnownWorker implements Worker {
  said: Announcement;
  heardMs: number;
  session: Session<ToWorker, FromWorker> | null = null;
  #droppedBefore = { slow: 0, away: 0 };
  readonly #open: (worker: KnownWorker) => Session<ToWorker, FromWorker>;

  constructor(
    said: Announcement,
    nowMs: number,
    open: (worker: KnownWorker) => Session<ToWorker, FromWorker>,
  ) {
    this.said = said;
    this.heardMs = nowMs;
    this.#open = open;
  }

  get id(): string {
    return this.said.id;
  }

  get name(): string {
    return this.said.name;
  }

  get facts(): InferenceFacts | null {
    return this.said.state === "ready" || this.said.state === "draining" ? this.said.facts : null;
  }

  get dropped() {
    const { slow, away } = this.session?.dropped ?? { slow: 0, away: 0 };
    return { slow: this.#droppedBefore.slow + slow, away: this.#droppedBefore.away + away };
  }

  send(message: ToWorker, binary?: Uint8Array): void {
    this.session ??= this.#open(this);
    this.session.send(message, binary);
  }

  /** Forgets the session; the next message begins another one. */
  end(): void {
    this.#droppedBefore = this.dropped;
    const session = this.session;
    this.session = null;
    session?.close();
  }
}

/** All workers that announce themselves on the bus, and this node's conversations with them. */
export class Workers {
  readonly #bus: Bus;
  readonly #node: string;
  readonly #log: (event: string, fields: Record<string, string | number>) => void;
  readonly #known = new Map<string, KnownWorker>();
  readonly #ends: (() => void)[] = [];
  #events: WorkersEvents | null = null;
  #timer: ReturnType<typeof setInterval> | undefined;
  #refusedVersions = new Set<number>();
  #dueMs = 0;

  /** @param node Names this run of the node in subjects. */
  constructor(
    bus: Bus,
    node: string,
    log: (event: string, fields: Record<string, string | number>) => void,
  ) {
    this.#bus = bus;
    this.#node = node;
    this.#log = log;
  }

  /** Listens from now on. */
  start(events: WorkersEvents): void {
    this.#events = events;
    this.#ends.push(
      this.#bus.listen(WORKER_SUBJECTS.announcements, ({ data }) => this.#hear(data)),
      this.#bus.listen(WORKER_SUBJECTS.toNodeFromAll(this.#node), (message) => {
        const worker = this.#known.get(message.subject.split(".")[2] ?? "");
        const part = decodePart(message.data);
        if (part === null || worker?.session?.id !== part.session) return;
        worker.session.receive(part);
      }),
    );
    this.#dueMs = performance.now() + ANNOUNCE_MS;
    this.#timer = setInterval(() => this.#tick(), ANNOUNCE_MS);
  }

  /** Ends every conversation. */
  stop(): void {
    clearInterval(this.#timer);
    for (const end of this.#ends) end();
    for (const worker of this.#known.values()) worker.end();
  }

  /** Those that are there now. */
  all(): Worker[] {
    return [...this.#known.values()];
  }

  /** The one of that id, if it is there. */
  get(id: string): Worker | undefined {
    return this.#known.get(id);
  }

  /** Has one of them describe a model. `null`: it did not, or it is not what was announced. */
  async modelOf(worker: Worker, modelId: string): Promise<WorkerModel | null> {
    const asked = new TextEncoder().encode(modelId);
    const answer = await this.#bus.request(
      WORKER_SUBJECTS.models(worker.id),
      asked,
      MODEL_TIMEOUT_MS,
    );
    if (typeof answer === "string") return null;
    const read = v.safeParse(workerModelSchema, parseJson(new TextDecoder().decode(answer)));
    return read.success && read.output.entry.id === modelId ? read.output : null;
  }

  /** A model's file as a worker has it, part by part as it is read. Breaks where the worker is gone. */
  fileOf(worker: Worker, modelId: string): ReadableStream<Uint8Array<ArrayBuffer>> {
    let atBytes = 0;
    return new ReadableStream({
      pull: async (controller) => {
        const wanted = JSON.stringify({ modelId, atBytes } satisfies ModelPart);
        const part = await this.#bus.request(
          WORKER_SUBJECTS.modelPart(worker.id),
          new TextEncoder().encode(wanted),
          MODEL_TIMEOUT_MS,
        );
        if (typeof part === "string") {
          return controller.error(new Error(`${worker.name} did not answer`));
        }
        atBytes += part.length;
        if (part.length === 0) controller.close();
        else controller.enqueue(part as Uint8Array<ArrayBuffer>);
      },
    });
  }

  #hear(data: Uint8Array): void {
    if (data.length > MAX_ANNOUNCEMENT_BYTES) return;
    const read = v.safeParse(announcementSchema, parseJson(new TextDecoder().decode(data)));
    if (!read.success || read.output.version !== WORKERS_VERSION) return this.#refuse(data);
    const said = read.output;
    const known = this.#known.get(said.id);
    const nowMs = performance.now();
    if (known === undefined) {
      if (this.#known.size >= MAX_WORKERS) return;
      this.#known.set(said.id, new KnownWorker(said, nowMs, (worker) => this.#open(worker)));
      this.#log("worker is here", { worker: said.name, id: said.id, state: said.state });
    } else {
      known.said = said;
      known.heardMs = nowMs;
    }
    this.#events?.onChange();
  }

  /** Once for each version: another one's announcements may come for hours. */
  #refuse(data: Uint8Array): void {
    const said = parseJson(new TextDecoder().decode(data)) as { version?: unknown } | null;
    const version = typeof said?.version === "number" ? said.version : NaN;
    if (this.#refusedVersions.has(version) || this.#refusedVersions.size > 16) return;
    this.#refusedVersions.add(version);
    const isOurs = version === WORKERS_VERSION;
    this.#log(isOurs ? "announcement not understood" : "worker of another version", { version });
  }

  #open(worker: KnownWorker): Session<ToWorker, FromWorker> {
    return new Session<ToWorker, FromWorker>({
      bus: this.#bus,
      subject: WORKER_SUBJECTS.toWorker(worker.id, this.#node),
      id: newSessionId(),
      lanes: INFERENCE_LANES,
      onMessage: (message, binary) => this.#events?.onMessage(worker, message, binary),
      onOver: (cause) => {
        worker.end();
        this.#events?.onLost(worker, cause);
      },
    });
  }

  #tick(): void {
    const nowMs = performance.now();
    // This process slept, so the silence of all others means nothing.
    const slept = nowMs - this.#dueMs > ANNOUNCE_MS;
    this.#dueMs = nowMs + ANNOUNCE_MS;
    for (const worker of [...this.#known.values()]) {
      if (slept) worker.heardMs = nowMs;
      if (nowMs - worker.heardMs >= WORKER_SILENCE_MS) {
        this.#known.delete(worker.id);
        const hadSession = worker.session !== null;
        worker.end();
        this.#log("worker is gone", { worker: worker.name, id: worker.id });
        if (hadSession) this.#events?.onLost(worker, "it was silent");
        this.#events?.onChange();
      } else worker.session?.beat();
    }
  }
}

import type { Catalog, CatalogModel } from "../../models/catalog.ts";
import type { Log } from "../base/log.ts";
import type { Supervisor, SupervisorEvents } from "../child/supervisor.ts";
import type { SupervisorState } from "../child/supervisor_state.ts";
import {
  type ChildMessage,
  type InferenceFacts,
  type InferenceTalk,
  PICTURE_TIMEOUT_MS,
  type StreamKey,
  type ToChild,
} from "../inference/ipc.ts";
import type { ProcessPool } from "../streams/inference.ts";
import { QueueMeter } from "./load_meter.ts";
import type { Worker, Workers } from "./members.ts";
import { checksumOf } from "./messages.ts";
import { type Agreement, agreeOn } from "./models.ts";
import { type MemberLoad, placeFor, runMsOf } from "./placement.ts";
import { Mover, type Placed } from "./mover.ts";

/** Streams are looked after this often. */
const TICK_MS = 100;

/** The process of this machine, among the members. */
export const LOCAL = "local";

/** What the way to a worker and back is reckoned as, over that to a process of this machine. */
const WORKER_WAY_MS = 1;

/** A model that a worker did not describe as it announced it is asked for again after this long. */
const DESCRIBE_AGAIN_MS = 30_000;

/** Files of models that pages have from workers through this node, at once. */
const MAX_FILES_AT_ONCE = 4;

/** What a pool is given. */
export interface PoolOptions {
  readonly workers: Workers;
  /** The models of this machine. */
  readonly catalog: () => Catalog;
  /** Of this machine's process. */
  readonly maxStreams: number;
  readonly log: Log;
}

interface Placement {
  readonly member: string;
  modelId: string;
  readonly atMs: number;
}

/** One member, for figures and health pages. */
export interface MemberFigures {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  /** Of this node. */
  readonly streams: number;
  readonly busyMs: number;
  readonly queueMs: number | null;
  readonly lanes: number;
}

/** What is counted of moves, by cause. */
export const MOVE_CAUSES = ["lost", "drained", "behind", "model"] as const;
/** See {@linkcode MOVE_CAUSES}. */
export type MoveCause = (typeof MOVE_CAUSES)[number];

/** This machine's process, if it has one. */
type Local = Pick<Supervisor<InferenceTalk>, "state" | "stats" | "send">;

/**
 * The inference processes that this node can use as if they were one: its own, and the workers'. Each
 * stream is placed on one of them and stays there, until that is lost, drains, or falls behind; to its
 * viewer, a move looks as a restart of the process does. Long, because placements and members are told
 * of by both sides.
 */
export class InferencePool implements ProcessPool {
  readonly #options: PoolOptions;
  readonly #placements = new Map<StreamKey, Placement>();
  /** Pictures outside any stream, by request. */
  readonly #asked = new Map<number, { readonly member: string; readonly atMs: number }>();
  readonly #queue = new QueueMeter();
  readonly #mover = new Mover();
  readonly #moves = new Map<MoveCause, number>(MOVE_CAUSES.map((cause) => [cause, 0]));
  #local: Local | null = null;
  #events: SupervisorEvents<InferenceTalk> | null = null;
  #agreement: Agreement = { checksums: new Map(), refused: [] };
  /** Models of workers that are not here, by id. */
  readonly #described = new Map<string, CatalogModel>();
  #offered: { readonly own: Catalog; readonly all: Catalog } | null = null;
  #filesSent = 0;
  readonly #asking = new Set<string>();
  /** When models are asked for again that were not described, by worker and id. */
  readonly #undescribed = new Map<string, number>();
  #onModels: () => void = () => {};
  readonly #refusedTold = new Set<string>();
  #last: SupervisorState["kind"] = "starting";
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  join(
    local: Local | null,
    events: SupervisorEvents<InferenceTalk>,
  ): SupervisorEvents<InferenceTalk> {
    this.#local = local;
    this.#events = events;
    return {
      onReady: () => this.#update(),
      onMessage: (message) => this.#fromMember(LOCAL, message),
      onLost: () => this.#lost(LOCAL, "its process ended"),
      onUnable: () => this.#update(),
    };
  }

  /** Looks for workers from now on. @param onModels The models on offer are others. */
  start(onModels: () => void): void {
    this.#onModels = onModels;
    this.#options.workers.start({
      onChange: () => this.#update(),
      onMessage: (worker, message) => this.#fromMember(worker.id, message),
      onLost: (worker, cause) => this.#lost(worker.id, cause),
    });
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  /** Ends all conversations. */
  stop(): void {
    clearInterval(this.#timer);
    this.#options.workers.stop();
  }

  /** How the members are together: as good as the best of them. */
  get state(): SupervisorState<InferenceFacts> {
    const local = this.#local?.state ?? null;
    if (local?.kind === "ready" || local?.kind === "stopped") return local;
    const worker = this.#options.workers.all().find(isUsable);
    if (worker !== undefined) {
      const { heardMs, facts } = worker;
      return { kind: "ready", sinceMs: heardMs, heardMs, failures: 0, facts: facts! };
    }
    return local ?? {
      kind: "restarting",
      atMs: 0,
      failures: 1,
      reason: "silent",
      cause: "no worker is there",
    };
  }

  /**
   * The models that streams can have, wherever they are; those of this machine first. One whose file is
   * elsewhere has no path.
   */
  offered(): Catalog {
    const own = this.#options.catalog();
    if (this.#offered?.own !== own) {
      const ids = new Set(own.present.map(({ entry }) => entry.id));
      const others = [...this.#described.values()].filter(({ entry }) => !ids.has(entry.id));
      const present = [...own.present, ...others];
      const problem = present.length > 0 ? null : own.problem;
      // The same for as long as it says the same: what is made of it is made once.
      const all = others.length === 0 ? own : { ...own, present, problem };
      this.#offered = { own, all };
    }
    return this.#offered.all;
  }

  /** The file of a model that is not on this machine; `null`: nowhere else either, or too many are sent. */
  modelFile({ entry }: CatalogModel): ReadableStream<Uint8Array<ArrayBuffer>> | null {
    const { workers } = this.#options;
    const worker = workers.all().find(({ said }) => said.models[entry.id] === checksumOf(entry));
    if (worker === undefined || this.#filesSent >= MAX_FILES_AT_ONCE) return null;
    this.#filesSent += 1;
    const over = () => void (this.#filesSent -= 1);
    const through = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>();
    workers.fileOf(worker, entry.id).pipeTo(through.writable).then(over, over);
    return through.readable;
  }

  /** A sentence for each file that is not used. */
  get refusedModels(): readonly string[] {
    return this.#agreement.refused;
  }

  /** For figures and health pages. */
  members(): MemberFigures[] {
    const states = new Map(this.#options.workers.all().map(({ id, said }) => [id, said]));
    return this.#loads().map(({ id, busyMs, queueMs, lanes }) => ({
      id,
      name: states.get(id)?.name ?? LOCAL,
      state: states.get(id)?.state ?? this.#local?.state.kind ?? "none",
      streams: [...this.#placements.values()].filter(({ member }) => member === id).length,
      busyMs,
      queueMs,
      lanes,
    }));
  }

  /** Since the start: streams that had to go elsewhere, and frames that did not get to a worker. */
  get counts() {
    const dropped = { slow: 0, away: 0 };
    for (const worker of this.#options.workers.all()) {
      dropped.slow += worker.dropped.slow;
      dropped.away += worker.dropped.away;
    }
    return { moves: Object.fromEntries(this.#moves) as Record<MoveCause, number>, dropped };
  }

  /** See {@linkcode ProcessPool}. Whom it is for follows from the stream. */
  send(message: ToChild, binary?: Uint8Array): void {
    switch (message.kind) {
      // The process of this machine is told by its supervisor; workers have their own.
      case "models":
        return;
      case "detect":
        return this.#detect(message, binary);
      case "settings":
        return this.#settings(message);
      default: {
        const placement = this.#placements.get(message.stream);
        if (placement === undefined) return;
        if (message.kind === "close") this.#forget(message.stream);
        this.#sendTo(placement.member, message, binary);
      }
    }
  }

  #settings(message: Extract<ToChild, { kind: "settings" }>): void {
    const { stream, settings: { modelId } } = message;
    const loads = this.#loads();
    const present = this.#placements.get(stream);
    if (present !== undefined) {
      if (loads.find(({ id }) => id === present.member)?.has(modelId) === true) {
        present.modelId = modelId;
        return this.#sendTo(present.member, message);
      }
      return this.#move(stream, "model");
    }
    const place = placeFor(modelId, loads);
    if ("cause" in place) {
      this.#events?.onMessage({ kind: "ended", stream, cause: place.cause }, NOTHING);
      return;
    }
    this.#placements.set(stream, { member: place.id, modelId, atMs: performance.now() });
    this.#sendTo(place.id, message);
  }

  #detect(message: Extract<ToChild, { kind: "detect" }>, binary?: Uint8Array): void {
    const { request, settings: { modelId } } = message;
    const place = placeFor(modelId, this.#loads());
    if ("cause" in place) {
      this.#events?.onMessage({ kind: "undetected", request, cause: "failed" }, NOTHING);
      return;
    }
    this.#asked.set(request, { member: place.id, atMs: performance.now() });
    this.#sendTo(place.id, message, binary);
  }

  #sendTo(member: string, message: Exclude<ToChild, { kind: "models" }>, binary?: Uint8Array) {
    if (member === LOCAL) return this.#local?.send(message, binary);
    this.#worker(member)?.send(message, binary);
  }

  #worker(id: string): Worker | undefined {
    return this.#options.workers.get(id);
  }

  #fromMember(member: string, message: ChildMessage): void {
    if (message.kind === "detected" || message.kind === "undetected") {
      if (this.#asked.get(message.request)?.member !== member) return;
      this.#asked.delete(message.request);
    } else {
      // Of a stream that has gone elsewhere meanwhile.
      if (this.#placements.get(message.stream)?.member !== member) return;
      if (message.kind === "ended") this.#forget(message.stream);
    }
    this.#events?.onMessage(message, NOTHING);
  }

  #lost(member: string, cause: string): void {
    const streams = this.#streamsOf(member);
    for (const stream of streams) this.#end(stream, "lost");
    for (const [request, asked] of this.#asked) {
      if (asked.member !== member) continue;
      this.#asked.delete(request);
      this.#events?.onMessage({ kind: "undetected", request, cause: "failed" }, NOTHING);
    }
    const name = this.#worker(member)?.name ?? member;
    if (streams.length > 0) {
      this.#options.log.warn("streams moved", { from: name, streams: streams.length, cause });
    }
    this.#update();
  }

  /** Has a stream opened anew, elsewhere. */
  #move(stream: StreamKey, cause: MoveCause): void {
    const placement = this.#placements.get(stream);
    if (placement === undefined) return;
    this.#sendTo(placement.member, { kind: "close", stream });
    this.#end(stream, cause);
  }

  #end(stream: StreamKey, cause: MoveCause): void {
    this.#forget(stream);
    this.#moves.set(cause, this.#moves.get(cause)! + 1);
    this.#events?.onMessage({ kind: "ended", stream, cause: "restarting" }, NOTHING);
  }

  #forget(stream: StreamKey): void {
    this.#placements.delete(stream);
  }

  #streamsOf(member: string): StreamKey[] {
    return [...this.#placements].flatMap(([key, placed]) => placed.member === member ? [key] : []);
  }

  #loads(): MemberLoad[] {
    const { workers, catalog, maxStreams } = this.#options;
    const loads: MemberLoad[] = [];
    const own = catalog().present;
    if (this.#local?.state.kind === "ready") {
      const { facts } = this.#local.state;
      const placed = this.#placed(LOCAL);
      const load = {
        id: LOCAL,
        isOpen: true,
        lanes: facts.sessions,
        streams: placed.length,
        maxStreams,
        busyMs: 0,
        queueMs: this.#queue.queueMs,
        wayMs: 0,
        runMs: facts.runMs,
        has: (modelId: string) => own.some(({ entry }) => entry.id === modelId),
      };
      loads.push({ ...load, busyMs: busyMsOf(load, placed) });
    }
    for (const worker of workers.all()) {
      const { facts, said, id, heardMs } = worker;
      if (facts === null) continue;
      // What we have sent there since is not in what it said.
      const since = this.#placed(id).filter(({ atMs }) => atMs >= heardMs);
      const load = {
        id,
        isOpen: isUsable(worker),
        lanes: facts.sessions,
        streams: said.streams + since.length,
        maxStreams: said.maxStreams,
        busyMs: said.busyMs,
        queueMs: said.queueMs,
        wayMs: WORKER_WAY_MS,
        runMs: facts.runMs,
        has: (modelId: string) =>
          said.models[modelId] !== undefined &&
          this.#agreement.checksums.get(modelId) === said.models[modelId],
      };
      loads.push({ ...load, busyMs: said.busyMs + busyMsOf(load, since) });
    }
    return loads;
  }

  #placed(member: string): Placement[] {
    return [...this.#placements.values()].filter((placed) => placed.member === member);
  }

  #update(): void {
    this.#agree();
    const before = this.#last;
    const { kind } = this.state;
    this.#last = kind;
    if (kind === before) return;
    if (kind === "ready") this.#events?.onReady();
    else if (kind === "unable") this.#events?.onUnable();
    if (before === "ready") this.#events?.onLost();
  }

  /** Takes note of which models are where. */
  #agree(): void {
    const { workers, catalog, log } = this.#options;
    const holdingOf = (models: Record<string, string>, name: string) => ({ name, models });
    const own = holdingOf(
      Object.fromEntries(catalog().present.map(({ entry }) => [entry.id, checksumOf(entry)])),
      LOCAL,
    );
    const all = workers.all();
    this.#agreement = agreeOn(own, all.map(({ name, said }) => holdingOf(said.models, name)));
    for (const sentence of this.#agreement.refused) {
      if (this.#refusedTold.has(sentence)) continue;
      // Names of machines that come and go are no list without end.
      if (this.#refusedTold.size > 1_000) this.#refusedTold.clear();
      this.#refusedTold.add(sentence);
      log.warn("model not used", { reason: sentence });
    }
    let isOther = false;
    for (const [id, model] of this.#described) {
      if (this.#agreement.checksums.get(id) === checksumOf(model.entry)) continue;
      this.#described.delete(id);
      isOther = true;
    }
    for (const worker of all) {
      for (const id of Object.keys(worker.said.models)) {
        if (own.models[id] === undefined && !this.#described.has(id)) {
          void this.#describe(worker, id);
        }
      }
    }
    if (isOther) this.#changed();
  }

  #changed(): void {
    this.#offered = null;
    this.#onModels();
  }

  async #describe(worker: Worker, id: string): Promise<void> {
    if (this.#asking.has(id) || worker.said.models[id] !== this.#agreement.checksums.get(id)) {
      return;
    }
    const place = `${worker.id} ${id}`;
    if (performance.now() < (this.#undescribed.get(place) ?? 0)) return;
    this.#asking.add(id);
    try {
      const model = await this.#options.workers.modelOf(worker, id);
      if (model === null || checksumOf(model.entry) !== this.#agreement.checksums.get(id)) {
        return this.#notDescribed(worker, id);
      }
      this.#undescribed.delete(place);
      this.#described.set(id, { ...model, path: "" });
      this.#changed();
    } finally {
      this.#asking.delete(id);
    }
  }

  #notDescribed({ id: workerId, name }: Worker, modelId: string): void {
    const place = `${workerId} ${modelId}`;
    if (!this.#undescribed.has(place)) {
      this.#options.log.warn("model not described", { worker: name, model: modelId });
    }
    // Workers that come and go are no list without end.
    if (this.#undescribed.size > 1_000) this.#undescribed.clear();
    this.#undescribed.set(place, performance.now() + DESCRIBE_AGAIN_MS);
  }

  #tick(): void {
    const nowMs = performance.now();
    if (this.#local?.state.kind !== "ready") this.#queue.reset();
    else if (this.#local.stats !== null) this.#queue.heard(this.#local.stats, nowMs);
    // Whoever asked has given up as well.
    for (const [request, { atMs }] of this.#asked) {
      if (nowMs - atMs > PICTURE_TIMEOUT_MS) this.#asked.delete(request);
    }
    const loads = this.#loads();
    const placed = [...this.#placements].map(([stream, { member, modelId }]): Placed => ({
      stream,
      member,
      modelId,
    }));
    const move = this.#mover.next(placed, loads, nowMs);
    if (move !== null) this.#move(move.stream as StreamKey, move.cause);
  }
}

/** A receiver of messages is given what is binary of them: the process has nothing of the kind to say. */
const NOTHING = new Uint8Array(0);

function isUsable({ said, facts }: Worker): boolean {
  return said.state === "ready" && facts !== null;
}

function busyMsOf(load: MemberLoad, placed: readonly Placement[]): number {
  return placed.reduce((sum, { modelId }) => sum + runMsOf(load, modelId, [load]), 0);
}

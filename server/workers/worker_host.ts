import * as v from "valibot";
import { parseJson } from "@/protocol";
import type { CatalogModel } from "../../models/catalog.ts";
import type { Bus, BusMessage } from "../bus/bus.ts";
import { WORKER_SUBJECTS } from "../bus/subjects.ts";
import type { Log } from "../base/log.ts";
import type { Supervisor, SupervisorEvents } from "../child/supervisor.ts";
import {
  type ChildMessage,
  type InferenceTalk,
  PICTURE_TIMEOUT_MS,
  type StreamKey,
} from "../inference/ipc.ts";
import { QueueMeter } from "./load_meter.ts";
import {
  ANNOUNCE_MS,
  type Announcement,
  checksumOf,
  DRAIN_MS,
  FROM_WORKER_LANES,
  type FromWorker,
  MAX_WORKER_MODELS,
  MODEL_PART_BYTES,
  modelPartSchema,
  NODE_SILENCE_MS,
  type ToWorker,
  WORKERS_VERSION,
} from "./messages.ts";
import { decodePart } from "./parts.ts";
import { overPart, Session } from "./session.ts";

/** What the process that examines frames is to its worker: its supervisor, or a stand-in. */
export type HostedProcess = Pick<Supervisor<InferenceTalk>, "state" | "stats" | "send">;

/** What a worker is given. */
export interface WorkerHostOptions {
  readonly bus: Bus;
  /** Names this run of it in subjects. */
  readonly id: string;
  /** Names it in logs and figures. */
  readonly name: string;
  readonly process: HostedProcess;
  /** The models of this machine. */
  readonly models: () => readonly CatalogModel[];
  readonly maxStreams: number;
  readonly log: Log;
}

/** One node that has frames examined here. */
interface Guest {
  readonly node: string;
  /** Begins the keys of its streams in the process, which knows of one parent only. */
  readonly tag: string;
  readonly session: Session<FromWorker, ToWorker>;
  readonly streams: Map<StreamKey, OpenStream>;
  heardMs: number;
}

interface OpenStream {
  readonly key: StreamKey;
  modelId: string;
}

/** A picture that the process examines, and for whom. */
interface Asked {
  readonly guest: Guest;
  readonly request: number;
  readonly atMs: number;
}

/**
 * A worker: one inference process, as every server has it, used by all nodes of the bus. It knows no
 * rooms and no people, and keeps no frames; the process behind it is kept running by its supervisor, and
 * has no way to NATS itself. Long, because guests, their streams and the process are told by the same few
 * tables.
 */
export class WorkerHost implements SupervisorEvents<InferenceTalk> {
  readonly #options: WorkerHostOptions;
  readonly #guests = new Map<string, Guest>();
  /** By the key that the process knows. */
  readonly #owners = new Map<StreamKey, { readonly guest: Guest; readonly stream: OpenStream }>();
  readonly #asked = new Map<number, Asked>();
  readonly #queue = new QueueMeter();
  readonly #ends: (() => void)[] = [];
  #lastTag = 0;
  #lastRequest = 0;
  #drain: PromiseWithResolvers<void> | null = null;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(options: WorkerHostOptions) {
    this.#options = options;
  }

  /** Takes frames from now on, and says so. */
  start(): void {
    const { bus, id } = this.#options;
    this.#ends.push(
      bus.listen(WORKER_SUBJECTS.toWorkerFromAll(id), (message) => this.#receive(message)),
      bus.listen(
        WORKER_SUBJECTS.models(id),
        (message) => message.answer(this.#modelText(message.data)),
      ),
      bus.listen(WORKER_SUBJECTS.modelPart(id), (message) => void this.#answerPart(message)),
    );
    this.#timer = setInterval(() => this.#tick(), ANNOUNCE_MS);
    this.announce();
  }

  /**
   * Takes no new streams, waits until the nodes have taken those away that are here, and lets go of the
   * rest.
   */
  async drain(): Promise<void> {
    this.#drain = Promise.withResolvers();
    this.#options.log.info("worker drains", { streams: this.#owners.size });
    this.#tellDrained();
    this.announce();
    const deadline = setTimeout(() => this.#drain!.resolve(), DRAIN_MS);
    await this.#drain.promise;
    clearTimeout(deadline);
    this.stop();
  }

  /** Ends at once. */
  stop(): void {
    clearInterval(this.#timer);
    for (const guest of [...this.#guests.values()]) {
      guest.session.close();
      this.#forget(guest);
    }
    for (const end of this.#ends) end();
  }

  /** Whether it would take a stream. */
  get isOpen(): boolean {
    return this.#drain === null && this.#options.process.state.kind === "ready";
  }

  /** What is held now. */
  counts() {
    const dropped = { slow: 0, away: 0 };
    for (const { session } of this.#guests.values()) {
      dropped.slow += session.dropped.slow;
      dropped.away += session.dropped.away;
    }
    return {
      nodes: this.#guests.size,
      streams: this.#owners.size,
      asked: this.#asked.size,
      dropped,
    };
  }

  /** Says how it is, to all. */
  announce(): void {
    const { bus } = this.#options;
    const text = JSON.stringify(this.#announcement());
    bus.publish(WORKER_SUBJECTS.announcements, new TextEncoder().encode(text));
  }

  onReady(): void {
    this.#queue.reset();
    this.announce();
  }

  /** See {@linkcode SupervisorEvents.onLost}: all streams were in that process. */
  onLost(): void {
    for (const guest of [...this.#guests.values()]) {
      guest.session.close();
      this.#forget(guest);
    }
    this.announce();
  }

  onUnable(): void {
    this.announce();
  }

  onMessage(message: ChildMessage): void {
    if (message.kind === "detected" || message.kind === "undetected") {
      const asked = this.#asked.get(message.request);
      this.#asked.delete(message.request);
      if (asked !== undefined) answerFor(asked, message);
      return this.#tellDrained();
    }
    const owner = this.#owners.get(message.stream);
    // Closed while the process still worked for it.
    if (owner === undefined) return;
    const { guest, stream } = owner;
    if (message.kind === "ended") this.#close(guest, stream.key);
    if (message.kind === "opened") stream.modelId = message.modelId;
    guest.session.send({ ...message, stream: stream.key });
  }

  #receive({ subject, data }: BusMessage): void {
    const part = decodePart(data);
    const node = subject.slice(subject.lastIndexOf(".") + 1);
    const { bus, id, log } = this.#options;
    const present = this.#guests.get(node);
    if (part === null) return;
    if (present?.session.id === part.session) {
      present.heardMs = performance.now();
      return present.session.receive(part);
    }
    if (part.isOver) return;
    // In the middle of a session that is over here: its node is to begin another one.
    const toNode = WORKER_SUBJECTS.toNode(id, node);
    const isFirst = part.count === 0 && part.essentials === 0 && part.begins;
    if (!isFirst) return void bus.publish(toNode, overPart(part.session));
    if (present !== undefined) this.#forget(present);
    const guest: Guest = {
      node,
      tag: `n${++this.#lastTag}.`,
      session: new Session<FromWorker, ToWorker>({
        bus,
        subject: toNode,
        id: part.session,
        lanes: FROM_WORKER_LANES,
        onMessage: (message, binary) => this.#take(guest, message, binary),
        onOver: (cause) => {
          log.info("node is gone", { node, cause });
          this.#forget(guest);
        },
      }),
      streams: new Map(),
      heardMs: performance.now(),
    };
    this.#guests.set(node, guest);
    log.info("node is here", { node });
    guest.session.receive(part);
  }

  #take(guest: Guest, message: ToWorker, binary: Uint8Array): void {
    const { process } = this.#options;
    if (message.kind === "detect") {
      if (process.state.kind !== "ready") {
        const { request } = message;
        return guest.session.send({ kind: "undetected", request, cause: "failed" });
      }
      const request = ++this.#lastRequest;
      this.#asked.set(request, { guest, request: message.request, atMs: performance.now() });
      return process.send({ ...message, request }, binary);
    }
    if (message.kind === "settings" && !guest.streams.has(message.stream)) {
      if (this.#drain !== null || process.state.kind !== "ready") {
        return guest.session.send({ kind: "ended", stream: message.stream, cause: "restarting" });
      }
      const stream = { key: message.stream, modelId: message.settings.modelId };
      guest.streams.set(message.stream, stream);
      this.#owners.set(keyOf(guest, message.stream), { guest, stream });
    }
    if (!guest.streams.has(message.stream)) return;
    process.send({ ...message, stream: keyOf(guest, message.stream) }, binary);
    if (message.kind === "close") this.#close(guest, message.stream);
  }

  #close(guest: Guest, key: StreamKey): void {
    guest.streams.delete(key);
    this.#owners.delete(keyOf(guest, key));
    this.#tellDrained();
  }

  /** Its streams end with it. */
  #forget(guest: Guest): void {
    if (this.#guests.get(guest.node) !== guest) return;
    this.#guests.delete(guest.node);
    guest.session.close();
    for (const key of [...guest.streams.keys()]) {
      this.#options.process.send({ kind: "close", stream: keyOf(guest, key) });
      this.#close(guest, key);
    }
    for (const [request, asked] of this.#asked) {
      if (asked.guest === guest) this.#asked.delete(request);
    }
    this.#tellDrained();
  }

  #tick(): void {
    const { process: { stats }, log } = this.#options;
    if (stats !== null) this.#queue.heard(stats, performance.now());
    const nowMs = performance.now();
    // Whoever asked has given up as well.
    for (const [request, { atMs }] of this.#asked) {
      if (nowMs - atMs > PICTURE_TIMEOUT_MS) this.#asked.delete(request);
    }
    const silentSinceMs = nowMs - NODE_SILENCE_MS;
    for (const guest of [...this.#guests.values()]) {
      if (guest.heardMs > silentSinceMs) {
        guest.session.beat();
        continue;
      }
      log.warn("node is silent", { node: guest.node, streams: guest.streams.size });
      this.#forget(guest);
    }
    this.announce();
    this.#tellDrained();
  }

  #tellDrained(): void {
    // The last answer goes out first: what still waits then is looked at with the next tick.
    const isWriting = [...this.#guests.values()].some(({ session }) => session.isWriting);
    if (this.#owners.size === 0 && this.#asked.size === 0 && !isWriting) this.#drain?.resolve();
  }

  #announcement(): Announcement {
    const { id, name, process: { state }, models, maxStreams } = this.#options;
    const facts = state.kind === "ready" ? state.facts : null;
    return {
      version: WORKERS_VERSION,
      id,
      name,
      state: this.#drain !== null ? "draining" : announcedState(state.kind),
      facts,
      models: Object.fromEntries(
        models().slice(0, MAX_WORKER_MODELS).map(({ entry }) => [entry.id, checksumOf(entry)]),
      ),
      streams: this.#owners.size,
      maxStreams,
      busyMs: [...this.#owners.values()]
        .reduce((sum, { stream }) => sum + (facts?.runMs[stream.modelId] ?? 0), 0),
      queueMs: this.#queue.queueMs,
    };
  }

  /** One model, whole; `null` in JSON where it is not here. Its path is this machine's own. */
  #modelText(asked: Uint8Array): Uint8Array {
    const id = new TextDecoder().decode(asked);
    const model = this.#options.models().find(({ entry }) => entry.id === id);
    const told = model === undefined ? null : { entry: model.entry, labels: model.labels };
    return new TextEncoder().encode(JSON.stringify(told));
  }

  /** A part of a file that is here; nothing at its end, or where there is none. */
  async #answerPart(message: BusMessage): Promise<void> {
    const { bus, models, log } = this.#options;
    const wanted = v.safeParse(modelPartSchema, parseJson(new TextDecoder().decode(message.data)));
    const model = wanted.success &&
      models().find(({ entry }) => entry.id === wanted.output.modelId);
    if (!model) return message.answer(new Uint8Array(0));
    try {
      using file = await Deno.open(model.path);
      await file.seek(wanted.output.atBytes, Deno.SeekMode.Start);
      const part = new Uint8Array(Math.min(MODEL_PART_BYTES, bus.maxPayloadBytes));
      const bytes = await file.read(part);
      message.answer(part.subarray(0, bytes ?? 0));
    } catch (error) {
      log.warn("model not read", { model: model.entry.id, reason: String(error) });
    }
  }
}

function keyOf({ tag }: Guest, key: StreamKey): StreamKey {
  return `${tag}${key}` as StreamKey;
}

/** As its node asked for it: the process knows numbers of this worker. */
function answerFor(
  { guest, request }: Asked,
  message: Extract<ChildMessage, { kind: "detected" | "undetected" }>,
): void {
  guest.session.send(
    message.kind === "undetected"
      ? { ...message, request }
      : { ...message, request, result: { ...message.result, frame_id: String(request) } },
  );
}

function announcedState(kind: HostedProcess["state"]["kind"]): Announcement["state"] {
  return kind === "ready" || kind === "unable" ? kind : "starting";
}

import type { ClientConfig, FrameDropCause, ServedModel, StreamSettings } from "@/protocol";
import type { RigServer } from "../server.ts";
import type { AppProcesses } from "./processes.ts";

/** A running app, and what a client must know of it. */
export interface App {
  readonly origin: string;
  readonly settings: StreamSettings;
  readonly model: ServedModel;
  /** All that can be run. */
  readonly models: readonly ServedModel[];
  readonly layout: { readonly sessions: number; readonly threads: number };
  readonly processes: AppProcesses;
}

/** The part of `GET /healthz` that is used here. */
export interface Health {
  /** Of the main process, since its start. */
  readonly eventLoop: { readonly maxMs: number; readonly p99Ms: number | null } | null;
  readonly inference: {
    readonly state: string;
    readonly facts: { readonly sessions: number; readonly threadsPerSession: number } | null;
    /** Of the inference process, as of its last heartbeat. */
    readonly process: {
      readonly rssBytes: number;
      readonly maxStallMs: number;
      readonly bytesReceived: number;
      readonly bytesSent: number;
      readonly framesReceived: number;
      readonly framesProcessed: number;
      readonly framesDropped: Readonly<Record<FrameDropCause, number>>;
    } | null;
  } | null;
}

const READY_MS = 30_000;
const LOOK_MS = 200;

/** Asks the app how it is. */
export async function readHealth(origin: string): Promise<Health> {
  return await (await fetch(`${origin}/healthz`)).json();
}

/**
 * Waits for the inference process, and asks for what clients need.
 * @param modelId `null`: the first one that the app offers.
 * @throws {Error} If the process does not get ready, or does not have the model.
 */
export async function meetApp(
  { httpUrl: origin }: RigServer,
  { modelId, find }: { modelId: string | null; find: () => Promise<AppProcesses> },
): Promise<App> {
  const facts = await readyFacts(origin);
  const { models }: ClientConfig = await (await fetch(`${origin}/api/config`))
    .json();
  const model = models.find(({ id }) => id === (modelId ?? models[0]?.id));
  if (model === undefined) throw new Error(`Cannot run ${modelId ?? "a model"}: not there`);
  return {
    origin,
    model,
    models,
    settings: settingsOf(model),
    layout: { sessions: facts.sessions, threads: facts.threadsPerSession },
    processes: await find(),
  };
}

/** What a stream asks for to have a model run. */
export function settingsOf({ id, scoreThreshold, iouThreshold }: ServedModel): StreamSettings {
  return { modelId: id, scoreThreshold, iouThreshold, classes: null };
}

async function readyFacts(origin: string) {
  const deadline = performance.now() + READY_MS;
  let state = "absent";
  do {
    const { inference } = await readHealth(origin);
    // Its first heartbeat too: without it there is no figure to begin from.
    if (inference?.facts && inference.process) return inference.facts;
    state = inference?.state ?? "absent";
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  } while (performance.now() < deadline && state !== "unable");
  throw new Error(`Cannot measure: the inference process is ${state}`);
}

/** Watches the inference process's stalls from now until it is asked. */
export class StallWatch {
  readonly #origin: string;
  readonly #stallsMs: number[] = [];
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(origin: string) {
    this.#origin = origin;
    this.#timer = setInterval(() => void this.#look(), LOOK_MS);
  }

  /** The longest stall of each heartbeat that was seen, ms. */
  stop(): number[] {
    clearInterval(this.#timer);
    return this.#stallsMs;
  }

  async #look(): Promise<void> {
    const process = (await readHealth(this.#origin).catch(() => null))?.inference?.process;
    if (process) this.#stallsMs.push(process.maxStallMs);
  }
}
